"""What error trackers capture of the frames of a call that breaks: the client's, aiohttp's, the router's."""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import httpx
import pytest

from bookit_async import (
    Booked,
    BookIt,
    BookItError,
    Offer,
    OutcomeUnknownError,
    PendingBooking,
    Prepared,
    RetryPolicy,
    TransportFailure,
    Unsettled,
    WireRequest,
    WireResponse,
)
from bookit_async.sandbox import Sandbox

from ..conftest import NODE, NOW
from ..fastapi.page import application, opened
from ..sandbox.faults.test_proxy import serving
from .canaries import ANSWERS, CANARY, EMAIL, KEY, PROSPECT, ZONE, locals_of, tokens_of


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
        self.spared = 0
        """How many such requests come through before."""
        self.silent: Sequence[str] = ()
        """Parts of addresses from which no answer comes."""

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        if self.at in request.url:
            if not self.spared:
                raise RuntimeError("broken")
            self.spared -= 1
        if any(part in request.url for part in self.silent):
            raise TransportFailure("no answer", maybe_processed=True)
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


def on_paper(value: Any) -> Any:
    """What another process reads of a record that was written down."""
    kind: Any = value.__class__
    return kind.from_dict(json.loads(json.dumps(value.to_dict())))


def lost(prepared: Prepared) -> OutcomeUnknownError:
    return OutcomeUnknownError(reason="no answer", booking=prepared.pending)


def read_lost(prepared: Prepared) -> BookItError:
    return BookItError.from_dict(json.loads(json.dumps(lost(prepared).to_dict())))


ASKING: dict[str, Callable[[BookIt, Prepared], Any]] = {
    "settle": lambda client, prepared: client.settle(prepared.pending),
    "settle, an error": lambda client, prepared: client.settle(lost(prepared)),
    "settle, a cancelled one": lambda client, prepared: client.settle(Unsettled(booking=prepared.pending)),
    "settle, read": lambda client, prepared: client.settle(PendingBooking.from_dict(prepared.pending.to_dict())),
    "settle, a read error": lambda client, prepared: client.settle(read_lost(prepared)),  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    "settle, a read cancelled one": lambda client, prepared: client.settle(
        on_paper(Unsettled(booking=prepared.pending))
    ),
    "send": lambda client, prepared: client.send(prepared, perhaps_sent=True),
    "send, since": lambda client, prepared: client.send(prepared, perhaps_sent=NOW),
    "send, read": lambda client, prepared: client.send(on_paper(prepared), perhaps_sent=True),
}


def secrets_in(error: BaseException, sandbox: Sandbox) -> list[str]:
    """The locals of our frames with a canary or a token in them."""
    tokens = tokens_of(sandbox)
    ours = [one for one in locals_of(error) if "/bookit_async/" in one.partition(" ")[0]]
    assert ours
    return [one for one in ours if CANARY in one.casefold() or any(token in one for token in tokens)]


@pytest.mark.parametrize("at", ["fetch-availability", "/v1/meetings?"])
@pytest.mark.parametrize("ask", ASKING)
async def test_asking_what_became_of_a_booking_shows_no_token_and_no_prospect(ask: str, at: str) -> None:
    sandbox = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False)
    transport = Breaking(sandbox)
    client = BookIt(KEY, transport=transport)
    offer = await client.route(NODE, PROSPECT)
    assert isinstance(offer, Offer)
    prepared = offer.prepare(offer.slots[0], timezone=ZONE)
    await offer.refresh()
    assert tokens_of(sandbox), "the token is known"
    transport.at = at
    with pytest.raises(RuntimeError, match="broken") as caught:
        await ASKING[ask](client, prepared)
    assert secrets_in(caught.value, sandbox) == []


async def test_a_second_look_before_a_booking_shows_no_prospect() -> None:
    sandbox = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False)
    transport = Breaking(sandbox)
    client = BookIt(KEY, transport=transport)
    for _ in range(4):  # so many that the first look may not have seen all
        await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS)
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    transport.at, transport.spared = "/v1/meetings?", 1
    with pytest.raises(RuntimeError, match="broken") as caught:
        await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS, slot=offer.slots[0].start, once=True)
    assert transport.spared == 0
    assert secrets_in(caught.value, sandbox) == []


async def test_a_look_for_a_lost_move_shows_no_prospect() -> None:
    sandbox = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False)
    transport = Breaking(sandbox)
    client = BookIt(KEY, transport=transport, retries=RetryPolicy(attempts=1))
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    booked = await offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS)
    assert isinstance(booked, Booked)
    transport.at, transport.silent = "/v1/meetings?", (f"/v1/meeting/{booked.meeting_id}", "reschedule")
    with pytest.raises(RuntimeError, match="broken") as caught:
        await client.reschedule(booked.meeting_id, timezone=ZONE)
    assert secrets_in(caught.value, sandbox) == []


def test_a_request_is_told_by_its_name_only(client: BookIt) -> None:
    from bookit_async.web.models import BookingRequest, OfferRequest

    request = OfferRequest(trigger_node=NODE, prospect=PROSPECT)
    assert (repr(request), str(request)) == ("<OfferRequest>", "<OfferRequest>")
    assert BookingRequest.__repr__ is OfferRequest.__repr__
