"""The functions that choose among an offer's slots.

A chooser takes the slots of an offer and gives those that will do, the best first. Any function will do; those here are
pure and look at nothing but the slots.
"""

import inspect
from collections.abc import Callable, Coroutine, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from functools import partial
from random import sample
from typing import Any, Protocol, TypeAlias, cast
from zoneinfo import ZoneInfo

from attrs import frozen

from ..errors import InvalidInputError, refuse
from ..scalars import plain_or_same
from ..times import (
    Zone,
    from_milliseconds,
    is_aware,
    naive_problem,
    plain_datetime,
    to_milliseconds,
    zone_name,
    zone_problem,
)
from ..version import PACKAGE
from .records import read_slot
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

_Made: TypeAlias = tuple[Callable[..., WrittenChooser], tuple[Any, ...]]
"""What a pickle names: the public function that makes a chooser, for the classes below and this file are private."""


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

    def __reduce__(self) -> _Made:
        return partial(earliest, spread=self.spread), ()


@frozen
class _At:
    start: int

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        return [slot for slot in _in_order(slots) if slot.start_milliseconds == self.start]

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "at", "start": self.start}

    def __reduce__(self) -> _Made:
        return at, (from_milliseconds(self.start),)


@frozen
class _Nearest:
    start: int

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        return sorted(_in_order(slots), key=lambda slot: abs(slot.start_milliseconds - self.start))

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "nearest", "start": self.start}

    def __reduce__(self) -> _Made:
        return nearest, (from_milliseconds(self.start),)


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

    def __reduce__(self) -> _Made:
        days = sorted(self.weekdays)
        return partial(between, self.first, self.last, timezone=self.timezone, weekdays=days), ()


@frozen
class _On:
    day: date
    timezone: str

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        zone = ZoneInfo(self.timezone)
        return [slot for slot in _in_order(slots) if slot.start.astimezone(zone).date() == self.day]

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "on", "day": self.day.isoformat(), "timezone": self.timezone}

    def __reduce__(self) -> _Made:
        return partial(on, self.day, timezone=self.timezone), ()


@frozen
class _AllOf:
    choosers: tuple[Chooser, ...]

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        first, *others = self.choosers
        wanted = [set(_given(other, slots)) for other in others]
        return [slot for slot in _given(first, slots) if all(slot in others for others in wanted)]

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "all_of", "choosers": [write_chooser(one) for one in self.choosers]}

    def __reduce__(self) -> _Made:
        return all_of, self.choosers


@frozen
class _FirstOf:
    choosers: tuple[Chooser, ...]

    def __call__(self, slots: Sequence[Slot], /) -> Sequence[Slot]:
        return list(dict.fromkeys(slot for chooser in self.choosers for slot in _given(chooser, slots)))

    def to_dict(self) -> dict[str, Any]:
        return {"chooser": "first_of", "choosers": [write_chooser(one) for one in self.choosers]}

    def __reduce__(self) -> _Made:
        return first_of, self.choosers


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
    refuse(naive_problem("start", start))
    return _At(to_milliseconds(start))


def nearest(start: datetime) -> WrittenChooser:
    """Prefer slots by how close they start to this instant, an aware datetime; of two equally close the earlier one.

    InvalidInputError for a naive datetime.
    """
    refuse(naive_problem("start", start))
    return _Nearest(to_milliseconds(start))


def between(first: time, last: time, *, timezone: Zone, weekdays: Iterable[int] | None = None) -> WrittenChooser:
    """Prefer, earliest first, the slots that start at or after *first* and before *last* on the clock of *timezone*.

    Args:
        first: Naive local time of day. Later than *last* means a range over midnight.
        last: Naive local time of day; equal to *first* means the whole day.
        timezone: IANA time zone name; InvalidInputError if unknown.
        weekdays: Local days on which a slot may start, Monday 0 to Sunday 6; None for every day.
    """
    days = _weekdays(range(7) if weekdays is None else weekdays)
    problems = [*zone_problem(timezone), *_clock_problem("first", first), *_clock_problem("last", last)]
    if days is None:
        hint = "numbers from 0, Monday, to 6, Sunday, such as [0, 2], or None for every day"
        problems.append(f"weekdays must be a list of {hint}")
    refuse(problems)
    return _Between(_clock(first), _clock(last), zone_name(timezone), days or frozenset())


def on(day: date, *, timezone: Zone) -> WrittenChooser:
    """Prefer, earliest first, the slots that start on this calendar day of an IANA time zone.

    Of an aware datetime the day is taken that it is in that zone, of a naive one its own.
    """
    problems = [*zone_problem(timezone)]
    if not isinstance(day, date):  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        hint = ": date.fromisoformat(...) reads text" if isinstance(day, str) else ", such as date(2025, 5, 6)"
        problems.append(f"day must be a date{hint}")
    elif isinstance(day, datetime):
        problems += _without_naive(naive_problem("day", day))
    refuse(problems)
    if isinstance(day, datetime):
        instant = plain_datetime(day)
        day = instant.astimezone(ZoneInfo(zone_name(timezone))) if is_aware(instant) else instant
    return _On(date(day.year, day.month, day.day), zone_name(timezone))


def all_of(first: Chooser, *others: Chooser) -> WrittenChooser:
    """Want the slots that every one of the choosers wants, in the order of the first."""
    refuse(_chooser_problems((first, *others)))
    return _AllOf((first, *others))


def first_of(*choosers: Chooser) -> WrittenChooser:
    """Prefer what the first chooser wants, then what the second does, and so on, each slot once; of none, nothing."""
    refuse(_chooser_problems(choosers))
    return _FirstOf(choosers)


def _clock_problem(name: str, clock: object) -> Iterator[str]:
    if isinstance(clock, time):
        if clock.tzinfo is not None:
            yield f"{name} must be a time of day on the clock of timezone: leave its tzinfo out"
        return
    hint = "such as time(9, 30)"
    if isinstance(clock, str):
        hint = "not text: time.fromisoformat(...) reads it"
    elif isinstance(clock, datetime):
        hint = "not a datetime: give its .time()"
    yield f"{name} must be a datetime.time, {hint}"


def _clock(clock: time) -> time:
    return time(clock.hour, clock.minute, clock.second, clock.microsecond)


def _weekdays(given: object) -> frozenset[int] | None:
    """Return the days that were given, None if one of them is none."""
    if not isinstance(given, Iterable):
        return None
    days = [plain_or_same(one) for one in given]  # pyright: ignore[reportUnknownVariableType]
    return frozenset(days) if all(type(day) is int and 0 <= day < 7 for day in days) else None


def _without_naive(problems: Iterable[str]) -> Iterator[str]:
    """Yield all problems of a datetime but that it is naive."""
    return (problem for problem in problems if "is a naive datetime" not in problem)


def _chooser_problems(choosers: Iterable[object]) -> Iterator[str]:
    for index, chooser in enumerate(choosers):
        if isinstance(chooser, (datetime, Slot)):
            yield f"chooser {index + 1} must be a function: use at(...) for a certain start"
        else:
            yield from _function_problem(f"chooser {index + 1}", chooser)


def write_chooser(choice: SlotChoice) -> dict[str, Any]:
    """Return a choice of a slot as JSON values, for `read_chooser`; InvalidInputError for a function of your own."""
    refuse(choice_problem(choice))
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
    known: object = data.get("chooser") if isinstance(data, Mapping) else None  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
    reader = _READERS.get(known) if isinstance(known, str) else None
    if reader is None:
        problem = "this is not a chooser that this version knows: it may be from a newer one"
        raise InvalidInputError(problems=[problem])
    try:
        return reader(data)
    except InvalidInputError:
        raise
    except RecursionError:
        problem = "the chooser that was written down is nested too deeply to be read"
        raise InvalidInputError(problems=[problem]) from None
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InvalidInputError(problems=["the chooser that was written down is incomplete or damaged"]) from error


def _read_slot(data: Mapping[str, Any]) -> Slot:
    """Return the slot that was written down, without hosts where none were."""
    return read_slot({"host_ids": [], **data})


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
    "slot": _read_slot,
}


def _read_function(data: Mapping[str, Any]) -> Chooser:
    found = read_chooser(data)
    if isinstance(found, (Slot, datetime)):
        raise TypeError("a slot is not a chooser")
    return found


def prefer(choice: SlotChoice, slots: Sequence[Slot]) -> Sequence[Slot]:
    """Return the slots that a choice wants, the best first, each as the offer holds it.

    A Slot or datetime that is not among *slots*, or a chooser that gives one that is not, is an InvalidInputError; a
    chooser that finds nothing gives an empty sequence.
    """
    if isinstance(choice, Slot):
        wanted: Sequence[Any] = [choice]
    elif isinstance(choice, datetime):
        wanted = at(choice)(slots)
    else:
        wanted = _given(choice, slots)
    if wanted is slots:
        return slots
    held = slots.held if isinstance(slots, Slots) else {slot: slot for slot in slots}.get
    found = [slot for one in wanted if isinstance(one, Slot) and (slot := held(one)) is not None]
    if len(found) < len(wanted) or (not found and isinstance(choice, datetime)):
        raise InvalidInputError(problems=[_absent(choice, slots)])
    return found


def _given(chooser: Chooser, slots: Sequence[Slot]) -> Sequence[Any]:
    """Return what a chooser gives; InvalidInputError for what cannot be slots."""
    wanted: Any = chooser(slots)
    if isinstance(wanted, Slot):
        return [wanted]
    if isinstance(wanted, Iterable) and not isinstance(wanted, (str, bytes)):
        return wanted if isinstance(wanted, Sequence) else list(wanted)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(wanted, Coroutine):
        wanted.close()
        problem = "the chooser is async: give a plain function, which looks at nothing but the slots"
    elif wanted is None:
        problem = "the chooser gave None: have it return the slots that will do, an empty list for none"
    else:
        problem = f"the chooser gave a value of type {type(wanted).__name__:.80}: have it return the slots that will do"
    raise InvalidInputError(problems=[problem])


def choice_problem(choice: object) -> Iterator[str]:
    """Yield a sentence if *choice* cannot say which slot is wanted, known before any slot is."""
    if isinstance(choice, datetime):
        yield from naive_problem("slot", choice)
    elif not isinstance(choice, Slot):
        yield from _function_problem("slot", choice)


def _function_problem(name: str, choice: object) -> Iterator[str]:
    """Yield a sentence if *choice* is not a function that can be called with the slots."""
    if type(choice) in _OWN:
        return
    if inspect.isfunction(choice) and choice in _MAKERS:
        yield f"{name} must be a chooser, and {choice.__name__} makes one: write {_MAKERS[choice]}"
    elif not callable(choice) or isinstance(choice, type):
        yield f"{name} must be a Slot, an aware datetime or a chooser such as earliest(){_meant(choice)}"
    elif inspect.iscoroutinefunction(choice):
        yield f"{name} must be a plain function, which looks at nothing but the slots: it is async"
    elif not _takes_slots(choice):
        yield f"{name} must be a function that takes one argument, the slots, and returns those that will do"


def _takes_slots(choice: Callable[..., Any]) -> bool:
    try:
        inspect.signature(choice).bind(())
    except TypeError:
        return False
    except ValueError:  # some that are written in C do not tell
        return True
    return True


_MEANT: tuple[tuple[type[Any] | tuple[type[Any], ...], str], ...] = (
    (type(None), ": leave it out for the earliest"),
    (type, ", not a class"),
    (str, ": datetime.fromisoformat(...) reads text"),
    (date, ": on(day, timezone=...) chooses by the day"),
    (time, ": between(first, last, timezone=...) chooses by the time of day"),
    ((int, float), ": offer.slots[...] has slots by their place, at(...) chooses by a start"),
    ((list, tuple), ": give one, or first_of(at(...), at(...))"),
)
"""By types of what cannot be a choice, the call that was probably meant."""


def _meant(choice: object) -> str:
    other = f", and is of type {type(choice).__name__:.80}"
    return next((call for kinds, call in _MEANT if isinstance(choice, kinds)), other)


_OWN = frozenset((_Earliest, _At, _Nearest, _Between, _On, _AllOf, _FirstOf))
"""The kinds of choosers that are made here, which take slots."""
_MAKERS: Mapping[object, str] = {
    earliest: "earliest()",
    at: "at(start)",
    nearest: "nearest(start)",
    between: "between(time(9), time(12), timezone=...)",
    on: "on(day, timezone=...)",
    all_of: "all_of(on(...), between(...))",
    first_of: "first_of(between(...), earliest())",
}
"""Functions that make choosers, and how they are called."""

for _function in (*_MAKERS, read_chooser, write_chooser):
    _function.__module__ = PACKAGE


def _absent(choice: SlotChoice, slots: Sequence[Slot]) -> str:
    if isinstance(choice, Slot):
        start = choice.start_milliseconds
    elif isinstance(choice, datetime):
        start = to_milliseconds(choice)
    else:
        return "the chooser gave a slot that the offer does not hold: give only slots that it was given"
    try:
        when = from_milliseconds(start).isoformat()
    except OverflowError:
        return "no open slot starts at a time that is in no calendar"
    closest = next(iter(_Nearest(start)(slots)), None)
    hint = f"the nearest open one starts at {closest.start.isoformat()}" if closest else "the offer has no slots"
    return f"no open slot starts at {when}: {hint}"
