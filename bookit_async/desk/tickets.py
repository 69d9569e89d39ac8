"""What references stand for: an offer, a meeting, a booking whose outcome is not known yet."""

from collections.abc import Mapping, Sequence
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
    hosts: Sequence[str] = ()
    """User ids of the hosts by the places that the browser knows them by."""
    subject: str | None = field(default=None, repr=False)
    """The user who may book with it; None for whoever has it."""
    nonce: str = field(factory=lambda: token_hex(16))
    """Tells offers apart: one is good for one meeting."""
    until: float
    """Seconds since the epoch."""

    def seal(self, seal: Seal) -> str:
        """Return an offer id that stands for this."""
        return seal.close(asdict(self), kind="offer", until=self.until)

    @classmethod
    def read(cls, seal: Seal, reference: str) -> "OfferTicket":
        """Return what an offer id stands for; raises what `Seal.open` raises."""
        return cls(**seal.open(reference, kind="offer"))


@frozen(kw_only=True)
class MeetingTicket:
    """A meeting, and the user who may change it; None for whoever has the reference."""

    meeting_id: str
    subject: str | None = field(default=None, repr=False)
    changeable: bool = True
    """Whether it may be moved and canceled with it; otherwise it tells when the meeting is, and nothing else."""
    about: Mapping[str, Any] = field(factory=dict[str, Any])
    """What `About` knows of it, as JSON values, so that a confirmation can be shown again."""

    def seal(self, seal: Seal, *, end: datetime | None) -> str:
        """Return a reference to it, good until a day after its end, or for a year when that is not known."""
        until = seal.now() + 365 * DAY.total_seconds() if end is None else (end + DAY).timestamp()
        return seal.close(asdict(self), kind="meeting", until=until)

    @classmethod
    def read(cls, seal: Seal, reference: str) -> "MeetingTicket":
        """Return what a reference stands for; raises what `Seal.open` raises."""
        return cls(**seal.open(reference, kind="meeting"))


@frozen(kw_only=True)
class LostTicket:
    """A booking whose answer was lost, as any process can look it up."""

    offer: OfferTicket
    booking: PendingBooking

    def seal(self, seal: Seal) -> str:
        """Return the settle id that stands for this, good for a day."""
        slot = self.booking.slot
        booking = {
            **asdict(self.booking, recurse=False),
            "slot": [slot.start_milliseconds, slot.end_milliseconds, slot.host_ids],
            "lost_at": self.booking.lost_at.isoformat(),
        }
        content = {"offer": asdict(self.offer), "booking": booking}
        return seal.close(content, kind="settle", until=seal.now() + DAY.total_seconds())

    @classmethod
    def read(cls, seal: Seal, reference: str) -> "LostTicket":
        """Return what a settle id stands for; raises what `Seal.open` raises."""
        content = seal.open(reference, kind="settle")
        wire: dict[str, Any] = content["booking"]
        start, end, host_ids = wire["slot"]
        wire["slot"] = Slot(start_milliseconds=start, end_milliseconds=end, host_ids=tuple(host_ids))
        wire["lost_at"] = datetime.fromisoformat(wire["lost_at"])
        for name in ("host_ids", "request_ids"):
            wire[name] = tuple(wire[name])
        return cls(offer=OfferTicket(**content["offer"]), booking=PendingBooking(**wire))
