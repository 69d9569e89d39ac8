"""An offer of 327 slots and four hosts, from the service's answer to what a browser gets: the router's share of it."""

import asyncio
import json
from collections.abc import AsyncGenerator, Iterator, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from fastapi import FastAPI

from bookit_async import BookIt, Offer, WireRequest, WireResponse
from bookit_async._generated.api import OPERATIONS
from bookit_async.fastapi_router import Seal, bookit_router

from .calls import SECONDS
from .contest import Contestant, Finding, race, ratios
from .measures import rates
from .pages import API_KEY, NODE, PROSPECT, routed_bytes

SLOTS, HOSTS = 327, 4
SECRET = "uN3q-b7Yk2vTz5Rw9Xc1Lm4Jd6Hs8Gf0"  # noqa: S105 - of a benchmark


class Answering:
    """A transport that has the answers ready, so that nothing but this process is measured."""

    def __init__(self, slots: int = SLOTS, hosts: int = HOSTS) -> None:
        declared = [
            {"name": name, "type": "DOUBLE" if isinstance(value, int) else "STRING"} for name, value in PROSPECT.items()
        ]
        inputs = json.dumps({"name": NODE, "inputs": declared}).encode()
        answers = {"retrieveInputs": inputs, "routeAndFetchAvailability": routed_bytes(slots, hosts)}
        self._answers = {OPERATIONS[name].path: body for name, body in answers.items()}

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002
        """Return the answer to a request, by its path."""
        return WireResponse(200, {}, self._answers[urlsplit(request.url).path])

    async def close(self) -> None: ...


def client() -> BookIt:
    """Return a client for which everything is answered."""
    return BookIt(API_KEY, base_url="http://localhost", transport=Answering())


async def sdk(seconds: float = SECONDS) -> AsyncGenerator[float]:
    """Measure the seconds of `client.route`, with the slots counted."""
    bookit = client()
    await bookit.inputs(NODE)

    async def route() -> None:
        offer = await bookit.route(NODE, PROSPECT)
        assert isinstance(offer, Offer)
        assert len(offer.slots) == SLOTS

    async for rate in rates(route, concurrency=1, seconds=seconds):
        yield 1 / rate


class Asking:
    """Asks an application without a server and a network between: all of the time is the application's."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._body = json.dumps({"trigger_node": NODE, "prospect": PROSPECT}).encode()

    async def offer(self) -> bytes:
        """Return what `POST /offers` answers."""
        parts: list[bytes] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": self._body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            assert message.get("status", 200) == 200
            parts.append(message.get("body", b""))

        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/offers",
            "raw_path": b"/offers",
            "query_string": b"",
            "root_path": "",
            "headers": [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(self._body))],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await self._app(scope, receive, send)
        return b"".join(parts)


def asking() -> Asking:
    """Return what asks an application with the router."""
    app = FastAPI()
    app.include_router(bookit_router(trigger_nodes=[NODE], seal=Seal(SECRET)))
    app.state.bookit = client()
    return Asking(app)


async def offers(seconds: float = SECONDS) -> AsyncGenerator[float]:
    """Measure the seconds of one `POST /offers`, the call of the SDK in it."""
    asked = asking()
    await asked.offer()
    async for rate in rates(asked.offer, concurrency=1, seconds=seconds):
        yield 1 / rate


def kilobytes() -> Iterator[float]:
    """Yield the size of the answer; for ever."""
    size = len(asyncio.run(asking().offer())) / 1000
    while True:
        yield size


def run(*, turns: int) -> list[Finding]:
    """Race the router and the SDK in it."""
    contestants = [Contestant(name=name, source=f"router:{name}") for name in ("offers", "sdk", "kilobytes")]
    found = race(contestants, turns=turns)
    what = f"POST /offers of the router, {SLOTS} slots of {HOSTS} hosts"
    return [
        Finding(
            what=f"kilobytes of the answer to {what}", beside="nothing", values=tuple(found["kilobytes"]), at_most=10
        ),
        Finding(
            what=f"milliseconds of {what}",
            beside="nothing: a time, and not a ratio, for a worker has so much for a visitor",
            values=tuple(one * 1000 for one in found["offers"]),
            at_most=3,
        ),
        Finding(
            what=f"time of {what}",
            beside="client.route alone, of the same answer",
            values=ratios(found, "offers", "sdk"),
        ),
    ]
