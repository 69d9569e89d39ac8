"""However many rows there are, so many are under way at a time."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bookit_async import NotRouted, earliest
from bookit_async.cli.bulk_runs import BulkRun, Order, Told, window_of
from bookit_async.cli.journals import Journal
from bookit_async.cli.row_outcomes import Came
from bookit_async.cli.rows import Row, Wants
from bookit_async.durable import IntentBrokenError, IntentConflictError, IntentNotFoundError, Standing, StoreLostError
from bookit_async.durable.sealing import Names
from bookit_async.views.inputs import TriggerInput, TriggerInputs

INPUTS = TriggerInputs(name="n", inputs=(TriggerInput(name="Email", type="STRING"),))
WINDOW = 7


class Rehearsal:
    """Stands for a journal's bookings and notes: counts what is under way."""

    def __init__(self) -> None:
        self.read = self.over = self.most = 0
        self.kept: dict[str, Any] = {}
        self.open = False
        self.known = False
        """Whether all was asked for before with other content."""
        self.fails: Exception | None = None
        self.looks = 0
        self.told: list[Came] = []

    def rows(self, count: int) -> Iterator[Row]:
        for number in range(1, count + 1):
            self.read += 1
            self.most = max(self.most, self.read - self.over)
            yield Row(number=number, line=number, values={"Email": f"{number}@window.example"})

    async def submit(self, intent_id: str, *_: Any, **__: Any) -> None:
        await asyncio.sleep(0)
        if self.known:
            raise IntentConflictError(intent_id=intent_id)

    async def result(self, intent_id: str, *, timeout: float) -> NotRouted:
        await asyncio.sleep(0)
        if self.fails is not None:
            raise self.fails
        if self.open:
            raise TimeoutError
        assert (intent_id[:4], timeout) == ("row-", 90.0)
        return NotRouted(uid=None)

    async def find(self, intent_id: str) -> Standing | None:
        """Say nothing at first, then that it is its turn now, and then that it is open for long."""
        self.looks += 1
        now = datetime.now(UTC)
        if self.looks == 1:
            return None
        since = now - timedelta(minutes=2) if self.looks > 2 else None
        return Standing(
            intent_id=intent_id, state="open" if since else "planned", asked_at=now, since=since, why="away"
        )

    async def change(self, values: dict[str, Any]) -> None:
        self.kept |= values

    async def note(self, names: list[str]) -> dict[str, Any]:
        return {name: self.kept[name] for name in names if name in self.kept}

    async def tell(self, told: Told) -> None:
        self.told.append(told.came)
        assert told.row.number == told.note["row"]
        self.over += 1


@pytest.fixture
def rehearsal() -> Rehearsal:
    return Rehearsal()


@pytest.fixture
def run(rehearsal: Rehearsal) -> BulkRun:
    class Notes:
        read = staticmethod(rehearsal.note)
        change = staticmethod(rehearsal.change)

    durable: Any = rehearsal
    notes: Any = Notes()
    wants = Wants(inputs=INPUTS, form=(), zone="UTC")
    order = Order(node="n", link=None, choice=earliest(), wants=wants)
    return BulkRun(Journal(durable, notes, Names("k"), "j.db"), order, rehearsal.tell)


async def test_rows_are_read_as_they_are_booked(run: BulkRun, rehearsal: Rehearsal) -> None:
    assert await run.book(rehearsal.rows(500), window=WINDOW)
    assert rehearsal.over == rehearsal.read == 500
    assert WINDOW <= rehearsal.most <= WINDOW + 1
    assert len(rehearsal.kept) == 500
    assert (window_of(1), window_of(100)) == (50, 400)


async def test_no_more_are_begun_when_a_window_of_them_stays_open(run: BulkRun, rehearsal: Rehearsal) -> None:
    rehearsal.open = True
    assert not await run.book(rehearsal.rows(500), window=WINDOW)
    assert (run.open_rows, rehearsal.over) == (WINDOW, WINDOW)


async def test_what_the_engine_gave_up_is_told_as_open(run: BulkRun, rehearsal: Rehearsal) -> None:
    rehearsal.fails = IntentBrokenError(intent_id="i", reason="ERROR: KeyError")
    assert await run.book(rehearsal.rows(2), window=WINDOW)
    assert [(one.outcome, one.exit) for one in rehearsal.told] == [("Broken", 7)] * 2


async def test_what_is_under_way_with_other_content_is_left_alone(run: BulkRun, rehearsal: Rehearsal) -> None:
    rehearsal.known = True
    assert await run.book(rehearsal.rows(1), window=WINDOW)
    (came,) = rehearsal.told
    assert (came.outcome, came.exit) == ("Conflict", 2)
    assert came.reason == "it was asked for before with other content, and is not over yet"


@pytest.mark.parametrize("error", [StoreLostError(reason="locked"), IntentNotFoundError(intent_id="i")], ids=repr)
async def test_a_store_that_is_lost_ends_the_run_with_what_it_says(
    run: BulkRun, rehearsal: Rehearsal, error: Exception
) -> None:
    rehearsal.fails = error
    with pytest.raises(type(error)):
        await run.book(rehearsal.rows(500), window=WINDOW)
    assert rehearsal.read <= WINDOW + 1
