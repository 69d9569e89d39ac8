"""The endpoints for offers and bookings; their docstrings are told in the application's OpenAPI document."""

from collections.abc import Awaitable, Collection
from datetime import datetime
from typing import Annotated, TypeVar
from uuid import uuid4

from attrs import evolve, frozen
from fastapi import Query

from ..errors import (
    InvalidInputError,
    LinkNotFoundError,
    OutcomeUnknownError,
    SlotTakenError,
    TokenSpentError,
    TriggerNodeNotFoundError,
)
from ..legacy import link_problem
from ..views.offers import NoAvailability, Offer
from ..views.outcomes import Booked, LegacyRouted, NotRouted, Redirected
from ..views.pending import Unsettled
from ..web import models
from .booking_desk import BookingDesk, Settle
from .lifespan import Client
from .problems import ProblemError
from .sealing import Seal
from .tickets import LostTicket, OfferTicket, seal_meeting
from .views import booking_view, checked_redirect, find_slot, inputs_view, offer_view, submission

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


@frozen(kw_only=True)
class Reception:
    """Gives offers to browsers and books them, through nothing but the trigger nodes and links that are for use."""

    trigger_nodes: Collection[str]
    links: Collection[str]
    seal: Seal
    offer_ttl: float
    """Seconds for which an offer id is good."""
    desk: BookingDesk
    mailed_links: MailedLinks | None

    async def inputs(self, client: Client, trigger_node: TriggerNode) -> models.InputsView:
        """Give what a trigger node asks of a prospect."""
        self._check_use(trigger_node, None)
        return inputs_view(trigger_node, await client.inputs(trigger_node))

    async def offer(self, client: Client, wanted: models.OfferRequest) -> models.RoutedOutcome:
        """Route a prospect, or look at a link, and give what came of it."""
        self._check_use(wanted.trigger_node, wanted.link_id)
        ticket = OfferTicket(
            trigger_node=wanted.trigger_node,
            link_id=wanted.link_id,
            uid=wanted.trigger_node and str(uuid4()),
            prospect=wanted.prospect,
            until=self.seal.now() + self.offer_ttl,
        )
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

    async def refresh(self, client: Client, wanted: models.OfferReference) -> models.RefreshOutcome:
        """Give an offer's slots as they are now, or the meeting that was booked with it."""
        ticket = self._ticket(wanted.offer_id)
        done = await self._telling_lost(ticket.nonce, self.desk.outcome(ticket.nonce, self._settling(client)))
        if done is not None:
            return models.AlreadyBooked(booking=done.booking)
        outcome = await self._open(client, ticket)
        if isinstance(outcome, NoAvailability):
            return models.NoAvailability(uid=ticket.uid)
        return self._offered(outcome, ticket)

    async def book(self, client: Client, wanted: models.BookingRequest) -> models.BookingView:
        """Book a slot once, however often it is asked for."""
        ticket = self._ticket(wanted.offer_id)
        slot = (wanted.slot.start, wanted.slot.end)
        booking = self.desk.book(
            ticket.nonce, slot, lambda: self._booking(client, ticket, wanted), self._settling(client)
        )
        done = await self._telling_lost(ticket.nonce, booking)
        if done.slot != slot:
            raise ProblemError(TokenSpentError, booking=done.booking)
        return done.booking

    async def settle(self, client: Client, wanted: models.SettleRequest) -> models.SettleOutcome:
        """Find out what became of a booking whose answer was lost, here or in another process."""
        lost = LostTicket.read(self.seal, wanted.settle_id)
        done = await self._telling_lost(lost.nonce, self.desk.outcome(lost.nonce, self._settling(client)))
        if done is not None:
            return models.AlreadyBooked(booking=done.booking)
        booked = await self._telling_lost(lost.nonce, client.settle(Unsettled(booking=lost.booking)))
        if booked is None:
            return models.NotBooked()
        return models.AlreadyBooked(booking=booking_view(booked, None, self.meeting_ref))

    def meeting_ref(self, meeting_id: str, end: datetime | None) -> str:
        """Give a reference to a meeting."""
        return seal_meeting(self.seal, meeting_id, end=end)

    async def _route(
        self, client: Client, ticket: OfferTicket
    ) -> Offer | Redirected | NotRouted | NoAvailability | LegacyRouted:
        node, uid = str(ticket.trigger_node), str(ticket.uid)
        prospect = submission(await client.inputs(node), ticket.prospect, uid=uid)
        if self.mailed_links is None:
            return await client.route(node, prospect, uid=uid)
        return await client.legacy.route(node, prospect, uid=uid)

    async def _open(self, client: Client, ticket: OfferTicket) -> Offer | NoAvailability:
        """Give what a ticket stands for as it is now."""
        if ticket.params is not None:
            outcome = await client.legacy.availability(ticket.params)
        else:
            outcome = await client.availability(token=ticket.token, link_id=ticket.link_id)
        if isinstance(outcome, NoAvailability):
            return outcome
        return evolve(outcome, uid=ticket.uid, prospect=ticket.prospect)

    async def _booking(self, client: Client, ticket: OfferTicket, wanted: models.BookingRequest) -> models.BookingView:
        offer = await self._open(client, ticket)
        if not isinstance(offer, Offer):
            raise ProblemError(SlotTakenError, offer=None)
        slot = find_slot(offer, wanted.slot, pooled=wanted.pooled)
        if slot is None:
            raise ProblemError(SlotTakenError, offer=self._offered(offer, ticket).offer)
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
            )
        except SlotTakenError as error:
            fresh = error.offer and self._offered(error.offer, ticket).offer
            raise ProblemError(SlotTakenError, offer=fresh) from error
        assert isinstance(booked, Booked)  # noqa: S101 - only a chooser finds nothing
        return booking_view(booked, offer, self.meeting_ref)

    def _settling(self, client: Client) -> Settle:
        async def settle(lost: OutcomeUnknownError) -> models.BookingView | None:
            booked = await client.settle(lost)
            return None if booked is None else booking_view(booked, None, self.meeting_ref)

        return settle

    async def _telling_lost(self, nonce: str, work: Awaitable[T]) -> T:
        """Wait; a booking that is lost becomes a problem that tells how to ask for it."""
        try:
            return await work
        except OutcomeUnknownError as error:
            if error.booking is None:
                raise
            settle_id = LostTicket(nonce=nonce, booking=error.booking).seal(self.seal)
            raise ProblemError(OutcomeUnknownError, cause=error, settle_id=settle_id) from error

    def _offered(self, offer: Offer, ticket: OfferTicket) -> models.Offered:
        view = offer_view(offer, offer_id=ticket.seal(self.seal), expires_at=ticket.until)
        return models.Offered(offer=view, uid=ticket.uid)

    def _ticket(self, offer_id: str) -> OfferTicket:
        ticket = OfferTicket.read(self.seal, offer_id)
        self._check_use(ticket.trigger_node, ticket.link_id)
        return ticket

    def _check_use(self, trigger_node: str | None, link_id: str | None) -> None:
        """Refuse what the application does not offer, as if it did not exist."""
        if trigger_node is not None and trigger_node not in self.trigger_nodes:
            raise ProblemError(TriggerNodeNotFoundError)
        if link_id is not None and link_id not in self.links:
            raise ProblemError(LinkNotFoundError)
