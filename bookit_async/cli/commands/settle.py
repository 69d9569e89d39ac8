"""`bookit settle`."""

from typing import Any

from attrs import evolve

from ...client import BookIt
from ...errors import OutcomeUnknownError
from .. import statuses
from ..open_bookings import Kept, OpenBookings
from ..output import columns
from ..parameters import Given
from ..session import Session
from ..zones import span, spoken


async def settle(*, session: Given) -> int:
    """Tell what became of the bookings that `bookit book` left open: after a crash, Ctrl-C, or a lost answer.

    Books nothing. Each is looked up where it was sent to. Exit status 7 when one is still open: ask again later.
    """
    store = OpenBookings(session.output)
    found: list[dict[str, Any]] = []
    kept = store.open_ones()
    if kept:
        async with session.client() as client:
            found = [await _settled(client, one, store, session) for one in kept]
    if not found:
        session.output.note("Nothing is open.")
    rows = [(one["id"], one["state"], one["meeting_id"], one["start"]) for one in found]
    lines = [(one.intent_id, said["state"], _when(one, said, session)) for one, said in zip(kept, found, strict=True)]
    session.output.show({"bookings": found}, text=columns(lines), rows=rows)
    return statuses.OPEN if any(one["state"] in ("open", "elsewhere") for one in found) else statuses.DONE


def _when(kept: Kept, said: dict[str, Any], session: Session) -> str:
    meeting = f", meeting {said['meeting_id']}" if said["meeting_id"] else ""
    return f"{spoken(kept.prepared.slot.start, session.zone)}{meeting}"


async def _settled(client: BookIt, kept: Kept, store: OpenBookings, session: Session) -> dict[str, Any]:
    slot = kept.prepared.slot
    said = {"id": kept.intent_id, "state": "open", "meeting_id": None, "uid": kept.prepared.pending.uid}
    said |= {"zone": session.zone, **span(slot.start, slot.end, session.zone)}
    if kept.base_url != client.settings.base_url:
        session.output.warn(f"{kept.intent_id} was sent to {kept.base_url}: ask with a profile of that address.")
        return {**said, "state": "elsewhere"}
    pending = evolve(kept.prepared.pending, lost_at=min(kept.last_sent, session.now))
    try:
        booked = await client.settle(pending)
    except OutcomeUnknownError:
        return said
    if booked is None:
        store.drop(kept.intent_id)
        return {**said, "state": "not booked"}
    store.keep(evolve(kept, outcome=booked))
    return {**said, "state": "booked", "meeting_id": booked.meeting_id}
