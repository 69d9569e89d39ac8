"""The time that a whole call may take, however many requests it makes."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from attrs import define, field, frozen


@frozen
class Deadline:
    """An instant on a clock."""

    at: float
    """Seconds on the clock."""
    clock: Callable[[], float]

    @property
    def remaining(self) -> float:
        """Seconds left, never below 0."""
        return max(0.0, self.at - self.clock())


@define
class Deadlines:
    """The deadlines of the calls that are under way, each for one task: what that starts on the side has its own."""

    clock: Callable[[], float]
    _by_task: "dict[asyncio.Task[Any] | None, Deadline]" = field(factory=dict, init=False)

    def joined(self, seconds: float, loop: asyncio.AbstractEventLoop | None = None) -> Deadline:
        """Return the deadline of the call that is under way in this task, else a new one that nothing else joins."""
        return self._by_task.get(asyncio.current_task(loop)) or Deadline(self.clock() + seconds, self.clock)

    def within(self, seconds: float, loop: asyncio.AbstractEventLoop | None = None) -> AbstractContextManager[Deadline]:
        """Return the deadline of the call under way in this task, or start one: what is called inside shares it."""
        task = asyncio.current_task(loop)
        current = self._by_task.get(task)
        if current is not None:
            return nullcontext(current)
        return _UnderWay(self._by_task, task, Deadline(self.clock() + seconds, self.clock))


@define
class _UnderWay(AbstractContextManager[Deadline]):
    by_task: "dict[asyncio.Task[Any] | None, Deadline]"
    task: "asyncio.Task[Any] | None"
    deadline: Deadline

    def __enter__(self) -> Deadline:
        self.by_task[self.task] = self.deadline
        return self.deadline

    def __exit__(self, *_: object) -> None:
        del self.by_task[self.task]
