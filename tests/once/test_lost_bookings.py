"""Lost bookings that land late, and everything that could be taken for one that did not."""

import asyncio
import pickle
import random
import sys
from asyncio.subprocess import PIPE
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
    Unsettled,
    WireRequest,
    WireResponse,
)
from bookit_async._generated.models import Meeting as WireMeeting
from bookit_async.exchange.deadlines import Deadlines
from bookit_async.exchange.retries import retry_after
from bookit_async.once.evidence import candidates, match, why_open
from bookit_async.sandbox import Sandbox
from bookit_async.times import from_milliseconds

from ..clock import Clock
from ..conftest import NODE, NOW
from ..flaky import Fault, Flaky
from ..scenes import ANSWERS, MODES, POOL, ZONE, flaky, sandbox_of


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


async def lost(mode: str, fault: Fault = "after", **options: Any) -> tuple[OutcomeUnknownError, Sandbox]:
    """A booking whose answer was lost, and after which nothing could be seen."""
    routing: list[Fault] = ["ok"] * (2 if "params" in mode else 1)
    unseen: list[Fault] = ["before"] * 500
    client, sandbox, _, _ = flaky(*routing, fault, *unseen, on="", deadline=20, check_inputs=False, **options)
    with pytest.raises(OutcomeUnknownError) as caught:
        await MODES[mode](client)
    return caught.value, sandbox


@pytest.mark.parametrize("mode", MODES)
async def test_settling_twice_tells_the_same_meeting_twice(mode: str) -> None:
    error, sandbox = await lost(mode)
    clock = Clock()
    client = BookIt(sandbox.api_key, transport=sandbox.transport, clock=clock, now=clock.wall, sleep=clock.sleep)
    first, second = await client.settle(error), await client.settle(error)
    assert first is not None
    assert first == second
    assert first.meeting_id == sandbox.meetings[0].id


ELSEWHERE = """
import asyncio, pickle, sys
from bookit_async import BookIt

async def main(url, key):
    async with BookIt(key, base_url=url, settle=0.1, deadline=5) as client:
        found = await client.settle(pickle.load(sys.stdin.buffer))
        print(found.meeting_id if found else None, end="")

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.mark.subprocess
@pytest.mark.parametrize("fault", ["before", "after"])
async def test_a_pickled_error_is_settled_in_another_process(fault: Fault) -> None:
    async with Sandbox(now=lambda: NOW, seed=1) as sandbox:
        plan: list[Fault] = ["before"] * 500
        clock = Clock()
        transport = Flaky(sandbox.transport, ["ok", fault, *plan], on="")
        client = BookIt(
            sandbox.api_key, transport=transport, clock=clock, now=clock.wall, sleep=clock.sleep, deadline=20
        )
        with pytest.raises(OutcomeUnknownError) as caught:
            await MODES["link"](client)
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ELSEWHERE, sandbox.url, sandbox.api_key, stdin=PIPE, stdout=PIPE
        )
        found, _ = await other.communicate(pickle.dumps(caught.value))
        assert found.decode() == str(sandbox.meetings[0].id if sandbox.meetings else None)
        assert bool(sandbox.meetings) is (fault == "after")


async def test_settling_never_says_that_nothing_was_booked_where_the_prospect_has_moved_the_meeting() -> None:
    error, sandbox = await lost("link", "after")
    clock = Clock()
    options: dict[str, Any] = {"clock": clock, "now": clock.wall, "sleep": clock.sleep}
    prospects = BookIt(sandbox.api_key, transport=sandbox.transport, **options)
    await prospects.reschedule(sandbox.meetings[0].id, timezone=ZONE, slot=lambda slots: slots[-1:])
    with pytest.raises(OutcomeUnknownError, match="was moved"):
        await prospects.settle(error)


async def test_a_lost_booking_tells_all_that_is_needed_to_look_it_up() -> None:
    error, sandbox = await lost("token", "502 after")
    (held,) = sandbox.meetings
    booking = error.booking
    assert booking is not None
    assert (booking.slot.start, booking.slot.end) == (held.start, held.end)
    assert booking.host_ids == (held.host_id,)
    assert booking.host_emails[held.host_email] == held.host_id
    assert booking.prospect_email == held.prospect_email
    assert booking.token
    assert (booking.token_state, booking.request_ids, booking.link_id) == ("unknown", ("r-502",), None)
    assert booking.uid == held.uid
    assert booking.lost_at == NOW
    assert error.operation == "book_meeting"
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert again.booking == booking
    shown = repr(error) + str(error) + repr(booking) + repr(again) + str(again)
    for secret in (held.prospect_email, held.host_email, booking.token):
        assert secret not in shown
    assert held.uid is not None
    assert held.uid in repr(booking)


class Hidden(Flaky):
    """Loses the booking's answer, and does not list the prospect's meetings."""

    def __init__(self, inner: Transport) -> None:
        super().__init__(inner, ["after"], method="POST")

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await super().send(request, timeout=timeout)
        return WireResponse(200, {}, b"[]") if "/v1/meetings" in request.url else answer


async def test_a_spent_token_without_a_meeting_stays_open_and_says_why() -> None:
    sandbox, clock = sandbox_of(), Clock()
    options: dict[str, Any] = {"clock": clock, "now": clock.wall, "sleep": clock.sleep}
    client = BookIt(sandbox.api_key, transport=Hidden(sandbox.transport), **options)
    missing = "a meeting exists with this token, but is not among the prospect's meetings"
    with pytest.raises(OutcomeUnknownError, match=f"timed out waiting for the answer, and {missing}") as caught:
        await MODES["token"](client)
    assert caught.value.booking is not None
    assert caught.value.booking.token_state == "spent"
    with pytest.raises(OutcomeUnknownError, match=f"its answer was lost, and {missing}"):
        await client.settle(caught.value)
    left = Unsettled(booking=caught.value.booking)
    client._ledger.leave(left)  # pyright: ignore[reportPrivateUsage]
    with pytest.raises(OutcomeUnknownError, match=f"its caller was cancelled, and {missing}"):
        await client.settle(left)
    assert client.unsettled == (left,)


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
    (999, b""),
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


class Rivals(Flaky):
    """Books for the first, and answers once the second was lost and looked for, or sent again."""

    def __init__(self, inner: Transport, second: Fault) -> None:
        super().__init__(inner, ["ok", second])
        self.looked = asyncio.Event()

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        left = len(self.plan) if self.on in request.url else None
        answer = await super().send(request, timeout=timeout)
        if left == 2:
            await self.looked.wait()
        elif left == 0:
            self.looked.set()
        return answer


OF_THE_SECOND: tuple[Fault, ...] = ("before", "after")


@pytest.mark.parametrize("second", OF_THE_SECOND)
@pytest.mark.parametrize("mode", ["token", "link"])
async def test_the_meeting_of_a_booking_in_flight_is_not_taken_for_that_of_a_lost_one(mode: str, second: Fault) -> None:
    """The same prospect has the same slot twice on purpose, from a pool."""
    sandbox, clock = sandbox_of(), Clock()
    transport = Rivals(sandbox.transport, second)
    client = BookIt(sandbox.api_key, transport=transport, clock=clock, now=clock.wall, sleep=clock.sleep)

    async def book() -> str:
        offer = await (client.route(NODE, POOL) if mode == "token" else client.availability(link_id="Pool4Mm"))
        assert isinstance(offer, Offer)
        slot = next(one for one in offer.slots if len(one.host_ids) > 1)
        booked = await offer.book(slot.start, timezone=ZONE, answers=ANSWERS)
        assert isinstance(booked, Booked)
        return booked.meeting_id

    told = await asyncio.gather(book(), book())
    assert sorted(told) == sorted(one.id for one in sandbox.meetings)
    assert len(set(told)) == 2


async def test_what_a_caller_starts_on_the_side_has_a_time_of_its_own() -> None:
    clock = Clock()
    deadlines = Deadlines(clock)

    async def aside() -> float:
        with deadlines.within(10) as deadline:
            return deadline.remaining

    with deadlines.within(5):
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


def test_no_two_bookings_share_an_id_even_in_a_program_that_seeds_chance() -> None:
    ids: set[str] = set()
    for _ in range(3):
        random.seed(7)
        ids.add(pending_of().id)
    assert len(ids) == 3


def meeting_of(organizer: str | None, **changes: Any) -> Meeting:
    start = from_milliseconds(1_746_547_200_000)
    known: dict[str, Any] = {"id": "m1", "start": start, "organizer_email": organizer, "raw": WireMeeting()}
    return Meeting(**known | changes)


MATCHES: list[tuple[str, dict[str, Any], Meeting, bool]] = [
    ("one of its hosts", {}, meeting_of("H2@x.example"), True),
    ("another host of the offer", {}, meeting_of("h3@x.example"), False),
    ("a stranger, all its hosts being known", {}, meeting_of("team@x.example"), False),
    ("a stranger, one host being unknown", {"host_ids": ("h1", "h9")}, meeting_of("team@x.example"), False),
    ("nobody told", {}, meeting_of(None), False),
    ("any host", {"host_ids": ()}, meeting_of("team@x.example"), False),
    ("a stranger, with a spent token", {"token_state": "spent"}, meeting_of("team@x.example"), True),
    ("nobody told, with a spent token", {"token_state": "spent"}, meeting_of(None), True),
    ("a stranger, not there before", {"before": ()}, meeting_of("team@x.example"), True),
    ("there before", {"before": ("m1",)}, meeting_of("h1@x.example"), False),
    ("another host, with a spent token", {"token_state": "spent"}, meeting_of("h3@x.example"), False),
    ("canceled, not there before", {"before": ()}, meeting_of("h1@x.example", status="canceled"), True),
    ("another time", {}, meeting_of("h1@x.example", start=NOW), False),
    ("canceled", {}, meeting_of("h1@x.example", status="canceled"), False),
    ("canceled, with a spent token", {"token_state": "spent"}, meeting_of("h1@x.example", status="canceled"), True),
    ("told to someone else", {}, meeting_of("h1@x.example", id="reported"), False),
]


@pytest.mark.parametrize(("known", "meeting", "found"), [row[1:] for row in MATCHES], ids=[row[0] for row in MATCHES])
def test_a_meeting_is_the_bookings_or_not(known: dict[str, Any], meeting: Meeting, found: bool) -> None:
    booking = pending_of(**known)
    assert (match(booking, candidates(booking, [meeting], owners={"reported": "another"})) is meeting) is found


UNCERTAIN: list[tuple[str, Meeting, bool]] = [
    ("none of its hosts", meeting_of("h3@x.example"), False),
    ("another time", meeting_of("h1@x.example", start=NOW), False),
    ("told to someone else", meeting_of("h1@x.example", id="reported", status="canceled"), False),
    ("told to its own caller", meeting_of("h1@x.example", id="its own", status="canceled"), True),
    ("without a start", meeting_of("h1@x.example", start=None), True),
    ("without a start, another's host", meeting_of("h3@x.example", start=None), False),
    ("canceled, without a start", meeting_of("h1@x.example", start=None, status="canceled"), True),
    ("canceled", meeting_of("h1@x.example", status="canceled"), True),
    ("moved", meeting_of("h1@x.example", start=NOW, status="rescheduled"), True),
    ("another's, moved", meeting_of("h3@x.example", start=NOW, status="rescheduled"), False),
]


@pytest.mark.parametrize(("meeting", "uncertain"), [row[1:] for row in UNCERTAIN], ids=[row[0] for row in UNCERTAIN])
def test_what_may_be_the_meeting_leaves_it_uncertain(meeting: Meeting, uncertain: bool) -> None:
    booking = pending_of(id="b1")
    found = candidates(booking, [meeting], owners={"reported": "another", "its own": "b1"})
    assert match(booking, found) is None
    assert bool(found) is uncertain


@pytest.mark.parametrize("mode", sorted(MODES))
async def test_a_lost_meeting_that_its_host_canceled_is_not_booked_again(mode: str) -> None:
    client, sandbox, transport, _ = delayed(0.0)
    host = BookIt(sandbox.api_key, transport=sandbox.transport)
    land = transport.land

    async def land_and_cancel(*, everything: bool = False) -> None:
        await land(everything=everything)
        for one in sandbox.meetings:
            await host.cancel(one.id)

    transport.land = land_and_cancel  # type: ignore[method-assign]
    if mode in ("token", "pool"):  # the token tells that it was this booking
        booked = await MODES[mode](client)
        assert booked.meeting_id == sandbox.meetings[0].id
    else:
        with pytest.raises(
            OutcomeUnknownError, match="was canceled, was moved or has no start, so that it may be this"
        ):
            await MODES[mode](client)
    assert transport.booked == len(sandbox.meetings) == 1


async def test_an_earlier_meeting_that_was_canceled_stands_in_the_way_only_of_clients_that_do_not_know_it() -> None:
    client, sandbox, transport, clock = delayed()
    first = await MODES["link"](client)
    await client.cancel(first.meeting_id)
    transport.delays.append(None)
    second = await MODES["link"](client)
    await client.cancel(second.meeting_id)
    assert [one.id for one in sandbox.meetings] == [first.meeting_id, second.meeting_id]
    transport.delays.append(None)
    stranger = BookIt(sandbox.api_key, transport=transport, clock=clock, now=clock.wall, sleep=clock.sleep)
    with pytest.raises(
        OutcomeUnknownError, match="was canceled, was moved or has no start, so that it may be this one or not"
    ):
        await MODES["link"](stranger)
    assert len(sandbox.meetings) == 2


MISSING: list[tuple[str, dict[str, Any], list[Meeting] | None, str]] = [
    ("not there", {}, [], "the meeting was not found in time"),
    ("not seen", {}, None, "the meeting was not found in time"),
    ("perhaps there", {}, [meeting_of(None)], "the prospect has a meeting at that time, but the offer does not tell"),
    (
        "moved, perhaps",
        {},
        [meeting_of(None, start=None)],
        "one of the prospect's meetings was canceled, was moved or has no start",
    ),
    ("no address", {"prospect_email": None}, None, "without an email address it cannot be looked up"),
    ("spent, not there", {"token_state": "spent"}, [], "a meeting exists with this token, but is not among"),
    ("spent, not seen", {"token_state": "spent"}, None, "the meeting was not found in time"),
    (
        "spent, no address",
        {"token_state": "spent", "prospect_email": None},
        None,
        "a meeting exists with this token, but cannot be found without an email address",
    ),
]


@pytest.mark.parametrize(("known", "found", "reason"), [row[1:] for row in MISSING], ids=[row[0] for row in MISSING])
def test_what_is_left_open_says_why(known: dict[str, Any], found: list[Meeting] | None, reason: str) -> None:
    assert why_open(pending_of(**known), "it timed out", found).startswith(f"it timed out, and {reason}")


async def test_a_client_remembers_only_the_last_meetings_that_it_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bookit_async.once.ledger.REPORTED", 1)
    client, sandbox, _, _ = delayed()
    for _ in range(2):
        assert isinstance(await MODES["pool"](client), Booked)
    ledger = client._ledger  # pyright: ignore[reportPrivateUsage]
    first, second = sandbox.meetings
    known = pending_of(prospect_email=first.prospect_email)
    assert (ledger.owner(first.id, known), ledger.owner(second.id, known) is None) == (None, False)


@pytest.mark.parametrize("value", ["Thu, 01 Jan 1970 00:00:00 +99999999999999999", "\x00", "1e9"])
def test_a_nonsensical_retry_after_is_none(value: str) -> None:
    assert retry_after({"retry-after": value}, now=NOW) == 0
