"""The client's own queue: waiting for a connection is no time out, costs nothing, and is told as itself."""

import asyncio
import pickle
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from benchmarks.pages import ANSWER, QUESTION, TIMEZONE, TOKEN, page_bytes
from bookit_async import Booked, BookIt, BookItError, NotSentError, Offer, RetryPolicy, TransportFailure
from bookit_async.exchange.announcing import AnnouncingTransport
from bookit_async.transports import WireRequest, WireResponse
from bookit_async.transports.aiohttp_transport import AiohttpTransport
from bookit_async.transports.httpx_transport import HttpxTransport

from ..transports.raw_server import Exchange, serving

KEY = "key-17"
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n" + b'{"inputs":[]}'
ONCE = RetryPolicy(attempts=1)


async def slowly(exchange: Exchange) -> None:
    await asyncio.sleep(0.1)
    await exchange.answer(OK)


@pytest.mark.parametrize("adapter", ["aiohttp", "httpx"])
async def test_a_queue_much_longer_than_the_timeout_is_served_in_its_order(adapter: str) -> None:
    """30 calls over 2 connections take at least 1.5 seconds, and each request no more than the 1.2 of its timeout."""
    options: dict[str, Any] = {"timeout": 1.2, "deadline": 60, "retries": RetryPolicy(attempts=4, budget=0)}
    finished: list[int] = []
    async with serving(slowly) as server, httpx.AsyncClient(limits=httpx.Limits(max_connections=2)) as http:
        options |= {"max_connections": 2} if adapter == "aiohttp" else {"http_client": http}
        async with BookIt(KEY, base_url=server.url, **options) as client:

            async def call(number: int) -> None:
                await client.inputs(f"node {number}")
                finished.append(number)

            await asyncio.gather(*map(call, range(30)))
        assert server.connections <= 2
    asked = [int(one.body.split(b"node ")[1].split(b'"')[0]) for one in server.seen]
    assert asked == list(range(30))
    assert sorted(finished) == asked


async def test_a_queue_that_cannot_be_served_in_time_says_so_as_itself() -> None:
    arrived = asyncio.Event()

    async def never(_exchange: Exchange) -> None:
        arrived.set()
        await asyncio.sleep(5)

    async with serving(never) as server, BookIt(KEY, base_url=server.url, max_connections=1, retries=ONCE) as client:
        first = asyncio.create_task(client.inputs("first"))
        await arrived.wait()
        with pytest.raises(NotSentError) as caught:
            await client.with_options(deadline=0.2).inputs("second")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert len(server.seen) == 1
    assert str(caught.value) == (
        "retrieve_inputs: not sent: all 1 connections of this client stayed in use until there was too little time "
        "left. Nothing was sent: give the client more max_connections, fewer calls at once, or calls a longer deadline."
    )
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own


class Gate:
    """Lets one request in at a time, and answers when it is opened."""

    max_connections = 1

    def __init__(self, *failures: TransportFailure) -> None:
        self.failures = list(failures)
        self.opened = asyncio.Event()
        self.sent: list[str] = []

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - its interface
        self.sent.append(request.url.rpartition("/")[2])
        await self.opened.wait()
        if self.failures:
            raise self.failures.pop(0)
        return WireResponse(200, {}, b"{}")

    async def close(self) -> None: ...


async def settled(*calls: Awaitable[Any]) -> list[Any]:
    return await asyncio.gather(*calls, return_exceptions=True)


LEAVES: list[tuple[str, Callable[[BookIt, "asyncio.Task[Any]"], Awaitable[Any]]]] = [
    ("its caller is cancelled", lambda _client, task: asyncio.sleep(0, task.cancel())),
    ("the client is closed", lambda client, _task: client.close()),
]


@pytest.mark.parametrize("leave", [row[1] for row in LEAVES], ids=[row[0] for row in LEAVES])
async def test_a_write_that_still_waits_is_not_begun_once_nobody_wants_it(
    leave: Callable[[BookIt, "asyncio.Task[Any]"], Awaitable[Any]],
) -> None:
    gate = Gate()
    client = BookIt(KEY, transport=gate, retries=ONCE, grace=5)
    first = asyncio.create_task(client.meetings("a@b.example"))
    await asyncio.sleep(0)
    second = asyncio.create_task(client.cancel("m1"))
    for _ in range(5):
        await asyncio.sleep(0)
    leaving = asyncio.ensure_future(leave(client, second))
    for _ in range(5):
        await asyncio.sleep(0)
    gate.opened.set()
    _, outcome, _ = await settled(first, second, leaving)
    assert isinstance(outcome, (BookItError, asyncio.CancelledError))
    assert not [one for one in gate.sent if one == "m1"]
    assert client.unsettled == ()


@pytest.mark.parametrize("cancelled", [0, 1, 2, 3])
async def test_whoever_leaves_the_queue_holds_up_nobody(cancelled: int) -> None:
    gate = Gate()
    client = BookIt(KEY, transport=gate, retries=ONCE)
    tasks = [asyncio.create_task(client.meeting(f"m{number}")) for number in range(5)]
    await asyncio.sleep(0.01)
    gone = tasks.pop(cancelled)
    gone.cancel()
    gate.opened.set()
    await settled(gone, *tasks)
    assert len(gate.sent) == (5 if cancelled == 0 else 4)
    assert await settled(client.meeting("m9"))
    assert gate.sent[-1] == "m9"


async def test_what_was_heard_before_is_told_when_there_is_no_second_turn() -> None:
    """The first sending may have been processed, so "nothing was sent" would be untrue."""
    gate = Gate(TransportFailure("the connection was lost", maybe_processed=True))
    gate.opened.set()

    async def sleep(_seconds: float) -> None:
        gate.opened.clear()
        tasks.append(asyncio.create_task(client.meeting("other")))
        await asyncio.sleep(0)

    tasks: list[asyncio.Task[Any]] = []
    client = BookIt(KEY, transport=gate, sleep=sleep, deadline=0.3)
    with pytest.raises(BookItError, match="the connection was lost"):
        await client.meeting("m1")
    assert gate.sent == ["m1", "other"]
    tasks[0].cancel()
    await settled(*tasks)


async def _nothing(_request: WireRequest) -> None: ...


def test_a_transport_that_announces_waits_as_the_one_inside() -> None:
    assert AnnouncingTransport(Gate(), _nothing).max_connections == 1
    assert AiohttpTransport(max_connections=7).max_connections == 7


async def test_how_many_connections_a_client_of_httpx_has_is_looked_up() -> None:
    limits = httpx.Limits(max_connections=7)
    async with (
        httpx.AsyncClient() as plain,
        httpx.AsyncClient(limits=limits, proxy="http://localhost:1") as proxied,
        httpx.AsyncClient(limits=httpx.Limits(max_connections=None)) as unlimited,
        httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(200))) as mocked,
    ):
        found = [HttpxTransport(one).max_connections for one in (plain, proxied, unlimited, mocked)]
    assert found == [100, 7, None, None]


async def test_opening_ahead_does_nothing_where_the_transport_cannot() -> None:
    await BookIt(KEY, transport=Gate()).connect()
    await BookIt(KEY, transport=Gate(), before_send=_nothing).connect()


async def test_opening_ahead_reaches_through_what_announces() -> None:
    async with serving(slowly) as server, BookIt(KEY, base_url=server.url, before_send=_nothing) as client:
        await client.connect()
        assert (server.connections, server.seen) == (1, [])


class Hundred:
    """Answers bookings over a hundred connections, each of which takes its time on a clock of its own."""

    max_connections = 100

    def __init__(self) -> None:
        self.now, self.busy, self.busiest = 0.0, 0, 0
        self.timeouts: list[float] = []

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        if not request.url.endswith("/v1/meeting"):
            return WireResponse(200, {}, page_bytes(400, 4))
        self.timeouts.append(timeout)
        self.busy += 1
        self.busiest = max(self.busy, self.busiest)
        await asyncio.sleep(0)
        self.now += 0.01
        self.busy -= 1
        body = b'{"meetingId": "m%d", "organizerEmail": "host0@team.example"}' % len(self.timeouts)
        return WireResponse(200, {}, body)

    async def close(self) -> None:
        pass


async def test_three_hundred_bookings_at_once_over_a_hundred_connections_all_take_place() -> None:
    """The last of them wait 2 seconds for a connection, with a timeout of 0.6, and nothing is wrong: none may fail."""
    service = Hundred()
    client = BookIt(KEY, transport=service, timeout=0.6, deadline=25, clock=lambda: service.now)
    offer = await client.availability(token=TOKEN)
    assert isinstance(offer, Offer)
    answers = {QUESTION: ANSWER}
    found = await asyncio.gather(
        *(offer.book(slot, timezone=TIMEZONE, answers=answers) for slot in offer.slots[:300]), return_exceptions=True
    )
    assert [one for one in found if not isinstance(one, Booked)] == []
    assert service.timeouts == [0.6] * 300
    assert service.busiest == 100
    assert service.now > 2
