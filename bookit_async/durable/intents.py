"""An intent: what somebody wants booked, under an id of their own. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self
from uuid import uuid4

import orjson
from attrs import frozen

from ..errors import BookItError, InvalidInputError, refuse
from ..hidden import hidden
from ..once.orders import order_problems
from ..scalars import plain_or_same
from ..spelling import folded
from ..times import Zone, zone_name
from ..views.choosers import SlotChoice, read_chooser, write_chooser
from ..views.forms import EMAIL
from ..views.inputs import bare_address, read_prospect
from ..views.offers import Offer
from ..views.records import read, write

LONGEST_ID = 200
"""Characters of an intent id."""


class IntentConflictError(BookItError):
    """The intent id was used before, for another booking."""

    intent_id: str
    """The id."""

    what = "the intent id {intent_id!r} was used before, for a booking with other content"
    advice = "Nothing was stored: take a new id for a new booking, or ask for exactly the same."
    shown = ("intent_id",)

    def __init__(self, *, intent_id: str, operation: str | None = None) -> None:
        super().__init__(operation=operation)
        self.intent_id = intent_id


@frozen(kw_only=True)
class Intent:
    """What is to be booked: by a trigger node and a prospect, or through a link."""

    trigger_node: str | None
    prospect: Mapping[str, Any]
    link_id: str | None
    token: str | None = None
    """The token of an offer that was made before; None otherwise."""
    uid: str | None = None
    """The BookIt Log ID of the submission; None for a link's, where nothing is routed."""
    key: str
    """Tells this from an intent that was forgotten with its id."""
    timezone: str
    slot: Mapping[str, Any]
    """The chooser, written down."""
    answers: Mapping[str, Any]
    guests: tuple[str, ...]

    @property
    def choice(self) -> SlotChoice:
        """Return which slot is wanted."""
        return read_chooser(self.slot)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`. It holds all of the prospect: seal it."""
        return write(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data)

    def content(self) -> str:
        """Return what tells one intent's content from another's, the same in every process."""
        content = {name: value for name, value in self.to_dict().items() if name not in ("uid", "key")}
        return orjson.dumps(content, option=orjson.OPT_SORT_KEYS).decode()

    def prospect_key(self) -> str:
        """Return what tells the prospect of a link booking from others: the address, without one all that is known."""
        known = {**self.prospect, **self.answers}
        email = self.answers.get(EMAIL) or next((known[name] for name in known if folded(name) == folded(EMAIL)), None)
        if isinstance(email, str) and email:
            return email.strip().casefold()
        return orjson.dumps(known, option=orjson.OPT_SORT_KEYS).decode()


def ask(
    intent_id: str,
    *,
    trigger_node: str | None = None,
    prospect: Mapping[str, Any] | None = None,
    link_id: str | None = None,
    offer: Offer | None = None,
    timezone: Zone,
    slot: SlotChoice,
    answers: Mapping[str, Any] | None,
    guests: Sequence[str],
) -> Intent:
    """Return an intent; InvalidInputError with every problem that can be known before anything is stored."""
    problems = [*id_problems(intent_id), *order_problems(timezone, slot, answers, guests)]
    for name, given in (("trigger_node", trigger_node), ("link_id", link_id)):
        if given is not None and not isinstance(given, str):  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
            problems.append(f"{name} must be text")
    if trigger_node is None and prospect:
        problems.append("prospect is for a trigger node: give answers, or an offer that knows the prospect")
    data, bad = ({}, []) if trigger_node is None else read_prospect(prospect or {})
    problems += [*bad, *bare_address(data)]
    written: dict[str, Any] = {}
    if len(problems) == 0:
        try:
            written = write_chooser(slot)
        except InvalidInputError as error:
            problems += error.problems
    refuse(problems)
    key = str(uuid4())
    intent = Intent(
        trigger_node=trigger_node,
        prospect=dict(data if offer is None else offer.prospect),
        link_id=link_id if offer is None else offer.link_id,
        token=None if offer is None else offer.token,
        uid=(key if link_id is None else None) if offer is None else offer.uid,
        key=key,
        timezone=zone_name(timezone),
        slot=written,
        answers={name: plain_or_same(value) for name, value in (answers or {}).items()},
        guests=tuple(guests),
    )
    try:
        intent.content()
    except TypeError:
        raise InvalidInputError(problems=["answers must be JSON values, for they are stored"]) from None
    return intent


def id_problems(intent_id: object) -> Iterator[str]:
    """Yield a sentence if an intent cannot be kept under an id."""
    if not isinstance(intent_id, str) or not 0 < len(intent_id) <= LONGEST_ID or not intent_id.isprintable():
        yield f"an intent id must be 1 to {LONGEST_ID} printable characters"
