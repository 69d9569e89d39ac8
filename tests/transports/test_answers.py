"""An answer comes back whole, whatever its status."""

import asyncio
import gzip

import pytest

from bookit_async.transports.aiohttp_transport import AiohttpTransport

from .adapters import AMPLE, BOTH, EACH, MakeTransport, a_request, opened
from .raw_server import OK, Exchange, saying, serving


@BOTH
async def test_an_answer_of_any_status_comes_back_whole(make: MakeTransport) -> None:
    packed = gzip.compress(b'{"error": "Meeting not found"}')
    head = (
        b"HTTP/1.1 404 Not Found\r\nX-Amzn-RequestId: 6f0c\r\nVia: one\r\nvia: two\r\n"
        b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    )
    async with serving(saying(head, packed)) as server, opened(make()) as transport:
        answer = await transport.send(a_request(server.url), timeout=AMPLE)
    assert (answer.status, answer.body) == (404, b'{"error": "Meeting not found"}')
    assert answer.headers["x-amzn-requestid"] == "6f0c"
    assert answer.headers["via"] == "one, two"
    assert all(name == name.lower() for name in answer.headers)


@BOTH
async def test_an_empty_answer(make: MakeTransport) -> None:
    async with serving(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")) as server, opened(make()) as transport:
        assert (await transport.send(a_request(server.url, "DELETE"), timeout=AMPLE)).body == b""


@BOTH
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer(make: MakeTransport, status: int) -> None:
    head = b"HTTP/1.1 %d Elsewhere\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n" % status
    async with serving(saying(head, then=None)) as server, opened(make()) as transport:
        answer = await transport.send(a_request(server.url), timeout=AMPLE)
    assert (answer.status, answer.headers["location"], len(server.seen)) == (status, "/elsewhere", 1)


async def test_no_cookie_is_sent_back() -> None:
    head = b"HTTP/1.1 200 OK\r\nSet-Cookie: AWSALB=1\r\nContent-Length: 0\r\n\r\n"
    async with serving(saying(head, then=None)) as server, opened(AiohttpTransport()) as transport:
        for _ in range(2):
            await transport.send(a_request(server.url), timeout=AMPLE)
    assert b"cookie" not in server.seen[1].head.lower()


EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
INTERIM: list[tuple[str, tuple[bytes, ...]]] = [
    ("100", (b"HTTP/1.1 100 Continue\r\n\r\n",)),
    ("102", (b"HTTP/1.1 102 Processing\r\n\r\n",)),
    ("103", (EARLY,)),
    ("103 with a length", (EARLY[:-2] + b"Content-Length: 2\r\n\r\n",)),
    ("one that nobody knows", (b"HTTP/1.1 199 Wait\r\n\r\n",)),
    ("many", (b"HTTP/1.1 100 Continue\r\n\r\n" * 50, EARLY * 50)),
]


@EACH
@pytest.mark.parametrize("together", [True, False], ids=["together", "one by one"])
@pytest.mark.parametrize("interim", [row[1] for row in INTERIM], ids=[row[0] for row in INTERIM])
async def test_interim_answers_are_read_over(make: MakeTransport, interim: tuple[bytes, ...], together: bool) -> None:
    async def answers(exchange: Exchange) -> None:
        for piece in (b"".join((*interim, OK)),) if together else (*interim, OK):
            await exchange.answer(piece)
            await asyncio.sleep(0.01)

    async with serving(answers) as server, opened(make()) as transport:
        for _ in range(2):
            answer = await transport.send(a_request(server.url), timeout=AMPLE)
            assert (answer.status, answer.body) == (200, b"{}")
    assert (server.connections, len(server.seen)) == (1, 2)


@EACH
async def test_an_answer_without_a_length_ends_with_the_connection(make: MakeTransport) -> None:
    async with serving(saying(b"HTTP/1.1 200 OK\r\n\r\n", b"{}")) as server, opened(make()) as transport:
        for _ in range(2):
            assert (await transport.send(a_request(server.url), timeout=AMPLE)).body == b"{}"
    assert server.connections == 2


@EACH
async def test_an_answer_counts_though_the_connection_ends_with_it(make: MakeTransport) -> None:
    async with serving(saying(OK, then=Exchange.reset)) as server, opened(make(max_connections=1)) as transport:
        for number in (1, 2, 3):
            assert (await transport.send(a_request(server.url), timeout=AMPLE)).body == b"{}"
            assert (server.connections, len(server.seen)) == (number, number)
