"""Where a client lives: in one event loop of one thread of one process. Told without asking the system each time."""

import asyncio
import os
from asyncio import AbstractEventLoop, current_task
from contextlib import suppress
from threading import get_ident

from attrs import define, field

from ..errors import InvalidInputError


@define(eq=False)
class Home:
    """The loop of the first call, to which all others have to come.

    On Python 3.11 `asyncio.get_running_loop` asks the system for the process id, and so does all that calls it: a good
    part of what a booking costs. A task that runs in the known loop, in this thread, tells as much.
    """

    known: AbstractEventLoop | None = field(default=None, init=False)
    """That loop; None until the first call."""
    _thread: int = field(default=0, init=False)
    _forks: int = field(default=0, init=False)

    def loop(self) -> AbstractEventLoop:
        """Return the loop that runs, which the connections live in; InvalidInputError in any other."""
        loop = self.known
        if loop is None:
            self.known = loop = asyncio.get_running_loop()
            self._thread, self._forks = get_ident(), _Forks.seen
        elif current_task(loop) is None or self._thread != get_ident() or self._forks != _Forks.seen:
            self._look(loop)
        return loop

    def _look(self, loop: AbstractEventLoop) -> None:
        if asyncio.get_running_loop() is not loop:
            problem = "this client belongs to another event loop: make one client for each loop, inside it"
            raise InvalidInputError(problems=[problem])


class _Forks:
    """What a process that was forked in the middle of a task would take for its own: asyncio does not notice."""

    seen = 0

    @classmethod
    def note(cls) -> None:
        cls.seen += 1


with suppress(AttributeError):  # not every system forks
    os.register_at_fork(after_in_child=_Forks.note)
