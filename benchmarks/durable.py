"""Durable bookings beside those of the bare client, on a SQLite file and on PostgreSQL; what a worker costs at rest.

And how soon what a killed one was booking is booked.

All of it runs in the environment of the project. One worker books in the process that asks; more are processes of
their own, and this one asks and waits.
"""

import asyncio
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from bookit_async import Booked, BookIt
from bookit_async.durable import Durable
from tests.durable.engine import SECRET
from tests.durable.postgres import Postgres, programs

from .contest import Finding, started
from .pages import ANSWER, API_KEY, NODE, PROSPECT, QUESTION, TIMEZONE

BOOKINGS = 200
AT_ONCE = 50
"""Intents at once of each worker, and calls at once of the bare client."""
FEW_AT_ONCE = 10
"""The same where the workers have no more to do than the cores of a small machine can."""
SLOW = 0.4
"""Seconds that the slow service takes for an answer."""
TURNS = 3
"""At most: each makes some thousand bookings."""
REST = 12.0
"""Seconds after which a worker has found out that there is nothing to do."""
LOST = 8
"""Intents under way when a worker is killed."""
_BUSY = (
    "a booking is three commits of the engine (asked, planned, over), each written through to the disk, and some "
    "twelve statements through SQLAlchemy and threads: ten times the processor time of the bare client's two requests, "
    "on the cores that the service's stand-in, the database and the workers share here"
)
_CORES = (
    "250 bookings a second are more than two cores have time for, on which the workers, the database, who asks and the "
    "service's stand-in are all at work"
)
_RESTLESS = (
    "most of it are the engine's own looks, once a second (its internal queue, the list of queues, workflows that are "
    "delayed or timed out, in the first minute schedules), which no setting of it makes rarer; ours for work are "
    "as few as who waits a second allows"
)
_BOOK: Mapping[str, Any] = {"timezone": TIMEZONE, "answers": {QUESTION: ANSWER}}
_HERE = Path(sys.executable)


async def work(url: str, database: str, at_once: str) -> None:
    """Be a worker until the input ends."""
    async with opened(url, database, at_once=int(at_once)):
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.read)


@asynccontextmanager
async def opened(url: str, database: str, *, at_once: int, worker: bool = True) -> AsyncGenerator[Durable]:
    """Give what books durably, so many intents at once in all workers, or only asks for it."""
    async with (
        BookIt(API_KEY, base_url=url, max_connections=AT_ONCE, timeout=60, deadline=120, token_fence=True) as client,
        Durable(client, database=database, secrets=[SECRET], worker=worker, concurrency=at_once) as durable,
    ):
        yield durable


async def rate(book: Callable[[str], Awaitable[object]], *, bookings: int, at_once: int) -> float:
    """Return bookings a second."""
    ids = (f"intent-{time.monotonic_ns()}-{number}" for number in range(bookings))

    async def some() -> None:
        for one in ids:
            assert isinstance(await book(one), Booked)

    began = time.perf_counter()
    await asyncio.gather(*(some() for _ in range(at_once)))
    return bookings / (time.perf_counter() - began)


async def bare(url: str, *, bookings: int) -> float:
    """Return the bookings a second of `client.book`."""
    async with BookIt(API_KEY, base_url=url, max_connections=AT_ONCE) as client:
        return await rate(lambda _: client.book(NODE, PROSPECT, **_BOOK), bookings=bookings, at_once=AT_ONCE)


async def durable(url: str, database: str, *, workers: int, at_once: int = AT_ONCE, bookings: int = BOOKINGS) -> float:
    """Return the bookings a second of so many workers, each with so many intents at once."""
    with ExitStack() as crew:
        if workers > 1:
            await hired(crew, url, database, workers=workers, at_once=at_once)
        async with opened(url, database, at_once=at_once * workers, worker=workers == 1) as asked:
            return await rate(
                lambda one: asked.book(one, NODE, PROSPECT, **_BOOK), bookings=bookings, at_once=at_once * workers
            )


async def hired(
    crew: ExitStack, url: str, database: str, *, workers: int, at_once: int = AT_ONCE
) -> "list[subprocess.Popen[str]]":
    """Return so many workers, each a process, once they work."""
    arguments = (url, database, str(at_once * workers))
    hands = [crew.enter_context(started("benchmarks.durable", *arguments, python=_HERE)) for _ in range(workers)]
    for one in hands:
        assert one.stdout
        assert await asyncio.to_thread(one.stdout.readline) == "ready\n"
    return hands


async def recovery(url: str, database: str, *, workers: int) -> float:
    """Return the seconds until all is booked that was being sent when a worker was killed.

    They count from the kill, or where it was the only one, from when the next one works; without those that the slow
    service takes for two answers: whether the token is spent, and the booking.
    """
    with ExitStack() as crew:
        hands = await hired(crew, url, database, workers=workers)
        async with opened(url, database, at_once=AT_ONCE * workers, worker=False) as asked:
            ids = [f"lost-{number}" for number in range(LOST)]
            for one in ids:
                await asked.submit(one, NODE, PROSPECT, **_BOOK)
            while {one.state for one in await asked.under_way()} != {"planned"}:  # noqa: ASYNC110 - no event tells
                await asyncio.sleep(0.02)
            hands[0].kill()
            began = time.perf_counter()
            if workers == 1:
                await hired(crew, url, database, workers=1)
                began = time.perf_counter()
            outcomes = [outcome async for _, outcome in asked.results(ids)]
            assert all(isinstance(one, Booked) for one in outcomes)
            return time.perf_counter() - began - 2 * SLOW


async def one_worker_at_rest(url: str, database: str) -> tuple[float, float]:
    """Return the milliseconds that one booking takes more than the bare one, and a core's share at rest."""
    async with AsyncExitStack() as stack:
        asked = await stack.enter_async_context(opened(url, database, at_once=AT_ONCE))
        client = await stack.enter_async_context(BookIt(API_KEY, base_url=url))

        async def seconds(book: Callable[[str], Awaitable[object]]) -> float:
            return median([1 / await rate(book, bookings=1, at_once=1) for _ in range(15)])

        more = await seconds(lambda one: asked.book(one, NODE, PROSPECT, **_BOOK))
        more -= await seconds(lambda _: client.book(NODE, PROSPECT, **_BOOK))
        await asyncio.sleep(REST)
        before = time.process_time()
        await asyncio.sleep(REST)
        return more * 1000, (time.process_time() - before) / REST


def size(file: Path) -> tuple[float, float]:
    """Return the rows and the kilobytes of a booking on a SQLite file."""
    with sqlite3.connect(file) as db:
        names = [name for (name,) in db.execute("select name from sqlite_master where type = 'table'")]
        counted = [db.execute(f"select count(*) from {name!r}").fetchone()[0] for name in names]  # noqa: S608 - its own
        db.execute("pragma wal_checkpoint(truncate)")
    return sum(counted) / BOOKINGS, file.stat().st_size / 1000 / BOOKINGS


def databases(folder: Path, postgres: Postgres | None) -> Iterator[tuple[str, str, int]]:
    """Yield a name, a new database and a number of workers for each way."""
    stamp = time.monotonic_ns()
    yield "SQLite", f"sqlite:///{folder / f'{stamp}.db'}", 1
    if postgres is not None:
        for workers in (1, 2, 4):
            yield "PostgreSQL", postgres.database(f"bench_{stamp}_{workers}"), workers


def run(*, turns: int) -> list[Finding]:
    """Measure all of it, turn by turn."""
    found = programs()
    postgres = None if found is None else Postgres(found, fsync=True)
    try:
        with TemporaryDirectory() as name:
            return asyncio.run(_measured(Path(name), postgres, turns=min(turns, TURNS)))
    finally:
        if postgres is not None:
            postgres.remove()


async def _measured(folder: Path, postgres: Postgres | None, *, turns: int) -> list[Finding]:
    ratios: dict[tuple[str, int], list[float]] = {}
    sizes: list[tuple[float, float]] = []
    at_rest: list[tuple[float, float]] = []
    slow: dict[int, list[float]] = {FEW_AT_ONCE: [], AT_ONCE: []}
    lost: dict[str, list[float]] = {"SQLite": [], "PostgreSQL": []}
    with ExitStack() as servers:
        quick, late = (_serving(servers, *arguments) for arguments in ((), (str(SLOW),)))
        for _ in range(turns):
            alone = await bare(quick, bookings=5 * BOOKINGS)
            for name, database, workers in databases(folder, postgres):
                ratios.setdefault((name, workers), []).append(await durable(quick, database, workers=workers) / alone)
                if name == "SQLite":
                    sizes.append(size(Path(database.removeprefix("sqlite:///"))))
            at_rest.append(await one_worker_at_rest(quick, f"sqlite:///{folder / f'{time.monotonic_ns()}.db'}"))
            stamp = time.monotonic_ns()
            lost["SQLite"].append(await recovery(late, f"sqlite:///{folder / f'{stamp}.db'}", workers=1))
            if postgres is not None:
                lost["PostgreSQL"].append(await recovery(late, postgres.database(f"lost_{stamp}"), workers=2))
                for at_once, values in slow.items():
                    one, four = [await slowly(late, postgres, workers=n, at_once=at_once) for n in (1, 4)]
                    values.append(four / one)
    return _findings(ratios, sizes, at_rest, slow, lost)


async def slowly(url: str, postgres: Postgres, *, workers: int, at_once: int) -> float:
    """Return the bookings a second with a service that takes its time."""
    database, bookings = postgres.database(f"slow_{time.monotonic_ns()}"), max(2 * at_once, 60) * workers
    return await durable(url, database, workers=workers, at_once=at_once, bookings=bookings)


def _serving(servers: ExitStack, *arguments: str) -> str:
    process = servers.enter_context(started("benchmarks.server", *arguments))
    assert process.stdout
    return f"http://127.0.0.1:{int(process.stdout.readline())}"


def _findings(
    ratios: Mapping[tuple[str, int], Sequence[float]],
    sizes: Sequence[tuple[float, float]],
    at_rest: Sequence[tuple[float, float]],
    slow: Mapping[int, Sequence[float]],
    lost: Mapping[str, Sequence[float]],
) -> list[Finding]:
    findings = [
        Finding(
            what=f"rate of durable.book on {name}, {'one worker' if workers == 1 else f'{workers} workers'}",
            beside=f"client.book, {AT_ONCE} concurrent, in one process without a store",
            values=tuple(values),
            at_least=0.15 if name == "SQLite" else 0.2,
            short_of_it=_BUSY,
        )
        for (name, workers), values in ratios.items()
    ]
    findings += [
        Finding(
            what=f"rate of 4 workers on PostgreSQL, {at_once} intents at once each",
            beside=f"one worker with as many; each answer takes {SLOW} s",
            values=tuple(values),
            at_least=3.6,
            short_of_it=_CORES if at_once == AT_ONCE else "",
        )
        for at_once, values in slow.items()
        if values
    ]
    killed = {"SQLite": "the next one at work on the file", "PostgreSQL": "the kill of one of two"}
    findings += [
        Finding(
            what=f"seconds until what a killed worker was booking is booked, {name}",
            beside=f"{killed[name]}; {LOST} intents at once, less the service's {2 * SLOW} s; a spent token is known",
            values=tuple(values),
            at_most=2,
        )
        for name, values in lost.items()
        if values
    ]
    figures: tuple[tuple[str, str, float | None, Iterator[float]], ...] = (
        ("milliseconds that one durable.book takes more", "one client.book", 150, (one for one, _ in at_rest)),
        ("share of a core that a worker takes at rest", "nothing to do, SQLite", 0.02, (one for _, one in at_rest)),
        ("rows that a booking leaves", "SQLite, nothing forgotten", None, (one for one, _ in sizes)),
        ("kilobytes that a booking leaves", "SQLite, nothing forgotten", None, (one for _, one in sizes)),
    )
    return findings + [
        Finding(
            what=what,
            beside=beside,
            values=tuple(values),
            at_most=most,
            short_of_it=_RESTLESS if "at rest" in what else "",
        )
        for what, beside, most, values in figures
    ]


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
