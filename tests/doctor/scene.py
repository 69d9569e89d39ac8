"""A sandbox with all that a diagnosis can look at: meetings of two prospects, one of them past, links of every kind."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from attrs import evolve

from bookit_async import BookIt, Slot, SlotChoice, Transport, earliest
from bookit_async.doctor import Asked, Report
from bookit_async.doctor.diagnosis import examine, report_of
from bookit_async.doctor.examination import Seen
from bookit_async.sandbox import Sandbox, World, demo_world
from bookit_async.sandbox.world import DateRange, Link, MeetingType, Schedule

from ..conftest import ADA, NODE
from ..scenes import ZONE

BEGAN = datetime(2025, 5, 5, 12, 0, tzinfo=UTC)
EMAIL, OTHER = "Ada.L@Engines.example", "grace@navy.example"
ADDRESS = "Doctor@Engines.example"
LAGS = ("lagging_token", "lagging_list", "lagging_witnesses")
LAG = 45.0
"""Longer than `settle`, shorter than the doctor's patience."""
CUT = 1.0


def last(slots: Sequence[Slot]) -> Sequence[Slot]:
    return slots[-1:]


def world() -> World:
    demo = demo_world()
    over = DateRange(start="2020-01-01T00:00+00:00", end="2020-02-01T00:00+00:00", timezone="Europe/Berlin")
    expired = MeetingType(name="Expired", date_range=over)
    link = Link(link_id="Over5Xx", schedule=Schedule(meeting_type="Expired", host="005Hs00000Fil06IAA"))
    short = (evolve(one, days_ahead=4) for one in demo.meeting_types)
    return evolve(demo, meeting_types=(*short, expired), links=(*demo.links, link))


class Time:
    """Goes on only when somebody waits."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return BEGAN + timedelta(seconds=self.seconds)

    async def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def quirks_of(name: str) -> Mapping[str, float | bool]:
    return {name: LAG if name in LAGS else CUT if name == "list_is_cut" else 1.0 if name in SHARES else True}


SHARES = ("booked_despite_429", "booked_despite_400", "sent_twice")


async def prepared(db: Path | None, time: Time, **quirks: float | bool) -> Sandbox:
    """Return a sandbox with meetings of two prospects, the first of them begun, and the single-use link used."""
    sandbox = Sandbox(world(), now=time.now, seed=1, tcp=False, db=db, quirks=quirks)
    client = BookIt(sandbox.api_key, transport=sandbox.transport, now=time.now)
    first: SlotChoice = earliest()
    for link, email in (("Pool4Mm", EMAIL), ("Em30rva", EMAIL), ("Pool4Mm", OTHER), ("Once7Kd", "used@x.example")):
        answers = {"First Name": "Ada", "Last Name": "Lovelace", "Email": email}
        slot = first if link == "Once7Kd" or not sandbox.meetings else last
        await client.book_link(link, timezone=ZONE, answers=answers, slot=slot)
    time.seconds += 26 * 3600  # the first has begun
    return sandbox


@cache
def past() -> bytes:
    """Return the file of such a sandbox, so that each scene begins with it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "past.db"

        async def prepare() -> None:
            async with await prepared(path, Time()):
                pass

        asyncio.run(prepare())
        return path.read_bytes()


async def sandbox_of(folder: Path, time: Time, quirks: Mapping[str, float | bool]) -> Sandbox:
    """Return a sandbox with that past, which is otherwise from now on."""
    if "ids_per_prospect" in quirks:
        return await prepared(None, time, **quirks)
    time.seconds += 26 * 3600
    (folder / "past.db").write_bytes(await asyncio.to_thread(past))
    return Sandbox(world(), now=time.now, seed=2, tcp=False, db=folder / "past.db", quirks=quirks)


async def seen_of(
    folder: Path,
    quirks: Mapping[str, float | bool] | None = None,
    *,
    around: Callable[[Transport], Transport] = lambda inner: inner,
    **changed: Any,
) -> tuple[Seen, Sandbox, Time]:
    """Return what a diagnosis that may do everything was answered."""
    time = Time()
    async with await sandbox_of(folder, time, quirks or {}) as sandbox:
        client = BookIt(sandbox.api_key, transport=around(sandbox.transport))
        asked = Asked(
            nodes=[NODE],
            links=["Em30rva", "Pool4Mm", "Many8Tx", "Over5Xx"],
            meetings=[one.told_id for one in sandbox.meetings[:3]],
            emails=[EMAIL, OTHER],
            used_links=["Once7Kd"],
            prospect={**ADA, "Email": ADDRESS},
            route=True,
            address=ADDRESS,
        )
        asked = evolve(asked, **changed)
        seen = await examine(client, asked, clock=time, now=time.now, sleep=time.sleep, say=lambda _: None)
        return seen, sandbox, time


async def diagnosed(folder: Path, quirks: Mapping[str, float | bool] | None = None, **changed: Any) -> Report:
    seen, _, time = await seen_of(folder, quirks, **changed)
    return report_of(seen, time.now())
