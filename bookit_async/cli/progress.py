"""How far a long command is, on stderr: a bar on a terminal, else a line now and then."""

import os
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from .output import Output

EVERY = 10.0
"""Seconds between two lines where there is no terminal."""
_SPAN = 30.0
"""Seconds over which the rate is taken."""
_HOUR = 3600


class Pace:
    """How many are over in a second, by what was over in the last half minute."""

    def __init__(self, now: float) -> None:
        self._seen = deque([(now, 0)])

    def rate(self, now: float, done: int) -> float | None:
        """Return the rate; None before there is one."""
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _SPAN:
            self._seen.popleft()
        since, before = self._seen[0]
        return (done - before) / (now - since) if now > since and done > before else None


def said(counts: Mapping[str, int], total: int, rate: float | None) -> str:
    """Return how far it is: counts by kind, the rate, and the time that is left."""
    done = sum(counts.values())
    parts = [f"{done} of {total}", *(f"{count} {kind}" for kind, count in counts.items() if count)]
    if rate is not None:
        left = round((total - done) / rate)
        hours, minutes = divmod(left // 60, 60)
        clock = f"{hours}:{minutes:02}:{left % 60:02}" if left >= _HOUR else f"{minutes}:{left % 60:02}"
        parts += [f"{rate:.1f}/s", f"{clock} left"]
    return ", ".join(parts)


class Progress:
    """Tells how far it is.

    Args:
        output: Says what is to be quiet or plain.
        total: How many there are.
        kinds: What each can come to, in the order in which it is told.
        clock: Gives seconds.
    """

    def __init__(
        self, output: Output, total: int, *, kinds: tuple[str, ...], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.counts = Counter[str](dict.fromkeys(kinds, 0))
        self._output = output
        self._total = total
        self._clock = clock
        self._pace = Pace(clock())
        self._told_at = clock()
        self._stack = ExitStack()
        self._bar: Callable[[int, str], None] | None = None
        self._say: Callable[[str], None] = output.note

    def __enter__(self) -> Self:
        output = self._output
        rows_between = output.as_json and sys.stdout.isatty()
        quiet = output.quiet or output.plain or rows_between or os.environ.get("TERM") == "dumb"
        if sys.stderr.isatty() and not quiet:
            self._open_bar()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stack.close()

    def add(self, kind: str) -> None:
        """Count one that is over."""
        self.counts[kind] += 1
        now, done = self._clock(), self.counts.total()
        if self._bar is not None:
            self._bar(done, said(self.counts, self._total, self._pace.rate(now, done)))
        elif now - self._told_at >= EVERY:
            self._told_at = now
            self._say(said(self.counts, self._total, self._pace.rate(now, done)))

    def say(self, line: str) -> None:
        """Say something, above the bar."""
        self._say(line)

    def _open_bar(self) -> None:
        from rich.console import Console  # loads slowly, and few need it
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        console = Console(file=sys.stderr, highlight=False, markup=False)
        columns = (BarColumn(bar_width=20, complete_style="green"), TextColumn("{task.description}", markup=False))
        bar = self._stack.enter_context(Bar(*columns, console=console, redirect_stdout=False, redirect_stderr=False))
        task = bar.add_task(said(self.counts, self._total, None), total=self._total)
        self._bar = lambda done, text: bar.update(task, completed=done, description=text)
        self._say = console.print
