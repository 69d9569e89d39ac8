"""Writes: none is begun too late, each has a task of its own, and a short time when nobody waits for it any more."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from .._generated.types import Call
from ..errors import NotSentError
from ..exchange.answers import Answer
from ..exchange.calls import Calls, Wanted
from ..exchange.deadlines import Deadline
from ..settings import BOOKING_NEEDS

T = TypeVar("T")


def leave_nothing(_: "asyncio.Task[Any]") -> None:
    """Leave no trace of a write whose caller is gone."""


class InFlight:
    """Sends each write in a task of its own, which outlives a cancelled caller by *grace* seconds at most."""

    def __init__(self, *, grace: float, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._grace = grace
        self._sleep = sleep
        self._tasks: set[asyncio.Task[Any]] = set()
        self.closed = False
        """Whether nobody waits any more, so that no write is begun."""

    async def send(
        self,
        sending: Callable[[Wanted], Coroutine[Any, Any, T]],
        *,
        loop: asyncio.AbstractEventLoop,
        leave: "Callable[[asyncio.Task[T]], None]",
    ) -> T:
        """Return what *sending* gives, in the loop that runs.

        When the caller is cancelled, *leave* is called with the task once it is done or the grace is over; one that is
        not done is cancelled then.
        """
        wanted = True
        done: asyncio.Future[None] = loop.create_future()
        task = loop.create_task(_sent(sending, lambda: wanted and not self.closed, done))
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


async def _sent(sending: Callable[[Wanted], Coroutine[Any, Any, T]], wanted: Wanted, done: "asyncio.Future[None]") -> T:
    """Wake the caller in the step that ends the task, where a callback of the task would take one more."""
    try:
        return await sending(wanted)
    finally:
        if not done.done():
            done.set_result(None)


class Writes:
    """Sends the writes of one client: bookings, and changes of meetings."""

    def __init__(self, calls: Calls, in_flight: InFlight) -> None:
        self.calls = calls
        self.in_flight = in_flight
        self.needed = min(BOOKING_NEEDS, calls.settings.deadline / 10)
        """Seconds without which no write is begun."""

    def send(
        self,
        call: Call[T],
        deadline: Deadline,
        *,
        leave: "Callable[[asyncio.Task[Answer[T]]], None]" = leave_nothing,
    ) -> Awaitable[Answer[T]]:
        """Send a write in a task of its own: cancelling the caller gives it the grace, and then to *leave*.

        NotSentError with too little time left, and once the client was closed, for nobody would wait for it.
        """
        if deadline.remaining < self.needed:
            raise NotSentError(reason="too little time is left to start it", operation=call.operation.name)
        if self.in_flight.closed:
            raise NotSentError(reason="the client is closed", operation=call.operation.name)
        home = self.calls.line.home
        sending = partial(self.calls.answer, call, call.operation.decode, deadline=deadline, needed=self.needed)
        return self.in_flight.send(sending, loop=home.known or home.loop(), leave=leave)

    async def pause(self, losses: int, deadline: Deadline) -> None:
        """Wait before something is sent again after that many losses: so long that it is not too late, if possible."""
        spare = self.needed / 10
        most = deadline.remaining - self.needed - spare
        await self.calls.line.transport.pause(losses, most=most if most > spare else deadline.remaining)
