"""Whatever calls of one proposal come, from whom, at once or after each other: they make one meeting."""

import asyncio
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookit_async import BookIt
from bookit_async.durable import Durable
from bookit_async.mcp.turns import Turns
from bookit_async.sandbox import Sandbox

from .agents import FORM, SECRET, Desk, Human

CALLS = st.lists(
    st.tuples(
        st.sampled_from(["book", "book", "outcome"]),
        st.sampled_from([0, 1]),
        st.sampled_from(["at once", "after", "cancelled"]),
    ),
    min_size=1,
    max_size=6,
)
"""What is called, by which of two agents, and when: at once with the next, before it, or cancelled on the way."""


# The engine's threads draw from `random` while examples are drawn, which hypothesis takes for the examples' doing.
@pytest.mark.filterwarnings("ignore:Do not use the `random` module:hypothesis.errors.HypothesisDeprecationWarning")
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(calls=CALLS)
async def test_any_calls_of_one_proposal_make_one_meeting(office: Desk, calls: list[tuple[str, int, str]]) -> None:
    """Two hosts of both eras, in one process; another process is tried beside the transports."""
    number = len(office.sandbox.meetings)
    email = f"prospect-{number}@navy.example"
    async with AsyncExitStack() as stack:
        agents = [await stack.enter_async_context(office.agent(Human(), era=era)) for era in ("legacy", "2026-07-28")]
        proposal_id = (await agents[0].proposal(answers={**FORM, "Email": email}))["proposal_id"]
        running: list[asyncio.Task[Any]] = []
        for tool, who, when in calls:
            task = asyncio.create_task(agents[who].call(tool, proposal_id=proposal_id))
            running.append(task)
            if when == "after":
                await asyncio.wait([task])
            elif when == "cancelled":
                await asyncio.sleep(0.001)
                task.cancel()
        came = await asyncio.gather(*running, return_exceptions=True)
        last = [await agent.call("book", proposal_id=proposal_id) for agent in agents]
        assert {one["status"] for one in last} == {"booked"}
        assert all(one["status"] in ("booked", "not_booked") for one in came if isinstance(one, dict))
    assert [one.prospect_email for one in office.sandbox.meetings].count(email) == 1


async def test_the_next_to_come_works_when_the_worker_has_left(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two servers of a machine on a SQLite file, of which one may work: it is whoever is left."""
    monkeypatch.setattr("bookit_async.mcp.turns.AGAIN", 0.05)
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    database = f"sqlite:///{tmp_path / 'agents.db'}"
    busy = [True]

    def store(*, worker: bool) -> Durable:
        if worker and busy[0]:
            return Durable(client, database=database, secrets=[SECRET], worker=True, concurrency=0)
        return Durable(client, database=database, secrets=[SECRET], worker=worker, grace=0.1)

    turns = Turns(store)
    await turns.open()
    try:
        asking = await turns.durable()
        await asyncio.sleep(0.12)
        assert await turns.durable() is asking
        busy[0] = False
        while await turns.durable() is asking:  # noqa: ASYNC110 - it is a task of its own
            await asyncio.sleep(0.01)
        assert await turns.take_over()
        working = await turns.durable()
        assert (await working.status()).workers == 1
    finally:
        await turns.close()
