"""The default transport: aiohttp, one session, opened by the first request.

A failure is *not sent* when two witnesses agree: aiohttp's tracing says that the request had not been given a
connection, and the exception is of a class that occurs before that. All else is *maybe processed*.
"""

from math import inf
from types import SimpleNamespace

import aiohttp
from yarl import URL

from ..settings import MAX_CONNECTIONS, MAX_RESPONSE_BYTES
from . import TransportFailure, WireRequest, WireResponse
from .bodies import ACCEPT_ENCODING, Body, UnusableBodyError

__all__ = ["AiohttpTransport"]

# The first row that fits gives the reason; the flag says that the class can mean "not sent".
_REASONS: tuple[tuple[type[Exception], str, bool], ...] = (
    (aiohttp.ClientConnectorDNSError, "the host name did not resolve", True),
    (aiohttp.ClientConnectorCertificateError, "the server's certificate was not accepted", True),
    (aiohttp.ServerFingerprintMismatch, "the server's certificate was not accepted", True),
    (aiohttp.ClientSSLError, "no TLS connection with this server", True),
    (aiohttp.ClientConnectorError, "the connection was refused or the host is unreachable", True),
    (aiohttp.InvalidURL, "the URL is not valid", True),
    (aiohttp.NonHttpUrlClientError, "the URL is neither http nor https", True),
    (aiohttp.ServerDisconnectedError, "the server closed the connection without an answer", False),
    (aiohttp.ClientPayloadError, "the answer broke off", False),
    (aiohttp.ClientResponseError, "the answer was not valid HTTP", False),
    (aiohttp.ClientOSError, "the connection was lost", False),
    (ValueError, "the request is not valid HTTP", True),
    (Exception, "the exchange failed", False),
)


class _LostConnectionError(Exception):
    """Carries a failure past aiohttp, which would send a GET, PUT or DELETE again after a lost connection."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as failure:
        raise _LostConnectionError(failure) from failure


class _Progress:
    """How far one request has come."""

    connected = False


async def _note_connection(_session: aiohttp.ClientSession, trace: SimpleNamespace, _params: object) -> None:
    trace.trace_request_ctx.connected = True


class AiohttpTransport:
    """Sends through aiohttp. At most `max_connections` are open at once; further requests wait for one to come free.

    An answer of more than `max_response_bytes` after unpacking is not read on: a `TransportFailure`.
    """

    def __init__(self, *, max_connections: int = MAX_CONNECTIONS, max_response_bytes: int = MAX_RESPONSE_BYTES) -> None:
        self._max_connections = max_connections
        self._max_response_bytes = max_response_bytes
        self._session: aiohttp.ClientSession | None = None
        self._closed = False

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        """The answer, whatever its status, within `timeout` seconds in all; else `TransportFailure`."""
        if self._closed:
            raise TransportFailure("the transport is closed", maybe_processed=False)
        progress = _Progress()
        try:
            return await self._exchange(request, timeout, progress)
        except Exception as error:  # noqa: BLE001 - whatever it is, a write may have happened, and the caller must know
            failure = _failure(error.failure if isinstance(error, _LostConnectionError) else error, progress)
        # Raised out here to have no context: aiohttp's own words quote the URL, and with it the prospect's address.
        raise failure

    async def _exchange(self, request: WireRequest, timeout: float, progress: _Progress) -> WireResponse:
        if self._session is None:
            self._session = _new_session(self._max_connections)
        async with self._session.request(
            request.method,
            URL(request.url, encoded=True),
            headers={**request.headers, "Accept-Encoding": ACCEPT_ENCODING},
            data=request.content,
            # aiohttp would let timeouts of over five seconds end on the next whole second.
            timeout=aiohttp.ClientTimeout(total=timeout, ceil_threshold=inf),
            allow_redirects=False,
            trace_request_ctx=progress,
        ) as answer:
            names = {name.lower() for name in answer.headers}
            headers = {name: ", ".join(answer.headers.getall(name)) for name in sorted(names)}
            body = Body(headers.get("content-encoding", ""), limit=self._max_response_bytes)
            async for piece in answer.content.iter_any():
                body.add(piece)
            return WireResponse(answer.status, headers, body.whole())

    async def close(self) -> None:
        """Closes every connection."""
        self._closed = True
        if self._session is not None:
            await self._session.close()


def _new_session(max_connections: int) -> aiohttp.ClientSession:
    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(_note_connection)
    trace.on_connection_create_end.append(_note_connection)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=max_connections),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_once,),
        skip_auto_headers=("User-Agent", "Accept", "Content-Type"),
        trace_configs=[trace],
        trust_env=False,
    )


def _failure(error: Exception, progress: _Progress) -> TransportFailure:
    if isinstance(error, UnusableBodyError):
        return TransportFailure(str(error), maybe_processed=True)
    if isinstance(error, TimeoutError):
        reason = "timed out waiting for the answer" if progress.connected else "timed out waiting for a connection"
        may_be_early = True
    else:
        reason, may_be_early = next(row[1:] for row in _REASONS if isinstance(error, row[0]))
    maybe_processed = progress.connected or not may_be_early
    return TransportFailure(f"{reason} ({type(error).__name__})", maybe_processed=maybe_processed)
