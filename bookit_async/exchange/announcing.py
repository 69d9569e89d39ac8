"""Saying before each request that it is about to go out, to whoever has to allow it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeAlias

from attrs import frozen

from ..transports import Transport, TransportFailure, WireRequest, WireResponse, connect_ahead, max_connections_of

BeforeSend: TypeAlias = Callable[[WireRequest], Awaitable[None]]
"""Awaited with each request right before it goes out; raises when it must not."""


@frozen
class AnnouncingTransport:
    """Sends through another transport what *before_send* lets pass; what it raises is a request that was not sent."""

    inner: Transport
    before_send: BeforeSend

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        """Return the answer, after *before_send*, which may take as long as the request, and takes none of its time."""
        try:
            async with asyncio.timeout(timeout):
                await self.before_send(request)
        except Exception as error:
            raise TransportFailure(f"before_send raised {type(error).__name__}", maybe_processed=False) from error
        return await self.inner.send(request, timeout=timeout)

    @property
    def max_connections(self) -> int | None:
        """How many requests the inner transport can have under way at once; None when it does not say."""
        return max_connections_of(self.inner)

    async def connect(self, url: str, *, timeout: float, connections: int) -> None:
        """Open connections of the inner transport ahead, where it can: nothing is sent on them."""
        await connect_ahead(self.inner, url, timeout=timeout, connections=connections)

    async def close(self) -> None:
        """Close the inner transport."""
        await self.inner.close()
