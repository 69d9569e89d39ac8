"""Both adapters against real sockets on the loopback: what each failure is called, and that nothing is sent twice."""

import ast
import asyncio
import contextlib
import copy
import gzip
import pickle
import socket
import ssl
import struct
import sys
import traceback
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

import aiohttp
import attrs
import httpx
import pytest
import respx

from bookit_async import transports
from bookit_async.transports import Transport, TransportFailure, WireRequest, WireResponse
from bookit_async.transports.aiohttp_transport import AiohttpTransport
from bookit_async.transports.httpx_transport import HttpxTransport

SOON = 0.25  # seconds: what a test waits for a server that stays silent
AMPLE = 5.0  # seconds: never reached
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
SECRET = "ada%40example.com"

MakeTransport = Callable[..., Transport]
Behaviour = Callable[["Exchange"], Awaitable[None]]

BOTH = pytest.mark.parametrize("make", [AiohttpTransport, HttpxTransport])


@attrs.define
class Exchange:
    """One request as the server sees it: `number` counts those of all connections from 1."""

    number: int
    head: bytes
    body: bytes
    writer: asyncio.StreamWriter

    async def answer(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
        await self.writer.drain()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@attrs.define
class Server:
    """Keeps what came in. `url` has no path."""

    url: str
    seen: list[Exchange] = attrs.field(factory=list)
    connections: int = 0


@contextlib.asynccontextmanager
async def serving(behaviour: Behaviour | None) -> AsyncGenerator[Server, None]:
    """A server that reads each request whole before `behaviour` has its way; None closes at once, unread."""
    server = Server("")
    talks: list[asyncio.Task[None]] = []

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        talks.append(asyncio.create_task(talk(reader, writer)))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await converse(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if behaviour is None:
            return
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                exchange = Exchange(len(server.seen) + 1, head, await reader.readexactly(length), writer)
                server.seen.append(exchange)
                await behaviour(exchange)

    listener = await asyncio.start_server(begin, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


@contextlib.asynccontextmanager
async def opened(transport: Transport) -> AsyncGenerator[Transport, None]:
    try:
        yield transport
    finally:
        await transport.close()


def a_request(url: str, method: str = "POST") -> WireRequest:
    headers = {"X-Api-Key": "key-17", "User-Agent": "bookit-async", "Accept": "application/json"}
    content = b'{"token": "t"}' if method in ("POST", "PATCH", "PUT") else None
    if content:
        headers["Content-Type"] = "application/json"
    return WireRequest(method, f"{url}/v1/meeting?prospectEmail={SECRET}", headers, content)


async def failure_of(transport: Transport, request: WireRequest, timeout: float = SOON) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        await transport.send(request, timeout=timeout)
    return caught.value


def saying(*pieces: bytes, then: Callable[[Exchange], None] | None = Exchange.close) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.answer(*pieces)
        if then:
            then(exchange)

    return behave


async def silent(_exchange: Exchange) -> None:
    await asyncio.sleep(AMPLE)


async def trickling(exchange: Exchange) -> None:
    await exchange.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    while True:
        await exchange.answer(b" ")
        await asyncio.sleep(SOON / 10)


# What the server does once it has the request. In each case it may have processed it.
STALLS: list[tuple[str, Behaviour]] = [
    ("never answers", silent),
    ("stops in the status line", saying(b"HTTP/1.1 2", then=None)),
    ("stops in the body", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}", then=None)),
    ("never ends the body", trickling),
]
ENDS: list[tuple[str, Behaviour | None]] = [
    ("closes at once", None),
    ("closes without an answer", saying()),
    ("resets without an answer", saying(then=Exchange.reset)),
    ("closes in the headers", saying(b"HTTP/1.1 200 OK\r\nContent-Le")),
    ("resets in the headers", saying(b"HTTP/1.1 200 OK\r\nContent-Le", then=Exchange.reset)),
    ("closes in the body", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}")),
    ("resets in the body", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}", then=Exchange.reset)),
    ("closes in a chunk", saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}")),
    ("closes before the last chunk", saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")),
    ("sends a bad chunk", saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n")),
    ("sends bad gzip", saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")),
    ("does not speak HTTP", saying(b"220 mail.example.com ESMTP\r\n\r\n")),
    ("sends a bad header", saying(b"HTTP/1.1 200 OK\r\nContent Length 2\r\n\r\n{}")),
    ("sends two lengths", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")),
]


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("behaviour", [pytest.param(behaviour, id=name) for name, behaviour in ENDS])
async def test_after_the_first_byte_it_may_be_processed_and_is_sent_once(
    make: MakeTransport, method: str, behaviour: Behaviour | None
) -> None:
    async with serving(behaviour) as server, opened(make()) as transport:
        failure = await failure_of(transport, a_request(server.url, method), AMPLE)
    assert failure.maybe_processed
    assert server.connections == 1
    assert len(server.seen) == (behaviour is not None)


@BOTH
@pytest.mark.parametrize("behaviour", [pytest.param(behaviour, id=name) for name, behaviour in STALLS])
async def test_a_server_that_stalls_may_have_processed_it(make: MakeTransport, behaviour: Behaviour) -> None:
    async with serving(behaviour) as server, opened(make()) as transport:
        failure = await failure_of(transport, a_request(server.url))
    assert failure.maybe_processed
    assert "timed out" in failure.reason
    assert len(server.seen) == 1


@BOTH
async def test_refused(make: MakeTransport) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with opened(make()) as transport:
            failure = await failure_of(transport, a_request(f"http://127.0.0.1:{port}"), AMPLE)
    assert not failure.maybe_processed
    assert "refused" in failure.reason


@BOTH
async def test_the_name_does_not_resolve(make: MakeTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with opened(make()) as transport:
        failure = await failure_of(transport, a_request("http://bookit.invalid"), AMPLE)
    assert not failure.maybe_processed
    assert "did not resolve" in failure.reason


@BOTH
@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["closes", "speaks no TLS"])
async def test_tls_fails(make: MakeTransport, words: bytes) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(words)
        writer.close()

    listener = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with listener, opened(make()) as transport:
        url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        failure = await failure_of(transport, a_request(url), AMPLE)
    assert not failure.maybe_processed


@BOTH
async def test_tls_never_answers(make: MakeTransport) -> None:
    async with serving(silent) as server, opened(make()) as transport:
        failure = await failure_of(transport, a_request(server.url.replace("http:", "https:")))
    assert not failure.maybe_processed


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that lets nobody in any more: its queue is full, which Linux answers with silence."""
    if sys.platform != "linux":
        pytest.skip("a full queue is silent on Linux only")
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


@BOTH
async def test_connecting_times_out(make: MakeTransport, full_port: int) -> None:
    async with opened(make()) as transport:
        failure = await failure_of(transport, a_request(f"http://127.0.0.1:{full_port}"))
    assert not failure.maybe_processed
    assert "timed out" in failure.reason


@BOTH
async def test_no_connection_comes_free(make: MakeTransport) -> None:
    arrived = asyncio.Event()

    async def keeps_waiting(exchange: Exchange) -> None:
        arrived.set()
        await silent(exchange)

    async with serving(keeps_waiting) as server, opened(make(max_connections=1)) as transport:
        first = asyncio.create_task(transport.send(a_request(server.url), timeout=AMPLE))
        await arrived.wait()
        second = await failure_of(transport, a_request(server.url))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    assert not second.maybe_processed
    assert "timed out waiting for a" in second.reason
    assert len(server.seen) == 1


@BOTH
@pytest.mark.parametrize("ending", ["times out", "is cancelled"])
async def test_a_lost_request_gives_its_connection_back(make: MakeTransport, ending: str) -> None:
    arrived = asyncio.Event()

    async def answers_from_the_third_on(exchange: Exchange) -> None:
        arrived.set()
        await (exchange.answer(OK) if exchange.number > 2 else silent(exchange))

    async with serving(answers_from_the_third_on) as server, opened(make(max_connections=1)) as transport:
        for _ in range(2):
            arrived.clear()
            if ending == "times out":
                assert (await failure_of(transport, a_request(server.url))).maybe_processed
            else:
                task = asyncio.create_task(transport.send(a_request(server.url), timeout=AMPLE))
                await arrived.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
        answer = await transport.send(a_request(server.url), timeout=AMPLE)
    assert answer.status == 200


@BOTH
async def test_an_answer_of_any_status_comes_back_whole(make: MakeTransport) -> None:
    packed = gzip.compress(b'{"error": "Meeting not found"}')
    head = (
        b"HTTP/1.1 404 Not Found\r\nX-Amzn-RequestId: 6f0c\r\nVia: one\r\nvia: two\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    )
    async with serving(saying(head, packed)) as server, opened(make()) as transport:
        answer = await transport.send(a_request(server.url), timeout=AMPLE)
    assert (answer.status, answer.body) == (404, b'{"error": "Meeting not found"}')
    assert answer.headers["x-amzn-requestid"] == "6f0c"
    assert answer.headers["via"] == "one, two"
    assert all(name == name.lower() for name in answer.headers)


@BOTH
async def test_an_empty_answer(make: MakeTransport) -> None:
    async with serving(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as server, opened(make()) as transport:
        assert (await transport.send(a_request(server.url, "DELETE"), timeout=AMPLE)).body == b""


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_the_request_arrives_as_it_was_written(make: MakeTransport, method: str) -> None:
    async with serving(saying(OK)) as server, opened(make()) as transport:
        request = a_request(f"{server.url}/a%2Fb%20c%3F", method)
        await transport.send(request, timeout=AMPLE)
    (exchange,) = server.seen
    first, *lines = exchange.head.decode().rstrip().split("\r\n")
    assert first == f"{method} /a%2Fb%20c%3F/v1/meeting?prospectEmail={SECRET} HTTP/1.1"
    assert exchange.body == (request.content or b"")
    sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert len(sent) == len(lines)
    assert {name.lower(): value for name, value in request.headers.items()}.items() <= sent.items()
    added = sent.keys() - {name.lower() for name in request.headers}
    assert added <= {"host", "accept-encoding", "connection", "content-length"}


@BOTH
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer(make: MakeTransport, status: int) -> None:
    head = b"HTTP/1.1 %d Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    async with serving(saying(head, then=None)) as server, opened(make()) as transport:
        answer = await transport.send(a_request(server.url), timeout=AMPLE)
    assert (answer.status, answer.headers["location"], len(server.seen)) == (status, "/elsewhere", 1)


async def test_no_cookie_is_sent_back() -> None:
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: AWSALB=1\r\nContent-Length: 0\r\n\r\n"
    async with serving(saying(head, then=None)) as server, opened(AiohttpTransport()) as transport:
        for _ in range(2):
            await transport.send(a_request(server.url), timeout=AMPLE)
    assert b"cookie" not in server.seen[1].head.lower()


@BOTH
async def test_a_connection_is_used_again(make: MakeTransport) -> None:
    async with serving(saying(OK, then=None)) as server, opened(make()) as transport:
        for _ in range(3):
            await transport.send(a_request(server.url), timeout=AMPLE)
    assert (server.connections, len(server.seen)) == (1, 3)


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("end", [Exchange.close, Exchange.reset], ids=["closes", "resets"])
async def test_a_kept_connection_that_ends_on_a_request_is_not_tried_again(
    make: MakeTransport, method: str, end: Callable[[Exchange], None]
) -> None:
    async def answers_the_first(exchange: Exchange) -> None:
        await exchange.answer(OK if exchange.number == 1 else b"")
        if exchange.number > 1:
            end(exchange)

    async with serving(answers_the_first) as server, opened(make()) as transport:
        await transport.send(a_request(server.url), timeout=AMPLE)
        failure = await failure_of(transport, a_request(server.url, method), AMPLE)
    assert failure.maybe_processed
    assert (server.connections, len(server.seen)) == (1, 2)


@BOTH
@pytest.mark.parametrize("end", [Exchange.close, Exchange.reset], ids=["closed", "reset"])
@pytest.mark.parametrize("pause", [0, 0.05], ids=["at once", "later"])
async def test_a_kept_connection_that_ended_in_between(
    make: MakeTransport, end: Callable[[Exchange], None], pause: float
) -> None:
    """The second request goes out on a new connection, or is given up: never both."""
    async with serving(saying(OK, then=end)) as server, opened(make()) as transport:
        with contextlib.suppress(TransportFailure):  # the reset may overtake the first answer
            await transport.send(a_request(server.url), timeout=AMPLE)
        await asyncio.sleep(pause)
        before = len(server.seen)
        with contextlib.suppress(TransportFailure):
            await transport.send(a_request(server.url), timeout=AMPLE)
    assert len(server.seen) - before <= 1


@BOTH
async def test_cancellation_goes_up(make: MakeTransport) -> None:
    async with serving(silent) as server, opened(make()) as transport:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.send(a_request(server.url), timeout=AMPLE), SOON)


@BOTH
async def test_after_close_nothing_is_sent(make: MakeTransport) -> None:
    async with serving(saying(OK)) as server:
        transport = make()
        await transport.close()
        await transport.close()
        failure = await failure_of(transport, a_request(server.url))
        assert (failure.reason, failure.maybe_processed) == ("the transport is closed", False)
        assert server.connections == 0


@BOTH
@pytest.mark.parametrize(
    ("change", "surely_unsent"),
    [
        ({"url": "ftp://127.0.0.1/x"}, True),
        ({"url": "http://127.0.0.1:port/x"}, True),
        ({"url": "http:///x"}, True),
        ({"headers": {"X-Api-Key": "key-17\r\nX-Other: 1"}}, False),
        ({"headers": {"X-Api-Key": "key-17\x00"}}, False),
    ],
)
async def test_a_request_that_cannot_be_written(
    make: MakeTransport, change: dict[str, Any], surely_unsent: bool
) -> None:
    async with serving(saying(OK)) as server, opened(make()) as transport:
        failure = await failure_of(transport, attrs.evolve(a_request(server.url), **change), AMPLE)
    assert "key-17" not in str(failure)
    assert not (surely_unsent and failure.maybe_processed)
    assert server.seen == []


@BOTH
async def test_nothing_secret_is_in_a_failure(make: MakeTransport, full_port: int) -> None:
    async with serving(saying()) as server, opened(make()) as transport:
        for url in (server.url, f"http://127.0.0.1:{full_port}", "ftp://example.com", "http://example.com:port"):
            failure = await failure_of(transport, a_request(url))
            shown = "".join(traceback.format_exception(failure)) + repr(failure)
            assert failure.__cause__ is failure.__context__ is None
            assert SECRET not in shown
            assert "key-17" not in shown


# --- every class of the layer below ---


def subclasses(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for below in kind.__subclasses__():
        yield from subclasses(below)


def of_module(name: str, *roots: type[BaseException]) -> list[type[BaseException]]:
    found = {kind for root in roots for kind in subclasses(root) if kind.__module__.split(".")[0] == name}
    return sorted(found, key=lambda kind: kind.__name__)


AIOHTTP_NOT_SENT = {
    "ClientConnectorCertificateError",
    "ClientConnectorDNSError",
    "ClientConnectorError",
    "ClientConnectorSSLError",
    "ClientProxyConnectionError",
    "ClientSSLError",
    "ConnectionTimeoutError",
    "InvalidURL",
    "InvalidUrlClientError",
    "InvalidUrlRedirectClientError",
    "NonHttpUrlClientError",
    "NonHttpUrlRedirectClientError",
    "ServerFingerprintMismatch",
    "ServerTimeoutError",
    "SocketTimeoutError",
    "TimeoutError",
    "UnixClientConnectorError",
    "ValueError",
}
AIOHTTP_MAYBE = {
    "ClientConnectionError",
    "ClientConnectionResetError",
    "ClientError",
    "ClientHttpProxyError",
    "ClientOSError",
    "ClientPayloadError",
    "ClientResponseError",
    "ConnectionResetError",
    "ContentTypeError",
    "OSError",
    "RedirectClientError",
    "RuntimeError",
    "SSLError",
    "ServerConnectionError",
    "ServerDisconnectedError",
    "TooManyRedirects",
    "UploadAbortedError",
    "WSMessageTypeError",
    "WSServerHandshakeError",
}
OTHERS: list[type[BaseException]] = [
    TimeoutError,
    ValueError,
    ConnectionResetError,
    OSError,
    RuntimeError,
    ssl.SSLError,
    aiohttp.WSMessageTypeError,
]


@pytest.mark.parametrize("connected", [False, True])
@pytest.mark.parametrize("kind", [*of_module("aiohttp", aiohttp.ClientError), *OTHERS])
async def test_every_exception_of_aiohttp_is_mapped(
    kind: type[BaseException], connected: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(_: aiohttp.ClientSession, *__: object, trace_request_ctx: Any, **___: object) -> NoReturn:
        trace_request_ctx.connected = connected
        raise kind.__new__(kind)

    monkeypatch.setattr(aiohttp.ClientSession, "request", failing)
    async with opened(AiohttpTransport()) as transport:
        failure = await failure_of(transport, a_request("http://127.0.0.1"))
    assert kind.__name__ in AIOHTTP_NOT_SENT | AIOHTTP_MAYBE, "a new exception: say which side it is on"
    assert failure.maybe_processed is (connected or kind.__name__ in AIOHTTP_MAYBE)
    assert failure.reason.endswith(f"({kind.__name__})")


HTTPX_NOT_SENT = {"ConnectError", "ConnectTimeout", "PoolTimeout", "UnsupportedProtocol"}
HTTPX_MAYBE = {
    "CloseError",
    "CookieConflict",
    "DecodingError",
    "HTTPError",
    "HTTPStatusError",
    "InvalidURL",
    "LocalProtocolError",
    "NetworkError",
    "ProtocolError",
    "ProxyError",
    "ReadError",
    "ReadTimeout",
    "RemoteProtocolError",
    "RequestError",
    "RequestNotRead",
    "ResponseNotRead",
    "StreamClosed",
    "StreamConsumed",
    "StreamError",
    "TimeoutException",
    "TooManyRedirects",
    "TransportError",
    "WriteError",
    "WriteTimeout",
}
HTTPX_ROOTS = (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, httpx.CookieConflict)


class Failing(httpx.AsyncBaseTransport):
    """Raises what it was given, from what that was raised from."""

    def __init__(self, error: BaseException, cause: BaseException | None = None) -> None:
        self.error, self.cause = error, cause

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:  # noqa: ARG002 - its interface
        raise self.error from self.cause


@pytest.mark.parametrize("kind", of_module("httpx", *HTTPX_ROOTS))
async def test_every_exception_of_httpx_is_mapped(kind: type[BaseException]) -> None:
    async with httpx.AsyncClient(transport=Failing(kind.__new__(kind))) as client:
        failure = await failure_of(HttpxTransport(client), a_request("http://127.0.0.1"))
    assert kind.__name__ in HTTPX_NOT_SENT | HTTPX_MAYBE, "a new exception: say which side it is on"
    assert failure.maybe_processed is (kind.__name__ in HTTPX_MAYBE)
    assert failure.reason.endswith(f"({kind.__name__})")


@pytest.mark.parametrize("kind", OTHERS)
async def test_what_httpx_lets_through_is_mapped(kind: type[BaseException]) -> None:
    async with httpx.AsyncClient(transport=Failing(kind.__new__(kind))) as client:
        assert (await failure_of(HttpxTransport(client), a_request("http://127.0.0.1"))).maybe_processed


@pytest.mark.parametrize(
    ("cause", "maybe_processed"),
    [
        (aiohttp.ServerDisconnectedError(), True),
        (aiohttp.ClientOSError(104, "Connection reset by peer"), True),
        (aiohttp.ConnectionTimeoutError(), False),
        (aiohttp.ClientConnectorError.__new__(aiohttp.ClientConnectorError), False),
        (OSError(111, "Connection refused"), False),
    ],
)
async def test_a_bridge_to_aiohttp_is_not_believed(cause: Exception, maybe_processed: bool) -> None:
    error = httpx.ConnectTimeout("as httpx-aiohttp has it")
    async with httpx.AsyncClient(transport=Failing(error, cause)) as client:
        failure = await failure_of(HttpxTransport(client), a_request("http://127.0.0.1"))
    assert failure.maybe_processed is maybe_processed


# --- what only the httpx adapter does ---


@respx.mock
async def test_respx_sees_the_request_and_gives_the_answer(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post("https://api.leandata.com/v1/meeting").respond(
        400, json={"error": "link not found"}, headers={"X-Amzn-RequestId": "6f0c"}
    )
    async with opened(HttpxTransport()) as transport:
        answer = await transport.send(a_request("https://api.leandata.com"), timeout=AMPLE)
    assert (answer.status, answer.headers["x-amzn-requestid"]) == (400, "6f0c")
    assert b"link not found" in answer.body
    sent = route.calls.last.request
    assert (sent.headers["x-api-key"], sent.headers["user-agent"]) == ("key-17", "bookit-async")
    assert sent.content == b'{"token": "t"}'


@pytest.mark.parametrize(
    ("error", "maybe_processed"),
    [
        (httpx.ConnectError, False),
        (httpx.ConnectTimeout, False),
        (httpx.PoolTimeout, False),
        (httpx.ReadTimeout, True),
        (httpx.ReadError, True),
        (httpx.RemoteProtocolError, True),
    ],
)
async def test_respx_raises(respx_mock: respx.MockRouter, error: type[Exception], maybe_processed: bool) -> None:
    respx_mock.post("https://api.leandata.com/v1/meeting").mock(side_effect=error)
    async with httpx.AsyncClient() as client:
        failure = await failure_of(HttpxTransport(client), a_request("https://api.leandata.com"))
    assert failure.maybe_processed is maybe_processed


async def test_a_given_client_stays_open() -> None:
    async with serving(saying(OK)) as server, httpx.AsyncClient(follow_redirects=True) as client:
        await HttpxTransport(client).close()
        assert not client.is_closed
        assert (await HttpxTransport(client).send(a_request(server.url), timeout=AMPLE)).status == 200


async def test_a_given_client_may_be_closed_by_its_owner() -> None:
    client = httpx.AsyncClient()
    await client.aclose()
    failure = await failure_of(HttpxTransport(client), a_request("http://127.0.0.1"))
    assert not failure.maybe_processed


async def test_an_auth_of_the_client_sends_nothing_twice() -> None:
    challenge = (
        b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\nContent-Length: 0\r\n\r\n'
    )
    async with serving(saying(challenge)) as server, httpx.AsyncClient(auth=httpx.DigestAuth("u", "p")) as client:
        answer = await HttpxTransport(client).send(a_request(server.url), timeout=AMPLE)
    assert (answer.status, len(server.seen)) == (401, 1)


class ConnectError(Exception):
    """As a successor of httpx would name it."""


class LookAlike:
    """Has what is used of an httpx client, and no class of httpx."""

    is_closed = False

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def build_request(self, method: str, url: str, **rest: object) -> dict[str, object]:
        return {"method": method, "url": url, **rest}

    async def send(self, request: dict[str, object], **rest: object) -> Any:
        if self.error:
            raise self.error
        assert rest == {"auth": None, "follow_redirects": False, "stream": True}
        return httpx.Response(200, headers={"Seen": str(request["method"])}, content=b"{}")

    async def aclose(self) -> None:
        raise AssertionError("not ours to close")


async def test_a_client_that_only_looks_like_one_of_httpx() -> None:
    async with opened(HttpxTransport(LookAlike())) as transport:
        answer = await transport.send(a_request("http://127.0.0.1"), timeout=AMPLE)
    assert (answer.headers["seen"], answer.body) == ("POST", b"{}")
    failure = await failure_of(HttpxTransport(LookAlike(ConnectError())), a_request("http://127.0.0.1"))
    assert not failure.maybe_processed


def test_without_httpx_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ImportError, match=r"pip install 'bookit-async\[httpx\]'"):
        HttpxTransport()
    HttpxTransport(LookAlike())


# --- the protocol ---


def test_the_protocol_imports_no_http_library() -> None:
    tree = ast.parse(Path(transports.__file__).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"attrs", "collections.abc", "typing"}


def test_reprs_hide_key_query_and_bodies() -> None:
    shown = repr(a_request("https://api.leandata.com")) + repr(WireResponse(200, {"a": "key-17"}, b'{"token": "t"}'))
    assert "https://api.leandata.com/v1/meeting" in shown
    assert not any(secret in shown for secret in (SECRET, "key-17", "token", "prospectEmail"))


def pickled(failure: TransportFailure) -> TransportFailure:
    again = pickle.loads(pickle.dumps(failure))  # noqa: S301 - our own bytes
    assert isinstance(again, TransportFailure)
    return again


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
def test_a_failure_can_be_copied(again: Any) -> None:
    failure = again(TransportFailure("timed out", maybe_processed=True))
    assert (str(failure), failure.reason, failure.maybe_processed) == ("timed out", "timed out", True)
    assert repr(failure) == "TransportFailure('timed out', maybe_processed=True)"
