"""Rows of a file that is to be booked: CSV or JSON lines, one at a time, each with all that is wrong with it."""

import csv
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TextIO

from attrs import field, frozen

from ..times import zone_problem
from ..views.forms import FormField, fill, guests_problem
from ..views.inputs import LOG_ID, TriggerInputs, bare_address, read_prospect
from .failures import Failure
from .words import as_flag

KEY, ZONE, GUESTS = "key", "zone", "guests"
"""Columns that are not the prospect's: what tells the row from others, the prospect's zone, addresses to invite."""
CAME, WHY = "bookit_outcome", "bookit_reason"
"""Columns that `bulk run` adds to the rows that it gives back: nothing is read from them."""
_RESERVED = (KEY, ZONE, GUESTS, CAME, WHY)
_LONGEST_KEY = 180
_SEPARATORS = ",;\t"


@frozen(kw_only=True)
class Row:
    """One row: where it stands, and what it holds by column."""

    number: int
    """From 1 on, without the head."""
    line: int
    """The line of the file at which it ends."""
    values: Mapping[str, Any] = field(repr=False)
    problems: tuple[str, ...] = ()
    """Why it cannot be read whole."""

    @property
    def key(self) -> str | None:
        """Return what the person tells it from others by; None when that is the row itself."""
        value = self.values.get(KEY)
        return None if value in (None, "") else str(value)

    @property
    def mark(self) -> bytes:
        """Return what is the same of two rows that are one booking: the key, or else all of the row."""
        own = [(name, value) for name, value in self.values.items() if name not in (CAME, WHY)]
        told = [self.key] if self.key is not None else sorted(own, key=lambda one: one[0])
        return hashlib.sha256(json.dumps(told).encode()).digest()


def read_rows(file: TextIO) -> Iterator[Row]:
    """Yield the rows of a file; Failure for one without a head. It is JSON lines when it begins with {, else CSV."""
    first = file.readline()
    while first and not first.strip("\ufeff \t\r\n"):
        first = file.readline()
    first = first.lstrip("\ufeff")
    return _of_json(first, file) if first.lstrip().startswith("{") else _of_csv(first, file)


def _of_json(first: str, file: TextIO) -> Iterator[Row]:
    number = 0
    for line, text in enumerate(_lines(first, file), 1):
        if text.strip():
            number += 1
            try:
                data: Any = json.loads(text)
            except ValueError:
                data = None
            told = () if isinstance(data, dict) else ("this must be a JSON object",)
            yield Row(number=number, line=line, values=data if isinstance(data, dict) else {}, problems=told)  # pyright: ignore[reportUnknownArgumentType] - its keys are text


def _of_csv(first: str, file: TextIO) -> Iterator[Row]:
    separator = max(_SEPARATORS, key=first.count)
    reader = csv.reader(_lines(first, file), delimiter=separator, strict=True)
    number = 0
    names: list[str] = []
    try:
        names = [one.strip() for one in next(reader, list[str]())]
        doubles = sorted({one for one in names if names.count(one) > 1})
        if not any(names) or doubles:
            why = f"has the column {doubles[0]!r} twice" if doubles else "has no head with the names of its columns"
            raise Failure(f"the file {why}")
        for cells in reader:
            if any(one.strip() for one in cells):
                number += 1
                told = () if len(cells) == len(names) else (f"it has {len(cells)} cells, and the head {len(names)}",)
                values = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name}
                yield Row(number=number, line=reader.line_num, values=values, problems=told)
    except csv.Error as error:
        yield Row(number=number + 1, line=reader.line_num, values={}, problems=(f"the file ends here: {error}",))


def _lines(first: str, file: TextIO) -> Iterator[str]:
    yield first
    yield from file


@frozen(kw_only=True)
class Wants:
    """What rows are held against: the inputs of a trigger node, or the form of a link."""

    inputs: TriggerInputs | None
    form: Sequence[FormField]
    zone: str

    @property
    def columns(self) -> Sequence[str]:
        """Return the columns that a file may have."""
        own = [one.name for one in self.inputs.inputs] if self.inputs else [one.name for one in self.form]
        return [*own, *_RESERVED, *([LOG_ID] if self.inputs else [])]

    def unknown(self, row: Row) -> list[str]:
        """Return the columns of a row that are none."""
        return [name for name in row.values if name not in self.columns]

    def problems(self, row: Row) -> Iterator[str]:
        """Yield a sentence for all that is wrong with a row."""
        yield from row.problems
        data = self.data(row)
        yield from _zone_told(str(row.values.get(ZONE) or self.zone))
        yield from guests_problem(guests_of(row))
        if row.key is not None and "@" in row.key:
            yield "the key must not be an address: it is stored as it is"
        if row.key is not None and not (len(row.key) <= _LONGEST_KEY and row.key.isprintable()):
            yield f"the key must be {_LONGEST_KEY} printable characters at most"
        if self.inputs is not None:
            plain, bad = read_prospect(data)
            yield from bad
            yield from self.inputs.differences({name: one for name, one in plain.items() if name in self.columns})
            yield from bare_address(plain, strictly=True)
        else:
            filled = fill(self.form, prefill={}, prospect={}, answers=data, guests=())
            yield from filled.problems

    def data(self, row: Row) -> dict[str, Any]:
        """Return what of a row is the prospect's: inputs with words for yes and no as such, or answers."""
        known = [one for one in self.columns if one not in _RESERVED]
        flags = [one.name for one in self.inputs.inputs if one.type == "BOOLEAN"] if self.inputs else []
        data = {name: row.values[name] for name in known if row.values.get(name) not in (None, "")}
        return {name: as_flag(value) if name in flags else value for name, value in data.items()}


@lru_cache(maxsize=1000)
def _zone_told(zone: str) -> tuple[str, ...]:
    return tuple(zone_problem(zone))


def guests_of(row: Row) -> Any:
    """Return the addresses to invite: of text with spaces, commas or semicolons in between a list, else as given."""
    given: Any = row.values.get(GUESTS) or list[str]()
    if isinstance(given, str):
        return given.replace(",", " ").replace(";", " ").split()
    return given
