"""Choosers written down as JSON values, and made again from them."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from math import inf, nan
from typing import Any

import pytest

from bookit_async import (
    InvalidInputError,
    NotRouted,
    Slot,
    SlotChoice,
    WrittenChooser,
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
SLOT: dict[str, Any] = {"chooser": "slot", "start": 1_746_547_200_000, "end": 1_746_549_000_000}
DAMAGED: list[dict[str, Any]] = [
    {},
    {"chooser": "by the moon"},
    {"chooser": "at"},
    {"chooser": "at", "start": "noon"},
    {"chooser": "between", "first": "nine", "last": "17:00", "timezone": "UTC", "weekdays": [1]},
    {"chooser": "between", "first": "09:00", "last": "17:00", "timezone": "Mars/Base", "weekdays": [1]},
    {"chooser": "all_of", "choosers": [{"chooser": "slot", "start": 1, "end": 2}]},
    {"chooser": "all_of", "choosers": 5},
    {"chooser": ["at"], "start": 1},
    {"chooser": 10**5000},
    {"chooser": "at", "start": inf},
    {"chooser": "at", "start": nan},
    {"chooser": "at", "start": 10**30},
    {"chooser": "nearest", "start": inf},
    {"chooser": "nearest", "start": -(10**30)},
    {"chooser": "first_of", "choosers": [{"chooser": "at", "start": inf}]},
    {**SLOT, "start": "x"},
    {**SLOT, "end": None},
    {**SLOT, "end": inf},
    {**SLOT, "start": 1.5},
    {**SLOT, "start": True},
    {**SLOT, "end": 10**30},
    {"chooser": "slot", "start": 1_746_547_200_000},
    {**SLOT, "host_ids": "anna"},
    {**SLOT, "host_ids": [5]},
    {**SLOT, "host_ids": 5},
]
UNWRITTEN: list[tuple[Any, str]] = [
    (WrittenChooser, "slot must be a Slot, an aware datetime or a chooser .*, not a class"),
    (5, r"slot must be a Slot, an aware datetime or a chooser .*: offer\.slots"),
    (None, "slot must be .*: leave it out for the earliest"),
    (earliest, r"slot must be a chooser, and earliest makes one: write earliest\(\)"),
    (datetime(2025, 5, 5), "slot is a naive datetime"),  # noqa: DTZ001 - a naive one is what is refused
    (NotRouted(), "slot must be .*, and is of type NotRouted"),
    (lambda: (), "slot must be a function that takes one argument"),
    (lambda slots: slots, "a function of your own cannot be written down"),  # pyright: ignore[reportUnknownLambdaType]
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


@pytest.mark.parametrize(("choice", "sentence"), UNWRITTEN)
def test_what_cannot_say_which_slot_is_not_written_down(choice: Any, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence) as caught:
        write_chooser(choice)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("data", DAMAGED)
def test_what_is_not_a_choice_is_told(data: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_chooser(data)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize("kind", ["all_of", "first_of"])
def test_choosers_in_thousands_of_choosers_are_told(kind: str) -> None:
    data: dict[str, Any] = {"chooser": "earliest"}
    for _ in range(10_000):
        data = {"chooser": kind, "choosers": [data]}
    with pytest.raises(InvalidInputError, match="is nested too deeply to be read") as caught:
        read_chooser(data)
    assert len(caught.value.problems) == 1


def test_a_slot_is_read_with_the_hosts_that_were_written_down() -> None:
    slot = read_chooser({**SLOT, "host_ids": ["anna", "ben"]})
    assert isinstance(slot, Slot)
    assert slot.host_ids == ("anna", "ben")


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
