"""What is raced does run, and our client and the peers send the same."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from attrs import asdict

from benchmarks import calls, chain, far_away, plain, round_trips, router, sandbox_speed, watched
from benchmarks.contest import Finding, ratios
from benchmarks.delay import DELAY, delaying
from benchmarks.gate import Canned
from benchmarks.growth import datetimes
from benchmarks.measures import durations
from benchmarks.pages import ANSWER, API_KEY, LARGE_HOSTS, LARGE_SLOTS, QUESTION, TIMEZONE, TOKEN, page, page_bytes
from benchmarks.reading import offer_of
from benchmarks.report import line, markdown
from benchmarks.server import Connection, prepared_answers
from bookit_async import BookIt, Offer, WireRequest, WireResponse, earliest

Contestant = Callable[..., AsyncGenerator[float]]


@pytest.fixture
async def url() -> AsyncIterator[str]:
    answers = prepared_answers()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(answers), "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize("contestant", [calls.ours, calls.ours_by_operation, chain.ours, plain.calls, plain.chains])
async def test_a_client_is_measured_at_any_concurrency(
    url: str, contestant: Callable[..., AsyncGenerator[float]]
) -> None:
    for concurrency in (1, 3):
        measures = contestant(url, concurrency, seconds=0.01)
        assert await anext(measures) > 0
        await measures.aclose()


async def test_the_sandbox_is_measured() -> None:
    measures = sandbox_speed.ours()
    assert await anext(measures) > 0
    await measures.aclose()


@pytest.mark.parametrize("contestant", [router.sdk, router.offers, watched.bare, watched.watched])
async def test_what_needs_no_server_is_measured(contestant: Contestant) -> None:
    measures = contestant(seconds=0.01)
    assert await anext(measures) > 0
    await measures.aclose()


async def test_an_offer_of_327_slots_is_less_than_ten_kilobytes() -> None:
    answer = await router.asking().offer()
    offer = orjson.loads(answer)["offer"]
    assert len(offer["slots"]["starts"]) == router.SLOTS
    assert len(offer["teams"]) == router.HOSTS
    assert len(answer) < 10_000


async def test_the_peer_sends_the_same_body() -> None:
    class Recording(Canned):
        sent: bytes | None = None

        async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
            self.sent = request.content
            return await super().send(request, timeout=timeout)

    transport = Recording(page_bytes(100, 5))
    client = BookIt(API_KEY, base_url="http://localhost", transport=transport)
    offer = await client.availability(token=TOKEN)
    assert isinstance(offer, Offer)
    await offer.book(earliest(), timezone=TIMEZONE, answers={QUESTION: ANSWER})
    small = page(100, 5)
    assert transport.sent == orjson.dumps(plain.booking(small, small["availability"]["timeSlots"][0], TOKEN))


def test_the_large_page_is_as_large_as_it_is_said_to_be() -> None:
    content = page_bytes(LARGE_SLOTS, LARGE_HOSTS)
    offer = offer_of(content)
    assert (len(content) // 1024, len(offer.slots), len(offer.hosts)) == (494, 1_920, 50)
    assert {len(slot.host_ids) for slot in offer.slots} == {50}
    assert next(durations(lambda: offer, seconds=0.001)) > 0


def test_datetimes_are_counted() -> None:
    assert next(datetimes()) >= 1


def kept(*findings: Finding, cpu: str = "slow") -> dict[str, Any]:
    """A row as it stands in results.json."""
    row: dict[str, Any] = json.loads(json.dumps({"machine": {"cpu": cpu}, "findings": [*map(asdict, findings)]}))
    return row


def test_rows_of_another_machine_have_a_table_of_their_own() -> None:
    figure = Finding(what="figure", beside="nothing", values=(7,))
    text = markdown({"one": kept(figure), "two": kept(figure), "three": kept(figure, cpu="fast")})
    assert text.count("| what |") == 2
    assert text.index("cpu slow") < text.index("cpu fast")


def test_a_finding_tells_its_median_its_spread_and_whether_the_target_is_met() -> None:
    values = ratios({"ours": [1, 4, 9], "theirs": [1, 2, 3]}, "ours", "theirs")
    slow = Finding(what="rate", beside="another", values=values, at_least=2.5, short_of_it="it does more")
    fast = Finding(what="time", beside="another", values=values, at_most=2.5)
    figure = Finding(what="figure", beside="nothing", values=(7,))
    assert [(one.median, one.spread, one.met) for one in (slow, fast, figure)] == [
        (2, (1.5, 2.5), False),
        (2, (1.5, 2.5), True),
        (7, (7, 7), None),
    ]
    assert "[at least 2.5: MISSED]" in line(slow)
    assert line(figure).endswith("beside nothing")
    table = markdown({"row": kept(slow, fast, figure)})
    assert table.endswith("\n- rate (2.00): it does more.\n")
    assert "misses" not in markdown({"row": kept(fast, figure)})
    assert "| time | another | 2.00 | 1.50 to 2.50 | at most 2.5 | yes |" in table


async def test_round_trips_are_measured(tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    answers = prepared_answers()
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(answers), "127.0.0.1", 0, ssl=far_away.server_side(file)
    )
    async with server, delaying(server.sockets[0].getsockname()[1]) as port:
        url = f"https://127.0.0.1:{port}"
        for contestant, least in (
            (round_trips.cold(url, str(file)), 4),
            (round_trips.connected(url, str(file)), 2),
            (round_trips.thoughtful(url, str(file), thought=0), 1),
        ):
            assert await anext(contestant) >= least
            await contestant.aclose()
        await asyncio.sleep(4 * DELAY)
