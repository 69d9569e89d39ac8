"""Spans of an intent's steps, which join the trace of whoever asked for it, if OpenTelemetry is in use."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import Any


def trace_parent() -> str | None:
    """Return the caller's span in the notation of W3C traceparent; None when there is none."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def step_span(name: str, intent_id: str, parent: str | None) -> AbstractContextManager[Any]:
    """Return what makes a span of a step current, under the *parent* that was stored with the intent."""
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return nullcontext()
    context = None
    if parent is not None:
        _, trace_id, span_id, flags = parent.split("-")
        remote = trace.SpanContext(
            int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=trace.TraceFlags(int(flags, 16))
        )
        context = trace.set_span_in_context(trace.NonRecordingSpan(remote))
    return trace.get_tracer("bookit_async").start_as_current_span(  # type: ignore[no-any-return]
        f"durable {name}",
        context=context,
        kind=trace.SpanKind.CONSUMER,
        attributes={"bookit.intent_id": intent_id},
        record_exception=False,
        set_status_on_exception=False,
    )
