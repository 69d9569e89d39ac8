"""Changes of a meeting that was booked, as safe to ask for twice: each asks for a state, not for a step."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from itertools import chain

from attrs import evolve

from ._generated.api.meetings.cancel_meeting import cancel_meeting
from ._generated.api.meetings.reschedule_meeting import reschedule_meeting
from ._generated.models import Meeting as WireMeeting
from ._generated.models import NewTime
from ._generated.types import Call
from .bookings import OPEN, PASSING, Bookings
from .errors import AuthenticationError, BookItError, InvalidInputError, OutcomeUnknownError, SlotTakenError
from .meetings import Meeting, id_problem
from .offers import Offer
from .outcomes import NoAvailability
from .slots import Slot, SlotChoice, choice_problem, earliest, prefer
from .times import zone_problem


class Changes(Bookings):
    """A client that moves and cancels meetings."""

    async def reschedule(
        self, meeting_id: str, *, timezone: str, slot: SlotChoice = earliest()
    ) -> Meeting | NoAvailability:
        """Move a meeting to another of its host's open slots and give it as it is then.

        Args:
            meeting_id: The meeting to move.
            timezone: The prospect's IANA time zone name; used only to write the mail.
            slot: A chooser such as `nearest(...)`, or the aware datetime at which the slot starts.

        NoAvailability when there is no slot, or none that the chooser wants; what is open includes the time that the
        meeting has now. Raises MeetingNotFoundError and SlotTakenError.

        After OutcomeUnknownError, and when the caller is cancelled, the meeting may have moved or not, and nothing is
        left in `unsettled`: `meeting` tells, and asking again for the same time is safe.
        """
        refuse([*id_problem(meeting_id), *zone_problem(timezone), *choice_problem(slot)])
        with self.within_deadline():
            offer = await self.availability(meeting_id=meeting_id)
            if not isinstance(offer, Offer):
                return offer
            for chosen in preferred(offer, slot, ()):
                time = NewTime(
                    start_time=chosen.start_milliseconds, end_time=chosen.end_milliseconds, timezone=timezone
                )
                moving = reschedule_meeting(meeting_id, scheduled_time=time)
                try:
                    seen = await self._change(moving, meeting_id, done=partial(_starts_at, chosen.start))
                except SlotTakenError as error:
                    if not callable(slot):
                        error.offer = await self._fresh(offer)
                        raise
                else:
                    return seen or await self._looked_at(meeting_id) or _moved(offer, chosen, meeting_id)
            return NoAvailability(offer=offer)

    async def cancel(self, meeting_id: str) -> None:
        """Cancel a meeting. One that is canceled already is no error; MeetingNotFoundError for an unknown id.

        After OutcomeUnknownError, and when the caller is cancelled, it may be canceled or not: asking again is safe.
        """
        refuse([*id_problem(meeting_id)])
        await self._change(cancel_meeting(meeting_id), meeting_id, done=lambda meeting: meeting.canceled)

    async def _change(self, call: Call[object], meeting_id: str, *, done: Callable[[Meeting], bool]) -> Meeting | None:
        """Send a change of a meeting until it has taken effect; the meeting if it was looked at, None if not.

        A caller that is cancelled leaves it the grace, and no trace: whoever asks again finds out.
        """
        lost = False
        looks = 0
        with self.within_deadline() as deadline:
            while True:
                try:
                    self._refuse_late(call, deadline)
                    await self._write(call, deadline, needed=self._booking_needs)
                except BookItError as error:
                    lost = lost or isinstance(error, OPEN)
                    if not lost and isinstance(error, (AuthenticationError, *PASSING)):
                        raise
                    meeting = await self._looked_at(meeting_id)
                    if meeting is not None and done(meeting):
                        return meeting
                    refused = not isinstance(error, (*OPEN, *PASSING))
                    if refused and (meeting is not None or not lost):
                        raise
                else:
                    return None
                if self._shared.closed or deadline.remaining < self._booking_needs:
                    reason = "it could not be seen whether the change took place"
                    raise OutcomeUnknownError(reason=reason, operation=call.operation.name)
                looks += 1
                await self._shared.transport.pause(looks, most=self._longest_pause(deadline))

    async def _looked_at(self, meeting_id: str) -> Meeting | None:
        """Give a meeting as it is now, None if it cannot be seen."""
        try:
            return await self.meeting(meeting_id)
        except BookItError:
            return None

    async def _fresh(self, offer: Offer) -> Offer | None:
        """Give an offer's slots as they are now, None when there are none or nobody can tell."""
        try:
            fresh = await offer.refresh()
        except BookItError:
            return None
        return fresh if isinstance(fresh, Offer) else None


def refuse(problems: Sequence[str]) -> None:
    """Raise InvalidInputError if there are any problems."""
    if problems:
        raise InvalidInputError(problems=problems)


def preferred(offer: Offer, choice: SlotChoice, problems: Sequence[str]) -> Iterable[Slot]:
    """Give the slots that a choice wants, the best first; InvalidInputError with these problems and its own."""
    found = [*problems, *choice_problem(choice)]
    slots: Sequence[Slot] = ()
    if len(found) == len(problems):
        try:
            slots = prefer(choice, offer.slots)
        except InvalidInputError as error:
            found += error.problems
    moves = offer.meeting_id is not None
    bookable = (slot for slot in slots if moves or not offer.pooled or slot.host_ids)
    first = next(bookable, None)
    if slots and first is None:
        found.append("the slot names no host, so it cannot be booked from a pool: choose another")
    refuse(found)
    return () if first is None else chain((first,), bookable)


def _starts_at(start: datetime, meeting: Meeting) -> bool:
    return meeting.start == start and not meeting.canceled


def _moved(offer: Offer, slot: Slot, meeting_id: str) -> Meeting:
    """Give what is known of a meeting that was moved and cannot be read."""
    before = offer.meeting or Meeting(id=meeting_id, raw=WireMeeting())
    return evolve(before, id=meeting_id, status="rescheduled", start=slot.start, end=slot.end)
