"""The stand-in of `server.py` with a share of its answers spoiled in every way, for the soak.

`python -m benchmarks.spoiling SHARE` prints its port, goes on until its input ends, and then prints how many answers it
gave and how many of them it spoiled.
"""

import asyncio
import sys
from collections.abc import Callable, Mapping
from random import Random

from .pages import FIRST_START, MINUTE
from .server import Connection, answer, prepared_answers

MEETING_ID = "m1"
GATHERING = "gathering"
"""The meeting that is told to nobody until `GATHERED` connections ask for it at the same time."""
GATHERED = 100
_MEETING = (
    '{"bookIt": {"status": "scheduled"}, "calendarEvent": {"id": "m1", "title": "Product tour", "status": "confirmed", '
    f'"scheduledTime": {{"start_time": {FIRST_START}, "end_time": {FIRST_START + 30 * MINUTE}}}, '
    '"organizer": {"email": "host0@team.example"}, "attendees": []}}'
).encode()


def refusal(status: str) -> bytes:
    """Return a whole answer of the gateway with a status, such as `503 Service Unavailable`."""
    return answer(b'{"message": "no"}').replace(b"200 OK", status.encode(), 1)


class Spoiler:
    """Decides which answers are spoiled, and how; and holds back those of a gathering until it is complete."""

    def __init__(self, share: float) -> None:
        self.share = share
        self.answers = self.spoiled = 0
        self.gathered: list[asyncio.Transport] = []
        self._chance = Random(1)  # noqa: S311 - the same every time

    def spoil(self, transport: asyncio.Transport, whole: bytes) -> bool:
        """Spoil an answer, or leave it and give False."""
        self.answers += 1
        if self._chance.random() >= self.share:
            return False
        self.spoiled += 1
        self._chance.choice(_FAULTS)(transport, whole)
        return True

    def gather(self, transport: asyncio.Transport, whole: bytes) -> None:
        """Answer all at once when enough have come."""
        self.gathered.append(transport)
        if len(self.gathered) == GATHERED:
            for one in self.gathered:
                one.write(whole)
            self.gathered.clear()


def _silence(_transport: asyncio.Transport, _whole: bytes) -> None:
    """Leave the caller to its timeout."""


def _half(transport: asyncio.Transport, whole: bytes) -> None:
    transport.write(whole[: len(whole) // 2])
    transport.close()


_FAULTS: tuple[Callable[[asyncio.Transport, bytes], None], ...] = (
    _silence,
    _half,
    lambda transport, _whole: transport.close(),
    lambda transport, _whole: transport.abort(),
    lambda transport, _whole: transport.write(answer(b"<html>")),
    lambda transport, _whole: transport.write(refusal("429 Too Many Requests")),
    lambda transport, _whole: transport.write(refusal("500 Internal Server Error")),
    lambda transport, _whole: transport.write(refusal("503 Service Unavailable")),
)


class SpoiledConnection(Connection):
    """A connection whose answers are spoiled now and then."""

    def __init__(self, answers: Mapping[bytes, Callable[[], bytes]], spoiler: Spoiler) -> None:
        super().__init__(answers)
        self._spoiler = spoiler

    def answer(self, line: bytes) -> None:
        """Answer a request, or spoil that, or hold it back."""
        if line.endswith(GATHERING.encode()):
            self._spoiler.gather(self.transport, answer(_MEETING))
        elif not self._spoiler.spoil(self.transport, self._answers[line]()):
            super().answer(line)


async def serve(share: float) -> None:
    """Serve on a free port of this machine until the input ends."""
    loop, spoiler = asyncio.get_running_loop(), Spoiler(share)
    answers = {
        **prepared_answers(),
        f"GET /v1/meeting/{MEETING_ID}".encode(): lambda: answer(_MEETING),
        b"GET /v1/meetings": lambda: answer(b"[]"),
    }
    server = await loop.create_server(lambda: SpoiledConnection(answers, spoiler), "127.0.0.1", 0, backlog=2048)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(spoiler.answers, spoiler.spoiled, flush=True)
    server.close()


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
