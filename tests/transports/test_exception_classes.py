"""Every class of exception of the layer below has a side."""

import asyncio
import ssl
from collections.abc import Iterator
from typing import NoReturn

import aiohttp
import httpcore
import httpx
import pytest
from aiohttp.client_proto import ResponseHandler

from bookit_async.transports.aiohttp_connections import QuietConnector
from bookit_async.transports.aiohttp_transport import AiohttpTransport
from bookit_async.transports.httpx_transport import HttpxTransport

from .adapters import a_request, failure_of, opened


def subclasses(kind: type[BaseException]) -> Iterator[type[BaseException]]:
    yield kind
    for below in kind.__subclasses__():
        yield from subclasses(below)


def of_module(name: str, *roots: type[BaseException]) -> list[type[BaseException]]:
    found = {kind for root in roots for kind in subclasses(root) if kind.__module__.split(".")[0] == name}
    return sorted(found, key=lambda kind: kind.__name__)


NOT_SENT, MAYBE = False, True
Table = dict[str, tuple[bool, str]]
"""By class: the side that it is on where nothing else is known, and where it is raised."""

AIOHTTP: Table = {
    "ClientConnectionError": (MAYBE, "connector: closed meanwhile; a request: its connection was closed"),
    "ClientConnectionResetError": (MAYBE, "writing to a connection that is closing"),
    "ClientConnectorCertificateError": (NOT_SENT, "connector: TLS, the certificate"),
    "ClientConnectorDNSError": (NOT_SENT, "connector: resolving"),
    "ClientConnectorError": (NOT_SENT, "connector: TCP; TLS in a tunnel"),
    "ClientConnectorSSLError": (NOT_SENT, "connector: TLS"),
    "ClientError": (MAYBE, "the root; nowhere itself"),
    "ClientHttpProxyError": (NOT_SENT, "connector: the proxy answered CONNECT with another status than 200"),
    "ClientOSError": (MAYBE, "a request: whatever the socket says, before and after the first byte"),
    "ClientPayloadError": (MAYBE, "reading the body of an answer"),
    "ClientProxyConnectionError": (NOT_SENT, "connector: TCP to the proxy"),
    "ClientResponseError": (MAYBE, "reading the head of an answer"),
    "ClientSSLError": (NOT_SENT, "connector: TLS; the root of both"),
    "ConnectionResetError": (MAYBE, "the socket, not wrapped"),
    "ConnectionTimeoutError": (NOT_SENT, "connector: the time was over before there was a connection"),
    "ContentTypeError": (MAYBE, "reading a body as JSON, which is not done here"),
    "InvalidURL": (NOT_SENT, "building the request"),
    "InvalidUrlClientError": (NOT_SENT, "building the request, or the connector about an address"),
    "InvalidUrlRedirectClientError": (NOT_SENT, "following a redirect, which is not done here"),
    "NonHttpUrlClientError": (NOT_SENT, "building the request"),
    "NonHttpUrlRedirectClientError": (NOT_SENT, "following a redirect, which is not done here"),
    "OSError": (MAYBE, "the socket, not wrapped"),
    "RedirectClientError": (MAYBE, "following a redirect, which is not done here"),
    "RuntimeError": (MAYBE, "a session that was closed meanwhile, and whatever else"),
    "SSLError": (MAYBE, "TLS of a connection in use"),
    "ServerConnectionError": (MAYBE, "the root; nowhere itself"),
    "ServerDisconnectedError": (MAYBE, "the other side closed without an answer"),
    "ServerFingerprintMismatch": (NOT_SENT, "connector: TLS, a pinned certificate"),
    "ServerTimeoutError": (NOT_SENT, "connector: the root of both; with a connection it may be sent"),
    "SocketTimeoutError": (NOT_SENT, "reading an answer, and then there is a connection"),
    "TimeoutError": (NOT_SENT, "the whole time is over; with a connection it may be sent"),
    "TooManyRedirects": (MAYBE, "following a redirect, which is not done here"),
    "UnixClientConnectorError": (NOT_SENT, "connector: a UNIX socket, which is not used here"),
    "UploadAbortedError": (MAYBE, "writing a body in pieces"),
    "ValueError": (NOT_SENT, "building the request"),
    "WSMessageTypeError": (MAYBE, "a WebSocket, which is not used here"),
    "WSServerHandshakeError": (MAYBE, "a WebSocket, which is not used here"),
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
    def failing(session: aiohttp.ClientSession, *_: object, **__: object) -> NoReturn:
        if connected:
            assert isinstance(session.connector, QuietConnector)
            session.connector.given[asyncio.current_task()] = ResponseHandler(asyncio.get_running_loop())
        raise kind.__new__(kind)

    monkeypatch.setattr(aiohttp.ClientSession, "request", failing)
    async with opened(AiohttpTransport()) as transport:
        failure = await failure_of(transport, a_request("http://127.0.0.1"))
    assert kind.__name__ in AIOHTTP, "a new exception: say which side it is on, and where it is raised"
    assert failure.maybe_processed is (connected or AIOHTTP[kind.__name__][0])
    assert failure.reason.endswith(f"({kind.__name__})")


@pytest.mark.parametrize("kind", [*of_module("aiohttp", aiohttp.ClientError), *OTHERS])
async def test_what_the_connector_of_aiohttp_raises_instead_of_a_connection_was_not_sent(
    kind: type[BaseException], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failing(*_: object, **__: object) -> NoReturn:
        raise kind.__new__(kind)

    monkeypatch.setattr(aiohttp.TCPConnector, "_create_connection", failing)
    monkeypatch.setattr(aiohttp.ClientHttpProxyError, "status", 503, raising=False)
    async with opened(AiohttpTransport()) as transport:
        for method in ("GET", "POST"):
            failure = await failure_of(transport, a_request("http://127.0.0.1", method))
            assert not failure.maybe_processed


HTTPX: Table = {
    "CloseError": (MAYBE, "closing a connection"),
    "ConnectError": (NOT_SENT, "resolving, TCP, TLS"),
    "ConnectTimeout": (NOT_SENT, "resolving, TCP, TLS"),
    "CookieConflict": (MAYBE, "reading cookies, which is not done here"),
    "DecodingError": (MAYBE, "unpacking a body"),
    "HTTPError": (MAYBE, "the root; nowhere itself"),
    "HTTPStatusError": (MAYBE, "raise_for_status, in an event hook of the caller's"),
    "InvalidURL": (MAYBE, "building the request, and following a redirect"),
    "LocalProtocolError": (MAYBE, "h11, before the first byte as well as in the middle of a body"),
    "NetworkError": (MAYBE, "the root; nowhere itself"),
    "PoolTimeout": (NOT_SENT, "waiting for a connection of the pool"),
    "ProtocolError": (MAYBE, "the root; nowhere itself"),
    "ProxyError": (NOT_SENT, "the proxy answered CONNECT with another status than 2xx, or SOCKS refused"),
    "ReadError": (MAYBE, "reading an answer"),
    "ReadTimeout": (MAYBE, "reading an answer"),
    "RemoteProtocolError": (MAYBE, "h11: the answer is no HTTP, or the other side closed"),
    "RequestError": (MAYBE, "the root; nowhere itself"),
    "RequestNotRead": (MAYBE, "reading a request's body, in an event hook of the caller's"),
    "ResponseNotRead": (MAYBE, "reading an answer's body, in an event hook of the caller's"),
    "StreamClosed": (MAYBE, "reading an answer's body"),
    "StreamConsumed": (MAYBE, "reading an answer's body"),
    "StreamError": (MAYBE, "the root; nowhere itself"),
    "TimeoutException": (MAYBE, "the root; nowhere itself"),
    "TooManyRedirects": (MAYBE, "following a redirect, which is not done here"),
    "TransportError": (MAYBE, "the root; nowhere itself"),
    "UnsupportedProtocol": (NOT_SENT, "building the request"),
    "WriteError": (MAYBE, "writing the request"),
    "WriteTimeout": (MAYBE, "writing the request"),
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
    assert kind.__name__ in HTTPX, "a new exception: say which side it is on, and where it is raised"
    assert failure.maybe_processed is HTTPX[kind.__name__][0]
    assert failure.reason.endswith(f"({kind.__name__})")


@pytest.mark.parametrize("kind", of_module("httpx", *HTTPX_ROOTS))
async def test_while_a_proxy_is_asked_nothing_was_sent(kind: type[BaseException]) -> None:
    """Whatever httpx calls it: what it traces says how far the request has come."""

    class Tracing(Failing):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            trace = request.extensions["trace"]
            connect = httpcore.Request("CONNECT", "http://proxy.example:3128")
            await trace("connection.connect_tcp.started", {})
            await trace("connection.connect_tcp.complete", {"return_value": None})
            await trace("http11.send_request_headers.started", {"request": connect})
            if sent:
                real = httpcore.Request("POST", "http://127.0.0.1")
                await trace("proxy.start_tls.started", {})
                await trace("http11.send_request_headers.started", {"request": real})
            raise self.error

    for sent in (False, True):
        async with httpx.AsyncClient(transport=Tracing(kind.__new__(kind))) as client:
            failure = await failure_of(HttpxTransport(client), a_request("http://127.0.0.1"))
        assert failure.maybe_processed is (sent and HTTPX[kind.__name__][0])


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
