"""What every request of a worker passes: the common limit, and whose the intent is right before its bytes go out."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from weakref import WeakSet

from .._generated.api import OPERATIONS
from ..transports import WireRequest
from .engine import Execution
from .pace import is_complaint
from .store import Store, StoreLostError

RUN: ContextVar[Execution | None] = ContextVar("bookit_durable_run", default=None)
"""The run in which a request is made."""
AGAIN = 0.5
"""Seconds before a database that does not answer is asked again."""
_BOOKINGS = tuple(OPERATIONS[name].path for name in ("bookMeeting", "bookRoundRobinMeeting"))


class PassedOnError(Exception):
    """Another worker has taken the intent over, or this one is closed: nothing may be sent for it here."""


class WithdrawnError(Exception):
    """The intent was withdrawn while its booking was repeated."""


class StoreGate:
    """Lets requests out.

    Args:
        store: Has the time from which the next request may go out, for all workers.
        limit: Requests, and the seconds in which no more than those may go out; None for no limit.
        sleep: Waits that many seconds.
    """

    def __init__(
        self,
        store: Store,
        limit: tuple[int, float] | None,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._interval = None if limit is None else limit[1] / limit[0]
        self._sleep = sleep
        self._posted = WeakSet[Execution]()
        """The runs that have sent a booking."""
        self.closed = False
        self.complaints = 0
        """Answers since the last `counted` that say that it is too much."""
        self.answers = 0
        """The others."""

    async def enter(self) -> None:
        """Return when one more request may go out; it has no connection yet, and waits until its deadline at most."""
        while self._interval is not None:
            try:
                may, wait = await self._store.reserve(self._interval)
            except StoreLostError:
                may, wait = False, AGAIN
            await self._sleep(wait)
            if may:
                return

    async def leave(self, request: WireRequest) -> None:
        """Return when a request may go out; PassedOnError, so that it is not sent, when it is not this worker's now.

        WithdrawnError for a booking that is sent once more and is not wanted any more; the first time it was asked.
        """
        run = RUN.get()
        books = request.method == "POST" and request.url.endswith(_BOOKINGS)
        if self.closed or (books and run is not None and not await run.owned()):
            raise PassedOnError
        if books and run is not None:
            if run in self._posted and await self._store.is_withdrawn(run.intent_id):
                raise WithdrawnError
            self._posted.add(run)

    def answered(self, status: int) -> None:
        """Note the status of an answer."""
        if is_complaint(status):
            self.complaints += 1
        else:
            self.answers += 1

    def counted(self) -> tuple[int, int]:
        """Return the complaints and the other answers since this was last asked."""
        counts = self.complaints, self.answers
        self.complaints = self.answers = 0
        return counts
