"""A transport that answers from a list, and a client for it."""

import json
from typing import Any

from bookit_async import BookIt, RetryPolicy, TransportFailure, WireRequest, WireResponse

ONCE = RetryPolicy(attempts=1)
KEY = "k3y-that-must-not-be-seen"


class Script:
    """A transport that answers from a list and keeps what it was sent."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[tuple[WireRequest, float]] = []
        self.closed = 0

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        self.sent.append((request, timeout))
        answer = self.answers.pop(0)
        if isinstance(answer, TransportFailure):
            raise answer
        return answer if isinstance(answer, WireResponse) else ok(answer)

    async def close(self) -> None:
        self.closed += 1


def ok(data: Any, status: int = 200) -> WireResponse:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return WireResponse(status=status, headers={"x-amzn-requestid": "r-1"}, body=body)


def client_of(*answers: Any) -> tuple[BookIt, Script]:
    script = Script(*answers)
    return BookIt(KEY, transport=script, retries=ONCE, check_inputs=False), script
