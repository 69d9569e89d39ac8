"""What of the SDK's objects a browser gets to see. Pure."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from operator import sub
from typing import TypedDict

from attrs import frozen

from ..desk.submissions import is_web_url
from ..errors import InvalidInputError, ResponseInvalidError
from ..views.forms import GUESTS, fill
from ..views.inputs import LOG_ID, TriggerInputs
from ..views.meetings import Meeting
from ..views.offers import Host, Offer
from ..views.outcomes import Booked
from ..views.slots import Slot, Slots
from .models import (
    About,
    BookingView,
    FieldView,
    HostView,
    InputsView,
    InputView,
    MeetingView,
    MovesView,
    OfferView,
    SlotChoice,
    SlotColumns,
    TimeChoice,
)

Reference = Callable[[str, datetime | None], str]
"""From a meeting id and the meeting's end to a reference."""


def inputs_view(trigger_node: str, inputs: TriggerInputs) -> InputsView:
    """Return what to ask; the BookIt Log ID is filled in here and not asked for."""
    asked = [InputView(name=one.name, type=one.type) for one in inputs.inputs if one.name != LOG_ID]
    return InputsView(trigger_node=trigger_node, inputs=asked)


@frozen
class Shown:
    """Who can be met and when, as a browser is told it: people are places in a list."""

    host_ids: list[str]
    """The user ids that the places stand for; they stay here."""
    teams: list[list[int]]
    slots: SlotColumns


def shown(offer: Offer) -> Shown:
    """Return the slots of an offer as columns, and who the places in them are."""
    starts, ends, takers = _columns(offer.slots)
    teams = {team: index for index, team in enumerate(dict.fromkeys(takers))}
    places = dict.fromkeys(one.user_id for one in offer.hosts)
    places |= dict.fromkeys(id_ for team in teams for id_ in team)
    host_ids = [*places]
    place = {id_: index for index, id_ in enumerate(host_ids)}
    columns = SlotColumns(
        starts=[*starts],
        lengths=_column([*map(sub, ends, starts)]),
        teams=_column([teams[team] for team in takers]),
    )
    return Shown(host_ids, [[place[id_] for id_ in team] for team in teams], columns)


def _columns(slots: Sequence[Slot]) -> tuple[Sequence[int], Sequence[int], list[tuple[str, ...]]]:
    if isinstance(slots, Slots):
        return slots.columns()
    starts, ends = ([getattr(one, f"{name}_milliseconds") for one in slots] for name in ("start", "end"))
    return starts, ends, [one.host_ids for one in slots]


def _column(values: list[int]) -> list[int]:
    return values[:1] if len(set(values)) == 1 else values


def offer_view(offer: Offer, what: Shown, *, offer_id: str, expires_at: float) -> OfferView:
    """Return an offer as a browser sees it, the form filled with what the prospect said before."""
    filled = fill(offer.form_fields, prefill=offer.prefill, prospect=offer.prospect, answers={}, guests=())
    values = {one.name: one.value for one in filled.fields}
    # The service may know more of a prospect than whoever typed the prospect's address ought to see.
    said = {str(value).strip() for value in offer.prospect.values() if value not in (None, "")}
    return OfferView(
        **_slots(offer, what),
        offer_id=offer_id,
        expires_at=datetime.fromtimestamp(expires_at, UTC),
        pooled=offer.pooled,
        form_fields=[
            FieldView(
                name=one.name,
                type=one.type,
                required=one.required,
                read_only=one.read_only,
                guests=one.name == GUESTS,
                value=value if isinstance(value := values[one.name], str) and value in said else None,
            )
            for one in offer.form_fields
        ],
    )


def meeting_view(
    meeting: Meeting, reference: Reference, about: About | None = None, *, changeable: bool = True
) -> MeetingView:
    """Return a meeting as a browser sees it; what tells of people is for those only who may change it."""
    known = (about or About()) if changeable else About()
    return MeetingView(
        **dict(known),
        meeting_ref=reference(meeting.id, meeting.end),
        status=meeting.status,
        canceled=meeting.canceled,
        start=meeting.start,
        end=meeting.end,
        title=meeting.title if changeable else None,
        changeable=changeable,
    )


def moves_view(meeting: MeetingView, offer: Offer | None, *, reason_welcome: bool) -> MovesView:
    """Return a meeting and where it can be moved to; *offer* None: nowhere."""
    what = shown(offer) if offer else None
    return MovesView(**_slots(offer, what), meeting=meeting, reason_welcome=reason_welcome)


def about(booked: Booked, offer: Offer) -> About:
    """Return what there is to know of a meeting that was booked from an offer."""
    host = offer.host(booked.host_id) if booked.host_id else None
    link = host.conference_link if host else None
    return About(
        meeting_type=offer.meeting_type,
        host=None if host is None else _host(host),
        place=link if is_web_url(link) else None,
    )


def booking_view(
    booked: Booked,
    reference: Reference,
    known: About | None = None,
    *,
    redirect_url: str | None = None,
    changeable: bool = True,
) -> BookingView:
    """Return a meeting that was booked; *known* None when only the meeting is known."""
    return BookingView(
        **dict(known or About()),
        meeting_ref=reference(booked.meeting_id, booked.end),
        start=booked.start,
        end=booked.end,
        redirect_url=redirect_url,
        uid=booked.uid,
        recovered=booked.recovered,
        changeable=changeable,
    )


def redirect_of(offer: Offer) -> str | None:
    """Return where the meeting type sends people after booking; None for nowhere, or for what is no web page."""
    kind = offer.source.head.meeting
    return kind.redirect_url if kind and is_web_url(kind.redirect_url) else None


def find_slot(offer: Offer, wanted: TimeChoice) -> Slot | None:
    """Return the open slot that a browser means, as it is now; None when it is gone.

    InvalidInputError for one that can never have been shown for this offer.
    """
    found = next((one for one in offer.slots if one.start_milliseconds == wanted.start), None)
    if found is not None and found.end_milliseconds != wanted.end:
        raise InvalidInputError(problems=[_OTHER_END])
    return found


_OTHER_END = "slot.end: this slot ends at another time"


def find_shown_slot(
    offer: Offer, wanted: SlotChoice, *, shown_hosts: Sequence[str], pooled: bool | None
) -> Slot | None:
    """Return the open slot that a browser means, as it is now; None when it is gone, or none of its hosts is free.

    *shown_hosts* are the user ids that the places stood for. InvalidInputError, with everything that is wrong, for what
    can never have been shown for this offer.
    """
    problems: list[str] = []
    found: Slot | None = None
    try:
        found = find_slot(offer, wanted)
    except InvalidInputError as error:
        problems += error.problems
    places = wanted.hosts or []
    if not all(0 <= place < len(shown_hosts) for place in places):
        problems.append("slot.hosts must be hosts of this offer")
    if pooled is not None and pooled != offer.pooled:
        problems.append("pooled: this offer is not of that kind")
    if problems:
        raise InvalidInputError(problems=problems)
    shown = {shown_hosts[place] for place in places}
    if found is not None and shown and found.host_ids and not shown & set(found.host_ids):
        return None
    return found


def checked_redirect(url: str) -> str:
    """Return the URL that routing redirects to; ResponseInvalidError when a browser must not follow it."""
    if not is_web_url(url):
        raise ResponseInvalidError(path="$.routing.redirect", status=200, operation="route_and_fetch_availability")
    return url


class _Slots(TypedDict):
    meeting_type: str | None
    description: str | None
    minutes: float | None
    color: str | None
    logo: str | None
    hosts: list[HostView]
    teams: list[list[int]]
    slots: SlotColumns


def _slots(offer: Offer | None, what: Shown | None) -> _Slots:
    if offer is None or what is None:
        nothing = SlotColumns(starts=[], lengths=[], teams=[])
        return _Slots(
            meeting_type=None, description=None, minutes=None, color=None, logo=None, hosts=[], teams=[], slots=nothing
        )
    kind = offer.source.head.meeting
    style = kind.page_style if kind else None
    known = {one.user_id: one for one in offer.hosts}
    return _Slots(
        meeting_type=offer.meeting_type,
        description=kind.description if kind else None,
        minutes=offer.duration.total_seconds() / 60 if offer.duration is not None else None,
        color=style.style_color if style else None,
        logo=_logo((style.logo if style else None) or (kind.logo if kind else None)),
        hosts=[_host(known.get(id_)) for id_ in what.host_ids],
        teams=what.teams,
        slots=what.slots,
    )


_IMAGE = re.compile(r"data:image/(png|jpeg|gif|webp|svg\+xml)[;,]")
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}")
_IMAGES = {"iVBORw0KGgo": "png", "/9j/": "jpeg", "R0lGOD": "gif", "UklGR": "webp"}
LARGEST_LOGO = 30_000
"""Characters: it comes with every look at the slots."""


def _logo(logo: str | None) -> str | None:
    """Return a logo as a `data:` URL; None for one that is elsewhere, too large, or no image."""
    if not logo or len(logo) > LARGEST_LOGO:
        return None
    if _IMAGE.match(logo):
        return logo
    kind = next((kind for start, kind in _IMAGES.items() if logo.startswith(start)), None)
    return f"data:image/{kind};base64,{logo}" if kind and _BASE64.fullmatch(logo) else None


def _host(host: Host | None) -> HostView:
    if host is None:
        return HostView(name="")
    return HostView(name="" if host.name == host.user_id else host.name, timezone=host.timezone)
