"""The legacy calls, still supported: routing without slots, slots from params, and booking with params."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import orjson
from attrs import field, frozen

from ._generated.api.legacy.legacy_retrieve_info import legacy_retrieve_info
from ._generated.api.legacy.legacy_retrieve_modification_info import legacy_retrieve_modification_info
from ._generated.api.legacy.legacy_route import legacy_route
from ._generated.models import AvailabilityPage, LegacyRouting, PageInfo
from ._generated.models import Meeting as WireMeeting
from .errors import InvalidInputError, refuse
from .exchange.calls import Calls
from .exchange.lookups import Lookups
from .hidden import HiddenMapping, HiddenText, hidden
from .once.bookings import Bookings
from .once.orders import order_problems
from .times import Zone, from_milliseconds, is_aware, zone_problem
from .version import PACKAGE
from .views.choosers import SlotChoice, earliest
from .views.inputs import bare_address, read_prospect, read_uid, uid_problem
from .views.meetings import Meeting, id_problem, read_meeting
from .views.offers import NoAvailability, Offer, read_offer
from .views.outcomes import Booked, LegacyRouted, NotRouted, Redirected
from .views.shapes import UnknownShapeError


@frozen(kw_only=True)
class Modification:
    """A booked meeting as the legacy call tells it, with the slots it could be moved to."""

    __module__ = PACKAGE

    meeting: Meeting
    """The meeting as it is now."""
    offer: Offer | None
    """The slots it could be moved to, with `client.reschedule`; None when there are none."""
    host_id: str | None = None
    """The present host's user id; None when the service leaves it out."""
    is_reschedule: bool | None = None
    """What the service says of itself; None when it leaves it out."""
    scheduled_start: datetime | None = None
    """Start as booked, aware, in the zone it was booked in; None when the service's text cannot be read."""
    scheduled_end: datetime | None = None
    """End as booked, likewise."""
    timezone: str | None = None
    """IANA time zone name that it was booked in."""
    page: AvailabilityPage = field(repr=False)
    """What the service sent."""


class Legacy:
    """The three legacy calls and booking with params; `client.legacy` is one."""

    def __init__(self, calls: Calls, bookings: Bookings) -> None:
        self._calls = calls
        self._lookups = Lookups(calls)
        self._bookings = bookings

    async def route(
        self, trigger_node: str, prospect: Mapping[str, Any], *, uid: str | None = None
    ) -> LegacyRouted | Redirected | NotRouted:
        """Route a prospect and return the outcome without slots; see `client.route`, which new programs use.

        Raises MissingInputError and what every call raises.
        """
        prospect = hidden(prospect)
        given, problems = read_prospect(prospect)
        problems += [*bare_address(given), *uid_problem(uid)]
        refuse(problems, operation="legacy_route")
        uid = read_uid(uid)
        data = HiddenMapping((name, value) for name, value in given.items() if value is not None)
        call = legacy_route(ld_node_name=trigger_node, ld_uid=uid, form_data=data)
        routed = await self._calls.view(call, _checked)
        if routed.params:
            return LegacyRouted(params=routed.params, uid=uid)
        if routed.redirect:
            return Redirected(url=routed.redirect, uid=uid)
        return NotRouted(response_type=routed.response_type or "none", uid=uid)

    async def availability(self, params: str) -> Offer | NoAvailability:
        """Return the open slots that *params*, from `route`, stands for."""
        context = HiddenMapping(params=str(params) if isinstance(params, HiddenText) else params)
        del params
        page = await self._lookups.page(legacy_retrieve_info(**context))
        return read_offer(page, keeper=self._bookings, **context)

    async def modification(self, meeting_id: str) -> Modification:
        """Return a booked meeting and the slots it could be moved to.

        The sources disagree on whether the id goes as `eventId` or `meetingId` (contradiction 3), so both are sent.
        Raises MeetingNotFoundError.
        """
        if problems := tuple(id_problem(meeting_id)):
            raise InvalidInputError(problems=problems, operation="legacy_retrieve_modification_info")
        page = await self._lookups.page(legacy_retrieve_modification_info(event_id=meeting_id, meeting_id=meeting_id))
        info = page.head.page_info or PageInfo()
        offer = read_offer(page, keeper=self._bookings, meeting_id=meeting_id)
        start, end, timezone = read_scheduled_time(info.scheduled_time)
        return Modification(
            meeting=read_meeting(_as_meeting(page.head), asked=meeting_id),
            offer=offer if isinstance(offer, Offer) else None,
            host_id=info.host_id,
            is_reschedule=info.is_reschedule,
            scheduled_start=start,
            scheduled_end=end,
            timezone=timezone,
            page=page.whole(),
        )

    async def book(
        self,
        params: str,
        *,
        timezone: Zone,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        cancel_link: str | None = None,
        reschedule_link: str | None = None,
    ) -> Booked | NoAvailability:
        """Book a slot with *params*, from `route`.

        Args:
            params: The encrypted scheduling context.
            timezone: The prospect's IANA time zone name; used only to write the confirmation mail.
            slot: A chooser such as `earliest()`, or the aware datetime at which the slot starts.
            answers: Form answers by field name; they overrule the prefilled ones.
            guests: Email addresses of more people to invite.
            cancel_link: Base URL of your cancel page. The service appends the meeting id, so it ends in `/` or in `…=`.
            reschedule_link: Base URL of your reschedule page, likewise.

        Raises what `Offer.book` raises.
        """
        params, answers, guests = hidden(params), hidden(answers), hidden(guests)
        problems = order_problems(timezone, slot, answers, guests)
        for name, link in (("cancel_link", cancel_link), ("reschedule_link", reschedule_link)):
            problems += link_problem(name, link)
        if problems:
            raise InvalidInputError(problems=problems, operation="book_meeting")
        with self._calls.within_deadline():
            offer = await self.availability(params)
            if not isinstance(offer, Offer):
                return offer
            return await self.book_offer(
                offer,
                slot,
                timezone=timezone,
                answers=answers,
                guests=guests,
                cancel_link=cancel_link,
                reschedule_link=reschedule_link,
            )

    async def book_offer(
        self,
        offer: Offer,
        slot: SlotChoice,
        *,
        timezone: Zone,
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        cancel_link: str | None = None,
        reschedule_link: str | None = None,
        look_up: bool = True,
    ) -> Booked | NoAvailability:
        """Book a slot of an offer as `Offer.book` does, with links for the mails.

        With *look_up* a booking that is refused as done already is answered with its meeting, as `Offer.book` does. Say
        False where whoever asks may have given the address of somebody else.
        """
        answers, guests = hidden(answers), hidden(guests)
        return await self._bookings.book(
            offer,
            slot,
            timezone=timezone,
            answers=answers,
            guests=guests,
            cancel_link=cancel_link,
            reschedule_link=reschedule_link,
            look_up=look_up,
        )


def link_problem(name: str, link: str | None) -> Iterator[str]:
    """Yield a sentence if the service could not append a meeting id to a base URL; None is no link, and no problem."""
    if link is None:
        return
    try:
        url = urlsplit(link)
        parameter = url.query.rpartition("&")[2]
        good = url.scheme in ("http", "https") and bool(url.hostname) and not url.fragment
        good = good and (link.endswith("/") or (parameter.endswith("=") and len(parameter) > 1))
    except (ValueError, AttributeError):
        good = False
    if not good:
        yield (
            f"{name} must be a URL to which a meeting id can be appended: "
            "end it in a slash, as in https://example.com/cancel/, or in a named parameter, "
            "as in https://example.com/cancel?meetingId="
        )


def read_scheduled_time(text: str | None) -> tuple[datetime | None, datetime | None, str | None]:
    """Return start, end and zone from the JSON in the string `pageInfo.scheduledTime`; None for what is unreadable."""
    try:
        data: Any = orjson.loads(text or "{}")
    except ValueError:
        data = {}
    if not isinstance(data, dict):
        return None, None, None
    zone: object = data.get("timezone")  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    timezone = zone if isinstance(zone, str) and not list(zone_problem(zone)) else None
    start, end = (_read_instant(data.get(name), timezone) for name in ("startDateTime", "endDateTime"))  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
    return start, end, timezone


def _read_instant(value: object, timezone: str | None) -> datetime | None:
    zone = ZoneInfo(timezone) if timezone else None
    try:
        if isinstance(value, str):
            from dateutil.parser import isoparse  # loads slowly, and few need it

            instant = isoparse(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            instant = from_milliseconds(value)
        else:
            return None
        if not is_aware(instant):
            return instant.replace(tzinfo=zone) if zone else None
        return instant.astimezone(zone) if zone else instant
    except (ValueError, OverflowError):
        return None


def _checked(routed: LegacyRouting) -> LegacyRouting:
    """Return what was decided; UnknownShapeError when it lacks what goes with it."""
    lacks = {None: "responseType", "calendar": "params", "redirect": "redirect"}.get(routed.response_type)
    if lacks and not (routed.params or routed.redirect):
        raise UnknownShapeError(lacks, routed.to_dict())
    return routed


def _as_meeting(page: AvailabilityPage) -> WireMeeting:
    event = page.event
    if event is None:
        return WireMeeting()
    return WireMeeting(
        id=event.id, status=event.status, scheduled_time=event.when, organizer_email=event.organizer_email
    )
