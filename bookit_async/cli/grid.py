"""Open slots as a grid for a terminal: a column a day, a row a time of day; as many days beside each other as fit."""

from collections.abc import Iterator
from datetime import date, time

from ..views.offers import Offer
from .output import Output

_CELL = 12
"""Columns of a day, the space behind it included: five of them and the times fit into 80."""
_CLOCKS = 7


def grid(offer: Offer, zone: str, output: Output) -> Iterator[str]:
    """Yield the lines of the grid, as many days beside each other as the terminal is wide."""
    days = {day: {one.start.time(): one for one in slots} for day, slots in offer.days(zone).items()}
    side_by_side = max(1, (output.width - _CLOCKS) // _CELL)
    for first in range(0, len(days), side_by_side):
        some = [*days][first : first + side_by_side]
        if first:
            yield ""
        yield output.strong((" " * _CLOCKS + "".join(_head(day) for day in some)).rstrip())
        for clock in sorted({clock for day in some for clock in days[day]}):
            marks = [_mark(clock, clock in days[day], output) for day in some]
            yield f"{clock:%H:%M}  {''.join(marks)}".rstrip()


def _head(day: date) -> str:
    return f"{day:%a %d %b}".ljust(_CELL)


def _mark(clock: time, is_open: bool, output: Output) -> str:  # noqa: FBT001 - a cell
    return f"{clock:%H:%M}".ljust(_CELL) if is_open else output.faint("·") + " " * (_CELL - 1)
