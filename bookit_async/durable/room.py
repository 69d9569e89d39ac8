"""Room for so many steps at once in this worker, which may grow and shrink while they run."""

import asyncio
from collections import deque


class Room:
    """Lets *size* in at once, first come, first served; after `close`, nobody any more."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._closed = False
        self._empty = asyncio.Event()
        self._empty.set()

    @property
    def is_free(self) -> bool:
        """Whether somebody would be let in at once."""
        return not self._closed and not self._waiting and self._inside < self.size

    def resize(self, size: int) -> None:
        """Let that many in at once from now on; those inside stay."""
        self.size = size
        self._call_in()

    def close(self) -> None:
        """Let nobody in any more: whoever waits waits until it is cancelled."""
        self._closed = True

    async def emptied(self, *, within: float) -> None:
        """Return when nobody is inside any more, or after that many seconds."""
        try:
            async with asyncio.timeout(within):
                await self._empty.wait()
        except TimeoutError:
            pass

    async def __aenter__(self) -> None:
        if self.is_free:
            self._enter()
            return
        called: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(called)
        try:
            await called
        except asyncio.CancelledError:
            if called.done() and not called.cancelled():
                self._leave()
            elif called in self._waiting:
                self._waiting.remove(called)
            raise

    async def __aexit__(self, *_: object) -> None:
        self._leave()

    def _enter(self) -> None:
        self._inside += 1
        self._empty.clear()

    def _leave(self) -> None:
        self._inside -= 1
        if self._inside == 0:
            self._empty.set()
        self._call_in()

    def _call_in(self) -> None:
        while self._waiting and not self._closed and self._inside < self.size:
            called = self._waiting.popleft()
            if not called.done():
                self._enter()
                called.set_result(None)
