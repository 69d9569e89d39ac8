"""The lifespan, and the router behind a real server on a loopback port: browsers that hang up, and stopping."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from bookit_async import BookIt, NotSentError
from bookit_async.fastapi_router import Seal, bookit_router, lifespan
from bookit_async.sandbox import Sandbox
from tests.conftest import ADA, NODE
from tests.serving import served

from .line import Line
from .page import SECRET, application, opened, wanted


async def test_a_browser_that_hangs_up_in_the_middle_leaves_a_booking_that_can_be_seen(
    far_client: BookIt, line: Line, sandbox: Sandbox
) -> None:
    async with served(application(far_client)) as url, httpx.AsyncClient(base_url=url) as http:
        offered = await http.post("/bookit/offers", json={"trigger_node": NODE, "prospect": ADA})
        offer = offered.json()["offer"]
        body = json.dumps(wanted(offer)).encode()
        _, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        headers = f"Host: x\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
        writer.write(f"POST /bookit/bookings HTTP/1.1\r\n{headers}\r\n\r\n".encode() + body)
        await line.reached.wait()
        writer.close()
        await writer.wait_closed()
        line.gate.set()
        found = await http.post("/bookit/offers/refresh", json={"offer_id": offer["offer_id"]})
        assert found.json()["outcome"] == "booked"
        assert (await http.post("/bookit/bookings", json=wanted(offer))).json() == found.json()["booking"]
    assert len(sandbox.meetings) == 1


async def test_stopping_waits_for_a_booking_under_way(far_client: BookIt, line: Line, sandbox: Sandbox) -> None:
    app = application(far_client)
    async with opened(app) as page:
        offer = await page.offer()
        async with app.router.lifespan_context(app):
            request = asyncio.create_task(page.http.post("/bookit/bookings", json=wanted(offer)))
            await line.reached.wait()
            request.cancel()
            asyncio.get_running_loop().call_later(0.01, line.gate.set)
    assert len(sandbox.meetings) == 1


async def test_stopping_does_not_wait_for_ever(line: Line, sandbox: Sandbox) -> None:
    impatient = BookIt(sandbox.api_key, transport=line, grace=0.01)
    app = application(impatient, patience=0.01)
    async with opened(app) as page:
        offer = await page.offer()
        async with app.router.lifespan_context(app):
            request = asyncio.create_task(page.http.post("/bookit/bookings", json=wanted(offer)))
            await line.reached.wait()
        with pytest.raises(asyncio.CancelledError):
            await request
    assert not sandbox.meetings


async def test_the_lifespan_opens_a_client_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with Sandbox(seed=1) as sandbox:
        monkeypatch.setenv("BOOKIT_API_KEY", sandbox.api_key)
        monkeypatch.setenv("BOOKIT_BASE_URL", sandbox.url)
        monkeypatch.setenv("BOOKIT_WEB_SECRETS", SECRET)
        app = FastAPI(lifespan=lifespan())
        app.include_router(bookit_router(trigger_nodes=[NODE]))
        async with served(app) as url, httpx.AsyncClient(base_url=url) as http:
            assert (await http.get("/inputs", params={"trigger_node": NODE})).status_code == 200
        with pytest.raises(NotSentError):
            await app.state.bookit.meeting("any")


async def test_a_lifespan_of_ones_own_runs_inside_and_may_use_the_client(sandbox: Sandbox) -> None:
    seen: list[str] = []

    class Seen(BookIt):
        async def close(self) -> None:
            seen.append("closed")
            await super().close()

    @asynccontextmanager
    async def own(app: FastAPI) -> AsyncGenerator[Mapping[str, Any]]:
        seen.append((await app.state.bookit.inputs(NODE)).name)
        yield {"colour": "blue"}
        seen.append("left")

    client = Seen(sandbox.api_key, transport=sandbox.transport)
    app = FastAPI(lifespan=lifespan(lambda: client, around=own))
    app.include_router(bookit_router(trigger_nodes=[NODE], seal=Seal(SECRET)))
    async with app.router.lifespan_context(app) as state:
        assert state is not None
        assert {name: one for name, one in state.items() if not name.startswith("bookit")} == {"colour": "blue"}
        assert state["bookit"] is client
        async with opened(app) as page:
            assert (await page.http.get("/inputs", params={"trigger_node": NODE})).status_code == 200
    assert seen == [NODE, "left", "closed"]


async def test_a_client_that_does_not_close_holds_nothing_up(sandbox: Sandbox) -> None:
    class Stuck(BookIt):
        async def close(self) -> None:
            await asyncio.Event().wait()

    client = Stuck(sandbox.api_key, transport=sandbox.transport)
    app = FastAPI(lifespan=lifespan(lambda: client, closing=0.01))
    async with app.router.lifespan_context(app):
        pass


async def test_without_a_client_the_router_says_what_to_do() -> None:
    app = FastAPI()
    app.include_router(bookit_router(trigger_nodes=[NODE], seal=Seal(SECRET)))
    async with opened(app) as page:
        with pytest.raises(RuntimeError, match="lifespan"):
            await page.http.get("/inputs", params={"trigger_node": NODE})


@pytest.mark.parametrize("options", [{}, {"trigger_nodes": NODE}, {"links": "Em30rva"}])
def test_a_router_needs_something_to_book_through(options: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        bookit_router(seal=Seal(SECRET), **options)


async def test_the_lifespan_opens_a_connection_ahead_and_starts_without_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    connections: list[asyncio.StreamWriter] = []
    server = await asyncio.start_server(lambda _, writer: connections.append(writer), "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    app = FastAPI(lifespan=lifespan(lambda: BookIt("key", base_url=url)))
    async with app.router.lifespan_context(app):
        await asyncio.sleep(0)
        assert len(connections) == 1
    server.close()
    connections[0].close()
    async with app.router.lifespan_context(app):
        assert "the application starts without a connection to BookIt: the connection was refused" in caplog.text
