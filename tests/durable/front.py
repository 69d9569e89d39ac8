"""A booking page's server in a process of its own, whose bookings are stored."""

import asyncio
import multiprocessing
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx
import uvicorn
from attrs import frozen
from fastapi import FastAPI

from bookit_async import BookIt, RetryPolicy
from bookit_async.durable import Durable
from bookit_async.fastapi_router import Seal, bookit_router, lifespan

from ..conftest import NODE
from .engine import SECRET

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload([__name__, "bookit_async.transports.aiohttp_transport", "httpx", "h11"])


@frozen(kw_only=True)
class Front:
    """What a server is to serve."""

    database: str
    url: str
    key: str
    works: bool
    port: int

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/bookit/"


def serve(front: Front) -> None:
    """Be the process."""
    asyncio.run(_serve(front))


async def _serve(front: Front) -> None:
    retries = RetryPolicy(attempts=4, first_wait=0.02, longest_wait=0.2, budget=100_000)
    client = BookIt(front.key, base_url=front.url, settle=2.0, timeout=3.0, deadline=15.0, grace=0.1, retries=retries)
    durable = Durable(client, database=front.database, secrets=[SECRET], worker=front.works, grace=0.1)

    @asynccontextmanager
    async def storing(_: FastAPI) -> AsyncGenerator[None]:
        async with durable:
            yield

    app = FastAPI(lifespan=lifespan(lambda: client, around=storing))
    app.include_router(
        bookit_router(trigger_nodes=[NODE], links=["Em30rva"], seal=Seal([SECRET]), durable=durable), prefix="/bookit"
    )
    await uvicorn.Server(uvicorn.Config(app, port=front.port, log_config=None, lifespan="on")).serve()


class Server:
    """A process that serves a page."""

    def __init__(self, front: Front) -> None:
        self.front = front
        self._process = _CONTEXT.Process(target=serve, args=(front,), daemon=True)
        self._process.start()

    async def ready(self) -> None:
        async with httpx.AsyncClient() as http:
            while True:
                try:
                    await http.get(self.front.address)
                except httpx.TransportError:
                    assert self._process.is_alive(), "it died before it was ready"
                    await asyncio.sleep(0.02)
                else:
                    return

    async def kill(self) -> None:
        self._process.kill()
        await asyncio.to_thread(self._process.join)


def free_port() -> int:
    """Return a port that was free a moment ago."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
