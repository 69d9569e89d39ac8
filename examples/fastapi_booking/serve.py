"""Serve the booking page on the embedded sandbox, until Ctrl-C: `make example`, or `make example PORT=8000`.

On the real service, leave the sandbox and the outbox out: `booking_app(BookIt, site=…, seal=Seal())` under any ASGI
server, with BOOKIT_API_KEY and BOOKIT_WEB_SECRETS in the environment.
"""

import argparse
import asyncio
import secrets
import socket
import sys

import uvicorn
from attrs import evolve
from fastapi import FastAPI
from fastapi.responses import HTMLResponse

from bookit_async import BookIt, Transport
from bookit_async.fastapi_router import Cancellation, Seal
from bookit_async.sandbox import Sandbox, World, demo_world
from bookit_async.sandbox.world import Redirect

from .booking_app import LINKS, booking_app
from .outbox_page import elsewhere_page, outbox_page

ELSEWHERE = "/elsewhere"
"""Where the demo's redirects end."""


def demo_app(sandbox: Sandbox, *, site: str, transport: Transport | None = None) -> FastAPI:
    """Return the booking page of a sandbox in this process, with its outbox at `/outbox`."""
    line = sandbox.transport if transport is None else transport
    seal = Seal([secrets.token_urlsafe(32)], now=lambda: sandbox.clock().timestamp())
    reasons: list[str] = []

    def canceled(news: Cancellation) -> None:
        reasons.append(news.reason or "No reason was given.")

    app = booking_app(lambda: BookIt(sandbox.api_key, transport=line), site=site, seal=seal, on_canceled=canceled)

    @app.get("/outbox", include_in_schema=False)
    async def outbox() -> HTMLResponse:
        return HTMLResponse(outbox_page(sandbox.outbox, reasons))

    @app.get(ELSEWHERE, include_in_schema=False)
    async def elsewhere() -> HTMLResponse:
        return HTMLResponse(elsewhere_page())

    return app


def local_world(site: str) -> World:
    """Return the demo world, with redirects that end in this demo: the addresses of its company are nobody's."""
    world = demo_world()
    nodes = tuple(
        evolve(
            node,
            rules=tuple(
                evolve(rule, then=Redirect(url=f"{site}{ELSEWHERE}")) if isinstance(rule.then, Redirect) else rule
                for rule in node.rules
            ),
        )
        for node in world.nodes
    )
    kinds = tuple(
        evolve(kind, redirect_url=f"{site}{ELSEWHERE}") if kind.redirect_url else kind for kind in world.meeting_types
    )
    return evolve(world, nodes=nodes, meeting_types=kinds)


def listen(host: str, port: int) -> tuple[socket.socket, str]:
    """Return a listener for a server, and the URL of what it serves.

    It names the protocol, without which asyncio leaves Nagle's algorithm on: every larger answer on a kept connection
    would wait 40 ms for the browser's acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener, f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"


async def main(host: str, port: int) -> None:
    listener, site = listen(host, port)
    app = demo_app(Sandbox(local_world(site), tcp=False), site=site)
    print(
        f"Booking page:      {site}/\n"
        f"By a BookIt Link:  {site}/?link={LINKS[1]}\n"
        f"The mails:         {site}/outbox\n"
        f"OpenAPI:           {site}/openapi.json\n\n"
        "The number of employees decides: from 1,000 on you meet one host, from 50 on one of a pool, and with fewer\n"
        "you are sent to another page. A free-mail address is not routed. Ctrl-C stops it.",
        flush=True,
    )
    await uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).serve(sockets=[listener])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Serve the booking page on the embedded sandbox.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    options = parser.parse_args()
    try:
        asyncio.run(main(options.host, options.port))
    except KeyboardInterrupt:
        sys.exit(0)
