"""Telling the application of a meeting that was booked or canceled, once the visitor's answer stands."""

import logging
import traceback
from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from typing import Any, TypeVar

from attrs import field, frozen

from ..desk.tickets import OfferTicket
from ..views.outcomes import Booked

log = logging.getLogger("bookit_async.web")


@frozen(kw_only=True)
class NewBooking:
    """A meeting that was booked through the router, as `on_booked` is told of it."""

    booked: Booked
    """The meeting: its id, host, start, end and the BookIt Log ID."""
    trigger_node: str | None
    """The trigger node that it was routed through; None for one booked through a link."""
    link_id: str | None
    """The BookIt Link that it was booked through; None for one that was routed."""
    prospect: Mapping[str, Any] = field(repr=False)
    """What the prospect said before routing, by input name; empty for a link."""
    answers: Mapping[str, Any] = field(repr=False)
    """What the booking form said, by field name; empty for one that was lost and found by another process."""
    timezone: str | None = None
    """The visitor's IANA time zone name; None for one that was lost and found by another process."""
    subject: str | None = field(default=None, repr=False)
    """The user whom the offer was bound to; None where it was bound to nobody."""


OnBooked = Callable[[NewBooking], Awaitable[None] | None]


@frozen(kw_only=True)
class Cancellation:
    """A meeting that was canceled through the router, as `on_canceled` is told of it."""

    meeting_id: str
    """The meeting's id."""
    reason: str | None = field(repr=False)
    """Why, in the visitor's own words; None when nothing was said. The service is not told: a cancel takes no body."""
    subject: str | None = field(default=None, repr=False)
    """The user whom the meeting's reference was bound to; None where it was bound to nobody."""


OnCanceled = Callable[[Cancellation], Awaitable[None] | None]
T = TypeVar("T")


def announcement(
    ticket: OfferTicket, booked: Booked, *, answers: Mapping[str, Any] | None = None, timezone: str | None = None
) -> NewBooking:
    """Return what there is to tell of a meeting."""
    return NewBooking(
        booked=booked,
        trigger_node=ticket.trigger_node,
        link_id=ticket.link_id,
        prospect=ticket.prospect,
        answers=answers or {},
        timezone=timezone,
        subject=ticket.subject,
    )


async def announce(tell: Callable[[T], Awaitable[None] | None], news: T, what: str) -> None:
    """Tell of a meeting; a failure leaves a line in the log, *what* failed and where, not its text, and no more."""
    try:
        told = tell(news)
        if isawaitable(told):
            await told
    except Exception as error:  # noqa: BLE001 - whatever it is, the meeting stands
        *_, where = traceback.extract_tb(error.__traceback__)
        log.error(  # noqa: TRY400 - what it says may tell of the prospect
            "%s: %s at %s:%s",
            what,
            type(error).__name__,
            where.filename,
            where.lineno,
        )
