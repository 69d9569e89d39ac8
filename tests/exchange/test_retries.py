"""What may be repeated, and when: tables, and the transport that goes by them, without waiting."""

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from bookit_async import (
    Booked,
    BookIt,
    BookItError,
    OutcomeUnknownError,
    RateLimitError,
    RetryPolicy,
    ServerError,
    TransportFailure,
    WireRequest,
    WireResponse,
)
from bookit_async._generated.api import OPERATIONS
from bookit_async._generated.models import NewTime, SelectedPoolTime, SelectedTime
from bookit_async.exchange.retries import (
    BOOKINGS,
    READS,
    ROUTINGS,
    WRITES,
    RetryBudget,
    Trouble,
    decide,
    may_repeat,
    retry_after,
    trouble,
)
from bookit_async.sandbox import Sandbox

from ..clock import Clock
from ..conftest import ADA, NODE
from ..flaky import Fault, Flaky
from ..scenes import MODES
from ..scripted import KEY, Script, ok

NOW = datetime(2025, 5, 5, 12, 0, tzinfo=UTC)
POLICY = RetryPolicy(attempts=4, first_wait=0.2, longest_wait=5.0)
NOT_SENT = TransportFailure("connection refused", maybe_processed=False)
LOST = TransportFailure("the connection was lost", maybe_processed=True)
EMPTY: dict[str, Any] = {"inputs": []}


def test_every_operation_is_a_read_a_routing_or_a_write() -> None:
    assert {operation.name for operation in OPERATIONS.values()} == READS | ROUTINGS | WRITES
    assert not READS & ROUTINGS
    assert not (READS | ROUTINGS) & WRITES


@pytest.mark.parametrize("operation", sorted(READS | ROUTINGS | WRITES))
def test_only_a_write_that_may_have_been_processed_is_not_repeated(operation: str) -> None:
    assert may_repeat(operation, Trouble.NOT_SENT)
    assert may_repeat(operation, Trouble.REFUSED) is (operation not in BOOKINGS)
    assert may_repeat(operation, Trouble.UNKNOWN) is (operation not in WRITES)


OUTCOMES: list[tuple[Any, Trouble | None]] = [
    (NOT_SENT, Trouble.NOT_SENT),
    (LOST, Trouble.UNKNOWN),
    (ok({}, 429), Trouble.REFUSED),
    (ok({}, 500), Trouble.UNKNOWN),
    (ok(b"<html>", 502), Trouble.UNKNOWN),
    (ok({}, 408), Trouble.UNKNOWN),
    (ok(b"", 101), Trouble.UNKNOWN),
    (ok({}, 599), Trouble.UNKNOWN),
    (ok(b"<html>"), Trouble.UNKNOWN),
    (ok(b""), Trouble.UNKNOWN),
    (ok(b"  {}"), None),
    (ok([]), None),
    (ok({}, 400), None),
    (ok({}, 401), None),
    (ok({}, 404), None),
    (ok(b"", 302), None),
]


@pytest.mark.parametrize(("outcome", "expected"), OUTCOMES)
def test_trouble_is_what_stands_between_a_sending_and_its_answer(outcome: Any, expected: Trouble | None) -> None:
    assert trouble(outcome, has_answer=True) is expected


def test_an_operation_without_an_answer_may_answer_nothing() -> None:
    assert trouble(ok(b""), has_answer=False) is None


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, 0),
        ("", 0),
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("Mon, 05 May 2025 12:00:30 GMT", 30),
        ("Mon, 05 May 2025 11:00:00 GMT", 0),
        ("Monday, 05-May-25 12:00:30 GMT", 30),
        ("soon", 0),
        ("-5", 0),
        ("-0.5", 0),
        ("+5", 0),
        ("1.5", 1.5),
        (" 0.25 ", 0.25),
        ("1.", 0),
        (".5", 0),
        ("1,5", 5),
        ("30, 120", 120),
        ("5, soon", 0),
        ("nan", 0),
        ("inf", 0),
        ("0x10", 0),
        ("Fri, 05 May 2045 12:00:00 GMT", 631_152_000),
        ("Mon, 05 May 2025 12:00:30 -0000", 30),
        ("Mon, 05 May 2025 13:00:30 +0100", 30),
        ("Mon May  5 12:00:30 2025", 30),
        ("Mon, 35 May 2025 12:00:30 GMT", 0),
        ("٣", 0),
        ("9" * 400, 999_999_999),
    ],
)
def test_retry_after_is_read_in_both_notations(value: str | None, seconds: float) -> None:
    headers = {} if value is None else {"retry-after": value}
    assert retry_after(headers, now=NOW) == seconds


DECISIONS: list[tuple[str, dict[str, Any], float | None]] = [
    ("the first wait, half of it at least", {"jitter": 0.0}, 0.1),
    ("the first wait, all of it at most", {"jitter": 1.0}, 0.2),
    ("doubles", {"attempt": 3, "jitter": 1.0}, 0.8),
    ("gives up after the last attempt", {"attempt": 4}, None),
    ("honours what the service asks for", {"asked": 3.0}, 3.0),
    ("waits longer than asked if its own wait is", {"asked": 0.01, "jitter": 1.0}, 0.2),
    ("gives up when the deadline is nearer than the wait", {"asked": 3.0, "remaining": 3.0}, None),
    ("repeats a write that was not sent", {"operation": "book_meeting", "what": Trouble.NOT_SENT, "jitter": 1.0}, 0.2),
    ("repeats a change that was refused", {"operation": "cancel_meeting", "what": Trouble.REFUSED, "jitter": 1.0}, 0.2),
    ("never repeats a booking on a guess", {"operation": "book_meeting", "what": Trouble.REFUSED, "jitter": 1.0}, None),
    ("never repeats a write that may have been processed", {"operation": "book_meeting"}, None),
    ("repeats a routing", {"operation": "route_and_fetch_availability", "jitter": 1.0}, 0.2),
]


@pytest.mark.parametrize(("given", "expected"), [row[1:] for row in DECISIONS], ids=[row[0] for row in DECISIONS])
def test_decisions(given: dict[str, Any], expected: float | None) -> None:
    defaults: dict[str, Any] = {
        "operation": "get_meeting",
        "what": Trouble.UNKNOWN,
        "attempt": 1,
        "policy": POLICY,
        "jitter": 0.5,
        "asked": 0.0,
        "remaining": 60.0,
    }
    given = defaults | given
    assert decide(given.pop("operation"), given.pop("what"), **given) == expected


def test_the_wait_never_grows_beyond_its_limit() -> None:
    assert POLICY.wait(1000, jitter=1.0) == 5.0


def test_the_jitter_spreads_a_wait_over_its_upper_half() -> None:
    for attempt, whole in ((1, 0.2), (2, 0.4), (5, 3.2), (6, 5.0), (1000, 5.0)):
        waits = [POLICY.wait(attempt, jitter=jitter) for jitter in (0.0, 0.5, 1.0)]
        assert waits == pytest.approx([whole / 2, whole * 0.75, whole])


def test_looks_grow_rarer_than_repetitions_and_are_rarest_when_an_outage_is_not_to_be_multiplied() -> None:
    assert [POLICY.pause(look, jitter=1.0) for look in (1, 2, 6, 7, 8, 1000)] == [0.2, 0.4, 6.4, 12.8, 15.0, 15.0]
    assert [POLICY.pause(look, jitter=0.0, slow=True) for look in (1, 1000)] == [7.5, 7.5]


def test_a_budget_is_emptied_by_repetitions_and_filled_by_successes() -> None:
    budget = RetryBudget(2)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    for _ in range(4):
        budget.refill(repeated=False)
    assert not budget.take()
    budget.refill(repeated=False)
    assert budget.take()
    budget.refill(repeated=True)
    assert [budget.take(), budget.take()] == [True, False]
    for _ in range(100):
        budget.refill(repeated=True)
    assert [budget.take() for _ in range(3)] == [True, True, False]


def patient(*answers: Any, **options: Any) -> tuple[BookIt, Script, Clock]:
    script, clock = Script(*answers), Clock()
    options = {"check_inputs": False, **options}
    client = BookIt(KEY, transport=script, clock=clock, sleep=clock.sleep, jitter=lambda: 1.0, **options)
    return client, script, clock


async def test_giving_up_gives_the_last_answer() -> None:
    client, script, _ = patient(*[ok({}, 503)] * 4)
    with pytest.raises(ServerError):
        await client.inputs(NODE)
    assert len(script.sent) == 4


async def test_a_sending_never_gets_more_than_is_left_of_the_deadline() -> None:
    client, script, _ = patient(ok({}, 429), EMPTY, timeout=30, deadline=10)
    await client.inputs(NODE)
    assert [timeout for _, timeout in script.sent] == [10, pytest.approx(9.8)]


FAILURES: dict[str, Any] = {
    "not sent": NOT_SENT,
    "lost": LOST,
    "408": ok({}, 408),
    "429": ok({}, 429),
    "500": ok({"error": "Something went wrong."}, 500),
    "502": ok(b"<html>", 502),
    "503 with Retry-After": WireResponse(status=503, headers={"retry-after": "7"}, body=b"{}"),
    "504": ok({"message": "Endpoint request timed out"}, 504),
    "not JSON": ok(b"<html>"),
    "broken off": ok(b'{"inputs": ['),
}
"""What may happen to a sending that is all right the next time."""
SURE = {"not sent", "429"}
"""After which the request was surely not processed."""
TIME = NewTime(start_time=1, end_time=2, timezone="UTC")
SENDINGS: dict[str, Callable[[BookIt], Awaitable[object]]] = {
    "retrieve_inputs": lambda client: client.api.retrieve_inputs(node_name=NODE),
    "fetch_availability": lambda client: client.api.fetch_availability(token="t"),
    "list_meetings": lambda client: client.api.list_meetings(prospect_email="ada@engines.example"),
    "get_meeting": lambda client: client.api.get_meeting("m"),
    "legacy_retrieve_info": lambda client: client.api.legacy_retrieve_info(params="p"),
    "legacy_retrieve_modification_info": lambda client: client.legacy.modification("m"),
    "route_and_fetch_availability": lambda client: client.route(NODE, ADA),
    "legacy_route": lambda client: client.legacy.route(NODE, ADA),
    "book_meeting": lambda client: client.api.book_meeting(
        scheduled_time=SelectedTime(start_time=1, end_time=2, timezone="UTC"), user_fields=[], token="t"
    ),
    "book_round_robin_meeting": lambda client: client.api.book_round_robin_meeting(
        scheduled_time=SelectedPoolTime(start_time=1, end_time=2, timezone="UTC", users=["h"]),
        user_fields=[],
        token="t",
    ),
    "reschedule_meeting": lambda client: client.api.reschedule_meeting("m", scheduled_time=TIME),
    "cancel_meeting": lambda client: client.api.cancel_meeting("m"),
}


def test_the_table_has_every_operation() -> None:
    assert set(SENDINGS) == READS | ROUTINGS | WRITES


NO_SLOTS: dict[str, Any] = {"availability": {}}
GOOD: dict[str, Any] = {
    "list_meetings": [],
    "cancel_meeting": b"",
    "get_meeting": {"id": "m"},
    "retrieve_inputs": {"inputs": []},
    "route_and_fetch_availability": {"routing": {"responseType": "none"}},
    "legacy_route": {"responseType": "none"},
    "fetch_availability": NO_SLOTS,
    "legacy_retrieve_info": NO_SLOTS,
    "legacy_retrieve_modification_info": NO_SLOTS,
}


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("operation", SENDINGS)
async def test_what_is_sent_again(operation: str, failure: str) -> None:
    good: Any = GOOD.get(operation, {})
    client, script, clock = patient(FAILURES[failure], FAILURES[failure], good)
    if (operation in WRITES and failure not in SURE) or (operation in BOOKINGS and "429" in failure):
        with pytest.raises((OutcomeUnknownError, ServerError, RateLimitError)):
            await SENDINGS[operation](client)
        assert (len(script.sent), clock.slept) == (1, [])
    else:
        await SENDINGS[operation](client)
        assert clock.slept == ([7.0, 7.0] if "Retry-After" in failure else [0.2, 0.4])
        first, *others = (request for request, _ in script.sent)
        assert others == [first, first], "what is sent again is the same, the uid included"


BUSY: list[tuple[str, list[float] | None]] = [
    ("0", [0.2]),
    ("2", [2.0]),
    ("2.5", [2.5]),
    ("59", [59.0]),
    ("60", None),
    ("86400", None),
    ("9" * 400, None),
    ("-5", [0.2]),
    ("soon", [0.2]),
    ("Mon, 05 May 2025 12:00:30 GMT", [30.0]),
    ("Mon, 05 May 2025 11:00:00 GMT", [0.2]),
    ("Mon, 05 May 2025 13:00:00 GMT", None),
    ("Fri, 05 May 2045 12:00:00 GMT", None),
]


@pytest.mark.parametrize(("asked", "slept"), BUSY)
@pytest.mark.parametrize("status", [429, 503])
async def test_retry_after_is_honoured_within_the_deadline(status: int, asked: str, slept: list[float] | None) -> None:
    busy = WireResponse(status=status, headers={"retry-after": asked}, body=b"{}")
    client, script, clock = patient(busy, EMPTY, deadline=60, now=lambda: NOW)
    if slept is None:
        with pytest.raises(RateLimitError if status == 429 else ServerError):
            await client.inputs(NODE)
        assert (len(script.sent), clock.slept) == (1, [])
    else:
        await client.inputs(NODE)
        assert (len(script.sent), clock.slept) == (2, slept)


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("budget", [0, 10])
async def test_an_outage_is_not_multiplied(failure: str, budget: int) -> None:
    policy = RetryPolicy(attempts=4, budget=budget)
    client, script, _ = patient(*[FAILURES[failure]] * 200, retries=policy, deadline=1000)
    clients = [client, client.with_options(timeout=5), client.with_options(api_key="another")]
    for number in range(50):
        with pytest.raises(BookItError):
            await clients[number % 3].inputs(NODE)
    assert len(script.sent) == 50 + budget


async def test_repetitions_come_back_as_the_service_does() -> None:
    client, script, _ = patient(retries=RetryPolicy(attempts=4, budget=2))

    async def sent(*answers: Any) -> int:
        before, script.answers = len(script.sent), list(answers)
        with contextlib.suppress(BookItError):
            await client.inputs(NODE, refresh=True)
        return len(script.sent) - before

    down = [ok({}, 503)] * 4
    assert await sent(*down) == 3, "the budget is spent"
    assert await sent(*down) == 1
    assert await sent(ok({}, 404)) == 1, "a refusal is no success"
    assert [await sent(EMPTY) for _ in range(5)] == [1] * 5
    assert await sent(ok({}, 503), EMPTY) == 2, "five successes are worth a repetition, and this one came back"
    assert await sent(*down) == 2
    assert await sent(*down) == 1


@pytest.mark.parametrize("mode", MODES)
async def test_looking_for_lost_bookings_does_not_multiply_an_outage(mode: str) -> None:
    sandbox, clock = Sandbox(now=lambda: NOW, seed=1, tcp=False), Clock()
    transport = Flaky(sandbox.transport, [], on="")
    policy = RetryPolicy(attempts=4, budget=20)
    options: dict[str, Any] = {"retries": policy, "clock": clock, "sleep": clock.sleep, "jitter": lambda: 1.0}
    client = BookIt(sandbox.api_key, transport=transport, **options)
    counts: list[int] = []
    for _ in range(8):
        before = len(transport.sent)
        plan: list[Fault] = ["before"] * 100
        plan[0] = "ok"
        transport.plan = plan
        with pytest.raises(OutcomeUnknownError):
            await MODES[mode](client)
        counts.append(len(transport.sent) - before)
    # The slots, the booking, a look at once, each 15 seconds of 90 and as the booking settles and the time is over.
    alone = 2 + 1 + 6 + 2
    assert max(counts[2:]) <= alone
    assert sum(counts) <= len(counts) * (alone + 1) + policy.budget


async def test_looks_that_are_answered_cost_nothing() -> None:
    sandbox, clock = Sandbox(now=lambda: NOW, seed=1, tcp=False), Clock()
    transport = Flaky(sandbox.transport, ["before"], method="POST")
    policy = RetryPolicy(budget=1)
    options: dict[str, Any] = {"retries": policy, "clock": clock, "sleep": clock.sleep, "jitter": lambda: 1.0}
    client = BookIt(sandbox.api_key, transport=transport, **options)
    booked = await MODES["link"](client)
    assert isinstance(booked, Booked)
    assert clock.slept[:7] == [0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8], "looking, as often as ever"
    assert clock.slept[8:] == [0.2], "the booking is sent again, which costs the one repetition"


async def test_a_caller_that_is_cancelled_between_two_sendings_leaves_no_request_behind() -> None:
    """Not even until the garbage is collected: it holds the key and the prospect."""
    sent: list[weakref.ref[WireRequest]] = []
    waiting = asyncio.Event()

    class Refusing:
        async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - takes no time
            sent.append(weakref.ref(request))
            raise TransportFailure("refused", maybe_processed=False)

        async def close(self) -> None: ...

    async def sleep(_: float) -> None:
        waiting.set()
        await asyncio.Event().wait()

    async with BookIt(KEY, transport=Refusing(), sleep=sleep) as client:
        gc.disable()
        try:
            caller = asyncio.create_task(client.meetings("ada@engines.example"))
            await waiting.wait()
            caller.cancel()
            await asyncio.wait({caller})
            del caller
            assert [one() for one in sent] == [None]
        finally:
            gc.enable()
