"""The endpoints for booked meetings; their docstrings are told in the application's OpenAPI document."""

from attrs import frozen

from ..errors import MeetingNotFoundError, SlotTakenError
from ..views.meetings import Meeting
from ..views.offers import Offer
from ..web import models
from .booking_desk import BookingDesk
from .lifespan import Client
from .problems import ProblemError
from .reception import Reception
from .sealing import ReferenceInvalidError
from .tickets import open_meeting
from .views import find_slot, meeting_view, moves_view

LONGEST_ID = 64
"""Characters of a meeting id at most, to tell one from a sealed reference, which is longer."""


@frozen
class Appointments:
    """Shows, moves and cancels meetings for whoever has a reference to one."""

    reception: Reception

    @property
    def _desk(self) -> BookingDesk:
        return self.reception.desk

    async def show(self, client: Client, wanted: models.MeetingReference) -> models.MeetingView:
        """Give a meeting."""
        return self._view(await client.meeting(self._meeting_id(wanted.meeting_ref)))

    async def moves(self, client: Client, wanted: models.MeetingReference) -> models.MovesView:
        """Give a meeting and where it can be moved to; a canceled one nowhere."""
        meeting_id = self._meeting_id(wanted.meeting_ref)
        meeting = await client.meeting(meeting_id)
        outcome = None if meeting.canceled else await client.availability(meeting_id=meeting_id)
        offer = outcome if isinstance(outcome, Offer) else None
        return moves_view(meeting, offer, self.reception.meeting_ref)

    async def move(self, client: Client, wanted: models.RescheduleRequest) -> models.MeetingView:
        """Move a meeting; once begun, this goes on without the browser."""
        return await self._desk.see_through(self._move(client, wanted))

    async def cancel(self, client: Client, wanted: models.MeetingReference) -> None:
        """Cancel a meeting, however often it is asked for; once begun, this goes on without the browser."""
        await self._desk.see_through(client.cancel(self._meeting_id(wanted.meeting_ref)))

    async def find(self, client: Client, wanted: models.MeetingSearch) -> list[models.MeetingView]:
        """Give the meetings of a prospect; for who is allowed to ask for anybody's."""
        found = await client.meetings(wanted.prospect_email, start=wanted.start, end=wanted.end, status=wanted.status)
        return [self._view(meeting) for meeting in found]

    async def _move(self, client: Client, wanted: models.RescheduleRequest) -> models.MeetingView:
        meeting_id = self._meeting_id(wanted.meeting_ref)
        if (await client.meeting(meeting_id)).canceled:
            raise ProblemError(MeetingNotFoundError)
        offer = await client.availability(meeting_id=meeting_id)
        slot = find_slot(offer, wanted.slot) if isinstance(offer, Offer) else None
        if slot is None:
            raise ProblemError(SlotTakenError)
        moved = await client.reschedule(meeting_id, timezone=wanted.timezone, slot=slot)
        if not isinstance(moved, Meeting):
            raise ProblemError(SlotTakenError)
        return self._view(moved)

    def _meeting_id(self, reference: str) -> str:
        """Give the meeting that a reference stands for, or, where mails lead to pages of ours, the id that they end in.

        With the service, too, the id in the mail is all that it takes.
        """
        if self.reception.mailed_links is not None and len(reference) <= LONGEST_ID:
            if not reference.isalnum() or not reference.isascii():
                raise ReferenceInvalidError
            return reference
        return open_meeting(self.reception.seal, reference)

    def _view(self, meeting: Meeting) -> models.MeetingView:
        return meeting_view(meeting, self.reception.meeting_ref)
