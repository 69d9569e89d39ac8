"""Connections are kept, given back, and never trusted too long."""

import asyncio
import contextlib
from collections.abc import Callable

import pytest

from bookit_async.transports import TransportFailure

from .adapters import AMPLE, BOTH, SOON, MakeTransport, a_request, failure_of, opened
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


@BOTH
@pytest.mark.parametrize("end", [Exchange.close, Exchange.reset], ids=["closed", "reset"])
@pytest.mark.parametrize("pause", [0, 0.05], ids=["at once", "later"])
async def test_a_kept_connection_that_ended_in_between(
    make: MakeTransport, end: Callable[[Exchange], None], pause: float
) -> None:
    """The second request goes out on a new connection, or is given up: never both."""
    async with serving(saying(OK, then=end)) as server, opened(make()) as transport:
        with contextlib.suppress(TransportFailure):  # the reset may overtake the first answer
            await transport.send(a_request(server.url), timeout=AMPLE)
        await asyncio.sleep(pause)
        before = len(server.seen)
        with contextlib.suppress(TransportFailure):
            await transport.send(a_request(server.url), timeout=AMPLE)
    assert len(server.seen) - before <= 1


@BOTH
async def test_cancellation_goes_up(make: MakeTransport) -> None:
    async with serving(silent) as server, opened(make()) as transport:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(transport.send(a_request(server.url), timeout=AMPLE), SOON)


@BOTH
async def test_after_close_nothing_is_sent(make: MakeTransport) -> None:
    async with serving(saying(OK)) as server:
        transport = make()
        await transport.close()
        await transport.close()
        failure = await failure_of(transport, a_request(server.url))
        assert (failure.reason, failure.maybe_processed) == ("the transport is closed", False)
        assert server.connections == 0
