"""Lost bookings that land late, and everything that could be taken for one that did not."""

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookit_async import (
    Booked,
    BookIt,
    Meeting,
    Offer,
    OutcomeUnknownError,
    PendingBooking,
    Slot,
    Transport,
    TransportFailure,
    WireRequest,
    WireResponse,
)
from bookit_async._generated.models import Meeting as WireMeeting
from bookit_async.deadlines import within
from bookit_async.reconciliation import match, told
from bookit_async.retries import retry_after
from bookit_async.sandbox import Sandbox
from bookit_async.times import from_milliseconds

from .clock import Clock
from .conftest import NODE, NOW
from .flaky import Fault, Flaky
from .test_bookings import ANSWERS, MODES, POOL, ZONE, booking_sent, sandbox_of


class Delayed:
    """Loses bookings, and lets each take effect so many seconds after its loss; None means never."""

    def __init__(self, inner: Transport, clock: Clock, delays: list[float | None]) -> None:
        self.inner, self.clock, self.delays = inner, clock, delays
        self.waiting: list[tuple[float, WireRequest]] = []
        self.slow_looks: list[float] = []
        self.booked = 0

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        await self.land()
        if request.url.endswith(("/v1/meeting", "/v1/round-robin-meeting")) and request.method == "POST":
            self.booked += 1
            if self.delays:
                delay = self.delays.pop(0)
                if delay is not None:
                    self.waiting.append((self.clock.now + delay, request))
                raise TransportFailure("timed out waiting for the answer", maybe_processed=True)
        answer = await self.inner.send(request, timeout=timeout)
        if "/v1/meetings" in request.url and self.slow_looks:
            self.clock.now += self.slow_looks.pop(0)
        return answer

    async def land(self, *, everything: bool = False) -> None:
        due = [one for one in self.waiting if everything or one[0] <= self.clock.now]
        self.waiting = [one for one in self.waiting if one not in due]
        for _, request in due:
            await self.inner.send(request, timeout=1)

    async def close(self) -> None: ...


def delayed(*delays: float | None, **options: Any) -> tuple[BookIt, Sandbox, Delayed, Clock]:
    sandbox, clock = sandbox_of(), Clock()
    transport = Delayed(sandbox.transport, clock, list(delays))
    client = BookIt(sandbox.api_key, transport=transport, clock=clock, sleep=clock.sleep, jitter=lambda: 1.0, **options)
    return client, sandbox, transport, clock


@given(
    mode=st.sampled_from(sorted(MODES)),
    delays=st.lists(st.none() | st.floats(min_value=0, max_value=9), min_size=1, max_size=3),
)
def test_what_lands_within_the_settling_time_is_never_booked_twice(mode: str, delays: list[float | None]) -> None:
    asyncio.run(_lands_once(mode, delays))


async def _lands_once(mode: str, delays: list[float | None]) -> None:
    client, sandbox, transport, _ = delayed(*delays, settle=10)
    booked = await MODES[mode](client)
    await transport.land(everything=True)
    assert [one.id for one in sandbox.meetings] == [booked.meeting_id]


async def test_a_second_loss_has_a_settling_time_of_its_own() -> None:
    client, sandbox, transport, _ = delayed(None, 8.0, settle=10)
    booked = await MODES["pooled link"](client)
    assert (booked.recovered, transport.booked, len(sandbox.meetings)) == (True, 2, 1)


async def test_a_look_that_was_asked_too_early_does_not_count_as_late() -> None:
    client, sandbox, transport, _ = delayed(9.0, settle=10)
    transport.slow_looks = [2.0] * 20
    booked = await MODES["pooled link"](client)
    assert (booked.recovered, len(sandbox.meetings)) == (True, 1)


@pytest.mark.parametrize("mode", sorted(MODES))
async def test_settling_never_says_that_nothing_was_booked_while_it_may_still_land(mode: str) -> None:
    client, sandbox, _, _ = delayed(*[25.0] * 99, deadline=1.0, settle=30)
    with pytest.raises(OutcomeUnknownError) as caught:
        await MODES[mode](client)
    later = client.with_options(deadline=200)
    found = await later.settle(caught.value)
    assert found is not None
    assert found.meeting_id == sandbox.meetings[0].id


async def test_another_meeting_of_the_same_prospect_is_not_taken_for_this_one() -> None:
    client, sandbox, _, _ = delayed()
    first, second = [await client.route(NODE, POOL) for _ in range(2)]
    assert isinstance(first, Offer)
    assert isinstance(second, Offer)
    slot = max(first.slots, key=lambda one: len(one.host_ids))
    held = await first.book(slot, timezone=ZONE)
    assert isinstance(held, Booked)
    clock = Clock()
    transport = Delayed(sandbox.transport, clock, [None])
    other = BookIt(sandbox.api_key, transport=transport, clock=clock, sleep=clock.sleep)
    again = await other.availability(token=second.token)
    assert isinstance(again, Offer)
    booked = await again.book(slot.start, timezone=ZONE, answers=ANSWERS)
    assert isinstance(booked, Booked)
    assert booked.meeting_id != held.meeting_id
    assert len(sandbox.meetings) == 2


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


class Unclear(Flaky):
    """Books, and answers the first booking with a status and a body of its own."""

    def __init__(self, inner: Transport, status: int, body: bytes) -> None:
        super().__init__(inner, ())
        self.answers = [WireResponse(status=status, headers={"x-amzn-requestid": "r-1"}, body=body)]

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await super().send(request, timeout=timeout)
        return self.answers.pop() if request.url.endswith("/v1/meeting") and self.answers else answer


UNCLEAR: list[tuple[int, bytes]] = [
    (201, b""),
    (204, b""),
    (101, b""),
    (408, b"{}"),
    (500, b'{"error": "The selected time is no longer available."}'),
    (504, b'{"message": "Unauthorized"}'),
]


@pytest.mark.parametrize(("status", "body"), UNCLEAR)
async def test_a_status_that_tells_nothing_is_looked_into(status: int, body: bytes) -> None:
    sandbox = sandbox_of()
    clock = Clock()
    transport = Unclear(sandbox.transport, status, body)
    client = BookIt(sandbox.api_key, transport=transport, clock=clock, sleep=clock.sleep)
    booked = await MODES["token"](client)
    assert (booked.recovered, booked.request_id, len(sandbox.meetings)) == (True, "r-1", 1)


async def test_a_created_meeting_is_a_booked_one() -> None:
    sandbox = sandbox_of()
    transport = Unclear(sandbox.transport, 201, b'{"meetingId": "m1"}')
    booked = await MODES["token"](BookIt(sandbox.api_key, transport=transport))
    assert (booked.meeting_id, booked.recovered) == ("m1", False)


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


async def test_a_closed_client_stops_looking() -> None:
    client, _, transport, clock = delayed(*[None] * 99)
    task = asyncio.create_task(MODES["link"](client))
    while not transport.booked:  # noqa: ASYNC110 - counting turns of the loop, not time
        await asyncio.sleep(0)
    began = clock.now
    await client.close()
    with pytest.raises(OutcomeUnknownError):
        await task
    assert clock.now - began < 10


async def test_what_a_caller_starts_on_the_side_has_a_time_of_its_own() -> None:
    clock = Clock()

    async def aside() -> float:
        with within(10, clock) as deadline:
            return deadline.remaining

    with within(5, clock):
        clock.now += 5
        assert await asyncio.create_task(aside()) == 10
        assert await aside() == 0


def pending_of(**changes: Any) -> PendingBooking:
    slot = Slot(start_milliseconds=1_746_547_200_000, end_milliseconds=1_746_548_100_000)
    known: dict[str, Any] = {
        "slot": slot,
        "host_ids": ("h1", "h2"),
        "host_emails": {"h1@x.example": "h1", "h2@x.example": "h2", "h3@x.example": "h3"},
        "prospect_email": "ada@engines.example",
        "token": None,
        "link_id": "l",
        "uid": None,
        "lost_at": NOW,
    }
    return PendingBooking(**known | changes)


def meeting_of(organizer: str | None, **changes: Any) -> Meeting:
    start = from_milliseconds(1_746_547_200_000)
    known: dict[str, Any] = {"id": "m1", "start": start, "organizer_email": organizer, "raw": WireMeeting()}
    return Meeting(**known | changes)


MATCHES: list[tuple[str, dict[str, Any], Meeting, bool]] = [
    ("one of its hosts", {}, meeting_of("H2@x.example"), True),
    ("another host of the offer", {}, meeting_of("h3@x.example"), False),
    ("a stranger, all its hosts being known", {}, meeting_of("team@x.example"), False),
    ("a stranger, one host being unknown", {"host_ids": ("h1", "h9")}, meeting_of("team@x.example"), True),
    ("nobody told", {}, meeting_of(None), True),
    ("any host", {"host_ids": ()}, meeting_of("team@x.example"), True),
    ("another time", {}, meeting_of("h1@x.example", start=NOW), False),
    ("canceled", {}, meeting_of("h1@x.example", status="canceled"), False),
    ("canceled, with a spent token", {"token_state": "spent"}, meeting_of("h1@x.example", status="canceled"), True),
    ("told to someone else", {}, meeting_of("h1@x.example", id="reported"), False),
]


@pytest.mark.parametrize(("known", "meeting", "found"), [row[1:] for row in MATCHES], ids=[row[0] for row in MATCHES])
def test_a_meeting_is_the_bookings_or_not(known: dict[str, Any], meeting: Meeting, found: bool) -> None:
    assert (match(pending_of(**known), [meeting], reported={"reported"}) is meeting) is found


@pytest.mark.parametrize(
    ("meeting", "certain"),
    [
        (meeting_of("h1@x.example", start=None), False),
        (meeting_of("h3@x.example", start=None), True),
        (meeting_of("h1@x.example", start=None, status="canceled"), True),
        (meeting_of("h1@x.example"), True),
    ],
)
def test_a_meeting_without_a_start_leaves_it_uncertain(meeting: Meeting, certain: bool) -> None:
    assert told(pending_of(), [meeting]) is certain


async def test_a_client_remembers_only_the_last_meetings_that_it_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookit_async.bookings.REPORTED", 1)
    client, sandbox, _, _ = delayed()
    for _ in range(2):
        assert isinstance(await MODES["pool"](client), Booked)
    assert list(client._shared.reported) == [sandbox.meetings[1].id]  # pyright: ignore[reportPrivateUsage]


@pytest.mark.parametrize("value", ["Thu, 01 Jan 1970 00:00:00 +99999999999999999", "\x00", "1e9"])
def test_a_nonsensical_retry_after_is_none(value: str) -> None:
    assert retry_after({"retry-after": value}, now=NOW) == 0
