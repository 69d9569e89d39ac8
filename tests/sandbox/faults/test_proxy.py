"""Every kind of fault on real sockets, seen by a client that reads bytes: what it gets, and if there is a meeting."""

import asyncio
import contextlib
import gc
import re
import socket
import struct
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from attrs import frozen

from bookit_async import Booked, BookIt, Offer
from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.faults import KINDS, Fault, FaultPlan, Kind, When
from bookit_async.sandbox.faults.proxy import FaultProxy, Handled
from bookit_async.sandbox.world import Host, Link, MeetingType, Schedule, World

from ..front_door import BOOK, FETCH, Door, booking
from ..worlds import small_world

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
STALL = 0.04
LATE = 0.01
PING = b"GET /ping HTTP/1.1\r\nHost: a\r\n\r\n"
"""Is no operation and has no key: the sandbox says 401, and no fault happens to it."""


@frozen
class Seen:
    """What a client got until the end of its connection, and whether that was a reset."""

    data: bytes
    reset: bool

    @property
    def status(self) -> int:
        return int(self.data.split(b" ", 2)[1])

    @property
    def head(self) -> str:
        return self.data.partition(b"\r\n\r\n")[0].decode().lower()

    @property
    def body(self) -> bytes:
        return self.data.partition(b"\r\n\r\n")[2]

    @property
    def length(self) -> int:
        found = re.search(r"^content-length: (\d+)$", self.head, re.MULTILINE)
        assert found
        return int(found[1])


async def talk(url: str, *requests: bytes, ends: bool = True) -> Seen:
    """Sends all requests at once, in one connection, and reads to the end; `ends` tells the server that this is all."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    data = bytearray()
    try:
        writer.write(b"".join(requests))
        if ends:
            writer.write_eof()
        while piece := await reader.read(65536):
            data += piece
    except ConnectionResetError:
        return Seen(bytes(data), reset=True)
    finally:
        writer.transport.abort()
    return Seen(bytes(data), reset=False)


def post(path: str, body: object, *headers: str, key: str) -> bytes:
    content = orjson.dumps(body)
    lines = (f"POST {path} HTTP/1.1", "Host: a", f"X-Api-Key: {key}", f"Content-Length: {len(content)}", *headers)
    return "\r\n".join((*lines, "", "")).encode() + content


@pytest.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    async with Sandbox(small_world(), now=NOW, seed=1) as sandbox:
        yield sandbox


@pytest.fixture
async def book(sandbox: Sandbox) -> bytes:
    """A request that books."""
    page = (await Door(sandbox).post(FETCH, {"linkId": "open"})).json
    return post(BOOK, {**booking(page), "linkId": "open"}, key=sandbox.api_key)


def plan_of(*faults: Fault) -> FaultPlan:
    return FaultPlan(faults, seed=1)


def is_booked(seen: Seen) -> bool:
    return seen.status == 200 and len(orjson.loads(seen.body)["meetingId"]) == 52


def says(status: int) -> Callable[[Seen], bool]:
    def check(seen: Seen) -> bool:
        known = {429: "Too Many Requests", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}
        assert "x-amzn-requestid: " in seen.head
        return seen.status == status and orjson.loads(seen.body) == {"message": known[status]}

    return check


def nothing(seen: Seen) -> bool:
    return not seen.data


def half_a_head(seen: Seen) -> bool:
    return seen.data.startswith(b"HTTP/1.1 ") and b"\r\n\r\n" not in seen.data


def half_a_body(seen: Seen) -> bool:
    return 0 < len(seen.body) < seen.length


def half_a_chunk(seen: Seen) -> bool:
    size, _, sent = seen.body.partition(b"\r\n")
    return "transfer-encoding: chunked" in seen.head and 0 < len(sent) < int(size, 16)


def all_but_what_was_announced(seen: Seen) -> bool:
    return isinstance(orjson.loads(seen.body), dict) and seen.length > len(seen.body)


def html(seen: Seen) -> bool:
    return seen.status == 200 and "content-type: text/html" in seen.head and seen.body.startswith(b"<!DOCTYPE html>")


def text(check: Callable[[Seen], bool]) -> Callable[[Seen], bool]:
    return lambda seen: seen.head.count("content-type: ") == 1 and "text/plain" in seen.head and check(seen)


def empty(seen: Seen) -> bool:
    return seen.status == 200 and seen.length == 0 == len(seen.body)


def booked_after_interim_answers(seen: Seen) -> bool:
    *interim, head, body = seen.data.split(b"\r\n\r\n")
    return [int(one.split(b" ", 2)[1]) for one in interim] == [100, 102, 103] and is_booked(
        Seen(head + b"\r\n\r\n" + body, reset=False)
    )


# What is seen, and what becomes of the connection.
SEEN: list[tuple[Kind, When, Callable[[Seen], bool], str]] = [
    ("reset_on_accept", "before", nothing, "reset"),
    ("reset_after_head", "before", nothing, "reset"),
    ("reset", "before", nothing, "reset"),
    ("reset", "after", nothing, "reset"),
    ("close", "before", nothing, "closed"),
    ("close", "after", nothing, "closed"),
    ("close_in_head", "before", half_a_head, "closed"),
    ("close_in_head", "after", half_a_head, "closed"),
    ("close_in_body", "before", half_a_body, "closed"),
    ("close_in_body", "after", half_a_body, "closed"),
    ("close_in_chunk", "before", half_a_chunk, "closed"),
    ("close_in_chunk", "after", half_a_chunk, "closed"),
    ("length_too_long", "before", all_but_what_was_announced, "closed"),
    ("length_too_long", "after", all_but_what_was_announced, "closed"),
    ("not_json", "before", html, "kept"),
    ("not_json", "after", html, "kept"),
    ("wrong_type", "before", text(lambda seen: seen.status == 200 and seen.body == b"OK"), "kept"),
    ("wrong_type", "after", text(is_booked), "kept"),
    ("empty", "before", empty, "kept"),
    ("empty", "after", empty, "kept"),
    ("interim", "after", booked_after_interim_answers, "kept"),
    ("close_after_answer", "after", is_booked, "closed"),
    ("too_many_requests", "before", says(429), "kept"),
    ("bad_gateway", "before", says(502), "kept"),
    ("bad_gateway", "after", says(502), "kept"),
    ("service_unavailable", "before", says(503), "kept"),
    ("service_unavailable", "after", says(503), "kept"),
    ("gateway_timeout", "before", says(504), "kept"),
    ("gateway_timeout", "after", says(504), "kept"),
]
SLOWLY: list[tuple[Kind, When, Callable[[Seen], bool]]] = [
    ("stall", "before", nothing),
    ("stall", "after", nothing),
    ("drip", "before", says(502)),
    ("drip", "after", is_booked),
]
# What a client sees of what is late, it sees of what never reaches the service too.
SEEN.extend([(row[0], "late", row[2], row[3]) for row in SEEN if row[1] == "before" and "late" in KINDS[row[0]]])
SLOWLY.extend([(row[0], "late", row[2]) for row in SLOWLY if row[1] == "before"])


def test_the_tables_are_complete() -> None:
    tested = {(kind, when) for kind, when, *_ in (*SEEN, *SLOWLY)} | {("close_on_reuse", "before")}
    assert tested == {(kind, when) for kind, whens in KINDS.items() for when in whens}


@pytest.mark.parametrize(("kind", "when", "check", "connection"), SEEN)
async def test_a_kind(
    *, sandbox: Sandbox, book: bytes, kind: Kind, when: When, check: Callable[[Seen], bool], connection: str
) -> None:
    async with FaultProxy(sandbox.url, plan_of(Fault(kind, when=when, times=1)), late_seconds=LATE) as proxy:
        seen = await talk(proxy.url, book, PING)
        await proxy.landed()
    answers, _, pong = seen.data.partition(b"HTTP/1.1 401 Unauthorized")
    assert seen.reset == (connection == "reset")
    assert bool(pong) == (connection == "kept")
    assert check(Seen(answers, reset=seen.reset))
    assert len(sandbox.meetings) == (when != "before")
    operation = None if kind == "reset_on_accept" else "book_meeting"
    assert proxy.log == [(operation, kind, when), *([(None, None, None)] * bool(pong))]


@pytest.mark.parametrize(("kind", "when", "check"), SLOWLY)
@pytest.mark.parametrize("patient", [True, False], ids=["patient", "impatient"])
async def test_a_slow_kind(
    *, sandbox: Sandbox, book: bytes, kind: Kind, when: When, check: Callable[[Seen], bool], patient: bool
) -> None:
    plan = plan_of(Fault(kind, when=when))
    loop = asyncio.get_running_loop()
    stall = STALL if patient else 60
    async with FaultProxy(sandbox.url, plan, stall_seconds=stall, late_seconds=LATE) as proxy:
        started = loop.time()
        if patient:
            last = book.replace(b"Host: a", b"Host: a\r\nConnection: close", 1)
            assert check(await talk(proxy.url, last, ends=False))
            assert loop.time() - started > STALL * 0.9
        else:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(talk(proxy.url, book, ends=False), STALL)
            await until(lambda: proxy.connections == 0)
        await proxy.landed()
    assert loop.time() - started < 5
    assert len(sandbox.meetings) == (when != "before")
    assert proxy.log == [("book_meeting", kind, when)]


async def test_what_is_late_takes_effect_that_long_after_the_answer_was_lost(sandbox: Sandbox, book: bytes) -> None:
    loop = asyncio.get_running_loop()
    plan = plan_of(Fault("stall", when="late"))
    async with FaultProxy(sandbox.url, plan, stall_seconds=STALL, late_seconds=5 * LATE) as proxy:
        last = book.replace(b"Host: a", b"Host: a\r\nConnection: close", 1)
        started = loop.time()
        assert nothing(await talk(proxy.url, last, ends=False))
        assert proxy.slowest_landing == 0
        await proxy.landed()
        took = loop.time() - started
    assert len(sandbox.meetings) == 1
    assert took > (STALL + 5 * LATE) * 0.9
    assert 5 * LATE * 0.9 < proxy.slowest_landing < took


async def test_what_is_late_and_still_to_come_never_comes_once_the_proxy_is_left(sandbox: Sandbox, book: bytes) -> None:
    before = asyncio.all_tasks()
    async with FaultProxy(sandbox.url, plan_of(Fault("close", when="late")), late_seconds=60) as proxy:
        assert nothing(await talk(proxy.url, book))
    assert (sandbox.meetings, asyncio.all_tasks()) == ([], before)


async def test_a_late_request_that_finds_no_service_is_dropped() -> None:
    async with FaultProxy("http://127.0.0.1:1", plan_of(Fault("close", when="late")), late_seconds=LATE) as proxy:
        assert nothing(await talk(proxy.url, PING.replace(b"/ping", b"/v1/meetings")))
        await proxy.landed()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not reached():  # noqa: ASYNC110 - there is nothing that would tell
            await asyncio.sleep(0)


async def test_a_race_is_lost_on_a_used_connection_only(sandbox: Sandbox, book: bytes) -> None:
    async with FaultProxy(sandbox.url, plan_of(Fault("close_on_reuse", operation="book_meeting"))) as proxy:
        lost = await talk(proxy.url, PING, book)
        assert (lost.status, lost.data.count(b"HTTP/1.1")) == (401, 1)
        assert sandbox.meetings == []
        assert is_booked(await talk(proxy.url, book))
    assert proxy.log == [
        (None, None, None),
        ("book_meeting", "close_on_reuse", "before"),
        ("book_meeting", None, None),
    ]


@pytest.mark.parametrize(
    ("kind", "wait", "said"),
    [
        ("too_many_requests", 7, "7"),
        ("too_many_requests", 0, "0"),
        ("service_unavailable", timedelta(seconds=90), "mon, 04 may 2026 06:01:30 gmt"),
        ("service_unavailable", timedelta(days=-1), "sun, 03 may 2026 06:00:00 gmt"),
    ],
)
async def test_retry_after(sandbox: Sandbox, book: bytes, kind: Kind, wait: int | timedelta, said: str) -> None:
    async with FaultProxy(sandbox.url, plan_of(Fault(kind, retry_after=wait)), now=lambda: NOW) as proxy:
        seen = await talk(proxy.url, book)
    assert f"retry-after: {said}" in seen.head.split("\r\n")


async def test_the_gateway_keeps_the_request_id_of_what_was_processed(sandbox: Sandbox, book: bytes) -> None:
    async with FaultProxy(sandbox.url, plan_of(Fault("bad_gateway", when="after"))) as proxy:
        seen = await talk(proxy.url, book)
    assert f"x-amzn-requestid: {sandbox.requests[-1].request_id}" in seen.head


@pytest.mark.parametrize("kind", ["close_in_body", "close_in_chunk"])
async def test_something_is_missing_even_where_the_answer_is_empty(sandbox: Sandbox, kind: Kind) -> None:
    meeting_id = await Door(sandbox).book_solo()
    cancel = f"DELETE /v1/meeting/{meeting_id} HTTP/1.1\r\nHost: a\r\nX-Api-Key: {sandbox.api_key}\r\n\r\n".encode()
    async with FaultProxy(sandbox.url, plan_of(Fault(kind, operation="cancel_meeting", when="after"))) as proxy:
        seen = await talk(proxy.url, cancel)
    assert sandbox.meetings[0].status == "canceled"
    assert seen.body == (b"" if kind == "close_in_body" else b"1\r\n")
    assert kind == "close_in_chunk" or seen.length == 1


async def test_without_faults_everything_passes_unchanged() -> None:
    received: list[bytes] = []
    answers = [
        b"HTTP/1.1 299 Odd\r\nX-CASE: Kept \r\nset-cookie: a\r\nSet-Cookie: b\r\nContent-Length: 3\r\n\r\n\x00\xff\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\n{}\r\n0\r\nTrailer: t\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nto the end",
    ]
    requests = [
        b"POST /any?q=%20 HTTP/1.1\r\nHost:  b\r\nX-ODD: 1\r\nContent-Length: 3\r\n\r\n\x00\xff\n",
        b"POST /any HTTP/1.1\r\nHost: b\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"PATCH /any HTTP/1.1\r\nHost: b\r\nContent-Length: 2\r\n\r\n{}",
    ]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for one in answers:
            received.append(await reader.readexactly(len(requests[len(received)])))
            writer.write(one)

    async with serving(answer) as url, FaultProxy(url) as proxy:
        seen = await talk(proxy.url, *requests, ends=False)
    assert received == requests
    assert seen.data == b"".join(answers)


class serving:  # noqa: N801 - reads as a function
    """A server that does with its one connection what it is told, and closes it then."""

    def __init__(self, talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> None:
        self._talk = talk
        self._tasks: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> str:
        self._listener = await asyncio.start_server(self._begin, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._listener.sockets[0].getsockname()[1]}"

    def _begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.append(asyncio.create_task(self._serve(reader, writer)))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._talk(reader, writer)
        finally:
            writer.close()

    async def __aexit__(self, *_: object) -> None:
        self._listener.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def test_a_client_may_ask_before_it_sends_its_body(sandbox: Sandbox, book: bytes) -> None:
    async with FaultProxy(sandbox.url) as proxy:
        seen = await talk(proxy.url, book.replace(b"Host: a", b"Host: a\r\nExpect: 100-continue", 1))
    assert seen.data.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")
    assert len(sandbox.meetings) == 1


async def test_many_requests_share_a_connection_on_both_sides() -> None:
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        while await reader.readuntil(b"\r\n\r\n"):
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    async with serving(answer) as url, FaultProxy(url) as proxy:
        for _ in range(2):
            assert (await talk(proxy.url, PING, PING)).data.count(b"200 OK") == 2
    assert connections == 1


@pytest.mark.parametrize("reason", ["closed meanwhile", "idle for too long"])
async def test_a_connection_to_the_service_that_may_be_closing_is_not_used(
    reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = 0

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        if reason == "idle for too long":
            await reader.read()

    if reason == "idle for too long":
        monkeypatch.setattr("bookit_async.sandbox.faults.upstream.IDLE_SECONDS", 0)
    async with serving(answer) as url, FaultProxy(url) as proxy:
        for number in (1, 2):
            assert (await talk(proxy.url, PING)).status == 200
            await asyncio.sleep(0.01)
            assert connections == number


async def test_a_client_that_speaks_no_http_is_told_so(sandbox: Sandbox) -> None:
    async with FaultProxy(sandbox.url) as proxy:
        seen = await talk(proxy.url, b"\x16\x03\x01\x00")
    assert seen.status == 400
    assert proxy.log == []


@pytest.mark.parametrize(
    ("words", "status", "reason"),
    [
        (b"", 502, "no answer of the service behind the proxy: the stream ended without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n{}", 502, "no answer of the service behind the proxy: the body"),
        (None, 504, "the service behind the proxy was too slow"),
    ],
)
async def test_a_service_without_an_answer(words: bytes | None, status: int, reason: str) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        if words is None:
            await reader.read()
        else:
            writer.write(words)

    async with serving(answer) as url, FaultProxy(url, gateway_seconds=STALL if words is None else 5) as proxy:
        seen = await talk(proxy.url, PING)
    assert seen.status == status
    assert orjson.loads(seen.body)["message"].startswith(reason)


async def test_a_service_that_is_not_there() -> None:
    async with FaultProxy("http://127.0.0.1:1", plan_of(Fault("wrong_type", when="after"))) as proxy:
        plain = await talk(proxy.url, PING)
        spoiled = await talk(proxy.url, PING.replace(b"/ping", b"/v1/meetings"))
    for seen in (plain, spoiled):
        assert seen.status == 502
        assert orjson.loads(seen.body) == {"message": "the service behind the proxy could not be reached"}


async def test_a_status_that_http_does_not_know_is_passed_on_spoiled_too() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 799 Odd\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}")

    async with serving(answer) as url, FaultProxy(url, plan_of(Fault("wrong_type", when="after"))) as proxy:
        seen = await talk(proxy.url, PING.replace(b"/ping", b"/v1/meetings"))
    assert seen.data == (
        b"HTTP/1.1 799 Unknown\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1:1", "127.0.0.1:1", "http://", "http://127.0.0.1:1/base", "http://a?b"]
)
def test_where_to_must_be_a_plain_url(url: str) -> None:
    with pytest.raises(ValueError, match="upstream_url must be http://host:port"):
        FaultProxy(url)


async def test_before_it_is_entered_it_has_no_url() -> None:
    proxy = FaultProxy("http://127.0.0.1")
    assert repr(proxy) == "<FaultProxy not served>"
    with pytest.raises(RuntimeError, match="enter it"):
        _ = proxy.url
    await proxy.__aexit__(None, None, None)


async def test_it_is_served_where_it_is_told(sandbox: Sandbox) -> None:
    async with FaultProxy(sandbox.url, host="::1") as proxy:
        assert re.fullmatch(r"http://\[::1\]:\d+", proxy.url)
        assert repr(proxy) == f"<FaultProxy {proxy.url}>"
    async with FaultProxy(sandbox.url) as proxy:
        with pytest.raises(OSError, match="in use"):
            await FaultProxy(sandbox.url, port=int(proxy.url.rpartition(":")[2])).__aenter__()


async def test_leaving_cuts_what_is_under_way_and_leaves_nothing_behind(sandbox: Sandbox, book: bytes) -> None:
    before = asyncio.all_tasks()
    plan = plan_of(Fault("stall", times=1), Fault("drip", times=1))
    clients: list[asyncio.Task[Seen]] = []
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        async with FaultProxy(sandbox.url, plan, stall_seconds=60) as proxy:
            for _ in range(2):
                clients.append(asyncio.create_task(talk(proxy.url, book, ends=False)))
                await until(lambda: len(proxy.log) == len(clients))
            idle = asyncio.create_task(talk(proxy.url, ends=False))
            await until(lambda: proxy.connections == 3)
        seen = await asyncio.gather(*clients, idle)
        await until(lambda: asyncio.all_tasks() == before)
        gc.collect()
    stalled, dripped, silent = (one.data for one in seen)
    assert (stalled, silent) == (b"", b"")
    assert b"\r\n\r\n" not in dripped
    assert warned == []
    with pytest.raises(ConnectionRefusedError):
        await talk(proxy.url)


@pytest.mark.parametrize("turns", range(6))
async def test_a_connection_that_comes_just_before_it_is_left_is_cut(sandbox: Sandbox, turns: int) -> None:
    with socket.socket() as client:
        async with FaultProxy(sandbox.url) as proxy:
            client.connect(("127.0.0.1", int(proxy.url.rpartition(":")[2])))
            for _ in range(turns):
                await asyncio.sleep(0)
        client.setblocking(False)
        async with asyncio.timeout(5):
            with contextlib.suppress(ConnectionResetError):
                assert await asyncio.get_running_loop().sock_recv(client, 1) == b""
    assert proxy.connections == 0


async def test_a_client_that_goes_away_in_the_middle_harms_no_one(sandbox: Sandbox, book: bytes) -> None:
    async with FaultProxy(sandbox.url) as proxy:
        with socket.create_connection(("127.0.0.1", int(proxy.url.rpartition(":")[2]))) as client:
            client.sendall(book[:-1])
            await until(lambda: len(proxy.log) == 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        await until(lambda: proxy.connections == 0)
        assert is_booked(await talk(proxy.url, book))
    assert len(sandbox.meetings) == 1


async def test_a_seed_and_a_sequence_give_the_same_log(sandbox: Sandbox, book: bytes) -> None:
    ask = post(FETCH, {"linkId": "open"}, key=sandbox.api_key)
    logs: list[list[Handled]] = []
    for seed in (5, 5, 6):
        async with FaultProxy(sandbox.url, FaultPlan.of_every_kind(rate=0.5, seed=seed), stall_seconds=0.001) as proxy:
            for request in (ask, book, ask) * 15:
                await talk(proxy.url, request)
        logs.append(proxy.log)
    assert logs[0] == logs[1] != logs[2]
    assert {"fetch_availability", "book_meeting"} <= {one.operation for one in logs[0]}


async def test_the_plan_can_be_changed_meanwhile(sandbox: Sandbox, book: bytes) -> None:
    async with FaultProxy(sandbox.url, plan_of(Fault("close"))) as proxy:
        assert nothing(await talk(proxy.url, book))
        proxy.plan = FaultPlan()
        assert is_booked(await talk(proxy.url, book))


async def test_the_log_holds_nothing_of_what_was_sent(sandbox: Sandbox, book: bytes) -> None:
    async with FaultProxy(sandbox.url, plan_of(Fault("close", when="after"))) as proxy:
        await talk(proxy.url, book)
    assert not re.search("grace|hopper|x-api-key|open", repr((proxy.log, proxy)), re.IGNORECASE)
    assert sandbox.api_key not in repr(proxy.log)


async def test_two_hundred_bookings_at_once_all_succeed() -> None:
    days: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
    host = Host(user_id="solo", first_name="S", last_name="O", email="s@team.example", timezone="UTC", hours=days)
    world = World(
        hosts=(host,),
        meeting_types=(MeetingType(name="Call"),),
        links=(Link(link_id="open", schedule=Schedule(meeting_type="Call", host="solo")),),
    )
    answers = {"First Name": "Grace", "Last Name": "Hopper", "Email": "grace@navy.example"}
    async with (
        Sandbox(world, now=NOW, seed=1) as sandbox,
        FaultProxy(sandbox.url) as proxy,
        BookIt(sandbox.api_key, base_url=proxy.url, max_connections=200) as client,
    ):
        offer = await client.availability(link_id="open")
        assert isinstance(offer, Offer)
        outcomes = await asyncio.gather(
            *(offer.book(slot, timezone="UTC", answers=answers) for slot in offer.slots[:200])
        )
    assert sum(isinstance(outcome, Booked) for outcome in outcomes) == 200
    assert len({meeting.span for meeting in sandbox.meetings}) == 200
    assert proxy.log.count(Handled("book_meeting")) == 200
