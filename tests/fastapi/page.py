"""A booking page without a browser: it calls the router of a scratch application in process, and keeps every answer."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
from attrs import define, field
from fastapi import FastAPI

from bookit_async import BookIt
from bookit_async.fastapi_router import Seal, bookit_client, bookit_router
from tests.conftest import ADA, NODE

SECRET = "one-secret-of-at-least-32-characters"
BEN = {**ADA, "NumEmployees": 300}
"""Meets a pool."""
FORM = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}


@define
class Time:
    """Seconds since the epoch, as far as they are told."""

    now: float = datetime(2025, 5, 5, 12, tzinfo=UTC).timestamp()

    def __call__(self) -> float:
        return self.now


def application(bookit: BookIt, *, seal: Seal | None = None, **options: Any) -> FastAPI:
    app = FastAPI(title="Scratch", version="1")
    settings: dict[str, Any] = {
        "trigger_nodes": [NODE],
        "links": ["Em30rva", "Once7Kd", "Pool4Mm", "Many8Tx", "Gone0Xx"],
        **options,
    }
    app.include_router(bookit_router(seal=seal or Seal([SECRET], now=Time()), **settings), prefix="/bookit")
    app.dependency_overrides[bookit_client] = lambda: bookit
    return app


@define
class Page:
    """What was answered is in `seen`, for a look at what must not be in it."""

    http: httpx.AsyncClient
    seen: list[httpx.Response] = field(factory=list[httpx.Response])

    async def ask(self, path: str, body: object, *, status: int = 200) -> Any:
        """The JSON that a POST gives, with the status checked."""
        return self._kept(await self.http.post(f"/bookit/{path}", json=body), status)

    async def inputs(self, trigger_node: str, *, status: int = 200) -> Any:
        return self._kept(await self.http.get("/bookit/inputs", params={"trigger_node": trigger_node}), status)

    async def offer(self, prospect: dict[str, Any] | None = None) -> Any:
        """An offer for Ada, or for another prospect."""
        asked = {"trigger_node": NODE, "prospect": ADA if prospect is None else prospect}
        return (await self.ask("offers", asked))["offer"]

    async def link_offer(self, link_id: str) -> Any:
        return (await self.ask("offers", {"link_id": link_id}))["offer"]

    async def book(self, offer: Any, index: int = 0, *, status: int = 200, **more: Any) -> Any:
        return await self.ask("bookings", wanted(offer, index, **more), status=status)

    def _kept(self, response: httpx.Response, status: int) -> Any:
        self.seen.append(response)
        assert response.status_code == status, response.text
        assert response.headers["cache-control"] == "no-store"
        problem = status >= 400
        if response.content:
            assert response.headers["content-type"] == ("application/problem+json" if problem else "application/json")
        return response.json() if response.content else None


def slots(offer: Any) -> list[dict[str, Any]]:
    """Every slot of an offer, or of moves, as a page sends it back."""
    starts, lengths, teams = (offer["slots"][name] for name in ("starts", "lengths", "teams"))
    lengths, teams = (column * len(starts) if len(column) == 1 else column for column in (lengths, teams))
    return [
        {"start": start, "end": start + length, "hosts": offer["teams"][team]}
        for start, length, team in zip(starts, lengths, teams, strict=True)
    ]


def slot(offer: Any, index: int = 0) -> dict[str, Any]:
    return slots(offer)[index]


def iso(milliseconds: int) -> str:
    """An instant as a meeting tells it."""
    return f"{datetime.fromtimestamp(milliseconds / 1000, UTC):%Y-%m-%dT%H:%M:%SZ}"


def wanted(offer: Any, index: int = 0, **more: Any) -> dict[str, Any]:
    """The body that books a slot of an offer."""
    return {
        "offer_id": offer["offer_id"],
        "slot": slot(offer, index),
        "pooled": offer["pooled"],
        "timezone": "Europe/London",
        "answers": FORM,
        **more,
    }


@asynccontextmanager
async def opened(app: FastAPI) -> AsyncGenerator[Page]:
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://page.example") as http:
        yield Page(http)
