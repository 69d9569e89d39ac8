"""What is printed: data on stdout, all else on stderr; for people, as lines with tabs, or as JSON."""

import json
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from .failures import Told

_WIDTH = 80


class Output:
    """Prints in the form that was asked for. A pipe that nobody reads any more is no error, and ends nothing."""

    def __init__(self, *, as_json: bool = False, plain: bool = False, quiet: bool = False) -> None:
        self.as_json = as_json
        self.plain = plain
        self.quiet = quiet
        self.lines = False
        """Whether JSON is a line for each record, an error's too."""
        self.closed = False
        """Whether nobody reads what is printed any more."""
        self._out, self._err = sys.stdout, sys.stderr
        terminal = self._out.isatty() and os.environ.get("TERM") != "dumb"
        self.coloured = terminal and not plain and not os.environ.get("NO_COLOR")

    @property
    def width(self) -> int:
        """Return how many columns there are."""
        return max(20, shutil.get_terminal_size((_WIDTH, 24)).columns)

    def show(
        self, document: dict[str, Any], *, text: Iterable[str], rows: Iterable[Sequence[object]] | None = None
    ) -> None:
        """Print the data of a command: a document, lines for people, or plain rows."""
        if self.as_json:
            self.print(json.dumps(document, indent=2, ensure_ascii=False))
        elif self.plain and rows is not None:
            for row in rows:
                self.print("\t".join("" if one is None else printable(str(one)) for one in row))
        else:
            for line in text:
                self.print(line)

    def record(self, data: dict[str, Any]) -> None:
        """Print one of several records as a JSON line, at once."""
        self.print(json.dumps(data, ensure_ascii=False), flush=True)

    def print(self, line: str, *, flush: bool = False) -> None:
        """Print a line of data."""
        if not self.closed:
            try:
                self._out.write(f"{line}\n")
                if flush:
                    self._out.flush()
            except BrokenPipeError:
                self._give_up()

    def note(self, line: str) -> None:
        """Say something to the person, unless it is to be quiet."""
        if not self.quiet:
            self.warn(line)

    def warn(self, line: str) -> None:
        """Say something in any case."""
        _write(self._err, f"{line}\n")

    def ask(self, question: str) -> str:
        """Return what the person answers on the terminal."""
        self.flush()
        _write(self._err, question)
        return sys.stdin.readline().strip()

    def error(self, told: "Told") -> None:
        """Tell an error: as the document, or to the person."""
        if self.as_json:
            self.print(json.dumps(told.document(), indent=None if self.lines else 2, ensure_ascii=False))
        else:
            self.flush()
            for line in told.lines():
                self.warn(printable(line))

    def strong(self, text: str) -> str:
        """Return a text that stands out, where there are colours."""
        return f"\x1b[1m{text}\x1b[0m" if self.coloured else text

    def faint(self, text: str) -> str:
        """Return a text that stands back."""
        return f"\x1b[2m{text}\x1b[0m" if self.coloured else text

    def flush(self) -> None:
        """Have everything printed."""
        if not self.closed:
            try:
                self._out.flush()
            except BrokenPipeError:
                self._give_up()

    def _give_up(self) -> None:
        """Print no more, and have Python find nothing to print when it ends."""
        self.closed = True
        try:
            nothing = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nothing, self._out.fileno())
        except (OSError, ValueError):  # a stream of a test, say, that has no file
            return
        os.close(nothing)


def printable(text: str) -> str:
    """Return a text without what a terminal would obey: titles and names come from anywhere."""
    return "".join(one if one.isprintable() else " " for one in text)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines whose columns stand below each other."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))] if rows else []
    return ["  ".join(one.ljust(width) for one, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _write(stream: TextIO, text: str) -> None:
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        return
