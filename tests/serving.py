"""An ASGI application on a loopback port, in the loop of the test."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI


@asynccontextmanager
async def served(app: FastAPI | Callable[[str], FastAPI]) -> AsyncGenerator[str]:
    """Give the URL of an application, or of the one that a function makes for that URL."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        made = app if isinstance(app, FastAPI) else app(url)
        server = uvicorn.Server(uvicorn.Config(made, log_config=None, lifespan="on", timeout_graceful_shutdown=1))
        running = asyncio.create_task(server.serve(sockets=[listener]))  # it listens already: callers need not wait
        try:
            yield url
        finally:
            server.should_exit = True
            await running
