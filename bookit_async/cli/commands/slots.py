"""`bookit slots`."""

from ...views.offers import NoAvailability, Offer
from .. import statuses
from ..documents import offer_document
from ..failures import Failure
from ..grid import grid
from ..parameters import Given
from ..session import Session


async def slots(*, link: str | None = None, meeting: str | None = None, session: Given) -> int:
    """Show the open slots of a link, or those that a meeting may be moved to.

    Reads only. Times are those of --zone. Exit status 3 when there is none.

    Args:
        link: The BookIt Link's id: what stands behind /l/ in its URL.
        meeting: The meeting's id.
    """
    if (link is None) == (meeting is None):
        raise Failure("give exactly one of --link and --meeting")
    async with session.client() as client:
        found = await client.availability(link_id=link, meeting_id=meeting)
    return show_offer(session, found)


def show_offer(session: Session, found: Offer | NoAvailability) -> int:
    """Print open slots."""
    offer = found if isinstance(found, Offer) else None
    zone, output = session.zone, session.output
    if offer is None:
        output.note("No slot is open.")
    document = offer_document(offer, zone)
    rows = [(one["start"], one["end"], ",".join(one["host_ids"])) for one in document["slots"]]
    output.show(document, text=[] if offer is None else [*head(session, offer), *grid(offer, zone, output)], rows=rows)
    return statuses.DONE if rows else statuses.NO_MEETING


def head(session: Session, offer: Offer) -> list[str]:
    """Return what a grid shows, in a line."""
    minutes = "" if offer.duration is None else f", {offer.duration.total_seconds() / 60:g} minutes"
    return [f"{offer.meeting_type or 'Open slots'}{minutes}, times in {session.zone}"]
