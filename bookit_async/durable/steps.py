"""The two steps of an intent: to fix what is booked, and to book it. What they come to is JSON values, to be stored."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

from attrs import evolve, frozen

from ..client import BookIt
from ..errors import (
    AuthenticationError,
    BookItError,
    NoAnswerError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
    TooSoonError,
)
from ..once.orders import preferred
from ..views.offers import NoAvailability, Offer
from ..views.outcomes import Booked, NotRouted, Redirected
from ..views.pending import PendingBooking, Prepared
from ..views.slots import Slot
from .intents import Intent, uid_of
from .outcomes import Refused
from .progress import Came, Progress

AROUND = timedelta(days=1)
"""How far around a slot the prospect's meetings are noted before a link is booked."""
PASSING = (NoAnswerError, RateLimitError, ServerError, ResponseInvalidError, AuthenticationError)
"""Errors that say nothing of the intent: the next attempt may succeed, if need be after somebody put in another key."""


class Meetings(Protocol):
    """Knows in the store which intent has which meeting."""

    async def claim(self, meeting_id: str, intent_id: str) -> bool:
        """Note that a meeting is an intent's; False when it is another's."""
        ...


@frozen
class Steps:
    """Carries out the steps with a client."""

    client: BookIt
    meetings: Meetings
    now: Callable[[], datetime]

    async def plan(self, intent_id: str, intent: Intent, progress: Progress) -> dict[str, Any]:
        """Fix what is booked: token, slot, form. Once this is stored, whoever goes on sends this and nothing else."""
        try:
            offer = await self._offer(intent_id, intent, progress)
            if not isinstance(offer, Offer):
                return _ended(offer)
            slot = _next_slot(offer, intent, progress)
            if slot is None:
                return _ended(NoAvailability(uid=offer.uid))
            prepared = offer.prepare(
                slot, timezone=intent.timezone, answers=intent.answers, guests=intent.guests, booking_id=intent_id
            )
            prepared = await self._knowing(prepared)
        except TokenSpentError as error:
            return await self._made_after_all(intent_id, progress, error)
        except PASSING as error:
            return self._put_off(Came.LATER, error)
        except BookItError as error:
            return _ended(Refused(error=error, uid=None if intent.link_id else uid_of(intent_id)))
        return {"came": Came.PLANNED.value, "prepared": prepared.to_dict()}

    async def send(self, intent_id: str, intent: Intent, progress: Progress, *, first: bool) -> dict[str, Any]:
        """Book what was planned, after asking for it wherever it may have been sent before.

        *first* says that no earlier run, which may be gone or may only seem so, can have sent it.
        """
        prepared = Prepared.from_dict(progress.prepared or {})
        lost = datetime.fromisoformat(progress.last_sent) if progress.last_sent else None
        if not first:
            lost = self.now()
        try:
            if lost is not None and prepared.slot.start <= self.now():
                found = await self._settled(intent_id, evolve(prepared.pending, lost_at=lost))
                return _ended(found) if found else {"came": Came.TAKEN.value}
            booked = await self.client.send(prepared, perhaps_sent=lost or False)
            return await self._claimed(intent_id, booked, prepared.pending)
        except BookItError as error:
            return self._refused(error, prepared, lost, choosy=not callable(intent.choice))

    def _refused(
        self, error: BookItError, prepared: Prepared, lost: datetime | None, *, choosy: bool
    ) -> dict[str, Any]:
        """Tell what comes of an error of a sending; *choosy* wants this slot and no other."""
        match error:
            case OutcomeUnknownError():
                since = error.booking.lost_at if error.booking else self.now()
                return self._put_off(Came.OPEN, error, last_sent=max(lost or since, since))
            case TokenSpentError():
                return self._put_off(Came.OPEN, error, last_sent=self.now())
            case SlotTakenError() | TooSoonError() if not choosy:
                return {"came": Came.TAKEN.value}
            case _ if isinstance(error, PASSING):
                return self._put_off(Came.OPEN if lost else Came.LATER, error, last_sent=lost)
            case _:
                return _ended(Refused(error=error, uid=prepared.pending.uid))

    async def _offer(
        self, intent_id: str, intent: Intent, progress: Progress
    ) -> Offer | Redirected | NotRouted | NoAvailability:
        if intent.link_id is not None:
            return await self.client.availability(link_id=intent.link_id)
        uid = uid_of(intent_id)
        if progress.prepared is None:
            return await self.client.route(intent.trigger_node or "", intent.prospect, uid=uid)
        token = Prepared.from_dict(progress.prepared).pending.token
        return await self.client.availability(token=token, uid=uid, prospect=intent.prospect)

    async def _knowing(self, prepared: Prepared) -> Prepared:
        """Return it with the ids of the meetings that are there already, where no token says whose one is."""
        email = prepared.pending.prospect_email
        if prepared.pending.token is not None or email is None:
            return prepared
        start = prepared.slot.start
        return prepared.knowing(
            one.id for one in await self.client.meetings(email, start=start - AROUND, end=start + AROUND)
        )

    async def _made_after_all(self, intent_id: str, progress: Progress, error: TokenSpentError) -> dict[str, Any]:
        """A slot was said to be taken, and yet a meeting was booked with the token: for one that was tried."""
        for tried in reversed(progress.tried):
            pending = evolve(Prepared.from_dict(tried).pending, lost_at=self.now())
            try:
                found = await self._settled(intent_id, pending)
            except BookItError:
                continue
            if found is not None:
                return _ended(found)
        return self._put_off(Came.LATER, error)

    async def _settled(self, intent_id: str, pending: PendingBooking, *not_ours: str) -> Booked | None:
        """Return the meeting that a lost booking made, which no other intent has; None when it made none."""
        found = await self.client.settle(pending, not_ours=not_ours)
        if found is None or await self.meetings.claim(found.meeting_id, intent_id):
            return found
        return await self._settled(intent_id, pending, *not_ours, found.meeting_id)

    async def _claimed(self, intent_id: str, booked: Booked, pending: PendingBooking) -> dict[str, Any]:
        """End with a meeting, unless it was found by looking and is another intent's."""
        if await self.meetings.claim(booked.meeting_id, intent_id):
            return _ended(booked)
        lost_at = self.now()
        found = await self._settled(intent_id, evolve(pending, lost_at=lost_at), booked.meeting_id)
        if found is not None:
            return _ended(found)
        why = "the meeting that was found is another intent's"
        return self._put_off(Came.OPEN, OutcomeUnknownError(reason=why), last_sent=lost_at)

    def _put_off(self, came: Came, error: BookItError, *, last_sent: datetime | None = None) -> dict[str, Any]:
        sent = None if last_sent is None else last_sent.isoformat()
        why = error.reason if isinstance(error, NoAnswerError) else error.what
        return {"came": came.value, "why": why, "at": self.now().isoformat(), "last_sent": sent}


def _next_slot(offer: Offer, intent: Intent, progress: Progress) -> Slot | None:
    """Return the best slot that is wanted and was not taken before."""
    pairs = [Prepared.from_dict(one).slot for one in progress.tried]
    gone = {(one.start_milliseconds, one.end_milliseconds) for one in pairs}
    wanted = preferred(offer, intent.choice, ())
    return next((one for one in wanted if (one.start_milliseconds, one.end_milliseconds) not in gone), None)


def _ended(outcome: Booked | Redirected | NotRouted | NoAvailability | Refused) -> dict[str, Any]:
    written: Mapping[str, Any] = outcome.to_dict()
    return {"came": Came.ENDED.value, "outcome": dict(written)}
