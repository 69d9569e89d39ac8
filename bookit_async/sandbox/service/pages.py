"""The service's answers about meetings and availability, in the generated models. Pure."""

from collections.abc import Iterable, Mapping, Sequence

import orjson

from ..._generated.models import (
    Attendee,
    Availability,
    BookItInfo,
    CalendarEvent,
    CustomRange,
    Duration,
    EventTime,
    FormField,
    LegacyEvent,
    Meeting,
    Organizer,
    PageInfo,
    PageStyle,
    PrefillFields,
    TimeSlot,
    UserInfo,
)
from ..._generated.models import MeetingType as MeetingTypePage
from ..world import Host, MeetingShape, MeetingType
from ..world.calendar import from_iso
from ..world.meetings import MeetingRecord
from .desk import OpenSlot
from .forms import EMAIL, FIRST_NAME, LAST_NAME, fields

FORM_LENGTH = 9


def meeting_type(shown: MeetingType, *, legacy: bool = False, logo_beside: bool = False) -> MeetingTypePage:
    """A meeting type with its form, which always has nine fields, the unused ones nameless.

    `legacy` adds what only the legacy calls tell; `logo_beside` puts the logo beside the page style, where one of the
    calls has it, and not into it.
    """
    only = shown.date_range
    return MeetingTypePage(
        name=shown.name,
        internal_name=shown.internal_name,
        description=shown.description,
        duration=Duration(unit="min", value=shown.minutes),
        form_fields=_form(shown, legacy=legacy),
        page_style=PageStyle(style_color=shown.style_color, logo=None if logo_beside else shown.logo),
        logo=shown.logo if logo_beside else None,
        redirect_url=shown.redirect_url,
        custom_range=(
            CustomRange(start_time=from_iso(only.start), end_time=from_iso(only.end), timezone=only.timezone)
            if legacy and only is not None
            else None
        ),
    )


def _form(shown: MeetingType, *, legacy: bool) -> list[FormField]:
    own = {question.name for question in shown.questions}
    form = [
        FormField(
            name=field.name,
            type_=field.type,
            required=field.required,
            read_only=field.read_only if legacy else None,
            validation=field.validation if legacy else None,
            is_additional_question=field.name in own if legacy else None,
        )
        for field in fields(shown)
    ]
    unused = FormField(
        name="",
        type_="text",
        required=False,
        read_only=False if legacy else None,
        is_additional_question=True if legacy else None,
    )
    return form + [unused] * (FORM_LENGTH - len(form))


def availability(hosts: Sequence[Host], slots: Sequence[OpenSlot]) -> Availability:
    """The open slots; an empty object when there are none.

    Indices count the hosts as the world lists them: a slot's priority is told by the order of its indices alone.
    """
    if not slots:
        return Availability()
    indices = {host.user_id: index for index, host in enumerate(hosts)}
    return Availability(
        index_to_user_id_map={str(index): user_id for user_id, index in indices.items()},
        time_slots=[
            TimeSlot(
                start_time=slot.span.start,
                end_time=slot.span.end,
                users=[indices[user_id] for user_id in slot.host_ids],
            )
            for slot in slots
        ],
    )


def users(hosts: Iterable[Host]) -> dict[str, UserInfo]:
    """The hosts behind the slots, by user id."""
    return {
        host.user_id: UserInfo(
            first_name=host.first_name,
            last_name=host.last_name,
            email=host.email,
            time_zone_sid_key=host.timezone,
            conference_link=host.conference_link,
            phone=host.phone,
        )
        for host in hosts
    }


def prefill(values: Mapping[str, str]) -> PrefillFields:
    """What the form can be filled with already; labels other than the three default ones stay what they are."""
    known = (FIRST_NAME, LAST_NAME, EMAIL)
    return PrefillFields(
        first_name=values.get(FIRST_NAME),
        last_name=values.get(LAST_NAME),
        email=values.get(EMAIL),
        additional={label: value for label, value in values.items() if label not in known},
    )


def known_prospect(meeting: MeetingRecord) -> PrefillFields:
    """The prospect of a meeting that was booked, for the form of its reschedule."""
    return prefill({label: meeting.answers[label] for label in (FIRST_NAME, LAST_NAME, EMAIL)})


def page_info(
    hosts: Sequence[Host],
    filled: PrefillFields,
    *,
    pool_id: str | None = None,
    legacy: bool = False,
    single: bool | None = None,
) -> PageInfo:
    """Which booking call to use: true for a pool, which then names no host; else `single`, False or None for null."""
    pooled = pool_id is not None
    return PageInfo(
        display_all_pool_availability=True if pooled else single,
        user_ids=[] if pooled else [host.user_id for host in hosts],
        prefill_fields=filled,
        round_robin_pool_id=pool_id if legacy else None,
    )


def modification_info(meeting: MeetingRecord) -> PageInfo:
    """The page info of a meeting that is to be changed, in the legacy call; the pool has chosen its host already."""
    times = {
        "startDateTime": meeting.start.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "endDateTime": meeting.end.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "timezone": meeting.timezone,
    }
    return PageInfo(
        user_ids=[meeting.host_id],
        prefill_fields=known_prospect(meeting),
        is_reschedule=True,
        host_id=meeting.host_id,
        scheduled_time=orjson.dumps(times).decode(),
    )


def calendar_event(meeting: MeetingRecord) -> CalendarEvent:
    """The meeting as its calendar provider would tell it."""
    host = Attendee(email=meeting.host_email, response_status="accepted", organizer=True, self_=True)
    others = [
        Attendee(email=email, response_status="needsAction") for email in (meeting.prospect_email, *meeting.guests)
    ]
    return CalendarEvent(
        id=meeting.id,
        title=f"{meeting.meeting_type}: {meeting.answers[FIRST_NAME]} {meeting.answers[LAST_NAME]}",
        status=_provider_status(meeting),
        scheduled_time=_time(meeting),
        attendees=[host, *others],
        organizer=Organizer(email=meeting.host_email),
    )


def meeting(shown: MeetingRecord, shape: MeetingShape = "nested") -> Meeting:
    """The meeting in the shape of the published field tables, or in the flat one of published sample bodies."""
    event = calendar_event(shown)
    if shape == "nested":
        return Meeting(book_it=BookItInfo(status=shown.status), calendar_event=event)
    return Meeting(
        id=event.id,
        title=event.title,
        status=event.status,
        scheduled_time=event.scheduled_time,
        organizer_email=shown.host_email,
        attendees=event.attendees,
    )


def legacy_event(meeting: MeetingRecord) -> LegacyEvent:
    """The meeting as the legacy modification call tells it."""
    return LegacyEvent(
        id=meeting.id, status=_provider_status(meeting), when=_time(meeting), organizer_email=meeting.host_email
    )


def _provider_status(meeting: MeetingRecord) -> str:
    return "canceled" if meeting.status == "canceled" else "confirmed"


def _time(meeting: MeetingRecord) -> EventTime:
    return EventTime(start_time=meeting.span.start, end_time=meeting.span.end)
