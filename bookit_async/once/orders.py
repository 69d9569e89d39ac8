"""What is sent to book a slot of an offer: the slot chosen, the form filled, the call. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain
from typing import Any, TypedDict

from .._generated.api.meetings.book_meeting import book_meeting
from .._generated.api.meetings.book_round_robin_meeting import book_round_robin_meeting
from .._generated.models import SelectedPoolTime, SelectedTime, UserField
from ..errors import InvalidInputError, refuse
from ..hidden import HiddenText
from ..times import Zone, zone_name, zone_problem
from ..views.addresses import is_address
from ..views.choosers import SlotChoice, choice_problem, prefer
from ..views.forms import EMAIL, FilledForm, answers_problem, fill, guests_problem
from ..views.offers import Offer
from ..views.pending import BookingCall, PendingBooking
from ..views.slots import Slot
from .evidence import pending


class Links(TypedDict):
    """Base URLs for the mails; only with params."""

    cancel_link: str | None
    reschedule_link: str | None


def order_problems(timezone: object, choice: object, answers: object, guests: object) -> list[str]:
    """Return what is wrong with what a booking is asked for, as far as it can be known without an offer."""
    answered = () if answers is None else answers_problem(answers)
    return [*zone_problem(timezone), *choice_problem(choice), *answered, *guests_problem(guests)]


def prospect_email(
    offer: Offer, slot: SlotChoice, *, timezone: Zone, answers: Mapping[str, Any], guests: Sequence[str]
) -> str | None:
    """Return the prospect's address as it would be sent; InvalidInputError when something else cannot be sent."""
    form = _filled(offer, answers, guests)
    if offer.slots and (problems := [*zone_problem(timezone), *form.problems]):
        preferred(offer, slot, problems)
    elif problems := [*choice_problem(slot)]:
        refuse(problems, late=True)
    email = next((one.value for one in form.fields if one.name == EMAIL), answers.get(EMAIL))
    return HiddenText(email) if isinstance(email, str) and is_address(email) else None


def order(
    offer: Offer,
    slot: SlotChoice,
    *,
    tried: Sequence[Slot],
    timezone: Zone,
    answers: Mapping[str, Any],
    guests: Sequence[str],
    links: Links,
    now: datetime,
    booking_id: str | None = None,
) -> tuple[BookingCall, PendingBooking] | None:
    """Return the call that books the best slot not tried yet, and what is known of it; None without such a slot.

    InvalidInputError with every problem at once.
    """
    form = _filled(offer, answers, guests)
    problems = [*zone_problem(timezone), *form.problems]
    if offer.meeting_id is not None:
        problems.append("this offer is to move a meeting: use client.reschedule(meeting_id, slot=...)")
    for one in preferred(offer, slot, problems):
        if one not in tried:
            booking = pending(offer, one, form.fields, now=now, booking_id=booking_id)
            return _booking(offer, one, timezone, form.fields, links), booking
    return None


def _filled(offer: Offer, answers: Mapping[str, Any], guests: Sequence[str]) -> FilledForm:
    """Return the form filled; ResponseInvalidError if it cannot be because the service sent none."""
    form = fill(offer.form_fields, prefill=offer.prefill, prospect=offer.prospect, answers=answers, guests=guests)
    if form.problems and offer.slots and not offer.form_fields and (error := offer.source.formless()):
        raise error
    return form


def preferred(offer: Offer, choice: SlotChoice, problems: Sequence[str]) -> Iterable[Slot]:
    """Return the slots that a choice wants, the best first; InvalidInputError with these problems and its own."""
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
    if first is not None and not found:
        return chain((first,), bookable)
    if slots and first is None:
        if not any(slot.host_ids for slot in offer.slots):
            refuse(found, late=True)
            raise offer.source.hostless()
        found.append("the slot names no host, so it cannot be booked from a pool: choose another")
    refuse(found, late=True)
    return ()


def _booking(offer: Offer, slot: Slot, timezone: Zone, fields: list[UserField], links: Links) -> BookingCall:
    """Return the call that books a slot; which of the two it is follows `displayAllPoolAvailability`."""
    start, end = slot.start_milliseconds, slot.end_milliseconds
    if offer.pooled:
        return book_round_robin_meeting(
            scheduled_time=SelectedPoolTime(
                start_time=start, end_time=end, timezone=zone_name(timezone), users=list(slot.host_ids)
            ),
            user_fields=fields,
            token=offer.token,
            link_id=offer.link_id,
            params=offer.params,
            **links,
        )
    return book_meeting(
        scheduled_time=SelectedTime(start_time=start, end_time=end, timezone=zone_name(timezone)),
        user_fields=fields,
        token=offer.token,
        link_id=offer.link_id,
        params=offer.params,
        **links,
    )
