"""Round trips of a booking over TLS, told by the time that a relay makes each take: cold, connected, after thought.

Each measure is the time divided by that of a round trip. What is more than the whole number is the work of both ends.
"""

import asyncio
import ssl
import sys
import tempfile
from collections.abc import AsyncGenerator, Awaitable
from pathlib import Path
from time import perf_counter

from bookit_async import Booked, BookIt, Offer

from .contest import Contestant, Finding, race, started
from .delay import DELAY
from .pages import ANSWER, API_KEY, NODE, PROSPECT, QUESTION, TIMEZONE, TOKEN

THOUGHT = 20.0
"""Seconds between the look at the slots and the booking."""
TURNS = 3
"""At most, for most of the time is waiting."""


def trust(file: str) -> None:
    """Have aiohttp trust a certificate."""
    import aiohttp.connector

    context: ssl.SSLContext = vars(aiohttp.connector)["_SSL_CONTEXT_VERIFIED"]
    context.load_verify_locations(file)


async def round_trips(doing: Awaitable[object]) -> float:
    """Return how many round trips something takes."""
    began = perf_counter()
    await doing
    return (perf_counter() - began) / (2 * DELAY)


def _client(url: str) -> BookIt:
    return BookIt(API_KEY, base_url=url, check_inputs=False, trust_env=False)


async def _book(client: BookIt) -> None:
    outcome = await client.book(NODE, PROSPECT, timezone=TIMEZONE, answers={QUESTION: ANSWER})
    assert isinstance(outcome, Booked)


async def cold(url: str, file: str) -> AsyncGenerator[float]:
    """Book with a new client: connecting, TLS, the routing, the booking."""
    trust(file)
    while True:
        async with _client(url) as client:
            yield await round_trips(_book(client))


async def connected(url: str, file: str) -> AsyncGenerator[float]:
    """Book with a new client after `client.connect()`."""
    trust(file)
    while True:
        async with _client(url) as client:
            await client.connect()
            yield await round_trips(_book(client))


async def thoughtful(url: str, file: str, thought: float = THOUGHT) -> AsyncGenerator[float]:
    """Book a slot of an offer some time after it was looked at."""
    trust(file)
    while True:
        async with _client(url) as client:
            offer = await client.availability(token=TOKEN)
            assert isinstance(offer, Offer)
            await asyncio.sleep(thought)
            slot = offer.slots[0]
            yield await round_trips(offer.book(slot, timezone=TIMEZONE, answers={QUESTION: ANSWER}))


def run(*, turns: int) -> list[Finding]:
    """Count them beside the peers."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "certificate.pem"
        with started("benchmarks.far_away", str(file), python=Path(sys.executable)) as process:
            assert process.stdout
            arguments = {"url": f"https://127.0.0.1:{int(process.stdout.readline())}", "file": str(file)}
            sources = {
                "cold": "round_trips:cold",
                "connected": "round_trips:connected",
                "thoughtful": "round_trips:thoughtful",
                "aiohttp": "peers.round_trips:plain_aiohttp",
                "httpx": "peers.round_trips:plain_httpx",
                "stainless": "peers.round_trips:stainless",
            }
            contestants = [Contestant(name=name, source=one, arguments=arguments) for name, one in sources.items()]
            found = race(contestants, turns=min(turns, TURNS))
    after = f"a booking after {THOUGHT:.0f} s of thought"
    return [
        Finding(what="round trips over TLS of client.book, cold", beside="one", values=(*found["cold"],), at_most=4.5),
        Finding(
            what="round trips over TLS of client.book after client.connect()",
            beside="one",
            values=(*found["connected"],),
            at_most=2.5,
        ),
        Finding(what=f"round trips over TLS of {after}", beside="one", values=(*found["thoughtful"],), at_most=1.5),
        *(
            Finding(what=f"round trips over TLS of the POST of {after}", beside=name, values=(*found[key],))
            for key, name in (
                ("aiohttp", "plain aiohttp, its defaults"),
                ("httpx", "plain httpx, its defaults"),
                ("stainless", "Stainless runtime (anthropic), its defaults"),
            )
        ),
    ]
