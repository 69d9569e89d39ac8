"""Thousands of bookings through a network that fails in every way, and what is left of them.

`make chaos` runs the long version; `python -m tests.chaos.run --help` tells the options.
"""

import argparse
import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from typing import Protocol

from attrs import frozen
from rich.console import Console
from rich.table import Table

from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.faults import KINDS, FaultPlan
from bookit_async.sandbox.faults.proxy import FaultProxy

from .orders import MODES, Order, Report, Tally, orders, tally
from .ours import SETTLE, TIMEOUT, Ours, OursOverHttpx
from .world import desks_for, world

STALL_SECONDS = 1.4 * TIMEOUT
LATE_SECONDS = 1.5 * TIMEOUT
"""Long before the settling time is over, as the promise of `settle` supposes."""
SLOWEST_LANDING = 0.75 * SETTLE
"""Seconds: on a machine so busy that something lands later, a run says nothing about the client."""
AT_ONCE_OVER_HTTPX = 25
"""With more, httpx itself takes longer than a request may."""
MOST_UNKNOWN = 0.002
MOST_REFUSED = 0.02


class Placer(Protocol):
    """Something that places orders."""

    name: str

    async def place(self, order: Order) -> Report: ...

    async def settle(self, reports: Sequence[Report]) -> list[Report]: ...

    async def close(self) -> None: ...


Maker = Callable[..., Placer]


@frozen(kw_only=True)
class Run:
    """What came of a run."""

    tally: Tally
    seconds: float
    missing: tuple[str, ...]
    """Modes that booked nothing, and faults that never happened."""
    slowest_landing: float = 0.0
    """Seconds from a lost answer to the end of its late request, the most of all."""


async def run(make: Maker, *, count: int, concurrency: int, rate: float, seed: int) -> Run:
    """Have one client place all orders, settle what it left open, and hold what it told against the meetings."""
    plan = FaultPlan.of_every_kind(rate=rate, seed=seed)
    async with (
        Sandbox(world(count), seed=seed) as sandbox,
        FaultProxy(sandbox.url, plan, stall_seconds=STALL_SECONDS, late_seconds=LATE_SECONDS) as proxy,
    ):
        placer = make(proxy.url, sandbox.api_key, connections=concurrency)
        gate = asyncio.Semaphore(concurrency)

        async def place(order: Order) -> Report:
            async with gate:
                return await impatient(placer, order)

        began = time.monotonic()
        reports = await asyncio.gather(*(place(one) for one in orders(count, desks=desks_for(count), seed=seed)))
        seconds = time.monotonic() - began
        proxy.plan = FaultPlan()
        settled = await placer.settle(reports)
        await proxy.landed()
        await placer.close()
        happened = {(one.kind, one.when) for one in proxy.log}
        missing = [f"{kind} {when}" for kind, whens in KINDS.items() for when in whens if (kind, when) not in happened]
        booked = {report.order.mode for report in reports if report.meeting_id}
        missing += [mode for mode in MODES if mode not in booked]
        return Run(
            tally=tally(reports, settled, sandbox.meetings),
            seconds=seconds,
            missing=tuple(missing),
            slowest_landing=proxy.slowest_landing,
        )


async def impatient(placer: Placer, order: Order) -> Report:
    """Place an order, and cancel the caller when the order's patience is over."""
    caller = asyncio.create_task(placer.place(order))
    await asyncio.wait({caller}, timeout=order.patience)
    caller.cancel()
    await asyncio.wait({caller})
    return Report(order=order, result="cancelled") if caller.cancelled() else caller.result()


def failures(found: Run) -> list[str]:
    """Return a sentence for each promise that a run of ours broke."""
    counted = found.tally
    names = ("duplicates", "lost", "surprises")
    broken = [f"{getattr(counted, name)} {name}" for name in names if getattr(counted, name)]
    if counted.unknown > MOST_UNKNOWN * counted.asked:
        broken.append(f"{counted.unknown} unknown of {counted.asked}")
    if counted.refused > MOST_REFUSED * counted.asked:
        broken.append(f"{counted.refused} refused of {counted.asked}")
    left = counted.unknown + counted.cancelled
    if counted.settled != left:
        broken.append(f"only {counted.settled} of {left} unknown and cancelled were settled rightly")
    if not counted.cancelled:
        broken.append("no caller was cancelled")
    if found.missing:
        broken.append(f"what was to happen did not: {', '.join(found.missing)}")
    if found.slowest_landing > SLOWEST_LANDING:
        broken.append(
            f"a late request landed after {found.slowest_landing:.1f} s, too close to the {SETTLE:g} s of settle: "
            "this machine is too busy, run it again"
        )
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
    at_once = options.concurrency
    makers: list[tuple[Maker, int]] = [(Ours, at_once)]
    if options.peers:
        from .peers import Stainless, Stock

        makers += [(OursOverHttpx, min(AT_ONCE_OVER_HTTPX, at_once)), (Stock, at_once), (Stainless, at_once)]
    columns = ("asked", "booked", "recovered", "refused", "unknown", "cancelled", "settled", "duplicates", "lost")
    table = Table(
        "", "seed", "at once", *columns, "time", title=f"{options.rate:.0%} of the requests fail, in every way"
    )
    broken: list[str] = []
    for seed in options.seeds:
        for make, concurrency in makers:
            if make is OursOverHttpx and seed != options.seeds[0]:
                continue
            found = asyncio.run(
                run(make, count=options.bookings, concurrency=concurrency, rate=options.rate, seed=seed)
            )
            name, counted = str(getattr(make, "name", make)), found.tally
            seconds = f"{found.seconds:.0f} s"
            numbers = [f"{getattr(counted, one):,}" for one in columns]
            said = ", ".join(f"{number} {one}" for number, one in zip(numbers, columns, strict=True))
            print(f"{name}, seed {seed}: {said}, {seconds}", file=sys.stderr, flush=True)
            table.add_row(name, str(seed), str(concurrency), *numbers, seconds)
            if make in (Ours, OursOverHttpx):
                broken += [f"{name}, seed {seed}: {one}" for one in failures(found)]
    console = Console(width=140)
    console.print(table)
    for one in broken:
        console.print(f"[red]Broken:[/red] {one}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
