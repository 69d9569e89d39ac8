"""What durable bookings do on PostgreSQL: one worker here, whose ways are looked at from inside."""

import asyncio

from bookit_async import Booked, BookIt
from bookit_async.durable import Durable
from bookit_async.durable.dbos_engine import DbosEngine
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from ..scenes import ZONE
from .conftest import Postgres
from .engine import SECRET


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
        cut = "select count(pg_terminate_backend(pid)) from pg_locks where locktype = 'advisory' and granted"
        assert int(await asyncio.to_thread(postgres.sql, "takeover", cut)) >= 1
        async with Durable(client, database=database, secrets=[SECRET], worker=False) as caller:
            # As a worker leaves it that was killed: under way, with a name that nobody holds.
            left = (
                "update dbos.workflow_status set status = 'PENDING', executor_id = 'worker-gone', output = null, "
                "completed_at = null where workflow_uuid = 'lead-1'"
            )
            await asyncio.to_thread(postgres.sql, "takeover", left)
            assert isinstance(await caller.result("lead-1", timeout=60), Booked)
    assert len(sandbox.meetings) == 1
