"""What durable bookings do on PostgreSQL: one worker here, whose ways are looked at from inside."""

import asyncio
import time
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import DisconnectionError

from bookit_async import Booked, BookIt
from bookit_async.durable import Durable, IntentConflictError, StoreLostError, dbos_engine
from bookit_async.durable.dbos_engine import DbosEngine
from bookit_async.durable.fleet import watch
from bookit_async.durable.reconnecting import Reconnecting
from bookit_async.durable.sealing import Vault
from bookit_async.durable.store import Store, refuse_ended
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from ..flaky import Fault, Flaky
from ..scenes import ANSWERS, ZONE
from .engine import SECRET
from .postgres import Postgres

CUT = "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and granted"
CUT_ALL = (
    "select count(pg_terminate_backend(pid)) from pg_stat_activity "
    "where datname = current_database() and pid <> pg_backend_pid()"
)
LEFT = (
    "update dbos.workflow_status set status = 'PENDING', executor_id = '{who}', output = null, completed_at = null "
    "where workflow_uuid = 'lead-1'"
)


async def test_a_dead_workers_intent_is_taken_over_and_a_lost_connection_is_made_anew(
    postgres: Postgres, sandbox: Sandbox
) -> None:
    database = postgres.database("takeover")
    client = BookIt(sandbox.api_key, transport=sandbox.transport, settle=1.0)
    async with client, Durable(client, database=database, secrets=[SECRET], limit=(100, 1.0)) as durable:
        assert isinstance(await durable.book("lead-1", NODE, ADA, timezone=ZONE, timeout=60), Booked)
        engine = durable._engine  # pyright: ignore[reportPrivateUsage]
        assert isinstance(engine, DbosEngine)
        assert not await engine.owns("lead-1")  # it is over
        assert int(await asyncio.to_thread(postgres.sql, "takeover", CUT)) >= 1
        store = durable._store  # pyright: ignore[reportPrivateUsage]
        await store.report("worker-gone", 0)
        async with Durable(client, database=database, secrets=[SECRET], worker=False) as caller:
            # As a worker leaves it that was killed: under way, with a name that nobody holds.
            await asyncio.to_thread(postgres.sql, "takeover", LEFT.format(who="worker-gone"))
            assert isinstance(await caller.result("lead-1", timeout=60), Booked)
        while len((await store.report(engine.name, 0)).workers) > 1:  # noqa: ASYNC110 - the sweep does it
            await asyncio.sleep(0.05)
        link = await durable.book_link("lead-2", "Em30rva", timezone=ZONE, answers=ANSWERS, timeout=60)
        assert isinstance(link, Booked)
        dump = await asyncio.to_thread(postgres.dump, "takeover")
        assert "lead-1" in dump
        for canary in ("Lovelace", "engines.example", "303 555", "Analytical", link.meeting_id, SECRET):
            assert canary not in dump
    assert len(sandbox.meetings) == 2


async def test_one_that_comes_back_to_the_worker_that_still_runs_it_is_run_once(
    postgres: Postgres, sandbox: Sandbox
) -> None:
    database = postgres.database("back")
    client = BookIt(sandbox.api_key, transport=sandbox.transport, settle=0.5)
    begun, go_on = asyncio.Event(), asyncio.Event()
    async with client, Durable(client, database=database, secrets=[SECRET]) as durable:
        steps = durable._steps  # pyright: ignore[reportPrivateUsage]
        plan, plans = steps.plan, list[object]()

        async def held(*given: Any) -> Any:
            plans.append(given)
            begun.set()
            if len(plans) == 1:
                await go_on.wait()
            return await plan(*given)

        object.__setattr__(durable._engine, "_workflow", _with_plan(durable, held))  # pyright: ignore[reportPrivateUsage]
        await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
        await begun.wait()
        engine: Any = durable._engine  # pyright: ignore[reportPrivateUsage]
        await engine._take_over(engine.name)
        assert isinstance(await durable.result("lead-1", timeout=60), Booked)
        assert len(plans) == 2
    assert len(sandbox.meetings) == 1


def _with_plan(durable: Durable, plan: Any) -> Any:
    from functools import partial

    from bookit_async.durable.booking import carry_out

    class Planned:
        def __getattr__(self, name: str) -> Any:
            return plan if name == "plan" else getattr(durable._steps, name)  # pyright: ignore[reportPrivateUsage]

    steps: Any = Planned()
    return partial(carry_out, steps=steps, vault=durable._vault)  # pyright: ignore[reportPrivateUsage]


async def test_a_worker_that_gets_no_lock_says_so_and_leaves_nothing_behind(
    postgres: Postgres, client: BookIt, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(dbos_engine, "watch", never)
    monkeypatch.setattr(dbos_engine, "_STANDING", 0.01)
    with pytest.raises(StoreLostError, match="no lock"):
        async with Durable(client, database=postgres.database("nolock"), secrets=[SECRET]):
            pass
    monkeypatch.undo()
    async with Durable(client, database=postgres.database("lock"), secrets=[SECRET]):
        pass


async def test_a_connection_that_ended_meanwhile_is_made_anew_and_nobody_is_told(
    postgres: Postgres, client: BookIt
) -> None:
    async with Durable(client, database=postgres.database("ended"), secrets=[SECRET]) as durable:
        assert isinstance(await durable.book("lead-1", NODE, ADA, timezone=ZONE, timeout=60), Booked)
        assert int(await asyncio.to_thread(postgres.sql, "ended", CUT_ALL)) >= 3
        assert await durable.find("lead-2") is None
        assert isinstance(await durable.book("lead-3", NODE, ADA, timezone=ZONE, timeout=60), Booked)


def test_a_look_tells_whether_a_connection_has_ended(postgres: Postgres) -> None:
    with psycopg.connect(postgres.database("looked")) as connection:
        connection.execute("select 1")
        connection.commit()
        refuse_ended(connection)
        postgres.sql("looked", CUT_ALL)
        with pytest.raises(DisconnectionError):
            refuse_ended(connection)
        connection.close()
        with pytest.raises(DisconnectionError):
            refuse_ended(connection)


async def test_what_many_ask_for_at_once_is_stored_once_each(postgres: Postgres, client: BookIt) -> None:
    database = postgres.database("crowd")
    numbers = range(40)
    other = {**ADA, "FirstName": "Augusta"}
    async with (
        Durable(client, database=database, secrets=[SECRET], worker=False) as one,
        Durable(client, database=database, secrets=[SECRET], worker=False) as another,
    ):

        async def submit(durable: Durable, number: int, prospect: dict[str, Any]) -> object:
            try:
                return (await durable.submit(f"lead-{number}", NODE, prospect, timezone=ZONE)).intent_id
            except IntentConflictError as error:
                return error.intent_id, "conflict"

        came = await asyncio.gather(
            *(submit(one, number, ADA) for number in numbers),
            *(submit(another, number, ADA) for number in reversed(numbers)),
            *(submit(one, number, ADA) for number in numbers),
        )
        ids = [f"lead-{number}" for number in numbers]
        assert came == [*ids, *reversed(ids), *ids]
        assert await submit(another, 7, other) == ("lead-7", "conflict")
        mixed: object = await asyncio.gather(submit(one, 99, ADA), submit(one, 8, other), submit(one, 98, ADA))
        assert mixed == ["lead-99", ("lead-8", "conflict"), "lead-98"]
        assert sorted([standing.intent_id for standing in await one.under_way()]) == sorted(
            [*ids, "lead-98", "lead-99"]
        )


async def test_a_guard_that_cannot_connect_tries_again() -> None:
    guard = asyncio.create_task(
        watch(
            "postgresql://nobody@127.0.0.1:9/none",
            "me",
            workers=_nobody,
            take_over=_refused,
            every=0.01,
            standing=asyncio.Event(),
        )
    )
    await asyncio.sleep(0.1)
    assert not guard.done()
    guard.cancel()
    await asyncio.wait([guard])


async def test_a_worker_whose_name_is_held_lives_and_is_taken_over_once_it_is_not(postgres: Postgres) -> None:
    database, taken, standing = postgres.database("living"), list[str](), asyncio.Event()

    troubles: list[Exception] = [StoreLostError(reason="away"), RuntimeError()]

    async def workers() -> tuple[str, ...]:
        if troubles:
            raise troubles.pop()
        return ("other",)

    async def take_over(other: str) -> None:
        taken.append(other)

    async with await psycopg.AsyncConnection.connect(database, autocommit=True) as other:
        await other.execute("select pg_advisory_lock(hashtextextended('bookit:' || 'other', 0))")
        guard = asyncio.create_task(
            watch(database, "me", workers=workers, take_over=take_over, every=0.01, standing=standing)
        )
        await standing.wait()
        await asyncio.sleep(0.1)
        assert taken == []
    while not taken:  # noqa: ASYNC110 - the sweep does it
        await asyncio.sleep(0.01)
    guard.cancel()
    await asyncio.wait([guard])


async def test_a_lost_database_is_told_in_seconds_and_gone_on_with_when_it_is_back(
    postgres: Postgres, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    database = postgres.database("lost")
    busy: list[Fault] = ["429"] * 500
    transport = Flaky(sandbox.transport, busy, on="scheduling")
    client = BookIt(sandbox.api_key, transport=transport, settle=0.5)
    async with client, Durable(client, database=database, secrets=[SECRET], grace=0.0) as durable:
        await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
        waiting = asyncio.create_task(durable.result("lead-1"))
        await asyncio.sleep(0.1)
        await asyncio.to_thread(postgres.stop)
        try:
            began = time.monotonic()
            with pytest.raises(StoreLostError, match="does not answer"):
                await waiting
            with pytest.raises(StoreLostError, match="does not answer"):
                await durable.find("lead-1")
            assert time.monotonic() - began < 10
            await asyncio.sleep(3.0)
        finally:
            await asyncio.to_thread(postgres.start)
        transport.plan.clear()
        assert isinstance(await durable.result("lead-1", timeout=60), Booked)
    assert len(sandbox.meetings) == 1
    assert "the database is away" in caplog.text


def test_nobody_waits_for_a_connection_once_it_is_closed() -> None:
    connecting = Reconnecting("postgresql://nobody@127.0.0.1:9/none")
    connecting.closed = True
    with pytest.raises(psycopg.OperationalError):
        connecting.connect()


async def _nobody() -> tuple[str, ...]:
    return ()


async def _refused(_: str) -> None:
    raise AssertionError


async def test_the_store_spaces_the_requests_of_all_by_its_own_clock(postgres: Postgres) -> None:
    database = postgres.database("pace")
    stores = [Store(database, Vault([SECRET])) for _ in range(2)]
    await asyncio.gather(*(one.open() for one in stores))
    came = sorted(await asyncio.gather(*(one.reserve(0.15) for one in stores for _ in range(2))))
    assert all(may for may, _ in came)
    assert [wait for _, wait in came] == pytest.approx([0.15 * number for number in range(4)], abs=0.1)
    await stores[0].change_share(1.0, 0.5)
    assert (await stores[1].report("a", 0)).share == 0.5
    for one in stores:
        await one.close()
