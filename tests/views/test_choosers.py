"""Choosers written down as JSON values, and made again from them."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from bookit_async import (
    InvalidInputError,
    Slot,
    SlotChoice,
    all_of,
    at,
    between,
    earliest,
    first_of,
    nearest,
    on,
    read_chooser,
    write_chooser,
)

HOUR = 3_600_000
MONDAY = datetime(2025, 5, 5, tzinfo=UTC)
SLOTS = [
    Slot(start_milliseconds=start, end_milliseconds=start + HOUR, host_ids=("anna",))
    for start in range(int(MONDAY.timestamp()) * 1000, int(MONDAY.timestamp()) * 1000 + 72 * HOUR, HOUR)
]
CHOICES: list[SlotChoice] = [
    earliest(),
    at(SLOTS[5].start),
    SLOTS[5].start,
    SLOTS[5],
    nearest(SLOTS[7].start),
    between(time(9), time(17, 30), timezone="Europe/Paris", weekdays=[1, 2]),
    between(time(22), time(2), timezone="America/Denver"),
    on(date(2025, 5, 6), timezone="Asia/Tokyo"),
    all_of(on(date(2025, 5, 6), timezone="UTC"), between(time(9), time(17), timezone="UTC")),
    first_of(between(time(9), time(10), timezone="UTC"), earliest()),
]
DAMAGED: list[dict[str, Any]] = [
    {},
    {"chooser": "by the moon"},
    {"chooser": "at"},
    {"chooser": "at", "start": "noon"},
    {"chooser": "between", "first": "nine", "last": "17:00", "timezone": "UTC", "weekdays": [1]},
    {"chooser": "between", "first": "09:00", "last": "17:00", "timezone": "Mars/Base", "weekdays": [1]},
    {"chooser": "all_of", "choosers": [{"chooser": "slot", "start": 1, "end": 2}]},
    {"chooser": "all_of", "choosers": 5},
]


def wanted(choice: SlotChoice) -> Sequence[Slot]:
    if isinstance(choice, Slot):
        return [choice]
    return list((at(choice) if isinstance(choice, datetime) else choice)(SLOTS))


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_a_choice_that_was_written_down_wants_the_same(choice: SlotChoice) -> None:
    again = read_chooser(json.loads(json.dumps(write_chooser(choice))))
    assert wanted(again) == wanted(choice) != []


def test_a_function_of_ones_own_cannot_be_written_down() -> None:
    with pytest.raises(InvalidInputError, match="function of your own"):
        first_of(earliest(), lambda slots: slots).to_dict()


@pytest.mark.parametrize("data", DAMAGED, ids=str)
def test_what_is_not_a_choice_is_told(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        read_chooser(data)


@pytest.mark.parametrize("spread", [2, 5, 100])
def test_a_spread_mixes_the_first_slots_and_leaves_the_others_in_order(spread: int) -> None:
    chooser = earliest(spread=spread)
    firsts: set[Slot] = set()
    for _ in range(200):
        chosen = list(chooser(SLOTS))
        assert sorted(chosen) == SLOTS
        assert set(chosen[:spread]) == set(SLOTS[:spread])
        assert chosen[spread:] == SLOTS[spread:]
        firsts.add(chosen[0])
    assert len(firsts) > 1
    assert read_chooser(json.loads(json.dumps(write_chooser(chooser)))) == chooser
    assert chooser([]) == []


@pytest.mark.parametrize("spread", [0, -1, 1.5, True, "2"])
def test_a_spread_is_a_whole_number_from_one_on(spread: Any) -> None:
    with pytest.raises(InvalidInputError, match="spread must be a whole number from 1 on"):
        earliest(spread=spread)


def test_a_spread_of_one_is_the_plain_order() -> None:
    assert earliest(spread=1) is earliest()
