"""Every server of ours answers on a kept connection as fast as on a new one: none leaves Nagle's algorithm on."""

import asyncio
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from statistics import median
from time import perf_counter

import httpx
import pytest
from fastapi import FastAPI

from bookit_async.sandbox import FaultProxy, Sandbox
from examples.fastapi_booking.serve import listen

from .serving import served

CALLS = 40
DELAY = 0.02
"""Seconds: half of what Linux waits before it acknowledges what waits for an acknowledgement."""


@asynccontextmanager
async def application() -> AsyncGenerator[tuple[str, dict[str, str]]]:
    """A scratch application on the listener that the tests and `make example` use."""
    app = FastAPI()

    @app.get("/large")
    async def large() -> str:
        return "x" * 60_000

    async with served(app) as url:
        yield f"{url}/large", {}


@asynccontextmanager
async def sandbox() -> AsyncGenerator[tuple[str, dict[str, str]]]:
    async with Sandbox() as sandbox:
        yield f"{sandbox.url}/v1/scheduling/fetch-availability", {"X-Api-Key": sandbox.api_key}


@asynccontextmanager
async def proxy() -> AsyncGenerator[tuple[str, dict[str, str]]]:
    async with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        yield f"{proxy.url}/v1/scheduling/fetch-availability", {"X-Api-Key": sandbox.api_key}


Serving = Callable[[], AbstractAsyncContextManager[tuple[str, dict[str, str]]]]


@pytest.mark.parametrize("serving", [application, sandbox, proxy])
async def test_a_kept_connection_answers_as_fast_as_a_new_one(serving: Serving) -> None:
    async with serving() as (url, headers):
        method = "GET" if url.endswith("large") else "POST"
        body = {"linkId": "Pool4Mm"} if method == "POST" else None

        async def call(http: httpx.AsyncClient) -> float:
            began = perf_counter()
            answer = await http.request(method, url, json=body)
            assert answer.status_code == 200
            assert len(answer.content) > 20_000
            return perf_counter() - began

        plain = partial(httpx.AsyncClient, headers=headers, verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        async with plain() as http:
            kept = [await call(http) for _ in range(CALLS)]
        new: list[float] = []
        for _ in range(CALLS):
            async with plain() as http:
                new.append(await call(http))
    assert median(kept) < median(new) + DELAY


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_what_a_listener_accepts_has_no_delay(host: str) -> None:
    listener, url = listen(host, 0)
    seen = asyncio.get_running_loop().create_future()

    class Noting(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            seen.set_result(transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    server = await asyncio.get_running_loop().create_server(Noting, sock=listener)
    async with server:
        _, writer = await asyncio.open_connection(host, int(url.rpartition(":")[2]))
        assert await seen
        writer.close()
        await writer.wait_closed()


def test_a_listener_that_cannot_be_had_is_closed() -> None:
    listener, url = listen("127.0.0.1", 0)
    with listener, pytest.raises(OSError, match="in use"):
        listen("127.0.0.1", int(url.rpartition(":")[2]))
