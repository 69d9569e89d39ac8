"""The chaos run counts rightly, and its verdict can be bad."""

import pytest
from attrs import evolve

from bookit_async.sandbox.world.quirks import OF_STATE, read_quirks
from tests import clock

from .orders import Order, Report, tally
from .ours import Ours, OursOverHttpx
from .quirks import TOGETHER, Cell, Change, book_all, broken, change_all, quirk_sets
from .run import Maker, Run, failures, run


def test_the_tally_sees_what_goes_wrong() -> None:
    """A check that cannot fail is none: each kind of mistake is counted."""

    class Record:
        def __init__(self, number: int, meeting_id: str, status: str = "scheduled") -> None:
            self.prospect_email, self.told_id, self.status = order(number).email, meeting_id, status

    reports = [
        Report(order=order(0), result="booked", meeting_id="a"),
        Report(order=order(1), result="booked", meeting_id="b"),
        Report(order=order(2), result="recovered", meeting_id="gone"),
        Report(order=order(3), result="refused"),
        Report(order=order(4), result="unknown"),
        Report(order=order(5), result="unknown"),
        Report(order=order(6), result="cancelled"),
        Report(order=order(7), result="cancelled"),
    ]
    settled = [
        Report(order=order(4), result="recovered", meeting_id="e"),
        Report(order=order(6), result="refused"),
        Report(order=order(7), result="refused"),
    ]
    meetings = [
        Record(0, "a"),
        Record(1, "b"),
        Record(1, "b2"),
        Record(2, "c", "canceled"),
        Record(3, "d"),
        Record(4, "e"),
        Record(7, "f"),
    ]
    found = tally(reports, settled, meetings)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    assert (found.asked, found.booked, found.recovered, found.refused, found.unknown) == (8, 2, 1, 1, 2)
    assert (found.cancelled, found.duplicates, found.lost, found.surprises, found.settled) == (2, 1, 1, 2, 2)
    assert failures(Run(tally=found, seconds=1, missing=("stall late",))) == [
        "1 duplicates",
        "1 lost",
        "2 surprises",
        "2 unknown of 8",
        "1 refused of 8",
        "only 2 of 4 unknown and cancelled were settled rightly",
        "what was to happen did not: stall late",
    ]
    without = evolve(found, cancelled=0)
    assert "no caller was cancelled" in failures(Run(tally=without, seconds=1, missing=()))
    late = failures(Run(tally=found, seconds=1, missing=(), slowest_landing=3.9))
    assert late[-1].startswith("a late request landed after 3.9 s, too close to the 4 s of settle")


@pytest.mark.parametrize("make", [Ours, OursOverHttpx])
async def test_every_mode_books_over_every_adapter(make: Maker) -> None:
    found = await run(make, count=10, concurrency=2, rate=1e-9, seed=1)
    assert (found.tally.booked + found.tally.cancelled, found.tally.surprises) == (10, 0)


def order(number: int) -> Order:
    return Order(number=number, mode="token", desk="single0", uid=str(number), patience=None)


def test_every_quirk_of_what_happens_is_played() -> None:
    played = quirk_sets([])
    assert {name for names in played for name in names} == OF_STATE.keys()
    assert (played[0], played[-1]) == ((), TOGETHER[-1])
    assert quirk_sets(["token_reuse", "lagging_list"]) == [("token_reuse",), ("lagging_list",)]


@pytest.mark.parametrize("quirk", ["token_reuse", "list_is_cut"])
def test_bookings_are_placed_against_a_quirk(quirk: str) -> None:
    cell = clock.run(book_all(read_quirks([quirk]).values, "token", count=3, rate=0.9, seed=1))
    assert (cell.tally.asked, cell.faulted > 0) == (3, True)


@pytest.mark.parametrize("change", ["move", "cancel"])
@pytest.mark.parametrize("quirk", ["moved_gets_new_id", "cancelled_is_gone"])
def test_meetings_are_changed_against_a_quirk(quirk: str, change: Change) -> None:
    cell = clock.run(change_all(read_quirks([quirk]).values, change, count=3, rate=0.9, seed=1))
    assert (cell.tally.asked, cell.faulted > 0, broken("q", change, cell)) == (3, True, [])


def test_what_the_service_itself_made_twice_is_no_duplicate_of_ours() -> None:
    cell = clock.run(book_all({"sent_twice": 1.0}, "pool", count=3, rate=0.9, seed=1))
    assert (cell.tally.duplicates, cell.made_twice, broken("q", "pool", cell)) == (0, 0, [])
    cell = clock.run(book_all({"sent_twice": 1.0, "token_reuse": 1.0}, "pool", count=3, rate=0.9, seed=1))
    assert cell.tally.duplicates == cell.made_twice > 0
    assert broken("q", "pool", cell) == []
    assert broken("q", "pool", evolve(cell, made_twice=0)) == [f"q, pool: {cell.tally.duplicates} duplicates"]


def test_the_verdict_on_a_quirk_can_be_bad() -> None:
    reports = [Report(order=order(0), result="refused"), Report(order=order(1), result="booked", meeting_id="b")]
    bad = Cell(tally=tally(reports, [], []), faulted=0)
    assert broken("q", "link", bad) == ["q, link: 1 lost", "q, link: no booking was faulted"]
