"""The ways in which a request can go wrong, and one such fault."""

from datetime import timedelta
from typing import Literal

from attrs import Factory, field, frozen

from .operations import NAMES

When = Literal["before", "after", "late"]
Kind = Literal[
    "reset_on_accept",
    "reset_after_head",
    "reset",
    "close",
    "close_in_head",
    "close_in_body",
    "close_in_chunk",
    "length_too_long",
    "stall",
    "drip",
    "not_json",
    "wrong_type",
    "empty",
    "interim",
    "close_after_answer",
    "close_on_reuse",
    "too_many_requests",
    "bad_gateway",
    "service_unavailable",
    "gateway_timeout",
]

ANY_TIME: tuple[When, ...] = ("before", "after", "late")
BEFORE: tuple[When, ...] = ("before",)
AFTER: tuple[When, ...] = ("after",)

KINDS: dict[Kind, tuple[When, ...]] = {
    "reset_on_accept": BEFORE,
    "reset_after_head": BEFORE,
    "reset": ANY_TIME,
    "close": ANY_TIME,
    "close_in_head": ANY_TIME,
    "close_in_body": ANY_TIME,
    "close_in_chunk": ANY_TIME,
    "length_too_long": ANY_TIME,
    "stall": ANY_TIME,
    "drip": ANY_TIME,
    "not_json": ANY_TIME,
    "wrong_type": ANY_TIME,
    "empty": ANY_TIME,
    "interim": AFTER,
    "close_after_answer": AFTER,
    "close_on_reuse": BEFORE,
    "too_many_requests": BEFORE,
    "bad_gateway": ANY_TIME,
    "service_unavailable": ANY_TIME,
    "gateway_timeout": ANY_TIME,
}
"""Every kind, and when it can happen."""


def _first(fault: "Fault") -> When:
    return KINDS.get(fault.kind, ANY_TIME)[0]


def _python_name(operation: str | None) -> str | None:
    return None if operation is None else NAMES.get(operation, operation)


@frozen
class Fault:
    """One thing that goes wrong.

    `operation` is the one that it happens to, `"book_meeting"` or `"bookMeeting"`; None for any of the twelve. With
    `when="before"` the request never reaches the service; with `"after"` the service processes it and the answer is
    spoiled; with `"late"` the client sees the same as "before", and the service processes it all the same, the proxy's
    `late_seconds` after the client lost the answer: as behind a gateway that gives up while the service goes on. Left
    out, it is "before" where the kind allows that. `rate` is the share of those requests, above 0 and up to 1; `times`
    how often at most, None without end. `retry_after` is what `too_many_requests` and `service_unavailable` say: whole
    seconds as they are, a timedelta as the date that far from now, None nothing.

    | kind | what the client sees |
    | --- | --- |
    | `reset_on_accept` | a reset before a byte was read; of a connection, so it has no operation |
    | `reset_after_head` | a reset once the request's headers were read |
    | `reset` | a reset once the request was read |
    | `close` | the end of the connection instead of an answer |
    | `close_in_head`, `close_in_body`, `close_in_chunk` | its end in the middle of the answer |
    | `length_too_long` | its end after the whole answer, which had announced more |
    | `stall` | nothing, until it gives up or the proxy's `stall_seconds` are over; then the end |
    | `drip` | the answer in small pieces, which take `stall_seconds` in all |
    | `not_json` | 200 with a page of HTML |
    | `wrong_type` | the answer as `text/plain` |
    | `empty` | 200 with nothing |
    | `interim` | answers 100, 102 and 103 first, then the answer |
    | `close_after_answer` | the answer, then without notice the end |
    | `close_on_reuse` | the end as this request comes, on a connection that has carried others: lost the race |
    | `too_many_requests`, `bad_gateway`, `service_unavailable`, `gateway_timeout` | 429, 502, 503, 504 of the gateway |

    Where there is no answer to be spoiled, "before" and "late", it is a 502 of the gateway; `wrong_type` is then 200
    with `OK`. A cancellation succeeds with 200 and nothing, so a client cannot tell `not_json`, `wrong_type` and
    `empty` from it: "before" a cancellation these are lies that cannot be found out.
    """

    kind: Kind
    operation: str | None = field(default=None, converter=_python_name, kw_only=True)
    when: When = field(default=Factory(_first, takes_self=True), kw_only=True)
    rate: float = field(default=1.0, kw_only=True)
    times: int | None = field(default=None, kw_only=True)
    retry_after: int | timedelta | None = field(default=None, kw_only=True)
