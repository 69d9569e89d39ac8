"""Sending again where that is safe: the only place that waits."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from ..settings import RetryPolicy
from ..transports import Transport, TransportFailure, WireRequest, WireResponse
from .deadlines import Deadline
from .error_rules import REQUEST_ID_HEADER
from .retries import RetryBudget, decide, retry_after, trouble
from .telemetry import LOGGER, Observation


class RepeatingTransport:
    """Sends through another transport, and again as the policy decides; clock, sleep and chance are injected."""

    def __init__(
        self,
        inner: Transport,
        *,
        policy: RetryPolicy,
        sleep: Callable[[float], Awaitable[None]],
        jitter: Callable[[], float],
        now: Callable[[], datetime],
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
        needed: float = 0.0,
        wanted: Callable[[], bool] = lambda: True,
    ) -> WireResponse:
        """Give the last answer; the last TransportFailure when no sending got one.

        Each sending has *timeout* seconds, all of them and the waits between have until *deadline*. What is seen on the
        way is noted in *seen*. Nothing is sent again with less than *needed* seconds left, or once *wanted* says no.
        """
        while True:
            seen.attempts += 1
            remaining = deadline.remaining
            outcome: WireResponse | TransportFailure
            try:
                outcome = (
                    await self._inner.send(request, timeout=min(timeout, remaining))
                    if remaining > 0
                    else TransportFailure("the deadline is over", maybe_processed=False)
                )
            except TransportFailure as failure:
                # With a traceback, which leads to this frame that keeps it, it would hold the request in a circle.
                outcome = failure.with_traceback(None)
            what = trouble(outcome, has_answer=has_answer)
            if isinstance(outcome, WireResponse):
                seen.status, seen.request_id = outcome.status, outcome.headers.get(REQUEST_ID_HEADER)
                if what is None and 200 <= outcome.status <= 299:
                    self._budget.refill(repeated=seen.attempts > 1)
            wait = (
                None
                if what is None
                else decide(
                    operation,
                    what,
                    attempt=seen.attempts,
                    policy=self._policy,
                    jitter=self._jitter(),
                    asked=retry_after(outcome.headers, now=self._now()) if isinstance(outcome, WireResponse) else 0.0,
                    remaining=deadline.remaining - needed,
                )
            )
            if wait is not None and self._budget.take():
                LOGGER.debug("%s: %s at attempt %d, again in %.2f s", operation, what, seen.attempts, wait)
                await self._sleep(wait)
                if wanted():
                    continue
            if isinstance(outcome, TransportFailure):
                raise outcome
            return outcome

    async def pause(self, look: int, *, most: float, answered: bool = False) -> None:
        """Wait, *most* seconds at most, before the next thing is asked or sent after the *look*-th loss, from 1.

        Unless the service has *answered*, the next one is a repetition, and with an empty budget the wait is as long as
        it gets: what is lost is still looked for, but an outage is not multiplied.
        """
        slow = not answered and not self._budget.take()
        await self._sleep(min(self._policy.pause(look, jitter=self._jitter(), slow=slow), most))

    async def close(self) -> None:
        """Close the inner transport."""
        await self._inner.close()
