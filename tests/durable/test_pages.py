"""A booking page whose bookings are stored: two servers, a double click, a restart in mid-booking, a reload."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from bookit_async import (
    Booked,
    BookIt,
    InvalidInputError,
    OutcomeUnknownError,
    SlotTakenError,
    TokenSpentError,
)
from bookit_async.durable import Durable
from bookit_async.fastapi_router import MailedLinks, bookit_router
from bookit_async.sandbox import Fault, FaultPlan, FaultProxy, Sandbox

from ..conftest import ADA, NODE
from ..fastapi.page import Page, application, iso, opened, slot, wanted
from ..flaky import Flaky
from ..scenes import ZONE, someone_else_books
from .engine import SECRET
from .front import Front, Server, free_port
from .postgres import Postgres


class Browser:
    """Asks two servers."""

    def __init__(self, *fronts: Front) -> None:
        self.fronts = fronts
        self.http = httpx.AsyncClient(timeout=40)

    async def ask(self, server: int, path: str, body: object) -> Any:
        answer = await self.http.post(self.fronts[server].address + path, json=body)
        return answer.status_code, answer.json()


async def two_servers(
    database: str, proxy: FaultProxy, sandbox: Sandbox, *, works: tuple[bool, bool]
) -> tuple[list[Server], Browser]:
    fronts = [
        Front(database=database, url=proxy.url, key=sandbox.api_key, works=one, port=free_port()) for one in works
    ]
    servers = [Server(front) for front in fronts]
    for one in servers:
        await one.ready()
    return servers, Browser(*fronts)


async def play(database: str, *, both_work: bool) -> None:
    async with Sandbox() as sandbox, FaultProxy(sandbox.url, stall_seconds=1.0) as proxy:
        servers, browser = await two_servers(database, proxy, sandbox, works=(True, both_work))
        try:
            asked = {"trigger_node": NODE, "prospect": ADA}
            _, routed = await browser.ask(0, "offers", asked)
            body = wanted(routed["offer"])
            # A double click that two servers get.
            clicks = await asyncio.gather(*(browser.ask(server, "bookings", body) for server in (0, 1)))
            assert [status for status, _ in clicks] == [200, 200], clicks
            assert len({click["start"] for _, click in clicks}) == 1
            assert len(sandbox.meetings) == 1
            # A reload, and another slot of the same offer.
            _, reloaded = await browser.ask(1, "offers/refresh", {"offer_id": routed["offer"]["offer_id"]})
            assert (reloaded["outcome"], reloaded["booking"]["start"]) == ("booked", clicks[0][1]["start"])
            status, other = await browser.ask(1, "bookings", wanted(routed["offer"], 3))
            assert (status, other["error"]) == (409, "TokenSpentError")
            # A restart in mid-booking: the meeting is made, and its answer is on the way.
            _, second = await browser.ask(0, "offers", {**asked, "prospect": {**ADA, "Email": "grace@engines.example"}})
            proxy.plan = FaultPlan([Fault("drip", operation="book_meeting", when="after", rate=1.0)])
            clicking = asyncio.create_task(browser.ask(0, "bookings", wanted(second["offer"])))
            while len(sandbox.meetings) < 2:  # noqa: ASYNC110 - the very instant is wanted
                await asyncio.sleep(0.001)
            await servers[0].kill()
            with pytest.raises(httpx.TransportError):
                await clicking
            proxy.plan = FaultPlan()
            if not both_work:
                servers[0] = Server(browser.fronts[0])
                await servers[0].ready()
            status, again = await browser.ask(1, "bookings", wanted(second["offer"]))
            assert (status, again["recovered"]) == (200, True), again
            assert len(sandbox.meetings) == 2
        finally:
            await browser.http.aclose()
            for one in servers:
                await one.kill()


@pytest.mark.subprocess
async def test_two_servers_and_a_sqlite_file_book_once(tmp_path: Path) -> None:
    await play(f"sqlite:///{tmp_path / 'bookings.db'}", both_work=False)


@pytest.mark.subprocess
async def test_two_servers_and_postgresql_book_once(postgres: Postgres) -> None:
    await play(postgres.database("pages"), both_work=True)


@pytest.fixture
async def durable(client: BookIt, tmp_path: Path) -> AsyncIterator[Durable]:
    async with Durable(client, database=f"sqlite:///{tmp_path / 'x.db'}", secrets=[SECRET]) as durable:
        yield durable


@pytest.fixture
async def page(client: BookIt, durable: Durable) -> AsyncIterator[Page]:
    async with opened(application(client, durable=durable)) as page:
        yield page


async def test_a_booking_that_is_stored_tells_what_any_booking_tells(page: Page, sandbox: Sandbox) -> None:
    offer = await page.offer()
    booked = await page.book(offer)
    assert booked["host"]["name"] == "Eva Lind"
    assert booked["redirect_url"] == "https://www.northwind.example/thank-you"
    assert (await page.book(offer))["start"] == booked["start"]
    link = await page.link_offer("Em30rva")
    assert (await page.book(link, 4))["uid"] is None
    assert len(sandbox.meetings) == 2


async def test_a_slot_that_was_taken_can_be_followed_by_another(page: Page, sandbox: Sandbox) -> None:
    offer = await page.offer()
    await someone_else_books(sandbox, datetime.fromtimestamp(slot(offer)["start"] / 1000, UTC))
    found = await page.book(offer, status=409)
    assert found["error"] == "SlotTakenError"
    assert (await page.book(offer, 4))["start"]
    assert len(sandbox.meetings) == 2


async def test_what_is_refused_after_it_was_stored_makes_room_for_the_next(sandbox: Sandbox, tmp_path: Path) -> None:
    transport = Flaky(sandbox.transport, [], method="POST")
    client = BookIt(sandbox.api_key, transport=transport)
    database = f"sqlite:///{tmp_path / 'x.db'}"
    async with client, Durable(client, database=database, secrets=[SECRET]) as durable:
        offer: Any = await client.route(NODE, ADA)
        bookings = durable.offer_bookings(patience=30.0)
        late = durable.offer_bookings(patience=0.0)
        given: dict[str, Any] = {"timezone": ZONE, "answers": {}, "guests": ()}
        assert await bookings.outcome("n") is None
        wrong: dict[str, Any] = {**given, "guests": ["no address"]}
        with pytest.raises(InvalidInputError):
            await bookings.book("n", offer, offer.slots[0], **wrong)
        with pytest.raises(OutcomeUnknownError, match="stored and goes on"):
            await late.book("n", offer, offer.slots[0], **given)
        booked = await bookings.book("n", offer, offer.slots[0], **given)
        assert await bookings.book("n", offer, offer.slots[1], **given) == booked
        assert await bookings.outcome("n") == booked
        other: Any = await client.route(NODE, {**ADA, "Email": "b@engines.example"})
        with pytest.raises(SlotTakenError):
            await bookings.book("m", other, offer.slots[0], **given)
        assert await bookings.outcome("m") is None
        assert (await bookings.book("m", other, other.slots[0], **given)).start == other.slots[0].start
        spent: Any = await client.route(NODE, {**ADA, "Email": "c@engines.example"})
        await spent.book(spent.slots[0], timezone=ZONE)
        with pytest.raises(TokenSpentError):
            await bookings.book("s", spent, spent.slots[1], **given)
        link: Any = await client.availability(link_id="Em30rva")
        with pytest.raises(InvalidInputError, match="answers"):  # the slot is free
            await bookings.book("l", link, link.slots[0], **given)
        moved = await client.availability(meeting_id=booked.meeting_id)
        assert moved is not None
        with pytest.raises(InvalidInputError, match="cannot be stored"):
            await durable.submit("x", offer=moved, timezone=ZONE)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    for ask in (bookings.outcome("n"), bookings.book("n", offer, offer.slots[0], **given)):
        with pytest.raises(OutcomeUnknownError, match="the store of the bookings does not answer"):
            await ask


class _Stored:
    """Stored bookings that tell what they are told to, one answer after the other."""

    def __init__(self, outcomes: list[Booked | None], booked: Booked | Exception) -> None:
        self.outcomes, self.booked = outcomes, booked

    def offer_bookings(self) -> "_Stored":
        return self

    async def outcome(self, _: str) -> Booked | None:
        return self.outcomes.pop(0)

    async def book(self, *_: object, **__: object) -> Booked:
        if isinstance(self.booked, Exception):
            raise self.booked
        return self.booked


async def test_a_page_tells_what_another_process_booked_meanwhile(client: BookIt, sandbox: Sandbox) -> None:
    offer: Any = await client.route(NODE, ADA)
    made = await offer.book(offer.slots[0], timezone=ZONE)
    taken = SlotTakenError(status=400)
    stored = _Stored([None, made, None, None, None, None, made], taken)
    async with opened(application(client, durable=stored)) as page:
        shown = await page.offer({**ADA, "Email": "grace@engines.example"})
        gone: dict[str, Any] = {
            "start": offer.slots[0].start_milliseconds,
            "end": offer.slots[0].end_milliseconds,
            "hosts": [0],
        }
        assert (await page.book(shown, slot=gone))["start"] == iso(gone["start"])
        other = await page.offer({**ADA, "Email": "b@engines.example"})
        assert (await page.book(other, slot=gone, status=409))["error"] == "SlotTakenError"
        assert (await page.book(other, 2, status=409))["offer"]["slots"] == other["slots"]
        assert (await page.book(other, 2, status=409))["error"] == "SlotTakenError"
        found = await page.book(other, 2, status=409)
        assert (found["error"], found["booking"]["start"]) == ("TokenSpentError", iso(gone["start"]))


async def test_a_reload_shows_what_another_process_booked(client: BookIt) -> None:
    offer: Any = await client.route(NODE, ADA)
    made = await offer.book(offer.slots[0], timezone=ZONE)
    async with opened(application(client, durable=_Stored([made], made))) as page:
        shown = await page.offer({**ADA, "Email": "grace@engines.example"})
        found = await page.ask("offers/refresh", {"offer_id": shown["offer_id"]})
    assert (found["outcome"], found["booking"]["start"]) == ("booked", iso(offer.slots[0].start_milliseconds))


def test_legacy_bookings_cannot_be_stored() -> None:
    links = MailedLinks(cancel="https://x.example/", reschedule="https://x.example/")
    with pytest.raises(InvalidInputError, match="cannot be stored"):
        bookit_router(trigger_nodes=[NODE], mailed_links=links, durable=object())  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
