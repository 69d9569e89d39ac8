"""The endpoints for booked meetings; their docstrings are told in the application's OpenAPI document."""

from attrs import frozen

from ..desk.booking_desk import BookingDesk
from ..desk.sealing import ReferenceInvalidError, ReferenceLimitedError
from ..desk.tickets import MeetingTicket
from ..errors import MeetingNotFoundError, SlotTakenError
from ..views.meetings import Meeting
from ..views.offers import Offer
from ..web import models
from .announcements import Cancellation, OnCanceled, announce
from .lifespan import Visit, Visitor
from .problems import ProblemError
from .reception import Reception
from .views import find_slot, meeting_view, moves_view

LONGEST_ID = 64
"""Characters of a meeting id at most, to tell one from a sealed reference, which is longer."""


@frozen
class Appointments:
    """Shows, moves and cancels meetings for whoever has a reference to one."""

    reception: Reception
    on_canceled: OnCanceled | None = None

    @property
    def _desk(self) -> BookingDesk[models.BookingView]:
        return self.reception.desk

    async def show(self, visit: Visitor, wanted: models.MeetingReference) -> models.MeetingView:
        """Return a meeting."""
        ticket = self._ticket(wanted.meeting_ref, visit)
        return self._view(visit, await visit.client.meeting(ticket.meeting_id), ticket)

    async def moves(self, visit: Visitor, wanted: models.MeetingReference) -> models.MovesView:
        """Return a meeting and where it can be moved to; a canceled one nowhere."""
        ticket = self._changeable(wanted.meeting_ref, visit)
        meeting = await visit.client.meeting(ticket.meeting_id)
        outcome = None if meeting.canceled else await visit.client.availability(meeting_id=ticket.meeting_id)
        offer = outcome if isinstance(outcome, Offer) else None
        return moves_view(self._view(visit, meeting, ticket), offer, reason_welcome=self.on_canceled is not None)

    async def move(self, visit: Visitor, wanted: models.RescheduleRequest) -> models.MeetingView:
        """Move a meeting; once begun, this goes on without the browser."""
        return await self._desk.see_through(self._move(visit, wanted))

    async def cancel(self, visit: Visitor, wanted: models.CancelRequest) -> None:
        """Cancel a meeting, however often it is asked for; once begun, this goes on without the browser."""
        await self._desk.see_through(self._cancel(visit, wanted))

    async def find(self, visit: Visitor, wanted: models.MeetingSearch) -> list[models.MeetingView]:
        """Return the meetings of a prospect; for who is allowed to ask for anybody's."""
        found = await visit.client.meetings(
            wanted.prospect_email, start=wanted.start, end=wanted.end, status=wanted.status
        )
        return [self._view(visit, meeting, MeetingTicket(meeting_id=meeting.id)) for meeting in found]

    async def _cancel(self, visit: Visit, wanted: models.CancelRequest) -> None:
        ticket = self._changeable(wanted.meeting_ref, visit)
        await visit.client.cancel(ticket.meeting_id)
        if self.on_canceled is not None:
            reason = (wanted.reason or "").strip() or None
            news = Cancellation(meeting_id=ticket.meeting_id, reason=reason, subject=ticket.subject)
            self._desk.start(
                announce(self.on_canceled, news, f"on_canceled failed for the meeting {ticket.meeting_id}")
            )

    async def _move(self, visit: Visit, wanted: models.RescheduleRequest) -> models.MeetingView:
        ticket = self._changeable(wanted.meeting_ref, visit)
        meeting_id = ticket.meeting_id
        if (await visit.client.meeting(meeting_id)).canceled:
            raise ProblemError(MeetingNotFoundError)
        offer = await visit.client.availability(meeting_id=meeting_id)
        slot = find_slot(offer, wanted.slot) if isinstance(offer, Offer) else None
        if slot is None:
            raise ProblemError(SlotTakenError)
        moved = await visit.client.reschedule(meeting_id, timezone=wanted.timezone, slot=slot)
        if not isinstance(moved, Meeting):
            raise ProblemError(SlotTakenError)
        return self._view(visit, moved, ticket)

    def _ticket(self, reference: str, visit: Visit) -> MeetingTicket:
        """Return what a reference stands for, or, where mails lead to pages of ours, the id that they end in.

        With the service, too, the id in the mail is all that it takes.
        """
        if self.reception.mailed_links is not None and len(reference) <= LONGEST_ID:
            if not reference.isalnum() or not reference.isascii():
                raise ReferenceInvalidError
            return MeetingTicket(meeting_id=reference)
        ticket = MeetingTicket.read(self.reception.seal, reference)
        self.reception.check_subject(ticket.subject, visit)
        return ticket

    def _changeable(self, reference: str, visit: Visit) -> MeetingTicket:
        """Return what a reference stands for, if the meeting may be moved and canceled with it."""
        ticket = self._ticket(reference, visit)
        if not ticket.changeable:
            raise ReferenceLimitedError
        return ticket

    def _view(self, visit: Visit, meeting: Meeting, ticket: MeetingTicket) -> models.MeetingView:
        known = models.About.model_validate(ticket.about)
        refer = self.reception.refer(visit.subject, known, changeable=ticket.changeable)
        return meeting_view(meeting, refer, known, changeable=ticket.changeable)
