"""What the tests share: a sandbox at a fixed time, and a client for it over each way in."""

import contextlib
import gc
import os
import signal
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import settings

from bookit_async import BookIt
from bookit_async.sandbox import Sandbox

from .sampling import sampled, tries

# Fixed at its first use in a process; codegen, whose error messages the tests know, takes the same.
os.environ["OPENAPI_SPEC_VALIDATOR_SCHEMA_VALIDATOR_BACKEND"] = "jsonschema"

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would the sandboxes that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)

# The same examples on every run, however busy the machine.
settings.register_profile("steady", derandomize=True, deadline=None, max_examples=tries(100))
settings.load_profile("steady")

TLS = ssl.create_default_context()
"""What a client that the tests make trusts: to read all certificates takes longer than most tests."""

NOW = datetime(2025, 5, 5, 12, 0, tzinfo=UTC)
"""A Monday, 05:00 in Los Angeles."""

NODE = "New Webform Prospect"
ADA: dict[str, Any] = {
    "Company": "Analytical Engines",
    "NumEmployees": 4200,
    "PhoneNumber": "+1 303 555 0100",
    "FirstName": "Ada",
    "LastName": "Lovelace",
    "Email": "ada@engines.example",
}
"""Meets one host; with 300 employees a pool, with 8 a redirect."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items[:], left = sampled(items)
    config.hook.pytest_deselected(items=left)


def pytest_collection_finish() -> None:
    # Thousands of tests live to the end: a search for garbage need not go through them each time.
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("BOOKIT_API_KEY", "BOOKIT_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COLUMNS", "80")


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(now=lambda: NOW, seed=1, tcp=False)


@pytest.fixture
async def client(sandbox: Sandbox) -> AsyncIterator[BookIt]:
    async with BookIt(sandbox.api_key, transport=sandbox.transport) as client:
        yield client


@pytest.fixture(params=["in process", "aiohttp", "httpx"])
async def served(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Sandbox, BookIt]]:
    """The same sandbox without a network, and over TCP through both adapters."""
    over_tcp = request.param != "in process"
    async with Sandbox(now=lambda: NOW, seed=1, tcp=over_tcp) as sandbox:
        if not over_tcp:
            yield sandbox, BookIt(sandbox.api_key, transport=sandbox.transport)
        elif request.param == "aiohttp":
            async with BookIt(sandbox.api_key, base_url=sandbox.url) as client:
                yield sandbox, client
        else:
            async with httpx.AsyncClient(verify=TLS) as http:
                yield sandbox, BookIt(sandbox.api_key, base_url=sandbox.url, http_client=http)


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that lets nobody in any more: its queue is full, which Linux answers with silence."""
    if sys.platform != "linux":
        pytest.skip("a full queue is silent on Linux only")
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
