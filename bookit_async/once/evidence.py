"""Whose meeting is it? What is known of a booking before it is sent, and which of a prospect's meetings are its own.

Pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from attrs import evolve

from .._generated.models import UserField
from ..views.meetings import Meeting
from ..views.offers import Offer
from ..views.pending import PendingBooking
from ..views.slots import Slot


def pending(
    offer: Offer, slot: Slot, fields: Iterable[UserField], *, now: datetime, booking_id: str | None = None
) -> PendingBooking:
    """Return what is to be known of a booking before it is sent."""
    hosts = slot.host_ids
    answers = {one.name: one.value for one in fields}
    email = answers.get("Email")
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
    """Return those of a prospect's meetings that may be the booking's: with its start, none or another since, and a
    host of its own.

    *owners* has, by meeting id, the id of the booking that is known to have made it.
    """
    known = owners or {}
    return [
        meeting
        for meeting in meetings
        if (meeting.start in (booking.slot.start, None) or meeting.status == "rescheduled")
        and known.get(meeting.id, booking.id) == booking.id
        and _may_be(booking, meeting)
    ]


def match(booking: PendingBooking, found: Sequence[Meeting]) -> Meeting | None:
    """Return the candidate that is the booking's meeting, None when that cannot be told.

    One that was canceled since counts only for a spent token; without, it may be an earlier booking of the same slot.
    """
    timed = [meeting for meeting in found if meeting.start == booking.slot.start]
    standing = [meeting for meeting in timed if not meeting.canceled]
    spent = booking.token_state == "spent"  # noqa: S105 - a state, not a secret
    return next(iter(standing or (timed if spent else [])), None)


def why_open(booking: PendingBooking, why: str, found: Sequence[Meeting] | None) -> str:
    """Return why a booking is left open: *why* it was lost, and what the last good look *found*, None without one."""
    nameless = booking.prospect_email is None
    if booking.token_state == "spent" and (nameless or found is not None):  # noqa: S105 - a state, not a secret
        problem = "a meeting exists with this token, but "
        problem += "cannot be found without an email address" if nameless else "is not among the prospect's meetings"
    elif nameless:
        problem = "without an email address it cannot be looked up"
    elif found:
        problem = (
            "one of the prospect's meetings was canceled, was moved or has no start, so that it may be this one or not"
        )
    else:
        problem = "the meeting was not found in time"
    return f"{why}, and {problem}"


def _may_be(booking: PendingBooking, meeting: Meeting) -> bool:
    """Return whether one of the booking's hosts has the meeting, as far as their addresses are known."""
    email = (meeting.organizer_email or "").casefold()
    if not email or not booking.host_ids:
        return True
    owner = booking.host_emails.get(email)
    return owner in booking.host_ids if owner else not set(booking.host_ids) <= set(booking.host_emails.values())


def window(booking: PendingBooking) -> tuple[datetime, datetime]:
    """Return the start and end between which the prospect's meetings are to be looked through."""
    return booking.slot.start - timedelta(minutes=1), booking.slot.start + timedelta(minutes=1)


def since(booking: PendingBooking) -> tuple[datetime, None]:
    """Return the start from which they are to be looked through when the meeting may have been moved; no end."""
    return min(booking.slot.start, booking.lost_at) - timedelta(days=1), None
