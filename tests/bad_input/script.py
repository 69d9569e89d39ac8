"""A transport that answers from a list, and a look for what no error may show."""

import json
import traceback
from typing import Any

from bookit_async import BookIt, RetryPolicy, TransportFailure, WireRequest, WireResponse

CANARY = "cAnArY"
"""Part of every key, token and prospect value here, and of no error."""
KEY = f"k3y-{CANARY}"
PAGE: dict[str, Any] = {
    "availability": {
        "timeSlots": [{"start_time": 1746547200000, "end_time": 1746548100000, "users": [0]}],
        "indexToUserIdMap": {"0": "h1"},
    },
    "meeting": {
        "formFields": [
            {"name": "First Name", "type": "text", "required": True},
            {"name": "Last Name", "type": "text", "required": True},
            {"name": "Email", "type": "text", "required": True},
            {"name": "Additional Guest Emails", "type": "text", "required": False},
        ]
    },
    "pageInfo": {"prefillFields": {"First Name": "A", "Last Name": "B", "Email": f"{CANARY}@x.example"}},
}


class Script:
    """Answers from a list and keeps what it was sent."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.sent: list[WireRequest] = []

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - its interface
        self.sent.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, TransportFailure):
            raise answer
        return answer if isinstance(answer, WireResponse) else reply(answer)

    async def close(self) -> None:
        raise AssertionError("not the client's to close")


def reply(data: Any, status: int = 200, *, kind: str | None = None) -> WireResponse:
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    headers = {"x-amzn-requestid": "r-1"} if kind is None else {"x-amzn-requestid": "r-1", "content-type": kind}
    return WireResponse(status=status, headers=headers, body=body)


def client_of(*answers: Any) -> tuple[BookIt, Script]:
    script = Script(*answers)
    return BookIt(KEY, transport=script, retries=RetryPolicy(attempts=1), check_inputs=False), script


def shown(error: BaseException) -> str:
    """All that a log could hold of an error: message, repr, traceback, causes."""
    return "".join(traceback.format_exception(error)) + repr(error) + str(error)
