"""Sending again where that is safe, each time in its turn: the only place that waits."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from copy import copy
from datetime import datetime
from typing import Self

from ..settings import RetryPolicy
from ..transports import Transport, TransportFailure, WireRequest, WireResponse, connect_ahead
from .deadlines import Deadline
from .error_rules import REQUEST_ID_HEADER
from .gates import Gate, GatedTransport, GatedTurns, Turns
from .retries import RetryBudget, decide, retry_after, trouble
from .telemetry import LOGGER, Observation


class NoTurnFailure(TransportFailure):
    """The client's own queue: no connection came free while there was time enough."""

    def __init__(self, connections: int | None) -> None:
        busy = (
            "its turn did not come"
            if connections is None
            else f"all {connections} connections of this client stayed in use"
        )
        reason = f"{busy} until there was too little time left"
        super().__init__(reason, maybe_processed=False)


class RepeatingTransport:
    """Sends through another transport, and again as the policy decides; clock, sleep and chance are injected.

    With *connections*, so many requests are under way at once. The others wait in front of the transport, first come,
    first served, for nothing but their turn or their deadline: that time is no network's, and no time out.
    """

    def __init__(
        self,
        inner: Transport,
        *,
        policy: RetryPolicy,
        sleep: Callable[[float], Awaitable[None]],
        jitter: Callable[[], float],
        now: Callable[[], datetime],
        connections: int | None = None,
    ) -> None:
        self._inner = inner
        self._connections = connections
        self._turns: Turns = asyncio.Semaphore(sys.maxsize if connections is None else connections)
        self._policy = policy
        self._budget = RetryBudget(policy.budget)
        self._sleep = sleep
        self._jitter = jitter
        self._now = now

    @property
    def inner(self) -> Transport:
        """What sends each request, once."""
        return self._inner

    async def send(
        self,
        request: WireRequest,
        *,
        operation: str,
        has_answer: bool,
        timeout: float,
        deadline: Deadline,
        seen: Observation,
        needed: float = 0.0,
        wanted: Callable[[], bool] = lambda: True,
    ) -> WireResponse:
        """Return the last answer; the last TransportFailure when no sending got one.

        Each sending has *timeout* seconds from its turn on, all of them and the waits between have until *deadline*.
        What is seen on the way is noted in *seen*. Nothing is sent again with less than *needed* seconds left, or once
        *wanted* says no.
        """
        turns = self._turns
        outcome: WireResponse | TransportFailure | None = None
        while True:
            if not turns.locked():
                await turns.acquire()
            elif late := await self._late(turns, deadline.remaining - needed, seen, wanted):
                return _given(outcome or late)
            seen.attempts += 1
            remaining = deadline.remaining
            try:
                outcome = (
                    await self._inner.send(request, timeout=min(timeout, remaining))
                    if remaining > 0
                    else TransportFailure("the deadline is over", maybe_processed=False)
                )
            except TransportFailure as failure:
                # With a traceback, which leads to this frame that keeps it, it would hold the request in a circle.
                outcome = failure.with_traceback(None)
            finally:
                turns.release()
            what = trouble(outcome, has_answer=has_answer)
            if isinstance(outcome, WireResponse):
                self._note(outcome, seen, good=what is None)
            if what is not None:
                wait = decide(
                    operation,
                    what,
                    attempt=seen.attempts,
                    policy=self._policy,
                    jitter=self._jitter(),
                    asked=self._asked(outcome),
                    remaining=deadline.remaining - needed,
                )
                if wait is not None and self._budget.take():
                    LOGGER.debug("%s: %s at attempt %d, again in %.2f s", operation, what, seen.attempts, wait)
                    await self._sleep(wait)
                    if wanted():
                        continue
            return _given(outcome)

    def _note(self, answer: WireResponse, seen: Observation, *, good: bool) -> None:
        seen.status, seen.request_id = answer.status, answer.headers.get(REQUEST_ID_HEADER)
        if good and 200 <= answer.status <= 299:
            self._budget.refill(repeated=seen.attempts > 1)

    def _asked(self, outcome: WireResponse | TransportFailure) -> float:
        """Return the seconds that the service asked for, 0 for none."""
        return retry_after(outcome.headers, now=self._now()) if isinstance(outcome, WireResponse) else 0.0

    async def _late(
        self, turns: Turns, most: float, seen: Observation, wanted: Callable[[], bool]
    ) -> TransportFailure | None:
        """Wait for a turn, *most* seconds; a failure when none came, or when nobody wants it any more."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            async with asyncio.timeout(most):
                await turns.acquire()
        except TimeoutError:
            return NoTurnFailure(self._connections)
        finally:
            seen.waited += clock() - began
        if wanted():
            return None
        turns.release()
        return TransportFailure("nobody waits for it any more", maybe_processed=False)

    async def connect(self, url: str, *, timeout: float, connections: int) -> None:
        """Open connections ahead, where the transport can; TransportFailure when none can be made."""
        await connect_ahead(self._inner, url, timeout=timeout, connections=connections)

    async def pause(self, look: int, *, most: float, answered: bool = False) -> None:
        """Wait, *most* seconds at most, before the next thing is asked or sent after the *look*-th loss, from 1.

        Unless the service has *answered*, the next one is a repetition, and with an empty budget the wait is as long as
        it gets: what is lost is still looked for, but an outage is not multiplied.
        """
        slow = not answered and not self._budget.take()
        await self._sleep(min(self._policy.pause(look, jitter=self._jitter(), slow=slow), most))

    def through(self, gate: Gate) -> Self:
        """Return one with the same budget and connections, whose every sending passes a gate."""
        gated = copy(self)
        # Without connections: a turn that does not come may be the gate's.
        changed = {
            "_inner": GatedTransport(gate, self._inner),
            "_turns": GatedTurns(gate, self._turns),
            "_connections": None,
        }
        vars(gated).update(changed)
        return gated

    async def close(self) -> None:
        """Close the inner transport."""
        await self._inner.close()


def _given(outcome: WireResponse | TransportFailure) -> WireResponse:
    if isinstance(outcome, TransportFailure):
        raise outcome
    return outcome
