"""One view over both shapes in which the service sends a meeting (contradictions 4 and 5 of the sources)."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Self

from attrs import field, frozen

from .._generated.errors import WrongTypeError
from .._generated.models import Attendee as WireAttendee
from .._generated.models import EventTime
from .._generated.models import Meeting as WireMeeting
from .._generated.types import items
from ..times import from_milliseconds, naive_problem
from ..version import PACKAGE
from .records import read, write


@frozen(kw_only=True)
class Attendee:
    """Someone invited to a meeting."""

    __module__ = PACKAGE

    email: str | None = field(repr=False)
    response_status: str | None = None
    """The calendar provider's word, for example `accepted` or `needsAction`; None when it does not say."""
    organizer: bool = False
    """Whether this is the host."""
    calendar_owner: bool = False
    """Whether this is the user whose calendar it is (`self` on the wire)."""


@frozen(kw_only=True)
class Meeting:
    """A booked meeting."""

    __module__ = PACKAGE

    id: str
    """The opaque meeting id."""
    status: str | None = None
    """LeanData's lifecycle status: `scheduled`, `rescheduled`, `canceled`, or a new one; None when it does not say."""
    provider_status: str | None = None
    """The calendar provider's status, for example `confirmed` or `canceled`."""
    title: str | None = field(default=None, repr=False)
    start: datetime | None = None
    """Start, an aware UTC datetime; None when the service leaves it out."""
    end: datetime | None = None
    """End, an aware UTC datetime; None when the service leaves it out."""
    organizer_email: str | None = None
    """The host's email address."""
    attendees: tuple[Attendee, ...] = field(default=(), repr=False)
    """Everyone who is invited."""
    raw: WireMeeting = field(repr=False)
    """What the service sent."""

    @property
    def canceled(self) -> bool:
        """Whether LeanData or the calendar provider says that the meeting is off."""
        return any(status in ("canceled", "cancelled") for status in (self.status, self.provider_status))

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`. It holds all that the service sent, attendees' addresses too."""
        return write(self, raw=self.raw.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        return read(cls, data, raw=WireMeeting.read)


def read_meeting(wire: WireMeeting, *, asked: str = "") -> Meeting:
    """Give the view of a meeting in either shape; *asked* is its id in case the service leaves it out."""
    event = wire.calendar_event
    time = (event.scheduled_time if event else None) or wire.scheduled_time
    organizer = (event.organizer if event else None) or wire.organizer
    attendees = (event.attendees if event else None) or wire.attendees or []
    return Meeting(
        id=(event.id if event else None) or wire.id or asked,
        status=(wire.book_it.status if wire.book_it else None) or wire.status,
        provider_status=event.status if event else wire.status,
        title=(event.title if event else None) or wire.title,
        start=_instant(time, "start_time"),
        end=_instant(time, "end_time"),
        organizer_email=(organizer.email if organizer else None) or wire.organizer_email or _host_email(attendees),
        attendees=tuple(
            Attendee(
                email=one.email,
                response_status=one.response_status,
                organizer=bool(one.organizer),
                calendar_owner=bool(one.self_),
            )
            for one in attendees
        ),
        raw=wire,
    )


def read_meetings(wire: list[WireMeeting] | dict[str, Any]) -> list[Meeting]:
    """Give the views of a bare array, or of the array that an object holds.

    WrongTypeError when it cannot be told where the meetings are, for no meetings and no list are not the same.
    """
    if isinstance(wire, dict):
        arrays = {name: value for name, value in wire.items() if value.__class__ is list}
        name = "meetings" if "meetings" in arrays else next(iter(arrays), "")
        if name not in arrays or (len(arrays) > 1 and name != "meetings"):
            raise WrongTypeError(None, "array, or object that holds one array", wire)
        wire = items(WireMeeting.read, arrays[name], name)
    return [read_meeting(one) for one in wire]


def read_bound(name: str, bound: datetime | str | None, problems: list[str]) -> datetime | None:
    """Give a time filter as an aware datetime, None for none; what is wrong with it is added to *problems*."""
    if isinstance(bound, str):
        from dateutil.parser import isoparse  # loads slowly, and few need it

        try:
            bound = isoparse(bound)
        except (ValueError, OverflowError):
            problems.append(f"{name} is no ISO 8601 time: write it like '2025-05-06T09:00:00-07:00'")
            return None
    if bound is not None:
        problems += naive_problem(name, bound)
    return bound


def id_problem(meeting_id: object) -> Iterator[str]:
    """Yield a sentence if *meeting_id* cannot be part of a URL path."""
    if not isinstance(meeting_id, str) or not meeting_id.strip():
        yield "meeting_id is no text, or empty"
    elif meeting_id in (".", ".."):
        yield "meeting_id is a step in a path, not an id"


def _instant(time: EventTime | None, name: str) -> datetime | None:
    milliseconds = getattr(time, name, None)
    try:
        return None if milliseconds is None else from_milliseconds(milliseconds)
    except OverflowError:
        return None


def _host_email(attendees: list[WireAttendee]) -> str | None:
    return next((one.email for one in attendees if one.organizer), None)
