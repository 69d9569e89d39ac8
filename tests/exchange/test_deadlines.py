"""No public call takes longer than its deadline, whatever the network does: on real sockets."""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import attrs
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
from bookit_async.exchange.deadlines import Deadlines
from bookit_async.exchange.retries import WRITES
from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.faults import KINDS, FaultPlan, Kind, When
from bookit_async.sandbox.faults import Fault as SocketFault
from bookit_async.sandbox.faults.proxy import FaultProxy, Handled

from ..clock import Clock, run
from ..conftest import ADA, NODE, NOW
from ..flaky import Fault, Flaky
from ..public_calls import ANSWERS, CALLS, POOL, SMALL, ZONE, Desk, PublicCall

pytestmark = pytest.mark.long

DEADLINE = 0.4
LONG = 7.3
"""Seconds: more than five, from which on aiohttp rounds, and no whole number."""
SLACK = 0.25
RARELY = RetryPolicy(first_wait=1.0)
KEPT = httpx.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=None)


@attrs.frozen
class Trial:
    """One call with one of its requests broken."""

    call: str
    request: str
    fault: SocketFault

    def plan(self) -> FaultPlan:
        lost, _, _ = self.request.rpartition(">")
        first = [SocketFault("bad_gateway", operation=lost, when="after", times=1)] if lost else []
        return FaultPlan([*first, self.fault])

    @property
    def reached(self) -> Handled:
        return Handled(self.fault.operation, self.fault.kind, self.fault.when)


def trials(kind: Kind, retry_after: int | timedelta | None) -> Iterator[Trial]:
    for name, call in CALLS.items():
        for request in call.requests:
            operation = request.rpartition(">")[2]
            if kind == "reset_on_accept":
                yield Trial(name, request, SocketFault(kind))
                break
            whens: list[When] = [when for when in KINDS[kind] if when != "late"]
            for when in whens if operation in WRITES else whens[-1:]:
                yield Trial(name, request, SocketFault(kind, operation=operation, when=when, retry_after=retry_after))


async def lateness(trial: Trial, http: httpx.AsyncClient | None) -> str | None:
    """What is wrong with how long the call took, None if nothing is."""
    loop, call = asyncio.get_running_loop(), CALLS[trial.call]
    options: dict[str, Any] = {
        "deadline": LONG,
        "settle": 2.0 if http is None else 30.0,
        "retries": RARELY,
        "clock": loop.time,
        "check_inputs": False,
    }
    async with (
        Sandbox(SMALL, now=lambda: NOW, seed=1) as sandbox,
        FaultProxy(sandbox.url, trial.plan(), stall_seconds=60) as proxy,
        BookIt(sandbox.api_key, base_url=proxy.url, http_client=http, **options) as client,
    ):
        desk = Desk(sandbox)
        prepared = await call.prepare(desk)
        if trial.fault.kind == "close_on_reuse":
            other = "get_meeting" if trial.fault.operation == "retrieve_inputs" else "retrieve_inputs"
            with contextlib.suppress(BookItError):
                await CALLS[f"api.{other}"].make(client, None)
        began = loop.time()
        with contextlib.suppress(BookItError):
            await call.make(client, prepared)
        took = loop.time() - began
    if trial.reached not in proxy.log:
        return f"{trial} was not reached: {proxy.log}"
    return None if took < LONG + SLACK else f"{trial} took {took:.3f} s"


async def all_latenesses(kind: Kind, retry_after: int | timedelta | None) -> list[str]:
    """One call after the other over aiohttp and over httpx, so that each has every kind and most of the requests."""
    async with httpx.AsyncClient(limits=KEPT, verify=False) as http:  # noqa: S501 - no TLS here
        tried = [
            lateness(trial, http if (number + list(KINDS).index(kind)) % 2 else None)
            for number, trial in enumerate(trials(kind, retry_after))
        ]
        return [wrong for wrong in await asyncio.gather(*tried) if wrong]


@pytest.mark.parametrize(
    ("kind", "retry_after"),
    [*((kind, None) for kind in KINDS), ("too_many_requests", 3600), ("service_unavailable", timedelta(days=1))],
)
def test_every_call_ends_at_its_deadline_whatever_is_broken(kind: Kind, retry_after: int | timedelta | None) -> None:
    assert run(all_latenesses(kind, retry_after)) == []


@contextlib.asynccontextmanager
async def line_of(adapter: str, **limits: Any) -> AsyncGenerator[dict[str, Any]]:
    """The settings of a client over an adapter with so many connections."""
    if adapter == "aiohttp":
        yield limits
    else:
        async with httpx.AsyncClient(limits=httpx.Limits(**limits), verify=False) as http:  # noqa: S501 - no TLS here
            yield {"http_client": http}


async def seconds_of(call: PublicCall, client: BookIt, prepared: object, clock: Callable[[], float]) -> float:
    began = clock()
    with contextlib.suppress(BookItError):
        await call.make(client, prepared)
    return clock() - began


async def longest(client: BookIt, desk: Desk, clock: Callable[[], float], calls: Iterable[str] = CALLS) -> float:
    prepared = {name: await CALLS[name].prepare(desk) for name in calls}
    return max(await asyncio.gather(*(seconds_of(CALLS[name], client, one, clock) for name, one in prepared.items())))


BOTH = pytest.mark.parametrize("adapter", ["aiohttp", "httpx"])


@BOTH
@pytest.mark.parametrize("kind", ["stall", "drip", "close"])
async def test_the_time_is_that_of_a_real_clock(kind: Kind, adapter: str) -> None:
    calls = ["inputs", "book", "book_link", "meetings", "reschedule", "cancel", "legacy.route"]
    plan = FaultPlan([SocketFault(kind, when="after")])
    async with (
        Sandbox(now=lambda: NOW, seed=1) as sandbox,
        FaultProxy(sandbox.url, plan, stall_seconds=5) as proxy,
        line_of(adapter) as line,
        BookIt(sandbox.api_key, base_url=proxy.url, deadline=DEADLINE, settle=0.1, **line) as client,
    ):
        assert await longest(client, Desk(sandbox), time.monotonic, calls) < DEADLINE + SLACK


@BOTH
def test_a_call_ends_at_its_deadline_though_no_connection_comes_to_be(adapter: str, full_port: int) -> None:
    async def main() -> None:
        clock = asyncio.get_running_loop().time
        sandbox = Sandbox(now=lambda: NOW, seed=1, tcp=False)
        url = f"http://127.0.0.1:{full_port}"
        async with (
            line_of(adapter) as line,
            BookIt(sandbox.api_key, base_url=url, deadline=LONG, clock=clock, **line) as client,
        ):
            assert await longest(client, Desk(sandbox), clock) < LONG + SLACK

    run(main())


@BOTH
def test_a_call_ends_at_its_deadline_though_no_connection_comes_free(adapter: str) -> None:
    async def main() -> None:
        clock = asyncio.get_running_loop().time
        async with (
            Sandbox(now=lambda: NOW, seed=1) as sandbox,
            FaultProxy(sandbox.url, FaultPlan([SocketFault("stall")]), stall_seconds=60) as proxy,
            line_of(adapter, max_connections=1) as line,
            BookIt(sandbox.api_key, base_url=proxy.url, timeout=30, deadline=60, clock=clock, **line) as client,
        ):
            holding = asyncio.create_task(client.inputs(NODE))
            while not proxy.log:  # noqa: ASYNC110 - counting turns of the loop, not time
                await asyncio.sleep(0)
            assert await longest(client.with_options(deadline=LONG), Desk(sandbox), clock) < LONG + SLACK
            assert len(proxy.log) == 1
            holding.cancel()
            await asyncio.gather(holding, return_exceptions=True)

    run(main())


@BOTH
@pytest.mark.parametrize("ending", ["closed", "cancelled"])
@pytest.mark.parametrize("grace", [0.0, 2.0])
def test_closing_and_cancelling_wait_for_a_booking_no_longer_than_the_grace(
    ending: str, grace: float, adapter: str
) -> None:
    async def main() -> None:
        clock = asyncio.get_running_loop().time
        plan = FaultPlan([SocketFault("stall", operation="book_meeting")])
        async with (
            Sandbox(now=lambda: NOW, seed=1) as sandbox,
            FaultProxy(sandbox.url, plan, stall_seconds=60) as proxy,
            line_of(adapter) as line,
        ):
            client = BookIt(sandbox.api_key, base_url=proxy.url, grace=grace, deadline=LONG, clock=clock, **line)
            booking = asyncio.create_task(client.book(NODE, ADA, timezone=ZONE))
            began = clock()
            while not any(one.kind for one in proxy.log):  # noqa: ASYNC110 - likewise
                await asyncio.sleep(0)
            asked = clock()
            if ending == "cancelled":
                booking.cancel()
                await asyncio.wait({booking})
                assert booking.cancelled()
            else:
                await client.close()
            assert grace <= clock() - asked < grace + SLACK
            await asyncio.wait({booking})
            assert clock() - began < LONG + SLACK
            await client.close()

    run(main())


async def test_what_is_called_inside_shares_the_deadline() -> None:
    clock = Clock()
    deadlines = Deadlines(clock)
    with deadlines.within(10) as outer:
        clock.now += 4
        with deadlines.within(10) as inner:
            assert inner is outer
            assert inner.remaining == 6
        clock.now += 20
        assert outer.remaining == 0
    with deadlines.within(10) as fresh:
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
    sure: dict[str, type[BookItError]] = {"unsent": NotSentError}
    if chain == "reschedule":
        sure["429"] = RateLimitError
    late = 8 if fault in sure else 8.9  # the pause after a loss is as short as it has to be
    sent, error = await sendings(chain, 10, fault, chosen_at=late, settle=0.1, retries=policy)
    assert sent == 1
    assert isinstance(error, sure.get(fault, OutcomeUnknownError))


@pytest.mark.parametrize("fault", ["before", "502 before"])
@pytest.mark.parametrize("chain", sorted(CHAINS.keys() - {"pooled link", "link", "params"}))
async def test_a_long_pause_leaves_time_for_what_it_is_made_for(chain: str, fault: Fault) -> None:
    """With an empty budget the pause would outlast the deadline."""
    policy = RetryPolicy(budget=0)
    assert await sendings(chain, 10, fault, chosen_at=2, retries=policy, token_fence=True) == (2, None)
