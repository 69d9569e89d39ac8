"""What a client is sent in place of an answer: the pieces, and what becomes of the connection. Pure."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Literal

import orjson
from attrs import evolve, frozen

from ..._generated.models import GatewayError
from .http_messages import Message
from .kinds import Fault

Ending = Literal["keep", "close", "reset", "stall"]

DRIPS = 20
"""Pieces of an answer that drips."""
ANNOUNCED_TOO_MUCH = 10
"""Bytes that `length_too_long` announces and does not send."""

REQUEST_ID = "x-amzn-requestid"
FRAMING = ("connection", "content-length", "keep-alive", "transfer-encoding")
PAGE = b"<!DOCTYPE html><html><head><title>Welcome</title></head><body>Please sign in to the network.</body></html>\n"
INTERIM = (
    b"HTTP/1.1 100 Continue\r\n\r\n"
    b"HTTP/1.1 102 Processing\r\n\r\n"
    b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload; as=style\r\n\r\n"
)


@frozen(repr=False)
class Answer:
    """An answer before it is put into bytes; `headers` without those that frame the body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    def retyped(self, content_type: str) -> "Answer":
        """The same with another content type."""
        kept = tuple((name, value) for name, value in self.headers if name != "content-type")
        return evolve(self, headers=(*kept, ("content-type", content_type)))

    def head(self, framing: str, value: str) -> bytes:
        """The head, with the header that frames the body."""
        lines = [f"HTTP/1.1 {self.status} {_reason(self.status)}"]
        lines += [f"{name}: {text}" for name, text in (*self.headers, (framing, value))]
        return "\r\n".join((*lines, "", "")).encode("latin-1")

    @property
    def request_id(self) -> str | None:
        """The gateway's, None without."""
        return dict(self.headers).get(REQUEST_ID)

    @property
    def raw(self) -> bytes:
        """The whole of it."""
        return self.head("content-length", str(len(self.body))) + self.body


@frozen(repr=False)
class Spoiled:
    """What is sent and what comes after: the connection is kept, closed, reset, or stays silent.

    `slow` asks for pauses between the pieces.
    """

    pieces: tuple[bytes, ...] = ()
    ending: Ending = "keep"
    slow: bool = False


def read(message: Message) -> Answer:
    """The service's answer."""
    head = message.head
    headers = tuple((name, value) for name, value in head.headers if name not in FRAMING)
    return Answer(head.status, headers, message.body)


def from_gateway(status: int, *, request_id: str, message: str | None = None) -> Answer:
    """An answer of the gateway, in its envelope. Only the shape is known, so the words are HTTP's own."""
    body = orjson.dumps(GatewayError(message=message or _reason(status)).to_dict())
    headers = ((REQUEST_ID, request_id), ("content-type", "application/json"))
    return Answer(status, headers, body)


def spoil(fault: Fault, answer: Answer, *, request_id: str, now: datetime) -> Spoiled:
    """What a client is sent in place of `answer`.

    `request_id` is for the gateway's own answers; `now` is what a date in `Retry-After` counts from. The kinds that do
    not wait for the request's end have no place here.
    """
    gateway_status = GATEWAY_STATUSES.get(fault.kind)
    if gateway_status is None:
        return SPOILED[fault.kind](answer, fault)
    given = from_gateway(gateway_status, request_id=request_id)
    if fault.retry_after is not None:
        given = evolve(given, headers=(*given.headers, ("retry-after", _retry_after(fault.retry_after, now))))
    return Spoiled((given.raw,))


def _retry_after(wait: int | timedelta, now: datetime) -> str:
    return format_datetime(now + wait, usegmt=True) if isinstance(wait, timedelta) else str(wait)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _close_in_head(answer: Answer, _fault: Fault) -> Spoiled:
    head = answer.head("content-length", str(len(answer.body)))
    return Spoiled((head[: len(head) // 2],), "close")


def _close_in_body(answer: Answer, _fault: Fault) -> Spoiled:
    announced, sent = _half(answer.body)
    return Spoiled((answer.head("content-length", str(announced)) + sent,), "close")


def _close_in_chunk(answer: Answer, _fault: Fault) -> Spoiled:
    announced, sent = _half(answer.body)
    return Spoiled((answer.head("transfer-encoding", "chunked") + b"%x\r\n" % announced + sent,), "close")


def _half(body: bytes) -> tuple[int, bytes]:
    """How much to announce and what to send: even of an empty body something has to be missing."""
    return max(len(body), 1), body[: len(body) // 2]


def _length_too_long(answer: Answer, _fault: Fault) -> Spoiled:
    announced = str(len(answer.body) + ANNOUNCED_TOO_MUCH)
    return Spoiled((answer.head("content-length", announced) + answer.body,), "close")


def _drip(answer: Answer, _fault: Fault) -> Spoiled:
    raw = answer.raw
    size = -(-len(raw) // DRIPS)
    return Spoiled(tuple(raw[start : start + size] for start in range(0, len(raw), size)), slow=True)


def _not_json(_answer: Answer, _fault: Fault) -> Spoiled:
    return Spoiled((Answer(200, (("content-type", "text/html; charset=utf-8"),), PAGE).raw,))


def _wrong_type(answer: Answer, fault: Fault) -> Spoiled:
    given = answer if fault.when == "after" else Answer(200, (), b"OK")
    return Spoiled((given.retyped("text/plain; charset=utf-8").raw,))


def _empty(_answer: Answer, _fault: Fault) -> Spoiled:
    return Spoiled((Answer(200, (("content-type", "application/json"),)).raw,))


GATEWAY_STATUSES: Mapping[str, int] = {
    "too_many_requests": 429,
    "bad_gateway": 502,
    "service_unavailable": 503,
    "gateway_timeout": 504,
}

SPOILED: Mapping[str, Callable[[Answer, Fault], Spoiled]] = {
    "reset": lambda _answer, _fault: Spoiled(ending="reset"),
    "close": lambda _answer, _fault: Spoiled(ending="close"),
    "close_in_head": _close_in_head,
    "close_in_body": _close_in_body,
    "close_in_chunk": _close_in_chunk,
    "length_too_long": _length_too_long,
    "stall": lambda _answer, _fault: Spoiled(ending="stall"),
    "drip": _drip,
    "not_json": _not_json,
    "wrong_type": _wrong_type,
    "empty": _empty,
    "interim": lambda answer, _fault: Spoiled((INTERIM + answer.raw,)),
    "close_after_answer": lambda answer, _fault: Spoiled((answer.raw,), "close"),
}
