"""Every kind of fault while a client books: what one sending ends in, and what becomes of the meeting."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager

import httpx
import orjson
import pytest

from bookit_async import Booked, BookIt, NotSentError
from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.faults import KINDS, Fault, FaultPlan, Kind, When
from bookit_async.sandbox.faults.proxy import FaultProxy, Handled
from bookit_async.settings import RetryPolicy
from bookit_async.transports import Transport, TransportFailure, WireRequest
from bookit_async.transports.aiohttp_transport import AiohttpTransport
from bookit_async.transports.httpx_transport import HttpxTransport

from ...conftest import ADA, NODE, NOW, TLS
from ..front_door import BOOK, FETCH, Door, booking, filled
from .test_proxy import until

STALL = 0.2
IMPATIENT = 0.1
LATE = 0.01
SETTLE = 0.3
"""Longer than anything that is late here."""
AMPLE = 10.0
ANSWERS = {"What would you like to solve?": "Scheduling"}
PAIRS: list[tuple[Kind, When]] = [(kind, when) for kind, whens in KINDS.items() for when in whens]

LOST = "maybe processed"
ENDS: dict[tuple[Kind, When], str | int] = {
    **dict.fromkeys(PAIRS, LOST),
    ("drip", "before"): 502,
    ("drip", "late"): 502,
    ("drip", "after"): 200,
    ("not_json", "before"): 200,
    ("not_json", "late"): 200,
    ("not_json", "after"): 200,
    ("wrong_type", "before"): 200,
    ("wrong_type", "late"): 200,
    ("wrong_type", "after"): 200,
    ("empty", "before"): 200,
    ("empty", "late"): 200,
    ("empty", "after"): 200,
    ("interim", "after"): 200,
    ("close_after_answer", "after"): 200,
    ("too_many_requests", "before"): 429,
    ("bad_gateway", "before"): 502,
    ("bad_gateway", "after"): 502,
    ("bad_gateway", "late"): 502,
    ("service_unavailable", "before"): 503,
    ("service_unavailable", "after"): 503,
    ("service_unavailable", "late"): 503,
    ("gateway_timeout", "before"): 504,
    ("gateway_timeout", "after"): 504,
    ("gateway_timeout", "late"): 504,
}
"""What one sending ends in: before, after and late look alike wherever the answer is lost."""


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(now=NOW, seed=1) as sandbox:
        yield sandbox


@asynccontextmanager
async def transport_of(adapter: str) -> AsyncGenerator[Transport, None]:
    async with httpx.AsyncClient(verify=TLS) as http:
        transport = AiohttpTransport() if adapter == "aiohttp" else HttpxTransport(http)
        yield transport
        await transport.close()


async def a_booking(sandbox: Sandbox, url: str) -> WireRequest:
    page = (await Door(sandbox).post(FETCH, {"linkId": "Em30rva"})).json
    body = booking(page)
    body["userFields"] += filled(First_Name=None, Last_Name=None, Email=None, **ANSWERS)
    content = orjson.dumps({**body, "linkId": "Em30rva"})
    return WireRequest("POST", url + BOOK, {"X-Api-Key": sandbox.api_key, "Content-Type": "application/json"}, content)


@pytest.mark.parametrize("adapter", ["aiohttp", "httpx"])
async def test_what_one_sending_ends_in_and_whether_there_is_a_meeting(sandbox: Sandbox, adapter: str) -> None:
    ends: dict[tuple[Kind, When], str | int] = {}
    booked = 0
    async with FaultProxy(sandbox.url, stall_seconds=STALL, late_seconds=LATE) as proxy:
        for kind, when in PAIRS:
            request = await a_booking(sandbox, proxy.url)
            async with transport_of(adapter) as transport:
                if kind != "reset_on_accept":
                    await transport.send(WireRequest("GET", f"{proxy.url}/ping", {}), timeout=AMPLE)
                proxy.plan = FaultPlan([Fault(kind, when=when)])
                try:
                    answer = await transport.send(request, timeout=IMPATIENT if kind == "stall" else AMPLE)
                    ends[kind, when] = answer.status
                except TransportFailure as failure:
                    ends[kind, when] = LOST if failure.maybe_processed else "not sent"
                proxy.plan = FaultPlan()
            await proxy.landed()
            booked += when != "before"
            await until(lambda: len(sandbox.meetings) >= booked)  # noqa: B023 - awaited at once
            assert len(sandbox.meetings) == booked, (kind, when)
            assert proxy.log[-1][1:] == (kind, when)
    assert ends == ENDS


async def test_whatever_breaks_once_a_client_books_once(sandbox: Sandbox) -> None:
    async with FaultProxy(sandbox.url, stall_seconds=STALL, late_seconds=LATE) as proxy:
        for number, (kind, when) in enumerate(PAIRS, start=1):
            operation = None if kind == "reset_on_accept" else "book_meeting"
            proxy.plan = FaultPlan([Fault(kind, operation=operation, when=when, times=1)])
            async with BookIt(
                sandbox.api_key,
                base_url=proxy.url,
                timeout=IMPATIENT if kind == "stall" else AMPLE,
                settle=SETTLE,
                retries=RetryPolicy(first_wait=0.01, longest_wait=0.05),
            ) as client:
                outcome = await client.book(NODE, ADA, timezone="UTC", answers=ANSWERS)
                await proxy.landed()
                assert isinstance(outcome, Booked), (kind, when)
                assert [one.id for one in sandbox.meetings][number - 1 :] == [outcome.meeting_id], (kind, when)
                await client.cancel(outcome.meeting_id)  # its slot is for the next
            assert (kind, when) in {one[1:] for one in proxy.log}


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_what_a_proxy_cannot_do_is_a_matter_of_the_url(sandbox: Sandbox, scheme: str) -> None:
    async with FaultProxy(sandbox.url) as proxy:
        if scheme == "http":
            await proxy.__aexit__(None, None, None)
        url = proxy.url.replace("http", scheme, 1)
        async with BookIt(sandbox.api_key, base_url=url, retries=RetryPolicy(attempts=1)) as client:
            with pytest.raises(NotSentError):
                await client.meeting("abc")
    assert proxy.log == []


async def test_a_stall_uses_up_the_connections(sandbox: Sandbox) -> None:
    async with FaultProxy(sandbox.url, FaultPlan([Fault("stall")]), stall_seconds=60) as proxy:
        transport = AiohttpTransport(max_connections=1)
        request = WireRequest("GET", f"{proxy.url}/v1/meeting/abc", {})
        first = asyncio.create_task(transport.send(request, timeout=AMPLE))
        await until(lambda: len(proxy.log) == 1)
        with pytest.raises(TransportFailure) as caught:
            await transport.send(request, timeout=IMPATIENT)
        assert not caught.value.maybe_processed
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        await transport.close()
    assert proxy.log == [Handled("get_meeting", "stall", "before")]
