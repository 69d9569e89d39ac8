"""Whether a slot of a long page costs more than one of a short page, and what choosing the earliest builds."""

import sys
from collections.abc import Iterator
from types import FrameType

from bookit_async import earliest
from bookit_async.times import from_milliseconds

from .contest import Contestant, Finding, race
from .pages import CHAIN_HOSTS, page_bytes
from .reading import offer_of

SIZES = (100, 2_000, 20_000)


def datetimes() -> Iterator[float]:
    """Count the instants that become datetimes until the earliest of 20,000 slots is known."""
    content, made = page_bytes(SIZES[-1], CHAIN_HOSTS), 0

    def note(frame: FrameType, event: str, what: object) -> None:
        nonlocal made
        by_us = event == "call" and frame.f_code is from_milliseconds.__code__
        made += by_us or (event == "c_call" and getattr(what, "__name__", "") == "fromtimestamp")

    sys.setprofile(note)
    slot = next(iter(earliest()(offer_of(content).slots)))
    assert slot.start
    sys.setprofile(None)
    yield made


def run(*, turns: int) -> list[Finding]:
    """Read pages of each size, turn by turn."""
    return [
        *_findings("read", "reading:ours", turns),
        *_findings("read and built", "reading:ours_slots", turns),
        Finding(
            what=f"datetimes built until the earliest of {SIZES[-1]:,} slots is chosen",
            beside="the few that are asked for",
            values=tuple(race([Contestant(name="ours", source="growth:datetimes")], turns=1, warm_up=0)["ours"]),
            at_most=10,
        ),
    ]


def _findings(done: str, source: str, turns: int) -> list[Finding]:
    contestants = [
        Contestant(name=str(size), source=source, arguments={"slots": size, "hosts": CHAIN_HOSTS}) for size in SIZES
    ]
    found = race(contestants, turns=turns)
    a_slot = {size: [seconds / size for seconds in found[str(size)]] for size in SIZES}
    return [
        Finding(
            what=f"time a slot, {done}, from a page of {SIZES[-1]:,} slots",
            beside=f"from a page of {size:,} slots",
            values=tuple(large / small for large, small in zip(a_slot[SIZES[-1]], a_slot[size], strict=True)),
            at_most=1.3,
        )
        for size in SIZES[:-1]
    ]
