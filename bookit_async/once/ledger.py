"""What is remembered of bookings: which are in flight, whose each meeting is, and what is left open."""

from typing import Protocol

from ..exchange.telemetry import LOGGER
from ..version import PACKAGE
from ..views.pending import PendingBooking, Unsettled

REPORTED = 10_000
"""How many meetings a client remembers having told."""
UNSETTLED = 10_000
"""How many bookings of cancelled callers are kept."""


class Ledger(Protocol):
    """What a client has to remember of its bookings. Give one that several clients share, to tell theirs apart, too.

    Nothing here may wait: it is asked in the middle of a booking.
    """

    def owner(self, meeting_id: str, booking: PendingBooking, /) -> str | None:
        """Return the id of the booking to whose caller one of the same prospect's meetings was told; None for nobody.

        Not of any prospect: that ids are unique among them all is a guess.
        """
        ...

    @property
    def unsettled(self) -> tuple[Unsettled, ...]:
        """Return what is left open, the oldest first."""
        ...

    def send(self, booking: PendingBooking, /) -> None:
        """Note that a booking is in flight, until it is `answered`."""
        ...

    def answered(self, booking: PendingBooking, /) -> None:
        """Note that a booking is in flight no more, whatever came of it."""
        ...

    def has_rival(self, booking: PendingBooking, /) -> bool:
        """Return True while another booking of the same prospect and start is in flight."""
        ...

    def report(self, meeting_id: str, booking: PendingBooking, /) -> None:
        """Note that a meeting was told to a booking's caller, so that it is not taken for another's."""
        ...

    def leave(self, left: Unsettled, /) -> None:
        """Keep a booking for `settle`."""
        ...

    def settle(self, booking: PendingBooking, /) -> None:
        """Take a booking off the list, if it is there."""
        ...


Ledger.__module__ = PACKAGE


class MemoryLedger:
    """A ledger in memory, of the last 10,000 meetings told to callers and bookings of cancelled callers."""

    __module__ = PACKAGE

    def __init__(self) -> None:
        self._sent: dict[object, int] = {}
        self._owners: dict[object, str] = {}
        self._unsettled: dict[str, Unsettled] = {}

    def owner(self, meeting_id: str, booking: PendingBooking, /) -> str | None:
        """Return the id of the booking to whose caller one of its prospect's meetings was told; None for nobody."""
        return self._owners.get((meeting_id, booking.prospect_email))

    @property
    def unsettled(self) -> tuple[Unsettled, ...]:
        """Return what is left open, the oldest first."""
        return tuple(self._unsettled.values())

    def send(self, booking: PendingBooking) -> None:
        """Note that a booking is in flight, until it is `answered`."""
        wish = _wish(booking)
        self._sent[wish] = self._sent.get(wish, 0) + 1

    def answered(self, booking: PendingBooking) -> None:
        """Note that a booking is in flight no more, whatever came of it."""
        wish = _wish(booking)
        left = self._sent.pop(wish) - 1
        if left:
            self._sent[wish] = left

    def has_rival(self, booking: PendingBooking) -> bool:
        """Return True while another booking of the same prospect and start is in flight."""
        return _wish(booking) in self._sent

    def report(self, meeting_id: str, booking: PendingBooking) -> None:
        """Note that a meeting was told to a booking's caller, so that it is not taken for another's."""
        self._owners[meeting_id, booking.prospect_email] = booking.id
        if len(self._owners) > REPORTED:
            del self._owners[next(iter(self._owners))]

    def leave(self, left: Unsettled) -> None:
        """Keep a booking for `settle`; beyond 10,000 the oldest is dropped, which is logged."""
        self._unsettled[left.booking.id] = left
        if len(self._unsettled) > UNSETTLED:
            dropped = self._unsettled.pop(next(iter(self._unsettled)))
            LOGGER.warning(
                "client.unsettled is full, so its oldest booking was dropped; call client.settle for each: %r", dropped
            )

    def settle(self, booking: PendingBooking) -> None:
        """Take a booking off the list, if it is there."""
        self._unsettled.pop(booking.id, None)


def _wish(booking: PendingBooking) -> object:
    return booking.prospect_email, booking.slot.start_milliseconds
