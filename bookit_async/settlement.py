"""What became of a booking whose answer was lost: looking until the meeting is found, or surely does not exist."""

from .client import Client
from .deadlines import Deadline
from .errors import BookItError, InvalidInputError, OutcomeUnknownError, TokenSpentError
from .meetings import Meeting
from .outcomes import Booked
from .reconciliation import (
    PendingBooking,
    Step,
    TokenState,
    Unsettled,
    candidates,
    match,
    next_step,
    why_open,
    window,
)
from .settings import BOOKING_NEEDS

A_MOMENT = 0.01
"""Seconds: a look right after something is over must not come right before."""


class Settlement(Client):
    """A client that finds out what became of bookings that were left open."""

    @property
    def unsettled(self) -> tuple[Unsettled, ...]:
        """Bookings whose callers were cancelled, the oldest first; `settle` takes them off the list.

        The last 10,000 are kept; a warning is logged for each that is dropped.
        """
        return self._shared.ledger.unsettled

    async def settle(self, lost: OutcomeUnknownError | Unsettled) -> Booked | None:
        """Find out what became of a booking that was left open, by this client or, from a pickle, by another one.

        Gives the meeting, or None when surely nothing was booked, so that it may be tried again. Raises
        OutcomeUnknownError, which says why, when that cannot be told before the deadline; it stays in `unsettled`.
        """
        booking = lost.booking
        if booking is None:
            problem = "this error is not of a booking: client.meeting(meeting_id) tells whether the change took place"
            raise InvalidInputError(problems=[problem])
        found = lost.outcome if isinstance(lost, Unsettled) else None
        if found is None:
            waited = (self._shared.now() - booking.lost_at).total_seconds()
            with self.within_deadline() as deadline:
                found, _ = await self._reconcile(
                    booking,
                    "its caller was cancelled" if isinstance(lost, Unsettled) else "its answer was lost",
                    operation=lost.operation if isinstance(lost, OutcomeUnknownError) else None,
                    again=False,
                    moved=True,
                    lost_at=self._clock() - max(0.0, waited),
                    deadline=deadline,
                )
        self._shared.ledger.settle(booking)
        return found

    async def _reconcile(
        self,
        booking: PendingBooking,
        why: str,
        *,
        operation: str | None,
        again: bool,
        moved: bool = False,
        lost_at: float,
        deadline: Deadline,
    ) -> tuple[Booked | None, PendingBooking]:
        """Look until the meeting is found, or it is safe to say that nothing was booked; and what was heard.

        With *moved*, time enough has passed for the meeting to have got another start.
        OutcomeUnknownError, with *why* the booking was lost, when the deadline comes first.
        """
        looks = 0
        seen: list[Meeting] | None = None
        while True:
            looks += 1
            looked_at = self._clock()
            if booking.token is not None:
                booking = booking.heard(token_state=await self._token_state(booking.token))
            # Only where the token does not say who made a meeting is a meeting itself the witness.
            witness = booking.token is None or booking.token_state == "spent"  # noqa: S105 - a state, not a secret
            meetings = await self._meetings_seen(booking, moved=moved) if witness else None
            found = None if meetings is None else candidates(booking, meetings, owners=self._shared.ledger.owners)
            if found and self._shared.ledger.has_rival(booking):
                found = None  # it may be the rival's, whose answer tells
            seen = seen if found is None else found
            meeting = match(booking, found or ())
            if meeting is not None:
                return self._report(_recovered(booking, meeting), booking), booking
            step = next_step(
                booking,
                again=again,
                looked=found == [],
                waited=looked_at - lost_at,
                settle=self.settings.settle,
                remaining=0.0 if self._shared.closed else deadline.remaining,
                needed=self._booking_needs,
            )
            if step is Step.REPEAT:
                return None, booking
            if step is Step.GIVE_UP:
                raise OutcomeUnknownError(reason=why_open(booking, why, seen), operation=operation, booking=booking)
            unsettled = lost_at + self.settings.settle - self._clock()
            most = unsettled + A_MOMENT if unsettled > 0 else deadline.remaining
            answered = meetings is not None if witness else booking.token_state == "good"  # noqa: S105 - a state
            await self._shared.transport.pause(looks, most=min(most, deadline.remaining), answered=answered)

    async def _meetings_seen(self, booking: PendingBooking, *, moved: bool) -> list[Meeting] | None:
        if booking.prospect_email is None:
            return None
        start, end = (None, None) if moved else window(booking)
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

    def _report(self, booked: Booked, booking: PendingBooking) -> Booked:
        self._shared.ledger.report(booked.meeting_id, booking)
        return booked

    @property
    def _booking_needs(self) -> float:
        return min(BOOKING_NEEDS, self.settings.deadline / 10)


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
