"""One booking, exactly once, on an API without idempotency keys; and changes of a meeting, as safe to ask for twice."""

import asyncio
import contextlib
from collections.abc import Callable

from ._generated.models import BookedMeeting, BookedRoundRobinMeeting
from ._generated.types import Call
from .client import Client
from .deadlines import Deadline, adopt
from .errors import (
    AuthenticationError,
    BookItError,
    InvalidInputError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
)
from .execution import Answer
from .meetings import Meeting
from .outcomes import Booked
from .reconciliation import PendingBooking, Step, TokenState, Unsettled, match, next_step, told, window
from .settings import BOOKING_NEEDS

BookingCall = Call[BookedMeeting] | Call[BookedRoundRobinMeeting]
BookingAnswer = Answer[BookedMeeting | BookedRoundRobinMeeting]

OPEN = (OutcomeUnknownError, ServerError, ResponseInvalidError)
"""Errors after which a write may have taken effect."""
REPORTED = 10_000
"""How many meetings a client remembers having told."""
A_MOMENT = 0.01
"""Seconds: a look right after something is over must not come right before."""
PASSING = (NotSentError, RateLimitError)
"""Errors after which it has not, and which say nothing about the slot."""


class Bookings(Client):
    """A client that books a slot once, whatever breaks."""

    @property
    def unsettled(self) -> tuple[Unsettled, ...]:
        """Bookings whose callers were cancelled, the oldest first; `settle` takes them off the list."""
        return tuple(self._shared.unsettled)

    async def settle(self, lost: OutcomeUnknownError | Unsettled) -> Booked | None:
        """Find out what became of a booking that was left open.

        Gives the meeting, or None when surely nothing was booked, so that it may be tried again. Raises
        OutcomeUnknownError when the deadline passes without an answer.
        """
        if isinstance(lost, Unsettled) and lost.outcome is not None:
            self._forget(lost)
            return lost.outcome
        if lost.booking is None:
            problem = "this error is not of a booking: client.meeting(meeting_id) tells whether the change took place"
            raise InvalidInputError(problems=[problem])
        waited = (self._shared.now() - lost.booking.lost_at).total_seconds()
        with self.within_deadline() as deadline:
            found, _ = await self._reconcile(
                lost.booking,
                lost.reason if isinstance(lost, OutcomeUnknownError) else "its caller was cancelled",
                operation=lost.operation if isinstance(lost, OutcomeUnknownError) else None,
                again=False,
                lost_at=self._clock() - waited,
                deadline=deadline,
            )
        if isinstance(lost, Unsettled):
            self._forget(lost)
        return found

    async def _book_once(self, call: BookingCall, booking: PendingBooking) -> Booked:
        """Send a booking until it is surely booked or surely refused; OutcomeUnknownError at the deadline."""
        lost_at: float | None = None
        why = ""
        losses = 0
        with self.within_deadline() as deadline:
            while True:
                refused: BookItError | None = None
                try:
                    self._refuse_late(call, deadline)
                    answer = await self._guarded(call, booking, deadline, lost_before=lost_at is not None)
                    return self._report(_booked(booking, answer))
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
                    await self._shared.transport.pause(losses, most=deadline.remaining)
                except asyncio.CancelledError:
                    self._shared.unsettled.append(Unsettled(booking=booking))
                    raise

    def _report(self, booked: Booked) -> Booked:
        """Note that a meeting was told to its caller, so that it is not taken for another booking's."""
        self._shared.reported[booked.meeting_id] = None
        if len(self._shared.reported) > REPORTED:
            del self._shared.reported[next(iter(self._shared.reported))]
        return booked

    def _refuse_late(self, call: Call[object], deadline: Deadline) -> None:
        if deadline.remaining < self._booking_needs:
            raise NotSentError(reason="too little time is left to start it", operation=call.operation.name)

    @property
    def _booking_needs(self) -> float:
        return min(BOOKING_NEEDS, self.settings.deadline / 10)

    async def _guarded(
        self, call: BookingCall, booking: PendingBooking, deadline: Deadline, *, lost_before: bool
    ) -> BookingAnswer:
        """Send a booking so that cancelling its caller leaves it a short time to finish, and a trace."""
        wanted = True

        async def send() -> BookingAnswer:
            with adopt(deadline):
                return await self._answer(call, call.operation.decode, needed=self._booking_needs, go_on=lambda: wanted)

        task = asyncio.create_task(send())
        self._shared.in_flight.add(task)
        task.add_done_callback(self._shared.in_flight.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            wanted = False
            try:
                await asyncio.wait({task}, timeout=self.settings.grace)
            finally:
                self._leave(task, booking, lost_before=lost_before)
            raise

    def _leave(self, task: "asyncio.Task[BookingAnswer]", booking: PendingBooking, *, lost_before: bool) -> None:
        """Note what is known of a booking whose caller is gone; one that was surely refused leaves nothing open."""
        outcome = None
        if not task.done():
            task.cancel()
        else:
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                with contextlib.suppress(OutcomeUnknownError):
                    outcome = self._report(_booked(booking, task.result()))
            elif not (lost_before or isinstance(error, (*OPEN, TokenSpentError, asyncio.CancelledError))):
                return
        self._shared.unsettled.append(Unsettled(booking=booking, outcome=outcome))

    def _forget(self, settled: Unsettled) -> None:
        self._shared.unsettled[:] = [one for one in self._shared.unsettled if one is not settled]

    async def _reconcile(
        self,
        booking: PendingBooking,
        why: str,
        *,
        operation: str | None,
        again: bool,
        lost_at: float,
        deadline: Deadline,
    ) -> tuple[Booked | None, PendingBooking]:
        """Look until the meeting is found, or it is safe to say that nothing was booked; and what was heard.

        OutcomeUnknownError, with *why* the booking was lost, when the deadline comes first.
        """
        looks = 0
        while True:
            looks += 1
            looked_at = self._clock()
            if booking.token is not None:
                booking = booking.heard(token_state=await self._token_state(booking.token))
            # Only where the token does not say who made a meeting is a meeting itself the witness.
            witness = booking.token is None or booking.token_state == "spent"  # noqa: S105 - a state, not a secret
            meetings = await self._meetings_around(booking) if witness else None
            meeting = match(booking, meetings or (), reported=self._shared.reported)
            if meeting is not None:
                return self._report(_recovered(booking, meeting)), booking
            step = next_step(
                booking,
                again=again,
                looked=meetings is not None and told(booking, meetings),
                waited=looked_at - lost_at,
                settle=self.settings.settle,
                remaining=0.0 if self._shared.closed else deadline.remaining,
                needed=self._booking_needs,
            )
            if step is Step.REPEAT:
                return None, booking
            if step is Step.GIVE_UP:
                reason = f"{why}, and the meeting was not found in time"
                raise OutcomeUnknownError(reason=reason, operation=operation, booking=booking)
            unsettled = lost_at + self.settings.settle - self._clock()
            most = unsettled + A_MOMENT if unsettled > 0 else deadline.remaining
            answered = meetings is not None if witness else booking.token_state == "good"  # noqa: S105 - a state
            await self._shared.transport.pause(looks, most=min(most, deadline.remaining), answered=answered)

    async def _meetings_around(self, booking: PendingBooking) -> list[Meeting] | None:
        if booking.prospect_email is None:
            return None
        start, end = window(booking)
        try:
            return await self.meetings(booking.prospect_email, start=start, end=end)
        except BookItError:
            return None

    async def _token_state(self, token: str) -> TokenState:
        try:
            await self.api.fetch_availability(token=token)
        except TokenSpentError:
            return "spent"
        except BookItError:
            return "unknown"
        return "good"

    async def _change(self, call: Call[object], meeting_id: str, *, done: Callable[[Meeting], bool]) -> Meeting | None:
        """Send a change of a meeting until it has taken effect; the meeting if it was looked at, None if not.

        The change may be sent twice, for it asks for a state and not for a step.
        """
        lost = False
        looks = 0
        with self.within_deadline() as deadline:
            while True:
                try:
                    self._refuse_late(call, deadline)
                    await self._answer(call, call.operation.decode, needed=self._booking_needs)
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
                if deadline.remaining < self._booking_needs:
                    reason = "it could not be seen whether the change took place"
                    raise OutcomeUnknownError(reason=reason, operation=call.operation.name)
                looks += 1
                await self._shared.transport.pause(looks, most=deadline.remaining)

    async def _looked_at(self, meeting_id: str) -> Meeting | None:
        """Give a meeting as it is now, None if it cannot be seen."""
        try:
            return await self.meeting(meeting_id)
        except BookItError:
            return None


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
