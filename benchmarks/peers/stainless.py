"""The runtime under the anthropic package, whose `post` takes any path, with its own defaults."""

from collections.abc import AsyncGenerator
from typing import Any

import anthropic
import orjson

from ..calls import SECONDS, SLOT
from ..measures import rates
from ..pages import API_KEY, CHAIN_HOSTS, CHAIN_SLOTS, TOKEN, page_bytes
from ..plain import booking


class Meeting(anthropic.BaseModel):
    """The answer to a booking."""

    meetingId: str
    organizerEmail: str


def calls(url: str, concurrency: int) -> AsyncGenerator[float]:
    """Book over the HTTP client that it brings along."""
    return _rates(anthropic.AsyncAnthropic(api_key=API_KEY, base_url=url), concurrency)


def calls_over_aiohttp(url: str, concurrency: int) -> AsyncGenerator[float]:
    """Book over the aiohttp client of its extra."""
    client = anthropic.DefaultAioHttpClient()
    return _rates(anthropic.AsyncAnthropic(api_key=API_KEY, base_url=url, http_client=client), concurrency)


async def _rates(client: anthropic.AsyncAnthropic, concurrency: int) -> AsyncGenerator[float]:
    page: dict[str, Any] = orjson.loads(page_bytes(CHAIN_SLOTS, CHAIN_HOSTS))
    slot = page["availability"]["timeSlots"][SLOT]
    async with client:

        async def book() -> None:
            answer = await client.post("/v1/meeting", cast_to=Meeting, body=booking(page, slot, TOKEN))
            assert answer.meetingId

        async for rate in rates(book, concurrency=concurrency, seconds=SECONDS):
            yield rate
