"""BookIt for a FastAPI application: a router for a booking page, and a lifespan that opens and closes the client.

```python
app = FastAPI(lifespan=lifespan())                            # BOOKIT_API_KEY, BOOKIT_WEB_SECRETS
app.include_router(bookit_router(trigger_nodes=["New Webform Prospect"]), prefix="/bookit")
```

The API key and the tokens stay here. A browser is given references: sealed, expiring, and of no use elsewhere. What it
sends back is compared with what is open now. A booking goes on when its browser goes away, and asking for it again
gives the same meeting. Ids and addresses travel in bodies, never in URLs, so that no access log has them. Every error
is a problem detail (RFC 9457). Needs the extra `fastapi`.
"""

from collections.abc import AsyncGenerator, Callable, Collection, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Annotated, Any

from attrs import frozen

from .errors import (
    BookItError,
    HostNotReadyError,
    InvalidInputError,
    LinkNotFoundError,
    LinkSpentError,
    LinkUnsupportedError,
    MeetingNotFoundError,
    MissingInputError,
    SlotTakenError,
    TokenSpentError,
    TooSoonError,
    TriggerNodeNotFoundError,
)
from .extras import needed_for

with needed_for("the router", extra="fastapi"):
    from fastapi import APIRouter, Depends, Request

    from .desk.booking_desk import BookingDesk
    from .desk.sealing import ReferenceExpiredError, ReferenceInvalidError, ReferenceLimitedError, Seal
    from .web.announcements import Cancellation, NewBooking, OnBooked, OnCanceled
    from .web.appointments import Appointments
    from .web.booking_page import bookit_page
    from .web.lifespan import PATIENCE, SUBJECT, Lifespan, bookit_client, join, lifespan
    from .web.problems import BODY_LIMIT, ProblemRoute, RequestTooLargeError, SiteError, documented, problem
    from .web.reception import MailedLinks, Reception, Stores

__all__ = [
    "Cancellation",
    "Lifespan",
    "MailedLinks",
    "NewBooking",
    "ReferenceExpiredError",
    "ReferenceInvalidError",
    "ReferenceLimitedError",
    "RequestTooLargeError",
    "Seal",
    "SiteError",
    "bookit_client",
    "bookit_page",
    "bookit_router",
    "lifespan",
    "problem",
]

OFFER_TTL = 3600.0
"""Seconds for which an offer id is good."""
MAX_GUESTS = 10
"""Guests of one meeting at most."""

_REFERENCE: tuple[type[BookItError], ...] = (ReferenceInvalidError, ReferenceExpiredError)
_SOURCE: tuple[type[BookItError], ...] = (
    TriggerNodeNotFoundError,
    LinkNotFoundError,
    LinkUnsupportedError,
    HostNotReadyError,
)


def bookit_router(
    *,
    trigger_nodes: Collection[str] = (),
    links: Collection[str] = (),
    seal: Seal | None = None,
    name: str = "bookit",
    offer_ttl: float = OFFER_TTL,
    look_first: bool = True,
    max_guests: int = MAX_GUESTS,
    body_limit: int = BODY_LIMIT,
    mailed_links: MailedLinks | None = None,
    subject: Callable[..., Any] | None = None,
    authorize: Callable[..., Any] | None = None,
    on_booked: OnBooked | None = None,
    on_canceled: OnCanceled | None = None,
    patience: float = PATIENCE,
    durable: Stores | None = None,
) -> APIRouter:
    """Return a router with what a booking page needs: inputs, offers, bookings, and meetings by reference.

    Args:
        trigger_nodes: Names of the trigger nodes that browsers may route through; others do not exist for them.
        links: Ids of the BookIt Links that they may book through.
        seal: Seals the references; None makes one with the secrets in BOOKIT_WEB_SECRETS. The processes of one
            application need the same secrets.
        name: Prefixes the routes' names and operation ids; a second router in one application needs another.
        offer_ttl: Seconds for which an offer id is good, and for which the outcome of its booking is remembered.
        look_first: Whether the prospect's meetings around the slot are looked at before a booking without a token, so
            through a link or with `mailed_links`, is sent: one that is there at its start is the answer. The service
            refuses a token that comes again, and nothing else.
        max_guests: Email addresses that a visitor may invite to one meeting.
        body_limit: Bytes of a request's body; more is answered with status 413.
        mailed_links: Pages of yours for the links in the mails; None leaves them to the service's own pages. With
            them, a meeting id from a mail is accepted where a meeting reference is.
        subject: A dependency that returns a text for the user who is logged in, None for nobody. References are then
            good for the user to whom they were given; to refuse who is not logged in, let it raise.
        authorize: A dependency that refuses who may not look for the meetings of anybody; None leaves that route out.
        on_booked: Called with a `NewBooking` once a meeting was booked and its answer stands, in this loop; the visitor
            does not wait for it, and what it raises is logged and undoes nothing. After a lost answer that two
            processes look up it may be called once in each: `booked.meeting_id` tells.
        on_canceled: Called with a `Cancellation` once a meeting was canceled, as `on_booked` is: then the page asks for
            a reason, which nobody has to give. A click that comes twice may be told twice: `meeting_id` tells.
        patience: Seconds that bookings under way are given when the application stops.
        durable: A `Durable`, which the application opens and closes: then bookings are stored, so that a double click
            on two servers, a restart and a reload come to one meeting and one answer. What takes longer than 20 seconds
            is told as not known yet, and asking again is safe; *on_booked* is not called for what ends after that, and
            may be called twice for a double click on two servers. `mailed_links` do not go with it.

    InvalidInputError when there is nothing to book through, no secret, or a setting that cannot be used.
    """
    problems: list[str] = []
    if isinstance(trigger_nodes, str) or isinstance(links, str) or not (trigger_nodes or links):
        problems.append("trigger_nodes and links: list at least one that browsers may use")
    if not name.isidentifier():
        problems.append("name must be a Python identifier, such as 'sales'")
    problems += [
        f"{setting} must be {least} or more"
        for setting, value, least in (("max_guests", max_guests, 0), ("body_limit", body_limit, 1024))
        if value < least
    ]
    if durable is not None and mailed_links is not None:
        problems.append("durable and mailed_links: what is booked by legacy calls cannot be stored, so give one")
    if problems:
        raise InvalidInputError(problems=problems)
    reception = Reception(
        trigger_nodes=frozenset(trigger_nodes),
        links=frozenset(links),
        seal=Seal() if seal is None else seal,
        offer_ttl=offer_ttl,
        desk=BookingDesk(keep=offer_ttl),
        mailed_links=mailed_links,
        look_first=look_first,
        max_guests=max_guests,
        on_booked=on_booked,
        stored=None if durable is None else durable.offer_bookings(),
    )

    @asynccontextmanager
    async def draining(_: object) -> AsyncGenerator[None]:
        yield
        await reception.desk.drain(patience)

    async def joined(request: Request) -> None:
        join(request, reception.desk, patience)

    router = APIRouter(
        route_class=type("LimitedRoute", (ProblemRoute,), {"body_limit": body_limit}),
        lifespan=draining,
        dependencies=[Depends(joined), *_bound(subject)],
        tags=["BookIt"],
    )
    _add(router, name, _offers(reception))
    appointments = Appointments(reception, on_canceled)
    _add(router, name, _meetings(appointments))
    if authorize is not None:
        search = Endpoint("meetings", "/meetings/search", appointments.find, ())
        _add(router, name, [search], dependencies=[Depends(authorize)])
    return router


def _bound(subject: Callable[..., Any] | None) -> Iterator[Any]:
    """Yield the dependency that keeps the user with the request, if users are told apart."""
    if subject is not None:

        async def bind(request: Request, user: Annotated[Any, Depends(subject)]) -> None:
            setattr(request.state, SUBJECT, None if user is None else str(user))

        yield Depends(bind)


@frozen
class Endpoint:
    """One route: its name, its path, what answers it, and the errors that it may end in."""

    name: str
    path: str
    answer: Callable[..., Any]
    errors: tuple[type[BookItError], ...]
    method: str = "POST"
    status: int = 200


def _add(router: APIRouter, prefix: str, endpoints: Iterable[Endpoint], *, dependencies: Sequence[Any] = ()) -> None:
    for one in endpoints:
        router.add_api_route(
            one.path,
            one.answer,
            methods=[one.method],
            status_code=one.status,
            name=f"{prefix}_{one.name}",
            operation_id=f"{prefix}_{one.name}",
            dependencies=[*dependencies],
            responses=documented(*one.errors),
        )


def _offers(reception: Reception) -> Iterator[Endpoint]:
    yield Endpoint("inputs", "/inputs", reception.inputs, (TriggerNodeNotFoundError,), method="GET")
    yield Endpoint("offer", "/offers", reception.offer, (*_SOURCE, MissingInputError))
    yield Endpoint("refresh_offer", "/offers/refresh", reception.refresh, (*_REFERENCE, *_SOURCE, TokenSpentError))
    refusals = (MissingInputError, SlotTakenError, TooSoonError, TokenSpentError, LinkSpentError)
    yield Endpoint("book", "/bookings", reception.book, (*_REFERENCE, *_SOURCE, *refusals))
    yield Endpoint("settle", "/bookings/settle", reception.settle, _REFERENCE)


def _meetings(appointments: Appointments) -> Iterator[Endpoint]:
    known = (*_REFERENCE, MeetingNotFoundError)
    yield Endpoint("meeting", "/meetings/show", appointments.show, known)
    change = (*known, ReferenceLimitedError)
    yield Endpoint("moves", "/meetings/moves", appointments.moves, (*change, HostNotReadyError))
    refusals = (SlotTakenError, TooSoonError, HostNotReadyError)
    yield Endpoint("reschedule", "/meetings/reschedule", appointments.move, (*change, *refusals))
    yield Endpoint("cancel", "/meetings/cancel", appointments.cancel, change, status=204)
