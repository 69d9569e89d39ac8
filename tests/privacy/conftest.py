"""Every logger at DEBUG, the loop in debug mode, all warnings and spans: kept for a look."""

import asyncio
import gc
import logging
import warnings
from collections.abc import AsyncIterator

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from .canaries import EXPORTER, Told


@pytest.fixture(scope="session", autouse=True)
def spans() -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
    trace.set_tracer_provider(provider)


@pytest.fixture
async def told(request: pytest.FixtureRequest) -> AsyncIterator[Told]:
    loop, root, handler = asyncio.get_running_loop(), logging.getLogger(), Told()
    loop.set_debug(True)
    if "adapter" in request.fixturenames:
        loop.slow_callback_duration = 0  # every callback is slow, and asyncio tells of each
    names = ("", "bookit_async", "aiohttp", "aiohttp.client", "httpx", "httpcore", "asyncio", "opentelemetry")
    before = {name: logging.getLogger(name).level for name in names}
    root.addHandler(handler)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    EXPORTER.clear()
    gc.collect()
    gc.freeze()  # the looks for garbage that follow go through what this test makes, and not through all before it
    with warnings.catch_warnings(record=True) as handler.warned:
        warnings.simplefilter("always")
        yield handler
        handler.shown.clear()
        gc.collect()  # what tracebacks kept open is told here, and not at some later test
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)
