"""Answers and calls that are wrong in ways of their own, with a canary in what is wrong."""

import asyncio
import inspect
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import httpx
import orjson
import pytest

from bookit_async import BookIt, BookItError, InvalidInputError, ResponseInvalidError, RetryPolicy, Transport
from bookit_async._generated.models import SelectedPoolTime, SelectedTime, UserField
from bookit_async.sandbox import Sandbox
from bookit_async.transports import WireRequest, WireResponse

from ..clock import Clock
from ..conftest import NODE, NOW
from ..sandbox.faults.test_proxy import serving
from .canaries import ANSWERS, CANARY, EMAIL, KEY, PROSPECT, ZONE, Told, everything, told_by

pytestmark = pytest.mark.long

Path = tuple[str | int, ...]
MEETING = {"meetingId": "m1", "organizerEmail": EMAIL}


def leaves(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield where every value of a JSON document is, the inner ones of an array's first item only."""
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():  # pyright: ignore[reportUnknownVariableType] - JSON
            yield from leaves(inner, (*path, str(key)))  # pyright: ignore[reportUnknownArgumentType] - JSON
    elif isinstance(value, list) and value:
        yield from leaves(value[0], (*path, 0))


def spoiled(value: Any, path: Path) -> Any:
    """Return the document with a value of the wrong type there, which tells the canary."""
    if not path:
        return {CANARY: EMAIL} if isinstance(value, str) else EMAIL
    copy = value.copy()
    copy[path[0]] = spoiled(value[path[0]], path[1:])
    return copy


class Spoiling:
    """Spoils each answer at the next of its places, until each place of each operation was spoiled once."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.done: set[tuple[str, Path]] = set()

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await self.inner.send(request, timeout=timeout)
        if answer.status != 200 or not answer.body:
            return answer
        name = request.url.partition("?")[0].rpartition("/")[2][:12]
        data = orjson.loads(answer.body)
        place = next((path for path in leaves(data) if (name, path) not in self.done), None)
        if place is None:
            return answer
        self.done.add((name, place))
        return WireResponse(answer.status, answer.headers, orjson.dumps(spoiled(data, place)))

    async def close(self) -> None: ...


async def test_a_value_of_the_wrong_type_is_not_told(told: Told) -> None:
    sandbox, clock = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False), Clock()
    transport = Spoiling(sandbox.transport)
    before = -1
    while len(transport.done) > before:
        before = len(transport.done)
        once = RetryPolicy(attempts=1)
        client = BookIt(KEY, transport=transport, clock=clock, sleep=clock.sleep, retries=once)
        for call in (
            partial(client.inputs, NODE),
            partial(client.route, NODE, PROSPECT),
            partial(client.meetings, EMAIL),
            partial(client.availability, link_id="Em30rva"),
            partial(client.book_link, "Em30rva", timezone=ZONE, answers=ANSWERS),
            partial(client.legacy.route, NODE, PROSPECT),
        ):
            await told.note(call)
        for meeting in sandbox.meetings[:1]:
            await told.note(partial(client.meeting, meeting.id))
            await told.note(partial(client.legacy.modification, meeting.id))
    paths = {one.path for one in told.shown if isinstance(one, ResponseInvalidError)}
    assert len(paths) > 30
    assert told.leaks(sandbox) == []


class Saying:
    """Answers everything alike."""

    def __init__(self, status: int, body: bytes) -> None:
        self.answer = WireResponse(status=status, headers={"x-amzn-requestid": "r-1"}, body=body)

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - its interface
        return self.answer

    async def close(self) -> None: ...


@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 404, 408, 409, 429, 500, 504])
@pytest.mark.parametrize("envelope", ["error", "message", "text"])
async def test_what_the_service_says_is_not_told(told: Told, status: int, envelope: str) -> None:
    said = f"A meeting with {EMAIL} exists already"
    clock = Clock()
    transport = Saying(status, said.encode() if envelope == "text" else orjson.dumps({envelope: said}))
    await everything(BookIt(KEY, transport=transport, clock=clock, sleep=clock.sleep), told)
    assert told.leaks() == []


class Poison:
    """Tells itself when it is shown."""

    def __repr__(self) -> str:
        return EMAIL


POISONS: Mapping[str, Any] = {
    "line breaks": f"{EMAIL}\n",
    "half a character": f"{EMAIL}\ud800",
    "blank": " ",
    "long": EMAIL * 1_000,
    "bytes": EMAIL.encode(),
    "list": [EMAIL],
    "map": {"Email": EMAIL},
    "nested": {"Email": {"Email": [EMAIL, f"{EMAIL}\ud800", Poison()]}},
    "object": Poison(),
    "exception": ValueError(EMAIL),
    "number": 10**30,
}
TIMES: Mapping[str, Any] = {"start_time": 1746547200000, "end_time": 1746548100000, "timezone": "UTC"}
GOOD: Mapping[str, Any] = {
    "trigger_node": NODE,
    "node_name": NODE,
    "ld_node_name": NODE,
    "prospect": PROSPECT,
    "form_data": PROSPECT,
    "timezone": ZONE,
    "answers": ANSWERS,
    "guests": [EMAIL],
    "link_id": "Em30rva",
    "params": f"{CANARY}params",
    "meeting_id": "m1",
    "event_id": "m1",
    "prospect_email": EMAIL,
    "uid": "u",
    "ld_uid": "u",
    "user_fields": [UserField(name="Email", type_="text", value=EMAIL)],
}


def valid(call: Any) -> dict[str, Any]:
    """Return what a call needs, as it should be."""
    needed = [one.name for one in inspect.signature(call).parameters.values() if one.default is inspect.Parameter.empty]
    pooled = call.__name__ == "book_round_robin_meeting"
    time = SelectedPoolTime(**TIMES, users=["h1"]) if pooled else SelectedTime(**TIMES)
    return {name: time if name == "scheduled_time" else GOOD[name] for name in needed}


@pytest.mark.parametrize("poison", POISONS)
async def test_what_is_wrong_with_a_call_is_not_told(told: Told, poison: str) -> None:
    sandbox = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False)
    client = BookIt(KEY, transport=sandbox.transport)
    flows = [client.inputs, client.route, client.book, client.book_link, client.availability, client.meeting]
    flows += [client.meetings, client.reschedule, client.cancel]
    flows += [client.legacy.route, client.legacy.availability, client.legacy.modification, client.legacy.book]
    api = [getattr(client.api, name) for name in dir(client.api) if not name.startswith("_")]
    refused = 0
    for call in [*flows, *api]:
        for name in inspect.signature(call).parameters:
            if name in ("trigger_node", "node_name", "ld_node_name", "uid", "ld_uid") or "link" in name:
                continue  # what is no secret may be told
            try:
                told.shown.append(await call(**{**valid(call), name: POISONS[poison]}))
            except InvalidInputError as error:
                refused += 1
                told.shown.append(error)
            except (BookItError, TypeError, AttributeError) as error:
                told.shown.append(error)
    wrong: list[dict[str, Any]] = [{"api_key": POISONS[poison]}, {"api_key": KEY, "base_url": POISONS[poison]}]
    for settings in wrong:
        with pytest.raises(InvalidInputError) as caught:
            BookIt(**settings)
        told.shown.append(caught.value)
    assert refused > 20
    assert (
        told.leaks(sandbox, frames=False) == []
    )  # a canary stands in place of every argument, those too that are nobody's


async def test_what_follows_an_answer_unasked_is_not_told(told: Told) -> None:
    """What comes after the announced end of a body is read as the next answer, and quoted where it cannot be read."""
    body = orjson.dumps(MEETING)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}" + body)

    async with serving(serve) as url:
        retries = RetryPolicy(attempts=2, first_wait=0.001)
        async with httpx.AsyncClient() as http, BookIt(KEY, base_url=url, retries=retries) as over_aiohttp:
            for client in (over_aiohttp, BookIt(KEY, base_url=url, http_client=http, retries=retries)):
                for _ in range(3):
                    await told.note(partial(client.meeting, "m1"))
    assert told.leaks() == []


NOBODY: Mapping[str, str] = {}


def test_the_look_finds_what_is_hidden() -> None:
    def look_up() -> None:
        try:
            NOBODY[EMAIL]
        except KeyError:
            raise ValueError("nothing") from None

    with pytest.raises(ValueError, match="nothing") as caught:
        look_up()
    assert any(CANARY in text for text in told_by(caught.value))
    told = Told()
    told.shown.append(caught.value)
    assert told.leaks()
