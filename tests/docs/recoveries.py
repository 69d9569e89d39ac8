"""What a lost booking costs: seconds from the loss to the answer, and requests, counted against the sandbox."""

import asyncio
from collections.abc import Iterator

from bookit_async import Booked

from ..flaky import Fault
from ..scenes import MODES, flaky

HEADS = ("what was lost", "booked with", "seconds from the loss to the answer", "requests more than without a loss")
LOSSES: tuple[tuple[str, Fault], ...] = (
    ("a request that did not leave", "unsent"),
    ("the answer", "after"),
    ("the request, on its way", "before"),
)
WITH: tuple[tuple[str, str, bool], ...] = (
    ("a token", "token", False),
    ("a token, `token_fence=True`", "token", True),
    ("a link", "link", False),
)


async def recovery(fault: Fault, mode: str, *, fence: bool) -> tuple[float, int]:
    """Return the seconds that a booking took, and the requests."""
    client, sandbox, transport, clock = flaky(fault, method="POST", token_fence=fence)
    began = clock.now
    booked = await MODES[mode](client)
    assert isinstance(booked, Booked)
    assert len(sandbox.meetings) == 1
    return clock.now - began, len(transport.sent)


def rows() -> Iterator[tuple[str, ...]]:
    """Yield a row for each loss and each way to book."""
    for loss, fault in LOSSES:
        for way, mode, fence in WITH:
            _, usual = asyncio.run(recovery("ok", mode, fence=fence))
            seconds, requests = asyncio.run(recovery(fault, mode, fence=fence))
            yield loss, way, f"{seconds:.1f}".removesuffix(".0"), str(requests - usual)
