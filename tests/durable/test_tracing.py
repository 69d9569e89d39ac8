"""Spans of an intent's steps join the trace of whoever asked for it."""

import sys
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bookit_async.durable.booking import carry_out, seal_asked
from bookit_async.durable.tracing import step_span, trace_parent

from ..scenes import flaky
from .engine import Rehearsal
from .test_booking import intent_of


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer", provider.get_tracer)
    return exporter


async def test_steps_are_children_of_the_span_that_asked_and_parents_of_the_calls(
    exporter: InMemorySpanExporter,
) -> None:
    client, _, _, clock = flaky()
    play = Rehearsal(client, clock)
    with trace.get_tracer("shop").start_as_current_span("checkout") as asking:
        sealed = seal_asked(play.vault, intent_of())
    await carry_out(play, sealed, steps=play.steps, vault=play.vault)
    spans: dict[str, Any] = {one.name: one for one in exporter.get_finished_spans()}
    for name in ("durable plan", "durable send"):
        assert spans[name].context.trace_id == asking.get_span_context().trace_id
        assert spans[name].parent.span_id == asking.get_span_context().span_id
        assert dict(spans[name].attributes) == {"bookit.intent_id": "lead-1"}
    booking = next(one for name, one in spans.items() if name.startswith("book_"))
    assert booking.parent.span_id == spans["durable send"].context.span_id


async def test_an_intent_that_was_asked_for_outside_of_any_span_has_spans_of_its_own(
    exporter: InMemorySpanExporter,
) -> None:
    assert trace_parent() is None
    with step_span("plan", "lead-1", None):
        pass
    (span,) = exporter.get_finished_spans()
    assert span.parent is None


def test_without_opentelemetry_there_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    assert trace_parent() is None
    with step_span("plan", "lead-1", None) as span:
        assert span is None
