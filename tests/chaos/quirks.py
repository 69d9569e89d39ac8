"""Bookings, moves and cancels with default settings, a third of them faulted, against a service that is otherwise.

`make chaos` runs it; `python -m tests.chaos.quirks --help` tells the options. Time is that of the event loop, which
skips the waits, so that half a minute of settling takes none; the sockets are real.
"""

import argparse
import asyncio
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal

from attrs import evolve, fields, frozen
from rich.console import Console
from rich.table import Table

from bookit_async import Booked, BookIt, BookItError, Meeting, OutcomeUnknownError, Slot
from bookit_async.sandbox import FaultPlan, FaultProxy, MeetingRecord, Sandbox, World
from bookit_async.sandbox.world import Host, Link, MeetingType, Schedule
from bookit_async.sandbox.world.quirks import OF_STATE, QUIRKS, read_quirks
from tests.clock import run

from .orders import Mode, Order, Report, Tally, tally
from .ours import TIMEZONE, Ours
from .world import DAYS, MEETING, NODE, desks_for, world

MODES: Mapping[str, Mode] = {"single host": "token", "pool": "pool", "link": "link"}
TOGETHER: Sequence[Sequence[str]] = [("addresses_exact", "addresses_lowered"), ("token_reuse", "lagging_witnesses")]
"""Quirks that are worse together than alone."""
MADE_TWICE = "sent_twice"
"""Where the service itself makes two meetings of one sending, nobody can prevent it, and no client is blamed."""
START = datetime(2026, 5, 4, tzinfo=UTC)
LATE_SECONDS = 5.0
"""After the client lost the answer; by default it takes what comes within `settle`, half a minute, for possible."""
BOOKINGS = ("book_meeting", "book_round_robin_meeting")
CHANGES = ("reschedule_meeting", "cancel_meeting")
Change = Literal["move", "cancel"]
CHANGED: Mapping[str, Change] = {"moved": "move", "canceled": "cancel"}
NOT_CHANGED = ("ids_per_prospect",)
"""Quirks under which no meeting can be changed: an id names several."""
CLUTTER = 10
"""Meetings that each prospect has already where the list is cut: as many as the list then tells."""
AT_ONCE = 20


@frozen(kw_only=True)
class Cell:
    """What came of the bookings of one mode."""

    tally: Tally
    faulted: int
    """How many bookings a fault met."""
    made_twice: int = 0
    """How many second meetings the service itself made, of one request."""


async def book_all(quirks: Mapping[str, float], mode: Mode, *, count: int, rate: float, seed: int) -> Cell:
    """Return what came of so many bookings, a share of their requests faulted in every way, before, after and late."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    def now() -> datetime:
        return START + timedelta(seconds=loop.time() - began)

    plan = FaultPlan.of_every_kind(rate=rate, seed=seed, operations=BOOKINGS)
    placed = [_order(number, mode, count) for number in range(count)]
    played = _world(count, placed if "list_is_cut" in quirks else ())
    async with (
        Sandbox(played, quirks=quirks, now=now, seed=seed) as sandbox,
        FaultProxy(sandbox.url, plan, late_seconds=LATE_SECONDS) as proxy,
    ):
        if "list_is_cut" in quirks:
            await _clutter(sandbox, placed)
        before = {meeting.id for meeting in sandbox.meetings}
        placer = Ours(proxy.url, sandbox.api_key, connections=AT_ONCE, clock=loop.time, now=now)
        gate = asyncio.Semaphore(AT_ONCE)

        async def place(order: Order) -> Report:
            async with gate:
                return await placer.place(order)

        reports = await asyncio.gather(*map(place, placed))
        proxy.plan = FaultPlan()
        await proxy.landed()
        settled = await placer.settle(reports)
        await placer.close()
        made: list[MeetingRecord] = [meeting for meeting in sandbox.meetings if meeting.id not in before]
        return Cell(
            tally=tally(reports, settled, made),
            faulted=sum(one.kind is not None for one in proxy.log),
            made_twice=_made_twice(sandbox, placed) if MADE_TWICE in quirks else 0,
        )


def _made_twice(sandbox: Sandbox, placed: Iterable[Order]) -> int:
    """Return how many meetings there are beyond one for each request that was answered with one."""
    made = Counter(meeting.prospect_email for meeting in sandbox.meetings)
    answered = Counter(
        order.email
        for request in sandbox.requests
        if request.operation_id in ("bookMeeting", "bookRoundRobinMeeting") and request.status == 200
        for order in placed
        if f'"{order.email}"'.encode() in request.body
    )
    return sum(max(0, made[order.email] - max(1, answered[order.email])) for order in placed)


async def change_all(quirks: Mapping[str, float], change: Change, *, count: int, rate: float, seed: int) -> Cell:
    """Return what came of so many moves or cancels, a share of their requests faulted; told against what there is."""
    loop = asyncio.get_running_loop()
    began = loop.time()

    def now() -> datetime:
        return START + timedelta(seconds=loop.time() - began)

    counts: Counter[str] = Counter(asked=count)
    async with (
        Sandbox(_world(count, ()), quirks=quirks, now=now, seed=seed) as sandbox,
        FaultProxy(sandbox.url, FaultPlan(), late_seconds=LATE_SECONDS) as proxy,
        BookIt(sandbox.api_key, base_url=proxy.url, clock=loop.time, now=now) as client,
    ):
        booked: list[tuple[Order, str]] = []
        for number in range(count):
            order = _order(number, "token", count)
            found = await client.book(NODE, order.prospect, timezone=TIMEZONE, uid=order.uid)
            assert isinstance(found, Booked)
            booked.append((order, found.meeting_id))
        await asyncio.sleep(60)  # what lags is seen by now
        proxy.plan = FaultPlan.of_every_kind(rate=rate, seed=seed, operations=CHANGES)
        before = {one.prospect_email: one for one in sandbox.meetings}
        told = await asyncio.gather(*(_changed(client, change, meeting_id) for _, meeting_id in booked))
        proxy.plan = FaultPlan()
        await proxy.landed()
        await asyncio.sleep(60)
        for (order, _), outcome in zip(booked, told, strict=True):
            there = [one for one in sandbox.meetings if (one.prospect_email, one.status) in _standing(order)]
            counts += _held(change, outcome, there, before[order.email])
    counted = {one.name: counts[one.name] for one in fields(Tally)}
    return Cell(tally=Tally(**counted), faulted=sum(one.kind is not None for one in proxy.log))


def _standing(order: Order) -> tuple[tuple[str, str], ...]:
    return (order.email, "scheduled"), (order.email, "rescheduled")


async def _changed(client: BookIt, change: Change, meeting_id: str) -> Meeting | BookItError | None:
    """Return what the caller was told: the moved meeting, an error, None for a cancel that is done."""
    try:
        if change == "cancel":
            await client.cancel(meeting_id)
            return None
        moved = await client.reschedule(meeting_id, timezone=TIMEZONE, slot=lambda slots: slots[len(slots) // 2 :])
    except BookItError as error:
        return error
    assert isinstance(moved, Meeting)
    return moved


def _held(
    change: Change, told: Meeting | BookItError | None, there: Sequence[MeetingRecord], before: MeetingRecord
) -> Counter[str]:
    """Return what is to be counted of one change: what was told against the meetings that stand."""
    unmoved = [(one.told_id, one.start) for one in there] == [(before.told_id, before.start)]
    counts = Counter(duplicates=max(0, len(there) - 1))
    if isinstance(told, OutcomeUnknownError):
        counts["unknown"] = 1
    elif isinstance(told, BookItError):
        counts["refused"], counts["surprises"] = 1, not unmoved
    elif change == "cancel":
        counts["booked"], counts["lost"] = 1, bool(there)
    else:
        counts["booked"] = 1
        counts["lost"] = told is None or (told.id, told.start) not in [(one.told_id, one.start) for one in there]
    return counts


def _order(number: int, mode: Mode, count: int) -> Order:
    kind = "pool" if mode == "pool" else "single"
    uid = f"00000000-0000-4000-8000-{number:012d}"
    return Order(number=number, mode=mode, desk=f"{kind}{number % desks_for(count)}", uid=uid, patience=None)


def _world(count: int, cluttered: Iterable[Order]) -> World:
    """Return the world of the chaos run for one day ahead, with a host and a link for each prospect with clutter."""
    plain = world(count)
    hosts = [_own_host(order) for order in cluttered]
    schedules = [Schedule(meeting_type="Clutter", host=host.user_id) for host in hosts]
    links = [Link(link_id=host.user_id, schedule=schedule) for host, schedule in zip(hosts, schedules, strict=True)]
    day = evolve(MEETING, days_ahead=1)
    return evolve(
        plain,
        hosts=(*plain.hosts, *hosts),
        meeting_types=(day, MeetingType(name="Clutter", minutes=5, slot_step=5, days_ahead=1)),
        links=(*plain.links, *links),
    )


def _own_host(order: Order) -> Host:
    name = f"clutter{order.number}"
    hours: dict[str, str] = dict.fromkeys(DAYS, "00:00-24:00")
    return Host(
        user_id=name, first_name=name, last_name="C", email=f"{name}@chaos.example", timezone="UTC", hours=hours
    )


async def _clutter(sandbox: Sandbox, placed: Iterable[Order]) -> None:
    client = BookIt(sandbox.api_key, transport=sandbox.transport)

    def between(slots: Sequence[Slot]) -> Sequence[Slot]:
        """Slots at which no order's meeting begins: two at once are nobody's."""
        return [slot for slot in slots if slot.start.minute % MEETING.slot_step]

    for order in placed:
        for _ in range(CLUTTER):
            link, answers = f"clutter{order.number}", order.answers
            assert isinstance(await client.book_link(link, timezone=TIMEZONE, slot=between, answers=answers), Booked)


def broken(name: str, mode: str, cell: Cell) -> list[str]:
    """Return a sentence for each promise that was broken; an open question is none, and neither is a refusal."""
    counts = {one: getattr(cell.tally, one) for one in ("duplicates", "lost", "surprises")}
    counts["duplicates"] = max(0, counts["duplicates"] - cell.made_twice)
    said = [f"{name}, {mode}: {count} {what}" for what, count in counts.items() if count]
    if not cell.faulted:
        said.append(f"{name}, {mode}: no booking was faulted")
    return said


def quirk_sets(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return the sets of quirks that are played: none, each, and those that are worse together."""
    if wanted := tuple(names):
        return [(one,) for one in wanted]
    return [(), *((one,) for one in OF_STATE), *map(tuple, TOGETHER)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run and print the table; give 1 if a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.quirks", description=__doc__)
    parser.add_argument("--bookings", type=int, default=80, help="of each mode with each quirk")
    parser.add_argument("--changes", type=int, default=30, help="moves and cancels with each quirk")
    parser.add_argument("--rate", type=float, default=0.35, help="share of the bookings' requests that are spoiled")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quirk", action="append", default=[], choices=tuple(QUIRKS), help="only these, one by one")
    options = parser.parse_args(arguments)
    table = Table(
        "quirk", *MODES, *CHANGED, title=f"{options.bookings} bookings each: done, duplicates / lost / unknown"
    )
    wrong: list[str] = []
    for names in quirk_sets(options.quirk):
        name = " + ".join(names) or "(none)"
        row: list[str] = []
        for label, mode in MODES.items():
            cell = run(
                book_all(read_quirks(names).values, mode, count=options.bookings, rate=options.rate, seed=options.seed)
            )
            found = cell.tally
            row.append(
                f"{found.booked + found.recovered}, {found.duplicates} / {found.lost} / {found.unknown - found.settled}"
            )
            wrong += broken(name, label, cell)
        for label, change in CHANGED.items():
            if set(names) & set(NOT_CHANGED):
                row.append("-")
                continue
            cell = run(
                change_all(
                    read_quirks(names).values, change, count=options.changes, rate=options.rate, seed=options.seed
                )
            )
            found = cell.tally
            row.append(f"{found.booked}, {found.duplicates} / {found.lost + found.surprises} / {found.unknown}")
            wrong += broken(name, label, cell)
        table.add_row(name, *row)
        print(f"{name}: {', '.join(row)}", file=sys.stderr, flush=True)
    console = Console(width=120)
    console.print(table)
    for one in wrong:
        console.print(f"[red]Broken:[/red] {one}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
