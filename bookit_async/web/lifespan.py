"""The client of an application: opened with it, closed with it, and asked for by the endpoints."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

from attrs import field, frozen
from fastapi import Depends, FastAPI, Request

from ..client import BookIt
from ..desk.booking_desk import BookingDesk
from ..errors import NotSentError

CLOSING = 10.0
"""Seconds that the client is given to close."""

PATIENCE = 30.0
"""Seconds that bookings under way are given when the application stops."""

CONNECTING = 5.0
"""Seconds that opening a connection may hold up the start of an application."""
LOGGER = logging.getLogger("bookit_async")

State = Mapping[str, Any]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[State]]


def lifespan(
    client: Callable[[], BookIt] = BookIt,
    *,
    around: Callable[[FastAPI], AbstractAsyncContextManager[State | None]] | None = None,
    closing: float = CLOSING,
) -> Lifespan:
    """Return a lifespan for `FastAPI(lifespan=…)` that keeps one client open as `app.state.bookit`.

    Args:
        client: Makes the client; from BOOKIT_API_KEY and BOOKIT_BASE_URL unless you give another function.
        around: A lifespan of your own, run inside this one, so that it may use the client; what it yields is passed on.
        closing: Seconds after which closing the client is given up, so that the application always stops.
    """

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncGenerator[State]:
        app.state.bookit = bookit = client()
        desks: dict[BookingDesk[Any], float] = {}
        try:
            await _connected(bookit)
            async with AsyncExitStack() as stack:
                state = None if around is None else await stack.enter_async_context(around(app))
                yield {**(state or {}), _CLIENT: bookit, _DESKS: desks}
                # The server tells an application that is mounted nothing of stopping; this one waits for it.
                await asyncio.gather(*(desk.drain(patience) for desk, patience in desks.items()))
        finally:
            await asyncio.wait({asyncio.ensure_future(bookit.close())}, timeout=closing)

    return opened


_CLIENT, _DESKS = "bookit", "bookit_desks"


async def _connected(client: BookIt) -> None:
    """Open a connection ahead, so that the first visitor need not wait for it; without one the application starts."""
    try:
        await client.with_options(timeout=min(CONNECTING, client.settings.timeout)).connect()
    except NotSentError as error:
        LOGGER.warning("the application starts without a connection to BookIt: %s", error.reason)


async def bookit_client(request: Request) -> BookIt:
    """Return the application's client, as a dependency, also in an application that is mounted in the one with it.

    To use another, say one per tenant, put a function of yours into `app.dependency_overrides[bookit_client]`.
    RuntimeError when `lifespan` opened none.
    """
    client = getattr(request.app.state, _CLIENT, None) or getattr(request.state, _CLIENT, None)
    if not isinstance(client, BookIt):
        raise RuntimeError(  # noqa: TRY004 - nothing of the caller's is of a wrong type
            "No BookIt client is open: FastAPI(lifespan=bookit_async.fastapi_router.lifespan()). Where applications "
            "are mounted in one another, it goes to the outermost, whose lifespan is the only one that servers run."
        )
    return client


def join(request: Request, desk: BookingDesk[Any], patience: float) -> None:
    """Let the lifespan that opened the client know of a desk to wait for, where it is not that of the same router."""
    desks: dict[BookingDesk[Any], float] | None = getattr(request.state, _DESKS, None)
    if desks is not None:
        desks[desk] = patience


@frozen
class Visit:
    """Who asks: through which client, and the user whom references are bound to, None for nobody."""

    client: BookIt = field(repr=False)
    subject: str | None = field(default=None, repr=False)


SUBJECT = "bookit_subject"
"""Where a request keeps what the dependency of `bookit_router(subject=…)` gave."""


async def _visit(request: Request, client: Annotated[BookIt, Depends(bookit_client)]) -> Visit:
    return Visit(client, getattr(request.state, SUBJECT, None))


Visitor = Annotated[Visit, Depends(_visit)]
