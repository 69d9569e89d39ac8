"""200 prospects from a CSV file, booked by a worker that is killed five times on the way: each gets one meeting.

Run it with `make durable-demo`. First on a SQLite file with one worker, then on PostgreSQL with three, where it is
installed. It exits with 1 when a prospect has no meeting, or two.
"""

import asyncio
import csv
import os
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections import Counter
from pathlib import Path
from secrets import token_urlsafe
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bookit_async import Booked, BookIt, earliest
from bookit_async.durable import Durable
from bookit_async.sandbox import Sandbox

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.durable.postgres import Postgres, programs

PROSPECTS = Path(__file__).parent / "durable_prospects.csv"
NODE = "New Webform Prospect"
TIMEZONE = "America/Denver"
KILLS = 5
console = Console(width=120, highlight=False)


def prospects() -> list[dict[str, str | int]]:
    with PROSPECTS.open(encoding="utf-8", newline="") as file:
        return [{**row, "NumEmployees": int(row["NumEmployees"])} for row in csv.DictReader(file)]


async def start_worker(environment: dict[str, str]) -> Process:
    command = ("-m", "bookit_async.durable", "work", "--settle", "2", "--concurrency", "20", "--grace", "2")
    worker = await asyncio.create_subprocess_exec(sys.executable, *command, env=environment, stdout=PIPE)
    assert worker.stdout is not None  # noqa: S101 - it was asked for
    await worker.stdout.readline()  # it says when it works
    return worker


async def play(database: str, workers: int) -> bool:
    """Book them all, and return whether each has one meeting."""
    secret = token_urlsafe(32)
    asked = prospects()
    async with Sandbox() as sandbox:
        environment = {
            **os.environ,
            "BOOKIT_API_KEY": sandbox.api_key,
            "BOOKIT_BASE_URL": sandbox.url,
            "BOOKIT_DATABASE": database,
            "BOOKIT_DURABLE_SECRETS": secret,
        }
        began = time.perf_counter()
        async with (
            BookIt(sandbox.api_key, base_url=sandbox.url) as client,
            Durable(client, database=database, secrets=[secret], worker=False) as durable,
        ):
            crew = [await start_worker(environment) for _ in range(workers)]
            for one in asked:
                prospect = {name: value for name, value in one.items() if name != "id"}
                await durable.submit(str(one["id"]), NODE, prospect, timezone=TIMEZONE, slot=earliest(spread=50))
            booked: dict[str, Booked] = {}
            kills = 0
            columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
            with Progress(*columns, console=console) as progress:
                bar = progress.add_task("booked", total=len(asked))
                async for intent_id, outcome in durable.results(str(one["id"]) for one in asked):
                    if isinstance(outcome, Booked):
                        booked[intent_id] = outcome
                    progress.advance(bar)
                    if kills < KILLS and len(booked) >= (kills + 1) * len(asked) / (KILLS + 2):
                        kills += 1
                        victim = crew.pop(0)
                        victim.kill()
                        await victim.wait()
                        progress.update(bar, description=f"booked, {kills} workers killed")
                        crew.append(await start_worker(environment))
            for worker in crew:
                worker.terminate()
                await worker.wait()
        seconds = time.perf_counter() - began
        each = Counter(one.prospect_email for one in sandbox.meetings)
        good = len(booked) == len(asked) == len(each) == len(sandbox.meetings)
        found = sum(one.recovered for one in booked.values())
        console.print(
            f"  {len(asked)} prospects, {len(sandbox.meetings)} meetings, {kills} kills, {found} of them found again "
            f"after their answer was lost, {seconds:.0f} s: {'one meeting each' if good else 'NOT one meeting each'}"
        )
        return good


async def main() -> int:
    with TemporaryDirectory() as folder:
        console.print("[bold]One worker on a SQLite file[/bold]")
        good = await play(f"sqlite:///{folder}/bookings.db", 1)
    found = programs()
    if found is None:
        console.print("PostgreSQL is not installed (apt-get install postgresql), so that is all.")
        return int(not good)
    server = Postgres(found)
    try:
        console.print("[bold]Three workers on PostgreSQL[/bold]")
        good = await play(server.database("demo"), 3) and good
    finally:
        server.remove()
    return int(not good)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
