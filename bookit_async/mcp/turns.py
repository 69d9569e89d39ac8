"""One worker on a SQLite file, and several servers on a machine: whoever is there when the worker left, becomes it."""

import asyncio
from contextlib import AsyncExitStack
from typing import Protocol

from attrs import define, field

from ..durable import Durable
from ..errors import InvalidInputError

AGAIN = 5.0
"""Seconds between two tries to become the worker."""


class Maker(Protocol):
    """Makes a store."""

    def __call__(self, *, worker: bool) -> Durable:
        """Return it, not open yet."""
        ...


@define
class Turns:
    """Holds the store of the bookings, and sees to it that somebody works on it.

    Args:
        make: Makes a `Durable`, for a worker or for one that only asks.
    """

    make: Maker
    _stack: AsyncExitStack = field(factory=AsyncExitStack, init=False)
    _current: Durable | None = field(default=None, init=False)
    _works: bool = field(default=False, init=False)
    _keeper: asyncio.Task[None] | None = field(default=None, init=False)

    async def open(self) -> None:
        """Open the store, as its worker if there is none."""
        if not await self.take_over():
            self._current = await self._stack.enter_async_context(self.make(worker=False))
            self._keeper = asyncio.create_task(self._keep())

    async def close(self) -> None:
        """Stop working, and close."""
        if self._keeper is not None:
            self._keeper.cancel()
        await self._stack.aclose()

    async def durable(self) -> Durable:
        """Return the store."""
        assert self._current is not None  # noqa: S101 - it is opened first
        return self._current

    async def take_over(self) -> bool:
        """Become the worker, and return whether that is what this is now."""
        if not self._works:
            try:
                self._current = await self._stack.enter_async_context(self.make(worker=True))
            except InvalidInputError:
                return False
            self._works = True
        return True

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(AGAIN)
            if await self.take_over():
                return
