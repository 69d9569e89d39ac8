"""How fast all workers may go together: the shares, the room in one worker, and what each request passes."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from bookit_async import BookIt, NotSentError, RetryPolicy
from bookit_async.durable.gate import AGAIN, RUN, PassedOnError, StoreGate
from bookit_async.durable.pace import FULL, LEAST, is_complaint, next_share, room_of_each
from bookit_async.durable.room import Room
from bookit_async.durable.sealing import Vault
from bookit_async.durable.store import Store, StoreLostError
from bookit_async.exchange.gates import GatedTransport
from bookit_async.sandbox import Sandbox
from bookit_async.transports import WireRequest

from ..conftest import ADA, NODE
from ..flaky import Flaky
from .engine import SECRET

LOOK = WireRequest(method="GET", url="https://x/v1/meeting/a", headers={})
BOOK = WireRequest(method="POST", url="https://x/v1/round-robin-meeting", headers={})


@pytest.mark.parametrize(
    ("share", "complaints", "answers", "after"),
    [
        (FULL, 0, 9, FULL),
        (FULL, 1, 9, 0.5),
        (0.5, 0, 9, 0.6),
        (0.5, 0, 0, 0.5),
        (0.95, 0, 1, FULL),
        (LEAST, 3, 0, LEAST),
    ],
)
def test_complaints_halve_the_share_and_good_answers_raise_it_by_a_tenth(
    share: float, complaints: int, answers: int, after: float
) -> None:
    assert next_share(share, complaints=complaints, answers=answers) == pytest.approx(after)


@pytest.mark.parametrize(
    ("concurrency", "share", "workers", "each"), [(50, 1.0, 1, 50), (50, 0.5, 2, 13), (1, 1.0, 3, 1), (8, 0.0625, 0, 1)]
)
def test_workers_share_the_room_evenly_and_each_has_some(
    concurrency: int, share: float, workers: int, each: int
) -> None:
    assert room_of_each(concurrency, share, workers) == each


def test_only_429_and_5xx_are_complaints() -> None:
    assert [status for status in (200, 400, 404, 429, 499, 500, 503, 599, 600) if is_complaint(status)] == [
        429,
        500,
        503,
        599,
    ]


async def test_a_room_lets_in_as_many_as_it_has_room_for_in_their_order() -> None:
    room, inside, came = Room(1), 0, list[int]()
    most = 0

    async def visit(number: int) -> None:
        nonlocal inside, most
        async with room:
            came.append(number)
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*map(visit, range(5)))
    assert (came, most) == ([0, 1, 2, 3, 4], 1)
    room.resize(3)
    await asyncio.gather(*map(visit, range(5)))
    assert most == 3


async def test_a_room_that_is_closed_lets_nobody_in_and_says_when_it_is_empty() -> None:
    room = Room(1)
    async with room:
        waiting = asyncio.create_task(room.__aenter__())
        await asyncio.sleep(0)
        room.close()
        await room.emptied(within=0.001)
    await room.emptied(within=1.0)
    await asyncio.sleep(0)
    assert not waiting.done()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_who_is_cancelled_while_somebody_leaves_is_passed_over() -> None:
    room = Room(1)
    await room.__aenter__()
    first, second = asyncio.create_task(room.__aenter__()), asyncio.create_task(room.__aenter__())
    await asyncio.sleep(0)
    first.cancel()
    await room.__aexit__()
    await asyncio.wait_for(second, 1.0)
    assert first.cancelled()
    await room.__aexit__()
    assert room.is_free


async def test_who_is_called_in_and_cancelled_at_once_leaves_its_room_to_the_next() -> None:
    room = Room(1)
    await room.__aenter__()
    first, second = asyncio.create_task(room.__aenter__()), asyncio.create_task(room.__aenter__())
    await asyncio.sleep(0)
    await room.__aexit__()
    first.cancel()
    await asyncio.wait_for(second, 1.0)
    assert first.cancelled()
    third, fourth = asyncio.create_task(room.__aenter__()), asyncio.create_task(room.__aenter__())
    await asyncio.sleep(0)
    third.cancel()
    await asyncio.sleep(0)
    await room.__aexit__()
    await asyncio.wait_for(fourth, 1.0)


@pytest.fixture
async def store(tmp_path: Path) -> Any:
    store = Store(f"sqlite:///{tmp_path / 'pace.db'}", Vault([SECRET]))
    await store.open()
    yield store
    await store.close()


async def test_requests_are_spaced_by_what_the_share_leaves_of_the_limit(store: Store) -> None:
    may, waits = zip(*[await store.reserve(0.1) for _ in range(3)], strict=True)
    assert all(may)
    assert list(waits) == pytest.approx([0, 0.1, 0.2], abs=0.05)
    await store.change_share(FULL, 0.5)
    free, last = await store.reserve(10.0), await store.reserve(10.0)
    assert free == pytest.approx((True, 0.3), abs=0.1)
    assert last == pytest.approx((False, 20 - 0.2), abs=1)


async def test_who_waits_and_gives_up_takes_nobodys_place(store: Store) -> None:
    assert await store.reserve(10.0) == (True, 0)
    for _ in range(100):
        assert await store.reserve(10.0) == pytest.approx((False, 9.5), abs=0.9)


async def test_a_limit_that_was_lower_before_holds_nobody_up_for_long(store: Store) -> None:
    await store.reserve(10_000.0)
    may, wait = await store.reserve(0.1)
    assert not may
    assert wait <= 0.1 / LEAST


async def test_the_share_is_changed_once_a_second_and_only_by_who_knew_it(store: Store) -> None:
    await store.change_share(0.5, 0.25)
    assert (await store.report("a", 0)).share == FULL
    await store.change_share(FULL, 0.5)
    await store.change_share(0.5, 0.25)
    assert (await store.report("a", 0)).share == 0.5


async def test_workers_say_that_they_are_there_and_how_many_intents_sleep_there(store: Store) -> None:
    await store.report("a", 0)
    fleet = await store.report("b", 4)
    assert (set(fleet.workers), fleet.asleep) == ({"a", "b"}, 4)
    await store.strike_worker("b")
    fleet = await store.report("a", 1)
    assert (fleet.workers, fleet.asleep) == ({"a": 1}, 1)


class _Reserving:
    """A store that is away at first, and then has each request wait."""

    def __init__(self, *waits: float | None) -> None:
        self.waits = list(waits)

    async def reserve(self, interval: float) -> tuple[bool, float]:
        wait = self.waits.pop(0)
        if wait is None:
            raise StoreLostError(reason="gone")
        return wait >= 0, abs(wait) + interval


async def test_a_request_waits_for_the_limit_and_for_a_database_that_is_away() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    gate = StoreGate(cast("Any", _Reserving(None, -5.0, 3.0)), (10, 1.0), sleep=sleep)
    await gate.enter()
    assert slept == [AGAIN, 5.1, 3.1]
    gate.answered(200)
    gate.answered(429)
    gate.answered(503)
    assert (gate.counted(), gate.counted()) == ((2, 1), (0, 0))


class _Elsewhere:
    intent_id = "lead-1"

    async def owned(self) -> bool:
        return False


async def test_nothing_is_booked_for_an_intent_that_another_worker_took_over() -> None:
    gate = StoreGate(cast("Any", None), None)  # there is no limit to ask for
    await gate.enter()
    await gate.leave(BOOK)
    token = RUN.set(cast("Any", _Elsewhere()))
    await gate.leave(LOOK)
    with pytest.raises(PassedOnError):
        await gate.leave(BOOK)
    RUN.reset(token)
    gate.closed = True
    with pytest.raises(PassedOnError):
        await gate.leave(LOOK)


async def test_a_client_passes_its_gate_with_each_request_and_its_parent_does_not(sandbox: Sandbox) -> None:
    gate = StoreGate(cast("Any", _Reserving(*[0.0] * 9)), (1000, 1.0))
    transport = Flaky(sandbox.transport, ["429"], on="scheduling")
    retries = RetryPolicy(first_wait=0.0, longest_wait=0.0)
    async with BookIt(sandbox.api_key, transport=transport, retries=retries) as client:
        async with client.with_options(gate=gate) as gated:
            await gated.inputs(NODE)
        assert gate.counted() == (1, 1)
        await client.route(NODE, ADA)
        assert gate.counted() == (0, 0)
        gate.closed = True
        with pytest.raises(NotSentError, match="PassedOnError"):
            await client.with_options(gate=gate).route(NODE, ADA)


async def test_closing_a_gated_transport_closes_the_inner_one() -> None:
    closed = list[bool]()

    class Inner:
        async def send(self, request: WireRequest, *, timeout: float) -> Any: ...

        async def close(self) -> None:
            closed.append(True)

    await GatedTransport(StoreGate(cast("Any", None), None), Inner()).close()
    assert closed == [True]


async def test_a_gate_that_does_not_open_in_time_says_so_and_nothing_was_sent(sandbox: Sandbox) -> None:
    gate = StoreGate(cast("Any", _Reserving(60.0)), (1000, 1.0))
    async with BookIt(sandbox.api_key, transport=sandbox.transport, deadline=0.05) as client:
        with pytest.raises(NotSentError, match="its turn did not come until there was too little time left"):
            await client.with_options(gate=gate).inputs(NODE)
