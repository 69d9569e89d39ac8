"""Errors as a browser sees them: RFC 9457 problem details, with this package's error names. Nothing private in them."""

import logging
import re
from collections.abc import Callable, Coroutine, Iterable, Sequence
from typing import Any, ClassVar
from uuid import uuid4

from attrs import frozen
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message

from ..desk.sealing import ReferenceExpiredError, ReferenceInvalidError, ReferenceLimitedError
from ..errors import (
    APIStatusError,
    AuthenticationError,
    BookItError,
    HostNotReadyError,
    InvalidInputError,
    LinkNotFoundError,
    LinkSpentError,
    LinkUnsupportedError,
    MeetingNotFoundError,
    MissingInputError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    RefusedInputError,
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
    TooSoonError,
    TriggerNodeNotFoundError,
)
from ..hidden import HiddenList
from .models import BookingView, OfferView

TYPE = "urn:bookit-async:problem:"
MEDIA_TYPE = "application/problem+json"
BODY_LIMIT = 65_536
"""Bytes of a request's body at most."""
MOST_PROBLEMS = 20
"""Problems that are told of one request at most."""
LONGEST_PROBLEM = 300
"""Characters of each at most."""
_LONGEST_LENGTH = 18
"""Digits of a Content-Length that can be one."""
log = logging.getLogger("bookit_async.web")


class RequestTooLargeError(BookItError):
    """A request whose body is larger than this site takes."""

    what = "the request is too large"
    advice = "Send less: the limit is the router's `body_limit`."


class SiteError(BookItError):
    """A mistake of the site's: of how the router is set up, or of what it gave the client."""

    what = "this site made a mistake"
    advice = "The line in the log says what it was."


@frozen
class Kind:
    """How one error is told: HTTP status, what it is, what the visitor can do, and seconds for Retry-After."""

    status: int
    title: str
    detail: str
    retry_after: int | None = None


_LATER = "Try again in a moment."
_OURS = "This is not your mistake, and trying again will not help: the site's owner has to repair it."

# What goes wrong between this server and BookIt is this server's failure: the browser never sees their 401 as its own.
KINDS: dict[type[BookItError], Kind] = {
    InvalidInputError: Kind(422, "Something in the request cannot be used", "Correct it: `problems` says what."),
    MissingInputError: Kind(422, "A required input is missing", "Add the input that `missing_input` names."),
    RefusedInputError: Kind(422, "An answer is not taken", "Correct the answer that `refused_input` names."),
    RequestTooLargeError: Kind(413, "The request is too large", "Send less."),
    SiteError: Kind(500, "This site made a mistake", _OURS),
    ReferenceInvalidError: Kind(404, "Unknown reference", "Begin anew, or use the link in the mail."),
    ReferenceLimitedError: Kind(
        403, "The meeting cannot be changed from here", "Use the link in the mail about the meeting."
    ),
    ReferenceExpiredError: Kind(410, "The reference has expired", "Begin anew: the times shown were too old."),
    TriggerNodeNotFoundError: Kind(404, "No such trigger node", "It does not exist, or is not for use here."),
    LinkNotFoundError: Kind(404, "No such BookIt Link", "It does not exist, or is not for use here."),
    LinkUnsupportedError: Kind(404, "A BookIt Link that cannot be booked here", "Use a link of one meeting type."),
    MeetingNotFoundError: Kind(404, "No such meeting", "It does not exist, or has been canceled."),
    SlotTakenError: Kind(409, "The time is no longer available", "Nothing was booked: choose another time."),
    TooSoonError: Kind(409, "The time is too close", "Nothing was booked: choose a later time."),
    TokenSpentError: Kind(409, "Already booked", "A meeting was booked with this offer: see the mail about it."),
    LinkSpentError: Kind(409, "The link was already used", "It is good for one meeting: ask for a new link."),
    OutcomeUnknownError: Kind(
        504,
        "It is not known yet whether this was done",
        "Send the same request again, which never books twice, or ask with `settle_id` where there is one.",
        retry_after=5,
    ),
    NotSentError: Kind(503, "The scheduling service cannot be reached", f"Nothing was done. {_LATER}", retry_after=5),
    RateLimitError: Kind(503, "The scheduling service is busy", f"Nothing was done. {_LATER}", retry_after=10),
    ServerError: Kind(502, "The scheduling service failed", _LATER),
    HostNotReadyError: Kind(502, "Nobody can be booked", _OURS),
    AuthenticationError: Kind(502, "The scheduling service refused this site", _OURS),
    ResponseInvalidError: Kind(502, "The scheduling service gave an answer that cannot be read", _OURS),
    APIStatusError: Kind(502, "The scheduling service refused", _OURS),
}


class ProblemError(Exception):
    """A problem to tell the browser: of the kind of one of our errors, with extension members."""

    def __init__(self, kind: type[BookItError], *, cause: BookItError | None = None, **members: object) -> None:
        super().__init__(kind.__name__)
        self.kind = kind
        self.cause = cause
        self.members = members


# What a visitor can put right: members of our request models. What the client says of anything else is ours to mend.
_VISITORS = re.compile(r"(prospect|answers|guests|timezone|slot|pooled|prospect_email|start|end|the request)\b")


def problem_of(error: BookItError) -> ProblemError:
    """Return the problem that tells of an error, with what the browser may know of it."""
    kind = next((one for one in type(error).__mro__ if one in KINDS), SiteError)
    members: dict[str, object] = {}
    if isinstance(error, InvalidInputError):
        if not all(map(_VISITORS.match, error.problems)):
            return ProblemError(SiteError, cause=error)
        members["problems"] = bounded(error.problems)
    if isinstance(error, MissingInputError):
        members["missing_input"] = error.name
    if isinstance(error, RefusedInputError):
        members["refused_input"] = error.name
    return ProblemError(kind, cause=error, **members)


def bounded(problems: Sequence[str]) -> list[str]:
    """Return as many problems as people read, each of a length that they do."""
    told = [one if len(one) <= LONGEST_PROBLEM else f"{one[:LONGEST_PROBLEM]} …" for one in problems[:MOST_PROBLEMS]]
    more = len(problems) - len(told)
    return [*told, f"the request: {more} more"] if more else told


def problem(error: BookItError, *, operation: str) -> Response:
    """Return the answer that tells a browser of an error, as the router's own routes do.

    Args:
        error: What a call of the client raised. Its text stays here; an InvalidInputError about anything but what
            visitors give is told as a `SiteError`.
        operation: What was being done, for the line in the log that every problem from status 500 on leaves.
    """
    return problem_response(problem_of(error), operation=operation)


def problem_response(problem: ProblemError, *, operation: str) -> Response:
    """Return the answer that tells a problem; what is not the browser's mistake leaves a line in the log."""
    kind = KINDS[problem.kind]
    instance = f"urn:uuid:{uuid4()}"
    if kind.status >= 500:
        level = logging.ERROR if problem.kind is SiteError else logging.WARNING
        log.log(level, "%s: %s, %r", operation, instance, problem.cause)
    name = problem.kind.__name__
    content = {
        "type": TYPE + name,
        "title": kind.title,
        "status": kind.status,
        "detail": kind.detail,
        "instance": instance,
        "error": name,
        **{
            key: value.model_dump(mode="json") if isinstance(value, (OfferView, BookingView)) else value
            for key, value in problem.members.items()
        },
    }
    headers = {"Cache-Control": "no-store"}
    if kind.retry_after is not None:
        headers["Retry-After"] = str(kind.retry_after)
    return JSONResponse(content, status_code=kind.status, headers=headers, media_type=MEDIA_TYPE)


class ProblemRoute(APIRoute):
    """A route that answers errors with problem details, whatever handlers the application has.

    It reads no more of a body than `body_limit` bytes.
    """

    body_limit: ClassVar[int] = BODY_LIMIT

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler of FastAPI with ours around it."""
        handler = super().get_route_handler()
        operation = self.operation_id or self.name

        async def answer(request: Request) -> Response:
            try:
                response = await handler(await self._limited(request))
            except ProblemError as told:
                return problem_response(told, operation=operation)
            except BookItError as error:
                return problem(error, operation=operation)
            except RequestValidationError as error:
                found = ProblemError(InvalidInputError, problems=bounded([*_sentences(error)]))
                return problem_response(found, operation=operation)
            except HTTPException as error:
                if error.status_code != 400 or not isinstance(error.__cause__, (ValueError, RecursionError)):
                    raise
                found = ProblemError(InvalidInputError, problems=["the request: its JSON cannot be read"])
                return problem_response(found, operation=operation)
            response.headers["Cache-Control"] = "no-store"
            return response

        return answer

    async def _limited(self, request: Request) -> Request:
        """Return the request with its body read; RequestTooLargeError as soon as it is known to be too large."""
        declared = request.headers.get("content-length", "0")
        if not declared.isdecimal() or len(declared) > _LONGEST_LENGTH or int(declared) > self.body_limit:
            raise RequestTooLargeError
        size, parts = 0, HiddenList()
        try:
            async for part in request.stream():
                size += len(part)
                parts.append(part)
                del part
                if size > self.body_limit:
                    raise RequestTooLargeError
        except ClientDisconnect:
            raise HTTPException(400, "The browser went away.") from None
        whole = HiddenList([{"type": "http.request", "body": b"".join(parts), "more_body": False}])

        async def receive() -> Message:
            return whole.pop() if whole else await request.receive()

        return Request(request.scope, receive)


def _sentences(error: RequestValidationError) -> Iterable[str]:
    """Return what is wrong with a request, without the values that it had."""
    for one in error.errors():
        _, *where = one["loc"]
        yield f"{'.'.join(str(part) for part in where) or 'the request'}: {one['msg']}"


def documented(*errors: type[BookItError]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route that may end in these errors, besides those that any call may end in."""
    by_status: dict[int | str, list[str]] = {}
    for error in (*errors, *_ALWAYS):
        by_status.setdefault(KINDS[error].status, []).append(error.__name__)
    return {
        status: {
            "description": ", ".join(names),
            "content": {MEDIA_TYPE: {"schema": _schema(int(status), names)}},
        }
        for status, names in sorted(by_status.items(), key=lambda one: int(one[0]))
    }


_ALWAYS = (
    InvalidInputError,
    RequestTooLargeError,
    SiteError,
    AuthenticationError,
    ServerError,
    ResponseInvalidError,
    APIStatusError,
    NotSentError,
    RateLimitError,
    OutcomeUnknownError,
)
_EXTENSIONS: dict[type[BookItError], dict[str, dict[str, Any]]] = {
    InvalidInputError: {"problems": {"type": "array", "items": {"type": "string"}}},
    MissingInputError: {"missing_input": {"type": "string"}},
    RefusedInputError: {"refused_input": {"type": "string"}},
    SlotTakenError: {"offer": {"$ref": "#/components/schemas/OfferView"}},
    TokenSpentError: {"booking": {"$ref": "#/components/schemas/BookingView"}},
    OutcomeUnknownError: {"settle_id": {"type": "string"}},
}


def _schema(status: int, names: list[str]) -> dict[str, Any]:
    extensions = {
        member: schema
        for error, members in _EXTENSIONS.items()
        if error.__name__ in names
        for member, schema in members.items()
    }
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "instance", "error"],
        "properties": {
            "type": {"type": "string", "format": "uri", "enum": [TYPE + name for name in names]},
            "title": {"type": "string"},
            "status": {"type": "integer", "const": status},
            "detail": {"type": "string"},
            "instance": {"type": "string", "format": "uri"},
            "error": {"type": "string", "enum": names},
            **extensions,
        },
    }
