"""`python -m bookit_async.durable`, and what people and Prometheus are shown of a store."""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from attrs import evolve

from bookit_async import Booked, BookIt
from bookit_async.durable import Durable, Standing, Status, StoreLostError
from bookit_async.durable.__main__ import main, read_before, read_limit, work
from bookit_async.durable.standing import age
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from ..flaky import Fault, Flaky
from ..scenes import ZONE
from .engine import OTHER, SECRET

NOW = datetime(2026, 1, 2, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    url = f"sqlite:///{tmp_path / 'bookings.db'}"
    monkeypatch.setenv("BOOKIT_DATABASE", url)
    monkeypatch.setenv("BOOKIT_DURABLE_SECRETS", f"{SECRET}, {OTHER}")
    return url


@pytest.mark.parametrize(
    ("seconds", "shown"), [(-5, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (3 * 86_400, "3 d")]
)
def test_ages_are_in_the_unit_that_says_most(seconds: int, shown: str) -> None:
    assert age(NOW, NOW - timedelta(seconds=seconds)) == shown


def test_a_status_is_lines_for_people_and_a_page_for_prometheus() -> None:
    since = NOW - timedelta(minutes=5)
    under_way = (
        Standing(intent_id="a", state="asked", asked_at=NOW),
        Standing(intent_id="b", state="open", asked_at=NOW, since=since, why="too many requests"),
    )
    status = Status(under_way=under_way, done=7, last_minute=2, workers=3, share=0.5)
    assert list(status.lines(NOW)) == [
        "asked    1",
        "planned  0",
        "open     1",
        "done     7, 2 in the last minute",
        "workers  3, slowed down to 50%",
        "open 5 min: b: too many requests",
    ]
    assert [one for one in evolve(status, broken=("c",), done=10_000).lines(NOW) if "c" in one or "0+" in one] == [
        "done     10000+, 2 in the last minute",
        "c  broken: nobody knows whether it has a meeting",
    ]
    page = status.metrics(NOW)
    assert 'bookit_intents{state="broken"} 0\n' in page
    assert 'bookit_intents{state="open"} 1\n' in page
    assert "bookit_open_seconds 300\n" in page
    assert "bookit_pace 0.5\n" in page
    names = [line.split(" ")[2] for line in page.splitlines() if line.startswith("# TYPE")]
    assert {line.partition("{")[0].partition(" ")[0] for line in page.splitlines() if line[0] != "#"} == set(names)


def test_limits_and_ages_are_read() -> None:
    assert read_limit("10/1") == (10, 1.0)
    assert read_limit("5/0.5") == (5, 0.5)
    assert datetime.now(UTC) - read_before("90d") - timedelta(days=90) < timedelta(minutes=1)
    assert read_before("2026-01-31T00:00+00:00") == datetime(2026, 1, 31, tzinfo=UTC)
    with pytest.raises(argparse.ArgumentTypeError):
        read_limit("ten")
    for wrong in ("soon", "2026-01-31", f"{10**12}d"):
        with pytest.raises(argparse.ArgumentTypeError):
            read_before(wrong)


def test_a_store_is_looked_at_and_cleared(database: str, capsys: pytest.CaptureFixture[str]) -> None:
    sandbox = Sandbox(tcp=False)

    async def book() -> None:
        busy: list[Fault] = ["429"] * 30
        transport = Flaky(sandbox.transport, busy, on="scheduling")
        async with BookIt(sandbox.api_key, transport=transport) as client:
            async with Durable(client, secrets=[SECRET], grace=0.0) as durable:
                await durable.submit("stuck", NODE, ADA, timezone=ZONE)
                while (await durable.status()).counts()["open"] == 0:  # noqa: ASYNC110 - it is on its way
                    await asyncio.sleep(0.02)
            async with Durable(client, secrets=[SECRET], worker=False) as durable:
                await durable.submit("asked", NODE, ADA, timezone=ZONE)
                assert [one.intent_id for one in await durable.under_way()] == ["stuck", "asked"]

    asyncio.run(book())
    assert main(["status"]) == 0
    said = capsys.readouterr().out
    assert "asked    1" in said
    assert "stuck: too many requests" in said
    assert main(["open"]) == 0
    assert capsys.readouterr().out.startswith("open ")
    assert main(["forget", "--before", "0m"]) == 0
    assert capsys.readouterr().out == "forgot 0\n"


def test_what_cannot_be_carried_out_has_its_exit_status(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["work"]) == 2  # no API key
    assert "api_key" in capsys.readouterr().err
    assert main(["status"]) == 0
    assert "nothing was asked for there yet" in capsys.readouterr().out
    monkeypatch.setenv("BOOKIT_API_KEY", "k" * 20)
    assert main(["--database", "sqlite:////no/such/folder/x.db", "work"]) == 75
    assert "does not answer: unable to open database file" in capsys.readouterr().err
    assert main(["work", "--metrics", "70000"]) == 2
    assert "metrics cannot be served on port 70000" in capsys.readouterr().err
    monkeypatch.setenv("BOOKIT_DURABLE_SECRETS", "")
    assert main(["work"]) == 2
    assert "BOOKIT_DURABLE_SECRETS is not set" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["forget", "--before", "soon"])


@pytest.mark.subprocess
def test_it_is_a_command() -> None:
    command = [sys.executable, "-m", "bookit_async.durable", "--help"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    assert "work" in done.stdout
    assert "BOOKIT_DURABLE_SECRETS" in done.stdout


async def test_a_worker_works_until_sigterm_and_shows_its_metrics(
    database: str, sandbox: Sandbox, client: BookIt, capsys: pytest.CaptureFixture[str]
) -> None:
    async with Durable(client, database=database, secrets=[SECRET]) as durable:
        assert isinstance(await durable.book("lead-1", NODE, ADA, timezone=ZONE), Booked)
        working = asyncio.create_task(work(durable, argparse.Namespace(metrics=0)))
        said = ""
        while "metrics on " not in said:
            await asyncio.sleep(0.01)
            said += capsys.readouterr().out
        url = said.partition("metrics on ")[2].strip()
        async with httpx.AsyncClient() as http:
            page = await http.get(url)
            assert page.headers["content-type"] == "text/plain; version=0.0.4"
            assert "bookit_intents_done 1\n" in page.text
            assert (await http.get(url.replace("/metrics", "/"))).status_code == 404
            status = durable.status

            async def lost() -> Any:
                raise StoreLostError(reason="gone")

            durable.status = lost  # type: ignore[method-assign]
            assert (await http.get(url)).status_code == 503
            durable.status = status  # type: ignore[method-assign]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2].partition("/")[0]))
        writer.write(b"x" * 100_000 + b"\n\n")
        assert await reader.read() == b""
        writer.close()
        os.kill(os.getpid(), signal.SIGTERM)
        await working
        assert "stopping" in capsys.readouterr().out
        quiet = asyncio.create_task(work(durable, argparse.Namespace(metrics=None)))
        await asyncio.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)
        await quiet
        assert capsys.readouterr().out.startswith("working\n")
