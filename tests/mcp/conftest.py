"""A server for agents over the sandbox."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bookit_async.sandbox import Sandbox

from ..durable.conftest import postgres as postgres  # noqa: PLC0414 - a fixture
from .agents import Desk, desk


@pytest.fixture
async def office(tmp_path: Path, sandbox: Sandbox) -> AsyncIterator[Desk]:
    async with desk(tmp_path, sandbox) as opened:
        yield opened
