"""Bookings that go on without whoever asked for them, and their outcomes, so that asking twice books once."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

from attrs import define, field, frozen

from ..errors import OutcomeUnknownError

T = TypeVar("T")
B = TypeVar("B")
"""What a front tells of a meeting."""
Book = Callable[[], Coroutine[Any, Any, B]]
Settle = Callable[[OutcomeUnknownError], Coroutine[Any, Any, B | None]]

KEPT = 10_000
"""Outcomes that are remembered at most."""


@frozen
class Done(Generic[B]):
    """A slot of an offer, and the meeting that was booked at it."""

    slot: object
    booking: B


@define(eq=False)
class Entry(Generic[B]):
    """One offer's booking: done, lost, or under way when neither."""

    slot: object
    until: float
    done: Done[B] | None = None
    lost: OutcomeUnknownError | None = None
    over: asyncio.Event = field(factory=asyncio.Event)


@define(eq=False)
class BookingDesk(Generic[B]):
    """Remembers what became of each offer's booking, for `keep` seconds, in this process.

    Work runs in tasks of its own: a request that is cancelled, because its browser went away, stops waiting and
    nothing else.
    """

    keep: float
    clock: Callable[[], float] = time.monotonic
    most: int = KEPT
    _entries: dict[str, Entry[B]] = field(factory=dict[str, Entry[B]], init=False)
    _tasks: set[asyncio.Task[Any]] = field(factory=set[asyncio.Task[Any]], init=False)

    async def outcome(self, nonce: str, settle: Settle[B]) -> Done[B] | None:
        """Return what an offer's booking came to, once it is over; None when nothing is booked with the offer.

        A lost one is settled first; OutcomeUnknownError when it is still open after that.
        """
        self._forget()
        while (entry := self._entries.get(nonce)) is not None:
            if entry.done is not None:
                return entry.done
            if entry.lost is None:
                await entry.over.wait()
            else:
                lost, entry.lost, entry.over = entry.lost, None, asyncio.Event()
                await self.see_through(self._noted(nonce, entry, settle(lost), lost=lost))
        return None

    async def book(self, nonce: str, slot: object, book: Book[B], settle: Settle[B]) -> Done[B]:
        """Book, unless the offer's booking is under way or done, be it of another slot: `Done.slot` tells.

        A booking that was refused is forgotten, so that it may be tried again.
        """
        done = await self.outcome(nonce, settle)
        if done is None:
            entry = self._entries[nonce] = Entry(slot, self.clock() + self.keep)
            done = await self.see_through(self._noted(nonce, entry, book()))
        assert done is not None  # noqa: S101 - a booking gives a meeting, or raises
        return done

    async def see_through(self, work: Coroutine[Any, Any, T]) -> T:
        """Return what *work* gives; it goes on when its caller is cancelled."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)
        return await asyncio.shield(task)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Do *work* without anybody waiting for it, but when the application stops."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._over)

    async def drain(self, patience: float) -> None:
        """Wait for what is under way, then cancel what is left."""
        loop = asyncio.get_running_loop()
        until = loop.time() + patience
        while self._tasks:  # a booking that is done may start what tells of it
            done, late = await asyncio.wait(
                self._tasks, timeout=max(0.0, until - loop.time()), return_when=asyncio.FIRST_COMPLETED
            )
            if not done:
                for task in late:
                    task.cancel()
                await asyncio.gather(*late, return_exceptions=True)

    async def _noted(
        self,
        nonce: str,
        entry: Entry[B],
        work: Coroutine[Any, Any, B | None],
        *,
        lost: OutcomeUnknownError | None = None,
    ) -> Done[B] | None:
        try:
            booking = await work
            entry.done = None if booking is None else Done(entry.slot, booking)
        except BaseException as error:
            # Without a booking in it, the error is of a question, and nothing new is known.
            entry.lost = error if isinstance(error, OutcomeUnknownError) and error.booking is not None else lost
            raise
        finally:
            if entry.done is None and entry.lost is None:
                self._entries.pop(nonce, None)
            entry.over.set()
        return entry.done

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # whoever waited has it; if nobody did, it is no news

    def _forget(self) -> None:
        """Drop what is too old, and the oldest of what is too much; never what is under way."""
        now = self.clock()
        still = [nonce for nonce, one in self._entries.items() if one.done is not None or one.lost is not None]
        spare = len(self._entries) - self.most
        for index, nonce in enumerate(still):
            if index < spare or self._entries[nonce].until <= now:
                del self._entries[nonce]
