"""A request arrives as it was written, or not at all."""

import traceback
from typing import Any

import attrs
import pytest

from .adapters import AMPLE, BOTH, EACH, SECRET, MakeTransport, a_request, failure_of, opened
from .raw_server import OK, saying, serving


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
async def test_the_request_arrives_as_it_was_written(make: MakeTransport, method: str) -> None:
    async with serving(saying(OK)) as server, opened(make()) as transport:
        request = a_request(f"{server.url}/a%2Fb%20c%3F", method)
        await transport.send(request, timeout=AMPLE)
    (exchange,) = server.seen
    first, *lines = exchange.head.decode().rstrip().split("\r\n")
    assert first == f"{method} /a%2Fb%20c%3F/v1/meeting?prospectEmail={SECRET} HTTP/1.1"
    assert exchange.body == (request.content or b"")
    sent = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    assert len(sent) == len(lines)
    assert {name.lower(): value for name, value in request.headers.items()}.items() <= sent.items()
    added = sent.keys() - {name.lower() for name in request.headers}
    assert added <= {"host", "accept-encoding", "connection", "content-length"}


@EACH
async def test_a_large_request_arrives_whole(make: MakeTransport) -> None:
    async with serving(saying(OK)) as server, opened(make()) as transport:
        request = a_request(server.url, padding=3 * 1024 * 1024)
        await transport.send(request, timeout=AMPLE)
    assert [exchange.body for exchange in server.seen] == [request.content]
    assert b"chunked" not in server.seen[0].head.lower()


@BOTH
@pytest.mark.parametrize(
    ("change", "surely_unsent"),
    [
        ({"url": "ftp://127.0.0.1/x"}, True),
        ({"url": "http://127.0.0.1:port/x"}, True),
        ({"url": "http:///x"}, True),
        ({"headers": {"X-Api-Key": "key-17\r\nX-Other: 1"}}, False),
        ({"headers": {"X-Api-Key": "key-17\x00"}}, False),
    ],
)
async def test_a_request_that_cannot_be_written(
    make: MakeTransport, change: dict[str, Any], surely_unsent: bool
) -> None:
    async with serving(saying(OK)) as server, opened(make()) as transport:
        failure = await failure_of(transport, attrs.evolve(a_request(server.url), **change), AMPLE)
    assert "key-17" not in str(failure)
    assert not (surely_unsent and failure.maybe_processed)
    assert server.seen == []


@BOTH
async def test_nothing_secret_is_in_a_failure(make: MakeTransport, full_port: int) -> None:
    async with serving(saying()) as server, opened(make()) as transport:
        for url in (server.url, f"http://127.0.0.1:{full_port}", "ftp://example.com", "http://example.com:port"):
            failure = await failure_of(transport, a_request(url))
            shown = "".join(traceback.format_exception(failure)) + repr(failure)
            assert failure.__cause__ is failure.__context__ is None
            assert SECRET not in shown
            assert "key-17" not in shown
