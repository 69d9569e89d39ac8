"""Requests that take effect after their clients lost the answer, as behind a gateway that gives up too early."""

import asyncio
import contextlib
from collections.abc import Generator
from time import monotonic

from .http_messages import Message
from .upstream import Upstream, UpstreamError


class LateRequests:
    """Sends each request to `upstream`, `seconds` after its answer was lost."""

    def __init__(self, upstream: Upstream, *, seconds: float) -> None:
        self._upstream = upstream
        self._seconds = seconds
        self._tasks: set[asyncio.Task[None]] = set()
        self.slowest = 0.0
        """Seconds from the loss of an answer to the end of its request, the most so far."""

    @contextlib.contextmanager
    def landing(self, request: Message) -> Generator[None]:
        """Have the request take effect that long after the end of this, when its client has lost the answer."""
        lost = asyncio.Event()
        task = asyncio.create_task(self._land(request, lost))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        try:
            yield
        finally:
            lost.set()

    async def landed(self) -> None:
        """Wait until all of them have reached the service and were answered, to nobody."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def close(self) -> None:
        """Drop those that are still to come."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _land(self, request: Message, lost: asyncio.Event) -> None:
        await lost.wait()
        lost_at = monotonic()
        await asyncio.sleep(self._seconds)
        with contextlib.suppress(UpstreamError):  # there is nobody left to tell
            await self._upstream.exchange(request)
        self.slowest = max(self.slowest, monotonic() - lost_at)
