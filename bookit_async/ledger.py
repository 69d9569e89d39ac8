"""What a client remembers of its bookings: whose each meeting is, and which bookings are left open."""

from collections.abc import Mapping
from typing import Any

from .reconciliation import PendingBooking, Unsettled
from .telemetry import LOGGER

REPORTED = 10_000
"""How many meetings a client remembers having told."""
UNSETTLED = 10_000
"""How many bookings of cancelled callers are kept."""


class Ledger:
    """The meetings that were told to callers, and the bookings whose callers were cancelled: the last of each."""

    def __init__(self) -> None:
        self._owners: dict[str, str] = {}
        self._unsettled: dict[str, Unsettled] = {}

    @property
    def owners(self) -> Mapping[str, str]:
        """Ids of the meetings that were told to callers, and of the bookings that made them."""
        return self._owners

    @property
    def unsettled(self) -> tuple[Unsettled, ...]:
        """What is left open, the oldest first."""
        return tuple(self._unsettled.values())

    def report(self, meeting_id: str, booking: PendingBooking) -> None:
        """Note that a meeting was told to a booking's caller, so that it is not taken for another's."""
        self._owners[meeting_id] = booking.id
        _drop_oldest(self._owners, REPORTED)

    def leave(self, left: Unsettled) -> None:
        """Keep a booking for `settle`; beyond 10,000 the oldest is dropped, which is logged."""
        self._unsettled[left.booking.id] = left
        for dropped in _drop_oldest(self._unsettled, UNSETTLED):
            LOGGER.warning(
                "client.unsettled is full, so its oldest booking was dropped; call client.settle for each: %r", dropped
            )

    def settle(self, booking: PendingBooking) -> None:
        """Take a booking off the list, if it is there."""
        self._unsettled.pop(booking.id, None)


def _drop_oldest(kept: dict[str, Any], most: int) -> list[Any]:
    return [kept.pop(next(iter(kept))) for _ in range(len(kept) - most)]
