"""A booking whose answer is lost, or whose process is gone, is kept, and told by `bookit settle`."""

import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from bookit_async import OutcomeUnknownError
from bookit_async.cli.commands.settle import looked_up_in
from bookit_async.cli.open_bookings import OpenBookings
from bookit_async.cli.options import Options
from bookit_async.cli.output import Output
from bookit_async.cli.session import Session
from bookit_async.durable import Standing
from bookit_async.sandbox.faults import Fault, FaultPlan

from ..conftest import ADA, NODE
from .conftest import KEY, Line, Run

BLIND = (Fault("reset", operation="list_meetings"), Fault("reset", operation="fetch_availability"))
LOST = FaultPlan([Fault("reset", operation="book_meeting", when="after"), *BLIND])
NEVER = FaultPlan([Fault("reset", operation="book_meeting"), *BLIND])


def command(address: str, *more: str) -> list[str]:
    settings = [part for name, value in ADA.items() if name != "Email" for part in ("--set", f"{name}={value}")]
    return ["book", NODE, *settings, "--set", f"Email={address}", "--earliest", "--yes", "--deadline", "2", *more]


def test_a_booking_whose_answer_is_lost_is_open_until_settle_tells(run: Run, line: Line) -> None:
    address = "lost@cli.example"
    line.proxy.plan = LOST
    lost = run(*command(address), "--json")
    assert (lost.status, lost.json["error"]["type"]) == (7, "OutcomeUnknownError")
    assert "bookit settle" in lost.json["error"]["advice"]
    still = run("settle", "--deadline", "1")
    assert (still.status, "open" in still.out) == (7, True)
    line.proxy.plan = FaultPlan()
    told = run("settle", "--json")
    (booking,) = told.json["bookings"]
    assert (told.status, booking["state"], bool(booking["meeting_id"])) == (0, "booked", True)
    assert line.booked(address) == 1
    assert run("settle", "--json").json == {"bookings": []}


def test_the_same_id_again_goes_on_and_books_nothing_twice(run: Run, line: Line) -> None:
    address = "again@cli.example"
    line.proxy.plan = LOST
    assert run(*command(address, "--id", "lead-2")).status == 7
    line.proxy.plan = FaultPlan()
    again = run(*command(address, "--id", "lead-2"), "--json")
    assert again.status == 0
    assert again.json["recovered"] is True
    assert "goes on with it" in again.err
    assert line.booked(address) == 1


def test_what_was_not_booked_is_told_and_kept_no_longer(run: Run, line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    line.proxy.plan = NEVER
    assert run(*command("never@cli.example")).status == 7
    line.proxy.plan = FaultPlan()
    monkeypatch.setenv("BOOKIT_BASE_URL", line.served.url)
    elsewhere = run("settle")
    assert elsewhere.status == 7
    assert f"was sent to {line.proxy.url}" in elsewhere.err
    store = OpenBookings(Output())
    (kept,) = store.open_ones()
    store.keep(evolve(kept, last_sent=datetime.now(UTC) - timedelta(minutes=5)))
    monkeypatch.setenv("BOOKIT_BASE_URL", line.proxy.url)
    assert "not booked" in run("settle").out
    assert store.open_ones() == []


def test_nothing_of_the_prospect_lies_there_in_clear(run: Run, line: Line, home: Path) -> None:
    line.proxy.plan = LOST
    assert run(*command("canary4711@cli.example", "--id", "canary4712")).status == 7
    files = [path for path in home.rglob("*") if path.is_file()]
    assert any(path.name == "bookings.db" for path in files)
    for path in files:
        assert b"canary471" not in path.read_bytes()
        assert KEY.encode() not in path.read_bytes()


@pytest.mark.parametrize(
    ("state", "found", "told"),
    [("asked", None, "not sent"), ("planned", None, "not booked"), ("open", OutcomeUnknownError(reason="r"), "open")],
    ids=str,
)
async def test_what_became_of_a_journals_booking(state: Any, found: Exception | None, told: str) -> None:
    class Looks:
        async def look(self, intent_id: str) -> None:
            assert (intent_id, state) != ("i", "asked")
            if found is not None:
                raise found

    durable: Any = Looks()
    standing = Standing(intent_id="i", state=state, asked_at=datetime.now(UTC))
    said = await looked_up_in(durable, standing, Session(Options(zone="UTC"), Output()))
    assert (said["state"], said["meeting_id"]) == (told, None)


@pytest.mark.subprocess
def test_ctrl_c_leaves_nothing_in_limbo(run: Run, line: Line) -> None:
    address = "interrupted@cli.example"
    line.proxy.plan = FaultPlan([Fault("stall", operation="book_meeting", when="after")])
    arguments = [sys.executable, "-m", "bookit_async.cli", *command(address)]
    with subprocess.Popen(  # noqa: S603
        arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        while not line.booked(address):
            assert process.poll() is None
            time.sleep(0.05)
        os.kill(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "bookit: interrupted\n" in err
    assert "Traceback" not in err
    line.proxy.plan = FaultPlan()
    (booking,) = run("settle", "--json").json["bookings"]
    assert booking["state"] == "booked"
    assert line.booked(address) == 1
