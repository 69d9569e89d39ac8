"""Tools that find meetings, move and cancel them: proposed, put to a person, and done once."""

from datetime import datetime
from typing import Any, Literal

from attrs import frozen

from ..desk.booking_desk import BookingDesk
from ..errors import SlotTakenError, refuse
from ..hidden import hidden
from ..times import from_milliseconds, naive_problem, to_milliseconds, zone_problem
from ..views.meetings import Meeting
from ..views.offers import Offer
from .booking import OTHERS
from .looking import nothing_open, slot_views
from .office import Office, Person
from .problems import ToolError
from .proposals import PROPOSAL_TTL, AgentMeeting, ChangeProposal, in_utc, read_change, seal_proposal, spoken
from .texts import harmless

MOST_MEETINGS = 20
CHANGED_SINCE = "changed_meanwhile"


@frozen
class Changing:
    """Changes meetings for an agent, as a person agreed to."""

    office: Office
    desk: BookingDesk[Any]
    """Sees a change through, when the call is cancelled."""

    async def find_meetings(
        self, email: str, timezone: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> dict[str, Any]:
        """Return a prospect's meetings: when they are, and nothing else."""
        refuse([*zone_problem(timezone), *_naive("since", since), *_naive("until", until)])
        found = await self.office.client.meetings(hidden(email), start=since or self.office.now(), end=until)
        return {
            "meetings": [
                {
                    "meeting_ref": AgentMeeting(meeting_id=one.id).seal(self.office.seal),
                    "start": None if one.start is None else in_utc(one.start),
                    "local": None if one.start is None else spoken(one.start, timezone),
                    "status": "canceled" if one.canceled else harmless(one.status),
                }
                for one in found[:MOST_MEETINGS]
            ],
            "more": max(0, len(found) - MOST_MEETINGS),
        }

    async def propose_change(
        self,
        meeting_ref: str,
        action: Literal["move", "cancel"],
        timezone: str,
        *,
        new_start: datetime | None = None,
    ) -> dict[str, Any]:
        """Return a proposal for a person to agree to; nothing is changed."""
        refuse([*zone_problem(timezone), *_naive("new_start", new_start)])
        meeting_id = AgentMeeting.read(self.office.seal, meeting_ref).meeting_id
        meeting = await self.office.client.meeting(meeting_id)
        if meeting.canceled or meeting.start is None:
            raise ToolError("this meeting cannot be changed: it is canceled", next="find_meetings tells the others.")
        start = end = None
        if action == "move":
            offer = await self.office.client.availability(meeting_id=meeting_id)
            slots = offer.slots if isinstance(offer, Offer) else ()
            slot = next((one for one in slots if new_start is not None and one.start == new_start), None)
            if slot is None:
                return self._choose(offer, new_start, meeting.start, timezone)
            start, end = slot.start_milliseconds, slot.end_milliseconds
        proposal = ChangeProposal(
            until=self.office.seal.now() + PROPOSAL_TTL,
            meeting_id=meeting_id,
            was=to_milliseconds(meeting.start),
            start=start,
            end=end,
            timezone=timezone,
        )
        return {
            "status": "proposed",
            "proposal_id": seal_proposal(self.office.seal, proposal),
            "summary": " ".join(proposal.lines()),
            "next": "Nothing is changed yet. apply_change with this proposal_id asks the person, and does it if they "
            "agree.",
        }

    async def apply_change(self, proposal_id: str, person: Person) -> dict[str, Any]:
        """Do what was proposed once, after a person agreed."""
        proposal = read_change(self.office.seal, proposal_id)
        before = await self.outcome(proposal)
        if before["status"] != "not_done":
            return before
        await person.tell("asking the person")
        waits = await self.office.unconfirmed(proposal, proposal_id, person)
        if waits is not None:
            return waits
        await person.tell("changing the meeting")
        return await self.desk.see_through(self._apply(proposal))

    async def outcome(self, proposal: ChangeProposal) -> dict[str, Any]:
        """Return what became of a change."""
        came = await self.office.confirmations.came(proposal.intent)
        if came is None:
            came = _state(proposal, await self.office.client.meeting(proposal.meeting_id))
            if came == "done" and not await self.office.confirmations.agreed(proposal.intent):
                came = CHANGED_SINCE
        return self._told(proposal, came)

    async def _apply(self, proposal: ChangeProposal) -> dict[str, Any]:
        if proposal.start is None:
            await self.office.client.cancel(proposal.meeting_id)
        else:
            new_start = from_milliseconds(proposal.start)
            try:
                moved = await self.office.client.reschedule(
                    proposal.meeting_id, timezone=proposal.timezone, slot=new_start
                )
            except SlotTakenError:
                moved = None
            if not isinstance(moved, Meeting):
                offer = await self.office.client.availability(meeting_id=proposal.meeting_id)
                return self._choose(offer, new_start, new_start, proposal.timezone)
        await self.office.confirmations.note(proposal.intent, "done")
        return self._told(proposal, "done")

    def _told(self, proposal: ChangeProposal, came: str) -> dict[str, Any]:
        if came == "done":
            status = "moved" if proposal.moves else "cancelled"
            return {"status": status, "next": "Tell the person. Calling again changes nothing more."}
        if came == CHANGED_SINCE:
            return {
                "status": CHANGED_SINCE,
                "next": "The meeting is not where it was when this was proposed, and was left alone. Look with "
                "find_meetings, and propose anew.",
            }
        return {"status": "not_done", "next": "Nothing was changed. apply_change does it, once the person agrees."}

    def _choose(self, offer: object, asked: datetime | None, near: datetime, timezone: str) -> dict[str, Any]:
        """Return the times to which a meeting can be moved."""
        if not isinstance(offer, Offer):
            return nothing_open()
        wanted = sorted(sorted(offer.slots, key=lambda one: abs(one.start - (asked or near)))[: 2 * OTHERS])
        return {
            "status": "choose_start" if asked is None else "slot_taken",
            "others": slot_views(wanted, timezone),
            "next": "Nothing was changed. Let the person choose, and propose_change with that time as new_start.",
        }


def _state(proposal: ChangeProposal, meeting: Meeting) -> str:
    """Return whether a meeting is as a change wants it, as it was, or neither."""
    start = None if meeting.start is None else to_milliseconds(meeting.start)
    if meeting.canceled:
        return CHANGED_SINCE if proposal.moves else "done"
    if proposal.moves and start == proposal.start:
        return "done"
    return "not_done" if start == proposal.was else CHANGED_SINCE


def _naive(name: str, given: datetime | None) -> list[str]:
    return [] if given is None else [*naive_problem(name, given)]
