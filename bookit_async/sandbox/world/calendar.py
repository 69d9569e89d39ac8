"""When a host can be booked: pure functions over one host, one meeting type and what is taken already.

Times are Unix epoch milliseconds. Working hours are wall-clock times of the host's zone, turned into milliseconds day
by day, so that a day with a clock change has as many slots as it has hours.
"""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from attrs import frozen

from .parts import WEEKDAYS, Host, MeetingType

MINUTE = 60_000
DAY = 86_400_000


class Span(NamedTuple):
    """A time from `start` up to, not including, `end`."""

    start: int
    end: int


@frozen
class Block:
    """A time a host is taken, and how long must stay free before and after it."""

    span: Span
    before: int = 0
    after: int = 0

    def clashes(self, other: "Block") -> bool:
        """Whether the two overlap, or lie closer together than the wider buffer between them allows."""
        closed = other.closed_to(self)
        return closed.start < self.span.start < closed.end

    def closed_to(self, other: "Block") -> Span:
        """The starts at which a block as long as the other one would clash with this one: all between these two."""
        length = other.span.end - other.span.start
        first = self.span.start - length - max(other.after, self.before)
        return Span(first, self.span.end + max(self.after, other.before))


def milliseconds(moment: datetime) -> int:
    """An aware moment in the unit of the wire."""
    return round(moment.timestamp() * 1000)


def from_iso(text: str) -> int:
    """ISO 8601 with an offset in the unit of the wire; ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no offset")
    return milliseconds(moment)


def is_zone(name: str) -> bool:
    """Whether this is an IANA time zone."""
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


def block(meeting_type: MeetingType, span: Span) -> Block:
    """The span with the buffers of its meeting type."""
    return Block(span, before=meeting_type.buffer_before * MINUTE, after=meeting_type.buffer_after * MINUTE)


def bookable(meeting_type: MeetingType, now: int) -> Span:
    """The time in which a slot may lie: notice, days ahead and date range applied. It may end before it starts."""
    start = now + meeting_type.minimum_notice * MINUTE
    end = now + meeting_type.days_ahead * DAY
    if (only := meeting_type.date_range) is not None:
        start = max(start, from_iso(only.start))
        end = min(end, from_iso(only.end))
    return Span(start, end)


def away(host: Host) -> list[Block]:
    """The host's busy times and vacations."""
    zone = ZoneInfo(host.timezone)
    blocks = [Block(Span(from_iso(busy.start), from_iso(busy.end))) for busy in host.busy]
    for vacation in host.vacations:
        first, last = date.fromisoformat(vacation.first), date.fromisoformat(vacation.last)
        blocks.append(Block(Span(_moment(first, time(), zone), _moment(last + timedelta(days=1), time(), zone))))
    return blocks


def free_slots(host: Host, meeting_type: MeetingType, *, within: Span, taken: Iterable[Block]) -> list[Span]:
    """Every slot of this meeting type within the span and the host's working hours that clashes with nothing taken.

    Slots start with the working hours and then every `slot_step` minutes. `taken` holds the host's `away` times too.
    """
    length, step = meeting_type.minutes * MINUTE, meeting_type.slot_step * MINUTE
    wanted = block(meeting_type, Span(0, length))
    closed = [other.closed_to(wanted) for other in taken]
    slots: list[Span] = []
    for work in _working(host, within):
        start = work.start
        while start + length <= min(work.end, within.end):
            if start >= within.start and not any(first < start < last for first, last in closed):
                slots.append(Span(start, start + length))
            start += step
    return slots


def _working(host: Host, within: Span) -> Iterator[Span]:
    zone = ZoneInfo(host.timezone)
    day = datetime.fromtimestamp(within.start / 1000, zone).date()
    last = datetime.fromtimestamp(within.end / 1000, zone).date()
    while day <= last:
        for opens, closes in working_times(host.hours.get(WEEKDAYS[day.weekday()], "")):
            end = _moment(day, closes, zone) if closes else _moment(day + timedelta(days=1), time(), zone)
            yield Span(_moment(day, opens, zone), end)
        day += timedelta(days=1)


@lru_cache(maxsize=256)
def working_times(hours: str) -> tuple[tuple[time, time | None], ...]:
    """`"09:00-12:00, 13:00-24:00"` as pairs of times; None is the end of the day. ValueError for anything else."""
    pairs: list[tuple[time, time | None]] = []
    for part in filter(None, (part.strip() for part in hours.split(","))):
        opens, _, closes = part.partition("-")
        start = time.fromisoformat(opens)
        end = None if closes == "24:00" else time.fromisoformat(closes)
        earlier_end = pairs[-1][1] if pairs else time()
        if (end is not None and end <= start) or earlier_end is None or start < earlier_end:
            raise ValueError(f"{part!r} ends before it starts, or overlaps the time before it")
        pairs.append((start, end))
    return tuple(pairs)


def _moment(day: date, at: time, zone: ZoneInfo) -> int:
    return milliseconds(datetime.combine(day, at, tzinfo=zone))
