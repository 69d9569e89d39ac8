"""Sending again where that is safe: the only place that waits."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from random import random

from ..deadlines import Deadline
from ..error_rules import REQUEST_ID_HEADER
from ..retries import RetryBudget, RetryPolicy, decide, retry_after, trouble
from ..telemetry import LOGGER, Observation
from . import Transport, TransportFailure, WireRequest, WireResponse


class RepeatingTransport:
    """Sends through another transport, and again as the policy decides; clock, sleep and chance are injected."""

    def __init__(
        self,
        inner: Transport,
        *,
        policy: RetryPolicy,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._inner = inner
        self._policy = policy
        self._budget = RetryBudget(policy.budget)
        self._sleep = sleep
        self._jitter = jitter
        self._now = now

    async def send(
        self,
        request: WireRequest,
        *,
        operation: str,
        has_answer: bool,
        timeout: float,
        deadline: Deadline,
        seen: Observation,
    ) -> WireResponse:
        """Give the last answer; the last TransportFailure when no sending got one.

        Each sending has *timeout* seconds, all of them and the waits between have until *deadline*. What is seen on the
        way is noted in *seen*.
        """
        while True:
            seen.attempts += 1
            outcome = await self._once(request, min(timeout, deadline.remaining))
            what = trouble(outcome, has_answer=has_answer)
            wait = None
            if isinstance(outcome, WireResponse):
                seen.status, seen.request_id = outcome.status, outcome.headers.get(REQUEST_ID_HEADER)
            if what is None:
                self._budget.refill()
            else:
                asked = retry_after(outcome.headers, now=self._now()) if isinstance(outcome, WireResponse) else 0.0
                wait = decide(
                    operation,
                    what,
                    attempt=seen.attempts,
                    policy=self._policy,
                    jitter=self._jitter(),
                    asked=asked,
                    remaining=deadline.remaining,
                )
            if wait is None or not self._budget.take():
                if isinstance(outcome, TransportFailure):
                    raise outcome
                return outcome
            LOGGER.debug("%s: %s at attempt %d, again in %.2f s", operation, what, seen.attempts, wait)
            await self._sleep(wait)

    async def pause(self, attempt: int, *, deadline: Deadline) -> None:
        """Wait before asking again for something that was not there at the *attempt*-th look, from 1."""
        await self._sleep(min(self._policy.wait(attempt, jitter=self._jitter()), deadline.remaining))

    async def _once(self, request: WireRequest, timeout: float) -> WireResponse | TransportFailure:
        if timeout <= 0:
            return TransportFailure("the deadline is over", maybe_processed=False)
        try:
            return await self._inner.send(request, timeout=timeout)
        except TransportFailure as failure:
            return failure

    async def close(self) -> None:
        """Close the inner transport."""
        await self._inner.close()
