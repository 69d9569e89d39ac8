"""Slots, and the functions that choose among them.

A chooser takes the slots of an offer and gives those that will do, the best first. Any function will do; those here are
pure and look at nothing but the slots.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from functools import partial
from typing import TypeAlias, cast, overload
from zoneinfo import ZoneInfo

from attrs import define, field

from .errors import InvalidInputError
from .times import from_milliseconds, local_date, naive_problem, to_milliseconds, zone_problem


@define(kw_only=True, order=True, unsafe_hash=True, repr=False)
class Slot:
    """One open slot. Its identity and order are its two instants; which hosts could take it is not compared."""

    # Read-only by properties: a frozen class takes twice as long to build, and there may be thousands.
    _start: int = field(alias="start_milliseconds")
    _end: int = field(alias="end_milliseconds")
    _hosts: "tuple[str, ...] | Slots" = field(default=(), alias="host_ids", order=False, eq=False)

    @property
    def start_milliseconds(self) -> int:
        """Start, epoch milliseconds, as the service sent it."""
        return self._start

    @property
    def end_milliseconds(self) -> int:
        """End, epoch milliseconds, as the service sent it."""
        return self._end

    @property
    def host_ids(self) -> tuple[str, ...]:
        """User ids of the hosts who could take it, in round-robin priority order.

        Read when it is asked for: ResponseInvalidError when the service named them in another way than documented.
        """
        return self._hosts if isinstance(self._hosts, tuple) else self._hosts.hosts_of(self)

    @property
    def start(self) -> datetime:
        """Start, an aware UTC datetime."""
        return from_milliseconds(self.start_milliseconds)

    @property
    def end(self) -> datetime:
        """End, an aware UTC datetime."""
        return from_milliseconds(self.end_milliseconds)

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def __repr__(self) -> str:
        return f"Slot(start_milliseconds={self._start}, end_milliseconds={self._end})"

    def __reduce__(self) -> "tuple[Callable[[], Slot], tuple[()]]":
        start, end = self._start, self._end
        return partial(Slot, start_milliseconds=start, end_milliseconds=end, host_ids=self.host_ids), ()


class Slots(Sequence[Slot]):
    """The slots of an offer, earliest first, like a tuple of them; each is built when it is asked for.

    Of no two the times are the same. One that is asked for by its place is whole; others read their hosts from here.
    """

    def __init__(
        self, starts: Sequence[int], ends: Sequence[int], *, hosts_of: Callable[[int], tuple[str, ...]]
    ) -> None:
        self._starts = starts
        self._ends = ends
        self._hosts_of = hosts_of

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Slot]:
        return (
            Slot(start_milliseconds=start, end_milliseconds=end, host_ids=self)
            for start, end in zip(self._starts, self._ends, strict=True)
        )

    @overload
    def __getitem__(self, index: int) -> Slot: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Slot, ...]: ...

    def __getitem__(self, index: int | slice) -> Slot | tuple[Slot, ...]:
        places = range(len(self))[index]
        if not isinstance(places, int):
            return tuple(self._slot(place, self) for place in places)
        return self._slot(places, self._hosts_of(places))

    def _slot(self, place: int, hosts: "tuple[str, ...] | Slots") -> Slot:
        return Slot(start_milliseconds=self._starts[place], end_milliseconds=self._ends[place], host_ids=hosts)

    def _place(self, slot: object) -> int | None:
        """Give where the slot is that is equal to this one, None when there is none."""
        if isinstance(slot, Slot):
            start, end = slot.start_milliseconds, slot.end_milliseconds
            first, behind = bisect_left(self._starts, start), bisect_right(self._starts, start)
            place = bisect_left(self._ends, end, first, behind)
            if place < behind and self._ends[place] == end:
                return place
        return None

    def hosts_of(self, slot: Slot) -> tuple[str, ...]:
        """Give who can take a slot; nobody for one that is not held."""
        place = self._place(slot)
        return () if place is None else self._hosts_of(place)

    def held(self, slot: object) -> Slot | None:
        """Give the slot that is equal to this one, with its hosts; None when there is none."""
        place = self._place(slot)
        return None if place is None else self._slot(place, self)

    def __contains__(self, slot: object) -> bool:
        return self._place(slot) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Slots, tuple)) and tuple(self) == tuple(cast("Iterable[object]", other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} slots>"


Chooser: TypeAlias = Callable[[Sequence[Slot]], Iterable[Slot]]
"""From an offer's slots, earliest first, to those that will do, the best first."""

SlotChoice: TypeAlias = Slot | datetime | Chooser
"""How a call says which slot it wants: that one, the one that starts then, or by a chooser."""


def _aware(name: str, instant: datetime) -> datetime:
    if problems := tuple(naive_problem(name, instant)):
        raise InvalidInputError(problems=problems)
    return instant


def earliest() -> Chooser:
    """Prefer slots by their start, the earliest first."""
    return _in_order


def _in_order(slots: Sequence[Slot]) -> Sequence[Slot]:
    return slots if isinstance(slots, Slots) else sorted(slots)


def at(start: datetime) -> Chooser:
    """Want the slots that start at this instant, an aware datetime; InvalidInputError for a naive one."""
    wanted = to_milliseconds(_aware("start", start))
    return lambda slots: [slot for slot in _in_order(slots) if slot.start_milliseconds == wanted]


def nearest(start: datetime) -> Chooser:
    """Prefer slots by how close they start to this instant, an aware datetime; of two equally close the earlier one.

    InvalidInputError for a naive datetime.
    """
    wanted = to_milliseconds(_aware("start", start))
    return lambda slots: sorted(_in_order(slots), key=lambda slot: abs(slot.start_milliseconds - wanted))


def between(first: time, last: time, *, timezone: str, weekdays: Iterable[int] | None = None) -> Chooser:
    """Prefer, earliest first, the slots that start at or after *first* and before *last* on the clock of *timezone*.

    Args:
        first: Naive local time of day. Later than *last* means a range over midnight.
        last: Naive local time of day; equal to *first* means the whole day.
        timezone: IANA time zone name; InvalidInputError if unknown.
        weekdays: Local days on which a slot may start, Monday 0 to Sunday 6; None for every day.
    """
    days = frozenset(range(7) if weekdays is None else weekdays)
    problems = [*zone_problem(timezone)]
    if first.tzinfo is not None or last.tzinfo is not None:
        problems.append("first and last are times of day in timezone: leave their tzinfo out")
    if not days <= frozenset(range(7)):
        problems.append("weekdays are numbers from 0, Monday, to 6, Sunday")
    if problems:
        raise InvalidInputError(problems=problems)
    zone = ZoneInfo(timezone)

    def fits(slot: Slot) -> bool:
        local = slot.start.astimezone(zone)
        clock = local.time()
        inside = first <= clock < last if first < last else clock >= first or clock < last
        return inside and local.weekday() in days

    return lambda slots: [slot for slot in _in_order(slots) if fits(slot)]


def on(day: date, *, timezone: str) -> Chooser:
    """Prefer, earliest first, the slots that start on this calendar day of an IANA time zone."""
    if problems := tuple(zone_problem(timezone)):
        raise InvalidInputError(problems=problems)
    return lambda slots: [slot for slot in _in_order(slots) if local_date(slot.start, timezone) == day]


def all_of(first: Chooser, *others: Chooser) -> Chooser:
    """Want the slots that every one of the choosers wants, in the order of the first."""

    def choose(slots: Sequence[Slot]) -> list[Slot]:
        wanted = [set(other(slots)) for other in others]
        return [slot for slot in first(slots) if all(slot in others for others in wanted)]

    return choose


def first_of(*choosers: Chooser) -> Chooser:
    """Prefer what the first chooser wants, then what the second does, and so on; each slot once."""
    return lambda slots: list(dict.fromkeys(slot for chooser in choosers for slot in chooser(slots)))


def prefer(choice: SlotChoice, slots: Sequence[Slot]) -> Sequence[Slot]:
    """Give the slots that a choice wants, the best first, each as the offer holds it.

    A Slot or datetime that is not among *slots*, or a chooser that gives one that is not, is an InvalidInputError; a
    chooser that finds nothing gives an empty sequence.
    """
    if isinstance(choice, Slot):
        wanted: Iterable[Slot] = [choice]
    elif isinstance(choice, datetime):
        wanted = at(choice)(slots)
    else:
        wanted = choice(slots)
    if wanted is slots:
        return slots
    held = slots.held if isinstance(slots, Slots) else {slot: slot for slot in slots}.get
    given = _listed(wanted)
    found = [slot for one in given if isinstance(one, Slot) and (slot := held(one)) is not None]
    if len(found) < len(given) or (not found and isinstance(choice, datetime)):
        raise InvalidInputError(problems=[_absent(choice, slots)])
    return found


def _listed(wanted: object) -> list[object]:
    """Give what a chooser gave, which may be anything."""
    return list(cast("Iterable[object]", wanted)) if isinstance(wanted, Iterable) else [wanted]


def choice_problem(choice: object) -> Iterable[str]:
    """Yield a sentence if *choice* cannot say which slot is wanted, known before any slot is."""
    if isinstance(choice, datetime):
        yield from naive_problem("slot", choice)
    elif not isinstance(choice, Slot) and not callable(choice):
        yield "slot is none of a Slot, an aware datetime and a chooser such as earliest()"


def _absent(choice: SlotChoice, slots: Sequence[Slot]) -> str:
    if not isinstance(choice, (Slot, datetime)):
        return "the chooser gave a slot that the offer does not hold: give only slots that it was given"
    try:
        start = choice.start if isinstance(choice, Slot) else choice
    except OverflowError:
        return "no open slot starts at a time that is in no calendar"
    closest = next(iter(nearest(start)(slots)), None)
    hint = f"the nearest open one starts at {closest.start.isoformat()}" if closest else "the offer has no slots"
    return f"no open slot starts at {start.isoformat()}: {hint}"
