"""The functions that choose among an offer's slots.

A chooser takes the slots of an offer and gives those that will do, the best first. Any function will do; those here are
pure and look at nothing but the slots.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from typing import TypeAlias, cast
from zoneinfo import ZoneInfo

from ..errors import InvalidInputError
from ..times import local_date, naive_problem, to_milliseconds, zone_problem
from .slots import Slot, Slots

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
