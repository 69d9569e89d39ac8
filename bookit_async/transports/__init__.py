"""The only door to the network: a request goes in, an answer or a `TransportFailure` comes out.

No HTTP library is imported here. Each adapter beside this module imports its own.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import attrs

from ..version import PACKAGE

__all__ = ["Transport", "TransportFailure", "WireRequest", "WireResponse"]


def _without_query(url: str) -> str:
    return url.partition("?")[0]


@attrs.frozen
class WireRequest:
    """One request: `url` is absolute and percent-encoded, `headers` are all that matter, `content` is None for no body.

    The repr leaves out headers, query and content: they hold the API key, the token and the prospect.
    """

    __module__ = PACKAGE

    method: str
    url: str = attrs.field(repr=_without_query)
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes | None = attrs.field(default=None, repr=False)


@attrs.frozen
class WireResponse:
    """One answer of any status. Header names are lower case, equal ones joined by commas; `body` is decompressed."""

    __module__ = PACKAGE

    status: int
    headers: Mapping[str, str] = attrs.field(repr=False)
    body: bytes = attrs.field(repr=False)


class TransportFailure(Exception):
    """No usable answer. The only exception that a transport lets out, cancellation aside.

    `reason` says where it failed, without URL, headers or body. `maybe_processed` is False only when the request surely
    never left; when in doubt it is True.
    """

    __module__ = PACKAGE

    def __init__(self, reason: str, *, maybe_processed: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.maybe_processed = maybe_processed

    def __reduce__(self) -> tuple[Any, ...]:
        return _failure, (self.reason, self.maybe_processed)

    def __repr__(self) -> str:
        return f"TransportFailure({self.reason!r}, maybe_processed={self.maybe_processed})"


def _failure(reason: str, maybe_processed: bool) -> TransportFailure:  # noqa: FBT001 - pickle calls it by position
    return TransportFailure(reason, maybe_processed=maybe_processed)


class Transport(Protocol):
    """Sends each request at most once: no retry, no redirect, no cookie. It may be used by many tasks at once."""

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        """The answer, whatever its status, within `timeout` seconds in all; else `TransportFailure`."""
        ...

    async def close(self) -> None:
        """Closes what it opened. Calling it again does nothing; sending afterwards is a `TransportFailure`."""
        ...


Transport.__module__ = PACKAGE


def max_connections_of(transport: Transport) -> int | None:
    """Return how many requests a transport can have under way at once; None when it does not say."""
    return getattr(transport, "max_connections", None)


async def connect_ahead(transport: Transport, url: str, *, timeout: float, connections: int) -> None:
    """Open connections of a transport ahead, where it can; TransportFailure when none can be made."""
    connect = getattr(transport, "connect", None)
    if connect is not None:
        await connect(url, timeout=timeout, connections=connections)
