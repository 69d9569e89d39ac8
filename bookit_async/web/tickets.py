"""What references stand for: an offer, a meeting, a booking whose outcome is not known yet."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from secrets import token_hex
from typing import Any

from attrs import asdict, field, frozen

from ..views.pending import PendingBooking
from ..views.slots import Slot
from .sealing import Seal

DAY = timedelta(days=1)


@frozen(kw_only=True)
class OfferTicket:
    """An offer as any process can make it again. Exactly one of `token`, `params` and `link_id` is set."""

    trigger_node: str | None = None
    link_id: str | None = None
    token: str | None = field(default=None, repr=False)
    params: str | None = field(default=None, repr=False)
    uid: str | None = None
    prospect: Mapping[str, Any] = field(factory=dict[str, Any], repr=False)
    nonce: str = field(factory=lambda: token_hex(16))
    """Tells offers apart: one is good for one meeting."""
    until: float
    """Seconds since the epoch."""

    def seal(self, seal: Seal) -> str:
        """Give an offer id that stands for this."""
        return seal.close(asdict(self), kind="offer", until=self.until)

    @classmethod
    def read(cls, seal: Seal, reference: str) -> "OfferTicket":
        """Give what an offer id stands for; raises what `Seal.open` raises."""
        return cls(**seal.open(reference, kind="offer"))


def seal_meeting(seal: Seal, meeting_id: str, *, end: datetime | None) -> str:
    """Give a reference to a meeting, good until a day after its end, or for a year when that is not known."""
    until = seal.now() + 365 * DAY.total_seconds() if end is None else (end + DAY).timestamp()
    return seal.close({"meeting_id": meeting_id}, kind="meeting", until=until)


def open_meeting(seal: Seal, reference: str) -> str:
    """Give the meeting id that a reference stands for; raises what `Seal.open` raises."""
    return str(seal.open(reference, kind="meeting")["meeting_id"])


@frozen(kw_only=True)
class LostTicket:
    """A booking whose answer was lost, as any process can look it up."""

    nonce: str
    booking: PendingBooking

    def seal(self, seal: Seal) -> str:
        """Give the settle id that stands for this, good for a day."""
        slot = self.booking.slot
        booking = {
            **asdict(self.booking, recurse=False),
            "slot": [slot.start_milliseconds, slot.end_milliseconds, slot.host_ids],
            "lost_at": self.booking.lost_at.isoformat(),
        }
        content = {"nonce": self.nonce, "booking": booking}
        return seal.close(content, kind="settle", until=seal.now() + DAY.total_seconds())

    @classmethod
    def read(cls, seal: Seal, reference: str) -> "LostTicket":
        """Give what a settle id stands for; raises what `Seal.open` raises."""
        content = seal.open(reference, kind="settle")
        wire: dict[str, Any] = content["booking"]
        start, end, host_ids = wire["slot"]
        wire["slot"] = Slot(start_milliseconds=start, end_milliseconds=end, host_ids=tuple(host_ids))
        wire["lost_at"] = datetime.fromisoformat(wire["lost_at"])
        for name in ("host_ids", "request_ids"):
            wire[name] = tuple(wire[name])
        return cls(nonce=content["nonce"], booking=PendingBooking(**wire))
