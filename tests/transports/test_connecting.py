"""What keeps a request from leaving, provoked on real sockets: it is surely not sent, and nothing stays taken."""

import asyncio
import errno
import re
import socket
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from bookit_async import BookIt, InvalidInputError, NotSentError
from bookit_async.transports import httpx_transport
from bookit_async.transports.obstacles import obstacle

from .adapters import AMPLE, EACH, SOON, MakeTransport, a_request, failure_of, opened
from .proxy_server import proxying
from .raw_server import OK, Exchange, saying, serving, silent

NO_TLS = "no TLS connection with this server"
TIMED_OUT = "timed out waiting for a connection|timed out while connecting"
VERY_AMPLE = 30.0  # seconds: a resolver that nobody answers may take as long

Nowhere = Callable[[ssl.SSLContext, int], AbstractAsyncContextManager[str]]
"""Makes a URL that cannot be reached, from a server's TLS and a port that is full."""


def at(url: str) -> Nowhere:
    @asynccontextmanager
    async def nowhere(_tls: ssl.SSLContext, _full_port: int) -> AsyncGenerator[str]:
        yield url

    return nowhere


@asynccontextmanager
async def refused(_tls: ssl.SSLContext, _full_port: int) -> AsyncGenerator[str]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@asynccontextmanager
async def full(_tls: ssl.SSLContext, full_port: int) -> AsyncGenerator[str]:
    yield f"http://127.0.0.1:{full_port}"


@asynccontextmanager
async def untrusted(tls: ssl.SSLContext, _full_port: int) -> AsyncGenerator[str]:
    async with serving(silent, tls=tls) as server:
        yield server.url
        assert server.seen == []


def plain(words: bytes | None) -> Nowhere:
    """Answer the hello of TLS with these words and the end, or not at all."""

    @asynccontextmanager
    async def nowhere(_tls: ssl.SSLContext, _full_port: int) -> AsyncGenerator[str]:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            if words is None:
                await reader.read()
            else:
                writer.write(words)
            writer.close()

        listener = await asyncio.start_server(talk, "127.0.0.1", 0)
        async with listener:
            yield f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"

    return nowhere


@pytest.fixture(autouse=True)
def unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let httpx end by its own limit however busy the machine is: cut off while TLS begins, it leaks the socket."""
    monkeypatch.setattr(httpx_transport, "_GRACE", AMPLE)


NOWHERE: list[tuple[str, Nowhere, float, str]] = [
    ("the name does not resolve", at("http://nonexistent.invalid"), VERY_AMPLE, "the host name did not resolve"),
    ("the name is no name", at(f"http://{'.'.join(['a' * 60] * 5)}"), AMPLE, "the host name did not resolve"),
    ("refused", refused, AMPLE, "the connection was refused"),
    ("unreachable", at("http://255.255.255.255"), AMPLE, "the host is unreachable"),
    ("nobody accepts", full, SOON, TIMED_OUT),
    ("the certificate is self-signed", untrusted, AMPLE, "the server's certificate was not accepted"),
    ("no TLS: closes", plain(b""), AMPLE, f"the connection was closed before it was ready|{NO_TLS}"),
    ("no TLS: speaks HTTP", plain(b"HTTP/1.1 400 Bad Request\r\n\r\n"), AMPLE, NO_TLS),
    ("no TLS: says nothing", plain(None), SOON, TIMED_OUT),
]


@EACH
@pytest.mark.parametrize("row", NOWHERE, ids=[row[0] for row in NOWHERE])
async def test_what_cannot_be_reached_is_not_sent(
    make: MakeTransport, row: tuple[str, Nowhere, float, str], self_signed: ssl.SSLContext, full_port: int
) -> None:
    _, nowhere, timeout, reason = row
    async with (
        nowhere(self_signed, full_port) as url,
        serving(saying(OK, then=None)) as good,
        opened(make(max_connections=1)) as transport,
    ):
        failure = await failure_of(transport, a_request(url), timeout)
        answer = await transport.send(a_request(good.url), timeout=AMPLE)
    assert not failure.maybe_processed
    assert re.fullmatch(rf"({reason}) \(\w+\)", failure.reason)
    assert answer.status == 200


@EACH
async def test_no_connection_comes_free(make: MakeTransport) -> None:
    arrived = asyncio.Event()

    async def keeps_the_first_waiting(exchange: Exchange) -> None:
        arrived.set()
        await (silent(exchange) if exchange.number == 1 else exchange.answer(OK))

    async with serving(keeps_the_first_waiting) as server, opened(make(max_connections=1)) as transport:
        first = asyncio.create_task(transport.send(a_request(server.url), timeout=AMPLE))
        await arrived.wait()
        second = await failure_of(transport, a_request(server.url))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert len(server.seen) == 1
        third = await transport.send(a_request(server.url), timeout=AMPLE)
    assert not second.maybe_processed
    assert second.reason.startswith(("timed out waiting for a connection", "timed out waiting for a free connection"))
    assert third.status == 200


OBSTACLES: list[tuple[str, BaseException, str]] = [
    ("the way is down", OSError(errno.ENETDOWN, "x"), "the host is unreachable"),
    ("the host is down", OSError(errno.EHOSTUNREACH, "x"), "the host is unreachable"),
    ("the kernel gave up", OSError(errno.ETIMEDOUT, "x"), "timed out while connecting"),
    ("no more files", OSError(errno.EMFILE, "x"), "no connection could be made"),
    ("something else", RuntimeError("x"), "no connection could be made"),
    (
        "one cause an address",
        ExceptionGroup("x", [RuntimeError("x"), OSError(errno.ECONNREFUSED, "x")]),
        "the connection was refused",
    ),
]


@pytest.mark.parametrize(("cause", "reason"), [row[1:] for row in OBSTACLES], ids=[row[0] for row in OBSTACLES])
def test_what_cannot_be_provoked_everywhere(cause: BaseException, reason: str) -> None:
    outer = OSError("All connection attempts failed")
    outer.__cause__ = cause
    assert obstacle(outer) == reason


@pytest.mark.parametrize("connections", [1, 3])
async def test_connections_are_opened_ahead_and_nothing_is_sent_on_them(connections: int) -> None:
    async with (
        serving(saying(OK, then=None)) as server,
        BookIt("key-17", base_url=server.url, max_connections=3) as client,
    ):
        await client.connect(connections=connections)
        assert (server.connections, server.seen) == (connections, [])
        await asyncio.gather(*(client.api.get_meeting("m") for _ in range(3)))
        assert (server.connections, len(server.seen)) == (3, 3)
        await client.connect(connections=9)
        assert server.connections == 3


async def test_tls_shakes_hands_ahead_also_through_a_proxy(
    self_signed: ssl.SSLContext, vouched: ssl.SSLContext
) -> None:
    async with (
        serving(saying(OK, then=None), tls=self_signed) as server,
        proxying() as proxy,
        BookIt("key-17", base_url=server.url, proxy=proxy.url) as client,
    ):
        await client.connect()
        through = len(proxy.through)
        await client.api.get_meeting("m")
        assert (server.connections, len(proxy.heads), len(server.seen)) == (1, 1, 1)
        assert through > 1000


async def test_what_cannot_be_opened_ahead_is_told_and_the_rest_is_kept(full_port: int) -> None:
    async with BookIt("key-17", base_url=f"http://127.0.0.1:{full_port}", timeout=SOON) as client:
        with pytest.raises(NotSentError, match="timed out"):
            await client.connect(connections=2)
    async with BookIt("key-17", base_url="https://nonexistent.invalid") as client:
        with pytest.raises(NotSentError, match="did not resolve"):
            await client.connect()
        with pytest.raises(InvalidInputError, match="connections must be a whole number from 1 on"):
            await client.connect(connections=0)
    with pytest.raises(NotSentError, match="the transport is closed"):
        await client.connect()


async def test_a_connection_is_kept_as_long_as_the_setting_says() -> None:
    for keep_alive, connections in ((0, 3), (0.05, 3), (75, 1)):
        async with (
            serving(saying(OK, then=None)) as server,
            BookIt("key-17", base_url=server.url, keep_alive=keep_alive) as client,
        ):
            for _ in range(3):
                await client.api.get_meeting("m")
                await asyncio.sleep(0.1)
            assert server.connections == connections
    assert BookIt("key-17").settings.keep_alive == 75
