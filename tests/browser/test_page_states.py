"""The booking page where things go otherwise: reloads, dead ends, other languages, colours and paths."""

import json
import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import unquote

import pytest
import pytest_asyncio
from playwright.async_api import Route, expect

from bookit_async import BookIt
from bookit_async.fastapi_router import Seal
from bookit_async.sandbox import Sandbox
from examples.fastapi_booking.booking_app import booking_app
from examples.fastapi_booking.serve import ELSEWHERE, demo_app, local_world
from tests.conftest import NOW
from tests.serving import served

from .conftest import Site, Visit
from .test_meeting_page import booked, mailed
from .visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY, TIME = "Tuesday, May 6", "10:30 AM"
LANGUAGES = ["de-DE", "es-ES", "fr-FR", "ja-JP", "ar-EG"]


async def test_a_confirmation_has_an_address_that_survives_a_reload(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await booked(visitor)
    address = visitor.page.url
    assert "#booked=" in address
    for _ in range(2):
        await visitor.page.reload()
        await visitor.at("You are booked")
        await visitor.told("Enterprise Discovery")
        await visitor.told("With Eva Lind.")
        await visitor.told("Join online")
        await visitor.told("A confirmation is on its way to ada@engines.example.")
        await visitor.told("America/Los Angeles")
        await expect(visitor.page.get_by_role("button", name="Book", exact=True)).to_have_count(0)
    other = await visit(timezone="Europe/Berlin")
    await other.page.goto(address)
    await other.at("You are booked")
    await other.told("Tuesday, May 6, 2025, 7:30 PM to 8:30 PM GMT+2")
    assert len(site.sandbox.meetings) == 1
    await site.client.cancel(site.sandbox.meetings[0].id)
    await other.page.reload()
    await other.at("This meeting was canceled")


async def test_a_meeting_goes_into_a_calendar(visit: Visit) -> None:
    visitor = await visit()
    await booked(visitor)
    link = await visitor.page.get_by_role("link", name="Calendar file").get_attribute("href")
    lines = unquote((link or "").partition(",")[2]).split("\r\n")
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert {"DTSTART:20250506T173000Z", "DTEND:20250506T183000Z", "SUMMARY:Enterprise Discovery"} <= {*lines}
    assert all(len(line.encode()) <= 75 for line in lines)
    google = await visitor.page.get_by_role("link", name="Google").get_attribute("href")
    assert "20250506T173000Z%2F20250506T183000Z" in (google or "")
    outlook = await visitor.page.get_by_role("link", name="Outlook").get_attribute("href")
    assert "2025-05-06T17%3A30" in (outlook or "")


@pytest.mark.parametrize("dark", [False, True])
async def test_forced_colours_show_what_is_chosen(visit: Visit, dark: bool) -> None:
    visitor = await visit(forced=True, dark=dark)
    await visitor.tell()
    await visitor.at("Pick a time")
    await visitor.day(DAY).check()
    await visitor.time(TIME).check()
    await visitor.looked_at(f"forced-{'dark' if dark else 'light'}-2-time")
    colours: list[list[str]] = await visitor.page.evaluate(
        """[".chip", ".day"].map((kind) => ["input:checked + label", "input:not(:checked) + label"]
            .map((one) => getComputedStyle(document.querySelector(`${kind} ${one}`)).backgroundColor))"""
    )
    for chosen, other in colours:
        assert chosen != other


async def test_a_link_that_does_not_work_has_a_way_on(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.page.goto(f"{site.url}/?link=Nope")
    await visitor.at("This link does not work")
    await expect(visitor.page.get_by_role("link", name="Write to us")).to_be_visible()
    await visitor.looked_at("bad-link")


async def test_a_service_that_is_away_at_the_start_can_be_tried_again(visit: Visit, site: Site) -> None:
    visitor = await visit()

    async def away(route: Route) -> None:
        await route.fulfill(status=503, body=json.dumps({"error": "NotSentError", "status": 503}))

    await visitor.page.route(re.compile("/bookit/inputs"), away, times=1)
    await visitor.page.goto(site.url)
    await visitor.at("This is not working right now")
    await visitor.looked_at("away")
    await visitor.press("Try again")
    await visitor.at("About you")


async def test_a_meeting_page_without_a_meeting_leads_to_booking(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.page.goto(f"{site.url}/meeting")
    await visitor.at("No such meeting")
    await visitor.looked_at("no-meeting")
    await visitor.page.get_by_role("link", name="Book another").click()
    await visitor.at("About you")


async def test_who_is_not_routed_may_change_what_was_said(visit: Visit) -> None:
    visitor = await visit()
    await visitor.tell(Email="ada@gmail.com")
    await visitor.at("Let us get back to you")
    await visitor.press("Change")
    await visitor.at("About you")
    await visitor.page.get_by_label("Email").fill("ada@engines.example")
    await visitor.press("See open times")
    await visitor.at("Pick a time")


@pytest.mark.parametrize("phone", [False, True])
async def test_what_is_chosen_and_the_way_on_stay_in_sight(visit: Visit, phone: bool) -> None:
    visitor = await visit(phone=phone)
    await visitor.tell()
    await visitor.at("Pick a time")
    await expect(visitor.page.get_by_role("button", name="Continue")).to_be_in_viewport(ratio=1)
    await visitor.day(DAY).check()
    await visitor.time(TIME).check()
    await expect(visitor.page.locator(".picked")).to_contain_text("10:30 AM to 11:30 AM")
    await expect(visitor.page.locator(".picked")).to_be_in_viewport(ratio=1)


async def test_nothing_is_asked_twice(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    for label in ("First Name", "Last Name", "Email"):
        await expect(visitor.page.get_by_role("textbox", name=label, exact=True)).to_have_count(0)
    await visitor.told("You are booking as Ada Lovelace ada@engines.example.")
    await visitor.press("Change")
    await visitor.page.get_by_role("textbox", name="First Name", exact=True).fill("Augusta")
    await visitor.press("Book")
    await visitor.at("You are booked")
    assert site.sandbox.meetings[0].answers["First Name"] == "Augusta"


@pytest.mark.parametrize("locale", LANGUAGES)
@pytest.mark.parametrize("phone", [False, True])
async def test_the_page_speaks_the_language_of_the_visitor(visit: Visit, site: Site, locale: str, phone: bool) -> None:
    visitor = await visit(locale=locale, phone=phone)
    page, name = visitor.page, f"{locale}-{'phone' if phone else 'desktop'}"
    await page.goto(site.url)
    heading = page.get_by_role("heading", level=2)
    await expect(heading).to_be_focused()
    await visitor.looked_at(f"{name}-1-who")
    for label, value in {
        "First name": "Ada",
        "Last name": "Lovelace",
        "Email": "ada@engines.example",
        "Company": "Engines",
        "Number of employees": "4200",
    }.items():
        await page.get_by_label(label).fill(value)
    await page.locator("button.primary").click()
    await expect(page.locator(".picker")).to_be_visible()
    await page.locator(".day input").nth(1).check()
    await page.locator(".chip input").nth(1).check()
    await visitor.looked_at(f"{name}-2-time")
    await page.locator("button.primary").click()
    await expect(page.locator("textarea").first).to_be_visible()
    await visitor.looked_at(f"{name}-3-details")
    await page.locator("button.primary").click()
    await expect(page.locator(".tick")).to_be_visible()
    await visitor.looked_at(f"{name}-4-done")
    shown: dict[str, Any] = await page.evaluate(
        "({lang: document.documentElement.lang, dir: document.documentElement.dir, text: document.body.innerText})"
    )
    assert (shown["lang"], shown["dir"]) == (locale, "rtl" if locale.startswith("ar") else "ltr")
    assert not re.search(r"\{\w+\}|undefined|You are|Add to calendar", shown["text"])
    assert len(site.sandbox.meetings) == 1


async def test_every_language_has_every_text(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.page.goto(site.url)
    await visitor.at("About you")
    source: str = await visitor.page.evaluate("fetch('./assets/texts.js').then((one) => one.text())")
    tables = re.findall(r"^const (\w\w) = \{$(.*?)^\};$", source, re.MULTILINE | re.DOTALL)
    keys = {language: {*re.findall(r"(?:^|\s)(\w+): \"", body)} for language, body in tables}
    holes = {
        language: {name: {*re.findall(r"\{\w+\}", text)} for name, text in re.findall(r'(\w+): "([^"]*)"', body)}
        for language, body in tables
    }
    assert set(keys) == {"en", "de", "es", "fr", "ja", "ar"}
    for language, found_keys in keys.items():
        assert found_keys == keys["en"], language
        for name, found in holes["en"].items():
            if name != "times_one":
                assert holes[language][name] == found, (language, name)


async def test_a_zone_that_is_none_falls_back_to_utc_and_asks(visit: Visit) -> None:
    visitor = await visit()
    await visitor.page.add_init_script(
        """const real = Intl.DateTimeFormat.prototype.resolvedOptions;
        Intl.DateTimeFormat.prototype.resolvedOptions = function () {
          return { ...real.call(this), timeZone: "Mars/Phobos" };
        };"""
    )
    await visitor.tell()
    await visitor.at("Pick a time")
    await expect(visitor.page.get_by_label("Time zone")).to_have_value("UTC")
    await visitor.told("Your time zone is not known. Please choose it.")


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
async def test_a_zone_is_found_by_its_city(visit: Visit, phone: bool) -> None:
    visitor = await visit(phone=phone)
    await visitor.tell()
    await visitor.at("Pick a time")
    zone, search = visitor.page.get_by_label("Time zone"), visitor.page.get_by_label("Find a city")
    await expect(zone.locator("optgroup").first.locator("option")).to_have_text([re.compile(r"^Los Angeles \(GMT-7")])
    await search.fill("new yo")
    await expect(zone.locator("option")).to_have_text([re.compile("^Los Angeles"), re.compile(r"^New York \(GMT-4")])
    await visitor.looked_at(f"zone-search-{'phone' if phone else 'desktop'}")
    await zone.select_option("America/New_York")
    await expect(search).to_have_value("")
    await expect(zone).to_have_value("America/New_York")
    await search.fill("gmt+9 tok")
    await search.press("Enter")
    await expect(zone).to_have_value("Asia/Tokyo")
    await search.fill("nowhere at all")
    await visitor.told("No such city: try a larger one in the same zone.")
    await search.press("Enter")
    await expect(zone).to_have_value("Asia/Tokyo")


async def test_nothing_else_can_be_pressed_while_a_booking_is_under_way(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    site.line.gate.clear()
    await visitor.press("Book")
    await site.line.reached.wait()
    await expect(visitor.page.get_by_role("button", name="Another time")).to_be_disabled()
    await visitor.page.go_back()
    await expect(visitor.page.get_by_role("heading", level=2, name="Your details")).to_be_visible()
    await expect(visitor.page.get_by_text("This takes longer than usual")).to_be_visible(timeout=15_000)
    await visitor.looked_at("slow")
    site.line.gate.set()
    await visitor.at("You are booked")
    assert len(site.sandbox.meetings) == 1


async def test_a_lost_answer_is_asked_for_and_said_to_be(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)

    async def lost(route: Route) -> None:
        await route.fetch()
        await route.fulfill(
            status=504, body=json.dumps({"error": "OutcomeUnknownError", "status": 504, "settle_id": "x"})
        )

    async def found(route: Route) -> None:
        answer = {"outcome": "not_booked"}
        await route.fulfill(status=200, body=json.dumps(answer), content_type="application/json")

    await visitor.page.route(re.compile("/bookit/bookings$"), lost, times=1)
    await visitor.page.route(re.compile("/bookit/bookings/settle$"), found, times=1)
    await visitor.press("Book")
    await visitor.told("The answer was lost. We are looking whether you are booked")
    await visitor.at("You are booked")
    assert len(site.sandbox.meetings) == 1


async def test_starting_over_leaves_nothing_of_who_was_here(visit: Visit) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.at("Pick a time")
    await visitor.press("Start over")
    await visitor.at("About you")
    await expect(visitor.page.get_by_label("Email")).to_have_value("")
    assert await visitor.page.evaluate("sessionStorage.length") == 0
    await booked(visitor)
    await visitor.press("Book another")
    await visitor.at("About you")
    await expect(visitor.page.get_by_label("Email")).to_have_value("")


async def test_a_move_shows_now_and_then_and_a_cancel_does_not_celebrate(visit: Visit) -> None:
    visitor = await visit()
    await booked(visitor)
    await mailed(visitor, "Reschedule")
    await visitor.at("Pick a new time")
    await visitor.day("Thursday, May 8").check()
    await visitor.time("3:00 PM").check()
    change = visitor.page.locator(".change dd")
    await expect(change.nth(0)).to_contain_text("Tuesday, May 6")
    await expect(change.nth(1)).to_contain_text("Thursday, May 8")
    await visitor.press("Move the meeting")
    await visitor.at("Your meeting has moved")
    await expect(change.nth(0)).to_contain_text("Tuesday, May 6")
    await expect(change.nth(1)).to_contain_text("Thursday, May 8")
    await mailed(visitor, "Cancel")
    await visitor.at("Cancel this meeting?")
    await visitor.press("Cancel the meeting")
    await visitor.at("Your meeting is canceled")
    await expect(visitor.page.locator(".tick")).to_have_count(0)


async def test_it_is_all_there_at_twice_the_size(visit: Visit) -> None:
    visitor = await visit(width=640)
    await visitor.page.add_init_script("addEventListener('load', () => { document.body.style.zoom = 2; })")
    await visitor.tell()
    await visitor.at("Pick a time")
    await visitor.looked_at("zoomed-2-time")
    await visitor.pick(DAY, TIME)
    await visitor.looked_at("zoomed-3-details")


async def test_no_request_leaves_the_origin_and_events_are_told(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.page.add_init_script(
        "window.heard = []; addEventListener('message', ({data}) => data.type === 'bookit' && heard.push(data.event))"
    )
    await booked(visitor)
    assert {url.removeprefix(site.url)[:1] for url in visitor.asked} <= {"/"}
    assert await visitor.page.evaluate("heard") == ["loaded", "form_submitted", "calendar_displayed", "meeting_booked"]


class TestUnderAPath:
    @pytest_asyncio.fixture(loop_scope="session", params=["127.0.0.1", "::1"])
    async def address(self, request: pytest.FixtureRequest) -> AsyncGenerator[str]:
        sandbox = Sandbox(now=NOW, seed=1, tcp=False)
        seal = Seal(["uN3q-b7Yk2vTz5Rw9Xc1Lm4Jd6Hs8Gf0"], now=lambda: sandbox.clock().timestamp())

        def app(url: str) -> Any:
            client = BookIt(sandbox.api_key, transport=sandbox.transport)
            return booking_app(lambda: client, site=url, seal=seal, path="/team/book")

        async with served(app, host=request.param) as url:
            yield f"{url}/team/book/"

    async def test_a_visitor_books_and_moves(self, visit: Visit, address: str) -> None:
        visitor = await visit()
        visitor.site = address
        await booked(visitor)
        await visitor.page.reload()
        await visitor.at("You are booked")
        await visitor.page.get_by_role("link", name="Reschedule").click()
        await visitor.at("Pick a new time")
        assert all(url.startswith(address) for url in visitor.asked if not url.endswith("/favicon.ico"))


async def test_the_redirect_of_the_demo_ends_somewhere(visit: Visit) -> None:
    def app(url: str) -> Any:
        return demo_app(Sandbox(local_world(url), now=NOW, tcp=False), site=url)

    async with served(app) as url:
        visitor: Visitor = await visit()
        visitor.site = url
        await visitor.tell(Number_of_employees="8")
        await visitor.told("A page of the company")
        assert visitor.page.url == f"{url}{ELSEWHERE}"
