"""No public call takes longer than its deadline, whatever the network does: on real sockets."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from bookit_async import BookIt, BookItError
from bookit_async.deadlines import within
from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.fault_proxy import FaultProxy
from bookit_async.sandbox.faults import KINDS, Fault, FaultPlan, Kind

from .clock import Clock
from .conftest import ADA, NODE, NOW

DEADLINE = 0.4
SLACK = 0.25
ZONE = "America/Los_Angeles"
ANSWERS = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}
CALLS: list[Callable[[BookIt], Awaitable[Any]]] = [
    lambda client: client.inputs(NODE),
    lambda client: client.book(NODE, ADA, timezone=ZONE),
    lambda client: client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS),
    lambda client: client.meetings("ada@engines.example"),
    lambda client: client.reschedule("m" * 52, timezone=ZONE),
    lambda client: client.cancel("m" * 52),
    lambda client: client.legacy.route(NODE, ADA),
]


async def seconds_of(call: Callable[[BookIt], Awaitable[Any]], client: BookIt) -> float:
    began = time.monotonic()
    with contextlib.suppress(BookItError):
        await call(client)
    return time.monotonic() - began


async def within_the_deadline(client: BookIt) -> None:
    took = await asyncio.gather(*(seconds_of(call, client) for call in CALLS))
    assert max(took) < DEADLINE + SLACK


@pytest.mark.parametrize("adapter", ["aiohttp", "httpx"])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_call_ends_at_its_deadline_under_every_fault(kind: Kind, adapter: str) -> None:
    plan = FaultPlan([Fault(kind, when=KINDS[kind][-1])])
    async with (
        Sandbox(now=lambda: NOW, seed=1) as sandbox,
        FaultProxy(sandbox.url, plan, stall_seconds=5) as proxy,
        httpx.AsyncClient() as http,
    ):
        options: dict[str, Any] = {"base_url": proxy.url, "deadline": DEADLINE, "timeout": 5, "settle": 0.1}
        if adapter == "httpx":
            await within_the_deadline(BookIt(sandbox.api_key, http_client=http, **options))
        else:
            async with BookIt(sandbox.api_key, **options) as client:
                await within_the_deadline(client)


def test_what_is_called_inside_shares_the_deadline() -> None:
    clock = Clock()
    with within(10, clock) as outer:
        clock.now += 4
        with within(10, clock) as inner:
            assert inner is outer
            assert inner.remaining == 6
        clock.now += 20
        assert outer.remaining == 0
    with within(10, clock) as fresh:
        assert fresh.remaining == 10
