"""What must not creep: the work of booking a slot and of reading a large page, counted instead of timed.

Bytecode instructions and blocks of memory are the same on every machine, and differ between versions of Python, so the
baseline has a column for each. `python -m benchmarks.gate` compares with it, `--renew` writes it for this version.
"""

import argparse
import asyncio
import gc
import json
import sys
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

from bookit_async import Booked, BookIt, Offer, Slot, WireRequest, WireResponse

from .instructions import instructions
from .pages import (
    ANSWER,
    API_KEY,
    CHAIN_HOSTS,
    CHAIN_SLOTS,
    LARGE_HOSTS,
    LARGE_SLOTS,
    QUESTION,
    TIMEZONE,
    TOKEN,
    page_bytes,
)

BASELINE = Path(__file__).with_name("gate_baseline.json")
ALLOWED = 0.1
"""How much more than the baseline may be needed, as a part of it."""
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"

Counts = Mapping[str, int]


class Canned:
    """A transport that takes no time: a page for a look, a meeting for a booking."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - nothing here takes time
        """Return the prepared answer."""
        booking = request.url.endswith("/v1/meeting")
        return WireResponse(200, {}, b'{"meetingId": "m1"}' if booking else self._content)

    async def close(self) -> None:
        """Do nothing."""


async def blocks(work: Callable[[], Awaitable[object]]) -> int:
    """Count the blocks of memory that the result of some work holds."""
    await work()
    gc.collect()
    before = sys.getallocatedblocks()
    kept = await work()
    gc.collect()
    counted = sys.getallocatedblocks() - before
    del kept
    return counted


def _client(slots: int, hosts: int) -> BookIt:
    return BookIt(API_KEY, base_url="http://localhost", transport=Canned(page_bytes(slots, hosts)))


async def count() -> Counts:
    """Count what is compared."""
    large = _client(LARGE_SLOTS, LARGE_HOSTS)
    offer = await _client(CHAIN_SLOTS, CHAIN_HOSTS).availability(token=TOKEN)
    assert isinstance(offer, Offer)

    async def book() -> None:
        booked = await offer.book(offer.slots[0], timezone=TIMEZONE, answers={QUESTION: ANSWER})
        assert isinstance(booked, Booked)

    async def read() -> Offer:
        found = await large.availability(token=TOKEN)
        assert isinstance(found, Offer)
        return found

    async def build() -> tuple[Slot, ...]:
        return tuple((await read()).slots)

    return {
        "instructions to book a slot": await instructions(book),
        "instructions to read a page of 1,920 slots x 50 hosts": await instructions(read),
        "instructions to read it and build every slot": await instructions(build),
        "blocks of memory that its offer holds": await blocks(read),
    }


def verdict(baseline: Counts, now: Counts) -> tuple[list[str], bool]:
    """Return a line for each count, and whether none is above what the baseline allows."""
    lines: list[str] = []
    passed = True
    for name, counted in now.items():
        known = baseline.get(name)
        if known is None:
            lines.append(f"{name}: {counted:,}, and no baseline: renew it")
            passed = False
            continue
        change = counted / known - 1
        advice = ""
        if counted > known * (1 + ALLOWED):
            advice = f", MORE THAN {ALLOWED:+.0%}: find out why, or renew the baseline with a reason"
            passed = False
        elif counted < known * (1 - ALLOWED):
            advice = ", better: renew the baseline, so that it stays"
        lines.append(f"{name}: {counted:,}, baseline {known:,}, {change:+.1%}{advice}")
    return lines, passed


def main(
    arguments: Sequence[str] | None = None,
    *,
    baseline: Path = BASELINE,
    count: Callable[[], Coroutine[Any, Any, Counts]] = count,
) -> int:
    """Compare, or renew; give 1 if something needs too much more than it did."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--renew", action="store_true", help="write what is counted now as the baseline")
    options = parser.parse_args(arguments)
    now = asyncio.run(count())
    known: dict[str, Counts] = json.loads(baseline.read_text(encoding="utf-8")) if baseline.exists() else {}
    if options.renew:
        text = json.dumps(known | {VERSION: now}, indent=2, sort_keys=True)
        baseline.write_text(f"{text}\n", encoding="utf-8")
        print(f"wrote {baseline.name} for Python {VERSION}")
        return 0
    lines, passed = verdict(known.get(VERSION, {}), now)
    print("\n".join(lines))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
