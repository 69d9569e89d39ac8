"""What of the SDK's objects a browser gets to see. Pure."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict
from urllib.parse import urlsplit

from ..errors import InvalidInputError, ResponseInvalidError
from ..views.forms import GUESTS, fill
from ..views.inputs import LOG_ID, TriggerInputs
from ..views.meetings import Meeting
from ..views.offers import Host, Offer
from ..views.outcomes import Booked
from ..views.slots import Slot
from .models import (
    BookingView,
    FieldView,
    HostView,
    InputsView,
    InputView,
    MeetingView,
    MovesView,
    OfferView,
    SlotChoice,
    SlotView,
)

Reference = Callable[[str, datetime | None], str]
"""From a meeting id and the meeting's end to a reference."""


def inputs_view(trigger_node: str, inputs: TriggerInputs) -> InputsView:
    """Give what to ask; the BookIt Log ID is filled in here and not asked for."""
    asked = [InputView(name=one.name, type=one.type) for one in inputs.inputs if one.name != LOG_ID]
    return InputsView(trigger_node=trigger_node, inputs=asked)


def offer_view(offer: Offer, *, offer_id: str, expires_at: float) -> OfferView:
    """Give an offer as a browser sees it, the form filled with what the prospect said before."""
    filled = fill(offer.form_fields, prefill=offer.prefill, prospect=offer.prospect, answers={}, guests=())
    values = {one.name: one.value for one in filled.fields}
    # The service may know more of a prospect than whoever typed the prospect's address ought to see.
    said = {str(value).strip() for value in offer.prospect.values() if value not in (None, "")}
    return OfferView(
        **_slots(offer),
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


def meeting_view(meeting: Meeting, reference: Reference) -> MeetingView:
    """Give a meeting as a browser sees it."""
    return MeetingView(
        meeting_ref=reference(meeting.id, meeting.end),
        status=meeting.status,
        canceled=meeting.canceled,
        start=meeting.start,
        end=meeting.end,
        title=meeting.title,
    )


def moves_view(meeting: Meeting, offer: Offer | None, reference: Reference) -> MovesView:
    """Give a meeting and where it can be moved to; *offer* None: nowhere."""
    return MovesView(**_slots(offer), meeting=meeting_view(meeting, reference))


def booking_view(booked: Booked, offer: Offer | None, reference: Reference) -> BookingView:
    """Give a meeting that was booked; *offer* None when only the meeting is known."""
    host = offer.host(booked.host_id) if offer and booked.host_id else None
    kind = offer.source.head.meeting if offer else None
    return BookingView(
        meeting_ref=reference(booked.meeting_id, booked.end),
        start=booked.start,
        end=booked.end,
        meeting_type=offer.meeting_type if offer else None,
        host=None if host is None else _host(host),
        redirect_url=kind.redirect_url if kind and is_web_url(kind.redirect_url) else None,
        uid=booked.uid,
        recovered=booked.recovered,
    )


def find_slot(offer: Offer, wanted: SlotChoice, *, pooled: bool | None = None) -> Slot | None:
    """Give the open slot that a browser means, as it is now; None when it is gone, or none of its hosts is free.

    InvalidInputError, with everything that is wrong, for what can never have been shown for this offer.
    """
    shown = set(wanted.host_ids or ())
    known = {
        *(host.user_id for host in offer.hosts),
        *offer.host_ids,
        *(id_ for one in offer.slots for id_ in one.host_ids),
    }
    found = next((one for one in offer.slots if (one.start, one.end) == (wanted.start, wanted.end)), None)
    problems: list[str] = []
    if found is None and any(one.start == wanted.start for one in offer.slots):
        problems.append("slot.end: this slot ends at another time")
    if not shown <= known:
        problems.append("slot.host_ids: some are no hosts of this offer")
    if pooled is not None and pooled != offer.pooled:
        problems.append("pooled: this offer is not of that kind")
    if problems:
        raise InvalidInputError(problems=problems)
    if found is not None and shown and found.host_ids and not shown & set(found.host_ids):
        return None
    return found


def checked_redirect(url: str) -> str:
    """Give the URL that routing redirects to; ResponseInvalidError when a browser must not follow it."""
    if not is_web_url(url):
        raise ResponseInvalidError(path="$.routing.redirect", status=200, operation="route_and_fetch_availability")
    return url


def is_web_url(url: str | None) -> bool:
    """Tell whether this is an `http` or `https` URL, and not a script in disguise."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)


class _Slots(TypedDict):
    meeting_type: str | None
    description: str | None
    minutes: float | None
    color: str | None
    hosts: list[HostView]
    slots: list[SlotView]


def _slots(offer: Offer | None) -> _Slots:
    kind = offer.source.head.meeting if offer else None
    style = kind.page_style if kind else None
    return _Slots(
        meeting_type=offer.meeting_type if offer else None,
        description=kind.description if kind else None,
        minutes=offer.duration.total_seconds() / 60 if offer and offer.duration is not None else None,
        color=style.style_color if style else None,
        hosts=[_host(one) for one in offer.hosts] if offer else [],
        slots=[SlotView(start=one.start, end=one.end, host_ids=list(one.host_ids)) for one in offer.slots]
        if offer
        else [],
    )


def _host(host: Host) -> HostView:
    return HostView(id=host.user_id, name=host.name, timezone=host.timezone)


def submission(inputs: TriggerInputs, prospect: Mapping[str, Any], *, uid: str) -> dict[str, Any]:
    """Give a prospect as it is routed: only what the trigger node declares, and the BookIt Log ID where it wants it.

    InvalidInputError with everything that is missing, of the wrong type, or not asked for.
    """
    declared = {one.name for one in inputs.inputs}
    problems = [*inputs.refusals(prospect)]
    asked = {name.casefold() for name in declared - {LOG_ID}}
    problems += [
        f"prospect[{name!r:.80}] is no input of this trigger node" for name in prospect if name.casefold() not in asked
    ]
    if problems:
        raise InvalidInputError(problems=problems, operation="route_and_fetch_availability")
    return {**prospect, LOG_ID: uid} if LOG_ID in declared else dict(prospect)
