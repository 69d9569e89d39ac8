"""The server for agents over streamable HTTP, to be mounted in an application behind its own authorization."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import asynccontextmanager

from attrs import field, frozen
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

from ..client import BookIt
from ..desk.sealing import Seal
from ..durable import Durable
from .allowlist import EntryPoints, read_allowlist
from .confirmations import Confirmations
from .office import READS, Office
from .server import booking_server


@frozen(kw_only=True)
class AgentApp:
    """An ASGI application: `app.mount("/mcp", agents)`, and `FastAPI(lifespan=agents.lifespan)`.

    A lifespan of your own enters it: `async with agents.lifespan(app): ...`, after the client and the store are open.
    """

    served: Starlette = field(repr=False)
    confirmations: Confirmations = field(repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        await self.served(scope, receive, send)

    @asynccontextmanager
    async def lifespan(self, _: object = None) -> AsyncGenerator[None]:
        """Serve for as long as this is open."""
        await self.confirmations.open()
        try:
            async with self.served.router.lifespan_context(self.served):
                yield
        finally:
            await self.confirmations.close()


def mcp_app(
    client: BookIt,
    durable: Durable,
    *,
    database: str,
    secrets: Sequence[str],
    nodes: EntryPoints = (),
    links: EntryPoints = (),
    redirects: Collection[str] = (),
    confirmed_by_host: bool = False,
    allowed_hosts: Collection[str] = (),
    seal: Seal | None = None,
) -> AgentApp:
    """Return the server for agents as an application, for one that has authorized the request already.

    Args:
        client: Looks, moves and cancels. It is not closed here.
        durable: Stores the bookings. The application opens and closes it.
        database: That of *durable*: what people said to proposals is kept there, too.
        secrets: Seal ids, and what a client hands back: texts of at least 32 characters, the same for all processes.
        nodes: Names of the trigger nodes that agents may use, or for each what it is for.
        links: Ids of the BookIt Links, likewise.
        redirects: Hosts of which a whole URL is told where routing redirects to them; of others the host alone is.
        confirmed_by_host: Whether the host's own question before a call counts as a person's answer. Only for hosts of
            which you know that they ask.
        allowed_hosts: What the Host header of a request may be, such as `app.example.com`; empty for this machine only.
        seal: Seals the ids; None makes one with *secrets*.

    InvalidInputError for what cannot be used.
    """
    allowlist = read_allowlist(nodes, links, redirects)
    confirmations = Confirmations(database)

    async def opened() -> Durable:
        return durable

    office = Office(
        client=client.with_options(deadline=min(READS, client.settings.deadline)),
        durable=opened,
        confirmations=confirmations,
        seal=Seal(secrets) if seal is None else seal,
        allowlist=allowlist,
        confirmed_by_host=confirmed_by_host,
    )
    hosts = [*allowed_hosts]
    security = TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts or ["127.0.0.1:*", "localhost:*", "[::1]:*"],
        allowed_origins=[f"{scheme}://{host}" for host in hosts or ["127.0.0.1:*"] for scheme in ("https", "http")],
    )
    server = booking_server(office, secrets=secrets)
    return AgentApp(
        served=server.streamable_http_app(streamable_http_path="/", transport_security=security),
        confirmations=confirmations,
    )
