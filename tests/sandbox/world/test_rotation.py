from collections import Counter

import pytest

from bookit_async.sandbox.world import Member, Pool
from bookit_async.sandbox.world.rotation import priority


def pool(**weights: int) -> Pool:
    return Pool(pool_id="p", name="p", members=tuple(Member(user_id=name, weight=weights[name]) for name in weights))


@pytest.mark.parametrize(
    ("weights", "booked", "order"),
    [
        ({"a": 1, "b": 1, "c": 1}, {}, ["a", "b", "c"]),
        ({"a": 1, "b": 1, "c": 1}, {"a": 1}, ["b", "c", "a"]),
        ({"a": 1, "b": 1, "c": 1}, {"a": 1, "b": 1}, ["c", "a", "b"]),
        ({"a": 1, "b": 2}, {}, ["b", "a"]),
        ({"a": 1, "b": 2}, {"b": 1}, ["a", "b"]),
        ({"a": 1, "b": 2}, {"b": 1, "a": 1}, ["b", "a"]),
        ({"a": 1, "b": 3}, {"b": 2, "stranger": 9}, ["a", "b"]),
    ],
)
def test_who_is_owed_most_comes_first(weights: dict[str, int], booked: dict[str, int], order: list[str]) -> None:
    assert priority(pool(**weights), booked) == order


@pytest.mark.parametrize("weights", [{"a": 1, "b": 1, "c": 1}, {"a": 5, "b": 3, "c": 1, "d": 1}, {"a": 7, "b": 100}])
def test_over_ten_thousand_meetings_everyone_gets_their_share(weights: dict[str, int]) -> None:
    members, booked = pool(**weights), Counter[str]()
    for _ in range(10_000):
        booked[priority(members, booked)[0]] += 1
    for name, weight in weights.items():
        assert booked[name] == pytest.approx(10_000 * weight / sum(weights.values()), rel=0.02)


def test_equal_members_never_differ_by_more_than_one() -> None:
    members, booked = pool(a=1, b=1, c=1, d=1), Counter[str](dict.fromkeys("abcd", 0))
    for _ in range(101):
        booked[priority(members, booked)[0]] += 1
        assert max(booked.values()) - min(booked.values()) <= 1
