"""The time that a whole call may take, however many requests it makes."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
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


def joined(seconds: float, clock: Callable[[], float]) -> Deadline:
    """Give the deadline of the call that is under way in this task, else a new one that nothing else joins."""
    return _under_way() or Deadline(clock() + seconds, clock)


def within(seconds: float, clock: Callable[[], float]) -> AbstractContextManager[Deadline]:
    """Give the deadline of the call that is under way in this task, or start one: what is called inside shares it."""
    current = _under_way()
    if current is not None:
        return nullcontext(current)
    return _Current(Deadline(clock() + seconds, clock, _task()))


class _Current(AbstractContextManager[Deadline]):
    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def __enter__(self) -> Deadline:
        self._outer = _CURRENT.set(self._deadline)
        return self._deadline

    def __exit__(self, *_: object) -> None:
        _CURRENT.reset(self._outer)


def _under_way() -> Deadline | None:
    current = _CURRENT.get()
    return current if current is not None and current.task is _task() else None


def _task() -> "asyncio.Task[object] | None":
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop is running
        return None
