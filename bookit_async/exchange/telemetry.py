"""What is told of each operation: a log line, and a span and two durations if OpenTelemetry is in use.

Never a URL, a key or a person.
"""

import logging
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from attrs import define, field

from .._generated.types import Operation
from . import metrics

LOGGER = logging.getLogger("bookit_async")


@define
class Observation:
    """One operation while it goes on: an INFO line at its end, and a client span named after it around it."""

    operation: Operation[Any]
    """Which it is."""
    clock: Callable[[], float]
    """Returns seconds."""
    status: int | None = None
    """The HTTP status of the last answer; None when none came."""
    attempts: int = 0
    """How often the request was sent."""
    waited: float = 0.0
    """Seconds of waiting for a connection of the client's to come free."""
    request_id: str | None = None
    """The gateway's `x-amzn-requestid`; None when absent."""
    _began: float = field(default=0.0, init=False)
    _scope: Any = field(default=None, init=False)
    _span: Any = field(default=None, init=False)

    def __enter__(self) -> Self:
        self._began = self.clock()
        self._scope = _scope(self.operation)
        if self._scope is not None:
            self._span = self._scope.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if LOGGER.isEnabledFor(logging.INFO):
            LOGGER.info(
                "%s: %s, status %s, %.0f ms, attempts %d, request id %s",
                self.operation.name,
                _result(kind),
                self.status,
                (self.clock() - self._began) * 1000,
                self.attempts,
                self.request_id,
            )
        if "opentelemetry.metrics" in sys.modules:
            metrics.time(self.operation.name, self.clock() - self._began, self.waited, kind)
        if self._scope is not None:
            _describe(self._span, self, _result(kind))
            self._scope.__exit__(kind, error, traceback)


def _result(kind: type[BaseException] | None) -> str:
    return kind.__name__ if kind else "ok"


def _scope(operation: Operation[Any]) -> Any:
    """Return what makes a span current, None unless the program has imported OpenTelemetry."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    return trace.get_tracer("bookit_async").start_as_current_span(
        operation.name,
        kind=trace.SpanKind.CLIENT,
        attributes={"http.request.method": operation.method, "url.template": operation.path},
        record_exception=False,
        set_status_on_exception=False,
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
