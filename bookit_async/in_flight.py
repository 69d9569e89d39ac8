"""Writes in flight: what a cancelled caller, and a client that is closed, still wait a short time for."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

T = TypeVar("T")
GoOn = Callable[[], bool]
"""Says whether anybody still waits, so that nothing more need be sent when nobody does."""


def leave_nothing(_: "asyncio.Task[Any]") -> None:
    """Leave no trace of a write whose caller is gone."""


class InFlight:
    """Sends each write in a task of its own, which outlives a cancelled caller by *grace* seconds at most."""

    def __init__(self, *, grace: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._grace = grace
        self._sleep = sleep
        self._tasks: set[asyncio.Task[Any]] = set()

    async def send(
        self,
        sending: Callable[[GoOn], Coroutine[Any, Any, T]],
        *,
        leave: "Callable[[asyncio.Task[T]], None]",
    ) -> T:
        """Give what *sending* gives.

        When the caller is cancelled, *leave* is called with the task once it is done or the grace is over; one that is
        not done is cancelled then.
        """
        wanted = True
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(_sent(sending, lambda: wanted, done))
        self._tasks.add(task)
        try:
            await done
            self._tasks.discard(task)
            return task.result()
        except asyncio.CancelledError:
            wanted = False
            task.add_done_callback(self._over)
            try:
                await self._for_the_grace(task)
            finally:
                leave(task)
                task.cancel()
            raise

    async def finish(self) -> None:
        """Wait until nothing is in flight, no longer than the grace."""
        if self._tasks:
            await self._for_the_grace(*self._tasks)

    async def _for_the_grace(self, *tasks: "asyncio.Task[Any]") -> None:
        ends = [asyncio.ensure_future(asyncio.wait(tasks)), asyncio.ensure_future(self._sleep(self._grace))]
        try:
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for end in ends:
                end.cancel()

    def _over(self, task: "asyncio.Task[Any]") -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # has been looked at, or asyncio would log that nobody did


async def _sent(sending: Callable[[GoOn], Coroutine[Any, Any, T]], go_on: GoOn, done: "asyncio.Future[None]") -> T:
    """Wake the caller in the step that ends the task, where a callback of the task would take one more."""
    try:
        return await sending(go_on)
    finally:
        if not done.done():
            done.set_result(None)
