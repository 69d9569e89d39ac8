"""The sandbox's time, and everything that follows it."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.world.clock import Clock

from ..front_door import BOOK, FETCH, Door, booking
from ..worlds import small_world

MONDAY = datetime(2026, 5, 4, 6, tzinfo=UTC)


def test_it_stands_still_until_it_is_moved() -> None:
    clock = Clock(MONDAY.astimezone(timezone(timedelta(hours=5, minutes=45))))
    assert clock() == clock() == MONDAY
    assert clock().tzinfo is UTC
    clock.advance(timedelta(hours=2))
    clock.advance(timedelta(minutes=-30))
    assert clock() == MONDAY + timedelta(minutes=90)
    clock.set(MONDAY)
    assert clock() == MONDAY
    assert repr(clock) == "<Clock at 2026-05-04T06:00:00+00:00>"


def test_a_clock_that_runs_runs_on_from_where_it_is_put() -> None:
    clock = Clock()
    before = datetime.now(UTC)
    clock.advance(timedelta(days=1))
    assert before <= clock() - timedelta(days=1) <= datetime.now(UTC)
    assert clock() <= clock()


def test_a_function_may_tell_the_time() -> None:
    times = iter([MONDAY, MONDAY + timedelta(hours=1)])
    clock = Clock(lambda: next(times))
    assert [clock(), clock()] == [MONDAY, MONDAY + timedelta(hours=1)]


def test_a_naive_datetime_is_refused() -> None:
    naive = datetime(2026, 5, 4)  # noqa: DTZ001 - the mistake
    with pytest.raises(ValueError, match=r"2026-05-04T00:00:00 is naive: give a datetime with a time zone"):
        Sandbox(small_world(), now=naive)
    clock = Clock(MONDAY)
    with pytest.raises(ValueError, match="naive"):
        clock.set(naive)
    assert clock() == MONDAY


async def starts(door: Door, plan: str = "solo") -> list[datetime]:
    page = (await door.route(plan))["scheduling"]
    return [
        datetime.fromtimestamp(slot["start_time"] / 1000, UTC) for slot in page["availability"].get("timeSlots", ())
    ]


async def test_slots_and_notice_follow_it(door: Door) -> None:
    assert (await starts(door))[0] == MONDAY.replace(hour=8)
    assert (await starts(door, "notice"))[0] == MONDAY.replace(day=5, hour=8)
    door.sandbox.clock.advance(timedelta(hours=2, minutes=1))
    assert (await starts(door))[0] == MONDAY.replace(hour=8, minute=30)
    assert (await starts(door, "notice"))[0] == MONDAY.replace(day=5, hour=8, minute=30)
    assert (await starts(door))[-1] == MONDAY.replace(day=6, hour=9, minute=30)
    door.sandbox.clock.set(datetime(2026, 6, 2, tzinfo=UTC))
    assert await starts(door, "questions") == []


async def test_a_slot_that_has_begun_cannot_be_booked_nor_moved_to(door: Door) -> None:
    routed = await door.route("solo")
    meeting_id = await door.book_solo(uid="other", slot=-1)
    door.sandbox.clock.set(MONDAY.replace(hour=8, minute=1))
    too_soon = {"error": "Validation Error: Scheduled time is before the minimum booking notice"}
    body = booking(routed["scheduling"])
    assert (await door.post(BOOK, {**body, "token": routed["routing"]["token"]})).json == too_soon
    assert (await door("PATCH", f"/v1/meeting/{meeting_id}", body)).json == too_soon


async def test_the_list_begins_now(door: Door) -> None:
    await door.book_solo()
    path = "/v1/meetings?prospectEmail=grace@navy.example"
    assert len((await door("GET", path)).json) == 1
    door.sandbox.clock.advance(timedelta(hours=3))
    assert (await door("GET", path)).json == []
    assert (await door.post(FETCH, {"meetingId": door.sandbox.meetings[0].id})).status == 200
