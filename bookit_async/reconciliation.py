"""Whether a booking with a lost answer took place: what is known of it, and what to do next. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import Enum
from os import urandom
from typing import Literal

from attrs import evolve, field, frozen

from ._generated.models import UserField
from .meetings import Meeting
from .offers import Offer
from .outcomes import Booked
from .slots import Slot

TokenState = Literal["good", "spent", "unknown"]


@frozen(kw_only=True)
class PendingBooking:
    """A booking that was sent and whose outcome is not known: what is needed to look it up, in its repr or not."""

    slot: Slot
    """The slot that was asked for."""
    host_ids: tuple[str, ...]
    """User ids of the hosts who may have got the meeting; empty when nobody can tell."""
    host_emails: Mapping[str, str] = field(repr=False)
    """Email addresses of the offer's hosts in lower case, and whose they are, as far as the offer told them."""
    prospect_email: str | None = field(repr=False)
    """The prospect's email address as it stood in the form; None when it had none, and then nothing can be found."""
    token: str | None = field(repr=False)
    """The one-shot token of the offer; None in link and params mode."""
    link_id: str | None
    """The BookIt Link that was booked through; None otherwise."""
    uid: str | None
    """The BookIt Log ID of the submission; None when nothing was routed."""
    lost_at: datetime
    """When it was last sent and lost, aware."""
    token_state: TokenState = "unknown"  # noqa: S105 - a state, not a secret
    """What was last heard of the token: `good` means that nothing was booked with it, `spent` that a meeting exists."""
    request_ids: tuple[str, ...] = ()
    """The gateway's ids of the answers that came, if any did."""
    id: str = field(factory=lambda: urandom(16).hex())
    """Tells this booking from all others, also in another process."""

    def host_of(self, email: str | None) -> str | None:
        """Give the user id of the host with an email address, or of the only host; None when nobody can tell."""
        by_email = self.host_emails.get((email or "").casefold())
        return by_email or (self.host_ids[0] if len(self.host_ids) == 1 else None)

    def heard(
        self,
        *,
        token_state: TokenState | None = None,
        request_id: str | None = None,
        lost_at: datetime | None = None,
    ) -> "PendingBooking":
        """Give a copy that knows more; a spent token stays spent."""
        ids = self.request_ids if request_id is None else (*self.request_ids, request_id)
        state = self.token_state if self.token_state == "spent" else token_state or self.token_state  # noqa: S105
        return evolve(self, token_state=state, request_ids=ids, lost_at=lost_at or self.lost_at)


@frozen(kw_only=True)
class Unsettled:
    """A booking whose caller was cancelled while it was in flight."""

    booking: PendingBooking
    """What was asked for; `client.settle` takes the whole of this and finds out."""
    outcome: Booked | None = None
    """The meeting, when the answer came within the grace; None when it is still open."""


class Step(Enum):
    """What to do about a booking that was not found."""

    ASK_AGAIN = "ask again"
    REPEAT = "repeat the booking"
    GIVE_UP = "leave it open"


def pending(offer: Offer, slot: Slot, fields: Iterable[UserField], *, now: datetime) -> PendingBooking:
    """Give what is to be known of a booking before it is sent."""
    hosts = slot.host_ids
    answers = {one.name: one.value for one in fields}
    email = answers.get("Email")
    return PendingBooking(
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


def candidates(
    booking: PendingBooking, meetings: Iterable[Meeting], *, owners: Mapping[str, str] | None = None
) -> list[Meeting]:
    """Give those of a prospect's meetings that may be the booking's: with its start, none or another since, and one of
    its hosts.

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
    """Give the candidate that is the booking's meeting, None when that cannot be told.

    One that was canceled since counts only for a spent token; without, it may be an earlier booking of the same slot.
    """
    timed = [meeting for meeting in found if meeting.start == booking.slot.start]
    standing = [meeting for meeting in timed if not meeting.canceled]
    spent = booking.token_state == "spent"  # noqa: S105 - a state, not a secret
    return next(iter(standing or (timed if spent else [])), None)


def why_open(booking: PendingBooking, why: str, found: Sequence[Meeting] | None) -> str:
    """Say why a booking is left open: *why* it was lost, and what the last good look *found*, None without one."""
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
    """Tell whether one of the booking's hosts has the meeting, as far as their addresses are known."""
    email = (meeting.organizer_email or "").casefold()
    if not email or not booking.host_ids:
        return True
    owner = booking.host_emails.get(email)
    return owner in booking.host_ids if owner else not set(booking.host_ids) <= set(booking.host_emails.values())


def next_step(
    booking: PendingBooking,
    *,
    again: bool,
    looked: bool,
    waited: float,
    settle: float,
    remaining: float,
    needed: float,
) -> Step:
    """Say what to do about a booking that was not found.

    Args:
        booking: What is known; with a token, what it last said.
        again: Whether the same booking is sent again if that is safe. With a good token it is safe at once, for a token
            is good for one meeting; whoever does something else instead must know that the lost one is dead.
        looked: Whether the last look at the prospect's meetings succeeded, and none of them may be the booking's.
        waited: Seconds from the last loss to that look.
        settle: Seconds after which a booking without a witness counts as not processed.
        remaining: Seconds to the deadline.
        needed: Seconds without which no booking is started.
    """
    if booking.token is not None:
        good = booking.token_state == "good"  # noqa: S105 - a state, not a secret
        safe = good and (again or waited >= settle)
        hopeless = booking.token_state == "spent" and booking.prospect_email is None  # noqa: S105
    else:
        safe = looked and waited >= settle
        hopeless = booking.prospect_email is None
    if hopeless or (safe and again and remaining < needed) or (remaining <= 0 and not safe):
        return Step.GIVE_UP
    return Step.REPEAT if safe else Step.ASK_AGAIN


def window(booking: PendingBooking) -> tuple[datetime, datetime]:
    """Give the start and end between which the prospect's meetings are to be looked through."""
    return booking.slot.start - timedelta(minutes=1), booking.slot.start + timedelta(minutes=1)
