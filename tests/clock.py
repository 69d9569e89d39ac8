"""Time that passes only when somebody waits."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")


class Clock:
    """A clock and the sleep that goes with it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wall(self) -> datetime:
        """The same time as a date."""
        return datetime(2025, 5, 5, 12, 0, tzinfo=UTC) + timedelta(seconds=self.now - 1000)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)


class _Skipping(selectors.DefaultSelector):
    """Skips the time in which no socket has anything to say, and does not count the time in between."""

    now = 1000.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(min(timeout or 0.0, 0.001))
        if not ready:
            self.now += timeout or 0.0
        return ready


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock is exact and instant on real sockets too, as long as both their ends are in it."""

    def __init__(self) -> None:
        self._skipping = _Skipping()
        super().__init__(self._skipping)

    def time(self) -> float:
        return self._skipping.now


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run to the end without ever waiting."""
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(main)
