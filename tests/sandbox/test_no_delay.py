"""Nothing that is served here waits to send: a kept connection answers as fast as a new one.

With Nagle's algorithm on, whatever is sent in two pieces on a kept connection waits for the other side's delayed
acknowledgement, 40 ms on Linux.
"""

import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from statistics import median
from time import perf_counter

import aiohttp
import pytest

from bookit_async.sandbox import FaultProxy, Sandbox

from .. import paths

LINK = {"linkId": "Pool4Mm"}
CALLS = 15


@asynccontextmanager
async def sandbox_alone() -> AsyncGenerator[tuple[str, str]]:
    async with Sandbox() as sandbox:
        yield sandbox.url, sandbox.api_key


@asynccontextmanager
async def proxy_before_it() -> AsyncGenerator[tuple[str, str]]:
    async with Sandbox() as sandbox, FaultProxy(sandbox.url) as proxy:
        yield proxy.url, sandbox.api_key


SERVERS = (sandbox_alone, proxy_before_it)
Server = Callable[[], AbstractAsyncContextManager[tuple[str, str]]]


async def seconds(url: str, key: str, *, force_close: bool) -> float:
    """The median of some large answers, each on a connection of its own or all on one."""
    took: list[float] = []
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(force_close=force_close), headers={"X-Api-Key": key}
    ) as session:
        for _ in range(CALLS):
            began = perf_counter()
            async with session.post(f"{url}{paths.AVAILABILITY}", json=LINK) as answer:
                assert len(await answer.read()) > 10_000
            took.append(perf_counter() - began)
    return median(took)


@pytest.mark.parametrize("server", SERVERS)
async def test_a_kept_connection_answers_as_fast_as_a_new_one(server: Server) -> None:
    async with server() as (url, key):
        new, kept = [await seconds(url, key, force_close=force_close) for force_close in (True, False)]
    assert kept < 1.5 * new


@pytest.mark.parametrize("server", SERVERS)
async def test_every_accepted_connection_sends_at_once(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted: list[socket.socket] = []
    plain = socket.socket.accept

    def accept(listener: socket.socket) -> tuple[socket.socket, object]:
        connection, address = plain(listener)
        accepted.append(connection)
        return connection, address

    monkeypatch.setattr(socket.socket, "accept", accept)
    async with server() as (url, key), aiohttp.ClientSession(headers={"X-Api-Key": key}) as session:
        async with session.post(f"{url}{paths.AVAILABILITY}", json=LINK) as answer:
            await answer.read()
        assert accepted
        assert all(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) for one in accepted)
