"""Over real sockets, through both adapters: the request line, redirects, and answers that are too much."""

import asyncio
import gzip
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from bookit_async import (
    APIStatusError,
    BookIt,
    BookItError,
    MeetingNotFoundError,
    OutcomeUnknownError,
    ResponseInvalidError,
    RetryPolicy,
)
from bookit_async.sandbox import Sandbox
from bookit_async.transports import Transport
from bookit_async.transports.aiohttp_transport import AiohttpTransport
from bookit_async.transports.httpx_transport import HttpxTransport
from bookit_async.transports.limits import MAX_RESPONSE_BYTES

from ..conftest import NODE
from ..transports.adapters import BOTH, a_request, failure_of, opened
from ..transports.raw_server import Behaviour, Exchange, saying, serving
from .script import KEY, client_of, shown

MakeTransport = Callable[..., Transport]

IDS: list[tuple[str, str, str]] = [
    ("a slash", "a/b", "a%2Fb"),
    ("a slash, written encoded", "a%2Fb", "a%252Fb"),
    ("the way up", "../meetings", "..%2Fmeetings"),
    ("the way up, written encoded", "%2e%2e", "%252e%252e"),
    ("three dots", "...", "..."),
    ("dots inside", "a..b.", "a..b."),
    ("a query", "a?status=canceled", "a%3Fstatus%3Dcanceled"),
    ("a fragment", "a#b", "a%23b"),
    ("a lone percent sign", "100%", "100%25"),
    ("a backslash", "a\\..\\b", "a%5C..%5Cb"),
    ("a space", "a b", "a%20b"),
    ("a semicolon, a colon, a plus", "a;b:c+d", "a%3Bb%3Ac%2Bd"),
    ("not ASCII", "ключ", "%D0%BA%D0%BB%D1%8E%D1%87"),
    ("beyond the basic plane", "🗓", "%F0%9F%97%93"),
    ("composed and not", "e\u0301", "e%CC%81"),
    ("another host", "//evil.example/x", "%2F%2Fevil.example%2Fx"),
    ("very long", "x" * 4000, "x" * 4000),
]


@asynccontextmanager
async def client_over(make: MakeTransport, url: str, **limits: int) -> AsyncGenerator[BookIt]:
    async with opened(make(**limits)) as transport:
        yield BookIt(KEY, base_url=url, transport=transport, timeout=5, retries=RetryPolicy(attempts=1))


@BOTH
@pytest.mark.parametrize(("given", "sent"), [row[1:] for row in IDS], ids=[row[0] for row in IDS])
async def test_an_id_stays_in_its_segment(make: MakeTransport, given: str, sent: str) -> None:
    async with (
        serving(saying(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", then=None)) as server,
        client_over(make, f"{server.url}/base%2fpath") as client,
    ):
        for call in (client.meeting(given), client.cancel(given)):
            with pytest.raises(APIStatusError):
                await call
    lines = [exchange.head.partition(b"\r\n")[0].decode("latin-1") for exchange in server.seen]
    assert lines[:2] == [
        f"GET /base%2fpath/v1/meeting/{sent} HTTP/1.1",
        f"DELETE /base%2fpath/v1/meeting/{sent} HTTP/1.1",
    ]
    assert not [line for line in lines if f"/{sent} " not in line]


async def test_ids_that_nobody_gave_out_are_not_found(served: tuple[Sandbox, BookIt]) -> None:
    sandbox, client = served
    for _, given, _ in IDS:
        for call in (
            client.meeting(given),
            client.cancel(given),
            client.reschedule(given, timezone="UTC"),
            client.availability(meeting_id=given),
        ):
            with pytest.raises(MeetingNotFoundError):
                await call
    assert sandbox.meetings == []


QUERIES: list[tuple[str, str, str]] = [
    ("a plus", "ada+x@engines.example", "ada%2Bx%40engines.example"),
    ("another parameter", "a@b.example&status=canceled", "a%40b.example%26status%3Dcanceled"),
    ("quotes, a percent sign and brackets", "'%41'[]@b.example", "%27%2541%27%5B%5D%40b.example"),
    ("not ASCII", "ключ@b.example", "%D0%BA%D0%BB%D1%8E%D1%87%40b.example"),
    ("a fragment", "a#b@c.example", "a%23b%40c.example"),
]


@BOTH
@pytest.mark.parametrize(("given", "sent"), [row[1:] for row in QUERIES], ids=[row[0] for row in QUERIES])
async def test_an_address_stays_in_its_parameter(make: MakeTransport, given: str, sent: str) -> None:
    async with (
        serving(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]")) as server,
        client_over(make, server.url) as client,
    ):
        assert await client.meetings(given) == []
    assert server.seen[0].head.startswith(f"GET /v1/meetings?prospectEmail={sent} HTTP/1.1\r\n".encode())


# --- redirects ---


@BOTH
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_the_key_never_follows_a_redirect(make: MakeTransport, status: int) -> None:
    async with serving(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) as elsewhere:
        head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: {elsewhere.url}/v1/x\r\nContent-Length: 0\r\n\r\n"
        async with serving(saying(head.encode(), then=None)) as server, client_over(make, server.url) as client:
            for call in (client.inputs(NODE), client.meeting("m"), client.cancel("m")):
                with pytest.raises(APIStatusError) as caught:
                    await call
                assert caught.value.status == status
                assert KEY not in shown(caught.value)
                assert elsewhere.url not in shown(caught.value)
        assert elsewhere.connections == 0


async def test_not_even_with_a_client_that_follows_redirects() -> None:
    async with serving(saying()) as elsewhere:
        head = f"HTTP/1.1 307 Elsewhere\r\nLocation: {elsewhere.url}\r\nContent-Length: 0\r\n\r\n"
        async with serving(saying(head.encode())) as server, httpx.AsyncClient(follow_redirects=True) as http:
            with pytest.raises(APIStatusError):
                await BookIt(KEY, base_url=server.url, http_client=http, retries=RetryPolicy(attempts=1)).inputs(NODE)
        assert elsewhere.connections == 0


# --- answers that are too large, or packed in bad faith ---

LIMIT = 100_000
GZIP = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"


def packed(data: bytes, head: bytes = GZIP) -> bytes:
    body = gzip.compress(data)
    return head % len(body) + body


def bomb(megabytes: int) -> bytes:
    """Zeros, 1,000 to 1, without holding them."""
    gzipper = zlib.compressobj(9, wbits=31)
    body = b"".join(gzipper.compress(bytes(1 << 20)) for _ in range(megabytes)) + gzipper.flush()
    return GZIP % len(body) + body


async def without_end(exchange: Exchange) -> None:
    await exchange.answer(b"HTTP/1.1 200 OK\r\n\r\n")
    while not exchange.writer.is_closing():
        await exchange.answer(bytes(1 << 16))


async def without_end_in_chunks(exchange: Exchange) -> None:
    await exchange.answer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not exchange.writer.is_closing():
        await exchange.answer(b"10000\r\n", bytes(1 << 16), b"\r\n")


async def without_end_after_gzip(exchange: Exchange) -> None:
    await exchange.answer(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", gzip.compress(b"{}"))
    while not exchange.writer.is_closing():
        await exchange.answer(bytes(1 << 16))


TOO_LARGE = f"the answer is larger than {LIMIT} bytes"
TOO_MUCH: list[tuple[str, Behaviour, str]] = [
    ("one byte over", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 100001\r\n\r\n" + bytes(LIMIT + 1)), TOO_LARGE),
    (
        "a length beyond all",
        saying(b"HTTP/1.1 200 OK\r\nContent-Length: 9%s\r\n\r\n" % (b"0" * 15), bytes(LIMIT + 1)),
        TOO_LARGE,
    ),
    ("no end", without_end, TOO_LARGE),
    ("no end, in chunks", without_end_in_chunks, TOO_LARGE),
    ("one byte over once unpacked", saying(packed(bytes(LIMIT + 1))), TOO_LARGE),
    ("a bomb", saying(bomb(64), then=None), TOO_LARGE),
    ("a bomb with an error's status", saying(bomb(1).replace(b"200 OK", b"502 Bad")), TOO_LARGE),
    ("no end after the end", without_end_after_gzip, "the answer goes on after its end"),
    ("gzip cut short", saying(GZIP % 15 + gzip.compress(b"{}" * 50)[:15]), "the answer broke off"),
    ("gzip in name only", saying(GZIP % 2 + b"{}"), "the answer could not be unpacked"),
    (
        "gzip with a wrong checksum",
        saying(GZIP % 22 + gzip.compress(b"{}")[:-8] + bytes(8)),
        "the answer could not be unpacked",
    ),
    (
        "gzip in gzip",
        saying(packed(b"", b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n")),
        "the answer is packed in a way that was not asked for",
    ),
    (
        "brotli, which was not asked for",
        saying(packed(b"", b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\nContent-Length: %d\r\n\r\n")),
        "the answer is packed in a way that was not asked for",
    ),
]


@BOTH
@pytest.mark.parametrize(("behaviour", "sentence"), [row[1:] for row in TOO_MUCH], ids=[row[0] for row in TOO_MUCH])
async def test_an_answer_that_is_too_much_is_not_read_on(
    make: MakeTransport, behaviour: Behaviour, sentence: str
) -> None:
    async with serving(behaviour) as server, opened(make(max_response_bytes=LIMIT)) as transport:
        failure = await failure_of(transport, a_request(server.url), 5)
        assert failure.reason == sentence
        assert failure.maybe_processed
        assert failure.__cause__ is failure.__context__ is None


@BOTH
@pytest.mark.parametrize("body", [b"", b"{}", bytes(LIMIT)], ids=["empty", "small", "just fits"])
@pytest.mark.parametrize("coding", ["gzip", "X-GZIP", "identity", ""])
async def test_what_fits_is_read(make: MakeTransport, body: bytes, coding: str) -> None:
    sent = gzip.compress(body) if "GZIP" in coding.upper() else body
    header = f"Content-Encoding: {coding}\r\n" if coding else ""
    head = f"HTTP/1.1 200 OK\r\n{header}Content-Length: {len(sent)}\r\n\r\n".encode()
    async with serving(saying(head, sent)) as server, opened(make(max_response_bytes=LIMIT)) as transport:
        assert (await transport.send(a_request(server.url), timeout=5)).body == body
    assert b"accept-encoding: gzip\r\n" in server.seen[0].head.lower()


@BOTH
async def test_an_empty_answer_that_calls_itself_gzip_is_empty(make: MakeTransport) -> None:
    async with serving(saying(GZIP % 0)) as server, opened(make()) as transport:
        assert (await transport.send(a_request(server.url), timeout=5)).body == b""


@BOTH
async def test_a_booking_whose_answer_is_too_large_leaves_the_outcome_open(make: MakeTransport) -> None:
    page = (
        b'{"availability": {"timeSlots": [{"start_time": 1746547200000, "end_time": 1746548100000, "users": []}],'
        b' "indexToUserIdMap": {}}}'
    )

    async def behave(exchange: Exchange) -> None:
        await exchange.answer(packed(page) if exchange.number == 1 else bomb(1))

    async with serving(behave) as server, client_over(make, server.url, max_response_bytes=LIMIT) as client:
        with pytest.raises(OutcomeUnknownError, match=TOO_LARGE) as caught:
            await client.book_link("l", timezone="UTC")
    assert KEY not in shown(caught.value)
    assert len(server.seen) == 2


@BOTH
async def test_the_limit_by_default(make: MakeTransport) -> None:
    behaviour = saying(bomb(MAX_RESPONSE_BYTES // (1 << 20) + 1), then=None)
    async with serving(behaviour) as server, client_over(make, server.url) as client:
        with pytest.raises(BookItError, match=f"larger than {MAX_RESPONSE_BYTES} bytes"):
            await client.inputs(NODE)


@BOTH
async def test_after_an_answer_that_was_too_much_the_next_call_works(make: MakeTransport) -> None:
    async def behave(exchange: Exchange) -> None:
        if exchange.number == 1:
            await without_end(exchange)
        await exchange.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")

    async with serving(behave) as server, opened(make(max_response_bytes=LIMIT, max_connections=1)) as transport:
        await failure_of(transport, a_request(server.url), 5)
        assert (await transport.send(a_request(server.url), timeout=5)).body == b"{}"


async def test_an_answer_that_was_read_already_is_not_unpacked_twice() -> None:
    body = gzip.compress(b"{}")

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Encoding": "gzip"}, content=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        transport = HttpxTransport(http, max_response_bytes=2)
        assert (await transport.send(a_request("https://x.example"), timeout=5)).body == b"{}"
        failure = await failure_of(HttpxTransport(http, max_response_bytes=1), a_request("https://x.example"), 5)
    assert failure.reason == "the answer is larger than 1 bytes"


async def test_many_bombs_at_once_take_no_more_than_the_limit_each() -> None:
    async with (
        serving(saying(bomb(16), then=None)) as server,
        opened(AiohttpTransport(max_response_bytes=LIMIT)) as transport,
    ):
        failures = await asyncio.gather(*(failure_of(transport, a_request(server.url), 5) for _ in range(20)))
    assert {failure.reason for failure in failures} == {TOO_LARGE}


@pytest.mark.parametrize(("answer", "lacks"), [({"responseType": "calendar"}, "params"), ({}, "responseType")])
async def test_a_legacy_routing_without_what_goes_with_it(answer: dict[str, str], lacks: str) -> None:
    client, _ = client_of(answer)
    with pytest.raises(ResponseInvalidError) as caught:
        await client.legacy.route("Node", {"Email": "a@b.example"})
    assert caught.value.looked_for == lacks
