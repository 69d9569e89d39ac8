"""The filters of the meeting list, from query parameters. Pure."""

import re
from collections.abc import Mapping

from attrs import frozen

from ..world.calendar import Span, from_iso
from ..world.meetings import MeetingRecord
from ..world.quirks import Quirks
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

    def matches(self, meeting: MeetingRecord, *, now: int, quirks: Quirks) -> bool:
        """Return whether a meeting is wanted, as it is told; the quirks are those of the list."""
        return (
            self._is_of_prospect(meeting.prospect_email, quirks)
            and ("window_ignored" in quirks or self._is_in_window(meeting.span, now, quirks))
            and not ("past_not_listed" in quirks and meeting.span.start < now)
            and not ("cancelled_not_listed" in quirks and meeting.status == "canceled")
            and (self.status is None or meeting.status == self.status)
        )

    def _is_of_prospect(self, email: str, quirks: Quirks) -> bool:
        asked = self.prospect_email.strip()
        return email == asked if "addresses_exact" in quirks else email.casefold() == asked.casefold()

    def _is_in_window(self, span: Span, now: int, quirks: Quirks) -> bool:
        start = now if self.start is None and self.end is None else self.start
        last = span.end if "whole_window" in quirks else span.start
        return (start is None or span.start >= start) and (self.end is None or last <= self.end)


def _moment(name: str, text: str | None) -> int | None:
    if not text:
        return None
    if re.fullmatch(r"-?\d{1,18}", text, re.ASCII):
        return int(text)
    try:
        return from_iso(text)
    except (ValueError, OverflowError):
        raise invalid(f"{name} must be milliseconds, or ISO 8601 with an offset such as Z") from None
