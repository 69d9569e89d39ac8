"""What no caller should send: refused with a sentence, over TCP and in process, and nothing is changed by it."""

import gzip
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from io import BytesIO

import aiohttp
import orjson
import pytest

from bookit_async.sandbox import Sandbox

from ... import paths
from ..front_door import BOOK, ROUTE, Door, booking
from ..worlds import small_world

INPUTS = paths.INPUTS
NOT_JSON = "Validation Error: the request body is not JSON"
DEEP = "Validation Error: the request body is nested too deeply"
TWICE = "Validation Error: the request body has a key twice in one object"
COMPRESSED = "Validation Error: the request body must not be compressed"
TAKEN = "The selected time is no longer available."
TOO_SOON = "Validation Error: Scheduled time is before the minimum booking notice"


@pytest.fixture
async def served() -> AsyncIterator[tuple[Door, aiohttp.ClientSession]]:
    async with (
        Sandbox(small_world(), now=datetime(2026, 5, 4, 6, tzinfo=UTC), seed=1) as sandbox,
        aiohttp.ClientSession(sandbox.url, headers={"X-Api-Key": sandbox.api_key}) as session,
    ):
        yield Door(sandbox), session


def body(**instead: bytes) -> bytes:
    """A booking's body as text, with raw JSON in some places."""
    usual = {"start": b"1777881600000", "end": b"1777883400000", "timezone": b'"UTC"', "email": b'"a@b.example"'}
    return (
        b'{"scheduledTime": {"start_time": %(start)b, "end_time": %(end)b, "timezone": %(timezone)b}, '
        b'"linkId": "open", "userFields": [{"name": "First Name", "type": "text", "value": "A"}, '
        b'{"name": "Last Name", "type": "text", "value": "B"}, {"name": "Email", "type": "text", "value": %(email)b}]}'
    ) % {name.encode(): text for name, text in (usual | instead).items()}


def test_the_body_that_is_spoiled_below_is_good() -> None:
    assert orjson.loads(body())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (body(start=b"NaN"), NOT_JSON),
        (body(start=b"Infinity"), NOT_JSON),
        (body(start=b"1e999"), NOT_JSON),
        (body(start=b"1" + b"0" * 400), NOT_JSON),
        (body(email=b'"\\ud800@b.example"'), NOT_JSON),
        (body(email=b'"\xed\xa0\x80@b.example"'), NOT_JSON),
        (body(email=b'"\xff@b.example"'), NOT_JSON),
        (body().decode().encode("utf-16"), NOT_JSON),
        (b"\xef\xbb\xbf" + body(), NOT_JSON),
        (body() + b"{}", NOT_JSON),
        (b"[" * 100_000, NOT_JSON),
        (b"[" * 2000 + b"]" * 2000, NOT_JSON),
        (body(email=b"[" * 300 + b"]" * 300), DEEP),
        (body(email=b'{"a":' * 999 + b"1" + b"}" * 999), DEEP),
        (body(timezone=b'"UTC", "timezone": "UTC"'), TWICE),
        (body(email=b'{"a": 1, "\\u0061": 2}'), TWICE),
        (body(start=b"1" + b"0" * 300, end=b"2" + b"0" * 300), TAKEN),
        (body(end=b"9223372036854775808"), TAKEN),
        (body(start=b"-1" + b"0" * 300), TOO_SOON),
        (body(start=b"1.5"), "Validation Error: scheduledTime.start_time must be of type integer"),
        (body(start=b"true"), "Validation Error: scheduledTime.start_time must be of type integer"),
        (body(timezone=b'"../UTC"'), "Validation Error: timezone must be an IANA time zone"),
        (body(timezone=b'"\\u0000"'), "Validation Error: timezone must be an IANA time zone"),
        (body(timezone=b'"%b"' % (b"A" * 5000)), "Validation Error: timezone must be an IANA time zone"),
        (body(email=b'"a@b.example\\r\\nBcc: x@y.example"'), "Validation Error: Email must be an email address"),
        (body(email=b'["a@b.example", 5]'), "Validation Error: userFields[2].value[1] must be of type string"),
    ],
)
async def test_a_body_that_cannot_be_booked(
    served: tuple[Door, aiohttp.ClientSession], content: bytes, sentence: str
) -> None:
    door, session = served
    headers = {"X-Api-Key": door.sandbox.api_key}
    reply = await door.raw("POST", BOOK, content, headers)
    async with session.post(BOOK, data=content) as response:
        over_tcp = response.status, await response.json()
    assert over_tcp == (reply.status, reply.json)
    assert (reply.status, reply.json) == (400, {"error": sentence})
    assert (door.sandbox.meetings, door.sandbox.outbox) == ([], [])


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "x"])
async def test_a_compressed_body_is_refused_unread(served: tuple[Door, aiohttp.ClientSession], encoding: str) -> None:
    door, session = served
    bomb = gzip.compress(b" " * 50_000_000)
    async with session.post(BOOK, data=bomb, headers={"Content-Encoding": encoding}) as response:
        assert (response.status, await response.json()) == (400, {"error": COMPRESSED})
    assert door.sandbox.meetings == []


async def test_a_body_over_ten_mebibytes_is_too_long_over_tcp(served: tuple[Door, aiohttp.ClientSession]) -> None:
    door, session = served
    content = body() + b" " * (10 * 1024 * 1024 - len(body()) + 1)
    async with session.post(BOOK, data=BytesIO(content)) as response:
        assert (response.status, await response.json()) == (413, {"message": "Request Too Long"})
    assert door.sandbox.meetings == []
    async with session.post(BOOK, data=BytesIO(content[:-1])) as response:
        assert response.status == 200


@pytest.mark.parametrize(
    ("method", "path", "allow"),
    [
        ("HEAD", "/v1/meetings", "GET"),
        ("OPTIONS", "/v1/meetings", "GET"),
        ("PUT", "/v1/meeting", "POST"),
        ("OPTIONS", "/v1/meeting/x", "GET, PATCH, DELETE"),
        ("TRACE", INPUTS, "POST"),
        ("BREW", INPUTS, "POST"),
    ],
)
async def test_a_method_that_is_not_there_is_told_which_are(
    served: tuple[Door, aiohttp.ClientSession], method: str, path: str, allow: str
) -> None:
    door, session = served
    reply = await door(method, path)
    async with session.request(method, path) as response:
        assert (response.status, await response.read()) == (reply.status, reply.body)
        assert {*response.headers["allow"].split(", ")} == {*reply.headers["allow"].split(", ")} == {*allow.split(", ")}
    assert reply.status == 405
    assert reply.body == (b"" if method == "HEAD" else b'{"message":"Method Not Allowed"}')


@pytest.mark.parametrize(
    "prospect",
    [
        {"Plan": "solo", "Size": True},
        {"Plan": "solo", "Size": "9" * 400},
        {"Plan": "solo", "Size": []},
        {"Plan": {"deep": {}}},
        {"Plan": "solo", "Partner": 1},
        {"Plan": "solo", "Phone": 5},
        [],
        "solo",
    ],
)
async def test_a_prospect_that_cannot_be_routed(door: Door, prospect: object) -> None:
    reply = await door.post(ROUTE, {"triggerNode": "Plans", "uid": "u", "prospect": prospect})
    assert reply.status == 400
    assert reply.json["error"].startswith("Validation Error: ")


@pytest.mark.parametrize(
    "text", ["\u202e\U0001f600\u0000\u2028", "a" * 100_000, "%s{0}$HOME", "'; DROP TABLE meeting;--"]
)
async def test_any_text_is_only_text(door: Door, text: str) -> None:
    routed = await door.route("solo", uid=text, First=text, Extra={text: [text]})
    page = routed["scheduling"]
    assert page["pageInfo"]["prefillFields"]["First Name"] == text
    sent = {**booking(page, First_Name=text), "token": routed["routing"]["token"]}
    assert (await door.post(BOOK, sent)).status == 200
    assert (door.sandbox.meetings[0].uid, door.sandbox.meetings[0].answers["First Name"]) == (text, text)
