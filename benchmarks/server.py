"""A stand-in for the service that is as fast as asyncio lets it be, so that the client is what is measured.

It answers from prepared bytes and checks nothing. `python -m benchmarks.server` prints its port and goes on until its
input ends; with a number of seconds, each answer takes as long.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from itertools import count

from bookit_async._generated.api import OPERATIONS

from .pages import CHAIN_HOSTS, CHAIN_SLOTS, page_bytes, routed_bytes

_HEAD = (
    "HTTP/1.1 200 OK\r\nDate: Tue, 01 Jan 2030 00:00:00 GMT\r\nContent-Type: application/json\r\n"
    "Content-Length: {length}\r\nConnection: keep-alive\r\nx-amzn-RequestId: 11111111-2222-3333-4444-555555555555\r\n"
    "x-amz-apigw-id: Aa1Bb2Cc3Dd4Ee5=\r\n\r\n"
)
_MEETINGS = count(1)


def answer(body: bytes) -> bytes:
    """Return the whole answer with a body."""
    return _HEAD.format(length=len(body)).encode() + body


def booking() -> bytes:
    """Return the answer to a booking, with an id that no other has."""
    return answer(b'{"meetingId": "%052d", "organizerEmail": "host0@team.example"}' % next(_MEETINGS))


def prepared_answers() -> dict[bytes, Callable[[], bytes]]:
    """Return what answers each request, by method and path."""
    page, routed = answer(page_bytes(CHAIN_SLOTS, CHAIN_HOSTS)), answer(routed_bytes())
    inputs = answer(b'{"inputs": [{"name": "Email", "type": "STRING"}]}')
    return {
        b"POST /v1/meeting": booking,
        b"POST %s" % OPERATIONS["retrieveInputs"].path.encode(): lambda: inputs,
        b"POST %s" % OPERATIONS["fetchAvailability"].path.encode(): lambda: page,
        b"POST %s" % OPERATIONS["routeAndFetchAvailability"].path.encode(): lambda: routed,
    }


class Connection(asyncio.Protocol):
    """One connection, kept open: answers whole requests in their order."""

    def __init__(self, answers: Mapping[bytes, Callable[[], bytes]], *, delay: float = 0.0) -> None:
        self._answers = answers
        self._delay = delay
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note where answers go."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole by now."""
        self._received += data
        while (head := self._received.find(b"\r\n\r\n")) >= 0:
            _, _, length = self._received[:head].lower().partition(b"content-length:")
            end = head + 4 + int(length.split(b"\r\n", 1)[0] or 0)
            if len(self._received) < end:
                return
            request, self._received = self._received[:end], self._received[end:]
            self.answer(request.split(b" HTTP/1.1\r\n", 1)[0].split(b"?", 1)[0])

    def answer(self, line: bytes) -> None:
        """Answer a request, known by its method and path."""
        if self._delay:
            asyncio.get_running_loop().call_later(self._delay, self.transport.write, self._answers[line]())
        else:
            self.transport.write(self._answers[line]())


async def serve(delay: float) -> None:
    """Serve on a free port of this machine until the input ends."""
    loop, answers = asyncio.get_running_loop(), prepared_answers()
    server = await loop.create_server(lambda: Connection(answers, delay=delay), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1]) if sys.argv[1:] else 0.0))
