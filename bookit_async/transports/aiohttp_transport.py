"""The default transport: aiohttp, one session, opened by the first request.

A failure is *not sent* when two witnesses agree: the connector says that the request had not been given a connection,
and the exception is of a class that occurs before that. All else is *maybe processed*.
"""

import asyncio
import io
from functools import lru_cache
from math import inf

import aiohttp
from yarl import URL

from ..transports import TransportFailure, WireRequest, WireResponse
from .aiohttp_connections import Given, QuietConnector
from .bodies import ACCEPT_ENCODING, Body, UnusableBodyError
from .limits import MAX_CONNECTIONS, MAX_RESPONSE_BYTES
from .obstacles import obstacle

__all__ = ["AiohttpTransport"]

# The first row that fits gives the reason; the flag says that the class can mean "not sent".
_REASONS: tuple[tuple[type[Exception], str, bool], ...] = (
    (aiohttp.ServerFingerprintMismatch, "the server's certificate was not accepted", True),
    (aiohttp.InvalidURL, "the URL is not valid", True),
    (aiohttp.NonHttpUrlClientError, "the URL is neither http nor https", True),
    (aiohttp.ServerDisconnectedError, "the server closed the connection without an answer", False),
    (aiohttp.ClientPayloadError, "the answer broke off", False),
    (aiohttp.ClientResponseError, "the answer was not valid HTTP", False),
    (aiohttp.ClientOSError, "the connection was lost", False),
    (ValueError, "the request is not valid HTTP", True),
    (Exception, "the exchange failed", False),
)

_LARGE = 2**20
"""Bytes from which aiohttp warns of content in one piece."""
_AUTOMATIC = frozenset(("User-Agent", "Accept", "Content-Type"))
"""Headers that aiohttp adds unless they are there; being told not to add them costs it more than finding them."""
_LOWEST_STATUS = 200
"""Of an answer: aiohttp reads on after most of those below, but not after 101."""


class _LostConnectionError(Exception):
    """Carries a failure past aiohttp, which would send a GET, PUT or DELETE again after a lost connection."""

    def __init__(self, failure: Exception) -> None:
        super().__init__()
        self.failure = failure


@lru_cache(maxsize=16)
def _within(seconds: float) -> aiohttp.ClientTimeout:
    # aiohttp would let timeouts of over five seconds end on the next whole second.
    return aiohttp.ClientTimeout(total=seconds, ceil_threshold=inf)


async def _once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    try:
        return await handler(request)
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as failure:
        raise _LostConnectionError(failure) from failure


class AiohttpTransport:
    """Sends through aiohttp. At most `max_connections` are open at once; further requests wait for one to come free.

    An answer of more than `max_response_bytes` after unpacking is not read on: a `TransportFailure`.
    """

    def __init__(self, *, max_connections: int = MAX_CONNECTIONS, max_response_bytes: int = MAX_RESPONSE_BYTES) -> None:
        self._max_connections = max_connections
        self._max_response_bytes = max_response_bytes
        self._session: aiohttp.ClientSession | None = None
        self._given: Given = {}
        self._closed = False

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        """The answer, whatever its status, within `timeout` seconds in all; else `TransportFailure`."""
        if self._closed:
            raise TransportFailure("the transport is closed", maybe_processed=False)
        if self._session is None:
            self._session = _new_session(QuietConnector(limit=self._max_connections, given=self._given))
        content = request.content
        task = asyncio.current_task()
        try:
            async with self._session.request(
                request.method,
                URL(request.url, encoded=True),
                headers={**request.headers, "Accept-Encoding": ACCEPT_ENCODING},
                data=io.BytesIO(content) if content is not None and len(content) > _LARGE else content,
                timeout=_within(timeout),
                allow_redirects=False,
                skip_auto_headers=None if request.headers.keys() >= _AUTOMATIC else _AUTOMATIC,
                middlewares=() if request.method == "POST" else (_once,),
            ) as answer:
                if answer.status >= _LOWEST_STATUS:
                    headers = _headers(answer)
                    body = Body(headers.get("content-encoding", ""), limit=self._max_response_bytes)
                    while not answer.content.at_eof():
                        body.add(await answer.content.readany())
                    return WireResponse(answer.status, headers, body.whole())
                # What comes next would pass for the answer to another request, if the connection was kept.
                self._given[task].close()
                reason = f"the answer was not valid HTTP (status {answer.status})"
                failure = TransportFailure(reason, maybe_processed=True)
        except Exception as error:  # noqa: BLE001 - whatever it is, a write may have happened, and the caller must know
            cause = error.failure if isinstance(error, _LostConnectionError) else error
            failure = _failure(cause, connected=task in self._given)
        finally:
            self._given.pop(task, None)
        # Raised out here to have no context: aiohttp's own words quote the URL, and with it the prospect's address.
        raise failure

    async def close(self) -> None:
        """Closes every connection."""
        self._closed = True
        if self._session is not None:
            await self._session.close()


def _new_session(connector: QuietConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector,
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
    )


def _headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if len(headers) < len(answer.headers):
        return {name: ", ".join(answer.headers.getall(name)) for name in headers}
    return headers


def _failure(error: Exception, *, connected: bool) -> TransportFailure:
    if isinstance(error, UnusableBodyError):
        return TransportFailure(str(error), maybe_processed=True)
    if isinstance(error, TimeoutError):
        reason = "timed out waiting for the answer" if connected else "timed out waiting for a connection"
        may_be_early = True
    elif isinstance(error, aiohttp.ClientConnectorError):
        reason, may_be_early = obstacle(error), True
    else:
        reason, may_be_early = next(row[1:] for row in _REASONS if isinstance(error, row[0]))
    maybe_processed = connected or not may_be_early
    return TransportFailure(f"{reason} ({type(error).__name__})", maybe_processed=maybe_processed)
