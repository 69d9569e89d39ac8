"""From an answer to the error it means: pure, and it never raises.

The sentence decides before the status does: the service sends an unsupported link as a 404 and most of the rest as a
400. The status decides only when the sentence is unknown or absent. Nothing else of the body is decoded. The
sentences are those the service is known to send; a row each, compared without case, dots and spaces, and found in any
usual envelope.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from typing import TypeAlias, cast

import orjson

from ..errors import (
    Answer,
    APIStatusError,
    AuthenticationError,
    HostNotReadyError,
    LinkNotFoundError,
    LinkSpentError,
    LinkUnsupportedError,
    MeetingNotFoundError,
    MissingInputError,
    RateLimitError,
    RefusedInputError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
    TooSoonError,
    TriggerNodeNotFoundError,
)

__all__ = ["classify"]

REQUEST_ID_HEADER = "x-amzn-requestid"

Builder: TypeAlias = Callable[[str | None, Answer], APIStatusError]


def _plain(kind: type[APIStatusError]) -> Builder:
    return lambda _, answer: kind(**answer)


def _trigger_node(name: str | None, answer: Answer) -> APIStatusError:
    return TriggerNodeNotFoundError(trigger_node=name, **answer)


def _missing_input(name: str | None, answer: Answer) -> APIStatusError:
    return MissingInputError(name=name or "", **answer)


def _refused_input(name: str | None, answer: Answer) -> APIStatusError:
    return RefusedInputError(name=name or "", **answer)


def _hosts(listed: str | None, answer: Answer) -> APIStatusError:
    user_ids = [part.strip() for part in (listed or "").split(",")]
    return HostNotReadyError(user_ids=filter(_USER_ID.fullmatch, user_ids), **answer)


_USER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

# A builder gets what its pattern's group matched, None without a group: the only parts that a message may show.
# Names stay on one line; what does not look like a user id is left to `.sentence`.
_RULES: tuple[tuple[str, Builder], ...] = (
    (r"Unauthorized", _plain(AuthenticationError)),
    (r"Validation Error: No prospect trigger node found with name: (?P<part>.{1,255})", _trigger_node),
    (r"Invalid Node name provided", _trigger_node),
    (r"Validation Error: Missing required (?:input|parameter): (?P<part>.{1,255}?)", _missing_input),
    (
        r"Please check the following users have the correct product access "
        r"and their calendar tokens are valid: (?P<part>.{1,4000}?)",
        _hosts,
    ),
    (
        r"Meeting has already been booked\. Please use meetingId or eventId \(legacy\) to refetch availability",
        _plain(TokenSpentError),
    ),
    (r"link not found", _plain(LinkNotFoundError)),
    (
        r"Validation Error: Unsupported link type\. Please provide the linkId of a single meeting type BookIt Link",
        _plain(LinkUnsupportedError),
    ),
    (r"Meeting not found", _plain(MeetingNotFoundError)),
    (r"The selected time is no longer available", _plain(SlotTakenError)),
    (r"This link only allows one booking and has already been used", _plain(LinkSpentError)),
    (r"Validation Error: Scheduled time is before the minimum booking notice", _plain(TooSoonError)),
    (r"Validation Error: Invalid (?P<part>token|params|linkId)", _refused_input),
    (r"Validation Error: (?P<part>\w{1,40}) must be (?:an email address|one of .{1,400})", _refused_input),
)

_OF_STATUS: Mapping[int, type[APIStatusError]] = {
    401: AuthenticationError,
    403: AuthenticationError,
    429: RateLimitError,
    **dict.fromkeys(range(500, 600), ServerError),
}

_GAP = r"[\s.]*"
_PATTERNS = tuple(
    (re.compile(_GAP + pattern.replace(r"\.", " ").replace(" ", _GAP) + _GAP, re.IGNORECASE), builder)
    for pattern, builder in _RULES
)
_SAYING = ("error", "message", "Message", "detail", "title", "errors", "error_description", "messages", "details")
"""Keys under which services put what they have to say, those that are looked at first in front."""
_DEEPEST = 4
_MOST = 20
"""Sentences of one answer that are looked at."""


def classify(operation: str, status: int, headers: Mapping[str, str], body: bytes) -> APIStatusError:
    """The error that an answer means, for any answer that is not the success of its operation.

    `operation` is the Python name of the operation, carried by the error and otherwise not looked at. Header names may
    be in any case. A body may be anything: HTML, nothing, not UTF-8. An unexpected success or a redirect, which is
    never followed, gives a plain `APIStatusError`.
    """
    sentences = _sentences(body)
    given: Answer = {
        "status": status,
        "operation": operation,
        "request_id": _request_id(headers),
        "body": body,
        "sentence": sentences[0] if sentences else None,
    }
    for sentence in sentences:
        for pattern, builder in _PATTERNS:
            if match := pattern.fullmatch(sentence):
                return builder(match.groupdict().get("part"), {**given, "sentence": sentence})
    return _OF_STATUS.get(status, APIStatusError)(**given)


def _request_id(headers: Mapping[str, str]) -> str | None:
    return next((value for name, value in headers.items() if name.lower() == REQUEST_ID_HEADER), None)


def _sentences(body: bytes) -> list[str]:
    try:
        envelope: object = orjson.loads(body)
    except orjson.JSONDecodeError:
        return []
    return [*islice(_said(envelope, _DEEPEST), _MOST)]


def _said(envelope: object, depth: int) -> Iterator[str]:
    """Yield what an envelope says: of an object under the usual keys, of a list each of its entries."""
    if isinstance(envelope, list) and depth:
        for one in cast("list[object]", envelope):
            yield from _said(one, depth - 1)
    elif isinstance(envelope, dict) and depth:
        fields = cast("dict[str, object]", envelope)
        for key in _SAYING:
            said = fields.get(key)
            for one in cast("list[object]", said) if isinstance(said, list) else (said,):
                if isinstance(one, str) and one.strip():
                    yield one
                else:
                    yield from _said(one, depth - 1)
