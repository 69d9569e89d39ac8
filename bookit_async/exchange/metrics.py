"""What is counted and timed if OpenTelemetry's metrics are in use: names of operations and classes, nothing else."""

import sys
from typing import Any, Literal

from ..errors import APIStatusError, BookItError, OutcomeUnknownError, SlotTakenError
from ..version import VERSION

Counted = Literal["booked", "recovered", "refused", "unknown", "slot_taken"]

_COUNTERS: dict[Counted, str] = {
    "booked": "Bookings that the service answered with a meeting",
    "recovered": "Bookings whose meeting was found by looking for it",
    "refused": "Bookings and changes that the service refused, by class of error; taken slots aside",
    "unknown": "Bookings and changes of which it could not be told whether they took effect",
    "slot_taken": "Times that somebody else was faster, also where the next slot was booked then",
}
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 25.0, 60.0)
"""Bounds of what is timed; the usual ones are for milliseconds."""


class _Instruments:
    """What one provider measures with."""

    def __init__(self, provider: Any) -> None:
        self.provider = provider
        meter = provider.get_meter("bookit_async", VERSION)
        self.counters: dict[str, Any] = {
            name: meter.create_counter(f"bookit.{name}", unit="1", description=what) for name, what in _COUNTERS.items()
        }
        self.duration = _histogram(meter, "bookit.call.duration", "A call, with its repetitions and waits")
        self.wait = _histogram(meter, "bookit.connection.wait", "Waiting for a connection of the client's to be free")


_in_use: list[_Instruments] = []


def _instruments() -> _Instruments:
    """Return what to measure with, where the program has imported OpenTelemetry's metrics."""
    metrics: Any = sys.modules["opentelemetry.metrics"]
    provider = metrics.get_meter_provider()
    if not _in_use or _in_use[0].provider is not provider:
        _in_use[:] = [_Instruments(provider)]
    return _in_use[0]


def _histogram(meter: Any, name: str, what: str) -> Any:
    try:
        return meter.create_histogram(name, unit="s", description=what, explicit_bucket_boundaries_advisory=_SECONDS)
    except TypeError:  # an API older than the advice
        return meter.create_histogram(name, unit="s", description=what)


def count(what: Counted, operation: str | None, error: BaseException | None = None) -> None:
    """Count one of an operation, with the class of its error if there is one."""
    if "opentelemetry.metrics" in sys.modules:
        _instruments().counters[what].add(1, _attributes(operation, error))


def count_failure(error: BookItError) -> None:
    """Count what became of a booking or a change that did not take place, as far as that is known."""
    if isinstance(error, OutcomeUnknownError):
        count("unknown", error.operation)
    elif isinstance(error, SlotTakenError):
        count("slot_taken", error.operation)
    elif isinstance(error, APIStatusError):
        count("refused", error.operation, error)


def time(operation: str, duration: float, wait: float, error: type[BaseException] | None) -> None:
    """Note how many seconds a call took and how many of them it waited for a connection, where metrics are in use."""
    found = _instruments()
    found.duration.record(duration, _attributes(operation, error))
    found.wait.record(wait, _attributes(operation, None))


def _attributes(operation: str | None, error: BaseException | type[BaseException] | None) -> dict[str, str]:
    attributes = {} if operation is None else {"bookit.operation": operation}
    if error is not None:
        attributes["error.type"] = (error if isinstance(error, type) else type(error)).__name__
    return attributes
