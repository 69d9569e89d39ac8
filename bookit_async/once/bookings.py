"""Bookings: a slot of an offer is booked once, whatever is lost."""

import asyncio
import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast

from attrs import field, frozen

from .._generated.api.availability.fetch_availability import fetch_availability
from .._generated.api.legacy.legacy_retrieve_info import legacy_retrieve_info
from .._generated.models import BookedMeeting, BookedRoundRobinMeeting
from ..errors import (
    APIStatusError,
    BookItError,
    OutcomeUnknownError,
    ResponseInvalidError,
    SlotTakenError,
    TokenSpentError,
    refuse,
)
from ..exchange.answers import Answer
from ..exchange.deadlines import Deadline
from ..exchange.lookups import Lookups
from ..exchange.metrics import count, count_failure
from ..times import Zone, plain_datetime
from ..views.choosers import SlotChoice
from ..views.offers import NoAvailability, Offer, read_offer
from ..views.outcomes import Booked
from ..views.pending import BookingCall, PendingBooking, Prepared, Unsettled
from ..views.slots import Slot
from .inquiries import Inquiries, Seen
from .ledger import Ledger
from .orders import Links, order, order_problems, prospect_email
from .protocol import AFTER_BOOKING, TOLD, Came, Then, came
from .writes import Writes

BookingAnswer = Answer[BookedMeeting | BookedRoundRobinMeeting]


@frozen
class _Lost:
    """The last sending whose answer was lost."""

    at: float
    """Seconds on the clock."""
    why: str


@frozen(kw_only=True)
class _Wish:
    """What is the same of a booking whichever slot it gets."""

    timezone: Zone
    answers: Mapping[str, Any] = field(repr=False)
    guests: Sequence[str] = field(repr=False)
    links: Links = field(repr=False)
    look_up: bool


class Bookings:
    """Books the slots of offers, and finds out what became of bookings that were left open."""

    def __init__(self, writes: Writes, ledger: Ledger) -> None:
        self._writes = writes
        self._calls = writes.calls
        self._line = writes.calls.line
        self._lookups = Lookups(writes.calls)
        self._ledger = ledger
        self._inquiries = Inquiries(writes, ledger)

    async def book(
        self,
        offer: Offer,
        slot: SlotChoice,
        *,
        timezone: Zone,
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        once: bool = False,
        cancel_link: str | None = None,
        reschedule_link: str | None = None,
        look_up: bool = True,
    ) -> Booked | NoAvailability:
        """Book a slot of an offer; `Offer.book` and `legacy.book` call this and say the rest.

        With *look_up* one that is refused is looked for, too: say False where whoever asks has proved to be nobody.
        """
        wish = _Wish(
            timezone=timezone,
            answers=answers or {},
            guests=guests,
            links=Links(cancel_link=cancel_link, reschedule_link=reschedule_link),
            look_up=look_up,
        )
        with self._calls.within_deadline() as deadline:
            if not (once and offer.token is None):
                return await self._book(offer, slot, wish, deadline)
            email = prospect_email(offer, slot, timezone=timezone, answers=wish.answers, guests=guests)
            there = await self._inquiries.already(offer, slot, email)
            return there if isinstance(there, Booked) else await self._book(offer, slot, wish, deadline, before=there)

    async def _book(
        self, offer: Offer, slot: SlotChoice, wish: _Wish, deadline: Deadline, *, before: Seen | None = None
    ) -> Booked | NoAvailability:
        """Book the best slot that nobody else takes; with what was seen *before*, look for it before it is sent."""
        tried: tuple[Slot, ...] = ()
        if not offer.slots:
            return NoAvailability(uid=offer.uid)
        while True:
            wanted = order(
                offer,
                slot,
                tried=tried,
                timezone=wish.timezone,
                answers=wish.answers,
                guests=wish.guests,
                links=wish.links,
                now=self._line.now(),
            )
            if wanted is None:
                return NoAvailability(offer=offer, uid=offer.uid)
            call, booking = wanted
            if before is not None:
                found, booking = await self._inquiries.before(booking, None if tried else before)
                if found is not None:
                    return found
            try:
                return await self._once(call, booking, deadline, look_up=wish.look_up)
            except APIStatusError as refusal:
                chosen = callable(slot)
                if tried and chosen and isinstance(refusal, SlotTakenError):
                    # Again and again: where many want the same, each stands back a while.
                    most = max(0.0, deadline.remaining - self._writes.needed)
                    await self._line.transport.pause(len(tried), most=most, answered=True)
                left = await self._after(refusal, offer, booking, chosen=chosen, look_up=wish.look_up)
                if not isinstance(left, Offer):
                    return left
            tried = (*tried, booking.slot)
            offer = left

    async def _after(
        self, refusal: APIStatusError, offer: Offer, booking: PendingBooking, *, chosen: bool, look_up: bool
    ) -> Booked | NoAvailability | Offer:
        """Return what to go on with after a refusal, or raise it as what it is; only a chooser goes on to another."""
        error, fresh = await self._understood(refusal, offer, booking)
        if error is None:
            count_failure(refusal)
            raise refusal
        if look_up and isinstance(error, TokenSpentError) and (found := await self._inquiries.find(booking)):
            return found
        count_failure(error)
        if fresh is None or not chosen:
            raise error from (None if error is refusal else refusal)
        return fresh

    async def _understood(
        self, refusal: APIStatusError, offer: Offer, booking: PendingBooking
    ) -> tuple[SlotTakenError | TokenSpentError | None, Offer | NoAvailability | None]:
        """Return the refusal as that of a taken slot, and what is open now; None for another, and if nobody can tell.

        One in words that are not known is asked about: a slot that is open no more was taken. With a token that turns
        out to be spent, it is that.
        """
        if not isinstance(refusal, SlotTakenError) and came(refusal) is not Came.UNKNOWN:
            return None, None
        try:
            fresh = await self.refresh(offer)
        except TokenSpentError as spent:
            return spent, None
        except BookItError:
            return (refusal if isinstance(refusal, SlotTakenError) else None), None
        now = fresh if isinstance(fresh, Offer) else None
        if isinstance(refusal, SlotTakenError):
            refusal.offer = now
            return refusal, fresh
        if now is not None and booking.slot in now.slots:
            return None, None
        error = SlotTakenError(
            offer=now,
            status=refusal.status,
            operation=refusal.operation,
            request_id=refusal.request_id,
            body=refusal.body,
            sentence=refusal.sentence,
        )
        return error, fresh

    async def refresh(self, offer: Offer) -> Offer | NoAvailability:
        """Return an offer's slots as they are now; `Offer.refresh` calls this."""
        call = (
            legacy_retrieve_info(params=offer.params)
            if offer.params is not None
            else fetch_availability(token=offer.token, link_id=offer.link_id, meeting_id=offer.meeting_id)
        )
        return read_offer(
            await self._lookups.page(call),
            keeper=self,
            params=offer.params,
            token=offer.token,
            link_id=offer.link_id,
            meeting_id=offer.meeting_id,
            calendar_link=offer.calendar_link,
            uid=offer.uid,
            prospect=offer.prospect,
        )

    async def fresh(self, offer: Offer) -> Offer | None:
        """Return an offer's slots as they are now, None when there are none or nobody can tell."""
        try:
            fresh = await self.refresh(offer)
        except BookItError:
            return None
        return fresh if isinstance(fresh, Offer) else None

    def prepare(
        self,
        offer: Offer,
        slot: Slot | datetime,
        *,
        timezone: Zone,
        answers: Mapping[str, Any] | None,
        guests: Sequence[str],
        booking_id: str | None,
    ) -> Prepared:
        """Return the booking of one slot, ready to be sent; `Offer.prepare` calls this."""
        if problems := [*_preparing_problems(slot, booking_id)]:
            refuse([*problems, *order_problems(timezone, slot, answers, guests)])
        call, booking = cast(  # only a chooser may find nothing
            "tuple[BookingCall, PendingBooking]",
            order(
                offer,
                slot,
                tried=(),
                timezone=timezone,
                answers=answers or {},
                guests=guests,
                links=Links(cancel_link=None, reschedule_link=None),
                now=self._line.now(),
                booking_id=booking_id,
            ),
        )
        return Prepared(call=call, pending=booking)

    async def send(self, prepared: Prepared, *, perhaps_sent: bool | datetime) -> Booked:
        """Send what was prepared; `BookIt.send` says the rest."""
        lost = None
        if perhaps_sent:
            sent_at = None if isinstance(perhaps_sent, bool) else plain_datetime(perhaps_sent)
            waited = 0.0 if sent_at is None else (plain_datetime(self._line.now()) - sent_at).total_seconds()
            lost = _Lost(at=self._calls.clock() - max(0.0, waited), why="an earlier sending may have taken effect")
        with self._calls.within_deadline() as deadline:
            try:
                return await self._once(prepared.call, prepared.pending, deadline, lost=lost)
            except APIStatusError as refusal:
                count_failure(refusal)
                raise

    async def settle(
        self, lost: OutcomeUnknownError | Unsettled | PendingBooking, booking: PendingBooking, not_ours: Collection[str]
    ) -> Booked | None:
        """Return the meeting of a booking that was left open, None when surely nothing was booked."""
        found = lost.outcome if isinstance(lost, Unsettled) else None
        if found is None:
            waited = (self._line.now() - booking.lost_at).total_seconds()
            with self._calls.within_deadline() as deadline:
                found, _ = await self._inquiries.ask(
                    booking,
                    "its caller was cancelled" if isinstance(lost, Unsettled) else "its answer was lost",
                    operation=lost.operation if isinstance(lost, OutcomeUnknownError) else None,
                    again=False,
                    moved=True,
                    not_ours=not_ours,
                    lost_at=self._calls.clock() - max(0.0, waited),
                    deadline=deadline,
                )
        self._ledger.settle(booking)
        return found

    async def _once(
        self,
        call: BookingCall,
        booking: PendingBooking,
        deadline: Deadline,
        *,
        lost: _Lost | None = None,
        look_up: bool = True,
    ) -> Booked:
        """Send a booking until it is surely booked or surely refused; OutcomeUnknownError at the deadline.

        With *lost*, one may have been sent before: then it is asked for first.
        """
        losses = 0
        if lost is not None:
            found, booking = await self._ask(call, booking, lost, deadline)
            if found is not None:
                return found
        while True:
            try:
                leave = partial(self._leave, call.operation.name, booking, lost_before=lost is not None)
                self._ledger.send(booking)
                try:
                    answer: BookingAnswer = await self._writes.send(call, deadline, leave=leave)
                finally:
                    self._ledger.answered(booking)
                return self._told(_booked(booking, answer), booking, call.operation.name)
            except BookItError as error:
                what = came(error)
                then = AFTER_BOOKING[what][lost is not None]
                if then in TOLD:
                    found = await self._found(then, booking) if look_up else None
                    if found is None:
                        raise
                    return found
                if lost is None or what is Came.MAYBE:
                    lost = _Lost(at=self._calls.clock(), why=_why(error))
                    booking = booking.heard(request_id=getattr(error, "request_id", None), lost_at=self._line.now())
                refused = None if then is Then.SEND else error
            losses += 1
            found, booking = await self._ask(
                call, booking, lost, deadline, again=then is not Then.SETTLE, pause=0 if refused else losses
            )
            if found is not None:
                return found
            if refused is not None:
                raise refused

    async def _found(self, then: Then, booking: PendingBooking) -> Booked | None:
        """Return the meeting of a booking that was refused, where one look at the list is due and shows it."""
        looks = then is Then.FIND or (then is Then.UNFENCED and booking.token is None)
        return await self._inquiries.find(booking) if looks else None

    async def _ask(
        self,
        call: BookingCall,
        booking: PendingBooking,
        lost: _Lost,
        deadline: Deadline,
        *,
        again: bool = True,
        pause: int = 0,
    ) -> tuple[Booked | None, PendingBooking]:
        """Ask what became of a lost booking; with a *pause*, wait as after so many losses before it is sent again."""
        try:
            found, booking = await self._inquiries.ask(
                booking, lost.why, operation=call.operation.name, again=again, lost_at=lost.at, deadline=deadline
            )
            if pause and found is None:
                await self._writes.pause(pause, deadline)
        except OutcomeUnknownError as error:
            count_failure(error)
            raise
        except asyncio.CancelledError:
            self._ledger.leave(Unsettled(booking=booking))
            raise
        return found, booking

    def _told(self, booked: Booked, booking: PendingBooking, operation: str) -> Booked:
        self._ledger.report(booked.meeting_id, booking)
        count("booked", operation)
        return booked

    def _leave(
        self, operation: str, booking: PendingBooking, task: "asyncio.Task[BookingAnswer]", *, lost_before: bool
    ) -> None:
        """Note what is known of a booking whose caller is gone; one that was surely refused leaves nothing open."""
        booking = booking.heard(lost_at=self._line.now())
        outcome = None
        if task.done():
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                with contextlib.suppress(OutcomeUnknownError):
                    outcome = self._told(_booked(booking, task.result()), booking, operation)
            elif not (lost_before or _leaves_open(error)):
                return
            else:
                booking = booking.heard(request_id=getattr(error, "request_id", None))
        self._ledger.leave(Unsettled(booking=booking, outcome=outcome))


def _leaves_open(error: BaseException) -> bool:
    """Return whether a booking whose caller is gone may exist after this."""
    if isinstance(error, BookItError):
        return came(error) in (Came.SPENT, Came.LINK) or AFTER_BOOKING[came(error)][0] not in TOLD
    return isinstance(error, asyncio.CancelledError)


def _why(error: BookItError) -> str:
    if isinstance(error, OutcomeUnknownError):
        return error.reason
    if isinstance(error, APIStatusError) and not isinstance(error, ResponseInvalidError):
        return f"the service answered {error.status}"
    return "the answer could not be read"


def _booked(booking: PendingBooking, answer: BookingAnswer) -> Booked:
    wire = answer.value
    if not wire.meeting_id or wire.meeting_id.isspace():
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


def _preparing_problems(slot: object, booking_id: object) -> Iterator[str]:
    if callable(slot):
        yield "slot must be one slot, not a chooser: take the first that it gives of offer.slots"
    if booking_id is not None and (not isinstance(booking_id, str) or not booking_id.strip()):
        yield "booking_id must be text that no other booking has, or None to have one made"
