"""How what a row came to is told, and which exit status that is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bookit_async import Booked, NoAvailability, NotRouted, Redirected
from bookit_async.cli.failed_rows import failed_rows
from bookit_async.cli.row_outcomes import ROW, Came, came_of, came_to, leaves_room, row_document, status_of
from bookit_async.cli.rows import Row
from bookit_async.durable import Forgotten, IntentConflictError, Refused, Standing, Withdrawn
from bookit_async.errors import LinkSpentError, SlotTakenError, TokenSpentError, TriggerNodeNotFoundError

START = datetime(2031, 3, 1, 12, tzinfo=UTC)
BOOKED = Booked(
    meeting_id="m", organizer_email="eva@northwind.example", host_id="h", start=START, end=START, uid="uid-1"
)


@pytest.mark.parametrize(
    ("outcome", "status", "reason"),
    [
        (BOOKED, 0, None),
        (Forgotten(meeting_id="m"), 0, None),
        (Forgotten(), 3, "it came to no meeting, and was forgotten"),
        (Redirected(url="https://x.example"), 3, "sent to another page"),
        (NotRouted(uid=None), 3, "the routing graph ended without an offer"),
        (NoAvailability(), 3, "no slot is open that is wanted"),
        (Withdrawn(), 3, "it was withdrawn"),
        (Refused(error=SlotTakenError(status=400)), 6, "no longer available"),
        (Refused(error=TriggerNodeNotFoundError(status=404)), 5, "no such trigger node"),
    ],
    ids=lambda one: type(one).__name__,
)
def test_an_outcome_is_told(outcome: Any, status: int, reason: str | None) -> None:
    came = came_of(outcome)
    assert (came.outcome, came.exit, came.done) == (type(outcome).__name__, status, status == 0)
    assert (came.reason is None) if reason is None else (reason in str(came.reason))
    standing = Standing(intent_id="i", state="done", asked_at=START, outcome=outcome)
    assert came_to(standing) == came


@pytest.mark.parametrize(
    ("state", "outcome"), [("asked", "UnderWay"), ("planned", "UnderWay"), ("open", "Open"), ("broken", "Broken")]
)
def test_what_is_not_over_may_be_booked(state: Any, outcome: str) -> None:
    came = came_to(Standing(intent_id="i", state=state, asked_at=START))
    assert (came.outcome, came.exit, came.reason) == (outcome, 7, "it is not its turn yet")


@pytest.mark.parametrize(
    ("outcome", "room"),
    [
        (BOOKED, False),
        (Forgotten(), False),
        (Refused(error=TokenSpentError(status=400)), False),
        (Refused(error=LinkSpentError(status=400)), False),
        (Refused(error=IntentConflictError(intent_id="i")), False),
        (Refused(error=SlotTakenError(status=400)), True),
        (NoAvailability(), True),
        (Withdrawn(), True),
    ],
    ids=lambda one: type(getattr(one, "error", one)).__name__,
)
def test_only_what_surely_came_to_no_meeting_makes_room_for_a_corrected_row(outcome: Any, room: bool) -> None:
    assert leaves_room(outcome) is room


@pytest.mark.parametrize(
    ("exits", "status"), [([], 0), ([0, 0], 0), ([3, 3], 3), ([7], 7), ([0, 7], 8), ([0, 3], 8), ([3, 6], 8)]
)
def test_the_status_of_many_is_that_of_all_or_that_some_are_not_done(exits: list[int], status: int) -> None:
    assert status_of(exits) == status


def test_a_row_is_told_in_the_order_of_its_columns() -> None:
    told = row_document({"row": 3, "key": "k"}, "k", came_of(BOOKED), "America/Denver")
    assert tuple(told) == ROW
    assert (told["start"], told["start_utc"]) == ("2031-03-01T05:00:00-07:00", "2031-03-01T12:00:00Z")
    assert row_document({}, "k", Came(outcome="Open", exit=7, reason="r"), "UTC")["start"] is None


def test_a_row_of_json_comes_back_in_a_table(tmp_path: Path) -> None:
    path = tmp_path / "failed.csv"
    row = Row(number=1, line=1, values={"key": "k", "guests": ["a@b.example", "c@d.example"], "NumEmployees": 7})
    with failed_rows(str(path), ["key", "guests", "NumEmployees", "Company", "bookit_reason"]) as failed:
        failed.add(row, Came(outcome="Open", exit=7, reason="not answered"))
    assert path.read_text(encoding="utf-8").splitlines() == [
        "key,guests,NumEmployees,Company,bookit_outcome,bookit_reason",
        "k,a@b.example c@d.example,7,,Open,not answered",
    ]
