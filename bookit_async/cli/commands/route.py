"""`bookit route`."""

from typing import Any

from ...client import BookIt
from ...views.offers import NoAvailability, Offer
from ...views.outcomes import Booked, NotRouted, Redirected
from .. import statuses
from ..documents import outcome_document
from ..failures import Failure
from ..grid import grid
from ..parameters import File, Given, Several
from ..session import Session
from ..words import as_flag
from .slots import head


async def route(node: str, /, *, prospect: File = None, set_: Several = None, session: Given) -> int:
    """Route a prospect and show what the graph decides: open slots, a page to go to, or nothing.

    This is a submission: LeanData keeps it under a BookIt Log ID, which is printed as `uid`. Nothing is booked. Exit
    status 3 when there is no slot to be had.

    Args:
        node: The trigger node's exact name.
        prospect: A JSON file with the prospect's data by input name; - reads stdin.
        set_: One input as Name=Value; overrules the file, and may be given more than once.
    """
    data = given_prospect(session, prospect, set_)
    session.say_where()
    async with session.client() as client:
        outcome = await client.route(node, await typed(client, node, data))
    session.output.note(f"Submitted. BookIt Log ID {outcome.uid}: keep it in the prospect's CRM record.")
    document = outcome_document(outcome, session.zone)
    offer = outcome if isinstance(outcome, Offer) else None
    lines = said_of(outcome) if offer is None else [*head(session, offer), *grid(offer, session.zone, session.output)]
    slots: list[dict[str, Any]] = document.get("slots", [])
    rows = [[one["start"], one["end"], ",".join(one["host_ids"])] for one in slots]
    session.output.show(document, text=lines, rows=rows or [[*document.values()]])
    return statuses.NO_MEETING if offer is None else statuses.DONE


def given_prospect(session: Session, name: str | None, settings: Several) -> dict[str, Any]:
    """Return a prospect's data; Failure when nothing is given."""
    if name is None and not settings:
        raise Failure("no prospect", advice="Give --prospect FILE, or --set Name=Value for each input.")
    return session.prospect(name, settings or [])


async def typed(client: BookIt, node: str, data: dict[str, Any]) -> dict[str, Any]:
    """Return a prospect's data with words for yes and no as such, where the node asks for one."""
    yes_or_no = {one.name for one in (await client.inputs(node)).inputs if one.type == "BOOLEAN"}
    return {name: as_flag(value) if name in yes_or_no else value for name, value in data.items()}


def said_of(outcome: Offer | Booked | Redirected | NotRouted | NoAvailability) -> list[str]:
    """Return what an outcome without slots is, for people."""
    match outcome:
        case Redirected(url=url):
            return [f"Redirected: send the prospect to {url}"]
        case NotRouted():
            return ["Not routed: the routing graph ended without an offer."]
        case _:
            return ["No slot is open."]
