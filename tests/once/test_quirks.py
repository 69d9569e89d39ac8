"""Whatever the service is like, and whatever is lost: what is told of bookings is what there is in the sandbox."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookit_async import Booked, BookIt, BookItError, OutcomeUnknownError
from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.world.quirks import QUIRKS, read_quirks

from ..clock import Clock, run
from ..conftest import NOW
from ..flaky import FAULTS, Ending, Flaky
from ..scenes import MODES

PLAYED = ("token", "pool", "link")
NOT_PROMISED = {"sent_twice"}
"""What refuses the second of the two is told as the answer to the first."""


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
    return told, [meeting.told_id for meeting in sandbox.meetings if meeting.status != "canceled"]


def contradiction(told: Booked | BookItError, there: list[str]) -> str | None:
    """Return in what the two contradict each other; None when they do not."""
    if len(there) > 1:
        return f"{len(there)} meetings"
    if isinstance(told, Booked):
        return None if there == [told.meeting_id] else f"told {told.meeting_id}, there is {there}"
    if isinstance(told, OutcomeUnknownError):
        return None
    return f"told {told!r}, there is {there}" if there else None


@settings(max_examples=60, deadline=None)
@given(
    mode=st.sampled_from(PLAYED),
    names=st.sets(st.sampled_from(sorted(QUIRKS.keys() - NOT_PROMISED)), max_size=4),
    faults=st.lists(st.sampled_from(FAULTS), min_size=1, max_size=4),
)
def test_what_is_told_is_what_there_is(mode: str, names: set[str], faults: list[Ending]) -> None:
    told, there = run(told_and_there(mode, read_quirks(names).values, faults))
    assert contradiction(told, there) is None


@pytest.mark.parametrize("name", sorted(QUIRKS.keys() - NOT_PROMISED))
@pytest.mark.parametrize("mode", PLAYED)
@pytest.mark.parametrize("fault", ["before", "after", "late"])
def test_one_loss_with_each_quirk(mode: str, name: str, fault: Ending) -> None:
    told, there = run(told_and_there(mode, {name: QUIRKS[name].default}, [fault]))
    assert contradiction(told, there) is None
