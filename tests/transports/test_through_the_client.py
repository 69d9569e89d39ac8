"""What a caller sees of broken exchanges, over both adapters: reads go on, bookings happen once."""

import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any

import pytest

from bookit_async import (
    APIStatusError,
    Booked,
    BookIt,
    BookItError,
    OutcomeUnknownError,
    ResponseInvalidError,
    WireRequest,
    WireResponse,
)
from bookit_async.sandbox import Sandbox

from ..clock import Clock
from ..conftest import ADA, NODE
from ..scenes import MODES, sandbox_of
from .adapters import BOTH, CANARY, MakeTransport, opened
from .raw_server import Exchange, saying, serving

pytestmark = pytest.mark.long

EMAIL = ADA["Email"]
PAGE = f"<html>{CANARY}</html>".encode()


def message(body: bytes, kind: str = "application/json", status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def passed_on(sandbox: Sandbox, exchange: Exchange) -> WireResponse:
    """The request takes effect."""
    line, *fields = exchange.head.decode().rstrip().split("\r\n")
    method, target, _ = line.split(" ")
    headers = dict(field.split(": ", 1) for field in fields)
    request = WireRequest(method, f"http://sandbox{target}", headers, exchange.body or None)
    return await sandbox.transport.send(request, timeout=1)


Breaking = Callable[[Exchange, WireResponse | None], Awaitable[None]]
"""Spoils an exchange, whose request took effect if there is an answer."""


def instead(*pieces: bytes, then: Callable[[Exchange], None] | None = None) -> Breaking:
    async def spoil(exchange: Exchange, _answer: WireResponse | None) -> None:
        await saying(*pieces, then=then)(exchange)

    return spoil


BREAKS: list[tuple[str, Breaking]] = [
    ("closes as the request comes", instead(then=Exchange.close)),
    ("resets as the request comes", instead(then=Exchange.reset)),
    ("changes the protocol", instead(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n")),
    ("stops after an interim answer", instead(b"HTTP/1.1 100 Continue\r\n\r\n", then=Exchange.close)),
    ("closes in the head", instead(b"HTTP/1.1 200 OK\r\nContent-", then=Exchange.close)),
    ("closes in the body", instead(message(b'{"meetingId": "m"}')[:-4], then=Exchange.close)),
    ("gives up waiting", instead(message(b"", status="408 Request Timeout"), then=Exchange.close)),
    ("answers with a page", instead(message(PAGE, "text/html"))),
    ("answers with a page called JSON", instead(message(PAGE))),
    ("answers with nothing", instead(message(b""))),
    ("answers with half of it", instead(message(b'{"meetingId": "m"'))),
    ("answers from a broken gateway", instead(message(PAGE, "text/html", "502 Bad Gateway"))),
]
EACH_BREAK = pytest.mark.parametrize("spoil", [row[1] for row in BREAKS], ids=[row[0] for row in BREAKS])


@contextlib.asynccontextmanager
async def broken(
    make: MakeTransport,
    sandbox: Sandbox,
    spoil: Breaking,
    *,
    on: str | tuple[str, ...],
    effect: bool = False,
    times: int = 1,
) -> AsyncGenerator[tuple[BookIt, list[str]]]:
    """A client whose first requests to paths that end like this are spoiled, the first on a kept connection."""
    sent: list[str] = []
    spoiled: list[Exchange] = []
    carried: set[int] = set()
    armed = False

    async def behave(exchange: Exchange) -> None:
        path = exchange.head.split(b" ")[1].decode().partition("?")[0]
        sent.append(path)
        if armed and path.endswith(on) and len(spoiled) < times:
            assert spoiled or exchange.connection in carried
            spoiled.append(exchange)
            await spoil(exchange, await passed_on(sandbox, exchange) if effect else None)
        else:
            answer = await passed_on(sandbox, exchange)
            await exchange.answer(message(answer.body, status=f"{answer.status} As it is"))
        carried.add(exchange.connection)

    clock = Clock()
    async with serving(behave) as server, opened(make(max_connections=1)) as transport:
        client = BookIt(sandbox.api_key, base_url=server.url, transport=transport, clock=clock, sleep=clock.sleep)
        await client.inputs(NODE)
        sent.clear()
        armed = True
        yield client, sent
    assert spoiled


Read = Callable[[BookIt], Awaitable[Any]]
READS: list[tuple[str, Read]] = [
    ("retrieve-inputs", lambda client: client.inputs(NODE, refresh=True)),
    ("meetings", lambda client: client.meetings(EMAIL)),
    ("fetch-availability", lambda client: client.availability(link_id="Em30rva")),
]


@BOTH
@EACH_BREAK
@pytest.mark.parametrize(("path", "read"), READS, ids=[row[0] for row in READS])
async def test_a_read_is_sent_again_and_does_not_fail(
    make: MakeTransport, spoil: Breaking, path: str, read: Read
) -> None:
    sandbox = sandbox_of()
    wanted = await read(BookIt(sandbox.api_key, transport=sandbox.transport))
    async with broken(make, sandbox, spoil, on=path) as (client, sent):
        assert repr(await read(client)) == repr(wanted)
    assert len(sent) == 2


@BOTH
@EACH_BREAK
@pytest.mark.parametrize("effect", [False, True], ids=["before it takes effect", "after it took effect"])
@pytest.mark.parametrize("mode", MODES)
async def test_a_booking_is_booked_once_and_comes_back(
    make: MakeTransport, spoil: Breaking, effect: bool, mode: str
) -> None:
    sandbox = sandbox_of()
    async with broken(make, sandbox, spoil, on="meeting", effect=effect) as (client, sent):
        booked = await MODES[mode](client)
    (held,) = sandbox.meetings
    assert isinstance(booked, Booked)
    assert (booked.meeting_id, booked.recovered) == (held.id, effect)
    assert sum(one.endswith("meeting") for one in sent) == (1 if effect else 2)


async def as_text(exchange: Exchange, answer: WireResponse | None) -> None:
    assert answer is not None
    await exchange.answer(message(answer.body, "text/plain; charset=iso-8859-1"))


@BOTH
@pytest.mark.parametrize("mode", MODES)
async def test_the_answer_counts_whatever_its_content_type(make: MakeTransport, mode: str) -> None:
    sandbox = sandbox_of()
    async with broken(make, sandbox, as_text, on="meeting", effect=True) as (client, _):
        booked = await MODES[mode](client)
    assert (booked.recovered, len(sandbox.meetings)) == (False, 1)


LASTING: list[tuple[str, Breaking, type[BookItError]]] = [
    ("a page", instead(message(PAGE, "text/html")), ResponseInvalidError),
    ("a page called JSON", instead(message(PAGE)), ResponseInvalidError),
    ("nothing", instead(message(b"")), ResponseInvalidError),
    ("another protocol", instead(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), OutcomeUnknownError),
    ("giving up", instead(message(PAGE, status="408 Request Timeout")), APIStatusError),
    ("the end", instead(then=Exchange.close), OutcomeUnknownError),
]


@BOTH
@pytest.mark.parametrize(("spoil", "error"), [row[1:] for row in LASTING], ids=[row[0] for row in LASTING])
async def test_what_lasts_is_told_without_what_was_answered(
    make: MakeTransport, spoil: Breaking, error: type[BookItError]
) -> None:
    sandbox = sandbox_of()
    async with broken(make, sandbox, spoil, on=("meetings", "meeting"), times=1000) as (client, sent):
        with pytest.raises(error) as read:
            await client.meetings(EMAIL)
        assert len(sent) == 4
        with pytest.raises(OutcomeUnknownError) as written:
            await MODES["link"](client)
    for told in (read.value, written.value):
        assert not [one for one in (CANARY, EMAIL, "127.0.0.1", sandbox.api_key) if one in f"{told} {told!r}"]
