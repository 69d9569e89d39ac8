"""`diagnose`: asks, judges, and returns the report."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from time import monotonic

from ..client import BookIt
from .examination import Asked, Examination, Say, Seen
from .judging import advice, findings
from .report import Report, counted


async def diagnose(
    client: BookIt,
    asked: Asked | None = None,
    *,
    clock: Callable[[], float] = monotonic,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    say: Say = lambda _: None,
) -> Report:
    """Return what the service of a client does, fact by fact; nothing of what it said is in it.

    Reads only, and requests that are wrong on purpose, unless *asked* says otherwise. *say* is told what is being
    asked, in words of ours. Nothing is raised for what the service does: requests without an answer are counted.
    """
    seen = await examine(client, asked or Asked(), clock=clock, now=now, sleep=sleep, say=say)
    return report_of(seen, now())


async def examine(
    client: BookIt,
    asked: Asked,
    *,
    clock: Callable[[], float],
    now: Callable[[], datetime],
    sleep: Callable[[float], Awaitable[None]],
    say: Say,
) -> Seen:
    """Return everything that was answered; that is for the memory of this process alone."""
    seen = Seen(asked=asked, base_url=client.settings.base_url)
    examination = Examination(
        settings=client.settings, transport=client.transport, seen=seen, clock=clock, now=now, sleep=sleep, say=say
    )
    await examination.examine()
    return seen


def report_of(seen: Seen, now: datetime) -> Report:
    """Return the report of what was answered."""
    found, statuses = counted(seen.answers)
    return Report(
        on=now.date(),
        findings=findings(seen),
        differences=found,
        statuses=statuses,
        advice=advice(seen),
        unanswered=seen.unanswered,
        standing=len(seen.standing),
    )
