"""A line into a sandbox that can be held and cut, so that a test decides when and whether a booking is answered."""

import asyncio

from attrs import define, field

from bookit_async import Transport, TransportFailure, WireRequest, WireResponse


@define
class Line:
    """Holds bookings until `gate` is set; once `cut`, loses the answer of a booking and everything after it."""

    inner: Transport
    gate: asyncio.Event = field(factory=asyncio.Event)
    reached: asyncio.Event = field(factory=asyncio.Event)
    """Whether a booking has come to the gate."""
    cut: bool = False
    arrives: bool = True
    """Whether what is lost takes effect."""
    booked: int = 0
    down: bool = False
    """Whether it has been cut by now."""

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        if self.down and self.cut:
            raise TransportFailure("the line is cut", maybe_processed=True)
        books = request.method == "POST" and request.url.endswith("meeting")
        if books:
            self.reached.set()
            await self.gate.wait()
            self.booked += 1
            self.down = self.cut
        if not books or not self.down:
            return await self.inner.send(request, timeout=timeout)
        if self.arrives:
            await self.inner.send(request, timeout=timeout)
        raise TransportFailure("the line is cut", maybe_processed=True)

    async def close(self) -> None:
        await self.inner.close()
