"""The twelve operations: a request in the generated models goes in, an answer in them comes out, or a `Refusal`.

Where the service's own words for a refusal are not known, only its `Validation Error:` prefix is played.
"""

import string
from collections.abc import Callable, Mapping
from datetime import datetime
from hashlib import sha256
from random import Random

from ..._generated.models import (
    AvailabilityPage,
    BookedMeeting,
    BookedRoundRobinMeeting,
    BookMeetingRequest,
    BookRoundRobinMeetingRequest,
    FetchAvailabilityRequest,
    LegacyRetrieveInfoRequest,
    LegacyRetrieveModificationInfoRequest,
    LegacyRouteRequest,
    LegacyRouting,
    Meeting,
    RescheduledMeeting,
    RescheduleMeetingRequest,
    RetrieveInputsRequest,
    RouteAndFetchAvailabilityRequest,
    RoutedAvailability,
    Routing,
    TriggerInput,
    TriggerNodeInputs,
)
from ..world import EndOfFlow, Redirect, Schedule, World
from ..world.calendar import Span, is_zone
from ..world.journal import Journal
from ..world.meetings import MeetingRecord
from . import pages, refusals
from .contexts import Context, Contexts
from .desk import Desk, OpenSlot
from .forms import fill
from .queries import MeetingQuery
from .routing import ProspectError, known_values, prefill, route

MEETING_ID_LENGTH = 52
MEETING_ID_LETTERS = string.ascii_lowercase + string.digits


class Service:
    """The state of one service and what can be asked of it. Each method is one step of the event loop: none awaits."""

    def __init__(self, world: World, *, now: Callable[[], datetime], random: Random, journal: Journal) -> None:
        self.desk = Desk(world, now=now, journal=journal)
        self.world = world
        self.site = world.site
        """Where its hosted pages are: the base of the links in mails."""
        self._nodes = {node.name: node for node in world.nodes}
        self._contexts = Contexts(world, key=journal.token_key, spent=journal.spent)
        self._random = random

    def retrieve_inputs(self, request: RetrieveInputsRequest) -> TriggerNodeInputs:
        node = self._nodes.get(_needed(request.node_name, "nodeName"))
        if node is None:
            raise refusals.unknown_trigger_node(request.node_name)
        inputs = [TriggerInput(name=declared.name, type_=declared.type) for declared in node.inputs]
        return TriggerNodeInputs(name=node.name, inputs=inputs)

    def route_and_fetch_availability(self, request: RouteAndFetchAvailabilityRequest) -> RoutedAvailability:
        node, uid = _needed(request.trigger_node, "triggerNode"), _needed(request.uid, "uid")
        outcome = self._route(node, request.prospect)
        if not isinstance(outcome, Context):
            url = outcome.url if isinstance(outcome, Redirect) else None
            routing = Routing(response_type="none" if url is None else "redirect", redirect=url)
            return RoutedAvailability(routing=routing, additional={"scheduling": None})
        page = self._page(outcome, single=False)
        token = self._contexts.issue(outcome, kind="token", node=node, uid=uid, prospect=request.prospect)
        link = f"{self.world.site}/calendar/{sha256(token.encode()).hexdigest()[:16]}"
        routing = Routing(response_type="calendar", token=token, calendar_link=link)
        return RoutedAvailability(routing=routing, scheduling=page)

    def fetch_availability(self, request: FetchAvailabilityRequest) -> AvailabilityPage:
        if len([one for one in (request.token, request.link_id, request.meeting_id) if one]) != 1:
            raise refusals.missing_parameter("linkId, meetingId or token")
        if request.meeting_id:
            meeting = self.changeable(request.meeting_id)
            page = self._page_of(meeting)
            page.calendar_event = pages.calendar_event(meeting)
            return page
        if request.link_id:
            return self._page(self._contexts.linked(request.link_id), logo_beside=True)
        return self._page(self._contexts.routed(request.token or "", kind="token"), single=False, logo_beside=True)

    def book_meeting(self, request: BookMeetingRequest) -> BookedMeeting:
        meeting = self._book(request, users=None)
        return BookedMeeting(meeting_id=meeting.id, organizer_email=meeting.host_email)

    def book_round_robin_meeting(self, request: BookRoundRobinMeetingRequest) -> BookedRoundRobinMeeting:
        meeting = self._book(request, users=request.scheduled_time.users)
        return BookedRoundRobinMeeting(
            meeting_id=meeting.id, organizer_email=meeting.host_email, selected_user_id=meeting.host_id
        )

    def list_meetings(self, query: MeetingQuery) -> list[Meeting]:
        now = self.desk.now()
        found = [meeting for meeting in self.desk.diary.meetings.values() if query.matches(meeting, now=now)]
        return [pages.meeting(one, self.world.meeting_shape) for one in sorted(found, key=lambda one: one.span)]

    def get_meeting(self, meeting_id: str) -> Meeting:
        return pages.meeting(self._meeting(meeting_id), self.world.meeting_shape)

    def reschedule_meeting(self, meeting_id: str, request: RescheduleMeetingRequest) -> RescheduledMeeting:
        meeting, time = self.changeable(meeting_id), request.scheduled_time
        timezone = meeting.timezone if time.timezone is None else _zone(time.timezone)
        self.desk.move(meeting, Span(time.start_time, time.end_time), timezone=timezone)
        return RescheduledMeeting(meeting_id=meeting.id, organizer_email=meeting.host_email)

    def cancel_meeting(self, meeting_id: str) -> None:
        """Cancel; doing so again succeeds and changes nothing, which is our choice."""
        self.desk.cancel(self._meeting(meeting_id))

    def legacy_route(self, request: LegacyRouteRequest) -> LegacyRouting:
        node, uid = _needed(request.ld_node_name, "_ld_nodeName"), _needed(request.ld_uid, "_ld_uid")
        outcome = self._route(node, request.form_data)
        if isinstance(outcome, Context):
            params = self._contexts.issue(outcome, kind="params", node=node, uid=uid, prospect=request.form_data)
            return LegacyRouting(response_type="calendar", params=params)
        if isinstance(outcome, Redirect):
            return LegacyRouting(response_type="redirect", redirect=outcome.url)
        return LegacyRouting(response_type="none")

    def legacy_retrieve_info(self, request: LegacyRetrieveInfoRequest) -> AvailabilityPage:
        return self._page(self._contexts.routed(_needed(request.params, "params"), kind="params"), legacy=True)

    def legacy_retrieve_modification_info(self, request: LegacyRetrieveModificationInfoRequest) -> AvailabilityPage:
        meeting = self.changeable(_needed(request.event_id, "eventId"))
        page = self._page_of(meeting, legacy=True)
        page.page_info = pages.modification_info(meeting)
        page.event = pages.legacy_event(meeting)
        return page

    def changeable(self, meeting_id: str) -> MeetingRecord:
        """A meeting that is not canceled; raises a refusal for every other id."""
        meeting = self._meeting(meeting_id)
        if meeting.status == "canceled":
            raise refusals.invalid("Meeting has been canceled")
        return meeting

    def open_for(self, meeting: MeetingRecord) -> list[OpenSlot]:
        """Where the meeting can be moved to, where it is now included."""
        return self.desk.slots(Schedule(meeting_type=meeting.meeting_type, host=meeting.host_id), moving=meeting)

    def _route(self, node_name: str, prospect: Mapping[str, object]) -> Context | Redirect | EndOfFlow:
        node = self._nodes.get(node_name)
        if node is None:
            raise refusals.invalid_node_name()
        try:
            values = known_values(node, prospect)
        except ProspectError as error:
            raise refusals.invalid(str(error)) from None
        outcome = route(node, values)
        if isinstance(outcome, Schedule):
            return Context(schedule=outcome, prefill=prefill(node, values))
        return outcome

    def _meeting(self, meeting_id: str) -> MeetingRecord:
        meeting = self.desk.diary.meetings.get(meeting_id)
        if meeting is None:
            raise refusals.meeting_not_found()
        return meeting

    def _page(
        self, context: Context, *, single: bool | None = None, legacy: bool = False, logo_beside: bool = False
    ) -> AvailabilityPage:
        schedule = context.schedule
        hosts = self.desk.hosts(schedule)
        filled = pages.prefill(context.prefill)
        return AvailabilityPage(
            meeting=pages.meeting_type(self.desk.meeting_type(schedule), legacy=legacy, logo_beside=logo_beside),
            page_info=pages.page_info(hosts, filled, pool_id=schedule.pool, legacy=legacy, single=single),
            availability=pages.availability(hosts, self.desk.slots(schedule)),
            user_id_to_info_map=pages.users(hosts),
        )

    def _page_of(self, meeting: MeetingRecord, *, legacy: bool = False) -> AvailabilityPage:
        schedule = Schedule(meeting_type=meeting.meeting_type, host=meeting.host_id)
        hosts = self.desk.hosts(schedule)
        return AvailabilityPage(
            meeting=pages.meeting_type(self.desk.meeting_type(schedule), legacy=legacy),
            page_info=pages.page_info(hosts, pages.known_prospect(meeting)),
            availability=pages.availability(hosts, self.open_for(meeting)),
            user_id_to_info_map=pages.users(hosts),
        )

    def _book(
        self, request: BookMeetingRequest | BookRoundRobinMeetingRequest, *, users: list[str] | None
    ) -> MeetingRecord:
        """Both bookings: everything is checked before anything is changed. `users` is None for the one without a pool.

        A pool's availability cannot be booked as a single host's, nor the reverse: our reading of the flag's meaning.
        """
        context, time = self._contexts.to_book(request), request.scheduled_time
        schedule = context.schedule
        if (schedule.pool is None) != (users is None):
            right = "/v1/meeting" if schedule.pool is None else "/v1/round-robin-meeting"
            raise refusals.invalid(f"This availability must be booked with {right}")
        if users == []:
            raise refusals.missing_input("scheduledTime.users")
        timezone = _zone(time.timezone)
        form = fill(self.desk.meeting_type(schedule), ((field.name, field.value) for field in request.user_fields))
        host = self.desk.free_host(schedule, Span(time.start_time, time.end_time), wanted=users or ())
        meeting_id = self._new_id()
        meeting = MeetingRecord(
            id=meeting_id,
            status="scheduled",
            meeting_type=schedule.meeting_type,
            host_id=host.user_id,
            host_email=host.email,
            span=Span(time.start_time, time.end_time),
            timezone=timezone,
            prospect_email=form.email,
            guests=form.guests,
            answers=form.answers,
            uid=context.uid,
            link_id=None if context.link is None else context.link.link_id,
            pool_id=schedule.pool,
            cancel_link=(request.cancel_link or f"{self.site}/cancel/") + meeting_id,
            reschedule_link=(request.reschedule_link or f"{self.site}/reschedule/") + meeting_id,
        )
        self.desk.book(meeting, spends=context.spends)
        self._contexts.spend(context)
        return meeting

    def _new_id(self) -> str:
        """An id that no meeting has: with a seed and a file, a second run draws those of the first again."""
        while True:
            meeting_id = "".join(self._random.choices(MEETING_ID_LETTERS, k=MEETING_ID_LENGTH))
            if meeting_id not in self.desk.diary.meetings:
                return meeting_id


def _needed(value: str, name: str) -> str:
    if not value.strip():
        raise refusals.missing_input(name)
    return value


def _zone(name: str) -> str:
    if not is_zone(name):
        raise refusals.invalid("timezone must be an IANA time zone")
    return name
