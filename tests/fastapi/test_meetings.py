"""Meetings by reference: shown, moved, canceled; and by address only for who is allowed to."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from fastapi import Header, HTTPException

from bookit_async import BookIt, InvalidInputError, NoAvailability
from bookit_async.fastapi_router import MailedLinks
from bookit_async.sandbox import Sandbox
from tests.conftest import ADA

from .page import Page, application, iso, opened, slots

MAILED = MailedLinks(cancel="https://site.example/meeting?cancel=", reschedule="https://site.example/move/")


def time_of(moves: Any, index: int) -> dict[str, Any]:
    """A slot that a meeting can be moved to, as a page sends it."""
    found = slots(moves)[index]
    return {"start": found["start"], "end": found["end"]}


@pytest.fixture
async def mailed_page(client: BookIt) -> AsyncGenerator[Page]:
    async with opened(application(client, mailed_links=MAILED)) as page:
        yield page


async def test_a_meeting_is_shown_moved_and_canceled(page: Page, sandbox: Sandbox) -> None:
    booked = await page.book(await page.offer())
    reference = {"meeting_ref": booked["meeting_ref"]}
    shown = await page.ask("meetings/show", reference)
    assert (shown["start"], shown["status"], shown["canceled"]) == (booked["start"], "scheduled", False)
    moves = await page.ask("meetings/moves", reference)
    assert moves["meeting"]["title"] == "Enterprise Discovery: Ada Lovelace"
    assert moves["hosts"][0]["name"] == "Eva Lind"
    moved = await page.ask("meetings/reschedule", {**reference, "slot": time_of(moves, 3), "timezone": "Asia/Tokyo"})
    assert (moved["start"], moved["status"]) == (iso(time_of(moves, 3)["start"]), "rescheduled")
    assert sandbox.meetings[0].timezone == "Asia/Tokyo"
    for _ in range(2):
        assert await page.ask("meetings/cancel", {"meeting_ref": moved["meeting_ref"]}, status=204) is None
    assert [mail.kind for mail in sandbox.outbox] == ["confirmation", "rescheduled", "canceled"]
    after = await page.ask("meetings/moves", reference)
    assert after["meeting"]["canceled"]
    assert (slots(after), after["hosts"], after["minutes"]) == ([], [], None)
    again = {**reference, "slot": time_of(moves, 3), "timezone": "Asia/Tokyo"}
    assert (await page.ask("meetings/reschedule", again, status=404))["error"] == "MeetingNotFoundError"


async def test_a_time_that_is_not_open_is_no_move(page: Page, client: BookIt, monkeypatch: pytest.MonkeyPatch) -> None:
    booked = await page.book(await page.offer())
    moves = await page.ask("meetings/moves", {"meeting_ref": booked["meeting_ref"]})
    wish: dict[str, Any] = {"meeting_ref": booked["meeting_ref"], "timezone": "UTC"}
    night = {"start": 1746500400000, "end": 1746504000000}
    assert (await page.ask("meetings/reschedule", {**wish, "slot": night}, status=409))["error"] == "SlotTakenError"
    lie = {**time_of(moves, 2), "end": 1748577600000}
    assert (await page.ask("meetings/reschedule", {**wish, "slot": lie}, status=422))["problems"]

    async def nothing_left(*_: object, **__: object) -> NoAvailability:
        return NoAvailability()

    monkeypatch.setattr(client, "reschedule", nothing_left)
    wish["slot"] = time_of(moves, 2)
    assert (await page.ask("meetings/reschedule", wish, status=409))["error"] == "SlotTakenError"
    monkeypatch.setattr(client, "availability", nothing_left)
    assert (await page.ask("meetings/reschedule", wish, status=409))["error"] == "SlotTakenError"


async def test_mails_lead_to_pages_of_ours(mailed_page: Page, sandbox: Sandbox) -> None:
    offer = await mailed_page.offer()
    fresh = await mailed_page.ask("offers/refresh", {"offer_id": offer["offer_id"]})
    booked = await mailed_page.book(fresh["offer"])
    (mail,) = sandbox.outbox
    link, _, meeting_id = mail.cancel_link.partition("=")
    assert (link, mail.reschedule_link) == (
        "https://site.example/meeting?cancel",
        f"https://site.example/move/{meeting_id}",
    )
    assert (await mailed_page.ask("meetings/show", {"meeting_ref": meeting_id}))["start"] == booked["start"]
    assert (await mailed_page.ask("meetings/show", {"meeting_ref": booked["meeting_ref"]}))["start"] == booked["start"]
    await mailed_page.ask("meetings/cancel", {"meeting_ref": meeting_id}, status=204)
    assert sandbox.meetings[0].status == "canceled"


async def test_with_mailed_links_a_prospect_is_routed_as_ever(mailed_page: Page) -> None:
    asked = {"trigger_node": "New Webform Prospect", "prospect": {**ADA, "NumEmployees": 8}}
    assert (await mailed_page.ask("offers", asked))["outcome"] == "redirect"
    asked["prospect"] = {**ADA, "Email": "a@gmail.com"}
    assert (await mailed_page.ask("offers", asked))["outcome"] == "not_routed"


@pytest.mark.parametrize("made_up", ["../meetings", "é" * 52, "x" * 64 + "%"])
async def test_what_is_no_meeting_id_is_none(mailed_page: Page, sandbox: Sandbox, made_up: str) -> None:
    found = await mailed_page.ask("meetings/show", {"meeting_ref": made_up}, status=404)
    assert found["error"] == "ReferenceInvalidError"
    assert not sandbox.requests


async def test_an_unknown_meeting_id_is_no_meeting(mailed_page: Page, page: Page) -> None:
    for operation in ("show", "moves", "cancel"):
        found = await mailed_page.ask(f"meetings/{operation}", {"meeting_ref": "a" * 52}, status=404)
        assert found["error"] == "MeetingNotFoundError"
    found = await page.ask("meetings/show", {"meeting_ref": "a" * 52}, status=404)
    assert found["error"] == "ReferenceInvalidError", "without mailed links an id is not enough"


def test_mailed_links_must_take_an_id() -> None:
    with pytest.raises(InvalidInputError) as caught:
        MailedLinks(cancel="https://site.example/cancel", reschedule="/move/")
    assert [problem.split()[0] for problem in caught.value.problems] == ["cancel", "reschedule"]


async def test_a_change_goes_on_when_its_request_is_cancelled(
    page: Page, client: BookIt, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    booked = await page.book(await page.offer())
    begun, gate, over = asyncio.Event(), asyncio.Event(), asyncio.Event()
    cancel = client.cancel

    async def slow(meeting_id: str) -> None:
        begun.set()
        await gate.wait()
        await cancel(meeting_id)
        over.set()

    monkeypatch.setattr(client, "cancel", slow)
    request = asyncio.create_task(page.ask("meetings/cancel", {"meeting_ref": booked["meeting_ref"]}))
    await begun.wait()
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    gate.set()
    await over.wait()
    assert sandbox.meetings[0].status == "canceled"


async def test_without_authorize_nobody_looks_for_meetings(page: Page) -> None:
    response = await page.http.post("/bookit/meetings/search", json={"prospect_email": ADA["Email"]})
    assert response.status_code == 404


async def test_who_is_authorized_finds_the_meetings_of_a_prospect(client: BookIt) -> None:
    def staff(x_staff: str = Header(default="")) -> None:
        if x_staff != "yes":
            raise HTTPException(401, "staff only")

    async with opened(application(client, authorize=staff)) as page:
        booked = await page.book(await page.offer())
        wanted = {"prospect_email": ADA["Email"], "start": "2025-05-01T00:00:00Z", "end": "2025-06-01T00:00:00Z"}
        assert (await page.http.post("/bookit/meetings/search", json=wanted)).status_code == 401
        page.http.headers["x-staff"] = "yes"
        (found,) = await page.ask("meetings/search", {**wanted, "status": "scheduled"})
        assert (found["start"], found["canceled"]) == (booked["start"], False)
        assert await page.ask("meetings/search", {**wanted, "status": "canceled"}) == []
        assert (await page.ask("meetings/search", {**wanted, "prospect_email": "x"}, status=422))["problems"]


async def test_a_reference_knows_what_the_meeting_was_when_it_was_booked(page: Page) -> None:
    """So that a confirmation can be shown again, after a move too."""
    booked = await page.book(await page.offer())
    shown = await page.ask("meetings/show", {"meeting_ref": booked["meeting_ref"]})
    about = {name: booked[name] for name in ("meeting_type", "host", "place")}
    assert about["place"] == "https://meet.northwind.example/eva.lind"
    assert shown.items() >= about.items()
    moves = await page.ask("meetings/moves", {"meeting_ref": shown["meeting_ref"]})
    assert moves["meeting"].items() >= about.items()
    wish = {"meeting_ref": moves["meeting"]["meeting_ref"], "slot": time_of(moves, 3), "timezone": "UTC"}
    assert (await page.ask("meetings/reschedule", wish)).items() >= about.items()
