"""`bookit bulk run` books each row once, goes on where it was, and gives back what failed."""

import csv
import io
import json
import os
import signal
import stat
import subprocess
import sys
import time
from datetime import UTC, datetime
from functools import partialmethod
from pathlib import Path

import pytest

from bookit_async.cli import bulk_runs, journal_rows
from bookit_async.cli.commands import bulk
from bookit_async.cli.session import Session
from bookit_async.sandbox.faults import Fault, FaultPlan

from ..conftest import NODE
from .conftest import KEY, Line, Ran, Run, Served

HEAD = "key,FirstName,LastName,Email,NumEmployees,zone,guests"
JOURNAL = "may.db"
BLIND = (Fault("reset", operation="list_meetings"), Fault("reset", operation="fetch_availability"))


def row(key: str, name: str = "", *, employees: int = 4200) -> str:
    return f"{key},Ada,Lovelace,{name or key}@bulk.example,{employees},Europe/Paris,"


def write(home: Path, *rows: str, name: str = "rows.csv", head: str = HEAD) -> None:
    (home / name).write_text("\n".join([head, *rows, ""]), encoding="utf-8")


def book(bookit: Run, *more: str, file: str = "rows.csv", node: str = NODE) -> Ran:
    return bookit("bulk", "run", file, "--node", node, "--journal", JOURNAL, "--yes", *more)


def another_day(*_: object) -> datetime:
    return datetime(2031, 1, 1, tzinfo=UTC)


def one(_: int) -> int:
    return 1


def meetings(served: Served, name: str) -> int:
    return sum(one.prospect_email == f"{name}@bulk.example" for one in served.sandbox.meetings)


def outcomes(ran: Ran) -> dict[str, str]:
    return {one["key"]: one["outcome"] for one in ran.lines if "summary" not in one}


def test_each_row_is_booked_once_however_often_it_is_run(bookit: Run, home: Path, served: Served) -> None:
    write(home, row("once1"), row("once2"), row("once3", employees=8))
    tried = book(bookit, "--limit", "1", "--earliest")
    assert (tried.status, tried.out) == (0, "Booked  1\n")
    assert "Books 1 of 3 rows by the trigger node" in tried.err
    first = book(bookit, "--json", "--failed", "failed.csv", "--rate", "1000/s", "--concurrency", "2")
    assert outcomes(first) == {"once1": "Booked", "once2": "Booked", "once3": "Redirected"}
    assert first.status == 8
    assert first.lines[-1]["summary"]["outcomes"] == {"Booked": 2, "Redirected": 1}
    assert "To sandbox 127.0.0.1" in first.err
    before = len(served.sandbox.meetings)
    again = book(bookit, "--json")
    assert sorted(again.out.splitlines()[:3]) == sorted(first.out.splitlines()[:3])
    assert len(served.sandbox.meetings) == before
    assert meetings(served, "once1") == meetings(served, "once2") == 1
    (failed,) = csv.DictReader((home / "failed.csv").read_text(encoding="utf-8").splitlines())
    assert (failed["key"], failed["bookit_outcome"]) == ("once3", "Redirected")
    assert failed["bookit_reason"] == "sent to another page"
    plain = book(bookit, "--plain")
    assert plain.out.splitlines()[0].count("\t") == 16
    assert all(stat.S_IMODE((home / name).stat().st_mode) == 0o600 for name in (JOURNAL, "failed.csv"))

    status = bookit("bulk", "status", JOURNAL, "--json").json
    assert (status["rows"], status["outcomes"]) == (3, {"Booked": 2, "Redirected": 1})
    assert bookit("bulk", "status", JOURNAL).out == "rows        3\nBooked      2\nRedirected  1\n"
    exported = [*csv.DictReader(io.StringIO(bookit("bulk", "export", JOURNAL).out))]
    by_key = {one["key"]: one for one in exported}
    assert by_key["once1"]["email"] == "once1@bulk.example"
    found = {one.id for one in served.sandbox.meetings if one.prospect_email == "once1@bulk.example"}
    assert {by_key["once1"]["meeting_id"]} == found
    assert by_key["once1"]["uid"]
    lines = bookit("bulk", "export", JOURNAL, "--format", "jsonl")
    assert [one["key"] for one in lines.lines] == [one["key"] for one in exported]
    assert bookit("bulk", "export", JOURNAL, "--json").json["rows"] == lines.lines

    lost = bookit("bulk", "run", "rows.csv", "--link", "Em30rva", "--journal", JOURNAL, "--yes", "--json")
    assert (lost.status, lost.lines[0]["error"]["type"]) == (2, "InvalidInputError")


def test_a_row_that_came_to_nothing_may_be_corrected_and_one_that_is_booked_may_not(
    bookit: Run, home: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, row("fix1", employees=8), row("fix2"))
    assert book(bookit, "--failed", "failed.jsonl").status == 8
    (failed,) = map(json.loads, (home / "failed.jsonl").read_text(encoding="utf-8").splitlines())
    assert failed["bookit_outcome"] == "Redirected"
    (home / "failed.jsonl").write_text(json.dumps({**failed, "NumEmployees": "4200"}), encoding="utf-8")
    fixed = book(bookit, "--json", file="failed.jsonl")
    assert (fixed.status, outcomes(fixed)) == (0, {"fix1": "Booked"})
    assert book(bookit, "--json", file="failed.jsonl").lines[0] == fixed.lines[0]
    write(home, row("fix2", "other"))
    changed = book(bookit, "--json")
    assert (changed.status, outcomes(changed)) == (2, {"fix2": "Conflict"})
    assert "other content: meeting " in changed.lines[0]["reason"]
    assert (meetings(served, "fix1"), meetings(served, "fix2"), meetings(served, "other")) == (1, 1, 0)
    monkeypatch.setattr(journal_rows, "MOST_AT_ONCE", 1)
    exported = bookit("bulk", "export", JOURNAL, "--json").json["rows"]
    assert {one["key"]: (one["id"], one["outcome"]) for one in exported} == {
        "fix1": ("fix1#2", "Booked"),
        "fix2": ("fix2", "Booked"),
    }


def test_rows_of_a_link_from_stdin_without_keys_at_a_time_in_words(
    bookit: Run, home: Path, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = bookit("slots", "--link", "Em30rva", "--json").json["slots"][5]["start"]
    text = "First Name,Last Name,Email\nAda,Lovelace,link@bulk.example\n"
    command = ["bulk", "run", "-", "--link", "Em30rva", "--journal", JOURNAL, "--at", start, "--yes", "--json"]
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    first = bookit(*command)
    assert (first.status, first.lines[0]["start"]) == (0, start)
    assert first.lines[0]["id"].startswith("row-")
    monkeypatch.setattr(bulk, "time_of", another_day)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert bookit(*command).lines[0] == first.lines[0]
    assert meetings(served, "link") == 1
    assert "link@bulk.example" not in (home / JOURNAL).read_bytes().decode("latin-1")
    assert KEY not in (home / JOURNAL).read_bytes().decode("latin-1")


def test_nothing_is_sent_while_a_row_has_a_problem(bookit: Run, home: Path, served: Served) -> None:
    write(home, row("bad1"), row("bad1"), row("k" * 181), "bad2,Ada,L,nobody,many,Denver,x")
    before = len(served.sandbox.meetings)
    ran = book(bookit)
    assert ran.status == 2
    assert "row 2, line 3: it is the same booking as row 1" in ran.err
    assert "row 3, line 4: the key must be 180 printable characters at most" in ran.err
    assert "6 problems in 4 rows" in ran.err
    assert (len(served.sandbox.meetings), (home / JOURNAL).exists()) == (before, False)
    many = [f"bad{number},Ada,L,nobody,1,," for number in range(20)]
    write(home, *many)
    assert len(book(bookit).err.splitlines()) == 13


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--at", "9am", "--earliest"], "give --at or --earliest"),
        (["--at", "whenever"], "--at: 'whenever' must be a time"),
        (["--limit", "0"], "--limit must be 1 or more"),
        (["--rate", "fast"], "--rate must be a number of requests, such as 10/s"),
        (["--rate", "0"], "--rate must be such as 10/s, both more than 0"),
        (["--concurrency", "0"], "--concurrency must be a whole number from 1 on"),
        (["--failed", "rows.csv"], "--failed names the file that is read"),
        (["--link", "x"], "give exactly one of --node and --link"),
        (["--journal", "postgresql://"], "the journal must be a file or the URL of a PostgreSQL database"),
        (["--journal", "nowhere/may.db"], "may.db: No such file or directory"),
        (["--journal", "rows.csv"], "rows.csv must be a journal"),
    ],
    ids=str,
)
def test_what_cannot_be_run_is_said(
    bookit: Run, home: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOKIT_SECRETS", "one-that-nobody-guesses-either-4711")
    write(home, row("never1"))
    ran = bookit("bulk", "run", "rows.csv", "--node", NODE, "--yes", *_with_journal(arguments), "--json")
    assert ran.status == 2
    assert message in ran.lines[0]["error"]["message"]


def _with_journal(arguments: list[str]) -> list[str]:
    return arguments if "--journal" in arguments else [*arguments, "--journal", JOURNAL]


def test_who_does_not_say_yes_books_nothing(bookit: Run, home: Path) -> None:
    write(home, row("no1"))
    ran = bookit("bulk", "run", "rows.csv", "--node", NODE, "--journal", JOURNAL)
    assert "there is no terminal to ask on" in ran.err
    for command in (["bulk", "status"], ["bulk", "export"], ["settle"]):
        assert bookit(*command, JOURNAL).status == 2
    assert not (home / JOURNAL).exists()


def test_a_journal_is_for_one_address_and_one_key(
    bookit: Run, run: Run, home: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(home, row("place1"))
    monkeypatch.setenv("BOOKIT_BASE_URL", line.served.url)
    assert book(run).status == 0
    monkeypatch.setenv("BOOKIT_BASE_URL", line.proxy.url)
    ran = book(run)
    assert ran.status == 2
    assert f"this journal books at {line.served.url}" in ran.err
    assert f"Books at {line.served.url}" in run("bulk", "status", JOURNAL).err
    monkeypatch.setenv("BOOKIT_SECRETS", "another-one-that-nobody-guesses-4711")
    lost = run("bulk", "status", JOURNAL, "--json")
    assert (lost.status, lost.json["error"]["type"]) == (2, "OtherSecretsError")
    monkeypatch.delenv("BOOKIT_SECRETS")
    (key,) = home.glob("config/*/sealing.key")
    key.unlink()
    assert run("bulk", "status", JOURNAL, "--json").json["error"]["type"] == "KeyFileLost"


def test_open_rows_are_given_back_and_settle_tells_what_became_of_them(
    run: Run, home: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk_runs, "PATIENCE", 0.5)
    monkeypatch.setattr(bulk_runs, "window_of", one)
    write(home, row("open1"), row("open2"), row("open3"))
    line.proxy.plan = FaultPlan([Fault("reset", operation="book_meeting", when="after"), *BLIND])
    ran = book(run, "--json", "--failed", "open.csv", "--deadline", "1")
    assert (ran.status, outcomes(ran)) == (7, {"open1": "Open"})
    assert ran.lines[-1]["summary"]["whole"] is False
    assert "Stopped before the end, for so many rows stay open" in ran.err
    assert "open1" in (home / "open.csv").read_text(encoding="utf-8")
    status = run("bulk", "status", JOURNAL)
    assert "Open  1\n" in status.out
    assert "open1: " in status.out
    assert run("settle", JOURNAL, "--deadline", "1").status == 7
    line.proxy.plan = FaultPlan()
    told = run("settle", JOURNAL, "--json").json["bookings"]
    assert [(one["id"], one["state"], one["start"] is not None) for one in told] == [("open1", "booked", True)]
    assert ", meeting " in run("settle", JOURNAL).out
    monkeypatch.setattr(bulk_runs, "PATIENCE", 60)
    again = book(run, "--json")
    assert (again.status, set(outcomes(again).values())) == (0, {"Booked"})
    assert [meetings(line.served, f"open{number}") for number in (1, 2, 3)] == [1, 1, 1]
    assert run("settle", JOURNAL, "--json").json["bookings"] == []


@pytest.mark.subprocess
def test_kill_9_and_ctrl_c_lose_nothing_and_double_nothing(
    run: Run, home: Path, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends while bookings that took effect are never answered."""
    names = [f"kill{number}" for number in range(8)]
    arguments = [sys.executable, "-m", "bookit_async.cli", "bulk", "run", "rows.csv", "--node", NODE]
    arguments += ["--journal", JOURNAL, "--yes", "--json"]
    line.proxy.plan = FaultPlan([Fault("stall", operation="book_meeting", when="after")])
    for end, fresh in ((signal.SIGKILL, names[:4]), (signal.SIGINT, names[4:])):
        write(home, *map(row, names[: names.index(fresh[-1]) + 1]))
        with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
            while not any(meetings(line.served, one) for one in fresh):
                assert process.poll() is None, process.communicate()
                time.sleep(0.02)
            os.kill(process.pid, end)
            out, err = process.communicate(timeout=30)
        assert "Traceback" not in err
    assert process.returncode == 130
    told = json.loads(out.splitlines()[-1])["error"]
    assert (told["type"], "the same command goes on" in told["advice"]) == ("Interrupted", True)
    line.proxy.plan = FaultPlan()
    monkeypatch.setattr(Session, "client", partialmethod(Session.client, settle=0.5))
    ended = book(run, "--json")
    assert (ended.status, set(outcomes(ended)), set(outcomes(ended).values())) == (0, set(names), {"Booked"})
    assert [meetings(line.served, one) for one in names] == [1] * len(names)
