"""The booking page where things go otherwise: reloads, dead ends, other languages, colours and paths."""

import json
import re
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import unquote

import pytest
import pytest_asyncio
from attrs import define
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
LANGUAGES = ["en-US", "de-DE", "es-ES", "fr-FR", "ja-JP", "ar-EG"]
PROSPECT = {
    "FirstName": "Ada",
    "LastName": "Lovelace",
    "Email": "ada@engines.example",
    "Company": "Engines",
    "NumEmployees": "4200",
}


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
        await visitor.told("Los Angeles, Pacific Daylight Time")
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
    await visitor.at("We found nobody for you yet")
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
    for label in ("First name", "Last name", "Email"):
        await expect(visitor.page.get_by_role("textbox", name=label, exact=True)).to_have_count(0)
    await visitor.told("You are booking as Ada Lovelace, ada@engines.example.")
    await visitor.press("Change")
    await visitor.page.get_by_role("textbox", name="First name", exact=True).fill("Augusta")
    await visitor.press("Book")
    await visitor.at("You are booked")
    assert site.sandbox.meetings[0].answers["First Name"] == "Augusta"


@define
class Tour:
    """A visitor who looks at every step, whatever the language: what is shown is found by its kind."""

    visitor: Visitor
    locale: str

    async def at(self, name: str, shown: str) -> None:
        """Wait for a step, and look at it."""
        page = self.visitor.page
        await expect(page.locator(shown).first).to_be_visible()
        await expect(page.get_by_role("heading", level=2)).to_be_focused()
        await self.visitor.looked_at_everywhere(f"{self.locale}-{name}")
        text: str = await page.inner_text("body")
        assert not re.search(r"\{\w+\}|undefined|null", text)
        assert self.locale == "en-US" or not re.search("You are|Add to calendar|First name|Write to us", text)

    async def answer(self, path: str, status: int, **body: str) -> None:
        """Have the next call of the router answered so."""
        content = json.dumps(body)
        await self.visitor.page.route(
            re.compile(path),
            lambda route: route.fulfill(status=status, body=content, content_type="application/json"),
            times=1,
        )

    async def go_on(self) -> None:
        await self.visitor.page.locator("button.primary").click()

    async def choose(self, day: int) -> None:
        await self.visitor.page.locator(".day input").nth(day).check()
        await self.visitor.page.locator(".chip input").nth(1).check()

    async def begin(self) -> None:
        """See the form, and what comes instead of times."""
        await self.answer("/bookit/inputs", 503, error="NotSentError")
        await self.visitor.page.goto(self.visitor.site)
        await self.at("away", "button.primary")
        await self.visitor.page.reload()
        await self.at("form", "form")
        for name, value in PROSPECT.items():
            await self.visitor.page.locator(f"[name={name}]").fill(value)
        for outcome in ("not_routed", "no_availability"):
            await self.answer("/bookit/offers$", 200, outcome=outcome)
            await self.go_on()
            await self.at(outcome, "button.primary")
            await self.go_on()
            await expect(self.visitor.page.locator("form")).to_be_visible()

    async def book(self) -> None:
        page = self.visitor.page
        await self.go_on()
        await expect(page.locator(".picker")).to_be_visible()
        await self.choose(1)
        await page.locator("h2").focus()
        await self.at("times", ".picker")
        await self.go_on()
        await self.at("details", "textarea")
        await page.locator("textarea").first.fill("nobody")
        await self.go_on()
        await expect(page.locator(".wrong").first).to_be_visible()
        await self.visitor.looked_at_everywhere(f"{self.locale}-mistake")
        await page.locator("textarea").first.fill("")
        await self.go_on()
        await self.at("booked", ".tick")

    async def change(self) -> None:
        page = self.visitor.page
        await page.locator(".actions a[href*=reschedule]").click()
        await self.at("move", ".picker")
        await self.choose(3)
        await self.go_on()
        await self.at("moved", ".tick")
        await page.goto(page.url.replace("reschedule=", "cancel="))
        await page.reload()
        await self.at("cancel", ".danger")
        await page.locator(".danger").click()
        await self.at("canceled", ".gone")
        await page.reload()
        await self.at("was-canceled", ".gone")


@pytest.mark.parametrize("locale", LANGUAGES)
async def test_every_step_is_sound_in_every_language_and_light(visit: Visit, site: Site, locale: str) -> None:
    """Form, dead ends, times, details, mistakes, confirmation, moving and canceling, by a visitor of each language."""
    visitor = await visit(locale=locale)
    tour = Tour(visitor, locale)
    await tour.begin()
    shown = await visitor.page.evaluate("[document.documentElement.lang, document.documentElement.dir]")
    assert shown == [locale, "rtl" if locale == "ar-EG" else "ltr"]
    await tour.book()
    await tour.change()
    await visitor.page.goto(f"{site.url}/?link=Nope")
    await tour.at("bad-link", ".actions a")
    assert [one.status for one in site.sandbox.meetings] == ["canceled"]


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
    told = visitor.page.locator(".told")
    await expect(told).to_contain_text("This takes longer than usual", timeout=15_000)
    await expect(told).to_be_in_viewport(ratio=1)
    await visitor.uncovered(told)
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
    await visitor.page.add_init_script("window.heard = []; addEventListener('message', ({data}) => heard.push(data))")
    await booked(visitor)
    assert {url.removeprefix(site.url)[:1] for url in visitor.asked} <= {"/"}
    heard: list[dict[str, Any]] = await visitor.page.evaluate("heard")
    assert [one.get("event", one.get("message")) for one in heard] == [
        "loaded",
        "form_submitted",
        "calendar_displayed",
        "LD_ROUTING_RESPONSE",
        "meeting_booked",
        "LD_POST_BOOKING_IMMEDIATE",
    ]
    assert heard[3]["responseData"]["calendarLink"].startswith("https://app.leandata.com")
    assert not re.search("ada|engines", json.dumps(heard), re.IGNORECASE), "nothing of what the visitor wrote"
    await visitor.tell(Email="ada@gmail.com")
    await visitor.at("We found nobody for you yet")
    heard = await visitor.page.evaluate("heard")
    assert heard[-1] == {"message": "LD_ROUTING_RESPONSE", "responseData": {}}, "as their page tells of no calendar"


async def test_no_page_of_the_demo_asks_another_origin(visit: Visit, site: Site) -> None:
    """FastAPI's own pages about the API would fetch their scripts from elsewhere, so there are none."""
    visitor = await visit()
    for path, status in (("docs", 404), ("redoc", 404), ("openapi.json", 200), ("outbox", 200), ("elsewhere", 200)):
        answer = await visitor.page.goto(f"{site.url}/{path}")
        assert answer is not None
        assert answer.status == status
    assert visitor.asked
    assert all(url.startswith(f"{site.url}/") for url in visitor.asked)


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
