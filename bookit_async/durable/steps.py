"""The two steps of an intent: to fix what is booked, and to book it. What they come to is JSON values, to be stored."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from traceback import extract_tb
from typing import Any, Protocol

from attrs import evolve, frozen

from ..client import BookIt
from ..errors import (
    AuthenticationError,
    BookItError,
    InvalidInputError,
    NoAnswerError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
    TooSoonError,
)
from ..exchange.telemetry import LOGGER
from ..once.orders import preferred
from ..views.offers import NoAvailability, Offer
from ..views.outcomes import Booked, NotRouted, Redirected
from ..views.pending import PendingBooking, Prepared
from ..views.slots import Slot
from .intents import Intent, IntentConflictError
from .outcomes import DurableOutcome, Forgotten, Refused, Withdrawn
from .progress import Came, Progress
from .sealing import OtherSecretsError
from .store import StoreLostError

AROUND = timedelta(days=1)
"""How far around a slot the prospect's meetings are noted before a link is booked."""
PASSING = (
    NoAnswerError,
    RateLimitError,
    ServerError,
    ResponseInvalidError,
    AuthenticationError,
    StoreLostError,
    OtherSecretsError,
)
"""Errors that say nothing of the intent: the next attempt may succeed, if need be after somebody put in another key."""


class Notes(Protocol):
    """What the store knows of intents beside the engine."""

    async def claim(self, meeting_id: str, intent_id: str) -> bool:
        """Note that a meeting is an intent's; False when it is another's."""
        ...

    async def is_withdrawn(self, intent_id: str) -> bool:
        """Return whether an intent is not to be booked any more."""
        ...

    async def kept(self, intent_id: str) -> Any:
        """Return the `mark` and the `meeting_id` of an intent that was forgotten, None when it was not."""
        ...


@frozen
class Steps:
    """Carries out the steps with a client."""

    client: BookIt
    notes: Notes
    mark_of: Callable[[Intent], str]
    """Returns what tells the content of an intent from that of others."""
    now: Callable[[], datetime]

    async def plan(self, intent_id: str, intent: Intent, progress: Progress) -> dict[str, Any]:
        """Fix what is booked: token, slot, form. Once this is stored, whoever goes on sends this and nothing else."""
        try:
            planned = await self._planned(intent_id, intent, progress)
        except TokenSpentError as error:
            return await self._made_after_all(intent_id, progress, error)
        except PASSING as error:
            return self._put_off(Came.LATER, error)
        except BookItError as error:
            planned = Refused(error=error, uid=intent.uid)
        except Exception as error:  # noqa: BLE001 - a mistake of ours, which may be mended while the intent waits
            return self._put_off(Came.LATER, error)
        if isinstance(planned, Prepared):
            return {"came": Came.PLANNED.value, "prepared": planned.to_dict()}
        return _ended(planned)

    async def _planned(self, intent_id: str, intent: Intent, progress: Progress) -> Prepared | DurableOutcome:
        if progress.prepared is None and (kept := await self.notes.kept(intent_id)) is not None:
            return self._forgotten(intent_id, intent, kept)
        if await self.notes.is_withdrawn(intent_id):
            return Withdrawn(uid=intent.uid)
        offer = await self._offer(intent, progress)
        if not isinstance(offer, Offer):
            return offer
        slot = _next_slot(offer, intent, progress)
        if slot is None:
            return NoAvailability(uid=offer.uid)
        prepared = offer.prepare(
            slot, timezone=intent.timezone, answers=intent.answers, guests=intent.guests, booking_id=intent.key
        )
        return await self._knowing(prepared)

    async def send(self, intent_id: str, intent: Intent, progress: Progress, *, first: bool) -> dict[str, Any]:
        """Book what was planned, after asking for it wherever it may have been sent before.

        *first* says that no earlier run, which may be gone or may only seem so, can have sent it.
        """
        lost = datetime.fromisoformat(progress.last_sent) if progress.last_sent else None
        if not first:
            lost = self.now()
        try:
            prepared = Prepared.from_dict(progress.prepared or {})
        except InvalidInputError as error:  # a newer version planned it
            return self._put_off(Came.OPEN if lost else Came.LATER, error, last_sent=lost)
        try:
            withdrawn = await self.notes.is_withdrawn(intent_id)
            if withdrawn or (lost is not None and prepared.slot.start <= self.now()):
                found = lost and await self._settled(intent_id, evolve(prepared.pending, lost_at=lost))
                if found:
                    return _ended(found)
                return _ended(Withdrawn(uid=prepared.pending.uid)) if withdrawn else {"came": Came.TAKEN.value}
            booked = await self.client.send(prepared, perhaps_sent=lost or False)
        except BookItError as error:
            return self._refused(error, prepared, lost, choosy=not callable(intent.choice))
        except Exception as error:  # noqa: BLE001 - a mistake of ours, and the booking may have been sent
            return self._put_off(Came.OPEN, error, last_sent=self.now())
        return await self._claimed(intent_id, booked, prepared.pending)

    def _refused(
        self, error: BookItError, prepared: Prepared, lost: datetime | None, *, choosy: bool
    ) -> dict[str, Any]:
        """Tell what comes of an error of a sending; *choosy* wants this slot and no other."""
        match error:
            case OutcomeUnknownError():
                since = error.booking.lost_at if error.booking else self.now()
                return self._put_off(Came.OPEN, error, last_sent=max(lost or since, since))
            case TokenSpentError() if lost:  # by this intent, or its meeting would have been found
                return self._put_off(Came.OPEN, error, last_sent=self.now())
            case SlotTakenError() | TooSoonError() if not choosy:
                return {"came": Came.TAKEN.value}
            case _ if isinstance(error, PASSING):
                return self._put_off(Came.OPEN if lost else Came.LATER, error, last_sent=lost)
            case _:
                return _ended(Refused(error=error, uid=prepared.pending.uid))

    async def _offer(self, intent: Intent, progress: Progress) -> Offer | Redirected | NotRouted | NoAvailability:
        if intent.link_id is not None:
            return await self.client.availability(link_id=intent.link_id, uid=intent.uid, prospect=intent.prospect)
        uid, token = intent.uid, intent.token
        if progress.prepared is not None:
            token = Prepared.from_dict(progress.prepared).pending.token
        elif token is None:
            return await self.client.route(intent.trigger_node or "", intent.prospect, uid=uid)
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
        if not progress.tried:
            return _ended(Refused(error=error, uid=None))
        for tried in reversed(progress.tried):
            pending = evolve(Prepared.from_dict(tried).pending, lost_at=self.now())
            try:
                found = await self._settled(intent_id, pending)
            except BookItError:
                continue
            if found is not None:
                return _ended(found)
        return self._put_off(Came.LATER, error)

    async def look(self, intent_id: str, progress: Progress) -> Booked | None:
        """Return the meeting that a booking made which is under way; None when it made none until now."""
        pending = Prepared.from_dict(progress.prepared or {}).pending
        return await self._settled(intent_id, evolve(pending, lost_at=self.now()))

    async def _settled(self, intent_id: str, pending: PendingBooking, *not_ours: str) -> Booked | None:
        """Return the meeting that a lost booking made, which no other intent has; None when it made none."""
        found = await self.client.settle(pending, not_ours=not_ours)
        if found is None or await self.notes.claim(found.meeting_id, intent_id):
            return found
        return await self._settled(intent_id, pending, *not_ours, found.meeting_id)

    async def _claimed(self, intent_id: str, booked: Booked, pending: PendingBooking) -> dict[str, Any]:
        """End with a meeting, unless it was found by looking and is another intent's."""
        lost_at = self.now()
        try:
            if await self.notes.claim(booked.meeting_id, intent_id):
                return _ended(booked)
            found = await self._settled(intent_id, evolve(pending, lost_at=lost_at), booked.meeting_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, there is a meeting, and it has to be found again
            return self._put_off(Came.OPEN, error, last_sent=lost_at)
        if found is not None:
            return _ended(found)
        why = "the meeting that was found is another intent's"
        return self._put_off(Came.OPEN, OutcomeUnknownError(reason=why), last_sent=lost_at)

    def _forgotten(self, intent_id: str, intent: Intent, kept: Mapping[str, Any]) -> Forgotten | Refused:
        """Return what is left of an intent that was over; another one under its id is refused."""
        if kept["mark"] == self.mark_of(intent):
            return Forgotten(meeting_id=kept["meeting_id"])
        return Refused(error=IntentConflictError(intent_id=intent_id))

    def _put_off(self, came: Came, error: Exception, *, last_sent: datetime | None = None) -> dict[str, Any]:
        sent = None if last_sent is None else last_sent.isoformat()
        if isinstance(error, NoAnswerError):
            why = error.reason
        elif isinstance(error, InvalidInputError):
            why = "; ".join(error.problems)
        elif isinstance(error, BookItError):
            why = error.what.format_map(vars(error))
        else:
            why = f"a mistake in this package: {type(error).__name__}"
            trace = error.__traceback__
            where = [f"{one.name}:{one.lineno}" for one in extract_tb(trace)][-3:]
            LOGGER.error("durable: %s in %s", why, " > ".join(where))
        return {"came": came.value, "why": why, "at": self.now().isoformat(), "last_sent": sent}


def _next_slot(offer: Offer, intent: Intent, progress: Progress) -> Slot | None:
    """Return the best slot that is wanted and was not taken before."""
    pairs = [Prepared.from_dict(one).slot for one in progress.tried]
    gone = {(one.start_milliseconds, one.end_milliseconds) for one in pairs}
    wanted = preferred(offer, intent.choice, ())
    return next((one for one in wanted if (one.start_milliseconds, one.end_milliseconds) not in gone), None)


def _ended(outcome: DurableOutcome) -> dict[str, Any]:
    written: Mapping[str, Any] = outcome.to_dict()
    return {"came": Came.ENDED.value, "outcome": dict(written)}
