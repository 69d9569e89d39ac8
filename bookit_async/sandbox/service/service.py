"""The twelve operations: a request in the generated models goes in, an answer in them comes out, or a `Refusal`.

Where the service's own words for a refusal are not known, only its `Validation Error:` prefix is played.
"""

import string
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from hashlib import sha256
from math import ceil
from random import Random

from attrs import evolve

from ..._generated.api import OPERATIONS
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
from ..world import EndOfFlow, MeetingShape, Redirect, Schedule, World
from ..world.calendar import Span, is_zone
from ..world.journal import Journal
from ..world.meetings import MeetingRecord
from ..world.quirks import read_quirks
from . import pages, refusals
from .contexts import Context, Contexts
from .desk import Desk, OpenSlot
from .forms import fill
from .queries import MeetingQuery
from .routing import ProspectError, known_values, prefill, route
from .telling import listed, listed_id, told

MEETING_ID_LENGTH = 52
MEETING_ID_LETTERS = string.ascii_lowercase + string.digits


class Service:
    """The state of one service and what can be asked of it. Each method is one step of the event loop: none awaits."""

    def __init__(self, world: World, *, now: Callable[[], datetime], random: Random, journal: Journal) -> None:
        self.desk = Desk(world, now=now, journal=journal)
        self.world = world
        self.quirks = read_quirks(world.quirks)
        self.site = world.site
        """Where its hosted pages are: the base of the links in mails."""
        self._nodes = {node.name: node for node in world.nodes}
        self._contexts = Contexts(world, key=journal.token_key, quirks=self.quirks, spent=journal.spent)
        self._random = random
        self._meeting_shape: MeetingShape = "flat" if "meetings_flat" in self.quirks else world.meeting_shape

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
            page.calendar_event = pages.calendar_event(self._as_read(meeting))
            return page
        if request.link_id:
            return self._page(self._contexts.linked(request.link_id), logo_beside=True)
        context = self._contexts.routed(request.token or "", kind="token", at=self._seen_up_to("lagging_token"))
        return self._page(context, single=False, logo_beside=True)

    def book_meeting(self, request: BookMeetingRequest) -> BookedMeeting:
        meeting = told(self._book(request, users=None), self.quirks)
        return BookedMeeting(meeting_id=meeting.id, organizer_email=meeting.host_email)

    def book_round_robin_meeting(self, request: BookRoundRobinMeetingRequest) -> BookedRoundRobinMeeting:
        meeting = told(self._book(request, users=request.scheduled_time.users), self.quirks)
        return BookedRoundRobinMeeting(
            meeting_id=meeting.id, organizer_email=meeting.host_email, selected_user_id=meeting.host_id
        )

    def list_meetings(self, query: MeetingQuery) -> list[Meeting]:
        seen = self.desk.history.of_prospect(query.prospect_email.strip(), self._seen_up_to("lagging_list"))
        now = self.desk.now()
        known = (told(meeting, self.quirks) for meeting in seen)
        found = sorted(
            (meeting for meeting in known if query.matches(meeting, now=now, quirks=self.quirks)),
            key=lambda meeting: meeting.span,
        )
        if not found and "empty_list_is_404" in self.quirks:
            raise refusals.no_meetings()
        most = ceil(self.quirks.values.get("list_is_cut", len(found)))
        return [pages.meeting(listed(meeting, self.quirks), self._meeting_shape) for meeting in found[:most]]

    def get_meeting(self, meeting_id: str) -> Meeting:
        meeting = self._as_read(self._meeting(meeting_id))
        self._refuse_gone(meeting)
        return pages.meeting(meeting, self._meeting_shape)

    def reschedule_meeting(self, meeting_id: str, request: RescheduleMeetingRequest) -> RescheduledMeeting:
        meeting, time = self.changeable(meeting_id), request.scheduled_time
        timezone = meeting.timezone if time.timezone is None else _zone(time.timezone)
        moved = told(self.move(meeting, Span(time.start_time, time.end_time), timezone=timezone), self.quirks)
        return RescheduledMeeting(meeting_id=moved.id, organizer_email=moved.host_email)

    def cancel_meeting(self, meeting_id: str) -> None:
        """Cancel; doing so again succeeds and changes nothing, which is our choice."""
        meeting = self._meeting(meeting_id)
        self._refuse_gone(meeting)
        self.desk.cancel(meeting)

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
        at = self._seen_up_to("lagging_token")
        return self._page(self._contexts.routed(_needed(request.params, "params"), kind="params", at=at), legacy=True)

    def legacy_retrieve_modification_info(self, request: LegacyRetrieveModificationInfoRequest) -> AvailabilityPage:
        meeting = self.changeable(_needed(request.event_id, "eventId"))
        page = self._page_of(meeting, legacy=True)
        page.page_info = pages.modification_info(meeting)
        page.event = pages.legacy_event(self._as_read(meeting))
        return page

    def changeable(self, meeting_id: str) -> MeetingRecord:
        """A meeting that is not canceled; raises a refusal for every other id."""
        meeting = self._meeting(meeting_id)
        if meeting.status == "canceled":
            raise refusals.invalid("Meeting has been canceled")
        return meeting

    def move(self, meeting: MeetingRecord, span: Span, *, timezone: str) -> MeetingRecord:
        """Return the meeting at its new time. Raises a refusal if that is not open."""
        anew = partial(self._anew, meeting) if "moved_gets_new_id" in self.quirks else None
        return self.desk.move(meeting, span, timezone=timezone, anew=anew)

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
        meetings = self.desk.diary.meetings
        meeting = meetings.get(meeting_id)
        if meeting is None and "ids_per_prospect" in self.quirks:
            meeting = next((one for one in reversed(meetings.values()) if one.told_id == meeting_id), None)
        if meeting is None and "listed_under_another_id" in self.quirks:
            meeting = meetings.get(listed_id(meeting_id))
        if meeting is None:
            raise refusals.meeting_not_found()
        return meeting

    def _refuse_gone(self, meeting: MeetingRecord) -> None:
        if meeting.status == "canceled" and "cancelled_is_gone" in self.quirks:
            raise refusals.meeting_not_found()

    def _as_read(self, meeting: MeetingRecord) -> MeetingRecord:
        """Return a meeting as it is read by its id."""
        earlier = self.desk.history.earlier(meeting.id, self.desk.now() - self.quirks.milliseconds("stale_reads"))
        return told(earlier, self.quirks)

    def _seen_up_to(self, lag: str) -> int:
        """Return the time, in milliseconds, up to which a witness knows what happened."""
        return self.desk.now() - self.quirks.milliseconds("lagging_witnesses", lag)

    def _anew(self, meeting: MeetingRecord) -> MeetingRecord:
        """Return the meeting with an id of its own, its links included."""
        new_id = self._new_id()
        return evolve(
            meeting,
            id=new_id,
            told_id=self._told_id(new_id, meeting.prospect_email),
            cancel_link=meeting.cancel_link.removesuffix(meeting.id) + new_id,
            reschedule_link=meeting.reschedule_link.removesuffix(meeting.id) + new_id,
        )

    def _told_id(self, meeting_id: str, prospect_email: str) -> str:
        if "ids_per_prospect" not in self.quirks:
            return meeting_id
        number = sum(one.prospect_email == prospect_email for one in self.desk.diary.meetings.values())
        return f"meeting{number:0{MEETING_ID_LENGTH - len('meeting')}}"

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
            right = OPERATIONS["bookMeeting" if schedule.pool is None else "bookRoundRobinMeeting"].path
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
            told_id=self._told_id(meeting_id, form.email),
        )
        self.desk.book(meeting, spends=context.spends)
        self._contexts.spend(context, self.desk.now())
        if self.quirks.happens("booked_despite_400", self._random):
            raise refusals.booking_failed()
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
