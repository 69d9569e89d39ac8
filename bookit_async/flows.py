"""The flows: route, look, choose and book in one call; and the same for a BookIt Link."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ._generated.api.meetings.book_meeting import book_meeting
from ._generated.api.meetings.book_round_robin_meeting import book_round_robin_meeting
from ._generated.models import SelectedPoolTime, SelectedTime, UserField
from .bookings import BookingCall
from .changes import Changes, preferred, refuse
from .errors import SlotTakenError
from .forms import fill
from .inputs import prospect_problems
from .legacy import Legacy
from .offers import Offer
from .outcomes import Booked, NoAvailability, NotRouted, Redirected
from .reconciliation import PendingBooking, pending
from .slots import Slot, SlotChoice, choice_problem, earliest
from .times import zone_problem


class BookIt(Changes):
    """A client for LeanData BookIt, with the flows that most programs need; one an event loop, shared by all tasks.

    None stands for the default wherever it is one. InvalidInputError names every setting that cannot be used.

    Args:
        api_key: Issued by LeanData; None reads BOOKIT_API_KEY. Server side only.
        base_url: None reads BOOKIT_BASE_URL, then takes the real service.
        timeout: Seconds for one request.
        deadline: Seconds for a whole call, however many requests and waits it takes.
        settle: Seconds to wait for a booking that has no witness to show up, before it counts as not processed.
        retries: How often and how far apart a request is sent again, where that is safe.
        grace: Seconds that a booking or a change in flight may still take when its caller is cancelled or the client
            closed; 0 for none.
        max_connections: Connections open at once at most; further requests wait for one.
        inputs_ttl: Seconds for which the inputs of a trigger node are kept; 0 keeps none.
        allow_insecure: Whether `http://` may go to another machine than this one, which shows it the API key.
        transport: Sends the requests instead of aiohttp, for example `Sandbox().transport`; it is not closed here.
        http_client: An `httpx.AsyncClient`, or one that works alike, that sends the requests instead of aiohttp; it is
            not closed here.
        clock: Gives seconds from any origin, never going back; for tests, like the next three.
        now: Gives the aware time of day, from which a date in Retry-After counts, and the age of a lost booking.
        sleep: Waits that many seconds.
        jitter: Gives a random number from 0 to 1.

    Every method raises AuthenticationError, RateLimitError, ServerError, NotSentError, OutcomeUnknownError and
    ResponseInvalidError besides what it names, and InvalidInputError before anything is sent.
    """

    @property
    def legacy(self) -> Legacy:
        """The legacy calls and booking with params."""
        return Legacy(self)

    async def book(
        self,
        trigger_node: str,
        prospect: Mapping[str, Any],
        *,
        timezone: str,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        uid: str | None = None,
    ) -> Booked | Redirected | NotRouted | NoAvailability:
        """Route a prospect, choose one of the open slots and book it.

        Args:
            trigger_node: The trigger node's exact name.
            prospect: Values by input name, see `inputs`; also fills the booking form where nothing else does.
            timezone: The prospect's IANA time zone name; used only to write the confirmation mail.
            slot: A chooser such as `earliest()` or `between(...)`, or the aware datetime at which the slot starts.
            answers: Form answers by field name; they overrule everything else.
            guests: Email addresses of more people to invite.
            uid: The BookIt Log ID, a UUID unique to this submission; None makes one.

        Raises what `route` and `Offer.book` raise. What can be known to be wrong is found before anything is sent.
        """
        refuse([*prospect_problems(prospect), *zone_problem(timezone), *choice_problem(slot)])
        with self.within_deadline():
            outcome = await self.route(trigger_node, prospect, uid=uid)
            if not isinstance(outcome, Offer):
                return outcome
            return await self.book_offer(outcome, slot, timezone=timezone, answers=answers, guests=guests)

    async def book_link(
        self,
        link_id: str,
        *,
        timezone: str,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
    ) -> Booked | NoAvailability:
        """Book a slot of a BookIt Link.

        Args:
            link_id: The path segment after `/l/` in the link's URL; single-meeting-type links only.
            timezone: The prospect's IANA time zone name; used only to write the confirmation mail.
            slot: A chooser such as `earliest()`, or the aware datetime at which the slot starts.
            answers: Form answers by field name; a link knows nothing of the prospect, so name and email go here.
            guests: Email addresses of more people to invite.

        Raises what `availability` and `Offer.book` raise.
        """
        refuse([*zone_problem(timezone), *choice_problem(slot)])
        with self.within_deadline():
            offer = await self.availability(link_id=link_id)
            if not isinstance(offer, Offer):
                return offer
            return await self.book_offer(offer, slot, timezone=timezone, answers=answers, guests=guests)

    async def book_offer(
        self,
        offer: Offer,
        slot: SlotChoice,
        *,
        timezone: str,
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        cancel_link: str | None = None,
        reschedule_link: str | None = None,
    ) -> Booked | NoAvailability:
        """Book a slot of an offer; `Offer.book` and `legacy.book` call this and say the rest."""
        links = _Links(cancel_link=cancel_link, reschedule_link=reschedule_link)
        tried: tuple[Slot, ...] = ()
        with self.within_deadline() as deadline:
            while True:
                prepared = self._prepared(
                    offer, slot, tried=tried, timezone=timezone, answers=answers or {}, guests=guests, links=links
                )
                if prepared is None:
                    return NoAvailability(offer=offer, uid=offer.uid)
                call, booking = prepared
                try:
                    return await self._book_once(call, booking, deadline=deadline)
                except SlotTakenError as error:
                    error.offer = await self._fresh(offer)
                    if error.offer is None or not callable(slot):
                        raise
                    tried = (*tried, booking.slot)
                    offer = error.offer

    def _prepared(
        self,
        offer: Offer,
        slot: SlotChoice,
        *,
        tried: Sequence[Slot],
        timezone: str,
        answers: Mapping[str, Any],
        guests: Sequence[str],
        links: "_Links",
    ) -> tuple[BookingCall, PendingBooking] | None:
        """Give the call that books the best slot not tried yet, and what is known of it; None without such a slot.

        InvalidInputError with every problem at once.
        """
        form = fill(offer.form_fields, prefill=offer.prefill, prospect=offer.prospect, answers=answers, guests=guests)
        problems = [*zone_problem(timezone), *form.problems]
        if offer.meeting_id is not None:
            problems.append("this offer is to move a meeting: use client.reschedule(meeting_id, slot=...)")
        chosen = next((one for one in preferred(offer, slot, problems) if one not in tried), None)
        if chosen is None:
            return None
        call = _booking(offer, chosen, timezone, form.fields, links)
        return call, pending(offer, chosen, form.fields, now=self._shared.now())


class _Links(TypedDict):
    cancel_link: str | None
    reschedule_link: str | None


def _booking(offer: Offer, slot: Slot, timezone: str, fields: list[UserField], links: _Links) -> BookingCall:
    """Give the call that books a slot; which of the two it is follows `displayAllPoolAvailability`."""
    start, end = slot.start_milliseconds, slot.end_milliseconds
    if offer.pooled:
        return book_round_robin_meeting(
            scheduled_time=SelectedPoolTime(
                start_time=start, end_time=end, timezone=timezone, users=list(slot.host_ids)
            ),
            user_fields=fields,
            token=offer.token,
            link_id=offer.link_id,
            params=offer.params,
            **links,
        )
    return book_meeting(
        scheduled_time=SelectedTime(start_time=start, end_time=end, timezone=timezone),
        user_fields=fields,
        token=offer.token,
        link_id=offer.link_id,
        params=offer.params,
        **links,
    )
