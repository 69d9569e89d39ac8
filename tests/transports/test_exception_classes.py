"""Every class of exception of the layer below has a side."""

import asyncio
import ssl
from collections.abc import Iterator
from typing import NoReturn

import aiohttp
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
    def failing(session: aiohttp.ClientSession, *_: object, **__: object) -> NoReturn:
        if connected:
            assert isinstance(session.connector, QuietConnector)
            session.connector.given[asyncio.current_task()] = ResponseHandler(asyncio.get_running_loop())
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
