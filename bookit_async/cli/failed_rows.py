"""The rows of a file that came to no meeting, or are open, as a file to be corrected and given again."""

import csv
import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from .failures import Failure
from .journals import private_file
from .row_outcomes import Came
from .rows import CAME, WHY, Row

_JSON = (".jsonl", ".ndjson")


class FailedRows:
    """Writes rows, each with what it came to and why: as JSON lines, or as CSV with a head."""

    def __init__(self, file: TextIO | None, *, names: Iterable[str], as_json: bool) -> None:
        self._file = file
        self._as_json = as_json
        self._names = [*(one for one in names if one not in (CAME, WHY)), CAME, WHY]
        self._writer = None if file is None or as_json else csv.writer(file)
        if self._writer is not None:
            self._writer.writerow(self._names)

    def add(self, row: Row, came: Came) -> None:
        """Write a row, at once."""
        if self._file is None:
            return
        values = {**row.values, CAME: came.outcome, WHY: came.reason}
        if self._writer is None:
            self._file.write(json.dumps(values, ensure_ascii=False) + "\n")
        else:
            self._writer.writerow([_cell(values.get(name)) for name in self._names])
        self._file.flush()


def _cell(value: object) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))  # pyright: ignore[reportUnknownArgumentType] - guests
    return "" if value is None else str(value)


def check_place(path: str | None, source: str) -> None:
    """Look that the rows that failed do not go over the file that they are read from."""
    if path is not None and source != "-" and Path(path).exists() and Path(path).samefile(source):
        raise Failure("--failed names the file that is read", advice="Give another one: rows would be lost.")


@contextmanager
def failed_rows(path: str | None, names: Iterable[str]) -> Generator[FailedRows]:
    """Open what writes the rows to a file, for nobody else to read; None writes nothing."""
    if path is None:
        yield FailedRows(None, names=(), as_json=False)
        return
    private_file(Path(path))
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        yield FailedRows(file, names=names, as_json=path.endswith(_JSON))
