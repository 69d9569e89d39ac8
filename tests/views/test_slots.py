"""Choosers as tables: from slots to the order in which they will do."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookit_async import Chooser, InvalidInputError, Slot, all_of, at, between, earliest, first_of, nearest, on
from bookit_async.views.choosers import SlotChoice, prefer

MONDAY = datetime(2025, 5, 5, tzinfo=UTC)


def slot(day: int, hour: int, minute: int = 0, *hosts: str) -> Slot:
    start = MONDAY + timedelta(days=day, hours=hour, minutes=minute)
    ms = int(start.timestamp() * 1000)
    return Slot(start_milliseconds=ms, end_milliseconds=ms + 1_800_000, host_ids=hosts)


A, B, C, D = slot(0, 9), slot(0, 16, 30), slot(1, 9), slot(5, 23)
SHUFFLED = [C, A, D, B]

CHOICES: list[tuple[str, SlotChoice, list[Slot]]] = [
    ("earliest", earliest(), [A, B, C, D]),
    ("at one", at(C.start), [C]),
    ("at none", at(MONDAY), []),
    ("nearest to a slot", nearest(C.start), [C, B, A, D]),
    ("nearest, of two equally close the earlier", nearest(MONDAY + timedelta(hours=21)), [B, A, C, D]),
    ("between, in UTC", between(time(9), time(16, 30), timezone="UTC"), [A, C]),
    ("between, last excluded", between(time(16, 30), time(16, 31), timezone="UTC"), [B]),
    ("between, in another zone", between(time(2), time(3), timezone="America/Los_Angeles"), [A, C]),
    ("between, over midnight", between(time(22), time(10), timezone="UTC"), [A, C, D]),
    ("between, the whole day", between(time(0), time(0), timezone="UTC"), [A, B, C, D]),
    ("between, on weekdays", between(time(0), time(0), timezone="UTC", weekdays=[1, 5]), [C, D]),
    ("between, on local weekdays", between(time(0), time(0), timezone="Asia/Tokyo", weekdays=[6]), [D]),
    ("between, on no day", between(time(0), time(0), timezone="UTC", weekdays=[]), []),
    ("on a day", on(date(2025, 5, 5), timezone="UTC"), [A, B]),
    ("on a local day", on(date(2025, 5, 11), timezone="Asia/Tokyo"), [D]),
    ("on a day without slots", on(date(2025, 5, 7), timezone="UTC"), []),
    ("all of one", all_of(nearest(C.start)), [C, B, A, D]),
    (
        "all of two, in the order of the first",
        all_of(nearest(C.start), between(time(9), time(10), timezone="UTC")),
        [C, A],
    ),
    ("all of contradictions", all_of(at(A.start), at(B.start)), []),
    ("first of", first_of(at(MONDAY), at(D.start), earliest()), [D, A, B, C]),
    ("first of a combination", first_of(all_of(earliest(), at(C.start)), at(B.start)), [C, B]),
    ("first of none", first_of(), []),
    ("a slot", B, [B]),
    ("a datetime", B.start, [B]),
    ("any function", lambda slots: [slots[0], slots[-1]], [C, B]),
]


@pytest.mark.parametrize(("choice", "expected"), [row[1:] for row in CHOICES], ids=[row[0] for row in CHOICES])
def test_a_choice_gives_slots_the_best_first(choice: SlotChoice, expected: list[Slot]) -> None:
    assert prefer(choice, SHUFFLED) == expected


def test_a_chosen_slot_is_the_one_that_the_offer_holds_with_its_hosts() -> None:
    mine = slot(0, 9)
    held = slot(0, 9, 0, "host-1", "host-2")
    assert prefer(mine, [held])[0].host_ids == ("host-1", "host-2")


REFUSED: list[tuple[str, SlotChoice, list[Slot], str]] = [
    ("a slot that is not offered", A, [B, C], r"no open slot starts at 2025-05-05T09:00.*nearest.*T16:30"),
    ("a datetime at which none starts", MONDAY, [B], r"no open slot starts at 2025-05-05T00:00"),
    ("an empty offer", A, [], "the offer has no slots"),
    ("a chooser that makes slots up", lambda _: [A], [B], "the chooser gave a slot that the offer does not hold"),
]


@pytest.mark.parametrize(("choice", "slots", "sentence"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
def test_a_slot_outside_the_offer_is_refused(choice: SlotChoice, slots: list[Slot], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        prefer(choice, slots)


NAIVE = datetime(2025, 5, 5, 9, 0)  # noqa: DTZ001 - a naive one is what is refused

BAD_CHOOSERS: list[tuple[str, Callable[[], Chooser], list[str]]] = [
    ("at, naive", lambda: at(NAIVE), ["naive"]),
    ("nearest, naive", lambda: nearest(NAIVE), ["naive"]),
    (
        "between, all wrong at once",
        lambda: between(time(9, tzinfo=UTC), time(10), timezone="Mars/Base", weekdays=[7]),
        ["timezone must be an IANA", "leave its tzinfo out", "weekdays must be a list of numbers"],
    ),
    ("on, an unknown zone", lambda: on(date(2025, 5, 5), timezone="Mars/Base"), ["timezone must be an IANA"]),
]


@pytest.mark.parametrize(("make", "problems"), [row[1:] for row in BAD_CHOOSERS], ids=[row[0] for row in BAD_CHOOSERS])
def test_a_chooser_checks_what_it_is_made_from(make: Callable[[], Chooser], problems: list[str]) -> None:
    with pytest.raises(InvalidInputError) as caught:
        make()
    assert len(caught.value.problems) == len(problems)
    for found, expected in zip(caught.value.problems, problems, strict=True):
        assert expected in found


INSTANTS = st.integers(min_value=0, max_value=4_102_444_800_000)


@given(starts=st.lists(INSTANTS, max_size=30), wanted=INSTANTS)
def test_no_chooser_gives_a_slot_that_it_was_not_given(starts: list[int], wanted: int) -> None:
    slots = [Slot(start_milliseconds=start, end_milliseconds=start + 1) for start in starts]
    instant = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=wanted)
    choosers: list[Any] = [
        earliest(),
        at(instant),
        nearest(instant),
        between(time(9), time(17), timezone="Asia/Kathmandu"),
        on(instant.date(), timezone="Australia/Lord_Howe"),
        first_of(at(instant), all_of(nearest(instant), earliest())),
    ]
    for chooser in choosers:
        assert set(prefer(chooser, slots)) <= set(slots)


@given(start=INSTANTS)
def test_a_slot_is_its_milliseconds_and_they_survive_the_datetime(start: int) -> None:
    one = Slot(start_milliseconds=start, end_milliseconds=start + 900_000)
    assert prefer(one.start, [one]) == [one]
    assert one.end - one.start == timedelta(minutes=15)
    assert one == Slot(start_milliseconds=start, end_milliseconds=start + 900_000, host_ids=("other",))
    assert str(one) == f"{one.start.isoformat()}/{one.end.isoformat()}"
