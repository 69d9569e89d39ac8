"""One in how many ways is tried where very many are: all of them, unless ONE_IN says otherwise (`make test-fast`)."""

import os
from collections import Counter

import pytest

ONE_IN = int(os.environ.get("ONE_IN", "1"))


def tries(count: int) -> int:
    """Return how many examples to generate where `count` are wanted."""
    return max(count // ONE_IN, 5)


def sampled(items: list[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """Return which of the collected tests to run, and which not: of a test marked `long` one in ONE_IN of its cases."""
    seen: Counter[str] = Counter()
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    for item in items:
        name = item.nodeid.partition("[")[0]
        (left if item.get_closest_marker("long") and seen[name] % ONE_IN else kept).append(item)
        seen[name] += 1
    return kept, left
