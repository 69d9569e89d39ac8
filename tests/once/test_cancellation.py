"""Cancelled wherever it waits: every booking is told, or listed and settled later, and nothing is left lying about."""

import asyncio
import gc
import logging
from collections.abc import Awaitable, Callable, Coroutine, Generator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from attrs import field, frozen

from bookit_async import (
    Booked,
    BookIt,
    NotSentError,
    Offer,
    OutcomeUnknownError,
    RetryPolicy,
    Transport,
    Unsettled,
    WireRequest,
    WireResponse,
    earliest,
)
from bookit_async.sandbox import Fault as SocketFault
from bookit_async.sandbox import FaultPlan, FaultProxy, Sandbox
from bookit_async.transports.aiohttp_transport import AiohttpTransport

from ..clock import Clock
from ..conftest import ADA, NODE, NOW
from ..flaky import Fault, Flaky
from ..sampling import tries
from ..scenes import ANSWERS, MODES, ZONE, booking_sent, bookings, flaky, sandbox_of, someone_else_books

pytestmark = pytest.mark.long


class Slowly:
    """Lets the event loop turn before and after each request, so that cancelling can hit on either side of it."""

    def __init__(self, inner: Transport) -> None:
        self._inner = inner

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        await asyncio.sleep(0)
        answer = await self._inner.send(request, timeout=timeout)
        await asyncio.sleep(0)
        return answer

    async def close(self) -> None:
        await asyncio.sleep(0)
        await self._inner.close()


@frozen
class Scene:
    """A client before a call that will be cancelled, and what it was told before."""

    client: BookIt
    sandbox: Sandbox
    transport: Flaky
    told: set[str] = field(factory=set[str])
    going_on: list[asyncio.Task[Booked]] = field(factory=list[asyncio.Task[Booked]])
    """Bookings of others, which nobody cancels."""


Call = Callable[[], Coroutine[Any, Any, Any]]
Script = Callable[[Scene], Awaitable[Call]]
"""Prepares a scene and gives the call."""


def booking(mode: str) -> Script:
    async def script(scene: Scene) -> Call:
        return lambda: MODES[mode](scene.client)

    return script


def lost_slot(*, chooser: bool) -> Script:
    """Someone else has the slot, which is found out by booking it."""

    async def script(scene: Scene) -> Call:
        offer = await scene.client.route(NODE, ADA)
        assert isinstance(offer, Offer)
        await someone_else_books(scene.sandbox, offer.slots[0])
        scene.told.add(scene.sandbox.meetings[0].id)
        return lambda: offer.book(earliest() if chooser else offer.slots[0], timezone=ZONE)

    return script


def change(call: Callable[[BookIt, Booked], Coroutine[Any, Any, Any]]) -> Script:
    async def script(scene: Scene) -> Call:
        plan, scene.transport.plan = scene.transport.plan, []
        booked = await MODES["token"](scene.client)
        scene.transport.plan = plan
        scene.told.add(booked.meeting_id)
        return lambda: call(scene.client, booked)

    return script


async def refresh(scene: Scene) -> Call:
    offer = await scene.client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    return offer.refresh


async def close(scene: Scene) -> Call:
    """Close while a booking is in flight, which goes on."""
    scene.going_on.append(asyncio.create_task(MODES["token"](scene.client)))
    await booking_sent(scene.transport)
    return scene.client.close


async def settle(scene: Scene) -> Call:
    scene.transport.plan.insert(0, "after")
    client = scene.client.with_options(deadline=0.2)
    with pytest.raises(OutcomeUnknownError) as caught:
        await MODES["link"](client)
    scene.client._ledger.leave(Unsettled(booking=caught.value.booking))  # type: ignore[arg-type]  # pyright: ignore[reportPrivateUsage, reportArgumentType]
    (left,) = scene.client.unsettled
    return lambda: scene.client.settle(left)


def moved(client: BookIt, booked: Booked) -> Coroutine[Any, Any, Any]:
    return client.reschedule(booked.meeting_id, timezone=ZONE, slot=booked.start + timedelta(days=1))


def canceled(client: BookIt, booked: Booked) -> Coroutine[Any, Any, Any]:
    return client.cancel(booked.meeting_id)


POST: dict[str, Any] = {"method": "POST"}
ANY: dict[str, Any] = {"on": ""}
ENDINGS: list[tuple[str, Sequence[Fault]]] = [
    ("all is well", []),
    ("lost before", ["before"]),
    ("lost after", ["after"]),
    ("lands late", ["late"]),
    ("unreadable", ["garbage"]),
    ("sent again", ["unsent", "429"]),
    ("lost twice", ["before", "502 after"]),
    ("lost, then not sent", ["after", "unsent", "429"]),
    ("no answer", ["hang"]),
    ("no answer, but booked", ["hang after"]),
    ("lost, then no answer", ["before", "hang after"]),
]
SCRIPTS: list[tuple[str, Script, Sequence[Fault], dict[str, Any]]] = [
    *((f"{mode}, {name}", booking(mode), plan, POST) for mode in MODES for name, plan in ENDINGS),
    *(
        (f"{mode}, looks fail", booking(mode), ("ok", "ok", "after", "before", "502 before", "garbage", "429"), ANY)
        for mode in ("params", "pooled params")
    ),
    *(
        (f"{mode}, looks fail", booking(mode), ("ok", "after", "before", "502 before", "garbage", "429"), ANY)
        for mode in ("token", "link")
    ),
    ("next slot", lost_slot(chooser=True), [], POST),
    ("next slot after a loss", lost_slot(chooser=True), ["before"], POST),
    ("next slot, lost", lost_slot(chooser=True), ["ok", "ok", "after"], POST),
    ("slot lost", lost_slot(chooser=False), [], POST),
    *((f"reschedule, {name}", change(moved), plan, {"method": "PATCH"}) for name, plan in ENDINGS),
    *((f"cancel, {name}", change(canceled), plan, {"method": "DELETE"}) for name, plan in ENDINGS),
    ("reschedule, looks fail", change(moved), ["after", "before", "502 before"], {"on": "meeting/"}),
    ("refresh", refresh, ["before", "429"], {"on": "fetch-availability"}),
    ("close", close, [], POST),
    ("settle", settle, ["before", "ok"], {"on": "meeting"}),
]


@pytest.mark.parametrize(("script", "plan", "where"), [row[1:] for row in SCRIPTS], ids=[row[0] for row in SCRIPTS])
async def test_cancelled_at_every_turn_of_the_loop(
    script: Script, plan: Sequence[Fault], where: dict[str, Any]
) -> None:
    """Cancel after 0, 1, 2, … turns of the loop, until the call ends by itself or waits for ever."""
    complaints: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    stuck = any(fault.startswith("hang") for fault in plan)
    for turns in range(40 if stuck else 400):
        sandbox, clock = sandbox_of(), Clock()
        transport = Flaky(Slowly(sandbox.transport), plan, **{"on": "meeting", **where})
        client = BookIt(
            sandbox.api_key,
            transport=transport,
            settle=3,
            clock=clock,
            now=clock.wall,
            sleep=clock.sleep,
            jitter=lambda: 1.0,
        )
        scene = Scene(client, sandbox, transport)
        call = await script(scene)
        before = asyncio.all_tasks()
        finished = await cancelled_after(turns, call(), scene)
        transport.plan.clear()
        await all_is_known(scene)
        assert not asyncio.all_tasks() - before
        if finished:
            break
    else:
        assert stuck
    gc.collect()
    assert complaints == []


async def cancelled_after(turns: int, call: Coroutine[Any, Any, Any], scene: Scene) -> bool:
    """Cancel a call after so many turns of the loop, note what it told, and tell whether it was over before."""
    task = asyncio.create_task(call)
    for _ in range(turns):
        await asyncio.sleep(0)
    over = task.done()
    task.cancel()
    outcome = (await asyncio.gather(task, return_exceptions=True))[0]
    assert task.done()
    if isinstance(outcome, Booked):
        scene.told.add(outcome.meeting_id)
    return over


async def all_is_known(scene: Scene) -> None:
    """Settle what is listed: all that the sandbox holds is known then, and nothing is left over."""
    scene.told.update([(await one).meeting_id for one in scene.going_on])
    for left in scene.client.unsettled:
        found = await scene.client.settle(left)
        scene.told.update([found.meeting_id] if found else [])
    assert scene.told == {one.id for one in scene.sandbox.meetings}
    assert scene.client.unsettled == ()
    for _ in range(10):
        await asyncio.sleep(0)
    assert not scene.client._in_flight._tasks  # pyright: ignore[reportPrivateUsage]


async def test_a_cancelled_caller_leaves_a_booking_that_finished_in_the_grace() -> None:
    release = asyncio.Event()

    class Slow(Flaky):
        async def send(self, request: Any, *, timeout: float) -> Any:
            answer = await super().send(request, timeout=timeout)
            if request.url.endswith("/v1/meeting"):
                self.arrived.set()
                await release.wait()
            return answer

        arrived = asyncio.Event()

    sandbox = sandbox_of()
    transport = Slow(sandbox.transport, ())
    client = BookIt(sandbox.api_key, transport=transport)
    task = asyncio.create_task(MODES["token"](client))
    await transport.arrived.wait()
    task.cancel()
    asyncio.get_running_loop().call_soon(release.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    (left,) = client.unsettled
    assert left.outcome is not None
    assert left.outcome.meeting_id == sandbox.meetings[0].id
    assert await client.settle(left) == left.outcome
    assert client.unsettled == ()


async def test_a_cancelled_caller_leaves_nothing_of_a_booking_that_was_refused() -> None:
    client, sandbox, transport, _ = flaky()
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    await someone_else_books(sandbox, offer.slots[0])
    task = asyncio.create_task(offer.book(offer.slots[0], timezone=ZONE))
    await booking_sent(transport)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert client.unsettled == ()


@pytest.mark.parametrize("fault", ["hang", "hang after"])
async def test_a_cancelled_caller_leaves_a_booking_that_did_not_finish_on_the_list(fault: Fault) -> None:
    client, sandbox, transport, _ = flaky(fault, method="POST", grace=0.01)
    task = asyncio.create_task(MODES["token"](client))
    await booking_sent(transport)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (left,) = client.unsettled
    assert left.outcome is None
    found = await client.settle(left)
    assert (found is not None) is (fault == "hang after") is bool(sandbox.meetings)
    assert client.unsettled == ()


async def test_a_copy_with_other_options_leaves_its_bookings_with_its_parent() -> None:
    parent, _, transport, _ = flaky("hang", method="POST", grace=0.01)
    task = asyncio.create_task(MODES["token"](parent.with_options(timeout=5)))
    await booking_sent(transport)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(parent.unsettled) == 1


class Asleep:
    """A sleep from which nobody wakes."""

    def __init__(self) -> None:
        self.fell = asyncio.Event()

    async def __call__(self, _: float) -> None:
        self.fell.set()
        await asyncio.Event().wait()


async def test_cancelling_twice_does_not_wait_for_the_grace() -> None:
    sandbox, asleep = sandbox_of(), Asleep()
    transport = Flaky(sandbox.transport, ["hang"], method="POST")
    client = BookIt(sandbox.api_key, transport=transport, sleep=asleep)
    task = asyncio.create_task(MODES["token"](client))
    await booking_sent(transport)
    task.cancel()
    await asleep.fell.wait()
    assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(client.unsettled) == 1


async def test_a_booking_that_somebody_else_cancels_leaves_a_trace_too() -> None:
    client, _, transport, _ = flaky("hang after", method="POST")
    before = asyncio.all_tasks()
    task = asyncio.create_task(MODES["token"](client))
    await booking_sent(transport)
    for one in asyncio.all_tasks() - before - {task}:
        one.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(client.unsettled) == 1


async def test_what_a_cancelled_caller_leaves_was_lost_when_nobody_waited_any_more() -> None:
    """Sent at 12:00:00, cancelled at 12:00:29: until 12:01:04 it may still land."""
    client, _, transport, clock = flaky("hang", method="POST", grace=5, settle=30)
    task = asyncio.create_task(MODES["link"](client))
    await booking_sent(transport)
    clock.now += 29
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (left,) = client.unsettled
    assert left.booking.lost_at == NOW + timedelta(seconds=34)
    assert await client.settle(left) is None
    assert clock.wall() >= NOW + timedelta(seconds=64)


@pytest.mark.parametrize("change", ["PATCH", "DELETE"])
async def test_a_change_in_flight_has_the_grace_too(change: str) -> None:
    sandbox = sandbox_of()
    transport = Flaky(Slowly(sandbox.transport), (), on="")
    client = BookIt(sandbox.api_key, transport=transport)
    booked = await MODES["token"](client)
    task = asyncio.create_task(moved(client, booked) if change == "PATCH" else canceled(client, booked))
    while not any(one.startswith(change) for one in transport.sent):  # noqa: ASYNC110 - turns of the loop, not time
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    (held,) = sandbox.meetings
    assert held.status == ("rescheduled" if change == "PATCH" else "canceled")
    assert client.unsettled == ()


async def test_thousands_of_cancelled_callers_leave_a_trace_each() -> None:
    count = tries(2000)
    plan: list[Fault] = ["hang"] * (count - 1)
    client, sandbox, transport, _ = flaky(*plan, "hang after", method="POST", grace=0.01)
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    calls = [offer.book(offer.slots[0], timezone=ZONE, answers={**ANSWERS, "Last Name": f"{n}"}) for n in range(count)]
    tasks = [asyncio.create_task(call) for call in calls]
    while transport.plan:  # noqa: ASYNC110 - counting turns of the loop, not time
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert len({left.booking.id for left in client.unsettled}) == count
    found = await client.settle(client.unsettled[-1])
    assert found is not None
    assert found.meeting_id == sandbox.meetings[0].id
    assert await client.settle(client.unsettled[0]) is None
    assert len(client.unsettled) == count - 2


async def test_only_the_last_unsettled_bookings_are_kept(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("bookit_async.once.ledger.UNSETTLED", 2)
    client, _, transport, _ = flaky("hang", "hang", "hang", method="POST", grace=0.01)
    for count in (1, 2, 3):
        task = asyncio.create_task(MODES["token"](client))
        while bookings(transport) < count:  # noqa: ASYNC110 - counting turns of the loop, not time
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert len(client.unsettled) == 2
    (warning,) = [one for one in caplog.records if one.levelno == logging.WARNING]
    told = warning.getMessage()
    assert "its oldest booking was dropped" in told
    assert "uid=" in told
    assert ADA["Email"] not in told
    assert (client.unsettled[0].booking.token or "") not in told


async def test_closing_waits_for_a_booking_in_flight() -> None:
    client, sandbox, transport, _ = flaky()
    task = asyncio.create_task(MODES["token"](client))
    await booking_sent(transport)
    await client.close()
    assert len(sandbox.meetings) == 1
    assert isinstance(await task, Booked)


async def test_a_caller_cancelled_while_a_repeat_is_under_way_leaves_a_trace() -> None:
    sandbox = sandbox_of()
    clock = Clock()
    transport = Flaky(sandbox.transport, ["before", "hang"], method="POST")
    client = BookIt(sandbox.api_key, transport=transport, clock=clock, sleep=clock.sleep, grace=0.01)
    task = asyncio.create_task(MODES["token"](client))
    while transport.plan:  # noqa: ASYNC110 - counting turns of the loop, not time
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(client.unsettled) == 1


class Nameless(Flaky):
    """Books, and answers with a success that names no meeting, once told to go on."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner, ())
        self.go_on = asyncio.Event()

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await super().send(request, timeout=timeout)
        if not request.url.endswith("/v1/meeting"):
            return answer
        await self.go_on.wait()
        return WireResponse(status=200, headers={}, body=b"{}")


async def test_cancellation_goes_on_up_whatever_the_booking_says() -> None:
    sandbox = sandbox_of()
    transport = Nameless(sandbox.transport)
    client = BookIt(sandbox.api_key, transport=transport)
    task = asyncio.create_task(MODES["token"](client))
    await booking_sent(transport)
    task.cancel()
    asyncio.get_running_loop().call_soon(transport.go_on.set)
    with pytest.raises(asyncio.CancelledError):
        await task
    (left,) = client.unsettled
    found = await client.settle(left)
    assert found is not None
    assert found.meeting_id == sandbox.meetings[0].id


async def test_nothing_more_is_sent_for_a_caller_that_is_gone() -> None:
    sandbox = sandbox_of()
    asleep = asyncio.Event()

    async def sleep(_: float) -> None:
        asleep.set()
        await asyncio.sleep(0.01)

    busy: list[Fault] = ["429"] * 9
    transport = Flaky(sandbox.transport, busy, method="POST")
    client = BookIt(sandbox.api_key, transport=transport, sleep=sleep)
    task = asyncio.create_task(MODES["token"](client))
    await asleep.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (transport.sent.count("POST meeting"), sandbox.meetings) == (1, [])


async def test_nothing_is_booked_or_changed_once_closing_has_begun() -> None:
    """It would be cut off as soon as what was in flight before is over."""
    sandbox = sandbox_of()
    transport = Nameless(sandbox.transport)
    client = BookIt(sandbox.api_key, transport=transport)
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    before = asyncio.create_task(MODES["token"](client))
    await booking_sent(transport)
    closing = asyncio.create_task(client.close())
    await asyncio.sleep(0)
    for late in (offer.book(earliest(), timezone=ZONE, answers=ANSWERS), client.cancel("m1")):
        with pytest.raises(NotSentError, match="the client is closed"):
            await late
    transport.go_on.set()
    await closing
    assert isinstance(await before, Booked)
    assert len(sandbox.meetings) == 1


async def test_a_lost_change_is_not_looked_after_once_the_client_is_closed() -> None:
    plan: list[Fault] = ["before"] * 999
    client, _, transport, clock = flaky(*plan)
    task = asyncio.create_task(client.cancel("m1"))
    while not transport.sent:  # noqa: ASYNC110 - counting turns of the loop, not time
        await asyncio.sleep(0)
    await client.close()
    began = clock.now
    with pytest.raises(OutcomeUnknownError):
        await task
    assert clock.now - began < 10


async def test_a_client_whose_closing_is_cancelled_is_closed_all_the_same() -> None:
    async with Sandbox(now=lambda: NOW, seed=1) as sandbox, FaultProxy(sandbox.url, STALLED, stall_seconds=60) as proxy:
        client = BookIt(sandbox.api_key, base_url=proxy.url)
        going = asyncio.create_task(MODES["token"](client))
        await at_the_proxy(proxy)
        closing = asyncio.create_task(client.close())
        await asyncio.sleep(0)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        with pytest.raises(OutcomeUnknownError):
            await going


async def test_closing_waits_for_a_stalled_booking_no_longer_than_the_grace() -> None:
    async with Sandbox(now=lambda: NOW, seed=1) as sandbox, FaultProxy(sandbox.url, STALLED, stall_seconds=60) as proxy:
        client = BookIt(sandbox.api_key, base_url=proxy.url, grace=0.2)
        going = asyncio.create_task(MODES["token"](client))
        await at_the_proxy(proxy)
        began = asyncio.get_running_loop().time()
        await client.close()
        assert 0.2 <= asyncio.get_running_loop().time() - began < 0.45
        with pytest.raises(OutcomeUnknownError) as caught:
            await going
        async with BookIt(sandbox.api_key, base_url=sandbox.url, settle=0.2) as later:
            assert await later.settle(caught.value) is None


STALLED = FaultPlan([SocketFault("stall", operation="book_meeting")])


async def at_the_proxy(proxy: FaultProxy) -> None:
    """Wait until a booking has come as far as the proxy."""
    while not any(one.operation == "book_meeting" for one in proxy.log):  # noqa: ASYNC110 - as soon as it is there
        await asyncio.sleep(0.001)


class Suspensions:
    """Awaits a coroutine and cancels its task some turns after the *at*-th time that it has to wait."""

    def __init__(self, inner: Coroutine[Any, Any, Any], *, at: int, turns: int) -> None:
        self._inner, self._at, self._turns = inner, at, turns
        self.count = 0

    async def run(self) -> Any:
        """Return what the coroutine gives."""
        return await self

    def __await__(self) -> Generator[Any, Any, Any]:
        task = asyncio.current_task()
        steps = self._inner.__await__()
        sent, thrown = None, None
        while True:
            try:
                waits_for = steps.throw(thrown) if thrown else steps.send(sent)
            except StopIteration as end:
                return end.value
            self.count += 1
            if self.count == self._at and task is not None:
                _after(self._turns, task.cancel)
            sent, thrown = None, None
            try:
                sent = yield waits_for
            except BaseException as error:  # noqa: BLE001 - handed on as it is
                thrown = error


def _after(turns: int, do: Callable[[], object]) -> None:
    loop = asyncio.get_running_loop()
    loop.call_soon(do if turns == 0 else lambda: _after(turns - 1, do))


LOST_OVER_TCP: list[tuple[str, str, SocketFault]] = [
    ("token", "all is well", SocketFault("close", operation="retrieve_inputs", times=1)),
    ("token", "closed before", SocketFault("close", operation="book_meeting", times=1)),
    ("pool", "reset after", SocketFault("reset", operation="book_round_robin_meeting", when="after", times=1)),
    ("link", "closed before", SocketFault("close", operation="book_meeting", times=1)),
    ("params", "cut after", SocketFault("close_in_body", operation="book_meeting", when="after", times=1)),
]


@pytest.mark.parametrize("turns", [0, 6])
@pytest.mark.parametrize(("mode", "fault"), [(row[0], row[2]) for row in LOST_OVER_TCP])
async def test_cancelled_at_every_wait_over_tcp_nothing_is_leaked(mode: str, fault: SocketFault, turns: int) -> None:
    """Through a single connection, which nobody else would get if it were not given back."""
    transport = AiohttpTransport(max_connections=1)
    quickly = RetryPolicy(first_wait=0.002, longest_wait=0.01)
    before = asyncio.all_tasks()
    async with Sandbox(now=lambda: NOW, seed=1) as sandbox, FaultProxy(sandbox.url) as proxy:
        client = BookIt(
            sandbox.api_key, base_url=proxy.url, transport=transport, settle=0.02, timeout=2, retries=quickly
        )
        told: set[str] = set()
        for at in range(1, 100):
            proxy.plan = FaultPlan([fault])
            call = Suspensions(MODES[mode](client), at=at, turns=turns)
            outcome = (await asyncio.gather(asyncio.create_task(call.run()), return_exceptions=True))[0]
            assert isinstance(outcome, (Booked, asyncio.CancelledError))
            found = [await client.settle(left) for left in client.unsettled]
            told |= {one.meeting_id for one in (outcome, *found) if isinstance(one, Booked)}
            assert told == {one.id for one in sandbox.meetings}
            assert client.unsettled == ()
            for one in sandbox.meetings:
                if one.status != "canceled":
                    await client.cancel(one.id)
            assert proxy.connections <= 1
            if call.count < at:
                break
        else:
            raise AssertionError("the call never ended")
        assert transport._session is not None  # pyright: ignore[reportPrivateUsage]
        assert not transport._session.connector._acquired  # type: ignore[union-attr]  # pyright: ignore[reportPrivateUsage, reportOptionalMemberAccess]
        await transport.close()
    assert asyncio.all_tasks() == before
