"""Changes of a meeting that was booked, as safe to ask for twice: each asks for a state, not for a step."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import TypeVar

from attrs import evolve

from .._generated.api.meetings.cancel_meeting import cancel_meeting
from .._generated.api.meetings.reschedule_meeting import reschedule_meeting
from .._generated.models import Meeting as WireMeeting
from .._generated.models import NewTime
from .._generated.types import Call
from ..errors import BookItError, OutcomeUnknownError, SlotTakenError
from ..exchange.lookups import Lookups
from ..exchange.metrics import count_failure
from ..hidden import HiddenText
from ..times import Zone, zone_name
from ..views.choosers import SlotChoice
from ..views.meetings import Meeting
from ..views.offers import NoAvailability, Offer
from ..views.slots import Slot
from .bookings import Bookings
from .evidence import window
from .orders import preferred
from .protocol import AFTER_CHANGE, Came, Then, came
from .writes import Writes

T = TypeVar("T")


class Changes:
    """Moves and cancels meetings."""

    def __init__(self, writes: Writes, bookings: Bookings) -> None:
        self._writes = writes
        self._calls = writes.calls
        self._lookups = Lookups(writes.calls)
        self._bookings = bookings

    async def move(self, offer: Offer, meeting_id: str, slot: SlotChoice, timezone: Zone) -> Meeting | NoAvailability:
        """Move a meeting to one of the slots that an offer has for it."""
        for chosen in preferred(offer, slot, ()):
            start, end = chosen.start_milliseconds, chosen.end_milliseconds
            time = NewTime(start_time=start, end_time=end, timezone=zone_name(timezone))
            moving = reschedule_meeting(meeting_id, scheduled_time=time)
            done = partial(_starts_at, chosen.start)
            elsewhere = partial(self._under_another_id, offer, chosen)
            try:
                found = await self._change(moving, meeting_id, done=done, elsewhere=elsewhere)
            except SlotTakenError as error:
                if not callable(slot):
                    error.offer = await self._bookings.fresh(offer)
                    raise
                continue
            if isinstance(found, Meeting):
                return found
            moved = _moved(offer, chosen, found.meeting_id or meeting_id, found.organizer_email)
            seen = await self._read_back(moved.id, done)
            return moved if seen is None else evolve(seen, id=moved.id)
        return NoAvailability(offer=offer)

    async def cancel(self, meeting_id: str) -> None:
        """Cancel a meeting."""
        await self._change(cancel_meeting(meeting_id), meeting_id, done=lambda meeting: meeting.canceled)

    async def _change(
        self,
        call: Call[T],
        meeting_id: str,
        *,
        done: Callable[[Meeting], bool],
        elsewhere: Callable[[], Awaitable[Meeting | None]] | None = None,
    ) -> Meeting | T:
        """Send a change of a meeting until it has taken effect; return the answer, or the meeting if that was seen.

        Where the meeting does not show a lost change, *elsewhere* looks for it under another id. A caller that is
        cancelled leaves it the grace, and no trace: whoever asks again finds out.
        """
        lost = False
        looks = 0
        with self._calls.within_deadline() as deadline:
            while True:
                try:
                    return (await self._writes.send(call, deadline)).value
                except BookItError as error:
                    what = came(error)
                    then = AFTER_CHANGE[what][lost]
                    if then is Then.TELL:
                        count_failure(error)
                        raise
                    lost = lost or what is Came.MAYBE
                    meeting = await self._looked_at(meeting_id)
                    if meeting is not None and done(meeting):
                        return meeting
                    gone = meeting is None or meeting.canceled
                    found = await elsewhere() if gone and lost and elsewhere is not None else None
                    if found is not None:
                        return found
                    if then is Then.LOOK_TELL or (then is Then.SEEN_TELL and meeting is not None):
                        count_failure(error)
                        raise
                if self._writes.in_flight.closed or deadline.remaining < self._writes.needed:
                    reason = "it could not be seen whether the change took place"
                    open_yet = OutcomeUnknownError(reason=reason, operation=call.operation.name)
                    count_failure(open_yet)
                    raise open_yet
                looks += 1
                await self._writes.pause(looks, deadline)

    async def _read_back(self, meeting_id: str, done: Callable[[Meeting], bool]) -> Meeting | None:
        """Return a meeting that was changed as it is now; None when what is read is older, or nothing can be."""
        with self._calls.within_deadline() as deadline:
            for look in range(1, self._calls.settings.retries.attempts + 1):
                meeting = await self._looked_at(meeting_id)
                if meeting is None or done(meeting):
                    return meeting
                await self._calls.line.transport.pause(look, most=deadline.remaining, answered=True)
        return None

    async def _under_another_id(self, offer: Offer, slot: Slot) -> Meeting | None:
        """Return the meeting that a lost move may have made instead, None without exactly one that it can be."""
        attendees = () if offer.meeting is None else offer.meeting.attendees
        prospects = {
            HiddenText(one.email) for one in attendees if one.email and not (one.organizer or one.calendar_owner)
        }
        start, end = window(slot)
        found: dict[str, Meeting] = {}
        for email in sorted(prospects)[:_PROSPECTS]:
            try:
                listed = await self._lookups.meetings(email, start=start, end=end)
            except BookItError:
                continue
            found |= {one.id: one for one in listed if _starts_at(slot.start, one)}
        return next(iter(found.values())) if len(found) == 1 else None

    async def _looked_at(self, meeting_id: str) -> Meeting | None:
        """Return a meeting as it is now, None if it cannot be seen."""
        try:
            return await self._lookups.meeting(meeting_id)
        except BookItError:
            return None


def _starts_at(start: datetime, meeting: Meeting) -> bool:
    return meeting.start == start and not meeting.canceled


def _moved(offer: Offer, slot: Slot, meeting_id: str, organizer_email: str | None) -> Meeting:
    """Return what is known of a meeting that was moved, from what was accepted."""
    before = offer.meeting or Meeting(id=meeting_id, raw=WireMeeting())
    organizer = organizer_email or before.organizer_email
    return evolve(
        before, id=meeting_id, status="rescheduled", start=slot.start, end=slot.end, organizer_email=organizer
    )


_PROSPECTS = 5
"""Attendees under whose addresses a moved meeting is looked for."""
