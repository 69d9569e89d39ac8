"""What comes back, as the JSON documents of this command line. `schemas/` says what each holds; none has a token."""

from typing import Any

from ..views.inputs import TriggerInput, TriggerInputs
from ..views.meetings import Meeting
from ..views.offers import NoAvailability, Offer
from ..views.outcomes import Booked, NotRouted, Redirected
from .zones import span


def inputs_document(inputs: TriggerInputs) -> dict[str, Any]:
    """Return what a trigger node asks."""
    return {"trigger_node": inputs.name, "inputs": [_input(one) for one in inputs.inputs]}


def _input(one: TriggerInput) -> dict[str, Any]:
    return {"name": one.name, "type": one.type}


def offer_document(offer: Offer | None, zone: str) -> dict[str, Any]:
    """Return the open slots; of None that there are none."""
    if offer is None:
        return {"zone": zone, "meeting_type": None, "minutes": None, "pooled": None, "hosts": [], "slots": []}
    minutes = None if offer.duration is None else offer.duration.total_seconds() / 60
    return {
        "zone": zone,
        "meeting_type": offer.meeting_type,
        "minutes": minutes,
        "pooled": offer.pooled,
        "hosts": [
            {"id": one.user_id, "name": one.name, "email": one.email, "timezone": one.timezone} for one in offer.hosts
        ],
        "slots": [{**span(one.start, one.end, zone), "host_ids": list(one.host_ids)} for one in offer.slots],
    }


def outcome_document(
    outcome: Offer | Booked | Redirected | NotRouted | NoAvailability, zone: str, *, intent_id: str | None = None
) -> dict[str, Any]:
    """Return what routing or booking came to."""
    document: dict[str, Any] = {"outcome": type(outcome).__name__, "uid": outcome.uid}
    if intent_id is not None:
        document["id"] = intent_id
    match outcome:
        case Booked():
            document |= {
                "meeting_id": outcome.meeting_id,
                "organizer_email": outcome.organizer_email,
                "host_id": outcome.host_id,
                "recovered": outcome.recovered,
                "request_id": outcome.request_id,
                "zone": zone,
                **span(outcome.start, outcome.end, zone),
            }
        case Redirected():
            document["url"] = outcome.url
        case Offer():
            document |= offer_document(outcome, zone)
        case _:
            pass
    return document


def meeting_document(meeting: Meeting, zone: str) -> dict[str, Any]:
    """Return a meeting."""
    return {
        "id": meeting.id,
        "status": meeting.status,
        "provider_status": meeting.provider_status,
        "canceled": meeting.canceled,
        "title": meeting.title,
        "organizer_email": meeting.organizer_email,
        "attendees": [
            {"email": one.email, "response_status": one.response_status, "organizer": one.organizer}
            for one in meeting.attendees
        ],
        "zone": zone,
        **span(meeting.start, meeting.end, zone),
    }
