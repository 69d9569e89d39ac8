"""Keys, tokens and people: seeded everywhere, found nowhere, whatever is called and whatever breaks."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import httpx
import pytest

from bookit_async import BookIt, RetryPolicy, Transport
from bookit_async.sandbox import Fault, FaultPlan, FaultProxy, Sandbox

from ..clock import Clock
from ..conftest import NODE, NOW
from ..flaky import FAULTS, Flaky
from ..flaky import Fault as Ending
from .canaries import EXPORTER, KEY, PROSPECT, ZONE, Told, everything, tokens_of

pytestmark = pytest.mark.long

ADAPTERS = ("aiohttp", "httpx")
RETRIES = RetryPolicy(first_wait=0.001, longest_wait=0.002)


@asynccontextmanager
async def client_over(adapter: str, url: str, **options: Any) -> AsyncGenerator[BookIt]:
    """A client with little patience."""
    impatient: dict[str, Any] = {"timeout": 0.1, "retries": RETRIES, "settle": 1, **options}
    if adapter == "httpx":
        async with httpx.AsyncClient() as http:
            yield BookIt(KEY, base_url=url, http_client=http, **impatient)
    else:
        async with BookIt(KEY, base_url=url, **impatient) as client:
            yield client


@pytest.mark.parametrize("adapter", ["in process", *ADAPTERS])
async def test_no_log_repr_message_traceback_or_span_tells_a_secret(told: Told, adapter: str) -> None:
    async with Sandbox(now=NOW, seed=1, api_key=KEY, tcp=adapter != "in process") as sandbox:
        if adapter == "httpx":
            async with httpx.AsyncClient() as http:
                await everything(BookIt(KEY, base_url=sandbox.url, http_client=http), told)
        elif adapter == "aiohttp":
            async with BookIt(KEY, base_url=sandbox.url) as client:
                await everything(client, told)
        else:
            await everything(BookIt(KEY, transport=sandbox.transport), told)
    assert len(sandbox.meetings) >= 5
    assert tokens_of(sandbox)
    assert told.leaks(sandbox) == []
    assert any("book_meeting: ok, status 200" in line for line in told.lines)
    assert any(line.startswith("Executing <") for line in told.lines)
    names = {span.name for span in EXPORTER.get_finished_spans()}
    assert {"book_meeting", "list_meetings", "get_meeting"} <= names


class Rotten(Flaky):
    """Every second request goes wrong in its own way."""

    def __init__(self, inner: Transport, fault: Ending) -> None:
        plan: list[Ending] = ["ok", fault]
        super().__init__(inner, plan * 500, on="")


@pytest.mark.parametrize("fault", [one for one in FAULTS if one != "ok"])
async def test_nothing_is_told_when_things_go_wrong(told: Told, fault: Ending) -> None:
    sandbox = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False)
    for policy in (RetryPolicy(attempts=1), RetryPolicy()):
        transport, clock = Rotten(sandbox.transport, fault), Clock()
        await everything(BookIt(KEY, transport=transport, clock=clock, sleep=clock.sleep, retries=policy), told)
    assert tokens_of(sandbox)
    assert told.leaks(sandbox) == []


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_nothing_is_told_when_sockets_fail_in_every_way(told: Told, adapter: str) -> None:
    plan = FaultPlan.of_every_kind(rate=0.6, seed=1)
    async with (
        Sandbox(now=NOW, seed=1, api_key=KEY) as sandbox,
        FaultProxy(sandbox.url, plan, stall_seconds=0.12, late_seconds=0.1) as proxy,
        client_over(adapter, proxy.url, deadline=0.5) as client,
    ):
        for _ in range(20):  # on a busy machine fewer requests fit into a deadline
            await everything(client, told)
            if len({one[1:] for one in proxy.log}) > 25:
                break
        else:
            pytest.fail("too few kinds of faults came up")
    assert told.leaks(sandbox) == []


@pytest.mark.parametrize("grace", [0.0, 0.05])
@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_nothing_is_told_of_callers_that_are_gone_and_of_what_they_leave(
    told: Told, adapter: str, grace: float
) -> None:
    stalls = Fault("stall", operation="book_meeting", when="after", times=2)
    others = FaultPlan.of_every_kind(rate=0.7, operations=("book_meeting",)).faults
    async with (
        Sandbox(now=NOW, seed=1, api_key=KEY) as sandbox,
        FaultProxy(sandbox.url, FaultPlan([stalls, *others], seed=2), stall_seconds=30, late_seconds=0.01) as proxy,
        client_over(adapter, proxy.url, timeout=5, deadline=20, grace=grace) as client,
    ):
        callers = [asyncio.create_task(client.book(NODE, PROSPECT, timezone=ZONE)) for _ in range(8)]
        while [one.operation for one in proxy.log].count("book_meeting") < 4:  # noqa: ASYNC110 - nothing would tell
            await asyncio.sleep(0.005)
        for caller in callers:
            caller.cancel()
            await asyncio.sleep(0.002)
        for outcome in await asyncio.gather(*callers, return_exceptions=True):
            told.shown.append(outcome)
        told.shown += [*callers, client.unsettled, *client.unsettled]
        assert client.unsettled
        proxy.plan = FaultPlan()
        for left in client.unsettled[:3]:
            await told.note(partial(client.settle, left))
        del callers
    assert told.leaks(sandbox) == []


@pytest.mark.parametrize("adapter", ADAPTERS)
async def test_nothing_is_told_of_what_is_in_flight_when_the_client_is_closed(told: Told, adapter: str) -> None:
    plan = FaultPlan.of_every_kind(rate=1, seed=3, operations=("book_meeting", "list_meetings"))
    async with (
        Sandbox(now=NOW, seed=1, api_key=KEY) as sandbox,
        FaultProxy(sandbox.url, plan, stall_seconds=0.12, late_seconds=0.01) as proxy,
    ):
        async with client_over(adapter, proxy.url, deadline=0.5, grace=0.01) as client:
            callers = [asyncio.create_task(client.book(NODE, PROSPECT, timezone=ZONE)) for _ in range(12)]
            await asyncio.sleep(0.05)
            await client.close()
        told.shown += await asyncio.gather(*callers, return_exceptions=True)
        told.shown += [*callers, client.unsettled]
        abandoned = [asyncio.create_task(client.book(NODE, PROSPECT, timezone=ZONE)) for _ in range(3)]
        await asyncio.wait(abandoned)  # nobody asks what came of them
        del callers, abandoned
    assert told.leaks(sandbox) == []
    assert any("never retrieved" in line for line in told.lines)
