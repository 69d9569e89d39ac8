"""The time that a whole call may take, however many requests it makes."""

import asyncio
from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import frozen


@frozen
class Deadline:
    """An instant on a clock, for one task: what a caller starts on the side has a time of its own."""

    at: float
    """Seconds on the clock."""
    clock: Callable[[], float]
    task: "asyncio.Task[object] | None" = None
    """The task whose call this is; None outside of any."""

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - self.clock())


_CURRENT: ContextVar[Deadline | None] = ContextVar("bookit_async_deadline", default=None)


@contextmanager
def within(seconds: float, clock: Callable[[], float]) -> Generator[Deadline]:
    """Give the deadline of the call that is under way in this task, or start one: what is called inside shares it."""
    current = _CURRENT.get()
    if current is not None and current.task is _task():
        yield current
        return
    with adopt(Deadline(clock() + seconds, clock)) as deadline:
        yield deadline


@contextmanager
def adopt(deadline: Deadline) -> Generator[Deadline]:
    """Make a deadline that of this task."""
    mine = Deadline(deadline.at, deadline.clock, _task())
    token = _CURRENT.set(mine)
    try:
        yield mine
    finally:
        _CURRENT.reset(token)


def _task() -> "asyncio.Task[object] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop is running
        return None
