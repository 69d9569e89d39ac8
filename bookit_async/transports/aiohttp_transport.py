"""The default transport: aiohttp, one session, opened by the first request.

A failure is *not sent* when two witnesses agree: the connector says that the request had not been given a connection,
and the exception is of a class that occurs before that, or is what the connector raised instead of giving one. All else
is *maybe processed*.
"""

import asyncio
import io
from collections.abc import Mapping
from functools import lru_cache
from math import inf

import aiohttp
from aiohttp.connector import Connection
from yarl import URL

from ..transports import TransportFailure, WireRequest, WireResponse
from .aiohttp_connections import Given, OpenedError, QuietConnector
from .bodies import ACCEPT_ENCODING, Body, UnusableBodyError
from .limits import KEEP_ALIVE, MAX_CONNECTIONS, MAX_RESPONSE_BYTES
from .obstacles import obstacle, refusal
from .proxies import read_proxy

__all__ = ["AiohttpTransport"]

# The first row that fits gives the reason; the flag says that the class can mean "not sent". Where each class is raised
# stands in tests/transports/test_exception_classes.py.
_REASONS: tuple[tuple[type[Exception], str, bool], ...] = (
    (aiohttp.ServerFingerprintMismatch, "the server's certificate was not accepted", True),
    (aiohttp.InvalidURL, "the URL is not valid", True),
    (aiohttp.NonHttpUrlClientError, "the URL is neither http nor https", True),
    (aiohttp.ClientHttpProxyError, "the proxy opened no way to the service", True),
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

    A connection without a request is kept `keep_alive` seconds, 0 for not at all. What goes to `https://` goes through
    `proxy`, or with `trust_env` through the environment's, in a tunnel that shows the proxy nothing.

    An answer of more than `max_response_bytes` after unpacking is not read on: a `TransportFailure`.
    """

    def __init__(
        self,
        *,
        max_connections: int = MAX_CONNECTIONS,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        keep_alive: float = KEEP_ALIVE,
        proxy: str | None = None,
        trust_env: bool = False,
    ) -> None:
        self.max_connections = max_connections
        """How many requests it can have under way at once."""
        self._max_response_bytes = max_response_bytes
        self._keep_alive = keep_alive
        self._proxy = read_proxy(proxy, trust_env=trust_env)
        self._session: aiohttp.ClientSession | None = None
        self._given: Given = {}
        self._closed = False

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        """Return the answer, whatever its status, within `timeout` seconds in all; else `TransportFailure`."""
        if self._closed:
            raise TransportFailure("the transport is closed", maybe_processed=False)
        session = self._session or self._opened()
        connector = self._connector
        content = request.content
        task = asyncio.current_task(self._loop)
        proxy, proxy_headers = self._way(request.url) if self._proxy else (None, None)
        try:
            async with session.request(
                request.method,
                URL(request.url, encoded=True),
                headers={**request.headers, "Accept-Encoding": ACCEPT_ENCODING},
                data=io.BytesIO(content) if content is not None and len(content) > _LARGE else content,
                timeout=_within(timeout),
                allow_redirects=False,
                skip_auto_headers=None if request.headers.keys() >= _AUTOMATIC else _AUTOMATIC,
                middlewares=() if request.method == "POST" else (_once,),
                proxy=proxy,
                proxy_headers=proxy_headers,
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
            unconnected = task not in self._given
            why = connector.kept_from.get(task) if unconnected else None
            told = why is not None and why in (cause, cause.__cause__)
            failure = _failure(cause, connected=not unconnected, told=told, proxied=proxy is not None)
        finally:
            self._given.pop(task, None)
            connector.kept_from.pop(task, None)
        # Raised out here to have no context: aiohttp's own words quote the URL, and with it the prospect's address.
        raise failure

    async def connect(self, url: str, *, timeout: float, connections: int = 1) -> None:
        """Open so many new connections to *url* within `timeout` seconds and keep them; else `TransportFailure`."""
        if self._closed:
            raise TransportFailure("the transport is closed", maybe_processed=False)
        opened: list[Connection] = []
        count = min(connections, self.max_connections)
        try:
            outcomes = await asyncio.gather(*(self._connection(url, timeout, opened) for _ in range(count)))
        finally:
            for one in opened:  # all at once, for each would be given to the next one that wants one
                one.release()
        for failure in outcomes:
            if failure is not None:
                raise failure

    async def _connection(self, url: str, timeout: float, opened: list[Connection]) -> TransportFailure | None:
        """Add a connection to those *opened*, or return what kept it from being made."""
        session = self._session or self._opened()
        connector = self._connector
        task = asyncio.current_task(self._loop)
        proxy, proxy_headers = self._way(url)
        failure = Exception()
        connector.opening.add(task)
        try:
            await session.request(
                "HEAD",
                URL(url, encoded=True),
                timeout=_within(timeout),
                proxy=proxy,
                proxy_headers=proxy_headers,
            )
        except OpenedError as one:
            opened.append(one.connection)
            return None
        except Exception as error:  # noqa: BLE001 - nothing was sent, whatever it is
            failure = error
        finally:
            connector.opening.discard(task)
            connector.kept_from.pop(task, None)
        return _failure(failure, connected=False, told=True, proxied=proxy is not None)

    def _way(self, url: str) -> tuple[str, Mapping[str, str] | None] | tuple[None, None]:
        """Return the proxy to *url* and what it is told besides."""
        return (self._proxy.url, self._proxy.headers) if self._proxy and self._proxy.serves(url) else (None, None)

    async def close(self) -> None:
        """Close every connection."""
        self._closed = True
        if self._session is not None:
            await self._session.close()

    def _opened(self) -> aiohttp.ClientSession:
        self._loop = asyncio.get_running_loop()
        self._connector = QuietConnector(limit=self.max_connections, keep_alive=self._keep_alive, given=self._given)
        self._session = aiohttp.ClientSession(
            connector=self._connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
        )
        return self._session


def _headers(answer: aiohttp.ClientResponse) -> dict[str, str]:
    headers = {name.lower(): value for name, value in answer.headers.items()}
    if len(headers) < len(answer.headers):
        return {name: ", ".join(answer.headers.getall(name)) for name in headers}
    return headers


def _failure(error: Exception, *, connected: bool, told: bool, proxied: bool) -> TransportFailure:
    """Return the failure for an exception; *told*: the connector raised it instead of giving a connection."""
    if isinstance(error, UnusableBodyError):
        return TransportFailure(str(error), maybe_processed=True)
    if isinstance(error, TimeoutError):
        reason = "timed out waiting for the answer" if connected else "timed out waiting for a connection"
        may_be_early = True
    elif isinstance(error, aiohttp.ClientHttpProxyError) and told:
        reason, may_be_early, proxied = refusal(error.status), True, False
    elif isinstance(error, aiohttp.ClientConnectorError):
        reason, may_be_early = obstacle(error), True
    else:
        reason, may_be_early = next(row[1:] for row in _REASONS if isinstance(error, row[0]))
    way = " through the proxy" if proxied and not connected else ""
    maybe_processed = connected or not (may_be_early or told)
    return TransportFailure(f"{reason}{way} ({type(error).__name__})", maybe_processed=maybe_processed)
