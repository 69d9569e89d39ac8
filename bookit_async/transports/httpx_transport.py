"""A transport over an `httpx.AsyncClient`, the caller's or its own: for respx, ASGI applications, proxies, HTTP/2.

httpx itself is imported only to make a client of its own, and exceptions are known by name: a client of a successor
with the same interface (`httpx2`) does as well. Not sent is a short list; all else is maybe processed, for instance
`LocalProtocolError`, which httpx raises before the first byte as well as in the middle of a body.
"""

import asyncio
import logging
import re
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..extras import needed_for
from ..transports import TransportFailure, WireRequest, WireResponse
from .bodies import ACCEPT_ENCODING, Body, UnusableBodyError
from .httpx_client import HttpxClient
from .limits import KEEP_ALIVE, MAX_CONNECTIONS, MAX_RESPONSE_BYTES
from .obstacles import obstacle, refusal

if TYPE_CHECKING:
    from anyio import CancelScope

__all__ = ["HttpxClient", "HttpxTransport"]

# First the failures that occur only before a request leaves (an empty reason is found below), then the others that can
# be told apart.
_NOT_SENT = {
    "ConnectError": "",
    "ConnectTimeout": "timed out while connecting",
    "PoolTimeout": "timed out waiting for a free connection",
    "ProxyError": "the proxy opened no way to the service",
    "UnsupportedProtocol": "the URL is neither http nor https",
}
_MAYBE_PROCESSED = {
    "TimeoutException": "timed out waiting for the answer",
    "TimeoutError": "timed out waiting for the answer",
    "ProtocolError": "the server closed the connection or its answer was not valid HTTP",
    "NetworkError": "the connection was lost",
    "DecodingError": "the answer could not be decoded",
}

# httpx-aiohttp reports a lost connection as a ConnectTimeout, so what it wraps has to agree.
_NOT_SENT_BELOW = {"ClientConnectorError", "ClientHttpProxyError", "ConnectionTimeoutError"}

_BEFORE_A_REQUEST = {"connection", "proxy", "socks"}
"""Layers of httpcore that send nothing of a request."""
_STATUS = re.compile(r"[1-5]\d\d ")
"""What the words of a ProxyError begin with where the proxy answered."""

# httpx limits each wait and not the whole. Its own limits come first, because they tell what was waited for; the whole
# is cut off this many seconds later, and a cancelled exchange has as long to clean up.
_GRACE = 0.1


def _without_addresses(record: logging.LogRecord) -> bool:
    """Cut the query off the URLs of ours that httpx logs, for it holds the prospect's address."""
    if isinstance(record.args, tuple):
        record.args = tuple(
            text.partition("?")[0] if "prospectEmail=" in (text := str(one)) else one for one in record.args
        )
    return True


def _without_quotes(record: logging.LogRecord) -> bool:
    """Leave only the class of an exception that httpcore logs, for its text may quote an answer that is no HTTP."""
    what, failed, error = str(record.msg).partition(".failed exception=")
    if failed:
        record.msg = what + failed + error.partition("(")[0]
    return True


def _without_headers(record: logging.LogRecord) -> bool:
    """Drop what hpack logs of headers under HTTP/2, the API key among them; nothing tells whose headers they are."""
    return not (isinstance(record.args, tuple) and any(isinstance(one, bytes) for one in record.args))


_FILTERS = {
    **dict.fromkeys(("httpx", "httpx2"), _without_addresses),
    **{f"httpcore.{name}": _without_quotes for name in ("connection", "http11", "http2", "proxy", "socks")},
    **dict.fromkeys(("hpack.hpack", "hpack.table"), _without_headers),
}


class HttpxTransport:
    """Sends through `http_client`, which stays open and the caller's to close.

    Without one it makes its own, with at most `max_connections`, each kept `keep_alive` seconds without a request, and
    no proxy settings from the environment: that needs the extra `bookit-async[httpx]`, and an `ImportError` says so.
    A client's own cookies and default headers are sent; its `auth` is not, since some kinds send a request twice.

    An answer of more than `max_response_bytes` after unpacking is not read on: a `TransportFailure`.
    """

    def __init__(
        self,
        http_client: HttpxClient | None = None,
        *,
        max_connections: int = MAX_CONNECTIONS,
        max_response_bytes: int = MAX_RESPONSE_BYTES,
        keep_alive: float = KEEP_ALIVE,
    ) -> None:
        self._max_response_bytes = max_response_bytes
        for name, without in _FILTERS.items():
            logging.getLogger(name).addFilter(without)
        self._owned = http_client is None
        self._client = _new_client(max_connections, keep_alive) if http_client is None else http_client
        self.max_connections = _connections(self._client)
        """How many requests it can have under way at once; None where that is not known, or not limited."""
        self._closed = False
        from anyio import CancelScope  # httpx brings it, so it is there as soon as its client is

        self._new_scope = CancelScope

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        """The answer, whatever its status, within `timeout` seconds in all; else `TransportFailure`."""
        if self._closed or self._client.is_closed:
            raise TransportFailure("the transport is closed", maybe_processed=False)
        progress = _Progress()
        scope = self._new_scope()
        scope.deadline = asyncio.get_running_loop().time() + timeout + _GRACE
        exchange = asyncio.create_task(self._outcome(self._prepared(request, timeout, progress), scope))
        try:
            outcome = await asyncio.shield(exchange)
        except asyncio.CancelledError:
            scope.cancel()
            await asyncio.wait({exchange}, timeout=_GRACE)
            raise
        if isinstance(outcome, WireResponse):
            return outcome
        # Raised without a context: an exception of httpx holds the request, and with it the API key.
        raise _failure(outcome, progress)

    async def _outcome(self, prepared: Any, scope: "CancelScope") -> WireResponse | Exception:
        """Return what an exchange comes to, in a task of its own that only the scope cancels.

        httpx shields its cleaning up against a scope of anyio and not against `task.cancel()`, after which it may take
        a connection of its pool for busy for good.
        """
        with scope:
            try:
                return await self._exchange(prepared)
            except Exception as error:  # noqa: BLE001 - whatever it is, a write may have happened, and the caller must know
                return error
        return TimeoutError()

    async def _exchange(self, prepared: Any) -> WireResponse:
        answer = await self._client.send(prepared, auth=None, follow_redirects=False, stream=True)
        try:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            # What a mock or an event hook has read is unpacked already and cannot be read again.
            packed = "" if answer.is_stream_consumed else headers.get("content-encoding", "")
            body = Body(packed, limit=self._max_response_bytes)
            if answer.is_stream_consumed:
                body.add(answer.content)
            else:
                async for piece in answer.aiter_raw():
                    body.add(piece)
            return WireResponse(answer.status_code, headers, body.whole())
        finally:
            await answer.aclose()

    def _prepared(self, request: WireRequest, timeout: float, progress: "_Progress") -> Any:
        headers = {**request.headers, "Accept-Encoding": ACCEPT_ENCODING}
        try:
            return self._client.build_request(
                request.method,
                request.url,
                content=request.content,
                headers=headers,
                timeout=timeout,
                extensions={"trace": progress.note},
            )
        except Exception as error:  # noqa: BLE001 - nothing has been sent, whatever it is
            name = type(error).__name__
        raise TransportFailure(f"the request is not valid HTTP ({name})", maybe_processed=False)

    async def close(self) -> None:
        """Closes its own client, and leaves the caller's open."""
        self._closed = True
        if self._owned:
            await self._client.aclose()


def _connections(client: Any) -> int | None:
    """Return how many requests the pools of a client take at once; httpx says so nowhere, so that it is looked up."""
    mounted: Mapping[Any, Any] = getattr(client, "_mounts", {})
    transports: list[Any] = [getattr(client, "_transport", None), *mounted.values()]
    pools: list[Any] = [getattr(one, "_pool", None) for one in transports]
    limits: list[Any] = [getattr(pool, "_max_connections", None) for pool in pools if not getattr(pool, "_http2", None)]
    return min((limit for limit in limits if isinstance(limit, int) and limit < sys.maxsize), default=None)


def _new_client(max_connections: int, keep_alive: float) -> HttpxClient:
    with needed_for("HttpxTransport", extra="httpx"):
        import httpx
    kept: dict[str, Any] = {"max_keepalive_connections": max_connections, "keepalive_expiry": keep_alive}
    limits = httpx.Limits(max_connections=max_connections, **kept)
    return httpx.AsyncClient(limits=limits, trust_env=False)


class _Progress:
    """How far one request has come, where the client tells: others than those over httpcore do not."""

    connecting = False
    """Whether surely nothing of the request was sent: what goes on is connecting, or asking a proxy for a tunnel."""
    proxied = False
    """Whether a proxy was asked for a way."""

    async def note(self, event: str, info: Mapping[str, Any]) -> None:
        """Take what httpcore calls its trace."""
        layer, _, what = event.partition(".")
        if what.endswith(".started") and what != "response_closed.started":  # closing tells nothing new
            asks_a_proxy = layer in ("proxy", "socks") or getattr(info.get("request"), "method", b"") == b"CONNECT"
            self.proxied = self.proxied or asks_a_proxy
            self.connecting = asks_a_proxy or layer in _BEFORE_A_REQUEST


def _failure(error: Exception, progress: _Progress) -> TransportFailure:
    if isinstance(error, UnusableBodyError):
        return TransportFailure(str(error), maybe_processed=True)
    names = _names(error)
    early = next((reason for name, reason in _NOT_SENT.items() if name in names), None)
    if early is not None and not all(_NOT_SENT_BELOW & _names(cause) for cause in _aiohttp_causes(error)):
        early = None
    reason = next((reason for name, reason in _MAYBE_PROCESSED.items() if name in names), "the exchange failed")
    if early is None and not progress.connecting:
        return TransportFailure(f"{reason} ({type(error).__name__})", maybe_processed=True)
    status = _STATUS.match(str(error)) if "ProxyError" in names else None
    if status:
        way, early = "", refusal(int(status[0]))
    else:
        way = " through the proxy" if progress.proxied else ""
        if early is None:
            early = "timed out while connecting" if "timed out" in reason else reason
    return TransportFailure(f"{early or obstacle(error)}{way} ({type(error).__name__})", maybe_processed=False)


def _names(error: BaseException) -> set[str]:
    return {kind.__name__ for kind in type(error).__mro__}


def _aiohttp_causes(error: BaseException) -> Iterator[BaseException]:
    cause = error.__cause__
    while cause is not None:
        if type(cause).__module__.partition(".")[0] == "aiohttp":
            yield cause
        cause = cause.__cause__
