"""Durable bookings through the front door: a sandbox, a SQLite file."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbos import DBOS, DBOSConfig, error
from sqlalchemy.exc import OperationalError

from bookit_async import Booked, BookIt, InvalidInputError, Offer, Redirected, RetryPolicy
from bookit_async.durable import (
    Durable,
    DurableClosedError,
    Forgotten,
    IntentBrokenError,
    IntentConflictError,
    IntentNotFoundError,
    Refused,
    Standing,
    StoreLostError,
    Withdrawn,
    dbos_engine,
    engine_settings,
)
from bookit_async.durable import durable as durable_module
from bookit_async.durable.dbos_engine import VERSION, lock_file
from bookit_async.durable.engine import Row
from bookit_async.durable.outcomes import read_outcome
from bookit_async.durable.sealing import Names, Vault
from bookit_async.durable.store import Store, Together, database_problem, file_of, lost
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from ..flaky import Fault, Flaky
from ..scenes import ANSWERS, ZONE, bookings
from .engine import OTHER, SECRET


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bookings.db'}"


@pytest.fixture
async def durable(client: BookIt, database: str) -> AsyncIterator[Durable]:
    async with Durable(client, database=database, secrets=[SECRET], limit=(1000, 1.0)) as durable:
        yield durable


async def test_an_intent_is_booked_once_and_told_to_all_who_ask(durable: Durable, sandbox: Sandbox) -> None:
    first, second = await asyncio.gather(*(durable.book("lead-1", NODE, ADA, timezone=ZONE) for _ in range(2)))
    assert isinstance(first, Booked)
    assert first == second == await durable.result("lead-1")
    assert [one.id for one in sandbox.meetings] == [first.meeting_id]
    assert durable._teller is not None  # pyright: ignore[reportPrivateUsage]
    await asyncio.wait_for(durable._teller, 30)  # nobody waits for anything any more  # pyright: ignore[reportPrivateUsage]
    link = await durable.book_link("lead-2", "Em30rva", timezone=ZONE, answers=ANSWERS)
    assert isinstance(link, Booked)
    assert len(sandbox.meetings) == 2


async def test_what_was_decided_and_what_was_refused_are_outcomes(durable: Durable) -> None:
    redirected = await durable.book("lead-1", NODE, {**ADA, "NumEmployees": 8}, timezone=ZONE)
    assert isinstance(redirected, Redirected)
    handle = await durable.submit("lead-2", "No such node", ADA, timezone=ZONE)
    refused = await handle.result(timeout=20)
    assert isinstance(refused, Refused)
    assert type(refused.error).__name__ == "TriggerNodeNotFoundError"
    assert [one async for one, _ in durable.results("lead-1")] == ["lead-1"]
    found = {one: outcome async for one, outcome in durable.results(["lead-1", "lead-2", "lead-1"])}
    assert found["lead-1"] == redirected
    assert isinstance(found["lead-2"], Refused)


async def test_the_same_id_with_other_content_is_a_conflict(durable: Durable) -> None:
    await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
    await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
    with pytest.raises(IntentConflictError, match="lead-1"):
        await durable.submit("lead-1", NODE, {**ADA, "Email": "grace@engines.example"}, timezone=ZONE)


async def test_one_that_is_forgotten_while_it_is_asked_for_again_is_stored_anew(
    durable: Durable, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine: Any = durable._engine  # pyright: ignore[reportPrivateUsage]
    start, tries = engine._start, list[str]()

    async def started(intent_id: str, *given: Any) -> None:
        tries.append(intent_id)
        if len(tries) == 1:
            raise error.DBOSWorkflowIDInUseError(intent_id, "SUCCESS", "book")
        await start(intent_id, *given)

    monkeypatch.setattr(engine, "_start", started)
    assert isinstance(await durable.book("lead-1", NODE, ADA, timezone=ZONE), Booked)
    assert tries == ["lead-1", "lead-1"]


async def test_what_is_withdrawn_before_a_worker_sees_it_is_not_booked(client: BookIt, database: str) -> None:
    async with Durable(client, database=database, secrets=[SECRET], worker=False) as caller:
        with pytest.raises(IntentNotFoundError):
            await caller.withdraw("lead-1")
        await caller.submit("lead-1", NODE, ADA, timezone=ZONE)
        with pytest.raises(TimeoutError):
            await caller.withdraw("lead-1", timeout=0.01)
        async with Durable(client, database=database, secrets=[SECRET]) as worker:
            assert isinstance(await caller.withdraw("lead-1", timeout=30), Withdrawn)
            booked = await worker.book("lead-2", NODE, ADA, timezone=ZONE)
            assert isinstance(booked, Booked)
            assert await worker.withdraw("lead-2") == booked


async def test_what_is_forgotten_is_not_booked_again_unless_it_is_forgotten_entirely(
    durable: Durable, sandbox: Sandbox, tmp_path: Path
) -> None:
    booked = await durable.book("lead-1", NODE, ADA, timezone=ZONE)
    assert isinstance(booked, Booked)
    await durable.book("lead-2", NODE, {**ADA, "NumEmployees": 8}, timezone=ZONE)
    assert await durable.forget(before=datetime.now(UTC) - timedelta(hours=1)) == 0
    for _ in range(2):
        assert await durable.forget(before=datetime.now(UTC) + timedelta(hours=1)) == 2
        assert await durable.find("lead-1") is None
        assert await durable.result("lead-1") == Forgotten(meeting_id=booked.meeting_id)
        assert await durable.withdraw("lead-2") == Forgotten()
        assert await durable.book("lead-1", NODE, ADA, timezone=ZONE) == Forgotten(meeting_id=booked.meeting_id)
        assert await durable.book("lead-2", NODE, {**ADA, "NumEmployees": 8}, timezone=ZONE) == Forgotten()
    refused = await durable.book("lead-1x", NODE, ADA, timezone=ZONE)
    assert isinstance(refused, Booked)
    assert await durable.forget(before=datetime.now(UTC) + timedelta(hours=1)) == 3
    with pytest.raises(IntentConflictError):
        await durable.book("lead-1", NODE, {**ADA, "Email": "grace@engines.example"}, timezone=ZONE)
    told = {intent_id: outcome async for intent_id, outcome in durable.results(["lead-1", "lead-2"])}
    assert told == {"lead-1": Forgotten(meeting_id=booked.meeting_id), "lead-2": Forgotten()}
    assert await durable.book("lead-1", NODE, ADA, timezone=ZONE) == Forgotten(meeting_id=booked.meeting_id)
    with pytest.raises(IntentNotFoundError):  # for there is a meeting, of which only the id is known
        await durable.look("lead-1")
    assert len(sandbox.meetings) == 2
    assert await durable.forget(before=datetime.now(UTC) + timedelta(hours=1), entirely=True) == 3
    assert isinstance(await durable.book("lead-1", NODE, ADA, timezone=ZONE), Booked)
    assert len(sandbox.meetings) == 3
    with pytest.raises(InvalidInputError, match="before"):
        await durable.forget(before=datetime.now())  # noqa: DTZ005 - a naive one is refused


async def test_workers_slow_down_when_the_service_complains_and_come_up_again(
    durable: Durable, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, store, engine = durable._gate, durable._store, durable._engine  # pyright: ignore[reportPrivateUsage]
    gate.answered(429)
    await durable._tend()  # pyright: ignore[reportPrivateUsage]
    assert (await store.report(engine.name, 0)).share == 0.5
    assert isinstance(await durable.book("lead-1", NODE, ADA, timezone=ZONE), Booked)
    while (await store.report(engine.name, 0)).share == 0.5:  # noqa: ASYNC110 - the worker does it once a second
        await asyncio.sleep(0.05)
    for trouble in (StoreLostError(reason="gone"), RuntimeError()):
        monkeypatch.setattr(store, "report", _raising(trouble))
        await asyncio.sleep(1.1)
    monkeypatch.undo()
    await durable._tend()  # pyright: ignore[reportPrivateUsage]


def _raising(error: Exception) -> Any:
    async def report(*_: object) -> None:
        raise error

    return report


async def test_all_intents_are_listed_in_their_order_and_in_small_pieces(
    client: BookIt, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(durable_module, "_MOST_AT_ONCE", 3)
    ids = [f"lead-{number}" for number in range(8)]
    async with Durable(client, database=database, secrets=[SECRET], worker=False) as caller:
        assert [one async for one in caller.intents()] == []
        for first in ("lead-0", "lead-1"):
            await caller.submit(first, NODE, ADA, timezone=ZONE)
        await asyncio.gather(*(caller.submit(one, NODE, ADA, timezone=ZONE) for one in ids))  # several in a millisecond
        listed = [one async for one in caller.intents()]
        assert [one.intent_id for one in listed[:2]] == ids[:2]
        assert sorted(one.intent_id for one in listed) == ids
        assert {(one.state, one.outcome) for one in listed} == {("asked", None)}
        async with Durable(client, database=database, secrets=[SECRET]):
            await caller.result("lead-3", timeout=30)
            standing = {one.intent_id: one async for one in caller.intents()}
        assert isinstance(standing["lead-3"].outcome, Booked)
        assert standing["lead-0"].asked_at == listed[0].asked_at


async def test_what_nobody_asked_for_is_not_found(durable: Durable) -> None:
    assert await durable.find("lead-9") is None
    with pytest.raises(IntentNotFoundError, match="lead-9"):
        await durable.result("lead-9")


async def test_bad_input_is_told_before_anything_is_stored(durable: Durable) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await durable.book("\n", NODE, ADA, timezone="Mars/Olympus", slot=lambda slots: slots)
    assert len(caught.value.problems) == 2
    with pytest.raises(InvalidInputError, match="function of your own"):
        await durable.book("lead-1", NODE, ADA, timezone=ZONE, slot=lambda slots: slots)
    with pytest.raises(InvalidInputError, match="an intent id must be"):
        _ = [one async for one in durable.results(["lead-1", "\ud800"])]
    with pytest.raises(InvalidInputError, match="exactly one"):
        await durable.submit("lead-1", NODE, ADA, link_id="Em30rva", timezone=ZONE)
    with pytest.raises(InvalidInputError, match="JSON values"):
        await durable.book_link("lead-1", "Em30rva", timezone=ZONE, answers={"Email": object()})
    assert await durable.find("lead-1") is None


async def test_bad_settings_are_told_all_at_once(client: BookIt) -> None:
    with pytest.raises(InvalidInputError) as caught:
        Durable(client, database="mysql://x", secrets=["short"], limit=(0, 1), concurrency=0)
    assert len(caught.value.problems) == 4
    wrong: dict[str, Any] = {"database": None, "secrets": [SECRET], "grace": float("nan"), "limit": (1, float("inf"))}
    with pytest.raises(InvalidInputError) as caught:
        Durable(None, **wrong)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    assert [one.partition(" ")[0] for one in caught.value.problems] == ["client", "database", "limit", "grace"]


@pytest.mark.parametrize(
    "database",
    [
        "bookings.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=ro",
        "sqlite://host/x.db",
        "postgresql://host",
        "postgresql://host:port/x",
        "postgresql+psycopg://host/x",
        7,
        None,
    ],
)
def test_what_is_no_database_for_it_is_told(database: Any) -> None:
    problem = database_problem(database)
    assert problem is not None
    assert "postgresql://user@host/name" in problem


def test_of_a_databases_words_only_those_are_told_that_hold_nothing_stored() -> None:
    refused = psycopg.OperationalError("connection to server failed: Connection refused\nIs it running?")
    assert lost(OperationalError(None, None, refused)).reason == "connection to server failed: Connection refused"
    assert lost(OperationalError("select 1", {}, refused)).reason == "OperationalError"
    locked = sqlite3.OperationalError("database is locked")
    assert lost(OperationalError("select 1", {}, locked)).reason == "database is locked"


async def test_a_second_worker_is_refused_in_a_sentence(durable: Durable, client: BookIt, database: str) -> None:
    with pytest.raises(InvalidInputError, match="has a durable worker already"):
        async with Durable(client, database=database, secrets=[SECRET]):
            pass
    file = file_of(database)
    assert file is not None
    with pytest.raises(InvalidInputError, match="another worker works on this SQLite file"):
        lock_file(file)
    lock_file(file.with_suffix(".other")).close()
    with pytest.raises(StoreLostError, match="no lock can be made"):
        lock_file(file / "x.db")


async def test_a_program_that_has_the_engine_for_itself_keeps_it(client: BookIt, database: str) -> None:
    DBOS(config=DBOSConfig(name="shop", system_database_url=f"{database}.shop"))
    try:
        with pytest.raises(InvalidInputError, match="this program has a DBOS of its own"):
            async with Durable(client, database=database, secrets=[SECRET]):
                pass
        async with Durable(client, database=database, secrets=[SECRET], worker=False) as caller:
            await caller.submit("lead-1", NODE, ADA, timezone=ZONE)
        assert DBOS.application_version != VERSION
    finally:
        DBOS.destroy()


async def test_a_program_that_makes_the_engine_for_both_shares_it(client: BookIt, database: str) -> None:
    @DBOS.workflow(name="shop")
    async def shop(name: str) -> str:
        return f"sold to {name}"

    with pytest.raises(InvalidInputError, match="database must be"):
        engine_settings("shop.db")
    DBOS(config=engine_settings(f"{database}.other"))
    try:
        with pytest.raises(InvalidInputError, match="made for another database"):
            async with Durable(client, database=database, secrets=[SECRET]):
                pass
    finally:
        DBOS.destroy()
    for _ in range(2):
        DBOS(config=engine_settings(database))
        async with Durable(client, database=database, secrets=[SECRET]) as durable:
            assert isinstance(await durable.book("lead-1", NODE, ADA, timezone=ZONE), Booked)
            assert await shop("Ada") == "sold to Ada"
            assert [one.intent_id async for one in durable.intents()] == ["lead-1"]
    async with Durable(client, database=database, secrets=[SECRET]) as durable:
        assert isinstance(await durable.result("lead-1"), Booked)


async def test_other_secrets_are_told_before_anything_is_done(client: BookIt, database: str) -> None:
    async with Durable(client, database=database, secrets=[SECRET], worker=False):
        pass
    with pytest.raises(InvalidInputError, match="not among secrets"):
        async with Durable(client, database=database, secrets=[OTHER]):
            pass
    async with Durable(client, database=database, secrets=[OTHER, SECRET], worker=False):
        pass
    async with Durable(client, database=database, secrets=[OTHER], worker=False):
        pass


async def test_a_caller_asks_and_a_later_worker_books(client: BookIt, database: str, tmp_path: Path) -> None:
    async with Durable(client, database=database, secrets=[SECRET], worker=False) as caller:
        await caller.submit("lead-1", NODE, ADA, timezone=ZONE)
        standing = await caller.find("lead-1")
        assert standing is not None
        assert standing.state == "asked"
        with pytest.raises(TimeoutError):
            await caller.result("lead-1", timeout=0.05)
        task = asyncio.create_task(caller.result("lead-1"))
        await asyncio.sleep(0)
        async with Durable(client, database=database, secrets=[SECRET]) as worker:
            assert await worker.result("lead-1", timeout=30) == await task
        standing = await caller.find("lead-1")
        assert standing is not None
        assert (standing.state, type(standing.outcome)) == ("done", Booked)
    await asyncio.to_thread(lambda: None)  # the loop has a default executor again
    stored = await asyncio.to_thread(_bytes_in, tmp_path)
    for canary in (b"Lovelace", b"engines.example", b"303 555", b"Analytical"):
        assert canary not in stored


def _bytes_in(folder: Path) -> bytes:
    return b"".join(one.read_bytes() for one in folder.iterdir())


async def test_one_that_is_open_says_since_when_and_why(sandbox: Sandbox, database: str) -> None:
    busy: list[Fault] = ["429"] * 30
    transport = Flaky(sandbox.transport, busy, on="scheduling")
    async with (
        BookIt(sandbox.api_key, transport=transport) as client,
        Durable(client, database=database, secrets=[SECRET]) as durable,
    ):
        handle = await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
        standing = await durable.find("lead-1")
        while standing is None or standing.state != "open":
            await asyncio.sleep(0.02)
            standing = await durable.find("lead-1")
        transport.plan.clear()
        assert (standing.state, standing.why) == ("open", "too many requests")
        assert standing.since is not None
        assert datetime.now(UTC) - standing.since < timedelta(minutes=1)
        assert isinstance(await handle.result(timeout=30), Booked)
    assert bookings(transport) == 1


async def test_what_is_open_can_be_looked_up_without_a_worker_and_books_nothing(
    sandbox: Sandbox, client: BookIt, database: str
) -> None:
    lost: list[Fault] = ["before"] * 1000
    transport = Flaky(sandbox.transport, ["after", *lost], on="meeting")
    async with (
        BookIt(sandbox.api_key, transport=transport, deadline=1.0) as broken,
        Durable(broken, database=database, secrets=[SECRET], grace=0) as worker,
        Durable(client, database=database, secrets=[SECRET], worker=False) as caller,
    ):
        await worker.submit("lead-1", NODE, ADA, timezone=ZONE)
        found = await caller.look("lead-1")
        while found is None:  # it is not sent yet
            await asyncio.sleep(0.02)
            found = await caller.look("lead-1")
        assert isinstance(found, Booked)
        assert [one.id for one in sandbox.meetings] == [found.meeting_id]
        with pytest.raises(IntentNotFoundError):
            await caller.look("lead-2")
        transport.plan.clear()
        booked = await worker.result("lead-1", timeout=30)
        assert booked == await caller.look("lead-1")
        assert isinstance(booked, Booked)
        assert booked.meeting_id == found.meeting_id
        await worker.book("lead-3", NODE, {**ADA, "NumEmployees": 8}, timezone=ZONE)
        assert await caller.look("lead-3") is None
        await worker.close()
        await caller.submit("lead-4", NODE, ADA, timezone=ZONE)
        assert await caller.look("lead-4") is None
    assert len(sandbox.meetings) == 1


async def test_who_waits_for_an_id_that_nobody_asked_for_does_not_make_it_one(durable: Durable) -> None:
    results: Any = durable.results(["lead-1"])
    waiting: asyncio.Task[Any] = asyncio.create_task(anext(results))
    await asyncio.sleep(0.05)
    for ask in (durable.result, durable.withdraw):
        with pytest.raises(IntentNotFoundError):
            await ask("lead-1", timeout=5)
    booked = await durable.book("lead-1", NODE, ADA, timezone=ZONE, timeout=30)
    assert isinstance(booked, Booked)
    assert await waiting == ("lead-1", booked)


async def test_what_is_withdrawn_while_it_is_sent_is_not_sent_again(sandbox: Sandbox, database: str) -> None:
    lost: list[Fault] = ["before"] * 1000
    transport = Flaky(sandbox.transport, lost, method="POST")
    retries = RetryPolicy(attempts=8, first_wait=0.1, longest_wait=0.1)
    async with (
        BookIt(sandbox.api_key, transport=transport, retries=retries, settle=0.1, deadline=3.0) as client,
        Durable(client, database=database, secrets=[SECRET], grace=0) as durable,
    ):
        await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
        while transport.sent.count("POST meeting") < 2:  # noqa: ASYNC110 - no event tells
            await asyncio.sleep(0.01)
        assert isinstance(await durable.withdraw("lead-1", timeout=30), Withdrawn)
    assert transport.sent.count("POST meeting") < 8
    assert len(sandbox.meetings) == 0


async def test_a_link_offer_that_knows_the_prospect_needs_no_answers(durable: Durable, client: BookIt) -> None:
    offer = await client.availability(link_id="Em30rva", prospect={"Email": "ada@engines.example"})
    assert isinstance(offer, Offer)
    answers = {name: value for name, value in ANSWERS.items() if name != "Email"}
    handle = await durable.submit("lead-1", offer=offer, timezone=ZONE, answers=answers)
    assert isinstance(await handle.result(timeout=30), Booked)


@pytest.mark.parametrize("name", ["trigger_node", "link_id"])
async def test_what_is_not_text_is_told_before_it_is_stored(durable: Durable, name: str) -> None:
    entry: Any = {name: 7}
    prospect = ADA if name == "trigger_node" else None
    with pytest.raises(InvalidInputError, match=f"{name} must be text"):
        await durable.submit("lead-1", prospect=prospect, timezone=ZONE, **entry)
    with pytest.raises(InvalidInputError, match="prospect is for a trigger node"):
        await durable.submit("lead-1", prospect=ADA, link_id="Em30rva", timezone=ZONE, answers=ANSWERS)
    assert await durable.find("lead-1") is None


async def test_a_worker_that_rests_asks_the_store_less_often(
    client: BookIt, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dbos_engine, "_IDLE_AFTER", 0.0)
    monkeypatch.setattr(durable_module, "BETWEEN", 0.01)
    asked: list[object] = []
    async with Durable(client, database=database, secrets=[SECRET]) as durable:
        store: Any = durable._store  # pyright: ignore[reportPrivateUsage]
        report = store.report

        async def counted(*given: object) -> object:
            asked.append(given)
            return await report(*given)

        monkeypatch.setattr(store, "report", counted)
        await asyncio.sleep(1.0)
    assert 1 <= len(asked) <= 1.0 / 0.01 / 5 + 1


async def test_a_planned_intent_says_so(durable: Durable, monkeypatch: pytest.MonkeyPatch) -> None:
    sealed = durable._vault.seal({"came": "planned", "prepared": {}})  # pyright: ignore[reportPrivateUsage]
    over = durable._vault.seal({"came": "ended", "outcome": {}})  # pyright: ignore[reportPrivateUsage]

    async def find(intent_id: str) -> Row:
        steps = (sealed,) if intent_id == "planned" else (sealed, over, over)
        return Row(intent_id=intent_id, mark="", asked_at=datetime.now(UTC), steps=steps)

    monkeypatch.setattr(durable._engine, "find", find)  # pyright: ignore[reportPrivateUsage]
    for one in ("planned", "ending"):
        standing = await durable.find(one)
        assert standing is not None
        assert standing.state == "planned"


@pytest.mark.parametrize("step", ["plan", "send"])
async def test_an_intent_that_was_given_up_says_so(
    durable: Durable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    async def mistaken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("canary")

    monkeypatch.setattr(type(durable._steps), step, mistaken)  # pyright: ignore[reportPrivateUsage]
    handle = await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
    with pytest.raises(IntentBrokenError, match="lead-1"):
        await handle.result(timeout=30)
    standing = await durable.find("lead-1")
    assert standing is not None
    assert (standing.state, standing.outcome, standing.why) == ("broken", None, "error: RuntimeError")
    assert await durable.under_way() == ()
    assert (await durable.status()).broken == ("lead-1",)
    assert await durable.forget(before=datetime.now(UTC) + timedelta(hours=1)) == 0
    assert (await durable.status()).broken == ("lead-1",)
    assert await durable.forget(before=datetime.now(UTC) + timedelta(hours=1), entirely=True) == 1
    assert (await durable.status()).broken == ()
    assert b"canary" not in await asyncio.to_thread(_bytes_in, tmp_path)


async def test_a_lost_database_says_so_to_all_who_wait(durable: Durable, monkeypatch: pytest.MonkeyPatch) -> None:
    async def lost(_: Any) -> Any:
        raise StoreLostError(reason="OperationalError")

    monkeypatch.setattr(durable._engine, "finished", lost)  # pyright: ignore[reportPrivateUsage]
    await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
    with pytest.raises(StoreLostError, match="OperationalError"):
        await durable.result("lead-1")


async def test_what_is_asked_while_it_closes_is_answered_or_told_so(client: BookIt, database: str) -> None:
    durable = Durable(client, database=database, secrets=[SECRET], worker=False)
    async with durable:
        await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
        asked = [asyncio.create_task(durable.find("lead-1")) for _ in range(5)]
        await asyncio.sleep(0)
    for came in await asyncio.gather(*asked, return_exceptions=True):
        assert isinstance(came, (Standing, DurableClosedError))


async def test_who_asks_or_waits_once_it_is_closed_is_told_so(client: BookIt, database: str) -> None:
    durable = Durable(client, database=database, secrets=[SECRET], worker=False)
    with pytest.raises(DurableClosedError, match="not open in this process"):
        await durable.submit("lead-1", NODE, ADA, timezone=ZONE)
    async with durable:
        handle = await durable.submit("lead-1", NODE, ADA, timezone=ZONE)

        async def listen() -> list[str]:
            return [intent_id async for intent_id, _ in durable.results(["lead-1", "x"])]

        waiting, listening = asyncio.create_task(handle.result()), asyncio.create_task(listen())
        await asyncio.sleep(0.05)
    for one in (waiting, listening):
        with pytest.raises(DurableClosedError):
            await one
    await durable.close()
    with pytest.raises(DurableClosedError):
        await durable.find("lead-1")
    with pytest.raises(InvalidInputError, match="opened once"):
        await durable.__aenter__()


async def test_a_database_that_cannot_be_opened_says_so(client: BookIt) -> None:
    with pytest.raises(StoreLostError):
        async with Durable(client, database="sqlite:////no/such/folder/x.db", secrets=[SECRET]):
            pass


async def test_what_the_database_could_not_keep_is_done_again(
    sandbox: Sandbox, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, full = DBOS.run_step_async, [True]

    async def step(options: Any, do: Any) -> Any:
        if not full:
            return await run(options, do)
        full.clear()
        await do()
        raise OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))

    monkeypatch.setattr(DBOS, "run_step_async", step)
    monkeypatch.setattr(durable_module, "_PICK_UP", 1)
    monkeypatch.setattr(durable_module, "BETWEEN", 0.1)
    client = BookIt(sandbox.api_key, transport=sandbox.transport, settle=0.2)
    async with client, Durable(client, database=database, secrets=[SECRET]) as durable:
        assert isinstance(await durable.book("lead-1", NODE, ADA, timezone=ZONE, timeout=60), Booked)
    assert len(sandbox.meetings) == 1


async def test_who_does_not_wait_any_more_keeps_no_answer_from_the_others() -> None:
    asked = list[list[int]]()

    async def ask(numbers: Sequence[int]) -> list[int]:
        asked.append(list(numbers))
        await asyncio.sleep(0)
        if 0 in numbers:
            raise ZeroDivisionError
        return [-one for one in numbers]

    together = Together(ask)
    gone, one, two = (asyncio.create_task(together(number)) for number in (1, 2, 3))
    await asyncio.sleep(0)
    gone.cancel()
    assert (await one, await two, await together(4)) == (-2, -3, -4)
    assert asked == [[1, 2, 3], [4]]
    for wrong in await asyncio.gather(together(0), together(5), return_exceptions=True):
        assert isinstance(wrong, ZeroDivisionError)


async def test_a_meeting_is_noted_when_the_database_is_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store(f"sqlite:///{tmp_path / 'x.db'}", Vault([SECRET]))
    await store.open()
    run, lost = store.run, [True]

    async def away(do: Any) -> Any:
        if lost and lost.pop():
            raise StoreLostError(reason="gone")
        return await run(do)

    monkeypatch.setattr(store, "run", away)
    assert await store.claim("m-1", "lead-1")
    assert await store.claim("m-1", "lead-1")
    assert not await store.claim("m-1", "lead-2")
    await store.close()


def test_what_is_written_down_is_read_again() -> None:
    refused = Refused(error=InvalidInputError(problems=["x"]), uid="u")
    again = read_outcome(refused.to_dict())
    assert isinstance(again, Refused)
    assert again.uid == "u"
    with pytest.raises(InvalidInputError, match="newer"):
        read_outcome({"type": "Nothing"})


def test_names_do_not_collide_where_their_parts_do() -> None:
    names = Names("k")
    assert names.name("ab", "c") != names.name("a", "bc")
    with pytest.raises(InvalidInputError):
        Vault([])
    assert Vault([OTHER, SECRET]).open(Vault([SECRET]).seal([1])) == [1]
