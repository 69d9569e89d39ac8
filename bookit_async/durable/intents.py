"""An intent: what somebody wants booked, under an id of their own. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self
from uuid import UUID, uuid5

import orjson
from attrs import frozen

from ..errors import BookItError, InvalidInputError, refuse
from ..times import zone_problem
from ..views.choosers import SlotChoice, choice_problem, read_chooser, write_chooser
from ..views.inputs import prospect_problems
from ..views.records import read, write

LONGEST_ID = 200
"""Characters of an intent id."""
_NAMESPACE = UUID("0d2c9a52-6f0b-4d6e-9a53-0b8e6a6f4c1e")


class IntentConflictError(BookItError):
    """The intent id was used before, for another booking. `intent_id` is the id."""

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
        return read(cls, data)

    def content(self) -> str:
        """Return what tells one intent's content from another's, the same in every process."""
        return orjson.dumps(self.to_dict(), option=orjson.OPT_SORT_KEYS).decode()

    def prospect_key(self) -> str:
        """Return what tells the prospect of a link booking from others: the address, or all the answers without one."""
        email = self.answers.get("Email")
        if isinstance(email, str) and email:
            return email.strip().casefold()
        return orjson.dumps(dict(self.answers), option=orjson.OPT_SORT_KEYS).decode()


def ask(
    intent_id: str,
    *,
    trigger_node: str | None = None,
    prospect: Mapping[str, Any] | None = None,
    link_id: str | None = None,
    timezone: str,
    slot: SlotChoice,
    answers: Mapping[str, Any] | None,
    guests: Sequence[str],
) -> Intent:
    """Return an intent; InvalidInputError with every problem that can be known before anything is stored."""
    problems = [*id_problems(intent_id), *zone_problem(timezone), *choice_problem(slot)]
    if link_id is None:
        problems += prospect_problems(prospect or {})
    written: dict[str, Any] = {}
    if len(problems) == 0:
        try:
            written = write_chooser(slot)
        except InvalidInputError as error:
            problems += error.problems
    intent = Intent(
        trigger_node=trigger_node,
        prospect=dict(prospect or {}),
        link_id=link_id,
        timezone=timezone,
        slot=written,
        answers=dict(answers or {}),
        guests=tuple(guests),
    )
    try:
        intent.content()
    except TypeError:
        problems.append("prospect and answers must be JSON values, for they are stored")
    refuse(problems)
    return intent


def id_problems(intent_id: object) -> Iterator[str]:
    """Yield a sentence if an intent cannot be kept under an id."""
    if not isinstance(intent_id, str) or not 0 < len(intent_id) <= LONGEST_ID or not intent_id.isprintable():
        yield f"an intent id must be 1 to {LONGEST_ID} printable characters"


def uid_of(intent_id: str) -> str:
    """Return the BookIt Log ID of an intent, the same whoever routes it."""
    return str(uuid5(_NAMESPACE, intent_id))
