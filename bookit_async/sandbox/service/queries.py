"""The filters of the meeting list, from query parameters. Pure."""

import re
from collections.abc import Mapping

from attrs import frozen

from ..world.calendar import from_iso
from ..world.meetings import MeetingRecord
from .refusals import invalid, missing_parameter

STATUSES = ("scheduled", "rescheduled", "canceled")


@frozen(kw_only=True)
class MeetingQuery:
    """Which of a prospect's meetings are wanted; `start` and `end` are milliseconds, both included, None for no bound.

    Neither bound given means from now on: of the two things that the service's documentation says, the stricter.
    """

    prospect_email: str
    start: int | None = None
    end: int | None = None
    status: str | None = None

    @classmethod
    def read(cls, parameters: Mapping[str, str]) -> "MeetingQuery":
        """The query of these parameters; raises a refusal for the first that is missing or cannot be read."""
        email = parameters.get("prospectEmail", "")
        if not email.strip():
            raise missing_parameter("prospectEmail")
        status = parameters.get("status") or None
        if status is not None and status not in STATUSES:
            raise invalid(f"status must be one of {', '.join(STATUSES)}")
        return cls(
            prospect_email=email,
            start=_moment("start", parameters.get("start")),
            end=_moment("end", parameters.get("end")),
            status=status,
        )

    def matches(self, meeting: MeetingRecord, *, now: int) -> bool:
        """Whether the meeting is wanted."""
        start = now if self.start is None and self.end is None else self.start
        return (
            meeting.prospect_email.casefold() == self.prospect_email.strip().casefold()
            and (start is None or meeting.span.start >= start)
            and (self.end is None or meeting.span.start <= self.end)
            and (self.status is None or meeting.status == self.status)
        )


def _moment(name: str, text: str | None) -> int | None:
    if not text:
        return None
    if re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return int(text)
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise invalid(f"{name} must be milliseconds, or ISO 8601 with an offset such as Z") from None
