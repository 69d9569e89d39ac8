"""One view over both shapes in which the service sends a meeting (contradictions 4 and 5 of the sources)."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Self, cast

from attrs import field, frozen

from .._generated.errors import WrongTypeError
from .._generated.models import Attendee as WireAttendee
from .._generated.models import EventTime
from .._generated.models import Meeting as WireMeeting
from .._generated.types import Odd, note, odd_values
from ..errors import refuse
from ..hidden import hidden
from ..times import FIRST_ON_THE_WIRE, LAST_ON_THE_WIRE, Zone, from_milliseconds, naive_problem
from ..version import PACKAGE
from .calendar_files import calendar_file, file_problems
from .records import read, write
from .shapes import UnknownShapeError

_OFF = ("canceled", "cancelled")
_MORE = re.compile("next|more|cursor|continu|total", re.IGNORECASE)
"""In keys beside a list that say that there is more than it holds."""
_NOT_MEETINGS = ("error", "errors", "warning", "warnings", "message", "messages")
"""Keys whose arrays are no list of meetings, so that an empty one says nothing of them."""


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
    """Start, an aware UTC datetime; None when the service leaves it out, or sends what is no time in milliseconds."""
    end: datetime | None = None
    """End, likewise."""
    organizer_email: str | None = None
    """The host's email address."""
    attendees: tuple[Attendee, ...] = field(default=(), repr=False)
    """Everyone who is invited."""
    raw: WireMeeting = field(repr=False)
    """What the service sent."""

    @property
    def canceled(self) -> bool:
        """Whether LeanData or the calendar provider says that the meeting is off."""
        told = (self.status, self.provider_status)
        return any(status is not None and status.casefold() in _OFF for status in told)

    def ics(self, *, timezone: Zone | None = None, now: datetime | None = None) -> str:
        """Return it as a calendar file (RFC 5545, METHOD:PUBLISH), for people who want it in their calendar.

        Its UID is made from the meeting's id, so that a later file replaces this one: SEQUENCE is 0 as long as it was
        not moved or canceled, and then the seconds since 2020. Times are in UTC, or on the clock of *timezone*. *now*
        is an aware datetime, None for the present. InvalidInputError for an unknown zone, and when the service does
        not say when the meeting is.
        """
        refuse(file_problems(self.start, timezone=timezone, now=now))
        return calendar_file(
            meeting_id=self.id,
            start=cast("datetime", self.start),
            end=self.end,
            summary=self.title or "Meeting",
            organizer=self.organizer_email,
            attendees=[one.email for one in self.attendees if one.email and not one.organizer],
            changed=self.status not in (None, "scheduled"),
            canceled=self.canceled,
            timezone=timezone,
            now=now,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`. It holds all that the service sent, attendees' addresses too."""
        return write(self, raw=self.raw.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data, raw=WireMeeting.read)


def read_meeting(wire: WireMeeting, *, asked: str = "") -> Meeting:
    """Return the view of a meeting in either shape; *asked* is its id in case the service leaves it out."""
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


def known_meeting(wire: WireMeeting) -> WireMeeting:
    """Return what is a meeting in either shape; UnknownShapeError for what tells nothing of one."""
    event = wire.calendar_event
    if event is not None and not event.to_dict().keys() - event.additional.keys():
        raise UnknownShapeError("id", event.to_dict(), under=("calendarEvent",))
    if not wire.to_dict().keys() - wire.additional.keys():
        raise UnknownShapeError("calendarEvent or id", wire.to_dict())
    return wire


class Meetings(list[Meeting]):
    """Meetings of a prospect, with how many more there are in the list that could not be read."""

    unreadable: int = 0
    """Any of them may be the one that is looked for."""
    odd: tuple[Odd, ...] = ()
    """What was read as nothing because it is not as documented."""


def read_meetings(data: Any) -> Meetings:
    """Return the views of the meetings in a bare array, or in the array that an object holds.

    Those that cannot be read are counted; WrongTypeError when it is all of them, or when it cannot be told where the
    meetings are, for no meetings and no list are not the same.
    """
    name, wire = _listed(data)
    under = (name,) if name else ()
    found = Meetings()
    odd: list[Odd] = []
    first: WrongTypeError | None = None
    for place, one in enumerate(wire):
        try:
            if one is not None:
                read = one if isinstance(one, WireMeeting) else WireMeeting.read(one)
                found.append(_entry(read))
                odd += [value.under("*") for value in odd_values(read)]
        except WrongTypeError as error:
            odd.append(Odd(("*", *error.segments), error.expected, error.found))
            first = first or _at(error, (*under, place))
            found.unreadable += 1
    if first is not None:
        if not found:
            raise first
        note()
    found.odd = tuple(value.under(*under) for value in odd)
    if more := _more(data, len(wire)):
        found.unreadable += 1
        found.odd += (Odd((more,), "a whole list", "a part of one"),)
        note()
    return found


def _more(data: Any, count: int) -> str | None:
    """Return the key beside a list that says that there are more than it has, None without one."""
    for key, value in data.items() if data.__class__ is dict else ():
        if value.__class__ in (list, dict) or not _MORE.search(key):
            continue
        if value > count if value.__class__ in (int, float) else value:
            return str(key)
    return None


def _listed(data: Any) -> tuple[str, list[Any]]:
    """Return the list of meetings and the key under which it is, empty for a bare one; or raise UnknownShapeError."""
    if data.__class__ is list:
        return "", data
    arrays: list[str] = []
    if data.__class__ is dict:
        arrays = [key for key, value in data.items() if value.__class__ is list and key not in _NOT_MEETINGS]
        if "meetings" in data or len(arrays) == 1:
            name = "meetings" if "meetings" in data else arrays[0]
            if name in arrays:
                return name, data[name]
        raise UnknownShapeError("array, or object that holds one array", data)
    raise WrongTypeError(None, "array, or object that holds one array", data)


def _entry(wire: WireMeeting) -> Meeting:
    meeting = read_meeting(known_meeting(wire))
    if not meeting.id:
        raise UnknownShapeError("id", wire.to_dict())
    return meeting


def _at(error: WrongTypeError, where: tuple[str | int, ...]) -> WrongTypeError:
    for segment in reversed(where):
        error.under(segment)
    return error


def read_bound(name: str, bound: datetime | str | None, problems: list[str]) -> datetime | None:
    """Return a time filter as an aware datetime, None for none; what is wrong with it is added to *problems*."""
    if isinstance(bound, str):
        from dateutil.parser import isoparse  # loads slowly, and few need it

        try:
            bound = isoparse(bound)
        except (ValueError, OverflowError):
            problems.append(f"{name} must be an ISO 8601 time: write it like '2025-05-06T09:00:00-07:00'")
            return None
    if bound is not None:
        problems += naive_problem(name, bound)
    return bound


def id_problem(meeting_id: object) -> Iterator[str]:
    """Yield a sentence if *meeting_id* cannot be part of a URL path."""
    if not isinstance(meeting_id, str) or not meeting_id.strip():
        held = next((name for name in ("meeting_id", "id") if isinstance(getattr(meeting_id, name, None), str)), None)
        yield f"meeting_id must be a text, and not empty{f': give its .{held}' if held else ''}"
    elif meeting_id in (".", ".."):
        yield "meeting_id is a step in a path, not an id"


def _instant(time: EventTime | None, name: str) -> datetime | None:
    instant = getattr(time, name, None)
    if instant is None or not FIRST_ON_THE_WIRE <= instant <= LAST_ON_THE_WIRE:
        return None
    return from_milliseconds(instant)


def _host_email(attendees: list[WireAttendee]) -> str | None:
    return next((one.email for one in attendees if one.organizer), None)
