"""What routing and booking come to, besides errors."""

from datetime import datetime

from attrs import field, frozen


def _without_query(url: str) -> str:
    return repr(url.partition("?")[0])


@frozen(kw_only=True)
class Booked:
    """A meeting was booked."""

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


@frozen(kw_only=True)
class Redirected:
    """The routing graph sends the prospect to another page."""

    url: str = field(repr=_without_query)
    """Where to send the prospect."""
    uid: str | None = None
    """The BookIt Log ID of the submission."""


@frozen(kw_only=True)
class LegacyRouted:
    """The routing graph decided on a meeting, and the legacy call does not say which slots are open."""

    params: str = field(repr=False)
    """The encrypted scheduling context, for `client.legacy.availability` and `client.legacy.book`."""
    uid: str | None = None
    """The BookIt Log ID of the submission."""


@frozen(kw_only=True)
class NotRouted:
    """The routing graph ended without an offer: show the fallback."""

    response_type: str = "none"
    """`none`, or a response type that this version does not know."""
    uid: str | None = None
    """The BookIt Log ID of the submission."""
