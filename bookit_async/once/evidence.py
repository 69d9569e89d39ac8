"""Whose meeting is it? What is known of a booking before it is sent, and which of a prospect's meetings are its own.

Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import cast

from attrs import evolve

from .._generated.models import UserField
from ..errors import InvalidInputError
from ..times import to_milliseconds
from ..views.choosers import SlotChoice, prefer
from ..views.meetings import Meeting
from ..views.offers import Offer
from ..views.pending import PendingBooking
from ..views.slots import Slot


def pending(
    offer: Offer, slot: Slot, fields: Iterable[UserField], *, now: datetime, booking_id: str | None = None
) -> PendingBooking:
    """Return what is to be known of a booking before it is sent."""
    hosts = slot.host_ids
    email = None
    for one in fields:
        if one.name == "Email":
            email = one.value
    known = PendingBooking(
        slot=Slot(  # one that holds nothing of the page, for the booking may be kept for long
            start_milliseconds=slot.start_milliseconds, end_milliseconds=slot.end_milliseconds, host_ids=hosts
        ),
        host_ids=hosts or offer.host_ids,
        host_emails=offer.hosts_by_email,
        prospect_email=email if isinstance(email, str) and email else None,
        token=offer.token,
        link_id=offer.link_id,
        uid=offer.uid,
        lost_at=now,
    )
    return known if booking_id is None else evolve(known, id=booking_id)


def candidates(
    booking: PendingBooking, meetings: Iterable[Meeting], *, owners: Mapping[str, str] | None = None
) -> list[Meeting]:
    """Return those of a prospect's meetings that may be the booking's: with its start, none, or another since.

    One that was there before it was sent is not, nor one whose organizer is known as another host of the page, nor one
    that *owners*, ids of bookings by meeting id, gives to another booking.
    """
    known = owners or {}
    return [
        meeting
        for meeting in meetings
        if (meeting.start in (booking.slot.start, None) or (meeting.status or "").casefold() == "rescheduled")
        and meeting.id not in (booking.before or ())
        and known.get(meeting.id, booking.id) == booking.id
        and not _is_of_another_host(booking, meeting)
    ]


def match(booking: PendingBooking, found: Sequence[Meeting]) -> Meeting | None:
    """Return the candidate that is the booking's meeting, None when that cannot be told.

    An unknown organizer is no proof that it is another's, for a user's address and that of the calendar often differ,
    nor that it is ours. That it was not there before is, and so is a spent token. One that was canceled since counts
    only with such a proof: without, it may be an earlier booking of the same slot.
    """
    timed = [meeting for meeting in found if meeting.start == booking.slot.start]
    standing = [meeting for meeting in timed if not meeting.canceled]
    ours = [meeting for meeting in standing if _host(booking, meeting) in booking.host_ids]
    if not ours and (booking.before is not None or booking.token_state == "spent"):  # noqa: S105 - a state
        ours = standing or timed
    return ours[0] if len(ours) == 1 else None


def why_open(booking: PendingBooking, why: str, found: Sequence[Meeting] | None) -> str:
    """Return why a booking is left open: *why* it was lost, and what the last good look *found*, None without one."""
    nameless = booking.prospect_email is None
    spent = booking.token_state == "spent"  # noqa: S105 - a state, not a secret
    if nameless and spent:
        problem = "a meeting exists with this token, but cannot be found without an email address"
    elif nameless:
        problem = "without an email address it cannot be looked up"
    elif any(one.start == booking.slot.start and not one.canceled for one in found or ()):
        problem = (
            "the prospect has a meeting at that time, but the offer does not tell its organizer's address, so that it "
            "may be this one or another's: settle(error, not_ours=[meeting_id]) can be told"
        )
    elif found:
        problem = (
            "one of the prospect's meetings was canceled, was moved or has no start, so that it may be this one or not"
        )
    elif spent and found is not None:
        problem = "a meeting exists with this token, but is not among the prospect's meetings"
    else:
        problem = "the meeting was not found in time"
    return f"{why}, and {problem}"


def sought(choice: SlotChoice, now: datetime) -> tuple[datetime, datetime | None]:
    """Return the start and end between which a meeting is looked for that a choice would take."""
    if callable(choice):
        return now - _A_DAY, None
    start = choice.start if isinstance(choice, Slot) else choice
    return start - _A_DAY, start + _A_DAY


def there(
    offer: Offer, choice: SlotChoice, meetings: Iterable[Meeting], *, now: datetime
) -> tuple[Meeting | None, bool]:
    """Return the meeting of those that a choice would take if its time were open, and whether it is one of the offer's.

    One whose organizer the offer does not name may be another's: it counts only at the time that is asked for, or,
    where a chooser chooses, if it is as long as the slots and liked better than all of them.
    """
    standing = [one for one in meetings if one.start is not None and not one.canceled]
    ours = [one for one in standing if (one.organizer_email or "").casefold() in offer.hosts_by_email]
    if not callable(choice):
        start = choice.start if isinstance(choice, Slot) else choice
        found = next((one for one in (*ours, *standing) if one.start == start), None)
        return found, found in ours
    lengths = {slot.end - slot.start for slot in offer.slots}
    known = {slot_of(one, offer): one for one in ours if one.start is not None and one.start > now}
    others = {slot_of(one, offer): one for one in standing if one.start is not None and one.start > now}
    others = {slot: one for slot, one in others.items() if slot.end - slot.start in lengths}
    if not known and not others:
        return None, False
    try:
        wanted = prefer(choice, sorted({*offer.slots, *known, *others}))
    except InvalidInputError:
        return None, False  # what is wrong with it is told when it has chosen among the open slots
    found = next((known[slot] for slot in wanted if slot in known), None)
    return (found, True) if found else (others.get(wanted[0]) if wanted else None, False)


def slot_of(meeting: Meeting, offer: Offer) -> Slot:
    """Return the slot that a meeting with a start takes, with the hosts who may have it."""
    host = offer.hosts_by_email.get((meeting.organizer_email or "").casefold())
    start = cast("datetime", meeting.start)
    end = meeting.end or start + (offer.duration or timedelta())
    hosts = offer.host_ids if host is None else (host,)
    return Slot(start_milliseconds=to_milliseconds(start), end_milliseconds=to_milliseconds(end), host_ids=hosts)


def _host(booking: PendingBooking, meeting: Meeting) -> str | None:
    return booking.host_emails.get((meeting.organizer_email or "").casefold())


def _is_of_another_host(booking: PendingBooking, meeting: Meeting) -> bool:
    host = _host(booking, meeting)
    return host is not None and bool(booking.host_ids) and host not in booking.host_ids


def window(slot: Slot) -> tuple[datetime, datetime]:
    """Return the start and end between which the prospect's meetings are asked for: a day around the slot.

    What the two bound is a guess, so they are wide, and whose a meeting is gets judged here.
    """
    return slot.start - _A_DAY, slot.end + _A_DAY


def since(booking: PendingBooking) -> tuple[datetime, None]:
    """Return the start from which they are asked for when the meeting may have been moved; there is no end."""
    return min(booking.slot.start, booking.lost_at) - _A_DAY, None


def parts(booking: PendingBooking, start: datetime, end: datetime | None) -> list[tuple[datetime, datetime | None]]:
    """Return the same time in three parts, the slot's own in the middle, for a list that may have been cut."""
    first, last = moment(booking.slot)
    return [(start, first), (first, last), (last, end)]


def moment(slot: Slot) -> tuple[datetime, datetime]:
    """Return the start and end between which there are no meetings but those at a slot."""
    return slot.start - _A_MINUTE, slot.end + _A_MINUTE


def may_be_cut(meetings: Sequence[Meeting]) -> bool:
    """Return whether a list may be a part of one."""
    return len(meetings) >= _FEW


def looks_cut(count: int, *, whole: int) -> bool:
    """Return whether a part of a list of *whole* meetings may have been cut itself: a round number, or as many."""
    return count >= _FEW and (count == whole or count % 5 == 0 or count & (count - 1) == 0)


_A_DAY = timedelta(days=1)
_A_MINUTE = timedelta(minutes=1)
_FEW = 4
"""Meetings of one prospect in a part; no service gives fewer at a time."""
