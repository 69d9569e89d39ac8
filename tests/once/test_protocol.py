"""What is done about a lost booking: the table, compared with every answer that the first version gave."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

import pytest

from bookit_async import PendingBooking, Slot
from bookit_async.once.protocol import Verdict, evidence, verdict

Row = tuple[str, bool, bool, bool, bool, str, str]
FIRST_ANSWERS = [
    cast("Row", tuple(row)) for row in json.loads((Path(__file__).parent / "first_answers.json").read_text())
]
TODAY = {Verdict.WAIT: "ask again", Verdict.SEND: "repeat the booking", Verdict.FREE: "repeat the booking"}
REMAINING = {"plenty": 60.0, "too little to book": 0.5, "none": 0.0}


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


@pytest.mark.parametrize("row", FIRST_ANSWERS, ids=str)
def test_the_table_says_what_the_first_version_said(row: Row) -> None:
    token, email, again, absent, settled, time, answer = row
    found = evidence(booking_of(token, email=email), absent=absent)
    what = verdict(found, again=again, settled=settled, remaining=REMAINING[time], needed=1.0)
    assert TODAY.get(what, "leave it open") == answer
