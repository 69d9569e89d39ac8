"""`bookit settle`."""

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING, Any

from attrs import evolve

from ...client import BookIt
from ...errors import OutcomeUnknownError
from .. import statuses
from ..open_bookings import Kept, OpenBookings
from ..output import columns, printable
from ..parameters import Given
from ..session import Session
from ..zones import span, spoken

if TYPE_CHECKING:
    from ...durable import Durable, Standing

_AT_ONCE = 50
"""Open bookings of a journal that are looked up at a time."""
_UNSURE = ("open", "elsewhere")


async def settle(journal: str | None = None, /, *, session: Given) -> int:
    """Tell what became of bookings that were left open: after a crash, Ctrl-C, or a lost answer.

    Those of `bookit book`, or with JOURNAL those of `bookit bulk run`. Books nothing. Each is looked up where it was
    sent to. Exit status 7 when one is still open: ask again later. What is not booked in a journal, or not sent, the
    same `bulk run` goes on with.

    Args:
        journal: A journal of `bookit bulk run`: a file, or postgresql://user@host/name.
    """
    found = await (_of_this_machine(session) if journal is None else _of_journal(journal, session))
    if not found:
        session.output.note("Nothing is open.")
    rows = [(one["id"], one["state"], one["meeting_id"], one["start"]) for one in found]
    lines = [(printable(one["id"]), one["state"], _when(one, session)) for one in found]
    session.output.show({"bookings": found}, text=columns(lines), rows=rows)
    return statuses.OPEN if any(one["state"] in _UNSURE for one in found) else statuses.DONE


async def _of_this_machine(session: Session) -> list[dict[str, Any]]:
    store = OpenBookings(session.output)
    kept = store.open_ones()
    if not kept:
        return []
    async with session.client() as client:
        return [await _settled(client, one, store, session) for one in kept]


def _when(said: dict[str, Any], session: Session) -> str:
    start = [] if said["start"] is None else [spoken(datetime.fromisoformat(said["start"]), session.zone)]
    return ", ".join([*start, *([f"meeting {said['meeting_id']}"] if said["meeting_id"] else [])])


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


async def _of_journal(journal: str, session: Session) -> list[dict[str, Any]]:
    from ..journals import opened_journal, there

    place = there(journal)
    async with session.client() as client, opened_journal(place, session, client) as opened:
        room = asyncio.Semaphore(_AT_ONCE)

        async def looked_up(standing: "Standing") -> dict[str, Any]:
            async with room:
                return await looked_up_in(opened.durable, standing, session)

        return [*await asyncio.gather(*map(looked_up, await opened.durable.under_way()))]


async def looked_up_in(durable: "Durable", standing: "Standing", session: Session) -> dict[str, Any]:
    """Return what became of a booking of a journal; what was not sent yet is not asked about."""
    said: dict[str, Any] = {"id": standing.intent_id, "state": "open", "meeting_id": None, "uid": None}
    said |= {"zone": session.zone, **span(None, None, session.zone)}
    if standing.state == "asked":
        return {**said, "state": "not sent"}
    try:
        booked = await durable.look(standing.intent_id)
    except OutcomeUnknownError:
        return said
    if booked is None:
        return {**said, "state": "not booked"}
    times = span(booked.start, booked.end, session.zone)
    return {**said, **times, "state": "booked", "meeting_id": booked.meeting_id, "uid": booked.uid}
