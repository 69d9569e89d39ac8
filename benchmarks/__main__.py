"""Measure, print what was found, and put it into `RESULTS.md` and `results.json`; `python -m benchmarks --help`."""

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
    "watched",
    "durable",
    "booking_page",
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
    missed = False
    for row in options.rows or ROWS:
        run = importlib.import_module(f"benchmarks.{row}").run
        found: list[Finding] = run(turns=SHORT_TURNS if options.short else options.turns)
        print("\n".join(report.line(one) for one in found), flush=True)
        if options.turns >= TURNS and not options.short:
            report.keep(row, found, machine, rows=ROWS)
        missed |= any(one.met is False for one in found)
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
