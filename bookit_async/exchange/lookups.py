"""Looking: what changes nothing, and may be asked as often as one likes."""

from datetime import datetime
from typing import Literal

from .._generated.errors import WrongTypeError
from .._generated.models import AvailabilityPage
from .._generated.types import Call
from ..errors import ResponseInvalidError, refuse
from ..hidden import hidden
from ..times import to_wire_text
from ..views.forms import is_email
from ..views.meetings import Meeting, id_problem, read_bound, read_meeting, read_meetings
from ..views.pages import Page, read_page
from .calls import Calls


class Lookups:
    """Looks at meetings and at pages of slots."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    async def page(self, call: Call[AvailabilityPage]) -> Page:
        """Give a page, read as far as an offer needs it."""
        return (await self._calls.answer(call, read_page)).value

    async def meeting(self, meeting_id: str) -> Meeting:
        """Give one meeting."""
        refuse(id_problem(meeting_id), operation="get_meeting")
        return read_meeting(await self._calls.api.get_meeting(meeting_id), asked=meeting_id)

    async def meetings(
        self,
        prospect_email: str,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        status: Literal["scheduled", "rescheduled", "canceled"] | None = None,
    ) -> list[Meeting]:
        """Give the meetings of a prospect."""
        problems = [] if is_email(prospect_email) else ["prospect_email is no email address"]
        first, last = read_bound("start", start, problems), read_bound("end", end, problems)
        refuse(problems, operation="list_meetings")
        wire = hidden(
            await self._calls.api.list_meetings(
                prospect_email=prospect_email,
                start=None if first is None else to_wire_text(first),
                end=None if last is None else to_wire_text(last),
                status=status,
            )
        )
        try:
            return read_meetings(wire)
        except WrongTypeError as error:
            raise ResponseInvalidError(
                path=error.path, status=200, operation="list_meetings"
            ) from error.with_traceback(None)
