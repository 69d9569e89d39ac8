"""What error trackers capture of the frames of a call that breaks: the client's, aiohttp's, the router's."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx
import pytest

from bookit_async import BookIt, WireRequest, WireResponse
from bookit_async.sandbox import Sandbox

from ..conftest import NODE, NOW
from ..fastapi.page import application, opened
from ..sandbox.faults.test_proxy import serving
from .canaries import ANSWERS, CANARY, EMAIL, KEY, PROSPECT, ZONE, locals_of


def captured(error: BaseException, part: str = "") -> list[str]:
    """The locals with a canary in them, of the frames in files whose path has that part."""
    return [one for one in locals_of(error) if part in one.partition(" ")[0] and CANARY in one.casefold()]


CALLS: dict[str, Callable[[BookIt], Any]] = {
    "inputs": lambda client: client.inputs(NODE),
    "route": lambda client: client.route(NODE, PROSPECT),
    "book": lambda client: client.book(NODE, PROSPECT, timezone=ZONE, answers=ANSWERS, guests=[EMAIL]),
    "book_link": lambda client: client.book_link("a", timezone=ZONE, answers=ANSWERS, guests=[EMAIL]),
    "book_link once": lambda client: client.book_link("a", timezone=ZONE, answers=ANSWERS, once=True),
    "meetings": lambda client: client.meetings(EMAIL),
    "legacy": lambda client: client.legacy.route(NODE, PROSPECT),
    "token": lambda client: client.availability(token=f"{CANARY}-token"),
    "params": lambda client: client.legacy.book(f"{CANARY}-params", timezone=ZONE, answers=ANSWERS),
}


@pytest.mark.parametrize("adapter", ["aiohttp", "httpx"])
@pytest.mark.parametrize("call", CALLS)
async def test_a_cancelled_call_shows_no_key_and_no_prospect(call: str, adapter: str) -> None:
    reached = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        reached.set()
        await asyncio.Event().wait()

    async with serving(silent) as url, httpx.AsyncClient() as http:
        given: dict[str, Any] = {"http_client": http} if adapter == "httpx" else {}
        async with BookIt(KEY, base_url=url, check_inputs=False, **given) as client:
            task = asyncio.ensure_future(CALLS[call](client))
            await reached.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError) as caught:
                await task
            frames = [*locals_of(caught.value)]
            assert any("X-Api-Key" in one for one in frames) == (adapter == "aiohttp"), "aiohttp's frames are looked at"
            # Of aiohttp's own, those that hold the URL hold an address where it is a parameter.
            seen = [one for one in captured(caught.value) if "prospectEmail=" not in one or "bookit_async" in one]
            assert seen == []


class Breaking:
    """A transport that breaks, by a mistake of its own, at the request to an address that ends so."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._inner = sandbox.transport
        self.at = "nowhere"

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        if self.at in request.url:
            raise RuntimeError("broken")
        return await self._inner.send(request, timeout=timeout)

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    "at", ["retrieve-inputs", "route-and-fetch", "fetch-availability", "/v1/meeting", "/v1/meetings?"]
)
async def test_the_frames_of_the_router_show_nobody(at: str) -> None:
    sandbox = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False)
    transport = Breaking(sandbox)
    async with opened(application(BookIt(KEY, transport=transport, inputs_ttl=0))) as page:
        offer, link = await page.offer(PROSPECT), await page.link_offer("Pool4Mm")
        transport.at = at
        asked = (
            partial(page.offer, PROSPECT),
            partial(page.book, offer, answers=ANSWERS, guests=[EMAIL]),
            partial(page.book, link, answers=ANSWERS, guests=[EMAIL]),
        )
        broken: list[RuntimeError] = []
        for ask in asked:
            try:
                await ask()
            except RuntimeError as error:
                broken.append(error)
    assert broken
    assert [text for error in broken for text in captured(error, "/bookit_async/")] == []


def test_a_request_is_told_by_its_name_only(client: BookIt) -> None:
    from bookit_async.web.models import BookingRequest, OfferRequest

    request = OfferRequest(trigger_node=NODE, prospect=PROSPECT)
    assert (repr(request), str(request)) == ("<OfferRequest>", "<OfferRequest>")
    assert BookingRequest.__repr__ is OfferRequest.__repr__
