"""Looking: what changes nothing, and may be asked as often as one likes."""

from datetime import datetime
from functools import partial
from typing import Literal, get_args

import orjson

from .._generated.api.meetings.get_meeting import get_meeting
from .._generated.api.meetings.list_meetings import list_meetings
from .._generated.models import AvailabilityPage
from .._generated.types import Call
from ..errors import refuse
from ..hidden import hidden
from ..spelling import did_you_mean
from ..times import to_milliseconds, to_wire_text
from ..views.addresses import NotAnAddressError, read_address
from ..views.meetings import Meeting, Meetings, id_problem, known_meeting, read_bound, read_meeting, read_meetings
from ..views.pages import Page, read_page
from .calls import Calls

Status = Literal["scheduled", "rescheduled", "canceled"]
_STATUSES: tuple[str, ...] = get_args(Status)


class Lookups:
    """Looks at meetings and at pages of slots."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def page(self, call: Call[AvailabilityPage]) -> Page:
        """Return a page, read as far as an offer needs it."""
        decode = partial(read_page, odd_later=self._calls.odd_later(call))
        return (await self._calls.answer(call, decode)).value

    async def meeting(self, meeting_id: str) -> Meeting:
        """Return one meeting."""
        refuse(id_problem(meeting_id), operation="get_meeting")
        return await self._calls.view(
            get_meeting(meeting_id), lambda wire: read_meeting(known_meeting(wire), asked=meeting_id)
        )

    async def meetings(
        self,
        prospect_email: str,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        status: Status | None = None,
    ) -> Meetings:
        """Return the meetings of a prospect, those that can be read."""
        problems: list[str] = []
        try:
            prospect_email = hidden(read_address(prospect_email))
        except NotAnAddressError as error:
            problems.append(f"prospect_email {error}")
        first, last = read_bound("start", start, problems), read_bound("end", end, problems)
        if not problems and first is not None and last is not None and to_milliseconds(last) < to_milliseconds(first):
            problems.append("end is before start, and no meeting starts between them")
        if status is not None and status not in _STATUSES:
            problems.append(f"status must be one of {', '.join(_STATUSES)}{did_you_mean(str(status), _STATUSES)}")
        refuse(problems, operation="list_meetings")
        call = list_meetings(
            prospect_email=prospect_email,
            start=None if first is None else to_wire_text(first),
            end=None if last is None else to_wire_text(last),
            status=status,
        )
        return (await self._calls.answer(call, lambda content: read_meetings(orjson.loads(content)))).value
