"""What the store does not keep is done again, and booked once: every question to it fails, one after the other."""

import asyncio
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeAlias

import psycopg
import pytest
import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from bookit_async import Booked, BookIt
from bookit_async.durable import Durable, StoreLostError
from bookit_async.durable import durable as durable_module
from bookit_async.durable.dbos_engine import NAME, DbosEngine
from bookit_async.durable.store import lost
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from ..scenes import ANSWERS, ZONE
from .engine import SECRET
from .postgres import Postgres
from .test_booking import MODES, intent_of, rehearsal

Way: TypeAlias = Literal["at the statement", "at the commit", "after the commit"]
WAYS: tuple[Way, ...] = ("at the statement", "at the commit", "after the commit")
WRITES = {"sqlite": 6, "postgresql": 4}
"""Of a booking, on the engine's tables and ours."""
TABLES = ("workflow_status", "operation_outputs", "workflow_output", "bookit_meetings")


@pytest.mark.parametrize(("times", "kept"), [(1, False), (1, True), (3, False)])
@pytest.mark.parametrize("fault", ["none", "after"])
@pytest.mark.parametrize("mode", MODES)
async def test_one_meeting_whatever_question_the_store_does_not_answer(
    mode: str, fault: str, times: int, *, kept: bool
) -> None:
    plan: list[Any] = [] if fault == "none" else [fault]
    number, asked = 0, 1
    while number < asked:
        play, sandbox, _ = rehearsal(*plan, on="meeting", method="POST")
        play.store.away = set(range(number, number + times))
        play.store.kept = kept
        outcome = await play.run(intent_of(mode))
        assert outcome["type"] == "Booked", number
        assert [one.id for one in sandbox.meetings] == [outcome["meeting_id"]], number
        number, asked = number + 1, play.store.asked - times


async def test_a_meeting_that_could_not_be_noted_is_looked_for_and_not_booked_again() -> None:
    play, sandbox, transport = rehearsal(token_fence=False)
    play.store.away = {4}  # forgotten, withdrawn, the plan, withdrawn, and then whose the meeting is
    outcome = await play.run(intent_of())
    assert play.came == [("plan", "planned"), ("send", "open"), ("send", "ended")]
    assert [one.id for one in sandbox.meetings] == [outcome["meeting_id"]]
    assert [url for url in transport.sent if url.endswith("/v1/meeting")].count("/v1/meeting") <= 1


class Trouble:
    """A database that fails once in what is written for an intent, or for as long as it is full."""

    def __init__(self, error: Exception) -> None:
        self.error = error
        self.way: Way = "at the statement"
        self.left = -1
        """Writes that succeed before the one that does not."""

    def arm(self, way: Way, number: int) -> None:
        self.way, self.left = way, number

    def before(self, connection: sa.Connection, _: Any, statement: str, *__: Any) -> None:
        begins = statement.lstrip().lower().startswith(("insert", "update", "with updated"))
        if begins and any(table in statement for table in TABLES):
            self.left -= 1
            if self.left == -1:
                if self.way == "at the statement":
                    raise self.error
                connection.info["trouble"] = True

    def commit(self, connection: sa.Connection) -> None:
        if connection.info.pop("trouble", False):
            if self.way == "after the commit":
                connection.connection.dbapi_connection.commit()  # type: ignore[union-attr]
            raise self.error


@contextmanager
def troubled(error: Exception) -> Generator[Trouble]:
    trouble = Trouble(error)
    event.listen(sa.Engine, "before_cursor_execute", trouble.before)
    event.listen(sa.Engine, "commit", trouble.commit)
    try:
        yield trouble
    finally:
        event.remove(sa.Engine, "before_cursor_execute", trouble.before)
        event.remove(sa.Engine, "commit", trouble.commit)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a worker look every tenth of a second for what it could not keep."""
    monkeypatch.setattr(durable_module, "_PICK_UP", 1)
    monkeypatch.setattr(durable_module, "BETWEEN", 0.1)


async def book(durable: Durable, number: str) -> Booked:
    """Book an intent, and ask again with its id when the store does not answer, as it says."""
    while True:
        try:
            if number.startswith("link"):
                answers = {**ANSWERS, "Email": f"{number}@engines.example"}
                outcome = await durable.book_link(number, "Em30rva", timezone=ZONE, answers=answers, timeout=60)
            else:
                prospect = {**ADA, "Email": f"{number}@engines.example"}
                outcome = await durable.book(number, NODE, prospect, timezone=ZONE, timeout=60)
        except StoreLostError:
            continue
        assert isinstance(outcome, Booked)
        return outcome


async def each_once(durable: Durable, sandbox: Sandbox, trouble: Trouble, ways: tuple[Way, ...], writes: int) -> None:
    told = list[str]()
    for way in ways:
        for number in range(writes):
            trouble.arm(way, number)
            told.append((await book(durable, f"lead-{ways.index(way)}-{number}")).meeting_id)
            assert trouble.left < 0, "there are fewer writes than that: lower WRITES"
    assert sorted(told) == sorted(one.id for one in sandbox.meetings)
    assert {(one.state, one.why) async for one in durable.intents()} == {("done", None)}


@pytest.mark.usefixtures("soon")
async def test_one_meeting_whatever_a_sqlite_file_does_not_keep(sandbox: Sandbox, tmp_path: Path) -> None:
    full = OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))
    client = BookIt(sandbox.api_key, transport=sandbox.transport, settle=0.2)
    database = f"sqlite:///{tmp_path / 'x.db'}"
    with troubled(full) as trouble:
        async with client, Durable(client, database=database, secrets=[SECRET]) as durable:
            await each_once(durable, sandbox, trouble, WAYS, WRITES["sqlite"])


@pytest.mark.usefixtures("soon")
async def test_one_meeting_whatever_postgresql_does_not_keep(sandbox: Sandbox, postgres: Postgres) -> None:
    closed = InternalError("insert", {}, psycopg.errors.ReadOnlySqlTransaction("cannot execute in a standby"))
    client = BookIt(sandbox.api_key, transport=sandbox.transport, settle=0.2)
    with troubled(closed) as trouble:
        async with client, Durable(client, database=postgres.database("unkept"), secrets=[SECRET]) as durable:
            await each_once(durable, sandbox, trouble, WAYS[:1], WRITES["postgresql"])


@pytest.mark.usefixtures("soon")
async def test_a_disk_that_is_full_for_a_while_loses_nothing_and_books_nothing_twice(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    pages = [0]

    def limit(connection: sqlite3.Connection, *_: Any) -> None:
        """Let the file have no more pages than it has, or as many as it likes."""
        connection.execute(f"pragma max_page_count = {pages[0] or 1_000_000}")

    event.listen(sa.pool.Pool, "checkout", limit)
    client = BookIt(sandbox.api_key, transport=sandbox.transport, settle=0.2)
    database = f"sqlite:///{tmp_path / 'x.db'}"
    try:
        async with client, Durable(client, database=database, secrets=[SECRET]) as durable:
            booking = [
                asyncio.create_task(book(durable, f"{kind}-{n}")) for n in range(12) for kind in ("lead", "link")
            ]
            while not sandbox.meetings:  # noqa: ASYNC110 - the very instant is wanted
                await asyncio.sleep(0)
            pages[0] = 1  # of those that it has, none is given back
            await asyncio.sleep(1.0)
            assert not all(one.done() for one in booking)
            later = [durable.submit(f"later-{number}", NODE, ADA, timezone=ZONE) for number in range(30)]
            came = await asyncio.gather(*later, return_exceptions=True)
            assert {type(one) for one in came if isinstance(one, Exception)} == {StoreLostError}
            pages[0] = 0
            told = [one.meeting_id for one in await asyncio.gather(*booking)]
            late = [one.intent_id async for one in durable.intents() if one.intent_id.startswith("later")]
            told += [one.meeting_id async for _, one in durable.results(late) if isinstance(one, Booked)]
    finally:
        event.remove(sa.pool.Pool, "checkout", limit)
    assert sorted(told) == sorted(one.id for one in sandbox.meetings)


async def test_what_the_store_could_not_keep_stays_under_way_for_all_who_look(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def not_yet(_: DbosEngine) -> None: ...

    monkeypatch.setattr(DbosEngine, "pick_up", not_yet)
    client = BookIt(sandbox.api_key, transport=sandbox.transport, settle=0.2)
    full = OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))
    database = f"sqlite:///{tmp_path / 'x.db'}"
    async with client:
        with troubled(full) as trouble:
            async with Durable(client, database=database, secrets=[SECRET]) as durable:
                trouble.arm("at the statement", 4)
                await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
                while not await DBOS.list_workflows_async(status="ERROR", name=NAME):  # noqa: ASYNC110 - no event tells
                    await asyncio.sleep(0.01)
                standing = await durable.find("lead-1")
                assert standing is not None
                assert standing.state == "planned"
                assert [one.intent_id for one in await durable.under_way()] == ["lead-1"]
                assert await durable.forget(before=standing.asked_at.replace(year=9000)) == 0
                with pytest.raises(TimeoutError):
                    await durable.result("lead-1", timeout=0.2)
        monkeypatch.undo()
        async with Durable(client, database=database, secrets=[SECRET]) as durable:  # the next start goes on with it
            assert isinstance(await durable.result("lead-1", timeout=60), Booked)
    assert len(sandbox.meetings) == 1


def test_every_kind_of_trouble_is_told_without_what_was_stored() -> None:
    assert lost(PoolTimeoutError("QueuePool limit")).reason == "TimeoutError"
    assert lost(sqlite3.DatabaseError("disk image is malformed")).reason == "disk image is malformed"
    assert lost(DBAPIError("select", {}, None)).reason == "DBAPIError"  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
