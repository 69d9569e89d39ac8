"""The same work by hand: aiohttp and orjson, one session, nothing between. The mark to come close to."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import aiohttp
import orjson

from bookit_async._generated.api import OPERATIONS

from .calls import CONNECTIONS, SECONDS, SLOT
from .measures import rates
from .pages import ANSWER, API_KEY, CHAIN_HOSTS, CHAIN_SLOTS, NODE, PROSPECT, QUESTION, TIMEZONE, TOKEN, page_bytes


@dataclass(frozen=True, slots=True)
class Meeting:
    """A meeting that was booked."""

    id: str
    organizer_email: str
    start: datetime
    end: datetime


def session() -> aiohttp.ClientSession:
    """Return a session with as many connections as ours has, and the headers that ours sends."""
    headers = {"X-Api-Key": API_KEY, "Accept": "application/json", "Content-Type": "application/json"}
    return aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=CONNECTIONS), headers=headers)


async def post(session: aiohttp.ClientSession, url: str, body: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to a POST, which must be a success."""
    async with session.post(url, data=orjson.dumps(body)) as answer:
        content = await answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{url}: {answer.status}")
        found: dict[str, Any] = orjson.loads(content)
        return found


def booking(page: dict[str, Any], slot: dict[str, Any], token: str) -> dict[str, Any]:
    """Return the body that books a slot of a page, its form filled from prefill and answers."""
    values: dict[str, Any] = {**page["pageInfo"]["prefillFields"], QUESTION: ANSWER, "Additional Guest Emails": []}
    return {
        "scheduledTime": {"start_time": slot["start_time"], "end_time": slot["end_time"], "timezone": TIMEZONE},
        "userFields": [
            {"name": one["name"], "type": one["type"], "value": values[one["name"]]}
            for one in page["meeting"]["formFields"]
        ],
        "token": token,
    }


def meeting(slot: dict[str, Any], answer: dict[str, Any]) -> Meeting:
    """Return the meeting that an answer tells."""
    return Meeting(
        id=answer["meetingId"],
        organizer_email=answer["organizerEmail"],
        start=datetime.fromtimestamp(slot["start_time"] / 1000, UTC),
        end=datetime.fromtimestamp(slot["end_time"] / 1000, UTC),
    )


async def calls(url: str, concurrency: int, seconds: float = SECONDS) -> AsyncGenerator[float]:
    """Book a slot of a page that was read before."""
    page: dict[str, Any] = orjson.loads(page_bytes(CHAIN_SLOTS, CHAIN_HOSTS))
    slot = page["availability"]["timeSlots"][SLOT]
    async with session() as opened:

        async def book() -> Meeting:
            return meeting(slot, await post(opened, f"{url}/v1/meeting", booking(page, slot, TOKEN)))

        async for rate in rates(book, concurrency=concurrency, seconds=seconds):
            yield rate


async def chains(url: str, concurrency: int, seconds: float = SECONDS) -> AsyncGenerator[float]:
    """Route a prospect, choose the earliest slot, book it."""
    async with session() as opened:

        async def chain() -> Meeting:
            body = {"triggerNode": NODE, "uid": str(uuid4()), "prospect": PROSPECT}
            routed = await post(opened, f"{url}{OPERATIONS['routeAndFetchAvailability'].path}", body)
            page = routed["scheduling"]
            slot = min(page["availability"]["timeSlots"], key=lambda one: one["start_time"])
            answer = await post(opened, f"{url}/v1/meeting", booking(page, slot, routed["routing"]["token"]))
            return meeting(slot, answer)

        async for rate in rates(chain, concurrency=concurrency, seconds=seconds):
            yield rate
