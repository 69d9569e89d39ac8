"""What 100 offers of 1,920 slots x 50 hosts take in memory while they are held."""

import gc
from collections.abc import Callable, Iterator
from os import sysconf
from pathlib import Path

from .contest import Contestant, Finding, race
from .pages import LARGE_HOSTS, LARGE_SLOTS, page_bytes
from .reading import offer_of

HELD = 100
PROCESSES = 3


def resident() -> int:
    """Return the bytes of memory that this process has resident, garbage collected first; Linux only."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * sysconf("SC_PAGE_SIZE")


def held(read: Callable[[], object]) -> Iterator[float]:
    """Yield how many bytes more are resident once so many were read and kept."""
    read()
    before = resident()
    kept = [read() for _ in range(HELD)]
    yield resident() - before
    kept.clear()


def ours() -> Iterator[float]:
    """Hold offers."""
    content = page_bytes(LARGE_SLOTS, LARGE_HOSTS)
    return held(lambda: offer_of(bytes(bytearray(content))))  # every answer has bytes of its own


def run(*, turns: int) -> list[Finding]:
    """Measure in fresh processes, for memory that was given back is not given back whole."""
    contestants = [
        Contestant(name="ours", source="memory:ours"),
        Contestant(name="stock", source="peers.readers:stock_models_held"),
    ]
    found = [race(contestants, turns=1, warm_up=0) for _ in range(min(turns, PROCESSES))]
    return [
        Finding(
            what="memory of 100 offers of 1,920 slots x 50 hosts",
            beside="the stock generated client's models of the same pages",
            values=tuple(one["ours"][0] / one["stock"][0] for one in found),
            at_most=0.6,
        )
    ]
