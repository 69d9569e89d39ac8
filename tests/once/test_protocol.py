"""What is done about a lost booking, compared with every answer that the first version gave."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

import pytest

from bookit_async import PendingBooking, Slot
from bookit_async.reconciliation import Step, next_step

Row = tuple[str, bool, bool, bool, bool, str, str]
FIRST_ANSWERS = [
    cast("Row", tuple(row)) for row in json.loads((Path(__file__).parent / "first_answers.json").read_text())
]
REMAINING = {"plenty": 60.0, "too little to book": 0.5, "none": 0.0}
SETTLE = 30.0


def booking_of(token: str, *, email: bool) -> PendingBooking:
    known = token not in ("none", "unknown")
    return PendingBooking(
        slot=Slot(start_milliseconds=0, end_milliseconds=1, host_ids=()),
        host_ids=(),
        host_emails={},
        prospect_email="ada@example.com" if email else None,
        token=None if token == "none" else "a token",
        token_state=cast("Literal['good', 'spent']", token) if known else "unknown",
        link_id=None,
        uid=None,
        lost_at=datetime(2025, 5, 5, tzinfo=UTC),
    )


@pytest.mark.parametrize(("token", "email", "again", "looked", "settled", "time", "answer"), FIRST_ANSWERS)
def test_the_first_version_answered_so(
    token: str, email: bool, again: bool, looked: bool, settled: bool, time: str, answer: str
) -> None:
    step = next_step(
        booking_of(token, email=email),
        again=again,
        looked=looked,
        waited=SETTLE if settled else SETTLE - 0.1,
        settle=SETTLE,
        remaining=REMAINING[time],
        needed=1.0,
    )
    assert step is Step(answer)
