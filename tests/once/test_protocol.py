"""What is done about a lost booking: the table, compared with every answer that the first version gave."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, cast

import pytest

from bookit_async import PendingBooking, Slot
from bookit_async.once.protocol import VERDICTS, Evidence, Verdict, evidence, verdict

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
def test_with_a_fence_the_table_says_what_the_first_version_said(row: Row) -> None:
    token, email, again, absent, settled, time, answer = row
    found = evidence(booking_of(token, email=email), absent=absent, token_fence=True)
    what = verdict(found, again=again, settled=settled, remaining=REMAINING[time], needed=1.0)
    assert TODAY.get(what, "leave it open") == answer


EVIDENCE: list[tuple[str, bool, bool, bool, bool, Evidence]] = [
    # token, address, absent, unclear, fence
    ("good", True, True, False, False, Evidence.UNUSED),
    ("good", False, False, False, False, Evidence.UNUSED),
    ("good", True, False, True, False, Evidence.UNUSED),
    ("good", True, True, False, True, Evidence.FENCED),
    ("spent", True, True, False, True, Evidence.UNSURE),
    ("spent", True, False, True, False, Evidence.UNCLEAR),
    ("spent", False, False, False, False, Evidence.BLIND),
    ("unknown", True, True, False, False, Evidence.UNSURE),
    ("unknown", False, False, False, False, Evidence.UNSURE),
    ("none", True, True, False, False, Evidence.ABSENT),
    ("none", True, False, True, False, Evidence.UNCLEAR),
    ("none", True, False, False, False, Evidence.UNSURE),
    ("none", False, False, False, True, Evidence.BLIND),
]


@pytest.mark.parametrize("row", EVIDENCE, ids=str)
def test_what_was_heard_is_evidence(row: tuple[str, bool, bool, bool, bool, Evidence]) -> None:
    token, email, absent, unclear, fence, found = row
    known = booking_of(token, email=email)
    assert evidence(known, absent=absent, unclear=unclear, token_fence=fence) is found


def test_a_meeting_at_that_time_counts_although_the_token_looks_good() -> None:
    good = booking_of("good", email=True)
    assert evidence(good, absent=False, unclear=True, standing=True) is Evidence.UNCLEAR
    assert evidence(good, absent=False, unclear=True, standing=True, token_fence=True) is Evidence.FENCED


def test_nothing_is_sent_again_while_the_lost_one_may_land_unless_the_token_is_a_fence() -> None:
    assert {one for one in Evidence if VERDICTS[one][0] is Verdict.SEND} == {Evidence.FENCED}
    assert {one for one in Evidence if VERDICTS[one][2] is Verdict.FREE} == set()
    assert set(VERDICTS) == set(Evidence)
