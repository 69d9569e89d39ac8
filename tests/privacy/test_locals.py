"""What error trackers see: the locals of every frame, and no API key among them."""

import asyncio
import traceback

import pytest

from bookit_async import BookIt
from tests.transports.raw_server import serving, silent

KEY = "qzx-key-1815"


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_key_is_in_no_local_of_a_call_that_is_cancelled(method: str) -> None:
    async with serving(silent) as server, BookIt(KEY, base_url=server.url) as client:
        call = client.meeting("m1") if method == "GET" else client.inputs("x")
        task = asyncio.create_task(call)
        async with asyncio.timeout(5):
            while not server.seen:  # noqa: ASYNC110 - the server says nothing of it
                await asyncio.sleep(0.01)
        assert KEY.encode() in server.seen[0].head
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
    seen = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    frames = [frame for frame in seen.stack if "/tests/" not in frame.filename]
    held = "".join(f"{name}={value}" for frame in frames for name, value in (frame.locals or {}).items())
    assert any("aiohttp" in frame.filename for frame in frames)
    assert "X-Api-Key" in held
    assert KEY not in held
