"""Answers that are none: one typed error each, and for a write never the impression that nothing happened."""

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from bookit_async import (
    APIStatusError,
    Booked,
    BookIt,
    BookItError,
    InvalidInputError,
    Offer,
    OutcomeUnknownError,
    ResponseInvalidError,
    ServerError,
    TransportFailure,
    WireResponse,
)
from bookit_async._generated.models import NewTime, SelectedPoolTime, SelectedTime

from ..conftest import ADA, NODE
from .script import CANARY, KEY, PAGE, client_of, reply, shown

HTML = f"<!DOCTYPE html><html><body>{CANARY}</body></html>".encode()
NO_JSON: list[tuple[str, bytes]] = [
    ("HTML", HTML),
    ("nothing", b""),
    ("white space", b" \n"),
    ("text", CANARY.encode()),
    ("cut short", b'{"meetingId": "cAnArY'),
    ("two values", b'{"meetingId": "cAnArY"} {}'),
    ("single quotes", b"{'meetingId': 'cAnArY'}"),
    ("a comment", b'{"meetingId": "cAnArY"} // ok'),
    ("not UTF-8", '{"meetingId": "é cAnArY"}'.encode("latin-1")),
    ("UTF-16", '{"meetingId": "cAnArY"}'.encode("utf-16")),
    ("a byte order mark", b'\xef\xbb\xbf{"meetingId": "cAnArY"}'),
    ("half a character", b'{"meetingId": "cAnArY\\ud800"}'),
    ("a raw line break in text", b'{"meetingId": "cAnArY\n"}'),
    ("NaN", b'{"meetingId": NaN}'),
    ("a number beyond all", b'{"meetingId": 1e999}'),
    ("arrays in arrays", b"[" * 100_000 + b"]" * 100_000),
    ("objects in objects", b'{"additional":' * 100_000 + b"1" + b"}" * 100_000),
    ("arrays that never close", b"[" * 1_000_000),
    ("bytes", bytes(range(256))),
]
SHAPES: list[tuple[str, Any]] = [
    ("null", None),
    ("a list", []),
    ("text", CANARY),
    ("a number", 5),
    ("a list in place of text", {"meetingId": [CANARY], "inputs": CANARY, "availability": CANARY}),
]

Call = Callable[[BookIt], Coroutine[Any, Any, Any]]
READS: list[tuple[str, Call]] = [
    ("inputs", lambda client: client.inputs(NODE)),
    ("route", lambda client: client.route(NODE, ADA)),
    ("availability", lambda client: client.availability(token=CANARY)),
    ("meeting", lambda client: client.meeting("m")),
    ("meetings", lambda client: client.meetings("a@b.example")),
    ("legacy", lambda client: client.legacy.availability(CANARY)),
]
TIME = NewTime(start_time=1, end_time=2, timezone="UTC")
SLOT = SelectedTime(start_time=1, end_time=2, timezone="UTC")
POOL_SLOT = SelectedPoolTime(start_time=1, end_time=2, timezone="UTC", users=["h1"])
WRITES: list[tuple[str, list[Any], Call]] = [
    ("book", [], lambda client: client.api.book_meeting(scheduled_time=SLOT, user_fields=[], token="t")),
    (
        "book from a pool",
        [],
        lambda client: client.api.book_round_robin_meeting(scheduled_time=POOL_SLOT, user_fields=[], token="t"),
    ),
    ("move", [], lambda client: client.api.reschedule_meeting("m", scheduled_time=TIME)),
]


@pytest.mark.long
@pytest.mark.parametrize("call", [row[1] for row in READS], ids=[row[0] for row in READS])
@pytest.mark.parametrize("body", [row[1] for row in NO_JSON], ids=[row[0] for row in NO_JSON])
@pytest.mark.parametrize("kind", ["application/json", "text/html"])
async def test_a_success_that_is_no_json(call: Call, body: bytes, kind: str) -> None:
    client, script = client_of(reply(body, kind=kind))
    with pytest.raises(ResponseInvalidError, match=r"the answer is not of the documented shape at \$\. ") as caught:
        await call(client)
    assert (caught.value.path, caught.value.status, caught.value.request_id) == ("$", 200, "r-1")
    assert caught.value.body == body
    assert CANARY not in shown(caught.value)
    assert len(script.sent) == 1


@pytest.mark.parametrize(("before", "call"), [row[1:] for row in WRITES], ids=[row[0] for row in WRITES])
@pytest.mark.parametrize("body", [row[1] for row in NO_JSON], ids=[row[0] for row in NO_JSON])
async def test_a_write_whose_answer_is_no_json_leaves_the_outcome_open(
    before: list[Any], call: Call, body: bytes
) -> None:
    client, script = client_of(*before, reply(body))
    with pytest.raises(OutcomeUnknownError, match="the answer was a success, but no JSON") as caught:
        await call(client)
    assert CANARY not in shown(caught.value)
    assert len(script.sent) == len(before) + 1


@pytest.mark.parametrize("body", [HTML, CANARY.encode(), b"[" * 100_000], ids=["HTML", "text", "arrays"])
async def test_a_page_in_place_of_nothing_leaves_a_cancellation_open(body: bytes) -> None:
    """A success has no body; the page of a proxy with status 200 is no success of the service."""
    client, _ = client_of(reply(body))
    with pytest.raises(OutcomeUnknownError, match="the answer was a success, but no JSON") as caught:
        await client.api.cancel_meeting("m")
    assert CANARY not in shown(caught.value)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b'{"meetingId": "m"}'])
async def test_a_cancellation_may_be_answered_with_nothing_or_with_json(body: bytes) -> None:
    client, script = client_of(reply(body))
    await client.cancel("m")
    assert len(script.sent) == 1


@pytest.mark.parametrize("call", [row[1] for row in READS if row[0] != "meetings"])
@pytest.mark.parametrize("data", [row[1] for row in SHAPES if not isinstance(row[1], dict)])
async def test_another_shape_tells_where(call: Call, data: Any) -> None:
    client, _ = client_of(reply(data))
    with pytest.raises(ResponseInvalidError) as caught:
        await call(client)
    assert caught.value.path == "$"
    assert CANARY not in shown(caught.value)


@pytest.mark.parametrize(("before", "call"), [row[1:] for row in WRITES], ids=[row[0] for row in WRITES])
@pytest.mark.parametrize("data", [row[1] for row in SHAPES], ids=[row[0] for row in SHAPES])
async def test_a_write_with_another_shape_is_never_called_unsent(before: list[Any], call: Call, data: Any) -> None:
    client, _ = client_of(*before, reply(data))
    with pytest.raises((OutcomeUnknownError, ResponseInvalidError)) as caught:
        await call(client)
    assert "do not" in str(caught.value).lower()
    assert CANARY not in shown(caught.value)


@pytest.mark.parametrize("call", [row[1] for row in READS], ids=[row[0] for row in READS])
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (502, HTML, ServerError),
        (503, b"", ServerError),
        (504, b"\xff\xfe", ServerError),
        (500, b"[" * 100_000, ServerError),
        (500, b'{"error": {"deep": ["cAnArY"]}}', ServerError),
        (500, b'{"error": "cAnArY"}', ServerError),
        (599, b"null", ServerError),
        (400, HTML, APIStatusError),
        (418, b'{"message": ["cAnArY"]}', APIStatusError),
        (301, HTML, APIStatusError),
        (204, b"", APIStatusError),
        (206, b"{}", APIStatusError),
        (999, b"", APIStatusError),
    ],
)
async def test_an_error_with_any_body(call: Call, status: int, body: bytes, kind: type[BookItError]) -> None:
    client, script = client_of(reply(body, status, kind="text/html"))
    with pytest.raises(APIStatusError) as caught:
        await call(client)
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.body) == (status, body)
    assert f"[HTTP {status}, request id r-1]" in str(caught.value)
    assert CANARY not in shown(caught.value)
    assert len(script.sent) == 1


# --- what is unusual, and read all the same ---


async def test_of_equal_keys_the_last_one_counts() -> None:
    """JSON leaves it open, and so do parsers; here it is always the last, at every depth."""
    meeting = b'{"id": "first", "bookIt": {"status": "scheduled", "status": "canceled"}, "id": "last"}'
    client, _ = client_of(reply(meeting), PAGE, reply(b'{"meetingId": "first", "meetingId": "last"}'))
    read = await client.meeting("m")
    assert (read.id, read.status) == ("last", "canceled")
    booked = await client.book_link("l", timezone="UTC")
    assert isinstance(booked, Booked)
    assert booked.meeting_id == "last"


async def test_of_equal_keys_a_last_one_of_the_wrong_type_is_an_error() -> None:
    client, _ = client_of(reply(b'{"inputs": [], "inputs": 5}'))
    with pytest.raises(ResponseInvalidError) as caught:
        await client.inputs(NODE)
    assert caught.value.path == "$.inputs"


@pytest.mark.parametrize("kind", ["text/html", "text/plain; charset=iso-8859-1", "image/png", "", None])
async def test_the_content_type_is_not_believed(kind: str | None) -> None:
    client, _ = client_of(reply({"inputs": [{"name": "Größe"}]}, kind=kind))
    assert [one.name for one in (await client.inputs(NODE)).inputs] == ["Größe"]


async def test_deep_but_readable_json_is_kept() -> None:
    deep: Any = {"x": 1}
    for _ in range(100):
        deep = {"x": deep}
    client, _ = client_of({"inputs": [], "extra": deep})
    assert (await client.inputs(NODE)).inputs == ()


@pytest.mark.parametrize("edge", [-62135596800000, 253402300799999, -62135596800000 - 1, 10**17, -(10**18)])
async def test_a_slot_at_the_end_of_the_calendar_is_left_out(edge: int) -> None:
    good = PAGE["availability"]["timeSlots"][0]
    slots = [good, {"start_time": edge, "end_time": edge}]
    client, _ = client_of({**PAGE, "availability": {**PAGE["availability"], "timeSlots": slots}})
    offer = await client.availability(link_id="l")
    assert isinstance(offer, Offer)
    assert [slot.start for slot in offer.slots] == [datetime(2025, 5, 6, 16, 0, tzinfo=UTC)]
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        assert len(offer.days(zone)) == 1


SCHEDULED: list[tuple[str, str]] = [
    ("arrays in arrays", "[" * 100_000),
    ("no object", "[]"),
    ("nothing", ""),
    ("no times", '{"startDateTime": {}, "endDateTime": true, "timezone": 5}'),
    ("out of every calendar", '{"startDateTime": 1e300, "endDateTime": 99999999999999999, "timezone": "UTC"}'),
    (
        "out of the calendar in a zone",
        '{"startDateTime": "9999-12-31T23:59:59Z", "endDateTime": 253402300799999, "timezone": "Asia/Tokyo"}',
    ),
]


@pytest.mark.parametrize("text", [row[1] for row in SCHEDULED], ids=[row[0] for row in SCHEDULED])
async def test_a_scheduled_time_that_cannot_be_read_breaks_nothing(text: str) -> None:
    client, _ = client_of({**PAGE, "pageInfo": {"scheduledTime": text}})
    modification = await client.legacy.modification("m")
    assert modification.offer is not None
    assert modification.scheduled_end is None


async def test_no_answer_and_a_huge_one_are_told_by_what_is_known() -> None:
    for reason in ("the answer is larger than 33554432 bytes", "the answer could not be unpacked"):
        client, script = client_of(TransportFailure(reason, maybe_processed=True))
        with pytest.raises(OutcomeUnknownError, match=reason) as caught:
            await client.api.book_meeting(scheduled_time=SLOT, user_fields=[], token="t")
        assert KEY not in shown(caught.value)
        assert len(script.sent) == 1


async def test_headers_of_an_answer_can_do_no_harm() -> None:
    headers = {"x-amzn-requestid": "r-1\r\nSet-Cookie: a=b", "content-length": "-1", "content-type": "\0"}
    client, _ = client_of(WireResponse(200, headers, orjson.dumps({"inputs": []})))
    assert (await client.inputs(NODE)).name == NODE


def test_the_script_is_a_fair_one() -> None:
    with pytest.raises(InvalidInputError):
        BookIt(f"{KEY}\n")
