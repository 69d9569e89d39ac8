"""Thousands of bookings through a network that fails in every way, and what is left of them.

`make chaos` runs the long version; `python -m tests.chaos.run --help` tells the options.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from rich.console import Console
from rich.table import Table

from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.fault_proxy import FaultProxy
from bookit_async.sandbox.faults import FaultPlan

from .orders import Order, Report, Tally, orders, tally
from .ours import Ours
from .world import world

STALL_SECONDS = 1.4
MOST_UNKNOWN = 0.002
MOST_REFUSED = 0.02


class Placer(Protocol):
    """Something that places orders."""

    name: str

    async def place(self, order: Order) -> Report: ...

    async def settle(self) -> list[Report]: ...

    async def close(self) -> None: ...


Maker = Callable[..., Placer]


async def run(make: Maker, *, count: int, concurrency: int, rate: float, seed: int) -> tuple[Tally, float]:
    """Give the tally of one run, and its seconds."""
    playing = world(count)
    desks = sum(link.link_id.startswith("single") for link in playing.links)
    async with (
        Sandbox(playing, seed=seed) as sandbox,
        FaultProxy(sandbox.url, FaultPlan.of_every_kind(rate=rate, seed=seed), stall_seconds=STALL_SECONDS) as proxy,
    ):
        placer = make(proxy.url, sandbox.api_key, connections=concurrency)
        gate = asyncio.Semaphore(concurrency)

        async def place(order: Order) -> Report:
            async with gate:
                return await placer.place(order)

        began = time.monotonic()
        reports = await asyncio.gather(*(place(one) for one in orders(count, desks=desks, seed=seed)))
        seconds = time.monotonic() - began
        proxy.plan = FaultPlan()
        settled = await placer.settle()
        await placer.close()
        return tally(reports, settled, sandbox.meetings), seconds


def failures(found: Tally) -> list[str]:
    """Give a sentence for each promise that a run of ours broke."""
    broken = [f"{getattr(found, name)} {name}" for name in ("duplicates", "lost", "surprises") if getattr(found, name)]
    if found.unknown > MOST_UNKNOWN * found.asked:
        broken.append(f"{found.unknown} unknown of {found.asked}")
    if found.refused > MOST_REFUSED * found.asked:
        broken.append(f"{found.refused} refused of {found.asked}")
    if found.settled != found.unknown:
        broken.append(f"only {found.settled} of {found.unknown} unknown were settled rightly")
    return broken


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print the table; give 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.run", description=__doc__)
    parser.add_argument("--bookings", type=int, default=10_000)
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--rate", type=float, default=0.3, help="share of the requests that are spoiled")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--peers", action="store_true", help="also what people use today; see tests/chaos/peers.py")
    options = parser.parse_args(arguments)
    makers: list[Maker] = [Ours]
    if options.peers:
        from .peers import Stainless, Stock

        makers += [Stock, Stainless]
    columns = ("asked", "booked", "recovered", "refused", "unknown", "settled", "duplicates", "lost")
    table = Table("", "seed", *columns, "time", title=f"{options.rate:.0%} of the requests fail, in every way")
    broken: list[str] = []
    for seed in options.seeds:
        for make in makers:
            found, seconds = asyncio.run(
                run(make, count=options.bookings, concurrency=options.concurrency, rate=options.rate, seed=seed)
            )
            name = str(getattr(make, "name", make))
            print(f"{name}, seed {seed}: {found.duplicates} duplicates, {seconds:.0f} s", file=sys.stderr, flush=True)
            table.add_row(name, str(seed), *(f"{getattr(found, one):,}" for one in columns), f"{seconds:.0f} s")
            if make is Ours:
                broken += [f"seed {seed}: {one}" for one in failures(found)]
    console = Console(width=120)
    console.print(table)
    for one in broken:
        console.print(f"[red]Broken:[/red] {one}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
