"""What answers say of a fact where the sandbox never answers so: a row each."""

import json
import subprocess
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from bookit_async import (
    BookIt,
    MeetingNotFoundError,
    MissingInputError,
    Redirected,
    TransportFailure,
    TriggerNodeNotFoundError,
    WireRequest,
    WireResponse,
)
from bookit_async._generated.api import OPERATIONS
from bookit_async.doctor import Asked, Report
from bookit_async.doctor.__main__ import progress
from bookit_async.doctor.answers import Told, apart, under
from bookit_async.doctor.diagnosis import diagnose, examine
from bookit_async.doctor.examination import Seen
from bookit_async.doctor.judging import JUDGES, advice, findings
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE, NOW
from ..flaky import Flaky
from .scene import ADDRESS, EMAIL, Time, diagnosed, world

TAKEN = {"error": "The selected time is no longer available."}
SPENT = {"error": "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability."}
UNKNOWN = {"error": "Sorry"}
HOSTLESS: dict[str, Any] = {"meeting": {}, "pageInfo": {"userIds": []}}
MODIFY = "legacyRetrieveModificationInfo"


def told(probe: str, operation: str, status: int, body: Any, **about: Any) -> Told:
    raw = json.dumps(body).encode()
    given: dict[str, Any] = {"path": "m", "query": {}, "body": {}, **about}
    return Told(
        probe=probe, operation=OPERATIONS[operation], status=status, headers={}, body=raw, about=given, wall=NOW
    )


def page(*starts: int, after: int = 0) -> Told:
    """Return the page of a link, so many seconds later."""
    slots = [{"start_time": start, "end_time": start + 1} for start in starts]
    found = told("page", "fetchAvailability", 200, {"availability": {"timeSlots": slots}}, link="L")
    return evolve(found, wall=NOW + timedelta(seconds=after))


def again(*starts: int, after: int) -> Told:
    routed = told("route", "routeAndFetchAvailability", 200, {"scheduling": page(1, 2).json})
    return evolve(page(*starts, after=after), probe="refreshed", about={"routed": routed})


ROWS: tuple[tuple[str, list[Told], list[str | None]], ...] = (
    ("slot-taken", [told("taken", "bookMeeting", 200, {"meetingId": "m"})], ["booked twice"]),
    ("slot-taken", [told("taken", "bookMeeting", 400, SPENT)], []),
    ("token-once", [told("token again", "bookMeeting", 400, TAKEN)], []),
    ("token-once", [told("token again", "bookMeeting", 400, UNKNOWN)], [None]),
    ("token-once", [told("token at once", "bookMeeting", 200, {"meetingId": "m"})], []),
    ("used-link", [told("used link", "bookMeeting", 400, TAKEN)], []),
    ("link-once", [told("used link", "bookMeeting", 400, TAKEN)], []),
    ("scheduled-time", [told("modification", MODIFY, 200, {"pageInfo": {"scheduledTime": "nine"}})], ["string"]),
    (
        "calendar-has-token",
        [told("route", "routeAndFetchAvailability", 200, {"routing": {"responseType": "none", "token": "t"}})],
        ["none with token or slots"],
    ),
    ("meeting-shape", [told("meeting", "getMeeting", 200, {"new": {}})], ["neither"]),
    ("pooled", [told("page", "fetchAvailability", 200, HOSTLESS)], ["no host, and no pool"]),
    ("wrong-key", [told("wrong key", "retrieveInputs", 401, {"message": "No"})], ["another body"]),
    ("same-twice", [page(1, 2), page(1, 2, after=1), page(2, after=2)], [None, "another page"]),
    ("same-twice", [page(1, 2), page(2, after=300)], []),  # the first has begun
    ("refreshed", [again(2, after=1)], ["other slots"]),
    ("refreshed", [again(2, after=300)], []),
    ("made-up-token", [told("made-up token", "fetchAvailability", 200, {})], ["200"]),
)


@pytest.mark.parametrize(("fact", "answers", "looks"), ROWS, ids=[f"{number}" for number in range(len(ROWS))])
def test_what_answers_say_of_a_fact(fact: str, answers: list[Told], looks: list[str | None]) -> None:
    assert [*JUDGES[fact](Seen(asked=Asked(), base_url="", answers=answers))] == looks


def test_over_http_nothing_is_said_of_certificates() -> None:
    seen = Seen(asked=Asked(), base_url="http://localhost", answers=[told("reach", "getMeeting", 404, {})])
    assert {one.fact.id: one.verdict for one in findings(seen)}["https"] == "not seen"


SETTINGS: list[tuple[Mapping[str, float | bool], bool | None, int | None, str]] = [
    ({"lagging_witnesses": 1000.0}, False, None, "neither token nor list told of the booking"),
    ({"lagging_list": 45.0}, True, 76, "a spent token was refused"),
    ({"lagging_token": 5.0}, False, 36, "the token was not told as spent at once"),
    ({"token_reuse": True}, False, 30, "a spent token booked again"),
]


@pytest.mark.parametrize(("quirks", "fence", "settle", "why"), SETTINGS)
async def test_it_says_what_to_set(
    quirks: Mapping[str, float | bool], fence: bool | None, settle: int | None, why: str, tmp_path: Path
) -> None:
    report = await diagnosed(tmp_path, quirks)
    assert (report.advice.token_fence, report.advice.settle) == (fence, settle)
    assert report.advice.why.startswith(why)
    assert why in report.to_markdown()


async def test_without_a_token_whether_it_fences_is_left_open(tmp_path: Path) -> None:
    report = await diagnosed(tmp_path, nodes=[], route=False)
    assert (report.advice.token_fence, report.advice.settle) == (None, 30)
    assert "leave token_fence" in report.settings


async def test_a_prospect_may_be_sent_elsewhere_and_names_may_have_no_case(tmp_path: Path) -> None:
    prospect = {**ADA, "NumEmployees": 8, "Email": ADDRESS}
    report = await diagnosed(
        tmp_path, prospect=prospect, nodes=[NODE, "123"], emails=[EMAIL, "1@2.3"], links=["Em30rva"]
    )
    told = {one.fact.id: one.verdict for one in report.findings}
    assert (told["calendar-has-token"], told["token-once"], told["moved-id"]) == ("held", "not seen", "held")


async def test_one_prospect_says_nothing_of_ids_and_a_booking_needs_no_routing(tmp_path: Path) -> None:
    report = await diagnosed(tmp_path, emails=[EMAIL], route=False, prospect=None)
    told = {one.fact.id: one.verdict for one in report.findings}
    assert (told["ids-unique"], told["same-submission"]) == ("not asked", "not asked")
    assert told["outcome-words"] == "held"


async def test_whatever_the_time_it_sees_what_becomes_of_a_spent_token() -> None:
    """On a Friday evening the next four days have few hours."""
    asked = Asked(nodes=[NODE], prospect={**ADA, "Email": ADDRESS}, route=True, address=ADDRESS)
    for hour in range(0, 7 * 24, 5):
        time = Time()
        time.seconds = hour * 3600.0
        sandbox = Sandbox(world(), now=time.now, tcp=False)
        client = BookIt(sandbox.api_key, transport=sandbox.transport)
        seen = await examine(client, asked, clock=time, now=time.now, sleep=time.sleep, say=lambda _: None)
        assert advice(seen).token_fence, time.now()
        assert {one.status for one in sandbox.meetings} == {"canceled"}


HOUR = 3_600_000


@pytest.mark.parametrize(
    ("hours", "chosen"),
    [
        ([0, 1, 2, 4, 8, 12], [12, 8, 4, 0]),
        ([0, 2, 4, 6], [6, 4, 2, 0]),
        ([0, 0.5, 1, 1.5, 2], [2, 1.5, 1, 0.5, 0]),
        ([0, 0.25, 0.5], [0.5, 0]),
        ([], []),
    ],
)
def test_slots_to_try_are_as_far_apart_as_there_are_enough(hours: list[float], chosen: list[float]) -> None:
    slots = [{"start_time": int(one * HOUR), "end_time": int(one * HOUR) + HOUR // 2} for one in hours]
    assert [one["start_time"] / HOUR for one in apart(slots, wanted=4)] == chosen


@pytest.mark.parametrize(("count", "at_once", "fence"), [(1, 0, None), (2, 0, None), (3, 2, True)])
async def test_a_page_with_few_slots_leaves_little_to_try(count: int, at_once: int, fence: bool | None) -> None:
    """Of three, the one that was refused is tried once more."""
    time = Time()
    sandbox = Sandbox(now=time.now, tcp=False)
    client = BookIt(sandbox.api_key, transport=Few(sandbox.transport, count))
    asked = Asked(nodes=[NODE], prospect={**ADA, "Email": ADDRESS}, address=ADDRESS)
    seen = await examine(client, asked, clock=time, now=time.now, sleep=time.sleep, say=lambda _: None)
    assert len(seen.of("token at once")) == at_once
    assert advice(seen).token_fence is fence


class Few:
    """Offers the last slots only, two hours apart."""

    def __init__(self, inner: Any, count: int) -> None:
        self.inner = inner
        self.count = count

    async def send(self, request: Any, *, timeout: float) -> Any:
        answer = await self.inner.send(request, timeout=timeout)
        body: Any = json.loads(answer.body) if answer.body else None
        page: Any = under(body, "scheduling")
        if under(page, "availability"):
            page["availability"]["timeSlots"] = page["availability"]["timeSlots"][3 - 4 * self.count :: 4]
        return evolve(answer, body=json.dumps(body).encode()) if page else answer

    async def close(self) -> None: ...


def test_a_report_of_nothing_is_short() -> None:
    report = Report(on=NOW.date())
    first, second = report.table().strip().splitlines()
    assert first == "0 facts: 0 held, 0 broken, 0 not asked, 0 not seen."
    assert second == "Settings: no meeting was booked: leave both as they are."
    assert "0 facts broken" in report.issue()


async def test_a_request_that_fails_once_is_asked_again() -> None:
    sandbox = Sandbox(tcp=False)
    transport = Hiccup(sandbox.transport)
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    report = await diagnose(BookIt(sandbox.api_key, transport=transport), sleep=sleep)
    assert (report.unanswered, waited) == (0, [2.0, 2.0])


class Hiccup:
    """Fails at first, and then says that it is busy."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.count = inner, 0

    async def send(self, request: Any, *, timeout: float) -> Any:
        self.count += 1
        if self.count == 1:
            raise TransportFailure("lost", maybe_processed=True)
        if self.count == 3:
            return WireResponse(status=503, headers={}, body=b"")
        return await self.inner.send(request, timeout=timeout)

    async def close(self) -> None: ...


@pytest.mark.subprocess
def test_it_runs_as_a_module_and_loads_no_more_than_a_client() -> None:
    code = (
        "import sys, runpy; sys.argv = ['doctor', '--help']\n"
        "try: runpy.run_module('bookit_async.doctor', run_name='__main__')\n"
        "except SystemExit as end: code = end.code\n"
        "print({'rich', 'yaml', 'uvicorn', 'cryptography', 'pydantic', 'aiohttp'} & {*sys.modules}, code)"
    )
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.endswith("set() 0\n")
    assert "--book-and-cancel" in run.stdout


OTHER_ID = "modification_wants_meeting_id"
WORDS = ["outcome_in_other_words", "pages_differ", "any_status", "status_ignored", "nodes_without_case"]


async def test_quirks_of_words_change_what_they_are_of_alone() -> None:
    sandbox = Sandbox(now=NOW, tcp=False, quirks=WORDS)
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    assert isinstance(await client.route(NODE, {**ADA, "NumEmployees": 8}), Redirected)
    assert len((await client.inputs(NODE.upper())).inputs) == 7
    with pytest.raises(TriggerNodeNotFoundError):
        await client.inputs("no node")
    assert await client.meetings("ada@x.example", status="scheduled") == []
    list_begins = Sandbox(
        now=NOW, tcp=False, quirks=["list_begins_ever", "start_in_iso_only", "booking_wants_start", OTHER_ID]
    )
    other = BookIt(list_begins.api_key, transport=list_begins.transport)
    assert await other.meetings("ada@x.example", start=NOW) == []
    with pytest.raises(MeetingNotFoundError):
        await other.legacy.modification("no meeting")
    with pytest.raises(MissingInputError) as refused:
        await other.book(NODE, ADA, timezone="Europe/Berlin")
    assert refused.value.name == "scheduledTime.startTime"
    body = json.dumps({"scheduledTime": {"startTime": 1, "start_time": 1, "end_time": 2, "timezone": "x"}}).encode()
    headers = other.settings.headers(has_body=True)
    request = WireRequest("POST", "https://x.example/v1/meeting", headers=headers, content=body)
    assert b"userFields" in (await other.transport.send(request, timeout=1)).body


def test_it_says_once_what_it_is_asking(capsys: pytest.CaptureFixture[str]) -> None:
    say = progress()
    say("pages")
    say("pages")
    assert capsys.readouterr().err == "asking: pages\n"


async def test_a_meeting_whose_answer_was_lost_is_canceled_all_the_same() -> None:
    time = Time()
    sandbox = Sandbox(now=time.now, tcp=False)
    lost = Flaky(sandbox.transport, ["after"], on="meeting", method="POST")
    asked = Asked(links=["Em30rva"], address=ADDRESS)
    client = BookIt(sandbox.api_key, transport=lost)
    seen = await examine(client, asked, clock=time, now=time.now, sleep=time.sleep, say=lambda _: None)
    assert seen.unanswered == 1
    assert [one.status for one in sandbox.meetings] == ["canceled"]
