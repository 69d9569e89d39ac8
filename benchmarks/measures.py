"""What a contestant yields: calls a second, or seconds of one call."""

import asyncio
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from time import perf_counter, process_time

CLOCK = "BENCHMARK_CLOCK"
"""Environment variable that says which seconds count: `wall`, or those of the contestant's own `processor`."""
_now = process_time if os.environ.get(CLOCK) == "processor" else perf_counter


async def rates(call: Callable[[], Awaitable[object]], *, concurrency: int, seconds: float) -> AsyncGenerator[float]:
    """Yield calls a second, so many at a time, over so many seconds; for ever."""
    while True:
        began, until = _now(), perf_counter() + seconds

        async def caller(until: float = until) -> int:
            finished = 0
            while perf_counter() < until:
                await call()
                finished += 1
            return finished

        done = sum(await asyncio.gather(*(caller() for _ in range(concurrency))))
        yield done / (_now() - began)


def durations(call: Callable[[], object], *, seconds: float) -> Iterator[float]:
    """Yield the seconds that one call takes, the mean over so many seconds of calls; for ever."""
    while True:
        began, until, calls = _now(), perf_counter() + seconds, 0
        while perf_counter() < until:
            call()
            calls += 1
        yield (_now() - began) / calls
