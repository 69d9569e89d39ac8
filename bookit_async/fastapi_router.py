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

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, Depends

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
from .web.appointments import Appointments
from .web.booking_desk import PATIENCE, BookingDesk
from .web.lifespan import Lifespan, bookit_client, lifespan
from .web.problems import ProblemRoute, documented
from .web.reception import MailedLinks, Reception
from .web.sealing import ReferenceExpiredError, ReferenceInvalidError, Seal

__all__ = [
    "Lifespan",
    "MailedLinks",
    "ReferenceExpiredError",
    "ReferenceInvalidError",
    "Seal",
    "bookit_client",
    "bookit_router",
    "lifespan",
]

OFFER_TTL = 3600.0
"""Seconds for which an offer id is good."""

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
    offer_ttl: float = OFFER_TTL,
    mailed_links: MailedLinks | None = None,
    authorize: Callable[..., Any] | None = None,
    patience: float = PATIENCE,
) -> APIRouter:
    """Give a router with what a booking page needs: inputs, offers, bookings, and meetings by reference.

    Args:
        trigger_nodes: Names of the trigger nodes that browsers may route through; others do not exist for them.
        links: Ids of the BookIt Links that they may book through.
        seal: Seals the references; None makes one with the secrets in BOOKIT_WEB_SECRETS. The processes of one
            application need the same secrets.
        offer_ttl: Seconds for which an offer id is good, and for which the outcome of its booking is remembered.
        mailed_links: Pages of yours for the links in the mails; None leaves them to the service's own pages. With
            them, a meeting id from a mail is accepted where a meeting reference is.
        authorize: A dependency that refuses who may not look for the meetings of anybody; None leaves that route out.
        patience: Seconds that bookings under way are given when the application stops.

    InvalidInputError when there is nothing to book through, or no secret.
    """
    if isinstance(trigger_nodes, str) or isinstance(links, str) or not (trigger_nodes or links):
        raise InvalidInputError(problems=["trigger_nodes and links: list at least one that browsers may use"])
    reception = Reception(
        trigger_nodes=frozenset(trigger_nodes),
        links=frozenset(links),
        seal=Seal() if seal is None else seal,
        offer_ttl=offer_ttl,
        desk=BookingDesk(keep=offer_ttl),
        mailed_links=mailed_links,
    )

    @asynccontextmanager
    async def draining(_: object) -> AsyncGenerator[None]:
        yield
        await reception.desk.drain(patience)

    router = APIRouter(route_class=ProblemRoute, lifespan=draining, tags=["BookIt"])
    _add_offers(router, reception)
    _add_meetings(router, Appointments(reception), authorize)
    return router


def _add_offers(router: APIRouter, reception: Reception) -> None:
    router.add_api_route(
        "/inputs", reception.inputs, operation_id="bookit_inputs", responses=documented(TriggerNodeNotFoundError)
    )
    router.add_api_route(
        "/offers",
        reception.offer,
        methods=["POST"],
        operation_id="bookit_offer",
        responses=documented(*_SOURCE, MissingInputError),
    )
    router.add_api_route(
        "/offers/refresh",
        reception.refresh,
        methods=["POST"],
        operation_id="bookit_refresh_offer",
        responses=documented(*_REFERENCE, *_SOURCE, TokenSpentError),
    )
    router.add_api_route(
        "/bookings",
        reception.book,
        methods=["POST"],
        operation_id="bookit_book",
        responses=documented(
            *_REFERENCE, *_SOURCE, MissingInputError, SlotTakenError, TooSoonError, TokenSpentError, LinkSpentError
        ),
    )
    router.add_api_route(
        "/bookings/settle",
        reception.settle,
        methods=["POST"],
        operation_id="bookit_settle",
        responses=documented(*_REFERENCE),
    )


def _add_meetings(router: APIRouter, appointments: Appointments, authorize: Callable[..., Any] | None) -> None:
    router.add_api_route(
        "/meetings/show",
        appointments.show,
        methods=["POST"],
        operation_id="bookit_meeting",
        responses=documented(*_REFERENCE, MeetingNotFoundError),
    )
    router.add_api_route(
        "/meetings/moves",
        appointments.moves,
        methods=["POST"],
        operation_id="bookit_moves",
        responses=documented(*_REFERENCE, MeetingNotFoundError, HostNotReadyError),
    )
    router.add_api_route(
        "/meetings/reschedule",
        appointments.move,
        methods=["POST"],
        operation_id="bookit_reschedule",
        responses=documented(*_REFERENCE, MeetingNotFoundError, SlotTakenError, TooSoonError, HostNotReadyError),
    )
    router.add_api_route(
        "/meetings/cancel",
        appointments.cancel,
        methods=["POST"],
        status_code=204,
        operation_id="bookit_cancel",
        responses=documented(*_REFERENCE, MeetingNotFoundError),
    )
    if authorize is not None:
        router.add_api_route(
            "/meetings/search",
            appointments.find,
            methods=["POST"],
            operation_id="bookit_meetings",
            dependencies=[Depends(authorize)],
            responses=documented(),
        )
