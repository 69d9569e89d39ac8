"""Workers that are killed in mid-booking, each a real process, on a SQLite file and on a real PostgreSQL."""

import asyncio
import json
import random
import sys
from asyncio.subprocess import PIPE, Process
from pathlib import Path
from typing import Any

import pytest

from bookit_async.sandbox import Sandbox

from ..conftest import ADA
from .conftest import Postgres

IDS = [f"lead-{number}" for number in range(8)]


async def start(database: str, sandbox: Sandbox, *more: str) -> Process:
    given = ["--database", database, "--url", sandbox.url, "--key", sandbox.api_key, *more]
    worker = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.durable.worker", *given, stdout=PIPE)
    assert worker.stdout is not None
    assert await worker.stdout.readline() == b"ready\n"
    return worker


async def told(caller: Process) -> dict[str, Any]:
    out, _ = await caller.communicate()
    return dict(json.loads(line) for line in out.splitlines())


async def play(database: str, sandbox: Sandbox, *, workers: int, kills: int, mode: str) -> None:
    """Have workers killed, right after a meeting came to be or at any time, and count what came of it."""
    chance = random.Random(16)  # noqa: S311 - the same instants on every run
    crew = [await start(database, sandbox) for _ in range(workers)]
    caller = await start(database, sandbox, "--caller", "--mode", mode, "--ids", ",".join(IDS))
    answers = asyncio.create_task(told(caller))
    try:
        for kill in range(kills):
            there = len(sandbox.meetings)
            while kill % 2 == 0 and len(sandbox.meetings) == there and not answers.done():  # noqa: ASYNC110 - no event
                await asyncio.sleep(0.001)
            await asyncio.sleep(chance.uniform(0, 0.02))
            victim = crew.pop(0)
            victim.kill()
            await victim.wait()
            crew.append(await start(database, sandbox))
        outcomes = await asyncio.wait_for(answers, 120)
    finally:
        for one in (*crew, caller):
            if one.returncode is None:
                one.kill()
            await one.wait()
    assert sorted(outcomes) == IDS
    assert {one["type"] for one in outcomes.values()} == {"Booked"}
    made = sorted(one.id for one in sandbox.meetings)
    assert made == sorted(one["meeting_id"] for one in outcomes.values())


@pytest.mark.parametrize("mode", ["token", "link"])
async def test_one_meeting_each_on_a_sqlite_file(tmp_path: Path, mode: str) -> None:
    async with Sandbox() as sandbox:
        await play(f"sqlite:///{tmp_path / 'bookings.db'}", sandbox, workers=1, kills=2, mode=mode)


@pytest.mark.parametrize("mode", ["token", "link"])
async def test_one_meeting_each_on_postgresql_and_nothing_in_clear(postgres: Postgres, mode: str) -> None:
    database = postgres.database(f"kills_{mode}")
    async with Sandbox() as sandbox:
        await play(database, sandbox, workers=2, kills=2, mode=mode)
    inputs = postgres.sql(f"kills_{mode}", "select string_agg(t::text, '') from dbos.workflow_status t")
    steps = postgres.sql(f"kills_{mode}", "select string_agg(t::text, '') from dbos.operation_outputs t")
    for canary in ("engines.example", "Lovelace", str(ADA["PhoneNumber"])):
        assert canary not in inputs + steps
