"""Fault plans: what they decide, and what is wrong with them. No network."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from bookit_async.sandbox.faults import KINDS, Fault, FaultPlan, FaultPlanError

from ... import paths

BOOK = ("POST", "/v1/meeting")
READ = ("GET", "/v1/meeting/abc%2Fdef")
LIST = ("GET", "/v1/meetings?prospectEmail=a%40b.example")
ROUTE = ("POST", paths.ROUTE)


def kinds(plan: FaultPlan, request: tuple[str, str], times: int) -> list[str | None]:
    found = [plan.decide(*request) for _ in range(times)]
    return [None if fault is None else fault.kind for fault in found]


def test_a_fault_happens_to_its_operation_only() -> None:
    plan = FaultPlan([Fault("reset", operation="book_meeting")])
    assert kinds(plan, BOOK, 2) == ["reset", "reset"]
    for other in (READ, LIST, ROUTE, ("GET", "/v1/meeting"), ("POST", "/v1/meeting/"), ("GET", "/"), ("PUT", "*")):
        assert plan.decide(*other) is None


@pytest.mark.parametrize("name", ["getMeeting", "get_meeting"])
def test_an_operation_goes_by_either_name(name: str) -> None:
    fault = Fault("close", operation=name)
    assert fault.operation == "get_meeting"
    assert FaultPlan([fault]).decide(*READ) is fault


def test_a_fault_without_an_operation_happens_to_all_twelve_and_to_nothing_else() -> None:
    plan = FaultPlan([Fault("close")])
    assert all(plan.decide(*request) for request in (BOOK, READ, LIST, ROUTE))
    assert plan.decide("GET", "/health") is None


def test_when_is_before_where_that_makes_sense() -> None:
    assert {kind: Fault(kind).when for kind in KINDS} == {kind: whens[0] for kind, whens in KINDS.items()}


def test_faults_follow_each_other_as_they_are_used_up() -> None:
    plan = FaultPlan([Fault("reset", times=2), Fault("stall", operation="get_meeting", times=1), Fault("empty")])
    assert kinds(plan, READ, 4) == ["reset", "reset", "stall", "empty"]


def test_rates_add_up() -> None:
    plan = FaultPlan([Fault("reset", rate=0.1), Fault("close", rate=0.3, when="after"), Fault("empty", rate=0.6)])
    counted = Counter(kinds(plan, BOOK, 10_000))
    assert {kind: round(times / 10_000, 1) for kind, times in counted.items()} == {
        "reset": 0.1,
        "close": 0.3,
        "empty": 0.6,
    }


def test_a_seed_and_a_sequence_give_the_same_on_every_run_and_machine() -> None:
    once = [kind is not None for kind in kinds(FaultPlan([Fault("reset", rate=0.5)], seed=7), BOOK, 8)]
    assert once == [False, True, False, True, False, True, True, False]
    plans = [FaultPlan.of_every_kind(rate=0.3, seed=seed) for seed in (1, 1, 2)]
    first, again, other = ([kinds(plan, request, 200) for request in (BOOK, READ)] for plan in plans)
    assert first == again != other
    assert first[0] != first[1]


def test_an_operation_is_decided_alike_whatever_comes_between() -> None:
    alone, mixed = (FaultPlan.of_every_kind(rate=0.3, seed=3) for _ in range(2))
    expected = kinds(alone, BOOK, 50)
    found: list[str | None] = []
    for _ in range(50):
        found += kinds(mixed, BOOK, 1)
        kinds(mixed, READ, 3)
        mixed.decide_connection()
    assert found == expected


def test_losing_the_race_needs_a_connection_that_was_used() -> None:
    plan = FaultPlan([Fault("close_on_reuse", operation="book_meeting")])
    assert plan.decide(*BOOK, reused=False) is None
    assert plan.decide(*BOOK, reused=True)


def test_connections_are_decided_apart_from_requests() -> None:
    plan = FaultPlan([Fault("reset_on_accept", times=1), Fault("close")])
    assert kinds(plan, BOOK, 1) == ["close"]
    assert [bool(plan.decide_connection()) for _ in range(2)] == [True, False]


def test_every_kind_means_every_kind_before_and_after_and_the_rate_in_all() -> None:
    plan = FaultPlan.of_every_kind(rate=0.3, seed=1)
    seen = {(fault.kind, fault.when) for fault in plan.faults}
    assert seen == {(kind, when) for kind, whens in KINDS.items() for when in whens}
    decided = kinds(plan, BOOK, 10_000)
    assert 0.28 < sum(kind is not None for kind in decided) / 10_000 < 0.32
    assert set(decided) == {None, *KINDS} - {"reset_on_accept"}
    assert 0 < sum(plan.decide_connection() is not None for _ in range(10_000)) / 10_000 < 0.02


def test_every_kind_for_some_operations() -> None:
    plan = FaultPlan.of_every_kind(rate=1, operations=("bookMeeting", "cancel_meeting"))
    assert plan.decide(*BOOK)
    assert plan.decide("DELETE", "/v1/meeting/abc")
    assert plan.decide(*READ) is None
    assert plan.decide_connection() is None


def test_the_repr_is_short() -> None:
    assert repr(FaultPlan([Fault("close")], seed=4)) == "FaultPlan(1 faults, seed=4)"


MISTAKES: list[tuple[Fault, str]] = [
    (Fault("rest"), "there is no such kind (did you mean 'reset'?)"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] # what is tested
    (Fault("reset", when="later"), "when='later' (use 'before', 'after' or 'late')"),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType] # what is tested
    (Fault("too_many_requests", when="after"), "it makes no sense 'after' (use 'before')"),
    (Fault("reset_after_head", when="late"), "it makes no sense 'late' (use 'before')"),
    (Fault("interim", when="before"), "it makes no sense 'before' (use 'after')"),
    (Fault("reset", operation="book_meting"), "there is no operation 'book_meting' (did you mean 'book_meeting'?)"),
    (Fault("reset_on_accept", operation="book_meeting"), "it has no operation, because nothing has been read yet"),
    (Fault("reset", rate=0), "rate=0 (use a number above 0 and up to 1)"),
    (Fault("reset", rate=1.5), "rate=1.5 "),
    (Fault("reset", rate=float("nan")), "rate=nan "),
    (Fault("reset", times=0), "times=0 (use 1 or more, or None for no end)"),
    (Fault("reset", retry_after=1), "it says no Retry-After (only too_many_requests and service_unavailable do)"),
    (Fault("too_many_requests", retry_after=-1), "retry_after=-1 (use 0 or more seconds"),
]


@pytest.mark.parametrize(("fault", "mistake"), MISTAKES)
def test_each_mistake(fault: Fault, mistake: str) -> None:
    with pytest.raises(FaultPlanError) as caught:
        FaultPlan([fault])
    assert caught.value.mistakes[0].startswith(f"fault 1 ({fault.kind}): {mistake}")
    assert mistake in str(caught.value)


def test_names_that_resemble_nothing_are_answered_with_all_there_are() -> None:
    unknown: Any = "zzz"
    with pytest.raises(FaultPlanError) as caught:
        FaultPlan([Fault(unknown, operation="zzz")])
    kind, operation = caught.value.mistakes
    assert "(there are reset_on_accept, " in kind
    assert "(there are retrieve_inputs, " in operation


def test_all_mistakes_come_at_once() -> None:
    faults = [Fault("interim", when="before", times=0), Fault("close"), Fault("stall", rate=2)]
    with pytest.raises(FaultPlanError) as caught:
        FaultPlan(faults)
    assert len(caught.value.mistakes) == 4
    assert str(caught.value).count("\n- fault ") == 4


@pytest.mark.parametrize(
    ("earlier", "later", "is_reached"),
    [
        ([Fault("reset")], Fault("close"), False),
        ([Fault("reset", rate=0.5), Fault("empty", rate=0.5)], Fault("close", operation="get_meeting"), False),
        ([Fault("reset", operation="bookMeeting")], Fault("close", operation="book_meeting"), False),
        ([Fault("reset_on_accept")], Fault("reset_on_accept", times=1), False),
        ([Fault("reset", times=9)], Fault("close"), True),
        ([Fault("reset", rate=0.9)], Fault("close"), True),
        ([Fault("reset", operation="bookMeeting")], Fault("close"), True),
        ([Fault("close_on_reuse")], Fault("close"), True),
        ([Fault("reset_on_accept")], Fault("close"), True),
        ([Fault("close")], Fault("reset_on_accept"), True),
    ],
)
def test_a_fault_that_can_never_happen_is_a_mistake(earlier: list[Fault], later: Fault, is_reached: bool) -> None:
    if is_reached:
        assert FaultPlan([*earlier, later]).faults[-1] is later
        return
    with pytest.raises(FaultPlanError, match="it never happens"):
        FaultPlan([*earlier, later])


def test_a_retry_after_may_be_seconds_or_a_time_span() -> None:
    waits = (0, 7, timedelta(seconds=-3))
    assert FaultPlan([Fault("too_many_requests", retry_after=wait, times=1) for wait in waits])
