"""What a contestant yields: calls a second, or seconds of one call."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from time import perf_counter


async def rates(call: Callable[[], Awaitable[object]], *, concurrency: int, seconds: float) -> AsyncGenerator[float]:
    """Yield calls a second, so many at a time, over so many seconds; for ever."""
    while True:
        began, done = perf_counter(), 0

        async def caller(until: float) -> int:
            finished = 0
            while perf_counter() < until:
                await call()
                finished += 1
            return finished

        done = sum(await asyncio.gather(*(caller(began + seconds) for _ in range(concurrency))))
        yield done / (perf_counter() - began)


def durations(call: Callable[[], object], *, seconds: float) -> Iterator[float]:
    """Yield the seconds that one call takes, the mean over so many seconds of calls; for ever."""
    while True:
        began, calls = perf_counter(), 0
        while (now := perf_counter()) < began + seconds:
            call()
            calls += 1
        yield (now - began) / calls
