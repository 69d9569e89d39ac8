"""What each failure after the first byte is called, and that nothing is sent twice."""

import asyncio
from typing import Any

import pytest

from .adapters import AMPLE, BOTH, MakeTransport, a_request, failure_of, opened
from .raw_server import Behaviour, Exchange, saying, serving, silent, trickling

# What the server does once it has the request. In each case it may have processed it.
STALLS: list[tuple[str, Behaviour]] = [
    ("never answers", silent),
    ("stops in the status line", saying(b"HTTP/1.1 2", then=None)),
    ("stops in the body", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}", then=None)),
    ("never ends the body", trickling),
]
ENDS: list[tuple[str, Behaviour | None]] = [
    ("closes at once", None),
    ("closes without an answer", saying()),
    ("resets without an answer", saying(then=Exchange.reset)),
    ("closes in the headers", saying(b"HTTP/1.1 200 OK\r\nContent-Le")),
    ("resets in the headers", saying(b"HTTP/1.1 200 OK\r\nContent-Le", then=Exchange.reset)),
    ("closes in the body", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}")),
    ("resets in the body", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{}", then=Exchange.reset)),
    ("closes in a chunk", saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{}")),
    ("closes before the last chunk", saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n")),
    ("sends a bad chunk", saying(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n{}\r\n")),
    ("sends bad gzip", saying(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}")),
    ("does not speak HTTP", saying(b"220 mail.example.com ESMTP\r\n\r\n")),
    ("sends a bad header", saying(b"HTTP/1.1 200 OK\r\nContent Length 2\r\n\r\n{}")),
    ("sends two lengths", saying(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}")),
]


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("behaviour", [pytest.param(behaviour, id=name) for name, behaviour in ENDS])
async def test_after_the_first_byte_it_may_be_processed_and_is_sent_once(
    make: MakeTransport, method: str, behaviour: Behaviour | None
) -> None:
    async with serving(behaviour) as server, opened(make()) as transport:
        failure = await failure_of(transport, a_request(server.url, method), AMPLE)
    assert failure.maybe_processed
    assert server.connections == 1
    assert len(server.seen) == (behaviour is not None)


@BOTH
@pytest.mark.parametrize("behaviour", [pytest.param(behaviour, id=name) for name, behaviour in STALLS])
async def test_a_server_that_stalls_may_have_processed_it(make: MakeTransport, behaviour: Behaviour) -> None:
    async with serving(behaviour) as server, opened(make()) as transport:
        failure = await failure_of(transport, a_request(server.url))
    assert failure.maybe_processed
    assert "timed out" in failure.reason
    assert len(server.seen) == 1


@BOTH
async def test_a_long_timeout_is_as_exact_as_a_short_one(make: MakeTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()
    call_at: Any = loop.call_at
    ends: list[float] = []

    def noted(when: float, *rest: Any, **more: Any) -> Any:
        ends.append(when)
        return call_at(when, *rest, **more)

    async def arrives(exchange: Exchange) -> None:
        arrived.set()
        await silent(exchange)

    monkeypatch.setattr(loop, "call_at", noted)
    async with serving(arrives) as server, opened(make()) as transport:
        for timeout in (7.1, 7.4, 7.7):
            arrived.clear()
            ends.clear()
            began = loop.time()
            task = asyncio.create_task(transport.send(a_request(server.url), timeout=timeout))
            await arrived.wait()
            assert timeout <= max(ends) - began < timeout + 0.25
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
