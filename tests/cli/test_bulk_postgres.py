"""Several machines book one file through one PostgreSQL journal."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bookit_async.cli.journals import place_of

from ..conftest import NODE
from ..durable.conftest import postgres as postgres  # noqa: PLC0414 - a fixture
from ..durable.postgres import Postgres
from .conftest import KEY, Run, Served

SECRET = "one-for-all-machines-that-nobody-guesses-4711"


@pytest.mark.subprocess
def test_two_machines_book_each_row_once(
    run: Run, served: Served, postgres: Postgres, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = postgres.database("bulk")
    names = [f"shared{number}" for number in range(8)]
    rows = [f"{name},Ada,Lovelace,{name}@postgres.example,4200" for name in names]
    (home / "rows.csv").write_text("\n".join(["key,FirstName,LastName,Email,NumEmployees", *rows]), encoding="utf-8")
    for name, value in (("API_KEY", KEY), ("BASE_URL", served.url), ("SECRETS", SECRET)):
        monkeypatch.setenv(f"BOOKIT_{name}", value)
    command = ["bulk", "run", "rows.csv", "--node", NODE, "--journal", journal, "--yes", "--json"]
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "bookit_async.cli", *command], stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as other:
        here = run(*command)
        there, _ = other.communicate(timeout=120)
    assert (here.status, other.returncode) == (0, 0)
    booked = [
        {one["key"]: one["meeting_id"] for one in map(json.loads, lines[:-1])}
        for lines in (here.out.splitlines(), there.splitlines())
    ]
    assert booked[0] == booked[1]
    assert sorted(booked[0]) == names
    assert sum(one.prospect_email.endswith("@postgres.example") for one in served.sandbox.meetings) == len(names)
    assert run("bulk", "status", journal, "--json").json["outcomes"] == {"Booked": 8}
    dump = postgres.dump("bulk")
    assert "shared0" in dump
    for canary in ("postgres.example", "Lovelace", KEY, SECRET, *booked[0].values()):
        assert canary not in dump


def test_a_password_is_shown_nowhere() -> None:
    place = place_of("postgresql://ada:canary4711@db.example/journal")
    assert place.shown == "postgresql://ada:***@db.example/journal"
    assert place.is_there
