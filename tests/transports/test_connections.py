"""Connections are kept, given back, and never trusted too long."""

import asyncio
import select
import socket
from collections.abc import Callable

import pytest

from bookit_async.transports.aiohttp_transport import AiohttpTransport

from .adapters import AMPLE, BOTH, EACH, SOON, MakeTransport, a_request, failure_of, opened
from .raw_server import OK, Exchange, saying, serving, silent


@BOTH
@pytest.mark.parametrize("ending", ["times out", "is cancelled"])
async def test_a_lost_request_gives_its_connection_back(make: MakeTransport, ending: str) -> None:
    arrived = asyncio.Event()

    async def answers_from_the_third_on(exchange: Exchange) -> None:
        arrived.set()
        await (exchange.answer(OK) if exchange.number > 2 else silent(exchange))

    async with serving(answers_from_the_third_on) as server, opened(make(max_connections=1)) as transport:
        for _ in range(2):
            arrived.clear()
            if ending == "times out":
                assert (await failure_of(transport, a_request(server.url))).maybe_processed
            else:
                task = asyncio.create_task(transport.send(a_request(server.url), timeout=AMPLE))
                await arrived.wait()
                task.cancel()
                with pytest.raises(asyncio.CancelledError):
                    await task
        answer = await transport.send(a_request(server.url), timeout=AMPLE)
    assert answer.status == 200


@BOTH
async def test_a_connection_is_used_again(make: MakeTransport) -> None:
    async with serving(saying(OK, then=None)) as server, opened(make()) as transport:
        for _ in range(3):
            await transport.send(a_request(server.url), timeout=AMPLE)
    assert (server.connections, len(server.seen)) == (1, 3)


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "PUT", "DELETE"])
@pytest.mark.parametrize("end", [Exchange.close, Exchange.reset], ids=["closes", "resets"])
async def test_a_kept_connection_that_ends_on_a_request_is_not_tried_again(
    make: MakeTransport, method: str, end: Callable[[Exchange], None]
) -> None:
    async def answers_the_first(exchange: Exchange) -> None:
        await exchange.answer(OK if exchange.number == 1 else b"")
        if exchange.number > 1:
            end(exchange)

    async with serving(answers_the_first) as server, opened(make()) as transport:
        await transport.send(a_request(server.url), timeout=AMPLE)
        failure = await failure_of(transport, a_request(server.url, method), AMPLE)
    assert failure.maybe_processed
    assert (server.connections, len(server.seen)) == (1, 2)


def end(exchange: Exchange) -> None:
    """The end as the other side sees it, at once and not when the loop comes to it."""
    exchange.writer.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def unasked(words: bytes, *, then: Callable[[Exchange], None] | None = None) -> Callable[[Exchange], None]:
    def say(exchange: Exchange) -> None:
        exchange.writer.write(words)
        if then:
            then(exchange)

    return say


TIMED_OUT = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n"
BETWEEN: list[tuple[str, Callable[[Exchange], None]]] = [
    ("ends", end),
    ("closes", Exchange.close),
    ("resets", Exchange.reset),
    ("leaves as load balancers do", unasked(TIMED_OUT + b"Connection: close\r\n\r\n", then=end)),
    ("says that it will leave", unasked(TIMED_OUT + b"Connection: close\r\n\r\n")),
    ("says that it would leave", unasked(TIMED_OUT + b"\r\n")),
    ("answers again", unasked(OK)),
    ("begins to answer again", unasked(OK[:-1])),
    ("says what is no HTTP", unasked(b"qzx\r\n\r\n")),
]
AT_ONCE = ("ends", "leaves as load balancers do", "says that it will leave", "answers again", "says what is no HTTP")


@EACH
@pytest.mark.parametrize(
    ("between", "pause"),
    [
        *(pytest.param(act, 0.05, id=f"{name}, seen") for name, act in BETWEEN),
        *(pytest.param(act, 0, id=f"{name}, not seen yet") for name, act in BETWEEN if name in AT_ONCE),
    ],
)
async def test_a_kept_connection_on_which_something_came_unasked_is_not_used(
    make: MakeTransport, between: Callable[[Exchange], None], pause: float
) -> None:
    """Neither is the request lost with it, nor is what came taken for the answer."""

    async def counts(exchange: Exchange) -> None:
        await exchange.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % exchange.number)

    async with serving(counts) as server, opened(make(max_connections=1)) as transport:
        for number in (1, 2, 3):
            answer = await transport.send(a_request(server.url), timeout=AMPLE)
            assert (answer.status, answer.body, server.connections) == (200, b"%d" % number, number)
            between(server.seen[-1])
            if pause:
                await asyncio.sleep(pause)


async def test_what_came_unasked_is_seen_where_there_is_no_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(select, "poll")
    async with serving(lambda exchange: exchange.answer(OK)) as server, opened(AiohttpTransport()) as transport:
        await transport.send(a_request(server.url), timeout=AMPLE)
        await transport.send(a_request(server.url), timeout=AMPLE)
        assert server.connections == 1
        end(server.seen[-1])
        await transport.send(a_request(server.url), timeout=AMPLE)
        assert server.connections == 2


@BOTH
@pytest.mark.parametrize(
    ("words", "connections"),
    [(b"Connection: close\r\n", 3), (b"Connection: keep-alive\r\n", 1)],
    ids=["to be closed", "to be kept"],
)
async def test_a_connection_is_used_as_the_server_asks(make: MakeTransport, words: bytes, connections: int) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + words + b"Content-Length: 2\r\n\r\n{}"
    async with serving(saying(answer, then=None)) as server, opened(make()) as transport:
        for _ in range(3):
            assert (await transport.send(a_request(server.url), timeout=AMPLE)).status == 200
    assert server.connections == connections


async def test_two_answers_to_one_request_are_one() -> None:
    async with serving(saying(OK, OK, then=None)) as server, opened(AiohttpTransport()) as transport:
        for _ in range(3):
            assert (await transport.send(a_request(server.url), timeout=AMPLE)).body == b"{}"
    assert (server.connections, len(server.seen)) == (3, 3)


@BOTH
async def test_cancellation_goes_up(make: MakeTransport) -> None:
    async with serving(silent) as server, opened(make()) as transport:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.send(a_request(server.url), timeout=AMPLE), SOON)


@EACH
@pytest.mark.parametrize("kept", [True, False], ids=["on a kept connection", "on a new one"])
async def test_a_connection_is_given_back_wherever_its_request_is_cancelled(make: MakeTransport, kept: bool) -> None:
    turns = 0
    async with serving(saying(*(OK[at : at + 30] for at in range(0, len(OK), 30)), then=None)) as server:
        for turns in range(200):
            async with opened(make(max_connections=1)) as transport:
                if kept:
                    await transport.send(a_request(server.url), timeout=AMPLE)
                task = asyncio.create_task(transport.send(a_request(server.url), timeout=AMPLE))
                for _ in range(turns):
                    await asyncio.sleep(0)
                task.cancel()
                await asyncio.wait({task})
                assert (await transport.send(a_request(server.url), timeout=SOON)).status == 200, turns
                if not task.cancelled():
                    break
    assert 3 < turns < 199


@BOTH
async def test_after_close_nothing_is_sent(make: MakeTransport) -> None:
    async with serving(saying(OK)) as server:
        transport = make()
        await transport.close()
        await transport.close()
        failure = await failure_of(transport, a_request(server.url))
        assert (failure.reason, failure.maybe_processed) == ("the transport is closed", False)
        assert server.connections == 0
