"""What sealed ids of agents stand for: offers, proposals, meetings. And how a proposal is put to a person. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from secrets import token_hex
from typing import Any, ClassVar, Self
from zoneinfo import ZoneInfo

from attrs import asdict, field, frozen

from ..desk.sealing import ReferenceInvalidError, Seal
from ..times import from_milliseconds
from ..views.slots import Slot
from .texts import harmless

HOUR = timedelta(hours=1).total_seconds()
DAY = 24 * HOUR
OFFER_TTL = HOUR
"""Seconds for which an offer's id is good."""
PROPOSAL_TTL = HOUR
"""Seconds within which a proposal has to be agreed to; what became of it can be asked for a day."""
LONGEST_ANSWER = 200
"""Characters of an answer that a person is shown."""


@frozen(kw_only=True)
class AgentOffer:
    """An offer as any process can make it again: of a link, or of a prospect who was routed."""

    link: str | None = None
    node: str | None = None
    token: str | None = field(default=None, repr=False)
    uid: str | None = None
    prospect: Mapping[str, Any] = field(factory=dict[str, Any], repr=False)

    def seal(self, seal: Seal) -> str:
        """Return an offer's id."""
        return _close(seal, self, "agent offer", until=seal.now() + OFFER_TTL)

    @classmethod
    def read(cls, seal: Seal, offer_id: str) -> Self:
        """Return what an offer's id stands for; raises what `Seal.open` raises."""
        return cls(**seal.open(offer_id, kind="agent offer"))


@frozen(kw_only=True)
class AgentMeeting:
    """A meeting."""

    meeting_id: str

    def seal(self, seal: Seal) -> str:
        """Return a reference to it, good for a day."""
        return _close(seal, self, "agent meeting", until=seal.now() + DAY)

    @classmethod
    def read(cls, seal: Seal, meeting_ref: str) -> Self:
        """Return what a reference stands for; raises what `Seal.open` raises."""
        return cls(**seal.open(meeting_ref, kind="agent meeting"))


@frozen(kw_only=True)
class Proposal:
    """A booking that a person may agree to: all that is sent, under the id that it is booked once for."""

    intent: str = field(factory=lambda: f"agent-{token_hex(12)}")
    until: float
    """Seconds since the epoch."""
    offer: AgentOffer
    start: int
    """Epoch milliseconds, as `end`."""
    end: int
    timezone: str
    email: str = field(repr=False)
    guests: Sequence[str] = field(default=(), repr=False)
    answers: Mapping[str, Any] = field(factory=dict[str, Any], repr=False)
    second: bool = False
    """Whether it may be a second meeting of the prospect."""
    others: int = 0
    """The meetings that the prospect had when it was made."""
    meeting_type: str = ""
    hosts: Sequence[str] = ()

    kind: ClassVar[str] = "agent proposal"

    @property
    def slot(self) -> Slot:
        """Return the slot that is booked."""
        return Slot(start_milliseconds=self.start, end_milliseconds=self.end)

    def lines(self) -> Iterator[str]:
        """Yield what is proposed, without the prospect and what others wrote."""
        minutes = (self.end - self.start) // 60_000
        yield f"Book {spoken(from_milliseconds(self.start), self.timezone)}, for {minutes} min."
        if self.guests:
            yield f"Guests to be invited: {len(self.guests)}."
        if self.second:
            yield f"This may be a SECOND meeting of the prospect, who had {self.others} when it was proposed."

    def question(self) -> str:
        """Return what a person is asked, all of it."""
        told = [*self.lines(), f"Prospect: {shown(self.email)}"]
        if self.meeting_type or self.hosts:
            told.append(f"Meeting: {self.meeting_type or 'no name'}, with {' or '.join(self.hosts) or 'nobody named'}")
        told += [f"Guest: {shown(one)}" for one in self.guests]
        told += [f"{harmless(name)}: {shown(value)}" for name, value in self.answers.items()]
        return "\n".join(told)


@frozen(kw_only=True)
class ChangeProposal:
    """A change of a meeting that a person may agree to. It is made only to a meeting that is still where it was."""

    intent: str = field(factory=lambda: f"agent-{token_hex(12)}")
    until: float
    meeting_id: str
    was: int
    """When the meeting began when it was proposed, epoch milliseconds."""
    start: int | None = None
    """When it is to begin; None to cancel it."""
    end: int | None = None
    timezone: str

    kind: ClassVar[str] = "agent change"

    @property
    def moves(self) -> bool:
        """Return whether the meeting is moved, not canceled."""
        return self.start is not None

    def lines(self) -> Iterator[str]:
        """Yield what is proposed."""
        was = spoken(from_milliseconds(self.was), self.timezone)
        if self.start is None:
            yield f"CANCEL the meeting of {was}."
        else:
            yield f"Move the meeting of {was} to {spoken(from_milliseconds(self.start), self.timezone)}."

    def question(self) -> str:
        """Return what a person is asked, all of it."""
        return "\n".join(self.lines())


AnyProposal = Proposal | ChangeProposal


def seal_proposal(seal: Seal, proposal: AnyProposal) -> str:
    """Return a proposal's id: it can be booked until the proposal says, and asked about for a day more."""
    return _close(seal, proposal, proposal.kind, until=proposal.until + DAY)


def read_proposal(seal: Seal, proposal_id: str) -> Proposal:
    """Return the booking that an id stands for; raises what `Seal.open` raises."""
    content = seal.open(proposal_id, kind=Proposal.kind)
    offer = AgentOffer(**content.pop("offer"))
    return Proposal(offer=offer, **content)


def read_change(seal: Seal, proposal_id: str) -> ChangeProposal:
    """Return the change that an id stands for; raises what `Seal.open` raises."""
    return ChangeProposal(**seal.open(proposal_id, kind=ChangeProposal.kind))


def read_any(seal: Seal, proposal_id: str) -> AnyProposal:
    """Return what an id stands for; raises what `Seal.open` raises."""
    try:
        return read_proposal(seal, proposal_id)
    except ReferenceInvalidError:
        return read_change(seal, proposal_id)


def spoken(instant: datetime, timezone: str) -> str:
    """Return a time as people say it, with its zone."""
    return f"{instant.astimezone(ZoneInfo(timezone)):%A %d %B %Y, %H:%M} ({timezone})"


def in_utc(instant: datetime) -> str:
    """Return a time as models give it back."""
    return f"{instant.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def shown(value: object) -> str:
    """Return an answer in one line, for a person; what cannot be seen is left out."""
    line = " ".join("".join(one if one.isprintable() else " " for one in str(value)).split())
    return line if len(line) <= LONGEST_ANSWER else f"{line[:LONGEST_ANSWER]}…"


def _close(seal: Seal, ticket: Any, kind: str, *, until: float) -> str:
    """Return a sealed id, as short as it can be: what is empty is left out."""
    content = asdict(ticket, recurse=False, filter=lambda _, value: bool(value))
    if isinstance(ticket, Proposal):
        content["offer"] = asdict(ticket.offer, filter=lambda _, value: bool(value))
    return seal.close(content, kind=kind, until=until)
