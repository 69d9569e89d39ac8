"""Contestants beside each other: each in its own process, one at a time, turn by turn, and the ratios of each turn."""

import json
import os
import subprocess
import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from attrs import field, frozen

from .environment import PYTHON, STOCK
from .measures import CLOCK

ROOT = Path(__file__).parent.parent


@frozen(kw_only=True)
class Contestant:
    """Something that is measured."""

    name: str
    source: str
    """The generator that measures it, `module:function` below `benchmarks`."""
    arguments: Mapping[str, Any] = field(factory=dict[str, Any])


@frozen(kw_only=True)
class Finding:
    """A ratio, or another figure, and what it should be."""

    what: str
    """What was measured, in a few words."""
    beside: str
    """What it was held against, and what that does."""
    values: tuple[float, ...]
    """One for each turn."""
    at_least: float | None = None
    at_most: float | None = None
    short_of_it: str = ""
    """Why, should the target be missed; empty where nobody knows of a reason that it should."""

    @property
    def median(self) -> float:
        """The middle one of the values."""
        return median(self.values)

    @property
    def spread(self) -> tuple[float, float]:
        """The first and the third quartile."""
        if len(self.values) == 1:
            return self.values[0], self.values[0]
        first, _, third = quantiles(self.values, n=4, method="inclusive")
        return first, third

    @property
    def target(self) -> str:
        """The target in words; empty for a figure without one."""
        if self.at_least is not None:
            return f"at least {self.at_least:g}"
        return "" if self.at_most is None else f"at most {self.at_most:g}"

    @property
    def met(self) -> bool | None:
        """Whether the median meets the target; None without one."""
        if self.at_least is not None:
            return self.median >= self.at_least
        return None if self.at_most is None else self.median <= self.at_most


Turns = Mapping[str, Sequence[float]]
"""The measures by contestant, one a turn."""


def ratios(turns: Turns, one: str, other: str) -> tuple[float, ...]:
    """Return the one contestant's measure divided by the other's, turn by turn."""
    return tuple(mine / theirs for mine, theirs in zip(turns[one], turns[other], strict=True))


def race(contestants: Sequence[Contestant], *, turns: int, warm_up: int = 2) -> Turns:
    """Return the measures of so many turns, after a warm-up that is not told. Every other turn runs backwards."""
    with ExitStack() as stack:
        asks = {one.name: stack.enter_context(_process(one)) for one in contestants}
        measures: dict[str, list[float]] = {name: [] for name in asks}
        for turn in range(warm_up + turns):
            for name in list(asks) if turn % 2 else reversed(asks):
                measures[name].append(next(asks[name]))
    return {name: found[warm_up:] for name, found in measures.items()}


@contextmanager
def serving() -> Generator[str]:
    """Return the URL of a server in a process of its own."""
    with started("benchmarks.server") as process:
        assert process.stdout
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"


@contextmanager
def _process(contestant: Contestant) -> Generator[Iterator[float]]:
    arguments = json.dumps(dict(contestant.arguments))
    with started("benchmarks.worker", f"benchmarks.{contestant.source}", arguments) as process:
        yield _measures(contestant.name, process)


def _measures(name: str, process: "subprocess.Popen[str]") -> Iterator[float]:
    assert process.stdin
    assert process.stdout
    while True:
        process.stdin.write("\n")
        process.stdin.flush()
        line = process.stdout.readline()
        if not line:
            sys.exit(f"{name} broke off")
        yield float(json.loads(line))


@contextmanager
def started(module: str, *arguments: str, python: Path = PYTHON) -> "Generator[subprocess.Popen[str]]":
    """Return a module at work in a process of its own, which ends when its input does."""
    command = [str(python), "-m", module, *arguments]
    environment = {"PYTHONPATH": str(STOCK), CLOCK: os.environ.get(CLOCK, "wall")}
    with subprocess.Popen(  # noqa: S603 - our own command line
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
    ) as process:
        yield process
        assert process.stdin
        process.stdin.close()
