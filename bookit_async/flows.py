"""The flows: route, look, choose and book, in one sentence; the same for a link; and moving a meeting."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from attrs import evolve

from ._generated.api.availability.fetch_availability import fetch_availability
from ._generated.api.availability.route_and_fetch_availability import route_and_fetch_availability
from .exchange.calls import Calls
from .exchange.lookups import Lookups
from .hidden import HiddenMapping
from .once.bookings import Bookings
from .once.changes import Changes
from .times import Zone
from .views.choosers import SlotChoice
from .views.meetings import Meeting
from .views.offers import NoAvailability, Offer, offer_of, read_offer
from .views.outcomes import Booked, NotRouted, Redirected
from .views.pages import read_routed


class Flows:
    """Chains the operations; what is handed in was checked before."""

    def __init__(self, calls: Calls, bookings: Bookings, changes: Changes) -> None:
        self._calls = calls
        self._lookups = Lookups(calls)
        self._bookings = bookings
        self._changes = changes

    async def book(
        self,
        trigger_node: str,
        prospect: Mapping[str, Any],
        *,
        uid: str,
        slot: SlotChoice,
        timezone: Zone,
        answers: Mapping[str, Any] | None,
        guests: Sequence[str],
    ) -> Booked | Redirected | NotRouted | NoAvailability:
        """Route a prospect, choose one of the open slots and book it."""
        with self._calls.within_deadline():
            outcome = await self.route(trigger_node, prospect, uid=uid)
            if not isinstance(outcome, Offer):
                return outcome
            return await self._bookings.book(outcome, slot, timezone=timezone, answers=answers, guests=guests)

    async def book_link(
        self,
        link_id: str,
        *,
        slot: SlotChoice,
        timezone: Zone,
        answers: Mapping[str, Any] | None,
        guests: Sequence[str],
        once: bool,
    ) -> Booked | NoAvailability:
        """Look at a link's open slots, choose one and book it."""
        with self._calls.within_deadline():
            page = await self._lookups.page(fetch_availability(link_id=link_id))
            if not page.slots and not once:
                return NoAvailability()
            offer = offer_of(page, keeper=self._bookings, link_id=link_id)
            return await self._bookings.book(offer, slot, timezone=timezone, answers=answers, guests=guests, once=once)

    async def reschedule(self, meeting_id: str, *, slot: SlotChoice, timezone: Zone) -> Meeting | NoAvailability:
        """Look at the slots that a meeting may have, choose one and move it there."""
        with self._calls.within_deadline():
            offer = await self.availability(HiddenMapping(meeting_id=meeting_id))
            return await self._changes.move(offer, meeting_id, slot, timezone) if isinstance(offer, Offer) else offer

    async def route(
        self, trigger_node: str, prospect: Mapping[str, Any], *, uid: str
    ) -> Offer | Redirected | NotRouted | NoAvailability:
        """Route a prospect and return what the graph decided."""
        data = HiddenMapping((name, value) for name, value in prospect.items() if value is not None)
        call = route_and_fetch_availability(trigger_node=trigger_node, uid=uid, prospect=data)
        decode = partial(read_routed, odd_later=self._calls.odd_later(call))
        routing, page = (await self._calls.answer(call, decode)).value
        if page is not None:
            return read_offer(
                page,
                keeper=self._bookings,
                token=routing.token,
                calendar_link=routing.calendar_link,
                uid=uid,
                prospect=prospect,
            )
        if routing.response_type == "calendar" or (routing.token and not routing.response_type):
            offer = await self.availability(HiddenMapping(token=routing.token), uid=uid, prospect=prospect)
            return evolve(offer, calendar_link=routing.calendar_link) if isinstance(offer, Offer) else offer
        if routing.redirect:
            return Redirected(url=routing.redirect, uid=uid)
        return NotRouted(response_type=routing.response_type or "none", uid=uid)

    async def availability(
        self, context: HiddenMapping, *, uid: str | None = None, prospect: Mapping[str, Any] | None = None
    ) -> Offer | NoAvailability:
        """Return the open slots of the `token`, `link_id` or `meeting_id` in a context."""
        page = await self._lookups.page(fetch_availability(**context))
        return read_offer(page, keeper=self._bookings, **context, uid=uid, prospect=prospect or {})
