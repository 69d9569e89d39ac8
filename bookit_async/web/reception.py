"""The endpoints for offers and bookings; their docstrings are told in the application's OpenAPI document."""

from collections.abc import Awaitable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Protocol, TypeVar
from uuid import uuid4

from attrs import evolve, frozen
from fastapi import Query

from ..client import BookIt
from ..desk.booking_desk import BookingDesk, Settle
from ..desk.sealing import ReferenceInvalidError, Seal
from ..desk.submissions import prospect_email, submission
from ..desk.tickets import LostTicket, MeetingTicket, OfferTicket
from ..errors import (
    InvalidInputError,
    LinkNotFoundError,
    OutcomeUnknownError,
    SlotTakenError,
    TokenSpentError,
    TriggerNodeNotFoundError,
)
from ..hidden import hidden
from ..legacy import link_problem
from ..times import from_milliseconds
from ..views.addresses import spellings
from ..views.offers import NoAvailability, Offer
from ..views.outcomes import Booked, LegacyRouted, NotRouted, Redirected
from ..views.pending import Unsettled
from ..views.slots import Slot
from ..web import models
from .announcements import OnBooked, announce, announcement
from .lifespan import Visit, Visitor
from .problems import ProblemError
from .views import (
    Reference,
    about,
    booking_view,
    checked_redirect,
    find_shown_slot,
    inputs_view,
    offer_view,
    redirect_of,
    shown,
)

T = TypeVar("T")
TriggerNode = Annotated[str, Query(max_length=500, description="The trigger node's exact name.")]


@frozen(kw_only=True)
class MailedLinks:
    """Pages of yours to which the confirmation mails lead; the service appends the meeting id to each.

    End them in a slash or in `…=`: `https://example.com/move?meeting=`. Only the legacy calls take such links, so with
    these prospects are routed and booked through them. Whoever has the mail may move and cancel the meeting.
    InvalidInputError for a link that nothing can be appended to.
    """

    cancel: str
    """Base URL of the page that cancels."""
    reschedule: str
    """Base URL of the page that moves."""

    def __attrs_post_init__(self) -> None:
        problems = [*link_problem("cancel", self.cancel), *link_problem("reschedule", self.reschedule)]
        if problems:
            raise InvalidInputError(problems=problems)


class StoredBookings(Protocol):
    """Books a slot of each offer once, in whatever process it is asked for; `durable` has it."""

    async def outcome(self, nonce: str) -> Booked | None:
        """Return the meeting that was booked with an offer, None when none was."""
        ...

    async def book(
        self,
        nonce: str,
        offer: Offer,
        slot: Slot,
        *,
        timezone: str,
        answers: Mapping[str, Any],
        guests: Sequence[str],
    ) -> Booked:
        """Return the meeting that is booked with an offer: at this slot, or at one that was asked for before."""
        ...


class Stores(Protocol):
    """What a router is given: a `Durable`."""

    def offer_bookings(self) -> StoredBookings:
        """Return what books the slots of offers."""
        ...


@frozen(kw_only=True)
class Reception:
    """Offers slots to browsers and books them, through nothing but the trigger nodes and links that are for use."""

    trigger_nodes: Collection[str]
    links: Collection[str]
    seal: Seal
    offer_ttl: float
    """Seconds for which an offer id is good."""
    desk: BookingDesk[models.BookingView]
    mailed_links: MailedLinks | None
    look_first: bool
    max_guests: int
    on_booked: OnBooked | None
    stored: StoredBookings | None = None
    """Books in place of this process; None when this process remembers by itself."""

    async def inputs(self, visit: Visitor, trigger_node: TriggerNode) -> models.InputsView:
        """Return what a trigger node asks of a prospect."""
        self._check_use(trigger_node, None)
        return inputs_view(trigger_node, await visit.client.inputs(trigger_node))

    async def offer(self, visit: Visitor, wanted: models.OfferRequest) -> models.RoutedOutcome:
        """Route a prospect, or look at a link, and return what came of it."""
        self._check_use(wanted.trigger_node, wanted.link_id)
        ticket = OfferTicket(
            trigger_node=wanted.trigger_node,
            link_id=wanted.link_id,
            uid=wanted.trigger_node and str(uuid4()),
            prospect=wanted.prospect,
            until=self.seal.now() + self.offer_ttl,
            subject=visit.subject,
        )
        client = visit.client
        outcome = await self._open(client, ticket) if ticket.trigger_node is None else await self._route(client, ticket)
        if isinstance(outcome, LegacyRouted):
            ticket = evolve(ticket, params=outcome.params)
            outcome = await self._open(client, ticket)
        match outcome:
            case Offer():
                return self._offered(outcome, evolve(ticket, token=outcome.token))
            case Redirected():
                return models.Redirected(url=checked_redirect(outcome.url), uid=ticket.uid)
            case NotRouted():
                return models.NotRouted(uid=ticket.uid)
            case _:
                return models.NoAvailability(uid=ticket.uid)

    async def refresh(self, visit: Visitor, wanted: models.OfferReference) -> models.RefreshOutcome:
        """Return an offer's slots as they are now, or the meeting that was booked with it."""
        ticket = self._ticket(wanted.offer_id, visit)
        done = await self._telling_lost(ticket, self.desk.outcome(ticket.nonce, self._settling(visit, ticket)))
        if done is not None:
            return models.AlreadyBooked(booking=done.booking)
        stored = None if self.stored is None else await self.stored.outcome(ticket.nonce)
        if stored is not None:
            return models.AlreadyBooked(booking=booking_view(stored, self.refer(visit.subject)))
        outcome = await self._open(visit.client, ticket)
        if isinstance(outcome, NoAvailability):
            return models.NoAvailability(uid=ticket.uid)
        return self._offered(outcome, ticket)

    async def book(self, visit: Visitor, wanted: models.BookingRequest) -> models.BookingView:
        """Book a slot once, however often it is asked for."""
        ticket = self._ticket(wanted.offer_id, visit)
        if len(wanted.guests) > self.max_guests:
            raise InvalidInputError(problems=[f"guests: {self.max_guests} at most"])
        slot = (wanted.slot.start, wanted.slot.end)
        booking = self.desk.book(
            ticket.nonce, slot, lambda: self._booking(visit, ticket, wanted), self._settling(visit, ticket)
        )
        done = await self._telling_lost(ticket, booking)
        if done.slot != slot:
            raise ProblemError(TokenSpentError, booking=done.booking)
        return done.booking

    async def settle(self, visit: Visitor, wanted: models.SettleRequest) -> models.SettleOutcome:
        """Find out what became of a booking whose answer was lost, here or in another process."""
        lost = LostTicket.read(self.seal, wanted.settle_id)
        ticket = self._checked(lost.offer, visit)
        done = await self._telling_lost(ticket, self.desk.outcome(ticket.nonce, self._settling(visit, ticket)))
        if done is not None:
            return models.AlreadyBooked(booking=done.booking)
        booking = await self._telling_lost(ticket, self._settled(visit, ticket, Unsettled(booking=lost.booking)))
        return models.NotBooked() if booking is None else models.AlreadyBooked(booking=booking)

    def refer(self, subject: str | None, known: models.About | None = None, *, changeable: bool = True) -> Reference:
        """Return what makes references to meetings for a user, or for whoever has them; not *changeable*: to look."""

        def reference(meeting_id: str, end: datetime | None) -> str:
            told = {} if known is None else known.model_dump(exclude_defaults=True)
            ticket = MeetingTicket(meeting_id=meeting_id, subject=subject, changeable=changeable, about=told)
            return ticket.seal(self.seal, end=end)

        return reference

    def check_subject(self, subject: str | None, visit: Visit) -> None:
        """Refuse what is bound to another user, as if it had been made up."""
        if subject is not None and subject != visit.subject:
            raise ReferenceInvalidError

    async def _route(
        self, client: BookIt, ticket: OfferTicket
    ) -> Offer | Redirected | NotRouted | NoAvailability | LegacyRouted:
        node, uid = str(ticket.trigger_node), str(ticket.uid)
        prospect = hidden(submission(await client.inputs(node), ticket.prospect, uid=uid))
        if self.mailed_links is None:
            return await client.route(node, prospect, uid=uid)
        return await client.legacy.route(node, prospect, uid=uid)

    async def _open(self, client: BookIt, ticket: OfferTicket) -> Offer | NoAvailability:
        """Return what a ticket stands for as it is now."""
        if ticket.params is not None:
            outcome = await client.legacy.availability(ticket.params)
        else:
            outcome = await client.availability(token=ticket.token, link_id=ticket.link_id)
        if isinstance(outcome, NoAvailability):
            return outcome
        return evolve(outcome, uid=ticket.uid, prospect=ticket.prospect)

    async def _booking(self, visit: Visit, ticket: OfferTicket, wanted: models.BookingRequest) -> models.BookingView:
        if self.stored is not None:
            return await self._stored_booking(self.stored, visit, ticket, wanted)
        # Only a token is refused by the service when it comes twice; without one, what another process did is asked.
        # That is asked before the slots are, among which the one that the visitor holds is missing.
        if self.look_first and ticket.token is None:
            before = await self._booked_before(visit, ticket, wanted)
            if before is not None:
                return before
        try:
            return await self._first_booking(visit, ticket, wanted)
        except TokenSpentError:
            before = await self._booked_before(visit, ticket, wanted)
            if before is None:
                raise
            return before

    async def _stored_booking(
        self, stored: StoredBookings, visit: Visit, ticket: OfferTicket, wanted: models.BookingRequest
    ) -> models.BookingView:
        """Return the meeting that was booked with an offer in any process, or is now."""
        booked = await stored.outcome(ticket.nonce)
        known, redirect_url = None, None
        if booked is None:
            try:
                offer, slot = await self._shown(visit.client, ticket, wanted)
            except (ProblemError, TokenSpentError):
                booked = await stored.outcome(ticket.nonce)  # another process may have been faster
                if booked is None:
                    raise
            else:
                booked = await self._book_stored(stored, visit, ticket, wanted, offer=offer, slot=slot)
                known, redirect_url = about(booked, offer), redirect_of(offer)
        view = booking_view(booked, self.refer(visit.subject, known), known, redirect_url=redirect_url)
        if booked.start != from_milliseconds(wanted.slot.start):
            raise ProblemError(TokenSpentError, booking=view)
        return view

    async def _book_stored(
        self,
        stored: StoredBookings,
        visit: Visit,
        ticket: OfferTicket,
        wanted: models.BookingRequest,
        *,
        offer: Offer,
        slot: Slot,
    ) -> Booked:
        try:
            booked = await stored.book(
                ticket.nonce, offer, slot, timezone=wanted.timezone, answers=wanted.answers, guests=wanted.guests
            )
        except SlotTakenError as error:
            fresh = await self._open(visit.client, ticket)
            shown_now = self._offered(fresh, ticket).offer if isinstance(fresh, Offer) else None
            raise ProblemError(SlotTakenError, offer=shown_now) from error
        self._tell(ticket, booked, wanted)
        return booked

    async def _shown(self, client: BookIt, ticket: OfferTicket, wanted: models.BookingRequest) -> tuple[Offer, Slot]:
        """Return the offer as it is now, and the slot of it that the browser means."""
        offer = await self._open(client, ticket)
        if not isinstance(offer, Offer):
            raise ProblemError(SlotTakenError, offer=None)
        slot = find_shown_slot(offer, wanted.slot, shown_hosts=ticket.hosts, pooled=wanted.pooled)
        if slot is None:
            raise ProblemError(SlotTakenError, offer=self._offered(offer, ticket).offer)
        return offer, slot

    async def _first_booking(
        self, visit: Visit, ticket: OfferTicket, wanted: models.BookingRequest
    ) -> models.BookingView:
        client = visit.client
        offer, slot = await self._shown(client, ticket, wanted)
        links = self.mailed_links if ticket.params is not None else None
        cancel_link, reschedule_link = (links.cancel, links.reschedule) if links else (None, None)
        try:
            booked = await client.legacy.book_offer(
                offer,
                slot,
                timezone=wanted.timezone,
                answers=wanted.answers,
                guests=wanted.guests,
                cancel_link=cancel_link,
                reschedule_link=reschedule_link,
                look_up=False,  # what a visitor is told of a meeting that is found is less: see below
            )
        except SlotTakenError as error:
            fresh = error.offer and self._offered(error.offer, ticket).offer
            raise ProblemError(SlotTakenError, offer=fresh) from error
        assert isinstance(booked, Booked)  # noqa: S101 - only a chooser finds nothing
        known = about(booked, offer)
        view = booking_view(booked, self.refer(visit.subject, known), known, redirect_url=redirect_of(offer))
        self._tell(ticket, booked, wanted)
        return view

    async def _booked_before(
        self, visit: Visit, ticket: OfferTicket, wanted: models.BookingRequest
    ) -> models.BookingView | None:
        """Return the meeting that the prospect has at the slot's start already; None without one.

        Whoever asks has said an address and proved nothing: the reference to it is one to look at it.
        """
        email = hidden(prospect_email(ticket.prospect, wanted.answers))
        if email is None:
            return None
        start = from_milliseconds(wanted.slot.start)
        day = timedelta(days=1)
        for spelling in spellings(email):
            found = await visit.client.meetings(spelling, start=start - day, end=start + day)
            meeting = next((one for one in found if one.start == start and not one.canceled), None)
            if meeting is not None:
                break
        else:
            return None
        booked = Booked(
            meeting_id=meeting.id,
            organizer_email=meeting.organizer_email,
            host_id=None,
            start=start,
            end=from_milliseconds(wanted.slot.end),
            uid=ticket.uid,
            recovered=True,
        )
        return booking_view(booked, self.refer(visit.subject, changeable=False), changeable=False)

    def _settling(self, visit: Visit, ticket: OfferTicket) -> Settle[models.BookingView]:
        async def settle(lost: OutcomeUnknownError) -> models.BookingView | None:
            return await self._settled(visit, ticket, lost)

        return settle

    async def _settled(
        self, visit: Visit, ticket: OfferTicket, lost: OutcomeUnknownError | Unsettled
    ) -> models.BookingView | None:
        booked = await visit.client.settle(lost)
        if booked is None:
            return None
        view = booking_view(booked, self.refer(visit.subject))
        self._tell(ticket, booked)
        return view

    def _tell(self, ticket: OfferTicket, booked: Booked, wanted: models.BookingRequest | None = None) -> None:
        """Tell the application of a meeting, once its answer stands, and without keeping the visitor waiting."""
        if self.on_booked is not None:
            answers, timezone = (wanted.answers, wanted.timezone) if wanted else (None, None)
            new = announcement(ticket, booked, answers=answers, timezone=timezone)
            what = f"on_booked failed for the booking of BookIt Log ID {booked.uid}"
            self.desk.start(announce(self.on_booked, new, what))

    async def _telling_lost(self, ticket: OfferTicket, work: Awaitable[T]) -> T:
        """Wait; a booking that is lost becomes a problem that tells how to ask for it."""
        try:
            return await work
        except OutcomeUnknownError as error:
            if error.booking is None:
                raise
            settle_id = LostTicket(offer=ticket, booking=error.booking).seal(self.seal)
            raise ProblemError(OutcomeUnknownError, cause=error, settle_id=settle_id) from error

    def _offered(self, offer: Offer, ticket: OfferTicket) -> models.Offered:
        what = shown(offer)
        offer_id = evolve(ticket, hosts=what.host_ids).seal(self.seal)
        return models.Offered(offer=offer_view(offer, what, offer_id=offer_id, expires_at=ticket.until), uid=ticket.uid)

    def _ticket(self, offer_id: str, visit: Visit) -> OfferTicket:
        return self._checked(OfferTicket.read(self.seal, offer_id), visit)

    def _checked(self, ticket: OfferTicket, visit: Visit) -> OfferTicket:
        self._check_use(ticket.trigger_node, ticket.link_id)
        self.check_subject(ticket.subject, visit)
        return ticket

    def _check_use(self, trigger_node: str | None, link_id: str | None) -> None:
        """Refuse what the application does not offer, as if it did not exist."""
        if trigger_node is not None and trigger_node not in self.trigger_nodes:
            raise ProblemError(TriggerNodeNotFoundError)
        if link_id is not None and link_id not in self.links:
            raise ProblemError(LinkNotFoundError)
