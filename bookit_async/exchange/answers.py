"""From what came over the wire to what an operation gives, or to the error that it means."""

from collections.abc import Callable
from typing import Generic, TypeVar

import orjson
from attrs import frozen

from .._generated.errors import WrongTypeError
from .._generated.types import Operation
from ..errors import NoAnswerError, NotSentError, OutcomeUnknownError, ResponseInvalidError, ServerError
from ..transports import TransportFailure, WireResponse
from ..views.shapes import UnknownShapeError
from .error_rules import REQUEST_ID_HEADER, classify
from .repeating import NoTurnFailure
from .retries import UNCLEAR, WRITES

_NO_TURN = "Nothing was sent: give the client more max_connections, fewer calls at once, or calls a longer deadline."

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@frozen(kw_only=True)
class Answer(Generic[T_co]):
    """What an operation gave, and the gateway's `x-amzn-requestid`, None when absent."""

    value: T_co
    request_id: str | None


def unanswered(operation: Operation[object], failure: TransportFailure) -> NoAnswerError:
    """Return the error for a request without an answer, which says whether it may have been processed."""
    if not failure.maybe_processed:
        error = NotSentError(reason=failure.reason, operation=operation.name)
        if isinstance(failure, NoTurnFailure):
            error.advice = _NO_TURN
        return error
    changes = operation.name in WRITES
    return OutcomeUnknownError(reason=failure.reason, operation=operation.name, changes=changes)


def read(operation: Operation[object], response: WireResponse, decode: Callable[[bytes], T]) -> T:
    """Return what an answer says; a write whose answer leaves it open is an OutcomeUnknownError."""
    status, headers = response.status, response.headers
    request_id = headers.get(REQUEST_ID_HEADER)
    writes = operation.name in WRITES
    reason, wrong = None, None
    if writes and status in UNCLEAR:
        reason = f"the service answered {status}, which tells nothing"
    elif status != 200 and not (writes and 200 <= status <= 299):
        refusal = classify(operation.name, status, headers, response.body)
        if status < 500 or not writes or isinstance(refusal, ServerError):
            raise refusal
        reason = f"the service answered {status}"
    else:
        try:
            if response.body and not operation.has_answer:
                orjson.loads(response.body)  # the page of some proxy is no answer of the service
            return decode(response.body)
        except WrongTypeError as error:
            wrong = error
        except ValueError:
            reason = "the answer was a success, but no JSON" if writes else None
    if reason is not None:
        raise OutcomeUnknownError(
            reason=reason, operation=operation.name, status=status, request_id=request_id, body=response.body
        )
    raise ResponseInvalidError(
        path="$" if wrong is None else wrong.path,
        looked_for=None if wrong is None else wrong.expected,
        found=None if wrong is None else wrong.found,
        keys=wrong.keys if isinstance(wrong, UnknownShapeError) else None,
        changes=writes,
        status=status,
        operation=operation.name,
        request_id=request_id,
        body=response.body,
    )
