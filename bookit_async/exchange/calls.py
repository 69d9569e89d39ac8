"""Executing one call: from what a caller asks to the answer, or to the error that it means."""

from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import datetime
from functools import partial
from typing import TypeVar

from attrs import define, evolve, field

from .._generated.client import Api
from .._generated.types import NOTICED, Call, Odd, Operation
from ..errors import NotSentError
from ..settings import Settings
from ..transports import Transport, TransportFailure, max_connections_of
from .answers import Answer, read, unanswered
from .deadlines import Deadline, Deadlines
from .gates import Gate
from .home import Home
from .oddities import OddValues
from .outgoing import outgoing
from .repeating import RepeatingTransport
from .telemetry import Observation

T = TypeVar("T")
V = TypeVar("V")
Wanted = Callable[[], bool]
"""Says whether anybody still waits, so that nothing more need be sent when nobody does."""


@define(eq=False)
class Line:
    """The way to the service that a client and its copies share, and the time that goes by on it."""

    transport: RepeatingTransport
    deadlines: Deadlines
    now: Callable[[], datetime]
    odd_values: OddValues = field(factory=OddValues)
    """What answers held that is not as documented."""
    home: Home = field(factory=Home)
    """The loop in which the connections live."""

    @property
    def clock(self) -> Callable[[], float]:
        """Returns seconds from any origin."""
        return self.deadlines.clock

    def through(self, gate: Gate) -> "Line":
        """Return the same way with a gate in it."""
        return evolve(self, transport=self.transport.through(gate))


class Calls:
    """Executes calls with one set of settings over one line."""

    def __init__(self, settings: Settings, line: Line) -> None:
        self.settings = settings
        self.line = line
        self.clock = line.clock
        self.api = Api(self.execute)

    def within_deadline(self) -> AbstractContextManager[Deadline]:
        """Start the time of a whole call, or join the one that is under way."""
        return self.line.deadlines.within(self.settings.deadline, self.line.home.loop())

    async def connect(self, connections: int) -> None:
        """Open connections ahead; NotSentError when one cannot be made."""
        self.line.home.loop()
        settings = self.settings
        timeout = min(settings.timeout, settings.deadline)
        try:
            await self.line.transport.connect(settings.base_url, timeout=timeout, connections=connections)
        except TransportFailure as failure:
            raise NotSentError(reason=failure.reason) from failure

    async def execute(self, call: Call[T]) -> T:
        """Return what a call gives."""
        return (await self.answer(call, call.operation.decode)).value

    async def answer(
        self,
        call: Call[object],
        decode: Callable[[bytes], T],
        wanted: Wanted = lambda: True,
        *,
        deadline: Deadline | None = None,
        needed: float = 0.0,
    ) -> Answer[T]:
        """Return the answer to a call, read by *decode*; nothing is sent again once *wanted* says no.

        Whoever gives the deadline of the call that is under way is in the loop of that.
        """
        line = self.line
        if deadline is None:
            deadline = line.deadlines.joined(self.settings.deadline, line.home.loop())
        request = outgoing(call, self.settings)
        with Observation(call.operation, self.clock) as seen:
            try:
                response = await line.transport.send(
                    request,
                    operation=call.operation.name,
                    has_answer=call.operation.has_answer,
                    timeout=self.settings.timeout,
                    deadline=deadline,
                    seen=seen,
                    needed=needed,
                    wanted=wanted,
                )
            except TransportFailure as failure:
                raise unanswered(call.operation, failure) from failure
            value = read(call.operation, response, decode)
            if NOTICED.odd:
                self._note(call.operation, value)
            return Answer(value=value, request_id=seen.request_id)

    async def view(self, call: Call[T], view: Callable[[T], V]) -> V:
        """Return a view of what a call gives."""

        def decode(content: bytes) -> V:
            value = call.operation.decode(content)
            if NOTICED.odd:
                self._note(call.operation, value)
            return view(value)

        return (await self.answer(call, decode)).value

    def odd_later(self, call: Call[object]) -> Callable[[Odd], None]:
        """Return what notes a value of a call's answer that is found odd when the answer was given already."""
        return partial(self.line.odd_values.note_one, call.operation.name)

    def _note(self, operation: Operation[object], value: object) -> None:
        NOTICED.odd = False
        self.line.odd_values.note(operation.name, value)


def open_line(
    transport: Transport,
    settings: Settings,
    *,
    clock: Callable[[], float],
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
    jitter: Callable[[], float],
) -> Line:
    """Return a line over a transport, which may tell how many requests it can have under way at once."""
    repeating = RepeatingTransport(
        transport,
        policy=settings.retries,
        sleep=sleep,
        jitter=jitter,
        now=now,
        connections=max_connections_of(transport),
    )
    return Line(transport=repeating, deadlines=Deadlines(clock), now=now)
