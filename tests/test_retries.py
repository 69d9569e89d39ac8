"""What may be repeated, and when: tables, and the transport that goes by them, without waiting."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bookit_async import BookIt, RateLimitError, RetryPolicy, ServerError, TransportFailure, WireResponse
from bookit_async._generated.api import OPERATIONS
from bookit_async.retries import (
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

from .clock import Clock
from .conftest import ADA, NODE
from .test_client import KEY, Script, ok

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
    assert may_repeat(operation, Trouble.REFUSED)
    assert may_repeat(operation, Trouble.UNKNOWN) is (operation not in WRITES)


OUTCOMES: list[tuple[Any, Trouble | None]] = [
    (NOT_SENT, Trouble.NOT_SENT),
    (LOST, Trouble.UNKNOWN),
    (ok({}, 429), Trouble.REFUSED),
    (ok({}, 500), Trouble.UNKNOWN),
    (ok(b"<html>", 502), Trouble.UNKNOWN),
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
        ("1.5", 0),
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
    ("repeats a write that was refused", {"operation": "book_meeting", "what": Trouble.REFUSED, "jitter": 1.0}, 0.2),
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


def test_a_budget_is_emptied_by_repetitions_and_filled_by_successes() -> None:
    budget = RetryBudget(2)
    assert [budget.take() for _ in range(3)] == [True, True, False]
    for _ in range(9):
        budget.refill()
    assert not budget.take()
    budget.refill()
    assert budget.take()
    for _ in range(100):
        budget.refill()
    assert [budget.take() for _ in range(3)] == [True, True, False]


def patient(*answers: Any, **options: Any) -> tuple[BookIt, Script, Clock]:
    script, clock = Script(*answers), Clock()
    client = BookIt(KEY, transport=script, clock=clock, sleep=clock.sleep, jitter=lambda: 1.0, **options)
    return client, script, clock


@pytest.mark.parametrize("first", [NOT_SENT, LOST, ok({}, 503), ok({}, 429), ok(b"<html>")])
async def test_a_read_is_repeated_on_any_passing_failure(first: Any) -> None:
    client, script, clock = patient(first, first, EMPTY)
    assert (await client.inputs(NODE)).inputs == ()
    assert (len(script.sent), clock.slept) == (3, [0.2, 0.4])


async def test_routing_is_repeated_with_the_same_uid() -> None:
    client, script, _ = patient(LOST, {"routing": {"responseType": "none"}})
    await client.route(NODE, ADA)
    assert script.sent[0][0].content == script.sent[1][0].content


async def test_giving_up_gives_the_last_answer() -> None:
    client, script, _ = patient(*[ok({}, 503)] * 4)
    with pytest.raises(ServerError):
        await client.inputs(NODE)
    assert len(script.sent) == 4


async def test_retry_after_is_honoured_within_the_deadline() -> None:
    busy = WireResponse(status=429, headers={"retry-after": "20"}, body=b"{}")
    client, script, clock = patient(busy, EMPTY)
    await client.inputs(NODE)
    assert clock.slept == [20.0]
    client, script, clock = patient(busy, EMPTY, deadline=20)
    with pytest.raises(RateLimitError):
        await client.inputs(NODE)
    assert (len(script.sent), clock.slept) == (1, [])


async def test_a_sending_never_gets_more_than_is_left_of_the_deadline() -> None:
    client, script, _ = patient(ok({}, 429), EMPTY, timeout=30, deadline=10)
    await client.inputs(NODE)
    assert [timeout for _, timeout in script.sent] == [10, pytest.approx(9.8)]


async def test_an_outage_is_not_multiplied() -> None:
    client, script, _ = patient(*[LOST] * 200, retries=RetryPolicy(attempts=4, budget=10))
    for _ in range(50):
        with pytest.raises(Exception, match="perhaps processed"):
            await client.inputs(NODE)
    assert len(script.sent) == 50 + 10
