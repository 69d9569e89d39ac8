"""No public call takes longer than its deadline, whatever the network does: on real sockets."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import httpx
import pytest

from bookit_async import (
    Booked,
    BookIt,
    BookItError,
    LegacyRouted,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    RetryPolicy,
    Slot,
    SlotChoice,
)
from bookit_async.deadlines import within
from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.fault_proxy import FaultProxy
from bookit_async.sandbox.faults import KINDS, FaultPlan, Kind
from bookit_async.sandbox.faults import Fault as SocketFault

from .clock import Clock
from .conftest import ADA, NODE, NOW
from .flaky import Fault, Flaky

DEADLINE = 0.4
SLACK = 0.25
ZONE = "America/Los_Angeles"
POOL = {**ADA, "NumEmployees": 300}
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
    plan = FaultPlan([SocketFault(kind, when=KINDS[kind][-1])])
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


async def by_params(client: BookIt, slot: SlotChoice) -> object:
    routed = await client.legacy.route(NODE, ADA)
    assert isinstance(routed, LegacyRouted)
    return await client.legacy.book(routed.params, timezone=ZONE, slot=slot, answers=ANSWERS)


async def move(client: BookIt, slot: SlotChoice) -> object:
    booked = await client.with_options(deadline=90).book(NODE, ADA, timezone=ZONE)
    assert isinstance(booked, Booked)
    return await client.reschedule(booked.meeting_id, timezone=ZONE, slot=slot)


CHAINS: dict[str, Callable[[BookIt, SlotChoice], Awaitable[Any]]] = {
    "token": lambda client, slot: client.book(NODE, ADA, timezone=ZONE, slot=slot),
    "pool": lambda client, slot: client.book(NODE, POOL, timezone=ZONE, slot=slot),
    "link": lambda client, slot: client.book_link("Em30rva", timezone=ZONE, slot=slot, answers=ANSWERS),
    "pooled link": lambda client, slot: client.book_link("Pool4Mm", timezone=ZONE, slot=slot, answers=ANSWERS),
    "params": by_params,
    "reschedule": move,
}


async def sendings(
    chain: str, deadline: float, *plan: Fault, chosen_at: float, **options: Any
) -> tuple[int, BaseException | None]:
    """How often a write was sent once a slot was chosen, so many seconds after the call began; and what it raised."""
    sandbox, clock = Sandbox(now=lambda: NOW, seed=1, tcp=False), Clock()
    transport = Flaky(sandbox.transport, plan, method="PATCH" if chain == "reschedule" else "POST")
    options |= {"deadline": deadline, "clock": clock, "sleep": clock.sleep, "jitter": lambda: 1.0}
    client = BookIt(sandbox.api_key, transport=transport, **options)
    before = 0

    def slow(slots: Sequence[Slot]) -> Sequence[Slot]:
        nonlocal before
        before = len(transport.sent)
        clock.now += chosen_at
        return slots[-1:]

    error = None
    try:
        await CHAINS[chain](client, slow)
    except BookItError as raised:
        error = raised
    assert transport.plan == []
    return sum(not one.startswith("GET") and "meeting" in one for one in transport.sent[before:]), error


@pytest.mark.parametrize(("deadline", "needed"), [(90.0, 1.0), (10.0, 1.0), (4.0, 0.4), (0.5, 0.05)])
@pytest.mark.parametrize("chain", CHAINS)
async def test_nothing_is_booked_or_moved_with_too_little_left(chain: str, deadline: float, needed: float) -> None:
    assert await sendings(chain, deadline, chosen_at=deadline - needed - 0.001) == (1, None)
    sent, error = await sendings(chain, deadline, chosen_at=deadline - needed + 0.001)
    assert sent == 0
    assert isinstance(error, NotSentError)


@pytest.mark.parametrize("fault", ["unsent", "429", "before", "502 before"])
@pytest.mark.parametrize("chain", CHAINS)
async def test_nothing_is_repeated_with_too_little_left(chain: str, fault: Fault) -> None:
    policy = RetryPolicy(first_wait=2, longest_wait=2)
    assert await sendings(chain, 10, fault, chosen_at=5, settle=0.1, retries=policy) == (2, None)
    sent, error = await sendings(chain, 10, fault, chosen_at=8, settle=0.1, retries=policy)
    assert sent == 1
    sure = {"unsent": NotSentError, "429": RateLimitError}
    assert isinstance(error, sure.get(fault, OutcomeUnknownError))
