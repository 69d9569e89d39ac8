"""State in a file: what was answered is there again, whatever happened to the process in between."""

import asyncio
import os
import re
import signal
import sqlite3
import sys
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from attrs import evolve

from bookit_async.sandbox import JournalError, Sandbox, demo_world
from bookit_async.sandbox.world import World

from ... import paths
from ..front_door import BOOK, BOOK_POOL, FETCH, Door, booking, filled
from ..worlds import small_world

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
SPENT = "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability."


def sandbox(path: Path, world: World | None = None) -> Sandbox:
    return Sandbox(world or small_world(), now=NOW, seed=1, tcp=False, db=path)


async def test_everything_is_there_again(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    async with sandbox(path) as first:
        door = Door(first)
        moved, canceled = await door.book_solo(uid="a"), await door.book_solo(uid="b", slot=1)
        page = (await door.post(FETCH, {"linkId": "once"})).json
        assert (await door.post(BOOK, {**booking(page, -1), "linkId": "once"})).status == 200
        page = (await door.route("pool", uid="c"))["scheduling"]
        token = (await door.route("pool", uid="c"))["routing"]["token"]
        unused = (await door.route("solo", uid="d"))["routing"]["token"]
        body = {**booking(page, -1, users=True, Additional_Guest_Emails=["x@y.example"]), "token": token}
        assert (await door.post(BOOK_POOL, body)).json["selectedUserId"] == "cyd"
        other_time = booking((await door.post(FETCH, {"meetingId": moved})).json, 2)
        assert (await door("PATCH", f"/v1/meeting/{moved}", other_time)).status == 200
        assert (await door("DELETE", f"/v1/meeting/{canceled}")).status == 200
        before = await door.route("pool", uid="e"), await door.route("solo", uid="f")
    async with sandbox(path) as second:
        door = Door(second)
        assert (second.api_key, second.meetings, second.outbox) == (first.api_key, first.meetings, first.outbox)
        assert [meeting.status for meeting in second.meetings] == ["rescheduled", "canceled", "scheduled", "scheduled"]
        assert (await door.post(FETCH, {"token": token})).json == {"error": SPENT}
        assert (await door.post(FETCH, {"token": unused})).status == 200
        used = {"error": "This link only allows one booking and has already been used."}
        assert (await door.post(BOOK, {**booking(page), "linkId": "once"})).json == used
        assert (await door.route("pool", uid="e"), await door.route("solo", uid="f")) == before
        assert len({await door.book_solo(uid=f"g{number}") for number in range(3)} | {moved, canceled}) == 5


async def test_the_same_seed_with_the_same_file_gives_other_ids(tmp_path: Path) -> None:
    for number in range(3):
        async with sandbox(tmp_path / "state.db") as again:
            page = (await Door(again).post(FETCH, {"linkId": "open"})).json
            assert (await Door(again).post(BOOK, {**booking(page), "linkId": "open"})).status == 200
            assert len(again.meetings) == number + 1


async def test_a_token_for_what_has_left_the_world_is_refused(tmp_path: Path) -> None:
    world = small_world()
    async with sandbox(tmp_path / "state.db", world) as first:
        token = (await Door(first).route("solo"))["routing"]["token"]
    async with sandbox(tmp_path / "state.db", evolve(world, nodes=())) as second:
        assert (await Door(second).post(FETCH, {"token": token})).json == {"error": "Validation Error: Invalid token"}


async def test_meetings_of_another_world_are_told(tmp_path: Path) -> None:
    async with sandbox(tmp_path / "state.db") as first:
        await Door(first).book_solo()
    with pytest.raises(JournalError, match=r"with host 'solo', meeting type 'Call': play the world that has them"):
        sandbox(tmp_path / "state.db", demo_world())
    async with sandbox(tmp_path / "state.db") as again:
        assert len(again.meetings) == 1


async def test_one_sandbox_at_a_time_has_the_file(tmp_path: Path) -> None:
    async with sandbox(tmp_path / "state.db") as first:
        with pytest.raises(JournalError, match=r"database is locked\. Choose another file"):
            sandbox(tmp_path / "state.db")
        await Door(first).book_solo()
    routed = await Door(first).route("solo", uid="late")
    with pytest.raises(JournalError, match="closed"):
        await Door(first).post(BOOK, {**booking(routed["scheduling"]), "token": routed["routing"]["token"]})
    assert len(first.meetings) == 1


async def test_a_change_that_cannot_be_kept_did_not_happen(tmp_path: Path) -> None:
    first = sandbox(tmp_path / "state.db")
    routed = await Door(first).route("solo")
    body = {**booking(routed["scheduling"]), "token": routed["routing"]["token"]}
    journal: Any = first._journal  # pyright: ignore[reportPrivateUsage] - there is no other way to break it
    assert journal._connection.execute("PRAGMA synchronous").fetchall() == [(2,)]
    assert journal._connection.execute("PRAGMA journal_mode").fetchall() == [("wal",)]
    journal._connection.execute("DROP TABLE spent")
    with pytest.raises(JournalError, match="no such table: spent"):
        await Door(first).post(BOOK, body)
    assert (first.meetings, first.outbox) == ([], [])
    assert journal._connection.execute("SELECT count(*) FROM meeting").fetchall() == [(0,)]
    journal.close()


def other_database(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipe (name TEXT)")
    connection.close()


def torn_database(path: Path) -> None:
    asyncio.run(sandbox(path).__aexit__(None, None, None))
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("INSERT INTO mail VALUES (CAST('{\"to\": []}' AS BLOB))")
    connection.close()


def folder(path: Path) -> None:
    path.mkdir()


def text(path: Path) -> None:
    path.write_text("This is a shopping list, not a database." * 99)


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (folder, "unable to open database file"),
        (text, "file is not a database"),
        (other_database, "it is a database of something else"),
        (torn_database, "missing 6 required keyword-only arguments"),
    ],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, make: Any, why: str) -> None:
    path = tmp_path / "state.db"
    make(path)
    with pytest.raises(JournalError, match=rf"^The sandbox cannot keep its state in .*state\.db: .*{why}"):
        sandbox(path)


async def served(path: Path) -> tuple[asyncio.subprocess.Process, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bookit_async.sandbox", "--db", str(path), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    await process.stdout.readline()
    found = None
    while found is None:
        found = re.search(r"BOOKIT_BASE_URL=(\S+) BOOKIT_API_KEY=(\S+)", (await process.stdout.readline()).decode())
    return process, found[1], found[2]


def kill(process_id: int) -> None:
    """Not `process.kill()`, which would take the exit status away from the event loop."""
    with suppress(ProcessLookupError):
        os.kill(process_id, signal.SIGKILL)


@pytest.mark.subprocess
async def test_it_survives_kill_9_in_the_middle_of_bookings(tmp_path: Path) -> None:
    process, url, key = await served(tmp_path / "state.db")
    headers = {"X-Api-Key": key}
    route = paths.ROUTE
    prospect = {"NumEmployees": 100, "Email": "grace@navy.example"}
    asked = {"triggerNode": "New Webform Prospect", "prospect": prospect}
    answered: dict[str, dict[str, Any]] = {}
    async with aiohttp.ClientSession(url, headers=headers) as session:

        async def book(number: int) -> None:
            async with session.post(route, json={**asked, "uid": f"uid-{number}"}) as response:
                routed = await response.json()
            body = {**booking(routed["scheduling"], number, users=True), "userFields": filled()}
            body["token"] = routed["routing"]["token"]
            async with session.post(BOOK_POOL, json=body) as response:
                assert response.status == 200
                answered[(await response.json())["meetingId"]] = body
            if len(answered) >= 5:
                kill(process.pid)

        outcomes = await asyncio.gather(*(book(number) for number in range(40)), return_exceptions=True)
        kill(process.pid)
    assert await process.wait() == -signal.SIGKILL
    assert all(outcome is None or isinstance(outcome, aiohttp.ClientError) for outcome in outcomes)
    assert len(answered) >= 5

    process, url, same_key = await served(tmp_path / "state.db")
    assert same_key == key
    async with aiohttp.ClientSession(url, headers=headers) as session:
        for meeting_id, body in answered.items():
            async with session.get(f"/v1/meeting/{meeting_id}") as response:
                meeting = await response.json()
            time = meeting["calendarEvent"]["scheduledTime"]
            assert time["start_time"] == body["scheduledTime"]["start_time"]
            async with session.post(FETCH, json={"token": body["token"]}) as response:
                assert await response.json() == {"error": SPENT}
            async with session.post(route, json={**asked, "uid": f"new {meeting_id}"}) as response:
                page = (await response.json())["scheduling"]
            emails = {user["Email"]: user_id for user_id, user in page["userIdToInfoMap"].items()}
            host = emails[meeting["calendarEvent"]["organizer"]["email"]]
            slots = {slot["start_time"]: slot["users"] for slot in page["availability"]["timeSlots"]}
            free = [page["availability"]["indexToUserIdMap"][str(user)] for user in slots.get(time["start_time"], ())]
            assert host not in free
    process.send_signal(signal.SIGINT)
    assert await process.wait() == 0
