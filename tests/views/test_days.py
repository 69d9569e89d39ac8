"""Slots on the calendar of every kind of zone: gaps and folds, odd offsets, changed rules, the date line."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookit_async import Offer, Slot, at, nearest
from bookit_async._generated.models import Availability
from bookit_async.times import to_milliseconds
from bookit_async.views.choosers import prefer
from bookit_async.views.pages import read_slots

from ..scripted import client_of

ZONES = [
    "America/New_York",  # gaps and folds at 02:00
    "America/Los_Angeles",
    "Australia/Lord_Howe",  # a half-hour daylight saving
    "Asia/Kathmandu",  # +05:45
    "Asia/Kolkata",  # +05:30
    "Australia/Eucla",  # +08:45
    "America/St_Johns",  # -03:30 with daylight saving
    "Pacific/Chatham",  # +12:45 with daylight saving
    "Africa/Casablanca",  # daylight saving the wrong way round
    "Asia/Pyongyang",  # changed its rules in 2015 and 2018
    "Europe/Volgograd",  # changed its rules in 2020
    "Pacific/Apia",  # skipped 30 December 2011
    "Pacific/Kiritimati",  # +14
    "Pacific/Pago_Pago",  # -11
    "UTC",
]
CHANGES = [
    datetime(2025, 3, 9, 7, tzinfo=UTC),  # New York springs forward
    datetime(2025, 11, 2, 6, tzinfo=UTC),  # and falls back
    datetime(2025, 10, 4, 15, 30, tzinfo=UTC),  # Lord Howe
    datetime(2025, 4, 5, 14, tzinfo=UTC),  # Chatham
    datetime(2011, 12, 30, 10, tzinfo=UTC),  # Apia
    datetime(2018, 5, 4, 15, tzinfo=UTC),  # Pyongyang
    datetime(2025, 1, 1, tzinfo=UTC),
]


def _near(change: datetime, minutes: int) -> int:
    return to_milliseconds(change) + minutes * 60_000


AROUND_A_CHANGE = st.builds(_near, st.sampled_from(CHANGES), st.integers(min_value=-2880, max_value=2880))
STARTS = st.lists(AROUND_A_CHANGE | st.integers(min_value=0, max_value=4_102_444_800_000), min_size=1, max_size=20)


async def offer_of(starts: list[int]) -> Offer:
    slots = [{"start_time": start, "end_time": start + 1_800_000, "users": [0]} for start in starts]
    client, _ = client_of({"availability": {"indexToUserIdMap": {"0": "h1"}, "timeSlots": slots}})
    offer = await client.availability(link_id="l")
    assert isinstance(offer, Offer)
    return offer


def slots_of(starts: list[int]) -> Sequence[Slot]:
    wire: dict[str, Any] = {"timeSlots": [{"start_time": start, "end_time": start + 1_800_000} for start in starts]}
    return read_slots(Availability.read(wire))


@given(starts=STARTS)
def test_an_instant_survives_every_zone(starts: list[int]) -> None:
    for slot in slots_of(starts):
        for name in ZONES:
            local = slot.start.astimezone(ZoneInfo(name))
            assert to_milliseconds(local) == slot.start_milliseconds
            assert prefer(local, [slot]) == [slot]
            assert prefer(at(local), [slot]) == prefer(nearest(local), [slot]) == [slot]
            assert slot.end.astimezone(ZoneInfo(name)) - slot.end == timedelta()


@pytest.mark.parametrize("zone", ZONES)
async def test_days_hold_every_slot_once_on_its_local_day_in_order(zone: str) -> None:
    starts = [to_milliseconds(change) + step * 1_800_000 for change in CHANGES for step in range(-96, 96, 5)]
    offer = await offer_of(starts)
    days = offer.days(zone)
    assert [slot for slots in days.values() for slot in slots] == list(offer.slots)
    assert list(days) == sorted(days)
    for day, slots in days.items():
        assert {slot.start.astimezone(ZoneInfo(zone)).date() for slot in slots} == {day}


async def test_a_day_with_25_hours_and_one_with_23_hold_what_the_clock_shows() -> None:
    for noon, hours in ((datetime(2025, 3, 9, 16, tzinfo=UTC), 23), (datetime(2025, 11, 2, 17, tzinfo=UTC), 25)):
        starts = [to_milliseconds(noon) + hour * 3_600_000 for hour in range(-30, 30)]
        days = (await offer_of(starts)).days("America/New_York")
        assert len(days[noon.date()]) == hours


async def test_a_skipped_day_is_no_day() -> None:
    starts = [to_milliseconds(datetime(2011, 12, 29, tzinfo=UTC)) + hour * 3_600_000 for hour in range(72)]
    assert "2011-12-30" not in {day.isoformat() for day in (await offer_of(starts)).days("Pacific/Apia")}


async def test_both_hours_of_a_fold_can_be_booked_by_their_datetime() -> None:
    first = datetime(2025, 11, 2, 1, 30, tzinfo=ZoneInfo("America/New_York"))
    second = first.replace(fold=1)
    offer = await offer_of([to_milliseconds(first), to_milliseconds(second)])
    assert [prefer(one, offer.slots) for one in (first, second)] == [[offer.slots[0]], [offer.slots[1]]]
