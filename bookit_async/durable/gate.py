"""What every request of a worker passes right before its bytes go out: the common limit, and whose the intent is."""

import asyncio
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

from ..transports import WireRequest
from .engine import Execution
from .store import Store

RUN: ContextVar[Execution | None] = ContextVar("bookit_durable_run", default=None)
"""The run in which a request is made."""
_BOOKINGS = ("/v1/meeting", "/v1/round-robin-meeting")


class PassedOnError(Exception):
    """Another worker has taken the intent over, or this one is closed: nothing may be sent for it here."""


class Gate:
    """Lets requests pass.

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
        self.closed = False

    async def before_send(self, request: WireRequest) -> None:
        """Return when a request may go out; PassedOnError, so that it is not sent, when it is not this worker's now."""
        if self._interval is not None:
            await self._sleep(await self._store.reserve(self._interval))
        run = RUN.get()
        books = request.method == "POST" and request.url.endswith(_BOOKINGS)
        if self.closed or (books and run is not None and not await run.owned()):
            raise PassedOnError
