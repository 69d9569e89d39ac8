"""Many bookings: everyone at once, and one after the other."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import combinations, groupby
from random import SystemRandom

import orjson
import pytest

from bookit_async import BookIt, Offer, SlotTakenError
from bookit_async._generated.models import BookedRoundRobinMeeting, SelectedPoolTime, UserField
from bookit_async.sandbox import Clock, MeetingRecord, Sandbox, World
from bookit_async.sandbox.service.desk import Desk
from bookit_async.sandbox.world import Schedule
from bookit_async.sandbox.world.journal import new_journal

from ...sampling import tries
from ..front_door import BOOK_POOL, FETCH, Door, filled

pytestmark = pytest.mark.long

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
WEIGHTS = {"ann": 5, "bob": 3, "cyd": 1, "dee": 1}


def pool_world(*, hours: str, **meeting_type: object) -> World:
    hosts = [
        {
            "user_id": name,
            "first_name": name,
            "last_name": "Host",
            "email": f"{name}@team.example",
            "timezone": "UTC",
            "hours": dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), hours),
        }
        for name in WEIGHTS
    ]
    members = [{"user_id": name, "weight": weight} for name, weight in WEIGHTS.items()]
    return World.from_dict(
        {
            "hosts": hosts,
            "meeting_types": [{"name": "Call", **meeting_type}],
            "pools": [{"pool_id": "pool", "name": "Pool", "members": members}],
            "links": [{"link_id": "pool", "schedule": {"meeting_type": "Call", "pool": "pool"}}],
        }
    )


def one_slot_a_day() -> World:
    return pool_world(hours="09:00-09:30", minutes=30, slot_step=30, days_ahead=1)


async def test_of_a_thousand_bookings_at_once_a_hundred_slots_are_sold_once_each() -> None:
    """Twenty-five times with four hosts each; forty callers want each time."""
    world = pool_world(hours="08:00-10:05", minutes=5, slot_step=5, days_ahead=1)
    form = [UserField.read(answer) for answer in filled()]
    async with (
        Sandbox(world, now=NOW, seed=1) as sandbox,
        BookIt(sandbox.api_key, base_url=sandbox.url, max_connections=100, timeout=30) as client,
    ):
        offer = await client.availability(link_id="pool")
        assert isinstance(offer, Offer)
        assert len(offer.slots) == 25

        async def book(number: int) -> BookedRoundRobinMeeting | SlotTakenError:
            slot = offer.slots[number % 25]
            selected = SelectedPoolTime(
                start_time=slot.start_milliseconds,
                end_time=slot.end_milliseconds,
                timezone="UTC",
                users=list(slot.host_ids),
            )
            try:
                return await client.api.book_round_robin_meeting(
                    scheduled_time=selected, user_fields=form, link_id="pool"
                )
            except SlotTakenError as error:
                return error

        answers = await asyncio.gather(*(book(number) for number in range(1000)))
        refused = [answer for answer in answers if isinstance(answer, SlotTakenError)]
        booked = {answer.meeting_id for answer in answers if isinstance(answer, BookedRoundRobinMeeting)}
        assert (len(booked), len(refused)) == (100, 900)
        assert {orjson.loads(error.body)["error"] for error in refused} == {"The selected time is no longer available."}
        assert booked == {meeting.id for meeting in sandbox.meetings}

    by_host = sorted(sandbox.meetings, key=lambda meeting: (meeting.host_id, meeting.span))
    for _, meetings in groupby(by_host, key=lambda meeting: meeting.host_id):
        for first, second in combinations(meetings, 2):
            assert first.end <= second.start


def shared_out(meetings: Iterable[MeetingRecord], total: int) -> None:
    shares = Counter(meeting.host_id for meeting in meetings)
    assert shares.total() == total
    for name, weight in WEIGHTS.items():
        assert shares[name] == pytest.approx(total * weight / sum(WEIGHTS.values()), rel=0.02)


async def test_through_the_front_door_every_host_gets_their_share() -> None:
    """One slot a day, at which everyone is free; each booking takes the slot's users in the slot's order."""
    door = Door(Sandbox(one_slot_a_day(), now=NOW, seed=1, tcp=False))
    for _ in range(1000):
        page = (await door.post(FETCH, {"linkId": "pool"})).json["availability"]
        (slot,) = page["timeSlots"]
        selected = {"start_time": slot["start_time"], "end_time": slot["end_time"], "timezone": "UTC"}
        selected["users"] = [page["indexToUserIdMap"][str(user)] for user in slot["users"]]
        assert len(selected["users"]) == 4
        reply = await door.post(BOOK_POOL, {"linkId": "pool", "scheduledTime": selected, "userFields": filled()})
        assert reply.status == 200
        door.sandbox.clock.advance(timedelta(days=1))
    shared_out(door.sandbox.meetings, 1000)


def test_over_ten_thousand_bookings_every_host_gets_their_share() -> None:
    """The same at the desk, without the wire around it."""
    clock, schedule = Clock(NOW), Schedule(meeting_type="Call", pool="pool")
    desk = Desk(one_slot_a_day(), now=clock, journal=new_journal(SystemRandom()))
    count = max(tries(10_000), 1000)
    for number in range(count):
        (slot,) = desk.slots(schedule)
        assert len(slot.host_ids) == 4
        host = desk.free_host(schedule, slot.span, wanted=slot.host_ids)
        meeting = MeetingRecord(
            id=str(number),
            status="scheduled",
            meeting_type="Call",
            host_id=host.user_id,
            host_email=host.email,
            span=slot.span,
            timezone="UTC",
            prospect_email="grace@navy.example",
            guests=(),
            answers={},
            pool_id="pool",
            cancel_link="",
            reschedule_link="",
        )
        desk.book(meeting, spends=None)
        clock.advance(timedelta(days=1))
    shared_out(desk.diary.meetings.values(), count)
