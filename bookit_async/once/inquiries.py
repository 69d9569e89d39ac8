"""Asking what became of a booking whose answer was lost: `protocol.py` decides; here it is asked and waited."""

from collections.abc import Collection, Iterable, Mapping

from attrs import evolve

from .._generated.api.availability.fetch_availability import fetch_availability
from ..errors import APIStatusError, BookItError, OutcomeUnknownError, TokenSpentError
from ..exchange.deadlines import Deadline
from ..exchange.lookups import Lookups
from ..views.meetings import Meeting
from ..views.outcomes import Booked
from ..views.pending import PendingBooking, TokenState
from .evidence import candidates, looks_cut, match, parts, since, why_open, window
from .ledger import Ledger
from .protocol import Verdict, evidence, verdict
from .writes import Writes

A_MOMENT = 0.01
"""Seconds: a look right after something is over must not come right before."""


class Inquiries:
    """Asks the token and the prospect's meetings until it is sure what became of a booking."""

    def __init__(self, writes: Writes, ledger: Ledger) -> None:
        self._writes = writes
        self._calls = writes.calls
        self._lookups = Lookups(writes.calls)
        self._ledger = ledger

    async def ask(
        self,
        booking: PendingBooking,
        why: str,
        *,
        operation: str | None,
        again: bool,
        moved: bool = False,
        not_ours: Collection[str] = (),
        lost_at: float,
        deadline: Deadline,
    ) -> tuple[Booked | None, PendingBooking]:
        """Ask until the meeting is found, or it is safe to say that nothing was booked; and what was heard.

        With *moved*, time enough has passed for the meeting to have got another start. Meetings in *not_ours* are
        surely those of others. OutcomeUnknownError, with *why* the booking was lost, when the deadline comes first.
        """
        settings = self._calls.settings
        looks = 0
        seen: list[Meeting] | None = None
        while True:
            looks += 1
            looked_at = self._calls.clock()
            found: list[Meeting] | None = None
            list_first = booking.token is None or looks % 2 == 0
            if list_first:
                found = await self._candidates(booking, not_ours, moved=moved)
            if booking.token is not None:
                # A witness that cannot be reached is reason to spare the other: an outage is not multiplied.
                skip = list_first and found is None and booking.prospect_email is not None
                booking = booking.heard(token_state="unknown" if skip else await self._token_state(booking.token))
            good = booking.token is not None and booking.token_state == "good"  # noqa: S105 - a state, not a secret
            fenced = good and settings.token_fence
            if not list_first and not fenced and booking.token_state != "unknown":  # noqa: S105
                found = await self._candidates(booking, not_ours, moved=moved)
            if found and self._ledger.has_rival(booking):
                found = None  # it may be the rival's, whose answer tells
            seen = seen if found is None else found
            meeting = match(booking, found or ())
            if meeting is not None:
                self._ledger.report(meeting.id, booking)
                return _recovered(booking, meeting), booking
            match verdict(
                evidence(booking, absent=found == [], unclear=bool(found), token_fence=fenced),
                again=again,
                settled=looked_at - lost_at >= settings.settle,
                remaining=0.0 if self._writes.in_flight.closed else deadline.remaining,
                needed=self._writes.needed,
            ):
                case Verdict.SEND | Verdict.FREE:
                    return None, booking
                case Verdict.OPEN:
                    raise OutcomeUnknownError(reason=why_open(booking, why, seen), operation=operation, booking=booking)
                case _:
                    pass  # WAIT
            unsettled = lost_at + settings.settle - self._calls.clock()
            most = unsettled + A_MOMENT if unsettled > 0 else deadline.remaining
            answered = good or found is not None
            await self._calls.line.transport.pause(looks, most=min(most, deadline.remaining), answered=answered)

    async def there(self, booking: PendingBooking) -> tuple[Booked | None, PendingBooking]:
        """Return the meeting that the prospect has at the booking's start already; and which ones are around it."""
        if booking.prospect_email is None:
            return None, booking
        start, end = window(booking.slot)
        try:
            seen = await self._lookups.meetings(booking.prospect_email, start=start, end=end)
        except APIStatusError as error:
            if error.status == 404:
                return None, booking  # what that means nobody knows, so nothing is known to have been there before
            raise
        standing = [one for one in seen if one.start == booking.slot.start and not one.canceled]
        ours = [one for one in standing if (one.organizer_email or "").casefold() in booking.host_emails]
        if ours:
            self._ledger.report(ours[0].id, booking)
            return _recovered(booking, ours[0]), booking
        if not seen.unreadable:  # else one that was there before may be readable later
            booking = evolve(booking, before=tuple(one.id for one in seen))
        if standing:
            why = "nothing was sent, for it may have been booked before"
            raise OutcomeUnknownError(
                reason=why_open(booking, why, standing), operation="list_meetings", booking=evolve(booking, before=None)
            )
        return None, booking

    async def _candidates(
        self, booking: PendingBooking, not_ours: Collection[str], *, moved: bool
    ) -> list[Meeting] | None:
        """Return those of the prospect's meetings that may be the booking's; None when that could not be seen."""
        if booking.prospect_email is None:
            return None
        start, end = since(booking) if moved else window(booking.slot)
        try:
            seen = await self._lookups.meetings(booking.prospect_email, start=start, end=end)
            found = candidates(booking, seen, owners=self._owners(booking, seen, not_ours))
            unreadable = seen.unreadable
            if seen and match(booking, found) is None:
                in_parts = [
                    await self._lookups.meetings(booking.prospect_email, start=first, end=last)
                    for first, last in parts(booking, start, end)
                ]
                unreadable += sum(part.unreadable for part in in_parts)
                whole = {one.id: one for part in (seen, *in_parts) for one in part}
                owners = self._owners(booking, whole.values(), not_ours)
                found = candidates(booking, whole.values(), owners=owners)
                if not found and any(looks_cut(len(part), whole=len(seen)) for part in in_parts):
                    return None
        except BookItError:
            return None
        return None if unreadable and not found else found  # what could not be read may be it

    def _owners(
        self, booking: PendingBooking, meetings: Iterable[Meeting], not_ours: Collection[str]
    ) -> Mapping[str, str]:
        """Return whose the meetings are, as far as that is known."""
        owners = ((one.id, self._ledger.owner(one.id, booking)) for one in meetings)
        return {one: owner for one, owner in owners if owner} | dict.fromkeys(not_ours, "another")

    async def _token_state(self, token: str) -> TokenState:
        try:
            await self._lookups.page(fetch_availability(token=token))
        except TokenSpentError:
            return "spent"
        except BookItError:
            return "unknown"
        return "good"


def _recovered(booking: PendingBooking, meeting: Meeting) -> Booked:
    return Booked(
        meeting_id=meeting.id,
        organizer_email=meeting.organizer_email,
        host_id=booking.host_of(meeting.organizer_email),
        start=booking.slot.start,
        end=booking.slot.end,
        uid=booking.uid,
        recovered=True,
        request_id=booking.request_ids[-1] if booking.request_ids else None,
    )
