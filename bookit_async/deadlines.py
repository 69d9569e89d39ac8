"""The time that a whole call may take, however many requests it makes."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from contextvars import ContextVar

from attrs import frozen


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


_CURRENT: ContextVar[Deadline | None] = ContextVar("bookit_async_deadline", default=None)


@contextmanager
def within(seconds: float, clock: Callable[[], float]) -> Generator[Deadline]:
    """Give the deadline of the call that is under way, or start one: what is called inside shares it."""
    current = _CURRENT.get()
    if current is not None:
        yield current
        return
    deadline = Deadline(clock() + seconds, clock)
    token = _CURRENT.set(deadline)
    try:
        yield deadline
    finally:
        _CURRENT.reset(token)
