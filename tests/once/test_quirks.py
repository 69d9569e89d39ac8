"""Whatever the service is like, and whatever is lost: what is told of bookings is what there is in the sandbox."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookit_async import (
    Booked,
    BookIt,
    BookItError,
    LinkSpentError,
    Meeting,
    MeetingNotFoundError,
    OutcomeUnknownError,
    TokenSpentError,
)
from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.service.telling import listed_id
from bookit_async.sandbox.world.quirks import OF_STATE, OF_WORDS, QUIRKS, read_quirks

from ..clock import Clock, run
from ..conftest import NOW
from ..flaky import FAULTS, Ending, Fault, Flaky
from ..sampling import tries
from ..scenes import ANSWERS, MODES, ZONE

pytestmark = pytest.mark.long

PLAYED = tuple(MODES)
CHANGES = ("move", "cancel")
UNCHANGEABLE = {"ids_per_prospect"}
"""An id that names several meetings changes none of them for sure."""


async def told_and_there(
    mode: str, quirks: Mapping[str, float], faults: list[Ending]
) -> tuple[Booked | BookItError, list[str]]:
    """Return what the caller of one booking was told, and the ids under which the service tells its meetings."""
    clock = Clock()
    sandbox = Sandbox(now=lambda: NOW + timedelta(seconds=clock.now - 1000), quirks=quirks, seed=1, tcp=False)
    client = BookIt(
        sandbox.api_key,
        transport=Flaky(sandbox.transport, faults),
        clock=clock,
        now=clock.wall,
        sleep=clock.sleep,
        jitter=lambda: 1.0,
    )
    told: Any
    try:
        told = await MODES[mode](client)
    except BookItError as error:
        told = error
    return told, [
        meeting.told_id if getattr(told, "meeting_id", None) != listed_id(meeting.id) else listed_id(meeting.id)
        for meeting in sandbox.meetings
        if meeting.status != "canceled"
    ]


def contradiction(told: Booked | BookItError, there: list[str]) -> str | None:
    """Return in what the two contradict each other; None when they do not."""
    if len(there) > 1:
        return f"{len(there)} meetings"
    if isinstance(told, TokenSpentError | LinkSpentError):
        return None if there else "said to be booked already, and there is nothing"
    if isinstance(told, Booked):
        return None if there == [told.meeting_id] else f"told {told.meeting_id}, there is {there}"
    if isinstance(told, OutcomeUnknownError):
        return None
    return f"told {told!r}, there is {there}" if there else None


@settings(max_examples=tries(60), deadline=None)
@given(
    mode=st.sampled_from(PLAYED),
    names=st.sets(st.sampled_from(sorted(QUIRKS)), max_size=4),
    faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=4),
)
def test_what_is_told_is_what_there_is(mode: str, names: set[str], faults: list[Ending]) -> None:
    told, there = run(told_and_there(mode, read_quirks(names).values, faults))
    assert contradiction(told, blameless(there, told, names)) is None


def blameless(there: list[str], told: Booked | BookItError, names: set[str]) -> list[str]:
    """Return the meetings without those that the service made of one request, which are nobody's fault."""
    if "sent_twice" in names and isinstance(told, Booked) and told.meeting_id in there:
        return [told.meeting_id]
    return there


LOSSES: tuple[Ending, ...] = ("before", "after", "late")
ALONE: list[tuple[str, str, Ending]] = [
    *((name, mode, fault) for name in OF_STATE for mode in ("token", "pool", "link") for fault in LOSSES),
    *((name, mode, "after") for name in OF_WORDS for mode in ("token", "link")),
]


@pytest.mark.parametrize(("name", "mode", "fault"), ALONE)
def test_one_loss_with_each_quirk(mode: str, name: str, fault: Ending) -> None:
    told, there = run(told_and_there(mode, {name: QUIRKS[name].default}, [fault]))
    assert contradiction(told, blameless(there, told, {name})) is None


Changed = Meeting | BookItError | None


async def changed_and_there(
    change: str, quirks: Mapping[str, float], faults: list[Ending]
) -> tuple[Changed, list[tuple[str, datetime]], tuple[str, datetime]]:
    """Return what the caller of a move or a cancel was told, what stands then, and what stood before."""
    clock = Clock()
    sandbox = Sandbox(now=lambda: NOW + timedelta(seconds=clock.now - 1000), quirks=quirks, seed=1, tcp=False)
    transport = Flaky(sandbox.transport, (), on="meeting/")
    client = BookIt(
        sandbox.api_key, transport=transport, clock=clock, now=clock.wall, sleep=clock.sleep, jitter=lambda: 1.0
    )
    booked = await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS)
    assert isinstance(booked, Booked)
    clock.now += 60  # what lags is seen by now
    before = (booked.meeting_id, booked.start)
    plan: list[Fault] = [*faults]
    transport.plan = plan
    told: Changed
    try:
        if change == "cancel":
            await client.cancel(booked.meeting_id)
            told = None
        else:
            moved = await client.reschedule(booked.meeting_id, timezone=ZONE, slot=booked.start + timedelta(days=1))
            assert isinstance(moved, Meeting)
            told = moved
    except BookItError as error:
        told = error
    return told, [(one.told_id, one.start) for one in sandbox.meetings if one.status != "canceled"], before


@settings(max_examples=tries(60), deadline=None)
@given(
    change=st.sampled_from(CHANGES),
    names=st.sets(st.sampled_from(sorted(OF_STATE.keys() - UNCHANGEABLE - {"booked_despite_400"})), max_size=4),
    faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=4),
)
def test_what_is_told_of_a_change_is_what_there_is(change: str, names: set[str], faults: list[Ending]) -> None:
    told, there, before = run(changed_and_there(change, read_quirks(names).values, faults))
    if isinstance(told, Meeting):
        assert there == [(told.id, told.start)]
    elif told is None:
        assert there == []
    elif isinstance(told, MeetingNotFoundError):
        assert before not in there
    elif not isinstance(told, OutcomeUnknownError):
        assert there == [before]
