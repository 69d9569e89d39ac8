"""The flows: route, look, choose, book; and the same for a BookIt Link and for a meeting to be moved."""

from collections.abc import Mapping, Sequence
from typing import Any

from ._generated.api.meetings.book_meeting import book_meeting
from ._generated.api.meetings.book_round_robin_meeting import book_round_robin_meeting
from ._generated.models import BookedMeeting, BookedRoundRobinMeeting, NewTime, SelectedPoolTime, SelectedTime
from .client import Answer, Client
from .errors import InvalidInputError, OutcomeUnknownError
from .forms import fill
from .inputs import prospect_problems
from .meetings import Meeting, id_problem
from .offers import Offer
from .outcomes import Booked, NoAvailability, NotRouted, Redirected
from .slots import Slot, SlotChoice, choice_problem, earliest, prefer
from .times import zone_problem


class BookIt(Client):
    """A client for LeanData BookIt, with the flows that most programs need."""

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

        NoAvailability when there is no slot, or none that the chooser wants. Raises MeetingNotFoundError and
        SlotTakenError.
        """
        _refuse([*id_problem(meeting_id), *zone_problem(timezone), *choice_problem(slot)])
        offer = await self.availability(meeting_id=meeting_id)
        if not isinstance(offer, Offer):
            return offer
        chosen = next(iter(prefer(slot, offer.slots)), None)
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
    ) -> Booked | NoAvailability:
        """Book a slot of an offer; `Offer.book` calls this and says the rest."""
        problems = [*zone_problem(timezone), *choice_problem(slot)]
        if offer.meeting_id is not None:
            problems.append("this offer is to move a meeting: use client.reschedule(meeting_id, slot=...)")
        form = fill(
            offer.form_fields, prefill=offer.prefill, prospect=offer.prospect, answers=answers or {}, guests=guests
        )
        problems += form.problems
        _refuse(problems)
        chosen = next(iter(prefer(slot, offer.slots)), None)
        if chosen is None:
            return NoAvailability(offer=offer, uid=offer.uid)
        start, end = chosen.start_milliseconds, chosen.end_milliseconds
        answer: Answer[BookedMeeting] | Answer[BookedRoundRobinMeeting]
        if offer.pooled:
            if not chosen.host_ids:
                _refuse(["the slot names no host, so it cannot be booked from a pool: choose another"])
            users = list(chosen.host_ids)
            pool_time = SelectedPoolTime(start_time=start, end_time=end, timezone=timezone, users=users)
            answer = await self._answer(
                book_round_robin_meeting(
                    scheduled_time=pool_time, user_fields=form.fields, token=offer.token, link_id=offer.link_id
                )
            )
        else:
            time = SelectedTime(start_time=start, end_time=end, timezone=timezone)
            answer = await self._answer(
                book_meeting(scheduled_time=time, user_fields=form.fields, token=offer.token, link_id=offer.link_id)
            )
        return _booked(offer, chosen, answer)


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        raise InvalidInputError(problems=problems)


def _booked(offer: Offer, slot: Slot, answer: Answer[BookedMeeting] | Answer[BookedRoundRobinMeeting]) -> Booked:
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
