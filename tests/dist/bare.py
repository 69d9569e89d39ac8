"""Use what is installed without any extra: only what the package itself depends on is there.

`check.py` runs it with the interpreter of a fresh environment.
"""

import asyncio
import pkgutil
import sys
from importlib import import_module
from importlib.metadata import entry_points, metadata
from pathlib import Path

import bookit_async

EXTRAS = ("cli", "desk", "durable", "fastapi_router", "mcp", "record", "sandbox", "testing", "web")
"""What may be loaded with an extra only."""


async def call() -> str:
    """Return what a call says that reaches no service: the transport is there, and nothing listens."""
    async with bookit_async.BookIt("key", base_url="http://127.0.0.1:9", trust_env=False, deadline=5) as client:
        try:
            await client.meeting("any")
        except bookit_async.NotSentError as error:
            return str(error)
    raise AssertionError


def main() -> None:
    place = Path(bookit_async.__file__).parent
    assert Path(sys.prefix) in place.parents, place
    for module in pkgutil.walk_packages([str(place)], "bookit_async.", onerror=lambda _: None):
        room = module.name.split(".")[1]
        if room not in EXTRAS and not module.name.endswith("__main__"):
            import_module(module.name)
    for name in bookit_async.__all__:
        getattr(bookit_async, name)
    assert "refused" in asyncio.run(call())
    try:
        import_module("bookit_async.transports.httpx_transport").HttpxTransport()
    except ImportError as error:
        assert "pip install 'bookit-async[httpx]'" in str(error)  # noqa: PT017 - no pytest here
    else:
        raise AssertionError("httpx is here")
    assert metadata("bookit-async")["Version"] == import_module("bookit_async.version").VERSION
    assert [one.value for one in entry_points(group="pytest11", name="bookit_async")] == ["bookit_async.testing"]


if __name__ == "__main__":
    main()
