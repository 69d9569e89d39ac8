"""What is counted and timed, and that nothing but names of operations and classes is said of it."""

import sys
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader

import bookit_async
from bookit_async import (
    Booked,
    BookIt,
    BookItError,
    NotSentError,
    Offer,
    OutcomeUnknownError,
    SlotTakenError,
    TokenSpentError,
    earliest,
)
from bookit_async._generated.api import OPERATIONS
from bookit_async.sandbox import Sandbox

from ..conftest import NOW
from ..flaky import Fault, Flaky
from .canaries import ANSWERS, KEY, PROSPECT, ZONE, Told, everything

LINK = "Em30rva"
LOST: list[Fault] = ["before"] * 400
UNSENT: list[Fault] = ["unsent"] * 99
Points = dict[tuple[str | None, str | None], Any]


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemoryMetricReader]:
    """A provider for one test; a process can set its own only once."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
    yield reader
    provider.shutdown()


def measured(reader: InMemoryMetricReader) -> dict[str, Points]:
    """The points of each instrument by operation and class of error."""
    data = reader.get_metrics_data()
    found: dict[str, Points] = {}
    for resource in data.resource_metrics if data else ():
        for scope in resource.scope_metrics:
            assert scope.scope.name == "bookit_async"
            for metric in scope.metrics:
                for point in metric.data.data_points:
                    attributes: dict[str, Any] = dict(point.attributes or {})
                    assert attributes.keys() <= {"bookit.operation", "error.type"}
                    key = attributes.get("bookit.operation"), attributes.get("error.type")
                    found.setdefault(metric.name, {})[key] = point
    return found


def counted(reader: InMemoryMetricReader) -> dict[str, dict[tuple[str | None, str | None], int]]:
    found = measured(reader)
    return {
        name.removeprefix("bookit."): {key: point.value for key, point in points.items()}
        for name, points in found.items()
        if name not in ("bookit.call.duration", "bookit.connection.wait")
    }


async def _no_wait(_seconds: float) -> None:
    pass


def a_client(*plan: Fault, method: str = "POST", on: str = "meeting") -> BookIt:
    sandbox = Sandbox(now=NOW, seed=1, tcp=False)
    flaky = Flaky(sandbox.transport, plan, on=on, method=method)
    return BookIt(sandbox.api_key, transport=flaky, sleep=_no_wait, settle=0.01)


async def an_offer(client: BookIt) -> Offer:
    offer = await client.availability(link_id=LINK)
    assert isinstance(offer, Offer)
    return offer


async def test_a_booking_is_counted_once(reader: InMemoryMetricReader) -> None:
    offer = await an_offer(a_client())
    assert isinstance(await offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS), Booked)
    assert counted(reader) == {"booked": {("book_meeting", None): 1}}


async def test_one_that_was_found_is_counted_as_recovered(reader: InMemoryMetricReader) -> None:
    offer = await an_offer(a_client("after"))
    booked = await offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS)
    assert isinstance(booked, Booked)
    assert booked.recovered
    assert counted(reader) == {"recovered": {("book_meeting", None): 1}}
    once = await offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS, once=True)
    assert once == booked or isinstance(once, Booked)
    assert counted(reader) == {"recovered": {("book_meeting", None): 1, (None, None): 1}}


async def test_a_taken_slot_is_counted_each_time(reader: InMemoryMetricReader) -> None:
    client = a_client()
    offer = await an_offer(client)
    await offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS)
    other = {**ANSWERS, "Email": "other@canary.example"}
    await offer.book(earliest(), timezone=ZONE, answers=other)
    with pytest.raises(SlotTakenError):
        await client.send(offer.prepare(offer.slots[0], timezone=ZONE, answers=other))
    assert counted(reader) == {
        "booked": {("book_meeting", None): 2},
        "slot_taken": {("book_meeting", None): 2},
    }


@pytest.mark.parametrize("prepared", [True, False])
async def test_a_refusal_is_counted_by_its_class(reader: InMemoryMetricReader, prepared: bool) -> None:
    client = a_client()
    offer = await client.route("New Webform Prospect", PROSPECT)
    assert isinstance(offer, Offer)
    await offer.book(offer.slots[0], timezone=ZONE)
    again = offer.prepare(offer.slots[1], timezone=ZONE)
    with pytest.raises(TokenSpentError):
        await (client.send(again) if prepared else offer.book(offer.slots[1], timezone=ZONE))
    assert counted(reader) == {
        "booked": {("book_meeting", None): 1},
        "refused": {("book_meeting", "TokenSpentError"): 1},
    }


async def test_what_stays_open_is_counted(reader: InMemoryMetricReader) -> None:
    sandbox = Sandbox(now=NOW, seed=1, tcp=False)
    flaky = Flaky(sandbox.transport, LOST)
    client = BookIt(sandbox.api_key, transport=flaky)
    offer = await an_offer(client)
    with pytest.raises(OutcomeUnknownError):
        await client.with_options(deadline=0.3).send(offer.prepare(offer.slots[0], timezone=ZONE, answers=ANSWERS))
    assert counted(reader) == {"unknown": {("book_meeting", None): 1}}


@pytest.mark.parametrize("counts", [True, False])
async def test_changes_are_counted_too(reader: InMemoryMetricReader, counts: bool) -> None:
    client = a_client()
    with pytest.raises(BookItError):
        await (client.cancel("none") if counts else client.api.cancel_meeting("none"))
    assert counted(reader) == ({"refused": {("cancel_meeting", "MeetingNotFoundError"): 1}} if counts else {})


async def test_calls_and_waits_are_timed_by_operation(reader: InMemoryMetricReader) -> None:
    client = a_client("unsent", on="")
    await an_offer(client)
    with pytest.raises(BookItError):
        await client.meeting("none")
    found = measured(reader)
    calls, waits = found["bookit.call.duration"], found["bookit.connection.wait"]
    assert set(calls) == {("fetch_availability", None), ("get_meeting", "MeetingNotFoundError")}
    assert set(waits) == {("fetch_availability", None), ("get_meeting", None)}
    for point in (*calls.values(), *waits.values()):
        assert point.count == 1
        assert point.sum < 5
        assert 0.005 in point.explicit_bounds


async def test_nothing_is_told_but_names(reader: InMemoryMetricReader, told: Told) -> None:
    sandbox = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False)
    await everything(BookIt(KEY, transport=sandbox.transport), told)
    operations = {one.name for one in OPERATIONS.values()}
    classes = {name for name in bookit_async.__all__ if name.endswith("Error")}
    seen = [key for points in measured(reader).values() for key in points]
    assert len(seen) > 12
    for operation, error in seen:
        assert operation in operations | {None}
        assert error in classes | {None}
    assert not told.leaks()


async def test_with_nothing_but_the_api_it_is_measured_for_nobody() -> None:
    client = a_client()
    outcome = await client.book("New Webform Prospect", PROSPECT, timezone=ZONE)
    assert isinstance(outcome, Booked)


async def test_an_api_that_knows_no_bounds_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    class Meter(metrics.NoOpMeter):
        made: list[str]  # pyright: ignore[reportUninitializedInstanceVariable]

        def create_histogram(self, name: str, unit: str = "", description: str = "") -> Any:  # type: ignore[override] # pyright: ignore[reportIncompatibleMethodOverride]
            made.append(name)
            return metrics.NoOpMeter("x").create_histogram(name, unit, description)

    class Provider(metrics.NoOpMeterProvider):
        def get_meter(self, name: str, *_: Any, **__: Any) -> metrics.Meter:
            return Meter(name)

    made: list[str] = []
    provider = Provider()
    monkeypatch.setattr(metrics, "get_meter_provider", lambda: provider)
    await an_offer(a_client())
    assert made == ["bookit.call.duration", "bookit.connection.wait"]


async def test_what_was_surely_not_sent_is_no_outcome_to_count(reader: InMemoryMetricReader) -> None:
    client = a_client(*UNSENT, method="DELETE")
    with pytest.raises(NotSentError):
        await client.with_options(deadline=0.3).cancel("none")
    assert counted(reader) == {}


async def test_nothing_is_measured_where_metrics_are_not_in_use(
    reader: InMemoryMetricReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.metrics")
    offer = await an_offer(a_client())
    assert isinstance(await offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS), Booked)
    assert measured(reader) == {}
