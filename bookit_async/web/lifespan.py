"""The client of an application: opened with it, closed with it, and asked for by the endpoints."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Request

from ..client import BookIt

CLOSING = 10.0
"""Seconds that the client is given to close."""

State = Mapping[str, Any]
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[State]]


def lifespan(
    client: Callable[[], BookIt] = BookIt,
    *,
    around: Callable[[FastAPI], AbstractAsyncContextManager[State | None]] | None = None,
    closing: float = CLOSING,
) -> Lifespan:
    """Give a lifespan for `FastAPI(lifespan=…)` that keeps one client open as `app.state.bookit`.

    Args:
        client: Makes the client; from BOOKIT_API_KEY and BOOKIT_BASE_URL unless you give another function.
        around: A lifespan of your own, run inside this one, so that it may use the client; what it yields is passed on.
        closing: Seconds after which closing the client is given up, so that the application always stops.
    """

    @asynccontextmanager
    async def opened(app: FastAPI) -> AsyncGenerator[State]:
        app.state.bookit = bookit = client()
        try:
            async with AsyncExitStack() as stack:
                state = None if around is None else await stack.enter_async_context(around(app))
                yield state or {}
        finally:
            await asyncio.wait({asyncio.ensure_future(bookit.close())}, timeout=closing)

    return opened


def bookit_client(request: Request) -> BookIt:
    """Give the application's client, as a dependency; RuntimeError when `lifespan` opened none.

    To use another, say one per tenant, put a function of yours into `app.dependency_overrides[bookit_client]`.
    """
    client = getattr(request.app.state, "bookit", None)
    if not isinstance(client, BookIt):
        raise RuntimeError("No BookIt client is open: FastAPI(lifespan=bookit_async.fastapi_router.lifespan()).")  # noqa: TRY004 - nothing of the caller's is of a wrong type
    return client


Client = Annotated[BookIt, Depends(bookit_client)]
