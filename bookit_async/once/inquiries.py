"""Asking what became of a booking whose answer was lost: `protocol.py` decides; here it is asked and waited."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from attrs import evolve, frozen

from .._generated.api.availability.fetch_availability import fetch_availability
from .._generated.models import UserField
from ..errors import APIStatusError, BookItError, OutcomeUnknownError, TokenSpentError
from ..exchange.deadlines import Deadline
from ..exchange.lookups import Lookups
from ..exchange.metrics import count
from ..hidden import HiddenText
from ..views.addresses import spellings
from ..views.choosers import SlotChoice
from ..views.meetings import Meeting
from ..views.offers import Offer
from ..views.outcomes import Booked
from ..views.pending import PendingBooking, TokenState
from ..views.slots import Slot
from .evidence import (
    candidates,
    looks_cut,
    match,
    may_be_cut,
    moment,
    parts,
    pending,
    since,
    slot_of,
    sought,
    there,
    why_open,
    window,
)
from .ledger import Ledger
from .protocol import Verdict, evidence, verdict
from .writes import Writes

A_MOMENT = 0.01
"""Seconds: a look right after something is over must not come right before."""


@frozen
class Seen:
    """Meetings of a prospect, and whether they are all that there are."""

    meetings: Sequence[Meeting]
    whole: bool
    unreadable: bool = False
    """Whether there are more that could not be read, in the last list that was asked for."""


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
                booking = booking.heard(token_state="unknown" if skip else await self._token_state(booking))
            good = booking.token is not None and booking.token_state == "good"  # noqa: S105 - a state, not a secret
            fenced = good and settings.token_fence
            if not list_first and not fenced and booking.token_state != "unknown":  # noqa: S105
                found = await self._candidates(booking, not_ours, moved=moved)
            if found and self._ledger.has_rival(booking):
                found = None  # it may be the rival's, whose answer tells
            seen = seen if found is None else found
            meeting = match(booking, found or ())
            if meeting is not None:
                return self._told(booking, meeting, operation), booking
            match verdict(
                evidence(
                    booking,
                    absent=found == [],
                    unclear=bool(found),
                    standing=any(one.start == booking.slot.start and not one.canceled for one in found or ()),
                    token_fence=fenced,
                ),
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

    async def find(self, booking: PendingBooking) -> Booked | None:
        """Return the booking's meeting if one look shows it: what was refused may have been booked by itself."""
        found = await self._candidates(booking, (), moved=False)
        meeting = match(booking, found or ())
        if meeting is None or self._ledger.has_rival(booking):
            return None
        return self._told(booking, meeting)

    async def already(self, offer: Offer, choice: SlotChoice, email: str | None) -> Booked | Seen:
        """Return the meeting that the prospect has already, with a host of the offer, and that the choice would take.

        Without one, what was seen. OutcomeUnknownError where it would take one before all that is open, but whose that
        is the offer does not tell.
        """
        if email is None:
            return Seen((), whole=False)
        now = self._calls.line.now()
        start, end = sought(choice, now)
        seen = await self._around(email, start, end)
        meeting, sure = there(offer, choice, seen.meetings, now=now)
        if meeting is None:
            return seen
        booking = pending(
            offer, slot_of(meeting, offer), (UserField(name="Email", type_="text", value=email),), now=now
        )
        if sure:
            return self._told(booking, meeting)
        raise _perhaps_before(booking, [meeting])

    async def before(self, booking: PendingBooking, seen: Seen | None = None) -> tuple[Booked | None, PendingBooking]:
        """Return the meeting that the prospect has at the booking's start already; and which ones are around it.

        What was *seen* just now is not asked for again, unless it may have been cut.
        """
        if booking.prospect_email is None:
            return None, booking
        if seen is None or seen.unreadable or may_be_cut(seen.meetings):
            email = HiddenText(booking.prospect_email)
            seen = await self._around(email, *window(booking.slot), slot=booking.slot)
        standing = [one for one in seen.meetings if one.start == booking.slot.start and not one.canceled]
        ours = [one for one in standing if (one.organizer_email or "").casefold() in booking.host_emails]
        if ours:
            return self._told(booking, ours[0]), booking
        if standing or seen.unreadable:
            raise _perhaps_before(booking, standing)
        if seen.whole:  # else one that was there before may be seen later
            booking = evolve(booking, before=tuple(one.id for one in seen.meetings))
        return None, booking

    def _told(self, booking: PendingBooking, meeting: Meeting, operation: str | None = None) -> Booked:
        self._ledger.report(meeting.id, booking)
        count("recovered", operation)
        return _recovered(booking, meeting)

    async def _around(self, email: str, start: datetime, end: datetime | None, *, slot: Slot | None = None) -> Seen:
        """Return a prospect's meetings.

        Those at a *slot* are asked for by themselves, too, where the list may have been cut.
        """
        seen: dict[str, Meeting] = {}
        whole, unreadable = True, False
        for spelling in spellings(email):
            unread = False
            times = [(start, end)]
            for first, last in times:
                try:
                    listed = await self._lookups.meetings(spelling, start=first, end=last)
                except APIStatusError as error:
                    if error.status != 404:
                        raise
                    whole = False  # what that means nobody knows
                    continue
                unread = listed.unreadable > 0
                if slot is not None and len(times) == 1 and (unread or may_be_cut(listed)):
                    times.append(moment(slot))
                whole = whole and not unread
                seen |= {one.id: one for one in listed}
            unreadable = unreadable or unread
        return Seen((*seen.values(),), whole=whole, unreadable=unreadable)

    async def _candidates(
        self, booking: PendingBooking, not_ours: Collection[str], *, moved: bool
    ) -> list[Meeting] | None:
        """Return those of the prospect's meetings that may be the booking's; None when that could not be seen."""
        if booking.prospect_email is None:
            return None
        whole: dict[str, Meeting] = {}
        found: list[Meeting] = []
        sure = True
        for email in spellings(booking.prospect_email):
            seen, all_seen = await self._listed(booking, email, not_ours, moved=moved)
            if seen is None:
                return found or None
            sure = sure and all_seen
            whole |= {one.id: one for one in seen}
            found = self._of(booking, whole.values(), not_ours)
            if match(booking, found) is not None:
                break
        return found if found or sure else None

    async def _listed(
        self, booking: PendingBooking, email: str, not_ours: Collection[str], *, moved: bool
    ) -> tuple[list[Meeting] | None, bool]:
        """Return the meetings under one spelling of the prospect's address, and whether they are all that there are.

        None when the service cannot be asked for more.
        """
        start, end = since(booking) if moved else window(booking.slot)
        try:
            seen = await self._lookups.meetings(email, start=start, end=end)
            sure = not seen.unreadable  # what could not be read may be it
            if seen and match(booking, self._of(booking, seen, not_ours)) is None:
                in_parts = [
                    await self._lookups.meetings(email, start=first, end=last)
                    for first, last in parts(booking, start, end)
                ]
                sure = sure and not any(part.unreadable or looks_cut(len(part), whole=len(seen)) for part in in_parts)
                return [*{one.id: one for part in (seen, *in_parts) for one in part}.values()], sure
        except BookItError as error:
            answered = isinstance(error, APIStatusError) and error.status == 404
            return [] if answered else None, False
        return seen, sure

    def _of(self, booking: PendingBooking, meetings: Collection[Meeting], not_ours: Collection[str]) -> list[Meeting]:
        """Return those meetings that may be the booking's."""
        return candidates(booking, meetings, owners=self._owners(booking, meetings, not_ours))

    def _owners(
        self, booking: PendingBooking, meetings: Iterable[Meeting], not_ours: Collection[str]
    ) -> Mapping[str, str]:
        """Return whose the meetings are, as far as that is known."""
        owners = ((one.id, self._ledger.owner(one.id, booking)) for one in meetings)
        return {one: owner for one, owner in owners if owner} | dict.fromkeys(not_ours, "another")

    async def _token_state(self, booking: PendingBooking) -> TokenState:
        """Return what is heard of the booking's token, which is in no frame of its own."""
        try:
            await self._lookups.page(fetch_availability(token=booking.token))
        except TokenSpentError:
            return "spent"
        except BookItError:
            return "unknown"
        return "good"


def _perhaps_before(booking: PendingBooking, standing: Sequence[Meeting]) -> OutcomeUnknownError:
    count("unknown", None)
    why = "nothing was sent, for it may have been booked before"
    if standing:
        why = why_open(booking, why, standing)
    else:
        why += ", and what the prospect has at that time cannot be read, or not all of it"
    return OutcomeUnknownError(reason=why, operation="list_meetings", booking=evolve(booking, before=None))


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
