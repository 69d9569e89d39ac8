"""A server for agents over the sandbox, and a client of the official SDK that talks to it as a host does."""

from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal

import orjson
from attrs import define, field, frozen
from mcp import Client
from mcp.client.session import ElicitationFnT
from mcp.server import Server
from mcp_types import CallToolResult, ElicitRequestParams, ElicitResult, TextContent

from bookit_async import BookIt
from bookit_async.desk.sealing import Seal
from bookit_async.durable import Durable
from bookit_async.mcp.allowlist import read_allowlist
from bookit_async.mcp.confirmations import Confirmations
from bookit_async.mcp.office import Office
from bookit_async.mcp.server import booking_server
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE, NOW

SECRET = "kJ3n-8sQmZx_yW2pL0vTbR5cHdE7fGaU9iOqNw4"
ZONE = "America/Denver"
LINK = "Em30rva"
FORM = {"First Name": "Grace", "Last Name": "Hopper", "Email": "grace@navy.example"}
ERAS = ("legacy", "2026-07-28")


@define
class Watch:
    """Seconds since the epoch."""

    at: float = NOW.timestamp()

    def __call__(self) -> float:
        return self.at


@define
class Human:
    """The person before a host: says the same to every question, and remembers them."""

    says: Literal["accept", "decline", "cancel"] = "accept"
    ticks: bool = True
    asked: list[str] = field(factory=list[str])

    async def __call__(self, context: object, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG002 - as the SDK
        self.asked.append(params.message)
        content: dict[str, Any] | None = {"agree": self.ticks} if self.says == "accept" else None
        return ElicitResult(action=self.says, content=content)


@frozen
class Agent:
    """What a model can do: call tools, and read what they say."""

    client: Client

    async def call(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return what a tool gave; it must not have failed."""
        result = await self.client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        assert not result.is_error, result.structured_content
        return said(result)

    async def fail(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """Return the error that a tool gave."""
        result = await self.client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        assert result.is_error, result.structured_content
        return said(result)

    async def link_offer(self, link: str = LINK, **more: Any) -> dict[str, Any]:
        return await self.call("find_slots", link=link, timezone=ZONE, **more)

    async def proposal(self, place: int = 0, *, answers: Mapping[str, Any] = FORM, **more: Any) -> dict[str, Any]:
        """Return a proposal for a slot of the link."""
        offer = await self.link_offer()
        start = offer["slots"][place]["start"]
        given = {"offer_id": offer["offer_id"], "start": start, "timezone": ZONE, "answers": dict(answers), **more}
        return await self.call("propose_booking", **given)

    async def routed(self, prospect: Mapping[str, Any] = ADA) -> dict[str, Any]:
        return await self.call("route_prospect", trigger_node=NODE, prospect=dict(prospect), timezone=ZONE)


def said(result: CallToolResult) -> dict[str, Any]:
    (text,) = result.content
    assert isinstance(text, TextContent)
    content: dict[str, Any] = orjson.loads(text.text)
    assert content == result.structured_content
    return dict(content)


@define
class Desk:
    """A server, and what stands behind it."""

    server: Server[Any]
    sandbox: Sandbox
    office: Office
    durable: Durable
    watch: Watch

    @asynccontextmanager
    async def agent(
        self, human: ElicitationFnT | None = None, *, era: str = "legacy", **options: Any
    ) -> AsyncGenerator[Agent]:
        async with Client(self.server, elicitation_callback=human, mode=era, **options) as client:
            yield Agent(client)


@asynccontextmanager
async def desk(
    folder: Path,
    sandbox: Sandbox,
    *,
    client: BookIt | None = None,
    wrap: Callable[[Office], Office] = lambda office: office,
    worker: bool = True,
    confirmed_by_host: bool = False,
    redirects: tuple[str, ...] = (),
) -> AsyncGenerator[Desk]:
    """Open a server over a sandbox, with a SQLite file in a folder."""
    database = f"sqlite:///{folder / 'agents.db'}"
    bookit = client or BookIt(sandbox.api_key, transport=sandbox.transport)
    watch = Watch()
    confirmations = Confirmations(database)
    async with bookit, Durable(bookit, database=database, secrets=[SECRET], worker=worker, grace=0.1) as durable:

        async def opened() -> Durable:
            return durable

        await confirmations.open()
        office = wrap(
            Office(
                client=bookit,
                durable=opened,
                confirmations=confirmations,
                seal=Seal([SECRET], now=watch),
                allowlist=read_allowlist({NODE: "people who filled in the form"}, [LINK, "Pool4Mm"], redirects),
                confirmed_by_host=confirmed_by_host,
            )
        )
        try:
            yield Desk(booking_server(office, secrets=[SECRET]), sandbox, office, durable, watch)
        finally:
            await confirmations.close()
