"""The peers' booking POST some time after another request, each with its defaults but for whom it trusts."""

import asyncio
import ssl
from collections.abc import AsyncGenerator

import aiohttp
import anthropic
import httpx

from ..pages import API_KEY
from ..round_trips import THOUGHT, round_trips, trust

BODY = {"token": "x"}
PATH = "/v1/meeting"


async def plain_aiohttp(url: str, file: str, thought: float = THOUGHT) -> AsyncGenerator[float]:
    """Post twice through one session."""
    trust(file)
    while True:
        async with aiohttp.ClientSession() as session:

            async def post(session: aiohttp.ClientSession = session) -> None:
                async with session.post(url + PATH, json=BODY) as answer:
                    await answer.read()

            await post()
            await asyncio.sleep(thought)
            yield await round_trips(post())


async def plain_httpx(url: str, file: str, thought: float = THOUGHT) -> AsyncGenerator[float]:
    """Post twice through one client."""
    while True:
        async with httpx.AsyncClient(verify=ssl.create_default_context(cafile=file)) as client:

            async def post(client: httpx.AsyncClient = client) -> None:
                await client.post(url + PATH, json=BODY)

            await post()
            await asyncio.sleep(thought)
            yield await round_trips(post())


async def stainless(url: str, file: str, thought: float = THOUGHT) -> AsyncGenerator[float]:
    """Post twice through one client."""
    while True:
        http = anthropic.DefaultAsyncHttpxClient(verify=ssl.create_default_context(cafile=file))
        async with anthropic.AsyncAnthropic(api_key=API_KEY, base_url=url, http_client=http) as client:

            async def post(client: anthropic.AsyncAnthropic = client) -> None:
                await client.post(PATH, cast_to=object, body=BODY)

            await post()
            await asyncio.sleep(thought)
            yield await round_trips(post())
