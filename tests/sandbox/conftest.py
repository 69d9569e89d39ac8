from datetime import UTC, datetime

import pytest

from bookit_async.sandbox import Sandbox

from .door import Clock, Door
from .worlds import small_world


@pytest.fixture
def door() -> Door:
    """A fresh small world on Monday 4 May 2026, 06:00 UTC, two hours before London's hosts begin."""
    clock = Clock(datetime(2026, 5, 4, 6, tzinfo=UTC))
    return Door(Sandbox(small_world(), now=clock, seed=1, tcp=False), clock)
