"""What a row of a file came to: how it is told, and the exit status of one and of many. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import frozen

from ..durable import DurableOutcome, Forgotten, IntentConflictError, Refused, Standing
from ..errors import LinkSpentError, TokenSpentError
from ..views.outcomes import Booked, Redirected
from . import statuses
from .failures import message_of
from .zones import span

OPEN, CONFLICT, BROKEN, UNDER_WAY = "Open", "Conflict", "Broken", "UnderWay"
"""What a row may have come to besides an outcome."""
ROW: Sequence[str] = (
    "row",
    "key",
    "id",
    "email",
    "outcome",
    "uid",
    "meeting_id",
    "organizer_email",
    "host_id",
    "zone",
    "start",
    "end",
    "start_utc",
    "end_utc",
    "url",
    "reason",
    "exit",
)
"""What is told of a row, in its order."""
_STATES = {"open": OPEN, "broken": BROKEN}


@frozen(kw_only=True)
class Came:
    """What a row came to."""

    outcome: str
    """The name of the outcome, or one of those above."""
    exit: int
    """The exit status that a command for this row alone would have."""
    reason: str | None = None
    """Why there is no meeting, or none yet; None when there is one."""
    booked: Booked | None = None
    uid: str | None = None
    url: str | None = None
    meeting_id: str | None = None

    @property
    def done(self) -> bool:
        """Return whether there is a meeting."""
        return self.exit == statuses.DONE


def came_of(outcome: DurableOutcome) -> Came:
    """Return how an outcome is told."""
    kind = type(outcome).__name__
    match outcome:
        case Booked():
            return Came(
                outcome=kind, exit=statuses.DONE, booked=outcome, uid=outcome.uid, meeting_id=outcome.meeting_id
            )
        case Refused(error=error):
            status = statuses.verdict_of(error).status
            return Came(outcome=kind, exit=status, reason=message_of(error), uid=outcome.uid)
        case Forgotten(meeting_id=None):
            return Came(outcome=kind, exit=statuses.NO_MEETING, reason="it came to no meeting, and was forgotten")
        case Forgotten():
            return Came(outcome=kind, exit=statuses.DONE, meeting_id=outcome.meeting_id)
        case Redirected(url=url):
            return Came(outcome=kind, exit=statuses.NO_MEETING, reason="sent to another page", uid=outcome.uid, url=url)
        case _:
            reason = {"NotRouted": "the routing graph ended without an offer", "Withdrawn": "it was withdrawn"}
            said = reason.get(kind, "no slot is open that is wanted")
            return Came(outcome=kind, exit=statuses.NO_MEETING, reason=said, uid=outcome.uid)


def came_to(standing: Standing) -> Came:
    """Return how it is told how far a booking has come."""
    if standing.outcome is not None:
        return came_of(standing.outcome)
    kind = _STATES.get(standing.state, UNDER_WAY)
    return Came(outcome=kind, exit=statuses.OPEN, reason=standing.why or "it is not its turn yet")


def leaves_room(outcome: DurableOutcome) -> bool:
    """Return whether there is surely no meeting, so that a row that was corrected may be booked."""
    if isinstance(outcome, Refused):
        return not isinstance(outcome.error, TokenSpentError | LinkSpentError | IntentConflictError)
    return not isinstance(outcome, Booked | Forgotten)


def status_of(exits: Iterable[int]) -> int:
    """Return the exit status of many rows: that of all of them where it is one, else that some are not done."""
    different = set(exits)
    return statuses.PARTLY if len(different) > 1 else next(iter(different), statuses.DONE)


def row_document(told: Mapping[str, Any], intent_id: str, came: Came, zone: str) -> dict[str, Any]:
    """Return what a row came to; *told* is what is noted of the row."""
    booked = came.booked
    start: datetime | None = booked.start if booked else None
    return {
        "row": told.get("row"),
        "key": told.get("key"),
        "id": intent_id,
        "email": told.get("email"),
        "outcome": came.outcome,
        "uid": came.uid,
        "meeting_id": came.meeting_id,
        "organizer_email": booked.organizer_email if booked else None,
        "host_id": booked.host_id if booked else None,
        "zone": zone,
        **span(start, booked.end if booked else None, zone),
        "url": came.url,
        "reason": came.reason,
        "exit": came.exit,
    }
