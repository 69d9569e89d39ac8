"""The whole chain: route a prospect, choose the earliest of 100 slots, book it; 100 at a time."""

from collections.abc import AsyncGenerator

from bookit_async import Booked, BookIt

from .calls import CONNECTIONS, SECONDS
from .contest import Contestant, Finding, race, ratios, serving
from .measures import rates
from .pages import ANSWER, API_KEY, NODE, PROSPECT, QUESTION, TIMEZONE


async def ours(url: str, concurrency: int, seconds: float = SECONDS) -> AsyncGenerator[float]:
    """`client.book`, which makes two calls."""
    async with BookIt(API_KEY, base_url=url, max_connections=CONNECTIONS) as client:
        answers = {QUESTION: ANSWER}

        async def chain() -> None:
            assert isinstance(await client.book(NODE, PROSPECT, timezone=TIMEZONE, answers=answers), Booked)

        async for rate in rates(chain, concurrency=concurrency, seconds=seconds):
            yield rate


def run(*, turns: int) -> list[Finding]:
    """Race the chains."""
    with serving() as url:
        arguments = {"url": url, "concurrency": 100}
        contestants = [
            Contestant(name="ours", source="chain:ours", arguments=arguments),
            Contestant(name="plain", source="plain:chains", arguments=arguments),
        ]
        found = race(contestants, turns=turns)
    return [
        Finding(
            what="rate of client.book (a page of 100 slots), 100 concurrent",
            beside="plain aiohttp: the same two calls, orjson both ways, the earliest slot chosen among dicts",
            values=ratios(found, "ours", "plain"),
            at_least=0.65,
        )
    ]
