"""Tools that book: a proposal is made, put to a person, and booked once."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from attrs import evolve, frozen

from ..durable import Durable, DurableOutcome, Forgotten, Refused
from ..errors import InvalidInputError, SlotTakenError, TokenSpentError, refuse
from ..hidden import hidden
from ..times import from_milliseconds, naive_problem, to_milliseconds, zone_problem
from ..views.addresses import spellings
from ..views.meetings import Meeting
from ..views.offers import NoAvailability, Offer
from ..views.outcomes import Booked
from ..views.slots import Slot
from .confirmations import Claim
from .looking import Looking, host_names, nothing_open, slot_views
from .office import PATIENCE, WHOLE, Office, Person
from .problems import told
from .proposals import PROPOSAL_TTL, AgentMeeting, AgentOffer, Proposal, in_utc, read_proposal, seal_proposal, spoken
from .texts import harmless, labels

OTHERS = 5
"""Slots that are told in place of one that is taken."""


@frozen
class Booking:
    """Books for an agent, what a person agreed to."""

    office: Office
    looking: Looking

    async def propose_booking(
        self,
        offer_id: str,
        start: datetime,
        timezone: str,
        *,
        guests: Sequence[str] | None = None,
        answers: Mapping[str, Any] | None = None,
        allow_second: bool = False,
    ) -> dict[str, Any]:
        """Return a proposal for a person to agree to; nothing is booked."""
        refuse([*zone_problem(timezone), *naive_problem("start", start)])
        ticket = self._checked(AgentOffer.read(self.office.seal, offer_id))
        offer = await self._look(ticket)
        slot = None if offer is None else _slot_at(offer, to_milliseconds(start))
        if offer is None or slot is None:
            return self._taken(ticket, offer, start, timezone)
        shown = labels(one.name for one in offer.form_fields)
        said = hidden({shown.get(name, name): value for name, value in (answers or {}).items()})
        prepared = offer.prepare(slot, timezone=timezone, answers=said, guests=guests or ())
        email = hidden(prepared.pending.prospect_email)
        if email is None:
            raise InvalidInputError(problems=["answers must hold the prospect's Email, as an email address"])
        others = await self._others(email)
        if others and not allow_second:
            return self._second(others, timezone)
        proposal = Proposal(
            until=self.office.seal.now() + PROPOSAL_TTL,
            offer=ticket,
            start=slot.start_milliseconds,
            end=slot.end_milliseconds,
            timezone=timezone,
            email=email,
            guests=[*(guests or ())],
            answers=said,
            second=allow_second,
            others=len(others),
            meeting_type=harmless(offer.meeting_type),
            hosts=host_names(offer, slot.host_ids)[:OTHERS],
        )
        return {
            "status": "proposed",
            "proposal_id": seal_proposal(self.office.seal, proposal),
            "summary": " ".join(proposal.lines()),
            "untrusted_meeting_type": proposal.meeting_type,
            "untrusted_hosts": proposal.hosts,
            "existing_meetings": self._meetings(others, timezone),
            "expires": in_utc(datetime.fromtimestamp(proposal.until, UTC)),
            "next": "Nothing is booked yet. book with this proposal_id asks the person, and books if they agree.",
        }

    async def book(self, proposal_id: str, person: Person) -> dict[str, Any]:
        """Book a proposal once, after a person agreed; the same proposal gives the same meeting."""
        proposal = self._read(proposal_id)
        durable = await self.office.durable()
        if await durable.find(proposal.intent) is None:
            early = await self._begin(durable, proposal, proposal_id, person)
            if early is not None:
                return early
        await person.tell("booking")
        return await self._came(durable, proposal)

    async def outcome(self, proposal: Proposal) -> dict[str, Any]:
        """Return what became of a proposal."""
        durable = await self.office.durable()
        if await durable.find(proposal.intent) is None:
            return {
                "status": "not_booked",
                "agreed": await self.office.confirmations.agreed(proposal.intent),
                "next": "Nothing was booked. book with this proposal_id books it, once the person agrees.",
            }
        return await self._came(durable, proposal)

    async def _begin(
        self, durable: Durable, proposal: Proposal, proposal_id: str, person: Person
    ) -> dict[str, Any] | None:
        """Store the booking; None once that is done, else what the model is told."""
        await person.tell("looking whether the time is open")
        self._checked(proposal.offer)
        offer = await self._look(proposal.offer)
        if offer is None or _slot_at(offer, proposal.start) is None:
            return self._taken(proposal.offer, offer, from_milliseconds(proposal.start), proposal.timezone)
        if not proposal.second and (others := await self._others(proposal.email)):
            return self._second(others, proposal.timezone)
        await person.tell("asking the person")
        waits = await self.office.unconfirmed(proposal, proposal_id, person)
        if waits is not None:
            return waits
        if not proposal.second and (before := await self._claimed(durable, proposal)) is not None:
            return before
        await durable.submit(
            proposal.intent,
            offer=evolve(offer, uid=proposal.offer.uid, prospect=proposal.offer.prospect),
            slot=proposal.slot,
            timezone=proposal.timezone,
            answers=proposal.answers,
            guests=proposal.guests,
        )
        return None

    async def _claimed(self, durable: Durable, proposal: Proposal) -> dict[str, Any] | None:
        """Take the prospect for this proposal; what the model is told where another one is under way or booked."""
        prospect = self.office.seal.name(f"prospect {proposal.email.casefold()}")
        claim, now = self.office.confirmations.claim, self.office.seal.now()
        holder = await claim(prospect, proposal.intent, now=now)
        if holder.intent != proposal.intent and await self._is_gone(durable, holder):
            holder = await claim(prospect, proposal.intent, now=now, gone=holder.intent)
        if holder.intent == proposal.intent:
            return None
        return {
            "status": "second_meeting",
            "next": "Nothing was booked: another booking of this prospect is under way or was just made. find_meetings "
            "tells. A second one is proposed with allow_second, if the person wants it.",
        }

    async def _is_gone(self, durable: Durable, holder: Claim) -> bool:
        """Return whether another proposal of the prospect will have no meeting, or has one no more."""
        standing = await durable.find(holder.intent)
        if standing is None:  # it was about to be stored, and the call ended before that; none takes as long as this
            return holder.at + WHOLE < self.office.seal.now()
        if standing.outcome is None:
            return False
        if not isinstance(standing.outcome, Booked):
            return True
        meeting = await self.office.client.meeting(standing.outcome.meeting_id)
        return meeting.canceled or (meeting.end or standing.outcome.end) <= self.office.now()

    async def _came(self, durable: Durable, proposal: Proposal) -> dict[str, Any]:
        """Return what a booking that is stored came to, as a model is told it."""
        try:
            came = await durable.result(proposal.intent, timeout=PATIENCE)
        except TimeoutError:
            return {
                "status": "unknown",
                "next": "It is stored and goes on by itself; do not propose it again. Ask outcome in a minute.",
            }
        match came:
            case Booked():
                return {
                    "status": "booked",
                    "meeting_ref": AgentMeeting(meeting_id=came.meeting_id).seal(self.office.seal),
                    "start": in_utc(came.start),
                    "local": spoken(came.start, proposal.timezone),
                    "next": "Tell the person. Calling again gives this same meeting.",
                }
            case Forgotten(meeting_id=str() as meeting_id):
                return {
                    "status": "booked",
                    "meeting_ref": AgentMeeting(meeting_id=meeting_id).seal(self.office.seal),
                    "next": "It was booked long ago. find_meetings tells when it is.",
                }
            case _ if _was_taken(came):
                offer = await self._look(proposal.offer)
                return self._taken(proposal.offer, offer, from_milliseconds(proposal.start), proposal.timezone)
            case Refused():
                return {"status": "refused", **told(came.error).told()}
            case _:
                return {"status": "not_booked", "next": "Nothing was booked, and will not be. Begin anew if needed."}

    def _read(self, proposal_id: str) -> Proposal:
        return read_proposal(self.office.seal, proposal_id)

    def _checked(self, ticket: AgentOffer) -> AgentOffer:
        """Return an offer whose entry point is still for use."""
        if ticket.link is not None:
            self.office.allowlist.link(ticket.link)
        else:
            self.office.allowlist.node(str(ticket.node))
        return ticket

    async def _look(self, ticket: AgentOffer) -> Offer | None:
        """Return an offer as it is now, None when nothing is open."""
        try:
            outcome = await self.office.client.availability(
                token=ticket.token, link_id=ticket.link, uid=ticket.uid, prospect=hidden(ticket.prospect)
            )
        except TokenSpentError as error:
            raise told(error) from None
        return outcome if isinstance(outcome, Offer) else None

    async def _others(self, email: str) -> list[Meeting]:
        """Return the meetings that the prospect has from now on."""
        found: dict[str, Meeting] = {}
        for spelling in spellings(email):
            for one in await self.office.client.meetings(spelling, start=self.office.now()):
                if not one.canceled:
                    found[one.id] = one
        return [*found.values()]

    def _second(self, others: Sequence[Meeting], timezone: str) -> dict[str, Any]:
        return {
            "status": "second_meeting",
            "existing_meetings": self._meetings(others, timezone),
            "next": "Nothing is proposed or booked: the prospect has a meeting already. Ask whether it should be moved "
            "(propose_change), or whether a second one is wanted: then propose_booking with allow_second.",
        }

    def _meetings(self, meetings: Sequence[Meeting], timezone: str) -> list[dict[str, str | None]]:
        return [
            {
                "meeting_ref": AgentMeeting(meeting_id=one.id).seal(self.office.seal),
                "local": None if one.start is None else spoken(one.start, timezone),
            }
            for one in meetings[:OTHERS]
        ]

    def _taken(self, ticket: AgentOffer, offer: Offer | None, start: datetime, timezone: str) -> dict[str, Any]:
        """Return that a slot is taken, and what is open near it."""
        if offer is None:
            return {**nothing_open(), "status": "slot_taken", "others": []}
        near = sorted(sorted(offer.slots, key=lambda one: abs(one.start - start))[:OTHERS])
        return {
            "status": "slot_taken",
            "offer_id": ticket.seal(self.office.seal),
            "others": slot_views(near, timezone),
            "next": "Nothing was booked: that time is not open. Let the person choose another; propose_booking again.",
        }


def _slot_at(offer: Offer, start: int) -> Slot | None:
    return next((one for one in offer.slots if one.start_milliseconds == start), None)


def _was_taken(came: DurableOutcome) -> bool:
    """Return whether a booking came to nothing because its slot is open no more."""
    if isinstance(came, Refused):
        late = isinstance(came.error, InvalidInputError) and came.error.late
        return late or isinstance(came.error, SlotTakenError)
    return isinstance(came, NoAvailability)
