"""An ASGI application on a loopback port, in the loop of the test."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from examples.fastapi_booking.serve import listen


@asynccontextmanager
async def served(app: FastAPI | Callable[[str], FastAPI], *, host: str = "127.0.0.1") -> AsyncGenerator[str]:
    """Return the URL of an application, or of the one that a function makes for that URL."""
    listener, url = listen(host, 0)
    with listener:
        made = app if isinstance(app, FastAPI) else app(url)
        server = uvicorn.Server(uvicorn.Config(made, log_config=None, lifespan="on", timeout_graceful_shutdown=1))
        running = asyncio.create_task(server.serve(sockets=[listener]))  # it listens already: callers need not wait
        try:
            yield url
        finally:
            server.should_exit = True
            await running
