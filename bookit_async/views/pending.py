"""A booking whose outcome is not known yet: what it takes to send it and to look it up, in another process too."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime
from itertools import count
from typing import Any, Literal, Self

from attrs import evolve, field, frozen

from .._generated.api.meetings.book_meeting import BOOK_MEETING
from .._generated.api.meetings.book_round_robin_meeting import BOOK_ROUND_ROBIN_MEETING
from .._generated.models import BookedMeeting, BookedRoundRobinMeeting
from .._generated.types import Call
from ..errors import BookItError, InvalidInputError, OutcomeUnknownError
from ..hidden import hidden
from ..times import naive_problem
from ..version import PACKAGE
from .outcomes import Booked
from .records import read, read_slot, write, write_slot
from .slots import Slot


class _Ids:
    """Ids of bookings that no other process draws: a random part once, for the system's chance is slow, and a count."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        self._ours, self._count = os.urandom(16).hex(), count(1)

    def draw(self) -> str:
        return f"{self._ours}{next(self._count):x}"


_IDS = _Ids()
with suppress(AttributeError):  # not every system forks
    os.register_at_fork(after_in_child=_IDS.renew)

TokenState = Literal["good", "spent", "unknown"]
BookingCall = Call[BookedMeeting] | Call[BookedRoundRobinMeeting]


@frozen(kw_only=True)
class PendingBooking:
    """A booking whose outcome is not known: what is needed to look it up, in its repr or not."""

    __module__ = PACKAGE

    slot: Slot
    """The slot that was asked for."""
    host_ids: tuple[str, ...]
    """User ids of the hosts who may have got the meeting; empty when nobody can tell."""
    host_emails: Mapping[str, str] = field(repr=False)
    """Email addresses of the offer's hosts in lower case, and whose they are, as far as the offer told them."""
    prospect_email: str | None = field(repr=False)
    """The prospect's email address as it stood in the form; None when it had none, and then nothing can be found."""
    token: str | None = field(repr=False)
    """The one-shot token of the offer; None in link and params mode."""
    link_id: str | None
    """The BookIt Link that was booked through; None otherwise."""
    uid: str | None
    """The BookIt Log ID of the submission; None when nothing was routed."""
    lost_at: datetime
    """When it was last sent and lost, aware; before that, when it was prepared."""
    token_state: TokenState = "unknown"  # noqa: S105 - a state, not a secret
    """What was last heard of the token: `good` means that nothing was booked with it, `spent` that a meeting exists."""
    request_ids: tuple[str, ...] = ()
    """The gateway's ids of the answers that came, if any did."""
    before: tuple[str, ...] | None = None
    """Ids of the prospect's meetings around the slot that were there before it was first sent, so that they are not its
    own; None when nobody looked."""
    id: str = field(factory=_IDS.draw)
    """Tells this booking from all others, also in another process."""

    def host_of(self, email: str | None) -> str | None:
        """Return the user id of the host with an email address, or of the only host; None when nobody can tell."""
        by_email = self.host_emails.get((email or "").casefold())
        return by_email or (self.host_ids[0] if len(self.host_ids) == 1 else None)

    def heard(
        self,
        *,
        token_state: TokenState | None = None,
        request_id: str | None = None,
        lost_at: datetime | None = None,
    ) -> "PendingBooking":
        """Return a copy that knows more; a spent token stays spent."""
        ids = self.request_ids if request_id is None else (*self.request_ids, request_id)
        state = self.token_state if self.token_state == "spent" else token_state or self.token_state  # noqa: S105
        return evolve(self, token_state=state, request_ids=ids, lost_at=lost_at or self.lost_at)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`.

        It holds the token, the prospect's address and those of the hosts: keep it as you keep secrets.
        """
        return write(self, slot=write_slot(self.slot))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data, needed=("id",), slot=read_slot)


@frozen(kw_only=True)
class Unsettled:
    """A booking whose caller was cancelled while it was in flight."""

    __module__ = PACKAGE

    booking: PendingBooking
    """What was asked for; `client.settle` takes the whole of this and finds out."""
    outcome: Booked | None = None
    """The meeting, when the answer came within the grace; None when it is still open."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`; it holds what `PendingBooking.to_dict` says."""
        outcome = None if self.outcome is None else self.outcome.to_dict()
        return write(self, booking=self.booking.to_dict(), outcome=outcome)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data, booking=PendingBooking.from_dict, outcome=_read_booked)


@frozen(kw_only=True)
class Prepared:
    """A booking that is ready to be sent by `client.send`: one slot, the filled form, and what looks it up if lost."""

    __module__ = PACKAGE

    call: BookingCall = field(repr=False, eq=False)
    """What will be sent."""
    pending: PendingBooking
    """What it takes to look it up."""

    @property
    def slot(self) -> Slot:
        """The slot that will be booked."""
        return self.pending.slot

    def knowing(self, before: Iterable[str]) -> "Prepared":
        """Return a copy that knows the ids of the prospect's meetings around the slot that are there already."""
        return evolve(self, pending=evolve(self.pending, before=tuple(before)))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`, so that another process can send it.

        It holds what the prospect answered and, as `PendingBooking.to_dict` says, the token: keep it as you keep
        secrets.
        """
        call = {"operation": self.call.operation.name, "body": self.call.body}
        return write(self, call=call, pending=self.pending.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data, call=_read_call, pending=PendingBooking.from_dict)


def booking_in(lost: object) -> PendingBooking:
    """Return the booking that was left open in one of the ways; InvalidInputError for what is none, with what to do."""
    if isinstance(lost, PendingBooking):
        return lost
    if isinstance(lost, Unsettled):
        return lost.booking
    if isinstance(lost, OutcomeUnknownError):
        if lost.booking is not None:
            return lost.booking
        problem = "this error is not of a booking: client.meeting(meeting_id) tells whether the change took place"
    else:
        other = f"this is of type {type(lost).__name__:.80}"
        advice = next((what for kinds, what in _INSTEAD if isinstance(lost, kinds)), other)
        problem = f"settle must be given an OutcomeUnknownError, an Unsettled or a PendingBooking: {advice}"
    raise InvalidInputError(problems=[problem])


_INSTEAD: tuple[tuple[type[Any] | tuple[type[Any], ...], str], ...] = (
    (BookItError, "this error leaves nothing open"),
    (Booked, "this is booked already"),
    (Prepared, "client.send(prepared, perhaps_sent=True) looks before it sends"),
    (Mapping, "BookItError.from_dict, Unsettled.from_dict or PendingBooking.from_dict reads what was written down"),
    (str, "client.meeting(meeting_id) has a meeting by its id"),
    (type(None), "there is nothing in None"),
)
"""By what settles nothing, what to do with it."""


def sending_problems(prepared: object, perhaps_sent: object) -> Iterator[str]:
    """Yield a sentence for each of the arguments of `client.send` that cannot be one."""
    if not isinstance(prepared, Prepared):
        yield f"prepared must be what offer.prepare(slot, ...) returned, and is of type {type(prepared).__name__:.80}"
    if not isinstance(perhaps_sent, (bool, datetime)):
        yield f"perhaps_sent must be True, False or an aware datetime, and is of type {type(perhaps_sent).__name__:.80}"
    elif isinstance(perhaps_sent, datetime):
        yield from naive_problem("perhaps_sent", perhaps_sent)


def _read_booked(data: Mapping[str, Any] | None) -> Booked | None:
    return None if data is None else Booked.from_dict(data)


def _read_call(data: Mapping[str, Any]) -> BookingCall:
    pooled = {BOOK_MEETING.name: False, BOOK_ROUND_ROBIN_MEETING.name: True}[data["operation"]]
    body = dict(data["body"])
    if pooled:
        return Call(BOOK_ROUND_ROBIN_MEETING, BOOK_ROUND_ROBIN_MEETING.path, body=body)
    return Call(BOOK_MEETING, BOOK_MEETING.path, body=body)
