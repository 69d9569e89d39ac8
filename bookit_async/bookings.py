"""One booking, exactly once, on an API without idempotency keys."""

import asyncio
import contextlib
from functools import partial

from ._generated.models import BookedMeeting, BookedRoundRobinMeeting
from ._generated.types import Call
from .answers import Answer
from .deadlines import Deadline
from .errors import (
    BookItError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
)
from .outcomes import Booked
from .reconciliation import PendingBooking, Unsettled
from .settlement import Settlement

BookingCall = Call[BookedMeeting] | Call[BookedRoundRobinMeeting]
BookingAnswer = Answer[BookedMeeting | BookedRoundRobinMeeting]

OPEN = (OutcomeUnknownError, ServerError, ResponseInvalidError)
"""Errors after which a write may have taken effect."""
PASSING = (NotSentError, RateLimitError)
"""Errors after which it has not, and which say nothing about the slot."""


class Bookings(Settlement):
    """A client that books a slot once, whatever breaks."""

    async def _book_once(self, call: BookingCall, booking: PendingBooking, *, deadline: Deadline) -> Booked:
        """Send a booking until it is surely booked or surely refused; OutcomeUnknownError at the deadline."""
        lost_at: float | None = None
        why = ""
        losses = 0
        while True:
            refused: BookItError | None = None
            try:
                self._refuse_late(call, deadline)
                leave = partial(self._leave, booking, lost_before=lost_at is not None)
                self._shared.ledger.send(booking)
                try:
                    answer: BookingAnswer = await self._write(call, deadline, needed=self._booking_needs, leave=leave)
                finally:
                    self._shared.ledger.answered(booking)
                return self._report(_booked(booking, answer), booking)
            except OPEN as error:
                lost_at, why = self._clock(), _why(error)
                booking = booking.heard(request_id=getattr(error, "request_id", None), lost_at=self._shared.now())
            except BookItError as error:
                if lost_at is None:
                    raise
                refused = None if isinstance(error, (*PASSING, TokenSpentError)) else error
            try:
                found, booking = await self._reconcile(
                    booking,
                    why,
                    operation=call.operation.name,
                    again=refused is None or isinstance(refused, SlotTakenError),
                    lost_at=lost_at,
                    deadline=deadline,
                )
                if found is not None:
                    return found
                if refused is not None:
                    raise refused
                losses += 1
                await self._shared.transport.pause(losses, most=self._longest_pause(deadline))
            except asyncio.CancelledError:
                self._shared.ledger.leave(Unsettled(booking=booking))
                raise

    def _refuse_late(self, call: Call[object], deadline: Deadline) -> None:
        if deadline.remaining < self._booking_needs:
            raise NotSentError(reason="too little time is left to start it", operation=call.operation.name)

    def _longest_pause(self, deadline: Deadline) -> float:
        """Give the seconds that may pass before something is sent again: so many that it is not too late, if any."""
        spare = self._booking_needs / 10
        most = deadline.remaining - self._booking_needs - spare
        return most if most > spare else deadline.remaining

    def _leave(self, booking: PendingBooking, task: "asyncio.Task[BookingAnswer]", *, lost_before: bool) -> None:
        """Note what is known of a booking whose caller is gone; one that was surely refused leaves nothing open."""
        booking = booking.heard(lost_at=self._shared.now())
        outcome = None
        if task.done():
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                with contextlib.suppress(OutcomeUnknownError):
                    outcome = self._report(_booked(booking, task.result()), booking)
            elif not (lost_before or isinstance(error, (*OPEN, TokenSpentError, asyncio.CancelledError))):
                return
            else:
                booking = booking.heard(request_id=getattr(error, "request_id", None))
        self._shared.ledger.leave(Unsettled(booking=booking, outcome=outcome))


def _why(error: BookItError) -> str:
    if isinstance(error, OutcomeUnknownError):
        return error.reason
    return f"the service answered {error.status}" if isinstance(error, ServerError) else "the answer could not be read"


def _booked(booking: PendingBooking, answer: BookingAnswer) -> Booked:
    wire = answer.value
    if wire.meeting_id is None:
        raise OutcomeUnknownError(
            reason="the answer was a success, but named no meeting", booking=booking, request_id=answer.request_id
        )
    host_id = wire.selected_user_id if isinstance(wire, BookedRoundRobinMeeting) else None
    return Booked(
        meeting_id=wire.meeting_id,
        organizer_email=wire.organizer_email,
        host_id=host_id or booking.host_of(wire.organizer_email),
        start=booking.slot.start,
        end=booking.slot.end,
        uid=booking.uid,
        request_id=answer.request_id,
    )
