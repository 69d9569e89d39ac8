"""Measure, print what was found, and write `RESULTS.md` and `results.json`; `python -m benchmarks --help`."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from . import environment, report
from .contest import Finding
from .measures import CLOCK

ROWS = (
    "calls",
    "chain",
    "reading",
    "growth",
    "memory",
    "imports",
    "pipeline",
    "sandbox_speed",
    "router",
    "round_trips",
    "durable",
)
TURNS, SHORT_TURNS = 15, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the rows; give 1 if a target was missed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "rows", nargs="*", metavar="row", choices=(*ROWS, []), help=f"of {', '.join(ROWS)}; all if none"
    )
    parser.add_argument("--turns", type=int, default=TURNS)
    parser.add_argument("--short", action="store_true", help="few turns, to see that it works")
    parser.add_argument(
        "--processor",
        action="store_true",
        help="count the seconds of a contestant's own processor time: for a busy machine, and blind to waiting",
    )
    options = parser.parse_args(arguments)
    os.environ[CLOCK] = "processor" if options.processor else "wall"
    environment.make_ready()
    machine = environment.machine() | {"seconds by": os.environ[CLOCK]}
    print(report.about(machine), flush=True)
    found: dict[str, list[Finding]] = {}
    for row in options.rows or ROWS:
        run = importlib.import_module(f"benchmarks.{row}").run
        found[row] = run(turns=SHORT_TURNS if options.short else options.turns)
        print("\n".join(report.line(one) for one in found[row]), flush=True)
    if not options.rows and not options.short:
        report.write(found, machine)
    return int(any(one.met is False for findings in found.values() for one in findings))


if __name__ == "__main__":
    sys.exit(main())
