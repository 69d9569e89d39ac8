"""A relay that holds back all that goes through it, so that round trips can be told by the time that they take."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator

DELAY = 0.05
"""Seconds each way."""


class _Way(asyncio.Protocol):
    """One end of a relayed connection; what comes in goes out at the other one, later."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.other: _Way | None = None
        self.waiting: list[bytes] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send what has waited for it."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        for piece in self.waiting:
            transport.write(piece)

    def data_received(self, data: bytes) -> None:
        """Hand it on, later."""
        assert self.other is not None
        asyncio.get_running_loop().call_later(DELAY, self.other.write, data)

    def write(self, data: bytes) -> None:
        """Send it, once there is somebody to send it to."""
        if self.transport is None:
            self.waiting.append(data)
        else:
            self.transport.write(data)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the name is asyncio's
        """Close the other end, too."""
        if self.other is not None and self.other.transport is not None:
            self.other.transport.close()


class _Accepted(_Way):
    """The end of the client: its first piece waits once more, for what opening a connection takes."""

    def __init__(self, port: int, tasks: set[asyncio.Task[None]]) -> None:
        super().__init__()
        self._port, self._tasks = port, tasks
        self._opened = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Open the way on, and note from when on the client's words count as sent."""
        super().connection_made(transport)
        loop = asyncio.get_running_loop()
        self._opened = loop.time() + 2 * DELAY
        self.other = _Way()
        self.other.other = self
        task = asyncio.ensure_future(self._connect(self.other))
        self._tasks.add(task)

    async def _connect(self, other: _Way) -> None:
        await asyncio.get_running_loop().create_connection(lambda: other, "127.0.0.1", self._port)

    def data_received(self, data: bytes) -> None:
        """Hand it on, later, and not before the client could have known that it is connected."""
        assert self.other is not None
        loop = asyncio.get_running_loop()
        loop.call_at(max(loop.time(), self._opened) + DELAY, self.other.write, data)


@contextlib.asynccontextmanager
async def delaying(port: int) -> AsyncGenerator[int]:
    """Return the port of a relay to another port, on which everything takes `DELAY` each way."""
    tasks: set[asyncio.Task[None]] = set()
    listener = await asyncio.get_running_loop().create_server(lambda: _Accepted(port, tasks), "127.0.0.1", 0)
    try:
        yield listener.sockets[0].getsockname()[1]
    finally:
        listener.close()
        await asyncio.gather(*tasks, return_exceptions=True)
