"""A database for durable bookings: a real PostgreSQL, one for all tests of a process."""

import os
from collections.abc import Iterator

import pytest

from .postgres import Postgres, programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    found = programs()
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("PostgreSQL is missing: apt-get install postgresql")
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    server = Postgres(found)
    try:
        yield server
    finally:
        server.remove()
