"""What a ledger in memory remembers, and that it forgets the oldest first."""

import logging
from typing import Any

import pytest

from bookit_async import Slot, Unsettled
from bookit_async.once import ledger
from bookit_async.once.ledger import MemoryLedger
from bookit_async.views.pending import PendingBooking

from ..conftest import NOW


def a_booking(email: str = "ada@engines.example", start: int = 0) -> PendingBooking:
    slot = Slot(start_milliseconds=start, end_milliseconds=start + 1, host_ids=())
    fields: dict[str, Any] = dict.fromkeys(("token", "link_id", "uid"))
    return PendingBooking(slot=slot, host_ids=(), host_emails={}, prospect_email=email, lost_at=NOW, **fields)


def test_the_oldest_meetings_told_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger, "REPORTED", 2)
    kept, bookings = MemoryLedger(), [a_booking() for _ in range(4)]
    for number, one in enumerate(bookings):
        kept.report(f"m{number}", one)
    owners = [kept.owner(f"m{number}", one) for number, one in enumerate(bookings)]
    assert owners == [None, None, bookings[2].id, bookings[3].id]
    assert kept.owner("m3", a_booking("another@engines.example")) is None


def test_the_oldest_left_open_is_dropped_and_told(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(ledger, "UNSETTLED", 2)
    kept, left = MemoryLedger(), [Unsettled(booking=a_booking()) for _ in range(3)]
    with caplog.at_level(logging.WARNING):
        for one in left:
            kept.leave(one)
    assert [*kept.unsettled] == left[1:]
    assert "client.unsettled is full" in caplog.text
    kept.settle(left[1].booking)
    kept.settle(left[0].booking)
    assert [*kept.unsettled] == left[2:]


def test_what_is_in_flight_is_a_rival_of_the_same_wish_alone() -> None:
    kept, one, two = MemoryLedger(), a_booking(), a_booking()
    for other in (one, two):
        kept.send(other)
    kept.answered(one)
    assert kept.has_rival(one)
    assert not kept.has_rival(a_booking(start=5))
    kept.answered(two)
    assert not kept.has_rival(one)
