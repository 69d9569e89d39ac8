"""Opening, closing, and executing one call: everything between a method and the transport."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import partial
from random import random
from time import monotonic
from types import TracebackType
from typing import Self, TypeVar

from attrs import define, field

from ._generated.client import Api
from ._generated.types import Call
from .answers import Answer, read, unanswered
from .deadlines import Deadline, Deadlines
from .errors import InvalidInputError, NotSentError
from .in_flight import GoOn, InFlight, leave_nothing
from .inputs import TriggerInputs
from .ledger import Ledger
from .outgoing import outgoing
from .retries import RetryPolicy
from .settings import Settings
from .telemetry import Observation
from .transports import Transport, TransportFailure
from .transports.httpx_transport import HttpxClient, HttpxTransport
from .transports.repeating import RepeatingTransport

T = TypeVar("T")


@define
class Shared:
    """What a client and its copies of `with_options` have in common."""

    transport: RepeatingTransport
    deadlines: Deadlines
    now: Callable[[], datetime]
    in_flight: InFlight
    """Writes that are being sent."""
    loop: asyncio.AbstractEventLoop | None = None
    """The loop in which the connections live; None until the first call."""
    closed: bool = False
    """Whether the client was closed: nobody waits any more."""
    ledger: Ledger = field(factory=Ledger)


class Executor:
    """Executes calls with one set of settings over one set of connections; `BookIt` tells what they mean."""

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        settle: float | None = None,
        retries: RetryPolicy | None = None,
        grace: float | None = None,
        max_connections: int | None = None,
        inputs_ttl: float | None = None,
        allow_insecure: bool = False,
        transport: Transport | None = None,
        http_client: HttpxClient | None = None,
        clock: Callable[[], float] = monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random,
    ) -> None:
        settings = Settings.read(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            settle=settle,
            retries=retries,
            grace=grace,
            max_connections=max_connections,
            inputs_ttl=inputs_ttl,
            allow_insecure=allow_insecure,
        )
        problems = [*settings.problems()]
        if transport is not None and http_client is not None:
            problems.append("transport and http_client are both given: give one")
        elif max_connections is not None and (transport or http_client):
            problems.append("max_connections says nothing to a transport or http_client of yours: set it there")
        if problems:
            raise InvalidInputError(problems=problems)
        self.settings = settings
        self._owns_transport = transport is None
        self._is_copy = False
        repeating = RepeatingTransport(
            transport or _adapter(settings.max_connections, http_client),
            policy=settings.retries,
            sleep=sleep,
            jitter=jitter,
            now=now,
        )
        in_flight = InFlight(grace=settings.grace, sleep=sleep)
        self._start(Shared(transport=repeating, deadlines=Deadlines(clock), now=now, in_flight=in_flight))

    def _start(self, shared: Shared) -> None:
        self._shared = shared
        self._clock = shared.deadlines.clock
        self._inputs: dict[str, tuple[float, TriggerInputs]] = {}
        self.api = Api(self._execute)

    def with_options(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        settle: float | None = None,
    ) -> Self:
        """Give a client with other settings; this one stays as it is.

        Both share the connections, the bookings in flight and `unsettled`. Closing the copy closes nothing: the
        connections belong to the parent.
        """
        copy = object.__new__(type(self))
        copy.settings = self.settings.changed(
            api_key=api_key, base_url=base_url, timeout=timeout, deadline=deadline, settle=settle
        )
        if problems := [*copy.settings.problems()]:
            raise InvalidInputError(problems=problems)
        copy._owns_transport = False
        copy._is_copy = True
        copy._start(self._shared)
        return copy

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait for bookings and changes in flight, `grace` at most, then close the connections that this client opened.

        What is still in flight then has an unknown outcome. Calling it again does nothing.
        """
        self._shared.closed = self._shared.closed or not self._is_copy
        try:
            await self._shared.in_flight.finish()
        finally:
            if self._owns_transport:
                await self._shared.transport.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.base_url!r})"

    def within_deadline(self) -> AbstractContextManager[Deadline]:
        """Start the time of a whole call, or join the one that is under way."""
        return self._shared.deadlines.within(self.settings.deadline)

    def _check_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._shared.loop is None:
            self._shared.loop = loop
        elif self._shared.loop is not loop:
            problem = "this client belongs to another event loop: make one client for each loop, inside it"
            raise InvalidInputError(problems=[problem])

    async def _execute(self, call: Call[T]) -> T:
        return (await self._answer(call, call.operation.decode)).value

    def _write(
        self,
        call: Call[T],
        deadline: Deadline,
        *,
        needed: float,
        leave: "Callable[[asyncio.Task[Answer[T]]], None]" = leave_nothing,
    ) -> Awaitable[Answer[T]]:
        """Send a write in a task of its own: cancelling the caller gives it the grace, and then to *leave*.

        NotSentError once the client was closed, for nobody would wait for it.
        """
        if self._shared.closed:
            raise NotSentError(reason="the client is closed", operation=call.operation.name)

        sending = partial(self._answer, call, call.operation.decode, deadline=deadline, needed=needed)
        return self._shared.in_flight.send(sending, leave=leave)

    async def _answer(
        self,
        call: Call[object],
        decode: Callable[[bytes], T],
        go_on: GoOn = lambda: True,
        *,
        deadline: Deadline | None = None,
        needed: float = 0.0,
    ) -> Answer[T]:
        operation = call.operation.name
        self._check_loop()
        request = outgoing(call, self.settings)
        deadline = deadline or self._shared.deadlines.joined(self.settings.deadline)
        with Observation(call.operation, self._clock) as seen:
            try:
                response = await self._shared.transport.send(
                    request,
                    operation=operation,
                    has_answer=call.operation.has_answer,
                    timeout=self.settings.timeout,
                    deadline=deadline,
                    seen=seen,
                    needed=needed,
                    go_on=go_on,
                )
            except TransportFailure as failure:
                raise unanswered(call.operation, failure) from failure
            return Answer(value=read(call.operation, response, decode), request_id=seen.request_id)


def _adapter(max_connections: int, http_client: HttpxClient | None) -> Transport:
    if http_client is not None:
        return HttpxTransport(http_client)
    from .transports.aiohttp_transport import AiohttpTransport

    return AiohttpTransport(max_connections=max_connections)
