"""Scenes that several suites play: every way to book, over a network that loses what a plan says."""

import asyncio
from collections.abc import Callable
from typing import Any

from bookit_async import Booked, BookIt, LegacyRouted, Offer
from bookit_async.sandbox import Sandbox

from .clock import Clock
from .conftest import ADA, NODE, NOW
from .flaky import Fault, Flaky

ZONE = "America/Los_Angeles"
POOL = {**ADA, "NumEmployees": 300}
ANSWERS = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}


async def with_params(client: BookIt, prospect: dict[str, Any]) -> Any:
    routed = await client.legacy.route(NODE, prospect)
    assert isinstance(routed, LegacyRouted)
    return await client.legacy.book(routed.params, timezone=ZONE)


Mode = Callable[[BookIt], Any]
MODES: dict[str, Mode] = {
    "token": lambda client: client.book(NODE, ADA, timezone=ZONE),
    "pool": lambda client: client.book(NODE, POOL, timezone=ZONE),
    "link": lambda client: client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS),
    "pooled link": lambda client: client.book_link("Pool4Mm", timezone=ZONE, answers=ANSWERS),
    "single-use link": lambda client: client.book_link("Once7Kd", timezone=ZONE, answers=ANSWERS),
    "params": lambda client: with_params(client, ADA),
    "pooled params": lambda client: with_params(client, POOL),
}


def sandbox_of() -> Sandbox:
    return Sandbox(now=lambda: NOW, seed=1, tcp=False)


def flaky(*plan: Fault, on: str = "meeting", method: str = "", **options: Any) -> tuple[BookIt, Sandbox, Flaky, Clock]:
    sandbox, clock = sandbox_of(), Clock()
    transport = Flaky(sandbox.transport, plan, on=on, method=method)
    client = BookIt(
        sandbox.api_key,
        transport=transport,
        clock=clock,
        now=clock.wall,
        sleep=clock.sleep,
        jitter=lambda: 1.0,
        **options,
    )
    return client, sandbox, transport, clock


def bookings(transport: Flaky) -> int:
    return sum(one in ("POST meeting", "POST round-robin-meeting") for one in transport.sent)


async def someone_else_books(sandbox: Sandbox, slot: Any) -> None:
    other = BookIt(sandbox.api_key, transport=sandbox.transport)
    offer = await other.route(NODE, {**ADA, "Email": "grace@engines.example"})
    assert isinstance(offer, Offer)
    assert isinstance(await offer.book(slot, timezone=ZONE), Booked)


async def booking_sent(transport: Flaky) -> None:
    while bookings(transport) == 0:  # noqa: ASYNC110 - counting turns of the loop, not time
        await asyncio.sleep(0)
