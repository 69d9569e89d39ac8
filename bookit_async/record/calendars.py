"""A host's working hours and busy times from the slots that were offered. Pure.

Times are epoch milliseconds; of a day, minutes from midnight on the host's clock.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import pairwise
from math import ceil
from random import Random
from zoneinfo import ZoneInfo

from attrs import evolve

from ..sandbox.world import WEEKDAYS, Busy, Host, MeetingType
from ..sandbox.world.calendar import DAY, MINUTE, Span, bookable, free_slots, is_zone

Starts = Mapping[str, frozenset[int]]
"""When the slots of one host start, by the name of the meeting type."""
_DAY_MINUTES = 24 * 60
_FIXED = (0, *(sign * hours for hours in range(1, 13) for sign in (-1, 1)))


def step_of(starts_of: Iterable[frozenset[int]], minutes: int) -> int:
    """Return how many minutes slots start after each other, as most do; their length where that cannot be told."""
    gaps: Counter[int] = Counter()
    for starts in starts_of:
        for one, other in pairwise(sorted(starts)):
            if other - one < DAY // 2:
                gaps[(other - one) // MINUTE] += 1
    return min(gaps, key=lambda gap: (-gaps[gap], gap)) if gaps else minutes


def days_ahead(last: int, now: int) -> int:
    """Return how many days ahead can be booked, when the last slot ends then."""
    return max(1, ceil((last - now) / DAY))


def zone_of(told: str | None, slots: Sequence[Span]) -> str:
    """Return the host's zone: the one that is told, else one in which no slot lies on two days."""
    if told and is_zone(told):
        return told

    def split(hours: int) -> int:
        shift = hours * 60 * MINUTE
        return sum((one.start + shift) // DAY != (one.end - 1 + shift) // DAY for one in slots)

    hours = min(_FIXED, key=lambda one: (split(one), abs(one)))
    return "UTC" if not hours else f"Etc/GMT{-hours:+d}"


def hours_of(slots: Mapping[str, Sequence[Span]], steps: Mapping[str, int], zone: str) -> dict[str, str]:
    """Return the working hours, by weekday, of whoever has these slots of meeting types.

    What is free on no Monday is no working time on Mondays, where more than one was told.
    """
    clock = ZoneInfo(zone)
    dates: dict[str, set[date]] = defaultdict(set)
    by_day: dict[str, list[tuple[int, int, str]]] = defaultdict(list)
    for name, spans in slots.items():
        for span in spans:
            start = datetime.fromtimestamp(span.start / 1000, clock)
            end = datetime.fromtimestamp(span.end / 1000, clock)
            closes = _minute(end) if end.date() == start.date() else _DAY_MINUTES
            by_day[WEEKDAYS[start.weekday()]].append((_minute(start), closes, name))
            dates[WEEKDAYS[start.weekday()]].add(start.date())
    return {
        day: ", ".join(
            f"{_text(opens)}-{_text(closes)}"
            for opens, closes in _pieces(by_day[day], steps, breaks=len(dates[day]) > 1)
        )
        for day in WEEKDAYS
        if day in by_day
    }


def _minute(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _text(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _pieces(starts: list[tuple[int, int, str]], steps: Mapping[str, int], *, breaks: bool) -> Iterator[tuple[int, int]]:
    """Yield when work opens and closes, so that the slots of every meeting type count from the opening.

    With *breaks* it closes where no slot is for as long as they lie apart.
    """
    apart = max(steps[name] for _, _, name in starts)
    first, last, _ = min(starts)
    before = 0
    rests: dict[str, int] = {}
    for start, end, name in sorted(starts):
        rest = start % steps[name]
        if rests.setdefault(name, rest) != rest or (breaks and start - last >= apart):
            closes = min(last, start)
            yield _opening(first, before, rests, steps), closes
            before, first, last, rests = closes, start, end, {name: rest}
        last = max(last, end)
    yield _opening(first, before, rests, steps), last


def _opening(first: int, before: int, rests: Mapping[str, int], steps: Mapping[str, int]) -> int:
    """Return the last minute up to the first slot from which the slots of all count."""
    minutes = range(first, before - 1, -1)
    return next((one for one in minutes if all((one - rest) % steps[name] == 0 for name, rest in rests.items())), first)


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return the same time in as few spans as there can be, in order."""
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.start <= found[-1].end:
            found[-1] = Span(found[-1].start, max(found[-1].end, span.end))
        else:
            found.append(span)
    return found


def without(span: Span, free: Sequence[Span]) -> list[Span]:
    """Return the parts of a time that are not free; *free* is merged."""
    parts: list[Span] = []
    start = span.start
    for one in free:
        if one.end > start and one.start < span.end:
            if one.start > start:
                parts.append(Span(start, one.start))
            start = one.end
    if start < span.end:
        parts.append(Span(start, span.end))
    return parts


def missing(
    host: Host, kinds: Mapping[str, MeetingType], starts: Starts, now: int
) -> Iterator[tuple[str, Span, list[Span]]]:
    """Yield each slot that the host would have without busy times and has not, and what no slot covers of it."""
    free = merged(Span(start, start + kinds[name].minutes * MINUTE) for name, some in starts.items() for start in some)
    for name, some in starts.items():
        for slot in free_slots(host, kinds[name], within=bookable(kinds[name], now), taken=()):
            if slot.start not in some:
                yield name, slot, without(slot, free)


def busy_times(spans: Iterable[Span], zone: str) -> tuple[Busy, ...]:
    """Return times as a world has them, on the host's clock."""
    clock = ZoneInfo(zone)

    def told(moment: int) -> str:
        return datetime.fromtimestamp(moment / 1000, UTC).astimezone(clock).isoformat()

    return tuple(Busy(start=told(one.start), end=told(one.end)) for one in merged(spans))


def blurred(busy: Sequence[Span], random: Random) -> list[Span]:
    """Return busy times as long as these, in half hours, up to eight hours away from where they are."""
    moved: list[Span] = []
    for one in busy:
        length = ceil((one.end - one.start) / (30 * MINUTE)) * 30 * MINUTE
        room = max(0, 8 * 60 * MINUTE - length) // (30 * MINUTE)
        start = one.start - one.start % (30 * MINUTE) + random.randint(-room, room) * 30 * MINUTE
        moved.append(Span(start, start + length))
    return moved


def rounded(host: Host) -> Host:
    """Return the host with working hours of whole hours, from the first opening of a day to the last closing."""

    def whole(hours: str) -> str:
        opens, closes = hours[:2], hours[-5:]
        return f"{opens}:00-{int(closes[:2]) + (closes[3:] != '00'):02}:00"

    return evolve(host, hours={day: whole(hours) for day, hours in host.hours.items()})
