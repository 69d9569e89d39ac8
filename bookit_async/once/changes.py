"""Changes of a meeting that was booked, as safe to ask for twice: each asks for a state, not for a step."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from attrs import evolve

from .._generated.api.meetings.cancel_meeting import cancel_meeting
from .._generated.api.meetings.reschedule_meeting import reschedule_meeting
from .._generated.models import Meeting as WireMeeting
from .._generated.models import NewTime
from .._generated.types import Call
from ..errors import BookItError, OutcomeUnknownError, SlotTakenError
from ..exchange.lookups import Lookups
from ..views.choosers import SlotChoice
from ..views.meetings import Meeting
from ..views.offers import NoAvailability, Offer
from ..views.slots import Slot
from .bookings import Bookings
from .orders import preferred
from .protocol import AFTER_CHANGE, Came, Then, came
from .writes import Writes


class Changes:
    """Moves and cancels meetings."""

    def __init__(self, writes: Writes, bookings: Bookings) -> None:
        self._writes = writes
        self._calls = writes.calls
        self._lookups = Lookups(writes.calls)
        self._bookings = bookings

    async def move(self, offer: Offer, meeting_id: str, slot: SlotChoice, timezone: str) -> Meeting | NoAvailability:
        """Move a meeting to one of the slots that an offer has for it."""
        for chosen in preferred(offer, slot, ()):
            time = NewTime(start_time=chosen.start_milliseconds, end_time=chosen.end_milliseconds, timezone=timezone)
            moving = reschedule_meeting(meeting_id, scheduled_time=time)
            try:
                seen = await self._change(moving, meeting_id, done=partial(_starts_at, chosen.start))
            except SlotTakenError as error:
                if not callable(slot):
                    error.offer = await self._bookings.fresh(offer)
                    raise
            else:
                return seen or await self._looked_at(meeting_id) or _moved(offer, chosen, meeting_id)
        return NoAvailability(offer=offer)

    async def cancel(self, meeting_id: str) -> None:
        """Cancel a meeting."""
        await self._change(cancel_meeting(meeting_id), meeting_id, done=lambda meeting: meeting.canceled)

    async def _change(self, call: Call[object], meeting_id: str, *, done: Callable[[Meeting], bool]) -> Meeting | None:
        """Send a change of a meeting until it has taken effect; the meeting if it was looked at, None if not.

        A caller that is cancelled leaves it the grace, and no trace: whoever asks again finds out.
        """
        lost = False
        looks = 0
        with self._calls.within_deadline() as deadline:
            while True:
                try:
                    await self._writes.send(call, deadline)
                except BookItError as error:
                    what = came(error)
                    then = AFTER_CHANGE[what][lost]
                    if then is Then.TELL:
                        raise
                    lost = lost or what is Came.MAYBE
                    meeting = await self._looked_at(meeting_id)
                    if meeting is not None and done(meeting):
                        return meeting
                    if then is Then.LOOK_TELL or (then is Then.SEEN_TELL and meeting is not None):
                        raise
                else:
                    return None
                if self._writes.in_flight.closed or deadline.remaining < self._writes.needed:
                    reason = "it could not be seen whether the change took place"
                    raise OutcomeUnknownError(reason=reason, operation=call.operation.name)
                looks += 1
                await self._writes.pause(looks, deadline)

    async def _looked_at(self, meeting_id: str) -> Meeting | None:
        """Return a meeting as it is now, None if it cannot be seen."""
        try:
            return await self._lookups.meeting(meeting_id)
        except BookItError:
            return None


def _starts_at(start: datetime, meeting: Meeting) -> bool:
    return meeting.start == start and not meeting.canceled


def _moved(offer: Offer, slot: Slot, meeting_id: str) -> Meeting:
    """Return what is known of a meeting that was moved and cannot be read."""
    before = offer.meeting or Meeting(id=meeting_id, raw=WireMeeting())
    return evolve(before, id=meeting_id, status="rescheduled", start=slot.start, end=slot.end)
