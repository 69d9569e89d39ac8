"""Choosers as tables: from slots to the order in which they will do."""

import operator
import pickle
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookit_async import Chooser, InvalidInputError, Offer, Slot, all_of, at, between, earliest, first_of, nearest, on
from bookit_async.errors import refuse
from bookit_async.views import choosers
from bookit_async.views.choosers import SlotChoice, choice_problem, prefer

from ..scripted import client_of

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


# --- the clock of a zone ---

DENVER = "America/Denver"
EVENING = slot(0, 1, 30, "host-1")
"""Monday in UTC; Sunday evening in Denver."""


def test_a_local_slot_shows_the_clock_of_its_zone_and_is_the_same_slot() -> None:
    local = EVENING.local(DENVER)
    assert f"{local.start:%a %H:%M} {local.end:%H:%M}" == "Sun 19:30 20:00"
    assert local.start == EVENING.start
    assert local.host_ids == ("host-1",)
    assert (local, EVENING) == (EVENING, local)
    assert hash(local) == hash(EVENING)
    assert {local, EVENING, A} == {EVENING, A}
    assert local.local("Asia/Tokyo").start.hour == 10
    again = pickle.loads(pickle.dumps(local))  # noqa: S301 - our own bytes
    assert (again, again.start.utcoffset(), again.host_ids) == (local, local.start.utcoffset(), ("host-1",))
    assert prefer(local, [EVENING]) == [EVENING]
    five: object = 5
    assert local != five
    assert local != A


def test_local_slots_are_in_the_order_of_the_others() -> None:
    local = B.local(DENVER)
    assert sorted([C, local, A.local("Asia/Tokyo")]) == [A, B, C]
    assert (local < C, local <= B, local > A, local >= B) == (True, True, True, True)
    assert (local < A, local <= A, local > C, local >= C) == (False, False, False, False)
    for compare in (operator.lt, operator.le, operator.gt, operator.ge):
        with pytest.raises(TypeError):
            compare(local, 5)


def test_an_unknown_zone_has_no_clock() -> None:
    with pytest.raises(InvalidInputError, match="timezone must be an IANA"):
        EVENING.local("Mars/Base")


async def test_an_offer_picks_what_it_would_book_and_shows_local_days() -> None:
    slots = [
        {"start_time": one.start_milliseconds, "end_time": one.end_milliseconds, "users": [0]} for one in (EVENING, B)
    ]
    client, _ = client_of({"availability": {"indexToUserIdMap": {"0": "h1"}, "timeSlots": slots}})
    offer = await client.availability(link_id="l")
    assert isinstance(offer, Offer)
    assert offer.pick(earliest()) == EVENING
    assert offer.pick(on(date(2025, 5, 5), timezone=DENVER)) == B
    assert offer.pick(on(date(2025, 5, 9), timezone=DENVER)) is None
    with pytest.raises(InvalidInputError, match="earliest makes one"):
        offer.pick(earliest)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    shown = {day: [f"{one.start:%d %H:%M}" for one in group] for day, group in offer.days(DENVER).items()}
    assert shown == {date(2025, 5, 4): ["04 19:30"], date(2025, 5, 5): ["05 10:30"]}


# --- what cannot say which slot is wanted ---


async def _async_chooser(slots: Sequence[Slot]) -> Sequence[Slot]:
    return slots


def _hidden_coroutine(slots: Sequence[Slot]) -> Any:
    return _async_chooser(slots)


def _gives_none(_: Sequence[Slot]) -> None: ...


def _gives_text(_: Sequence[Slot]) -> str:
    return "09:00"


def _no_arguments() -> list[Slot]:
    return []


NO_CHOICES: list[tuple[str, Any, str]] = [
    ("a maker that was not called", earliest, r"earliest makes one: write earliest\(\)"),
    ("None", None, "leave it out for the earliest"),
    ("a class", Slot, "not a class"),
    ("text", "09:00", r"datetime.fromisoformat\(...\) reads text"),
    ("a day", date(2025, 5, 5), r"on\(day, timezone=...\)"),
    ("a time of day", time(9), r"between\(first, last"),
    ("a place", 0, r"offer.slots\[...\]"),
    ("a list", [A], r"first_of\("),
    ("another thing", object(), "and is of type object"),
    ("an async function", _async_chooser, "it is async"),
    ("a function of nothing", _no_arguments, "takes one argument"),
    ("a naive datetime", NAIVE, "naive"),
]


@pytest.mark.parametrize(("choice", "sentence"), [row[1:] for row in NO_CHOICES], ids=[row[0] for row in NO_CHOICES])
def test_what_cannot_choose_is_told_with_the_call_that_was_meant(choice: Any, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        refuse(choice_problem(choice))


GIVEN: list[tuple[str, Any, str]] = [
    ("nothing", _gives_none, "the chooser gave None"),
    ("text", _gives_text, "a value of type str"),
    ("a coroutine", _hidden_coroutine, "the chooser is async"),
]


@pytest.mark.parametrize(("choice", "sentence"), [row[1:] for row in GIVEN], ids=[row[0] for row in GIVEN])
def test_what_a_chooser_cannot_give_is_told(choice: Any, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        prefer(choice, [A, B])


def test_a_chooser_may_give_one_slot_or_any_iterable() -> None:
    assert prefer(lambda slots: slots[0], [A, B]) == [A]  # type: ignore[arg-type,return-value] # pyright: ignore[reportArgumentType]
    assert prefer(lambda slots: iter(slots), [A, B]) == [A, B]  # pyright: ignore[reportArgumentType]  # noqa: PLW0108


def test_a_function_that_does_not_tell_its_arguments_is_tried() -> None:
    refuse(choice_problem(min))


ANY: Any = choosers
"""Their makers, as callers without a type checker have them."""

BAD_ARGUMENTS: list[tuple[str, Callable[[], Any], str]] = [
    ("between, text", lambda: ANY.between("09:00", time(10), timezone="UTC"), r"time.fromisoformat\(...\) reads it"),
    ("between, a datetime", lambda: ANY.between(MONDAY, time(10), timezone="UTC"), r"give its .time\(\)"),
    ("between, a number", lambda: ANY.between(9, time(10), timezone="UTC"), r"such as time\(9, 30\)"),
    (
        "between, weekdays that are none",
        lambda: ANY.between(time(9), time(10), timezone="UTC", weekdays=0),
        "weekdays must",
    ),
    ("on, text", lambda: ANY.on("2025-05-05", timezone="UTC"), r"date.fromisoformat\(...\) reads text"),
    ("on, a number", lambda: ANY.on(5, timezone="UTC"), r"such as date\(2025, 5, 6\)"),
    ("at, text", lambda: ANY.at("2025"), "not text"),
    ("at, a day", lambda: ANY.at(date(2025, 5, 5)), "not a day"),
    ("at, a time of day", lambda: ANY.at(time(9)), "not a time of day"),
    ("at, a number", lambda: ANY.at(5), "not a number"),
    ("first of a datetime", lambda: ANY.first_of(MONDAY), r"use at\(...\)"),
    ("all of a maker", lambda: ANY.all_of(earliest), r"write earliest\(\)"),
]


@pytest.mark.parametrize(
    ("make", "sentence"), [row[1:] for row in BAD_ARGUMENTS], ids=[row[0] for row in BAD_ARGUMENTS]
)
def test_a_chooser_tells_what_its_arguments_were_to_be(make: Callable[[], Any], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        make()


def test_on_takes_the_day_that_a_datetime_is_in_the_zone() -> None:
    assert prefer(on(EVENING.start, timezone=DENVER), [EVENING, A]) == [EVENING]
    assert prefer(on(NAIVE, timezone="UTC"), SHUFFLED) == [A, B]
