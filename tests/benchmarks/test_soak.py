"""The soak sees what is left behind."""

import asyncio

import pytest
from attrs import evolve

from benchmarks.pages import API_KEY, TOKEN
from benchmarks.server import prepared_answers
from benchmarks.soak import Figures, Soak, broken
from benchmarks.spoiling import GATHERED, SpoiledConnection, Spoiler
from bookit_async import BookIt, Offer

CLEAN = Figures(
    calls=10,
    cancelled=1,
    failed=1,
    resident=(900, 1000, 1040),
    tasks=0,
    sockets=100,
    sockets_left=0,
    unsettled=0,
    gathered=100,
)


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (CLEAN, []),
        (evolve(CLEAN, resident=(900, 1000, 1051)), ["memory grew by 5.1%"]),
        (evolve(CLEAN, tasks=2), ["2 tasks are left"]),
        (evolve(CLEAN, sockets=101), ["101 sockets are open, of 100 at most"]),
        (evolve(CLEAN, sockets_left=1), ["1 sockets stayed open after close()"]),
        (evolve(CLEAN, unsettled=3), ["3 bookings could not be settled"]),
        (evolve(CLEAN, gathered=99), ["only 99 of 100 callers were given a connection at the same time"]),
    ],
)
def test_whatever_is_left_behind_breaks_it(figures: Figures, said: list[str]) -> None:
    assert broken(figures) == said


@pytest.mark.parametrize(("connections", "seconds"), [(GATHERED, 10.0), (GATHERED - 1, 0.3)])
async def test_one_connection_less_in_the_pool_is_seen(connections: int, seconds: float) -> None:
    answers, spoiler = prepared_answers(), Spoiler(0)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SpoiledConnection(answers, spoiler), "127.0.0.1", 0, backlog=GATHERED)
    port = server.sockets[0].getsockname()[1]
    async with server, BookIt(API_KEY, base_url=f"http://127.0.0.1:{port}", max_connections=connections) as client:
        offer = await client.availability(token=TOKEN)
        assert isinstance(offer, Offer)
        gathered = await Soak(client, offer).gather(seconds=seconds)
        assert (gathered == GATHERED) == (connections == GATHERED)
