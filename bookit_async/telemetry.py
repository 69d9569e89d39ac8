"""What is told of each operation: a log line, and a span if OpenTelemetry is in use. Never a URL, a key or a person."""

import logging
import sys
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Any

from attrs import define

from ._generated.types import Operation

LOGGER = logging.getLogger("bookit_async")


@define
class Observation:
    """What came of an operation, filled in while it goes on."""

    status: int | None = None
    """The HTTP status of the last answer; None when none came."""
    attempts: int = 0
    """How often the request was sent."""
    request_id: str | None = None
    """The gateway's `x-amzn-requestid`; None when absent."""


@contextmanager
def observed(operation: Operation[Any], clock: Callable[[], float]) -> Generator[Observation]:
    """Observe an operation: an INFO line at its end, and a client span named after it around it."""
    seen = Observation()
    began = clock()
    with ExitStack() as stack:
        span = _span(operation, stack)
        result = "ok"
        try:
            yield seen
        except BaseException as error:
            result = type(error).__name__
            raise
        finally:
            milliseconds = (clock() - began) * 1000
            LOGGER.info(
                "%s: %s, status %s, %.0f ms, attempts %d, request id %s",
                operation.name,
                result,
                seen.status,
                milliseconds,
                seen.attempts,
                seen.request_id,
            )
            if span is not None:
                _describe(span, seen, result)


def _span(operation: Operation[Any], stack: ExitStack) -> Any:
    """Give a span that is current until the stack ends, None unless the program has imported OpenTelemetry."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    attributes = {"http.request.method": operation.method, "url.template": operation.path}
    return stack.enter_context(
        trace.get_tracer("bookit_async").start_as_current_span(
            operation.name,
            kind=trace.SpanKind.CLIENT,
            attributes=attributes,
            record_exception=False,
            set_status_on_exception=False,
        )
    )


def _describe(span: Any, seen: Observation, result: str) -> None:
    span.set_attribute("bookit.attempts", seen.attempts)
    if seen.status is not None:
        span.set_attribute("http.response.status_code", seen.status)
    if seen.request_id is not None:
        span.set_attribute("bookit.request_id", seen.request_id)
    if result != "ok":
        trace: Any = sys.modules["opentelemetry.trace"]
        span.set_attribute("error.type", result)
        span.set_status(trace.StatusCode.ERROR)
