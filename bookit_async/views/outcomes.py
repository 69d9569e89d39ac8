"""What routing and booking come to, besides errors."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self

from attrs import field, frozen

from ..errors import refuse
from ..hidden import hidden
from ..times import Zone
from ..version import PACKAGE
from .calendar_files import calendar_file, file_problems
from .records import read, write


def _without_query(url: str) -> str:
    return repr(url.partition("?")[0])


@frozen(kw_only=True)
class Booked:
    """A meeting was booked."""

    __module__ = PACKAGE

    meeting_id: str
    """The opaque meeting id, for `client.meeting`, `client.reschedule` and `client.cancel`."""
    organizer_email: str | None
    """The host's email address; None when the service leaves it out."""
    host_id: str | None
    """The host's user id; None when neither the answer nor the offer tells it."""
    start: datetime
    """Start, an aware UTC datetime."""
    end: datetime
    """End, an aware UTC datetime."""
    uid: str | None
    """The BookIt Log ID of the submission, to be kept in the prospect's CRM record; None when nothing was routed."""
    recovered: bool = False
    """Whether the booking's answer was lost and the meeting was found by looking for it."""
    request_id: str | None = None
    """The gateway's `x-amzn-requestid` of the booking."""

    def ics(self, *, title: str = "Meeting", timezone: Zone | None = None, now: datetime | None = None) -> str:
        """Return it as a calendar file, of the UID that `Meeting.ics` gives the same meeting; that says the rest."""
        refuse(file_problems(self.start, timezone=timezone, now=now))
        return calendar_file(
            meeting_id=self.meeting_id,
            start=self.start,
            end=self.end,
            summary=title,
            organizer=self.organizer_email,
            timezone=timezone,
            now=now,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`. It holds the address of the host, and nothing of the prospect."""
        return write(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data)


@frozen(kw_only=True)
class Redirected:
    """The routing graph sends the prospect to another page."""

    __module__ = PACKAGE

    url: str = field(repr=_without_query)
    """Where to send the prospect."""
    uid: str | None = None
    """The BookIt Log ID of the submission."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`. The URL may tell who the prospect is."""
        return write(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data)


@frozen(kw_only=True)
class LegacyRouted:
    """The routing graph decided on a meeting, and the legacy call does not say which slots are open."""

    __module__ = PACKAGE

    params: str = field(repr=False)
    """The encrypted scheduling context, for `client.legacy.availability` and `client.legacy.book`."""
    uid: str | None = None
    """The BookIt Log ID of the submission."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`. `params` is a secret, as a token is."""
        return write(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data)


@frozen(kw_only=True)
class NotRouted:
    """The routing graph ended without an offer: show the fallback."""

    __module__ = PACKAGE

    response_type: str = "none"
    """`none`, or a response type that this version does not know."""
    uid: str | None = None
    """The BookIt Log ID of the submission."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`."""
        return write(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data)
