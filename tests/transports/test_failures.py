"""What each failure after the first byte is called: perhaps processed, sent once, and the connection is given back."""

import asyncio
from typing import Any

import attrs
import pytest

from bookit_async.transports.aiohttp_transport import AiohttpTransport

from .adapters import AMPLE, BOTH, CANARY, EACH, SOON, MakeTransport, a_request, failure_of, opened
from .raw_server import OK, Behaviour, Exchange, Reads, first, saying, serving, silent, trickling

HEAD = f"HTTP/1.1 200 OK\r\nX-Canary: {CANARY}\r\n".encode()
BODY = f'{{"a": "{CANARY}"}}'.encode()
INTERIM = f"HTTP/1.1 100 Continue\r\nX-Canary: {CANARY}\r\n\r\n".encode()
reset = Exchange.reset


def with_length(length: int) -> bytes:
    return HEAD + b"Content-Length: %d\r\n\r\n" % length


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"

HTTPX_ENDED = "the server closed the connection or its answer was not valid HTTP"
LOST = ("the connection was lost", "the connection was lost")
ENDED = ("the server closed the connection without an answer|the connection was lost", f"{HTTPX_ENDED}|{LOST[1]}")
LEFT = ("the server closed the connection without an answer", HTTPX_ENDED)
CUT = ("the answer broke off", LOST[1])
BROKEN = ("the answer broke off", HTTPX_ENDED)
INVALID = ("the answer was not valid HTTP", HTTPX_ENDED)
SLOW = ("timed out waiting for the answer", "timed out waiting for the answer")
UNPACKED = ("the answer could not be unpacked", "the answer could not be unpacked")


@attrs.frozen
class Row:
    """What the server does with its first connection, and what aiohttp and the family of httpx make of it."""

    name: str
    behaviour: Behaviour
    reasons: tuple[str, str]
    reads: Reads = "everything"
    padding: int = 0
    """Bytes that make the request larger than what fits on the way."""
    methods: tuple[str, ...] = ("GET", "POST", "PATCH", "DELETE")
    timeout: float = AMPLE
    kept: bool = False
    """Whether aiohttp uses the connection again."""


MUCH: dict[str, Any] = {"padding": 16 * 1024 * 1024, "methods": ("POST",)}
SILENT: dict[str, Any] = {"timeout": SOON, "methods": ("GET", "POST")}

ROWS = [
    Row("closes at once", saying(), ENDED, reads="nothing"),
    Row("resets at once", saying(then=reset), LOST, reads="nothing"),
    Row("closes after the head", saying(), LEFT, reads="the head"),
    Row("resets after the head", saying(then=reset), LOST, reads="the head"),
    Row("closes after the head of much", saying(), LOST, reads="the head", **MUCH),
    Row("resets after the head of much", saying(then=reset), LOST, reads="the head", **MUCH),
    Row("closes without an answer", saying(), LEFT),
    Row("resets without an answer", saying(then=reset), LOST),
    Row("closes in the status line", saying(b"HTTP/1.1 2"), LEFT),
    Row("closes in the head", saying(HEAD + b"Content-Le"), LEFT),
    Row("resets in the head", saying(HEAD + b"Content-Le", then=reset), LOST),
    Row("closes after the head of the answer", saying(with_length(4)), BROKEN),
    Row("resets after the head of the answer", saying(with_length(4), then=reset), CUT),
    Row("closes in the body", saying(with_length(99), BODY), BROKEN),
    Row("resets in the body", saying(with_length(99), BODY, then=reset), CUT),
    Row("announces a byte too many", saying(with_length(len(BODY) + 1), BODY), BROKEN),
    Row("closes in a chunk", saying(CHUNKED, b"50\r\n", BODY), BROKEN),
    Row("resets in a chunk", saying(CHUNKED, b"50\r\n", BODY, then=reset), CUT),
    Row("closes in the size of a chunk", saying(CHUNKED, b"1"), BROKEN),
    Row("closes before the last chunk", saying(CHUNKED, b"2\r\n{}\r\n"), BROKEN),
    Row("sends a bad chunk", saying(CHUNKED, f"{CANARY}\r\n{{}}\r\n".encode()), INVALID),
    Row(
        "sends bad gzip",
        saying(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 3\r\n\r\nqzx", then=None),
        UNPACKED,
        kept=True,
    ),
    Row("does not speak HTTP", saying(f"220 {CANARY} ESMTP\r\n\r\n".encode()), INVALID),
    Row("sends a bad header", saying(HEAD + f"{CANARY} {CANARY}\r\n\r\n{{}}".encode()), INVALID),
    Row("sends two lengths", saying(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}"), INVALID),
    Row("sends a negative length", saying(HEAD + b"Content-Length: -2\r\n\r\n{}"), INVALID),
    Row("changes the protocol", saying(b"HTTP/1.1 101 Switching Protocols\r\n\r\n", OK, then=None), INVALID),
    Row(
        "changes the protocol, by name",
        saying(b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: qzx\r\n\r\n", then=None),
        INVALID,
    ),
    Row("sends a status below all", saying(b"HTTP/1.1 099 Nothing\r\nContent-Length: 2\r\n\r\n{}"), INVALID),
    Row("closes after an interim answer", saying(INTERIM), LEFT),
    Row("resets after an interim answer", saying(INTERIM, then=reset), LOST),
    Row("gives an interim answer a body", saying(INTERIM, BODY), INVALID),
    Row("never answers", silent, SLOW, **SILENT),
    Row("stops after an interim answer", saying(INTERIM, then=None), SLOW, **SILENT),
    Row("stops in the status line", saying(b"HTTP/1.1 2", then=None), SLOW, **SILENT),
    Row("stops in the head", saying(HEAD, then=None), SLOW, **SILENT),
    Row("stops in the body", saying(with_length(99), BODY, then=None), SLOW, **SILENT),
    Row("stops in a chunk", saying(CHUNKED, b"50\r\n", BODY, then=None), SLOW, **SILENT),
    Row("never ends the body", trickling, SLOW, **SILENT),
    Row("never reads on", silent, SLOW, reads="the head", padding=MUCH["padding"], timeout=SOON, methods=("POST",)),
]


@pytest.mark.long
@EACH
@pytest.mark.parametrize(
    ("row", "method"),
    [pytest.param(row, method, id=f"{row.name}-{method}") for row in ROWS for method in row.methods],
)
async def test_after_the_first_byte_it_may_be_processed_and_is_sent_once(
    make: MakeTransport, row: Row, method: str
) -> None:
    async with serving(first(row.behaviour), reads=row.reads) as server, opened(make(max_connections=1)) as transport:
        failure = await failure_of(transport, a_request(server.url, method, padding=row.padding), row.timeout)
        assert (server.connections, len(server.seen)) == (1, 1)
        answer = await transport.send(a_request(server.url), timeout=AMPLE)
    assert failure.maybe_processed
    assert failure.reason.partition(" (")[0] in row.reasons[make is not AiohttpTransport].split("|")
    assert (answer.status, server.connections) == (200, 1 if row.kept and make is AiohttpTransport else 2)


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
