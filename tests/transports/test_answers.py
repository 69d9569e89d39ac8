"""An answer comes back whole, whatever its status."""

import gzip

import pytest

from bookit_async.transports.aiohttp_transport import AiohttpTransport

from .adapters import AMPLE, BOTH, MakeTransport, a_request, opened
from .raw_server import saying, serving


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
