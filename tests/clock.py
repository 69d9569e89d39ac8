"""Time that passes only when somebody waits."""

import asyncio
from datetime import UTC, datetime, timedelta


class Clock:
    """A clock and the sleep that goes with it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def wall(self) -> datetime:
        """The same time as a date."""
        return datetime(2025, 5, 5, 12, 0, tzinfo=UTC) + timedelta(seconds=self.now - 1000)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)
