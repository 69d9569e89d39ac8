"""Workers, callers and the database are killed while intents are booked; each must end in one meeting, told to all.

`make kill` runs it all; `python -m tests.durable.kills --help` tells the options.
"""

import argparse
import asyncio
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from attrs import evolve, frozen
from rich.console import Console
from rich.table import Table

from bookit_async.sandbox import FaultPlan, FaultProxy, Sandbox

from ..chaos.world import world
from .crew import DESKS, Job, Member, email_of
from .postgres import Postgres, programs

Aim = Literal["any time", "after the booking", "before the booking"]
MODES = ("token", "pool", "link")
QUIRKS = {"token_reuse": 1.0, "lagging_witnesses": 0.5}
LATE_SECONDS = 0.5
BOOKINGS = ("book_meeting", "book_round_robin_meeting")


@frozen(kw_only=True)
class Play:
    """What is done."""

    shared: bool
    """On PostgreSQL, else on a SQLite file."""
    mode: str
    intents: int
    kills: int
    workers: int = 1
    callers: int = 1
    aims: Sequence[Aim] = ("any time", "after the booking", "before the booking")
    rate: float = 0.0
    """The share of the requests that are faulted."""
    quirky: bool = False
    callers_too: bool = False
    """Whether callers are killed now and then, and ask again."""
    upgraded: bool = False
    """Whether every other worker is of an older release, the first one too."""
    events: Literal["", "connections cut", "database killed"] = ""
    seed: int = 1
    settle: float = 2.0
    longest: float = 0.5
    """Seconds between two kills at most."""
    patience: float = 120.0
    concurrency: int = 4
    """Intents at once: few, so that there is something to kill for a while."""

    @property
    def name(self) -> str:
        parts = ["PostgreSQL" if self.shared else "SQLite", self.mode, self.events]
        parts += [f"{self.rate:.0%} faulted" if self.rate else "", "quirks" if self.quirky else ""]
        parts += ["two releases"] if self.upgraded else []
        return ", ".join(filter(None, parts))


@frozen(kw_only=True)
class Came:
    """What came of it."""

    play: Play
    kills: int
    meetings: int
    duplicates: int
    missing: int
    unanswered: int
    two_answers: int
    told_twice: int
    """Meetings that were told to two intents."""
    recovered: int
    seconds: float

    @property
    def is_good(self) -> bool:
        wrong = (self.duplicates, self.missing, self.unanswered, self.two_answers, self.told_twice)
        return not any(wrong)


async def perform(play: Play, folder: Path, postgres: Postgres | None) -> Came:
    """Do it, and count."""
    if play.shared:
        assert postgres is not None
        database = postgres.database(f"kills_{time.monotonic_ns()}")
    else:
        database = f"sqlite:///{folder / f'kills-{time.monotonic_ns()}.db'}"
    quirks = QUIRKS if play.quirky else {}
    plan = FaultPlan.of_every_kind(rate=play.rate, seed=play.seed) if play.rate else FaultPlan()
    async with (
        Sandbox(world(120 * DESKS), quirks=quirks, seed=play.seed) as sandbox,
        FaultProxy(sandbox.url, plan, stall_seconds=1.0, late_seconds=LATE_SECONDS) as proxy,
    ):
        stage = Stage(play, database, proxy=proxy, sandbox=sandbox, folder=folder, postgres=postgres)
        began = time.monotonic()
        try:
            await stage.open()
            await asyncio.wait_for(stage.act(), play.patience)
        except TimeoutError:
            pass
        finally:
            await stage.close()
        seconds = time.monotonic() - began
        await proxy.landed()
        return tally(stage, sandbox, seconds)


class Stage:
    """The processes, and who kills them."""

    def __init__(
        self, play: Play, database: str, *, proxy: FaultProxy, sandbox: Sandbox, folder: Path, postgres: Postgres | None
    ) -> None:
        self.play = play
        self._database, self._proxy, self._sandbox, self._folder = database, proxy, sandbox, folder
        self._chance = random.Random(play.seed)  # noqa: S311 - the same instants on every run
        self._postgres = postgres
        self._workers: list[Member] = []
        self._callers: list[Member] = []
        self._gone: list[Member] = []
        self._older = play.upgraded
        self.kills = 0

    async def open(self) -> None:
        self._workers = [await self._start(works=True) for _ in range(self.play.workers)]
        shares = [range(n, self.play.intents, self.play.callers) for n in range(self.play.callers)]
        self._callers = [await self._start(works=False, ids=share) for share in shares]

    async def _start(self, *, works: bool, ids: Sequence[int] = ()) -> Member:
        older, self._older = works and self._older, self._older ^ (works and self.play.upgraded)
        job = Job(
            database=self._database,
            url=self._proxy.url,
            key=self._sandbox.api_key,
            says=str(self._folder / f"said-{time.monotonic_ns()}"),
            works=works,
            ids=list(ids),
            mode=self.play.mode,
            settle=self.play.settle,
            older=older,
            options={"concurrency": self.play.concurrency},
        )
        member = Member(job)
        await member.ready()
        return member

    @property
    def answers(self) -> list[tuple[int, dict[str, Any]]]:
        """What callers were told, those that are gone too."""
        said = (line for one in (*self._gone, *self._callers) for line in one.said())
        return [(line[1], line[2]) for line in said if line[0] == "done"]

    @property
    def is_over(self) -> bool:
        return len({number for number, _ in self.answers}) == self.play.intents

    async def act(self) -> None:
        while self.kills < self.play.kills and not self.is_over:
            await self._aim(self._chance.choice(self.play.aims))
            self.kills += 1
            if self.play.events and self._chance.random() < 0.5:
                await asyncio.to_thread(self._strike)
            elif self.play.callers_too and self._chance.random() < 0.25:
                self._callers.append(await self._replace(self._callers))
            else:
                self._workers.append(await self._replace(self._workers))
        while not self.is_over:  # noqa: ASYNC110 - what processes say is no event
            await asyncio.sleep(0.05)

    async def _replace(self, members: list[Member]) -> Member:
        victim = members.pop(self._chance.randrange(len(members)))
        await victim.kill()
        self._gone.append(victim)
        return await self._start(works=victim.job.works, ids=victim.job.ids)

    async def _aim(self, aim: Aim) -> None:
        seen: Callable[[], int]
        if aim == "after the booking":
            seen = lambda: len(self._sandbox.meetings)  # noqa: E731
        elif aim == "before the booking":
            seen = lambda: sum(one.operation in BOOKINGS for one in self._proxy.log)  # noqa: E731
        else:
            await asyncio.sleep(self._chance.uniform(0, self.play.longest))
            return
        before, until = seen(), time.monotonic() + 3.0
        while seen() == before and time.monotonic() < until:  # noqa: ASYNC110 - the very instant is wanted
            await asyncio.sleep(0)

    def _strike(self) -> None:
        assert self._postgres is not None
        if self.play.events == "database killed":
            self._postgres.stop()
            time.sleep(0.5)
            self._postgres.start()
        else:
            name = self._database.rpartition("/")[2]
            cut = (
                "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and granted "
                "and database = (select oid from pg_database where datname = current_database())"
            )
            self._postgres.sql(name, cut)

    async def close(self) -> None:
        for one in (*self._workers, *self._callers):
            await one.kill()


def tally(stage: Stage, sandbox: Sandbox, seconds: float) -> Came:
    """Count what came of it."""
    play, answers = stage.play, stage.answers
    told: dict[int, set[str]] = {}
    for number, outcome in answers:
        told.setdefault(number, set()).add(str(outcome.get("meeting_id") or outcome))
    wanted = Counter(email_of(number, play.mode) for number in range(play.intents))
    made = Counter(one.prospect_email for one in sandbox.meetings if one.status != "canceled")
    first = {number: min(one) for number, one in told.items()}
    return Came(
        play=play,
        kills=stage.kills,
        meetings=len(sandbox.meetings),
        duplicates=sum(max(0, many - wanted[email]) for email, many in made.items()),
        missing=sum(max(0, many - made[email]) for email, many in wanted.items()),
        unanswered=play.intents - len(told),
        two_answers=sum(len(one) > 1 for one in told.values()),
        told_twice=len(first) - len(set(first.values())),
        recovered=len({number for number, outcome in answers if outcome.get("recovered")}),
        seconds=seconds,
    )


PATIENCE = 600.0
"""Seconds for each row: on a busy machine a worker alone takes some until it is ready."""
WIDTH = 170
"""Characters of a line of the table, also where the output is no terminal."""
LONG = [
    *(Play(shared=False, mode=mode, intents=60, kills=25, callers=3) for mode in MODES),
    *(Play(shared=False, mode=mode, intents=40, kills=15, callers=3, rate=0.25) for mode in MODES),
    *(Play(shared=False, mode=mode, intents=40, kills=15, quirky=True, rate=0.1) for mode in MODES),
    *(Play(shared=False, mode=mode, intents=40, kills=15, upgraded=True) for mode in MODES),
    *(Play(shared=True, mode=mode, intents=40, kills=15, workers=2, upgraded=True) for mode in MODES),
    *(Play(shared=True, mode=mode, intents=160, kills=25, workers=3, callers_too=True) for mode in MODES),
    *(Play(shared=True, mode=mode, intents=80, kills=15, workers=3, rate=0.25) for mode in MODES),
    *(Play(shared=True, mode=mode, intents=80, kills=15, workers=3, quirky=True, rate=0.1) for mode in MODES),
    *(Play(shared=True, mode=mode, intents=40, kills=12, workers=2, events="connections cut") for mode in MODES),
    *(Play(shared=True, mode=mode, intents=40, kills=6, workers=2, events="database killed") for mode in MODES),
]


COLUMNS = [
    "kills",
    "intents",
    "meetings",
    "duplicates",
    "missing",
    "unanswered",
    "two-answers",
    "told-twice",
    "recovered",
    "seconds",
]


def table(rows: Iterable[Came]) -> Table:
    """Return what is printed."""
    shown = Table(title="Killed while it books")
    shown.add_column("", no_wrap=True)
    for name in COLUMNS:
        shown.add_column(name, justify="right", no_wrap=True)
    for one in rows:
        numbers = (one.kills, one.play.intents, one.meetings, one.duplicates, one.missing, one.unanswered)
        more = (one.two_answers, one.told_twice, one.recovered)
        shown.add_row(one.play.name, *map(str, (*numbers, *more)), f"{one.seconds:.1f}")
    return shown


async def main(wanted: str) -> int:
    """Run those whose name holds the words, print the table, and return the exit status."""
    came: list[Came] = []
    found = programs()
    if found is None:
        print("PostgreSQL is not installed (apt-get install postgresql): without its rows", file=sys.stderr)
    postgres = None if found is None else Postgres(found)
    try:
        with TemporaryDirectory() as folder:
            for play in LONG:
                if wanted in play.name and (postgres or not play.shared):
                    came.append(await perform(evolve(play, patience=PATIENCE), Path(folder), postgres))
                    verdict = "good" if came[-1].is_good else "BAD"
                    print(f"{play.name}: {verdict}, {came[-1].seconds:.0f} s", flush=True)
    finally:
        if postgres is not None:
            postgres.remove()
    Console(width=WIDTH).print(table(came))
    return 0 if all(one.is_good for one in came) else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("wanted", nargs="?", default="", help="words in the names of the rows that are wanted")
    sys.exit(asyncio.run(main(parser.parse_args().wanted)))
