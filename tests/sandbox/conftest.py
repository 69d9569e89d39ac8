from datetime import UTC, datetime

import pytest

from bookit_async.sandbox import Sandbox

from .front_door import Door
from .worlds import small_world


@pytest.fixture
def door() -> Door:
    """A fresh small world on Monday 4 May 2026, 06:00 UTC, two hours before London's hosts begin."""
    return Door(Sandbox(small_world(), now=datetime(2026, 5, 4, 6, tzinfo=UTC), seed=1, tcp=False))
