"""The flows: route, look, choose, book; and the same for a BookIt Link and for a meeting to be moved."""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from ._generated.api.meetings.book_meeting import book_meeting
from ._generated.api.meetings.book_round_robin_meeting import book_round_robin_meeting
from ._generated.models import (
    BookedMeeting,
    BookedRoundRobinMeeting,
    NewTime,
    SelectedPoolTime,
    SelectedTime,
    UserField,
)
from ._generated.types import Call
from .client import Answer, Client
from .errors import InvalidInputError, OutcomeUnknownError
from .forms import fill
from .inputs import prospect_problems
from .legacy import Legacy
from .meetings import Meeting, id_problem
from .offers import Offer
from .outcomes import Booked, NoAvailability, NotRouted, Redirected
from .slots import Slot, SlotChoice, choice_problem, earliest, prefer
from .times import zone_problem


class BookIt(Client):
    """A client for LeanData BookIt, with the flows that most programs need."""

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
        offer = await self.availability(meeting_id=meeting_id)
        if not isinstance(offer, Offer):
            return offer
        chosen = _chosen(offer, slot, ())
        if chosen is None:
            return NoAvailability(offer=offer)
        time = NewTime(start_time=chosen.start_milliseconds, end_time=chosen.end_milliseconds, timezone=timezone)
        await self.api.reschedule_meeting(meeting_id, scheduled_time=time)
        return await self.meeting(meeting_id)

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
        form = fill(
            offer.form_fields, prefill=offer.prefill, prospect=offer.prospect, answers=answers or {}, guests=guests
        )
        problems = [*zone_problem(timezone), *choice_problem(slot), *form.problems]
        if offer.meeting_id is not None:
            problems.append("this offer is to move a meeting: use client.reschedule(meeting_id, slot=...)")
        chosen = _chosen(offer, slot, problems)
        if chosen is None:
            return NoAvailability(offer=offer, uid=offer.uid)
        links = _Links(cancel_link=cancel_link, reschedule_link=reschedule_link)
        return _booked(offer, chosen, await self._answer(_booking(offer, chosen, timezone, form.fields, links)))


class _Links(TypedDict):
    cancel_link: str | None
    reschedule_link: str | None


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise InvalidInputError(problems=problems)


def _chosen(offer: Offer, choice: SlotChoice, problems: Sequence[str]) -> Slot | None:
    """Give the best slot for a choice, None when it wants none; InvalidInputError with these problems and its own."""
    found = list(problems)
    slot = None
    if not any(choice_problem(choice)):
        try:
            slot = next(iter(prefer(choice, offer.slots)), None)
        except InvalidInputError as error:
            found += error.problems
    if offer.pooled and slot is not None and not slot.host_ids:
        found.append("the slot names no host, so it cannot be booked from a pool: choose another")
    _refuse(found)
    return slot


def _booking(
    offer: Offer, slot: Slot, timezone: str, fields: list[UserField], links: _Links
) -> Call[BookedMeeting] | Call[BookedRoundRobinMeeting]:
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


def _booked(offer: Offer, slot: Slot, answer: Answer[BookedMeeting | BookedRoundRobinMeeting]) -> Booked:
    wire = answer.value
    if wire.meeting_id is None:
        raise OutcomeUnknownError(reason="the answer was a success, but named no meeting")
    host_id = wire.selected_user_id if isinstance(wire, BookedRoundRobinMeeting) else None
    return Booked(
        meeting_id=wire.meeting_id,
        organizer_email=wire.organizer_email,
        host_id=host_id or _host_id(offer, slot, wire.organizer_email),
        start=slot.start,
        end=slot.end,
        uid=offer.uid,
        request_id=answer.request_id,
    )


def _host_id(offer: Offer, slot: Slot, email: str | None) -> str | None:
    by_email = [host.user_id for host in offer.hosts if email is not None and host.email == email]
    candidates = by_email or slot.host_ids or offer.host_ids
    return candidates[0] if len(candidates) == 1 else None
