"""Against the sandbox every fact that can be asked holds; with each quirk exactly those that rest on it do not."""

from pathlib import Path
from typing import Any

import pytest

from bookit_async.doctor.diagnosis import report_of
from bookit_async.doctor.facts import BY_ID, FACTS
from bookit_async.doctor.judging import JUDGES
from bookit_async.once.guesses import GUESSES
from bookit_async.sandbox.world.quirks import QUIRKS

from .scene import diagnosed, quirks_of, seen_of

NEVER_SEEN = {"clock", "limited-changed-nothing", "refused-changed-nothing", "sent-once"}
"""What the sandbox does not show unless a quirk makes it."""
CANNOT_BE_ASKED = {one.id for one in FACTS if one.needs == ("time",)}


async def test_every_fact_that_can_be_asked_holds(tmp_path: Path) -> None:
    report = await diagnosed(tmp_path)
    told = {one.fact.id: one.verdict for one in report.findings}
    assert [one.id for one in FACTS] == [*told]
    assert {name for name, verdict in told.items() if verdict == "not seen"} == NEVER_SEEN
    assert {name for name, verdict in told.items() if verdict == "not asked"} == CANNOT_BE_ASKED
    assert set(told.values()) == {"held", "not seen", "not asked"}
    assert (report.advice.token_fence, report.advice.settle) == (True, 30)
    assert (report.standing, report.unanswered, report.differences) == (0, 0, {})


@pytest.mark.long
@pytest.mark.parametrize("quirk", QUIRKS)
async def test_a_quirk_breaks_the_facts_that_rest_on_it_and_no_other(quirk: str, tmp_path: Path) -> None:
    seen, sandbox, time = await seen_of(tmp_path, quirks_of(quirk))
    report = report_of(seen, time.now())
    assert {one.fact.id for one in report.broken} == {one.id for one in FACTS if quirk in one.quirks} != set()
    assert all(one.seen for one in report.broken)
    # whatever it was answered, no meeting is left that it booked
    assert [one.status for one in sandbox.meetings[4:] if one.status != "canceled"] == []
    assert not seen.standing


async def test_without_a_switch_nothing_is_submitted_and_nothing_is_booked(tmp_path: Path) -> None:
    _, sandbox, _ = await seen_of(tmp_path, route=False, address=None)
    assert len(sandbox.meetings) == 4
    routed = [one for one in sandbox.requests if one.operation_id in ("routeAndFetchAvailability", "legacyRoute")]
    assert {one.status for one in routed} == {400}
    assert not [one for one in sandbox.requests if one.method in ("PATCH", "DELETE") or one.path.endswith("meeting")]


async def test_what_was_not_given_is_said_to_be_needed(tmp_path: Path) -> None:
    nothing: dict[str, Any] = {"nodes": [], "links": [], "meetings": [], "emails": [], "used_links": []}
    report = await diagnosed(tmp_path, route=False, address=None, **nothing)
    told = {one.fact.id: one for one in report.findings}
    assert told["page-shape"].verdict == "not asked"
    assert told["page-shape"].seen == "needs --link"
    assert told["token-once"].seen == "needs --node and --book-and-cancel"
    assert (told["no-such-link"].verdict, told["empty-list"].verdict) == ("held", "held")
    assert report.advice.token_fence is None


def test_the_table_is_one_and_whole() -> None:
    assert len(BY_ID) == len(FACTS)
    assert {one.id for one in FACTS} == JUDGES.keys() | CANNOT_BE_ASKED
    assert not JUDGES.keys() & CANNOT_BE_ASKED
    for guess in GUESSES:
        fact = BY_ID[guess.fact]
        assert (fact.claim, fact.otherwise) == (guess.claim, guess.otherwise)
    assert {name for one in FACTS for name in one.quirks} == QUIRKS.keys()
    assert {one.contradiction for one in FACTS if one.contradiction} == {1, 2, 3, 4, 5, 6, 7, 8}
