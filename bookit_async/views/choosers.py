"""The functions that choose among an offer's slots.

A chooser takes the slots of an offer and gives those that will do, the best first. Any function will do; those here are
pure and look at nothing but the slots.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, time
from random import sample
from typing import Any, Protocol, TypeAlias, cast
from zoneinfo import ZoneInfo

from attrs import frozen

from ..errors import InvalidInputError
from ..times import from_milliseconds, local_date, naive_problem, to_milliseconds, zone_problem
from ..version import PACKAGE
from .slots import Slot, Slots

Chooser: TypeAlias = Callable[[Sequence[Slot]], Iterable[Slot]]
"""From an offer's slots, earliest first, to those that will do, the best first."""

SlotChoice: TypeAlias = Slot | datetime | Chooser
"""How a call says which slot it wants: that one, the one that starts then, or by a chooser."""


class WrittenChooser(Protocol):
    """A chooser that can be written down, as those are that this package makes."""

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]: ...

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, from which `read_chooser` makes it again."""
        ...


WrittenChooser.__module__ = PACKAGE


def _aware(name: str, instant: datetime) -> datetime:
    if problems := tuple(naive_problem(name, instant)):
        raise InvalidInputError(problems=problems)
    return instant


def _in_order(slots: Sequence[Slot]) -> Sequence[Slot]:
    return slots if isinstance(slots, Slots) else sorted(slots)


@frozen
class _Earliest:
    spread: int = 1

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        ordered = _in_order(slots)
        if self.spread == 1:
            return ordered
        first = ordered[: self.spread]
        return [*sample(first, len(first)), *ordered[self.spread :]]

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "earliest"} if self.spread == 1 else {"chooser": "earliest", "spread": self.spread}


@frozen
class _At:
    start: int

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        return [slot for slot in _in_order(slots) if slot.start_milliseconds == self.start]

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "at", "start": self.start}


@frozen
class _Nearest:
    start: int

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        return sorted(_in_order(slots), key=lambda slot: abs(slot.start_milliseconds - self.start))

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "nearest", "start": self.start}


@frozen
class _Between:
    first: time
    last: time
    timezone: str
    weekdays: frozenset[int]

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        zone = ZoneInfo(self.timezone)
        return [slot for slot in _in_order(slots) if self._fits(slot.start.astimezone(zone))]

    def _fits(self, local: datetime) -> bool:
        clock = local.time()
        after, before = self.first <= clock, clock < self.last
        inside = (after and before) if self.first < self.last else (after or before)
        return inside and local.weekday() in self.weekdays

    def to_dict(self) -> dict[str, Any]:
        first, last = self.first.isoformat(), self.last.isoformat()
        days = sorted(self.weekdays)
        return {"chooser": "between", "first": first, "last": last, "timezone": self.timezone, "weekdays": days}


@frozen
class _On:
    day: date
    timezone: str

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        return [slot for slot in _in_order(slots) if local_date(slot.start, self.timezone) == self.day]

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "on", "day": self.day.isoformat(), "timezone": self.timezone}


@frozen
class _AllOf:
    choosers: tuple[Chooser, ...]

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        first, *others = self.choosers
        wanted = [set(other(slots)) for other in others]
        return [slot for slot in first(slots) if all(slot in others for others in wanted)]

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "all_of", "choosers": [write_chooser(one) for one in self.choosers]}


@frozen
class _FirstOf:
    choosers: tuple[Chooser, ...]

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        return list(dict.fromkeys(slot for chooser in self.choosers for slot in chooser(slots)))

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "first_of", "choosers": [write_chooser(one) for one in self.choosers]}


_EARLIEST = _Earliest()


def earliest(*, spread: int = 1) -> WrittenChooser:
    """Prefer slots by their start, the earliest first.

    With *spread*, the first so many are equally good and come in any order, so that callers who want the same at once
    do not take each other's slot. InvalidInputError unless it is a whole number from 1 on.
    """
    if isinstance(spread, bool) or not isinstance(spread, int) or spread < 1:  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        raise InvalidInputError(problems=["spread must be a whole number from 1 on"])
    return _EARLIEST if spread == 1 else _Earliest(spread)


def at(start: datetime) -> WrittenChooser:
    """Want the slots that start at this instant, an aware datetime; InvalidInputError for a naive one."""
    return _At(to_milliseconds(_aware("start", start)))


def nearest(start: datetime) -> WrittenChooser:
    """Prefer slots by how close they start to this instant, an aware datetime; of two equally close the earlier one.

    InvalidInputError for a naive datetime.
    """
    return _Nearest(to_milliseconds(_aware("start", start)))


def between(first: time, last: time, *, timezone: str, weekdays: Iterable[int] | None = None) -> WrittenChooser:
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
    return _Between(first, last, timezone, days)


def on(day: date, *, timezone: str) -> WrittenChooser:
    """Prefer, earliest first, the slots that start on this calendar day of an IANA time zone."""
    if problems := tuple(zone_problem(timezone)):
        raise InvalidInputError(problems=problems)
    return _On(day, timezone)


def all_of(first: Chooser, *others: Chooser) -> WrittenChooser:
    """Want the slots that every one of the choosers wants, in the order of the first."""
    return _AllOf((first, *others))


def first_of(*choosers: Chooser) -> WrittenChooser:
    """Prefer what the first chooser wants, then what the second does, and so on; each slot once."""
    return _FirstOf(choosers)


def write_chooser(choice: SlotChoice) -> dict[str, Any]:
    """Return a choice of a slot as JSON values, for `read_chooser`; InvalidInputError for a function of your own."""
    if isinstance(choice, datetime):
        choice = at(choice)
    elif isinstance(choice, Slot):
        return {"chooser": "slot", "start": choice.start_milliseconds, "end": choice.end_milliseconds}
    written = getattr(choice, "to_dict", None)
    if written is None:
        raise InvalidInputError(
            problems=["a function of your own cannot be written down: choose by earliest(), at(...), between(...)"]
        )
    return cast("dict[str, Any]", written())


def read_chooser(data: Mapping[str, Any]) -> SlotChoice:
    """Return the choice that `to_dict` or `write_chooser` wrote down; InvalidInputError when it is not one."""
    reader = _READERS.get(str(data.get("chooser")))
    if reader is None:
        problem = "this is not a chooser that this version knows: it may be from a newer one"
        raise InvalidInputError(problems=[problem])
    try:
        return reader(data)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise InvalidInputError(problems=["the chooser that was written down is incomplete or damaged"]) from error


_READERS: Mapping[str, Callable[[Mapping[str, Any]], SlotChoice]] = {
    "earliest": lambda data: earliest(spread=data.get("spread", 1)),
    "at": lambda data: at(from_milliseconds(data["start"])),
    "nearest": lambda data: nearest(from_milliseconds(data["start"])),
    "between": lambda data: between(
        time.fromisoformat(data["first"]),
        time.fromisoformat(data["last"]),
        timezone=data["timezone"],
        weekdays=data["weekdays"],
    ),
    "on": lambda data: on(date.fromisoformat(data["day"]), timezone=data["timezone"]),
    "all_of": lambda data: all_of(*map(_read_function, data["choosers"])),
    "first_of": lambda data: first_of(*map(_read_function, data["choosers"])),
    "slot": lambda data: Slot(start_milliseconds=data["start"], end_milliseconds=data["end"]),
}


def _read_function(data: Mapping[str, Any]) -> Chooser:
    found = read_chooser(data)
    if isinstance(found, (Slot, datetime)):
        raise TypeError("a slot is not a chooser")
    return found


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
