"""Calls a second: the booking POST, at 1, 100 and 1,000 concurrent callers over 100 connections."""

from collections.abc import AsyncGenerator

from attrs import evolve

from bookit_async import Booked, BookIt, Offer
from bookit_async._generated.models import SelectedTime, UserField

from .contest import Contestant, Finding, Turns, race, ratios, serving
from .measures import rates
from .pages import ANSWER, API_KEY, QUESTION, TIMEZONE, TOKEN

CONNECTIONS = 100
SECONDS = 0.5
SLOT = 50
"""Which of the page's slots is booked, by index."""
OURS = {"operation": "client.api.book_meeting", "ours": "Offer.book"}
"""What is called, by contestant: the bare POST, which is what the peers do, and the booking that does more."""


async def ours(url: str, concurrency: int, seconds: float = SECONDS) -> AsyncGenerator[float]:
    """`Offer.book`, as most programs use it: the form is filled and checked, the answer becomes a `Booked`."""
    async with BookIt(API_KEY, base_url=url, max_connections=CONNECTIONS) as client:
        offer = await client.availability(token=TOKEN)
        assert isinstance(offer, Offer)
        slot, answers = offer.slots[SLOT], {QUESTION: ANSWER}

        async def book() -> None:
            assert isinstance(await offer.book(slot, timezone=TIMEZONE, answers=answers), Booked)

        async for rate in rates(book, concurrency=concurrency, seconds=seconds):
            yield rate


async def ours_by_operation(url: str, concurrency: int, seconds: float = SECONDS) -> AsyncGenerator[float]:
    """`client.api.book_meeting`, the generated operation, without what booking exactly once takes."""
    async with BookIt(API_KEY, base_url=url, max_connections=CONNECTIONS) as client:
        offer = await client.availability(token=TOKEN)
        assert isinstance(offer, Offer)
        slot = offer.slots[SLOT]
        values = {**offer.prefill, QUESTION: ANSWER}

        async def book() -> None:
            time = SelectedTime(start_time=slot.start_milliseconds, end_time=slot.end_milliseconds, timezone=TIMEZONE)
            fields = [
                UserField(name=one.name, type_=one.type, value=values.get(one.name, [])) for one in offer.form_fields
            ]
            booked = await client.api.book_meeting(scheduled_time=time, user_fields=fields, token=TOKEN)
            assert booked.meeting_id

        async for rate in rates(book, concurrency=concurrency, seconds=seconds):
            yield rate


def run(*, turns: int) -> list[Finding]:
    """Race the clients."""
    with serving() as url:
        return [*_hundred(url, turns), *_one(url, turns), *_thousand(url, turns)]


def _contestants(url: str, concurrency: int, *names: str) -> list[Contestant]:
    sources = {
        "ours": "calls:ours",
        "operation": "calls:ours_by_operation",
        "plain": "plain:calls",
        "stainless": "peers.stainless:calls",
        "stainless over aiohttp": "peers.stainless:calls_over_aiohttp",
    }
    arguments = {"url": url, "concurrency": concurrency}
    return [Contestant(name=name, source=sources[name], arguments=arguments) for name in names]


BOOKED_ONCE = (
    "a booking has a task of its own, so that a cancelled caller leaves none half sent: alone nearly half of what "
    "the target leaves. The form filled and checked, the ledger that tells two equal bookings apart, the look at a "
    "kept connection before a write and the deadline take the other half several times over"
)
"""Why `Offer.book` takes more than a plain POST."""
PLAIN = "plain aiohttp: the body built from slot and answers, orjson both ways, status checked, answer into a dataclass"


def _beside(
    found: Turns, concurrency: int, peer: str, does: str, at_least: float, *, booked: float | None = None
) -> list[Finding]:
    """Hold both of ours to the same target, or `Offer.book` to one of its own."""
    return [
        Finding(
            what=f"rate of {name}, {concurrency:,} concurrent",
            beside=does,
            values=ratios(found, mine, peer),
            at_least=at_least if mine == "operation" or booked is None else booked,
            short_of_it=BOOKED_ONCE if mine == "ours" else "",
        )
        for mine, name in OURS.items()
    ]


def _one(url: str, turns: int) -> list[Finding]:
    return _beside(race(_contestants(url, 1, *OURS, "plain"), turns=turns), 1, "plain", PLAIN, 0.75)


def _hundred(url: str, turns: int) -> list[Finding]:
    found = race(_contestants(url, 100, *OURS, "plain", "stainless", "stainless over aiohttp"), turns=turns)
    does = "same body as a dict, answer into its BaseModel"
    installed = f"Stainless runtime as installed (anthropic, httpx2): {does}"
    over_aiohttp = f"Stainless runtime with its aiohttp client: {does}"
    return [
        *_beside(found, 100, "plain", PLAIN, 0.75),
        *_beside(found, 100, "stainless", installed, 5),
        *_beside(found, 100, "stainless over aiohttp", over_aiohttp, 2.5),
    ]


def _thousand(url: str, turns: int) -> list[Finding]:
    hundreds = [evolve(one, name=f"{one.name} at 100") for one in _contestants(url, 100, *OURS)]
    found = race([*_contestants(url, 1000, *OURS, "plain"), *hundreds], turns=turns)
    return [
        *_beside(found, 1000, "plain", PLAIN, 0.75, booked=0.6),
        *(
            Finding(
                what=f"rate of {name}, 1,000 concurrent over 100 connections",
                beside="the same at 100 concurrent",
                values=ratios(found, one, f"{one} at 100"),
                at_least=0.85,
            )
            for one, name in OURS.items()
        ),
    ]
