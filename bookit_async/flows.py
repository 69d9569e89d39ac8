"""The flows: route, look, choose, book; and the same for a BookIt Link and for a meeting to be moved."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any, TypedDict

from attrs import evolve

from ._generated.api.meetings.book_meeting import book_meeting
from ._generated.api.meetings.book_round_robin_meeting import book_round_robin_meeting
from ._generated.api.meetings.cancel_meeting import cancel_meeting
from ._generated.api.meetings.reschedule_meeting import reschedule_meeting
from ._generated.models import Meeting as WireMeeting
from ._generated.models import (
    NewTime,
    SelectedPoolTime,
    SelectedTime,
    UserField,
)
from .bookings import BookingCall, Bookings
from .errors import BookItError, InvalidInputError, SlotTakenError
from .forms import fill
from .inputs import prospect_problems
from .legacy import Legacy
from .meetings import Meeting, id_problem
from .offers import Offer
from .outcomes import Booked, NoAvailability, NotRouted, Redirected
from .reconciliation import pending
from .slots import Slot, SlotChoice, choice_problem, earliest, prefer
from .times import zone_problem


class BookIt(Bookings):
    """A client for LeanData BookIt, with the flows that most programs need; one an event loop, shared by all tasks.

    None stands for the default wherever it is one. InvalidInputError names every setting that cannot be used.

    Args:
        api_key: Issued by LeanData; None reads BOOKIT_API_KEY. Server side only.
        base_url: None reads BOOKIT_BASE_URL, then takes the real service.
        timeout: Seconds for one request.
        deadline: Seconds for a whole call, however many requests and waits it takes.
        settle: Seconds to wait for a booking that has no witness to show up, before it counts as not processed.
        retries: How often and how far apart a request is sent again, where that is safe.
        grace: Seconds that a booking in flight may still take when its caller is cancelled or the client closed; 0 for
            none.
        max_connections: Connections open at once at most; further requests wait for one.
        inputs_ttl: Seconds for which the inputs of a trigger node are kept; 0 keeps none.
        allow_insecure: Whether `http://` may go to another machine than this one, which shows it the API key.
        transport: Sends the requests instead of aiohttp, for example `Sandbox().transport`; it is not closed here.
        http_client: An `httpx.AsyncClient`, or one that works alike, that sends the requests instead of aiohttp; it is
            not closed here.
        clock: Gives seconds from any origin, never going back; for tests, like the next three.
        now: Gives the aware time of day, from which a date in Retry-After counts.
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
        _refuse([*prospect_problems(prospect), *zone_problem(timezone), *choice_problem(slot)])
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
        _refuse([*zone_problem(timezone), *choice_problem(slot)])
        with self.within_deadline():
            offer = await self.availability(link_id=link_id)
            if not isinstance(offer, Offer):
                return offer
            return await self.book_offer(offer, slot, timezone=timezone, answers=answers, guests=guests)

    async def reschedule(
        self, meeting_id: str, *, timezone: str, slot: SlotChoice = earliest()
    ) -> Meeting | NoAvailability:
        """Move a meeting to another of its host's open slots and give it as it is then.

        Args:
            meeting_id: The meeting to move.
            timezone: The prospect's IANA time zone name; used only to write the mail.
            slot: A chooser such as `nearest(...)`, or the aware datetime at which the slot starts.

        NoAvailability when there is no slot, or none that the chooser wants; what is open includes the time that the
        meeting has now. Raises MeetingNotFoundError and SlotTakenError.
        """
        _refuse([*id_problem(meeting_id), *zone_problem(timezone), *choice_problem(slot)])
        with self.within_deadline():
            offer = await self.availability(meeting_id=meeting_id)
            if not isinstance(offer, Offer):
                return offer
            for chosen in _preferred(offer, slot, ()):
                time = NewTime(
                    start_time=chosen.start_milliseconds, end_time=chosen.end_milliseconds, timezone=timezone
                )
                moving = reschedule_meeting(meeting_id, scheduled_time=time)
                try:
                    seen = await self._change(moving, meeting_id, done=partial(_starts_at, chosen.start))
                except SlotTakenError as error:
                    if not callable(slot):
                        error.offer = await self._fresh(offer)
                        raise
                else:
                    return seen or await self._looked_at(meeting_id) or _moved(offer, chosen, meeting_id)
            return NoAvailability(offer=offer)

    async def cancel(self, meeting_id: str) -> None:
        """Cancel a meeting. One that is canceled already is no error; MeetingNotFoundError for an unknown id."""
        _refuse([*id_problem(meeting_id)])
        await self._change(cancel_meeting(meeting_id), meeting_id, done=lambda meeting: meeting.canceled)

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
        tried: set[Slot] = set()
        with self.within_deadline():
            while True:
                form = fill(
                    offer.form_fields,
                    prefill=offer.prefill,
                    prospect=offer.prospect,
                    answers=answers or {},
                    guests=guests,
                )
                problems = [*zone_problem(timezone), *form.problems]
                if offer.meeting_id is not None:
                    problems.append("this offer is to move a meeting: use client.reschedule(meeting_id, slot=...)")
                preferred = _preferred(offer, slot, problems)
                chosen = next((one for one in preferred if one not in tried), None)
                if chosen is None:
                    return NoAvailability(offer=offer, uid=offer.uid)
                booking = pending(offer, chosen, form.fields, now=self._shared.now())
                try:
                    return await self._book_once(_booking(offer, chosen, timezone, form.fields, links), booking)
                except SlotTakenError as error:
                    error.offer = await self._fresh(offer)
                    if error.offer is None or not callable(slot):
                        raise
                    tried.add(chosen)
                    offer = error.offer

    async def _fresh(self, offer: Offer) -> Offer | None:
        """Give an offer's slots as they are now, None when there are none or nobody can tell."""
        try:
            fresh = await offer.refresh()
        except BookItError:
            return None
        return fresh if isinstance(fresh, Offer) else None


class _Links(TypedDict):
    cancel_link: str | None
    reschedule_link: str | None


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise InvalidInputError(problems=problems)


def _preferred(offer: Offer, choice: SlotChoice, problems: Sequence[str]) -> Iterable[Slot]:
    """Give the slots that a choice wants, the best first; InvalidInputError with these problems and its own."""
    found = [*problems, *choice_problem(choice)]
    slots: Sequence[Slot] = ()
    if len(found) == len(problems):
        try:
            slots = prefer(choice, offer.slots)
        except InvalidInputError as error:
            found += error.problems
    moves = offer.meeting_id is not None
    bookable = (slot for slot in slots if moves or not offer.pooled or slot.host_ids)
    first = next(bookable, None)
    if slots and first is None:
        found.append("the slot names no host, so it cannot be booked from a pool: choose another")
    _refuse(found)
    return () if first is None else chain((first,), bookable)


def _starts_at(start: datetime, meeting: Meeting) -> bool:
    return meeting.start == start and not meeting.canceled


def _moved(offer: Offer, slot: Slot, meeting_id: str) -> Meeting:
    """Give what is known of a meeting that was moved and cannot be read."""
    before = offer.meeting or Meeting(id=meeting_id, raw=WireMeeting())
    return evolve(before, id=meeting_id, status="rescheduled", start=slot.start, end=slot.end)


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
