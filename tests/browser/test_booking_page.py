"""The booking page in a real browser."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from attrs import evolve
from playwright.async_api import Route, expect

from bookit_async import at
from bookit_async.sandbox import World, demo_world
from bookit_async.sandbox.world import Question
from tests.conftest import ADA

from .conftest import Site, Visit

pytestmark = pytest.mark.asyncio(loop_scope="session")

DAY, TIME = "Tuesday, May 6", "10:30 AM"
START = datetime(2025, 5, 6, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(("phone", "dark"), [(False, False), (True, True), (False, True), (True, False)])
async def test_a_visitor_books(visit: Visit, site: Site, phone: bool, dark: bool) -> None:
    kind = f"{'phone' if phone else 'desktop'}-{'dark' if dark else 'light'}"
    visitor = await visit(phone=phone, dark=dark)
    await visitor.page.goto(site.url)
    await visitor.at("About you")
    await visitor.looked_at(f"{kind}-1-who")
    await visitor.tell()
    await visitor.at("Pick a time")
    await visitor.looked_at(f"{kind}-2-time")
    await visitor.pick(DAY, TIME)
    await visitor.looked_at(f"{kind}-3-details")
    await visitor.page.get_by_label("What would you like to solve?").fill("Routing")
    await visitor.page.get_by_label("Additional Guest Emails").fill("cfo@engines.example, cto@engines.example")
    await visitor.press("Book")
    await visitor.at("You are booked")
    await visitor.told("Tuesday, May 6, 2025, 10:30 AM to 11:30 AM PDT")
    await visitor.told("With Eva Lind.")
    await visitor.looked_at(f"{kind}-4-done")
    (meeting,) = site.sandbox.meetings
    assert (meeting.start, meeting.timezone) == (START, "America/Los_Angeles")
    assert meeting.answers["What would you like to solve?"] == "Routing"
    assert meeting.guests == ("cfo@engines.example", "cto@engines.example")


async def test_a_slot_that_someone_else_took_is_picked_again(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    await visitor.page.get_by_label("What would you like to solve?").fill("Routing")
    await site.client.book(
        "New Webform Prospect", {**ADA, "Email": "eve@engines.example"}, timezone="UTC", slot=at(START)
    )
    await visitor.press("Book")
    await visitor.at("Pick a time")
    await visitor.warned("That time was taken just now. Nothing was booked")
    await visitor.looked_at("slot-taken")
    await visitor.day(DAY).check()
    assert TIME not in await visitor.times()
    await visitor.pick(DAY, "2:00 PM")
    await expect(visitor.page.get_by_label("What would you like to solve?")).to_have_value("Routing")
    await visitor.press("Book")
    await visitor.at("You are booked")
    assert len(site.sandbox.meetings) == 2


async def test_a_pool_is_booked(visit: Visit, site: Site) -> None:
    visitor = await visit(timezone="America/New_York")
    await visitor.tell(Number_of_employees="300")
    await visitor.at("Pick a time")
    await visitor.told("30 minutes, with one of Ada Osei, Ben Marsh, Chiara Conti, or Dev Rao")
    await visitor.looked_at("pool")
    await visitor.pick(DAY, "9:30 AM")
    await visitor.press("Book")
    await visitor.at("You are booked")
    (meeting,) = site.sandbox.meetings
    assert meeting.pool_id == "a1QHs000000MidMMAE"
    host = next(one for one in site.sandbox.world.hosts if one.user_id == meeting.host_id)
    await visitor.told(f"With {host.first_name} {host.last_name}.")


async def test_a_small_company_is_sent_to_another_page(visit: Visit, site: Site) -> None:
    visitor = await visit()

    async def elsewhere(route: Route) -> None:
        await route.fulfill(body="<h1>Help yourself</h1>", content_type="text/html")

    await visitor.page.route("https://www.northwind.example/**", elsewhere)
    await visitor.tell(Number_of_employees="8")
    await visitor.told("Help yourself")
    assert visitor.page.url == "https://www.northwind.example/self-service"


async def test_who_is_not_routed_sees_the_fallback(visit: Visit) -> None:
    visitor = await visit()
    await visitor.tell(Email="ada@gmail.com")
    await visitor.at("We found nobody for you yet")
    await visitor.looked_at("fallback")


async def test_a_double_click_books_once(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    site.line.gate.clear()
    button = visitor.page.get_by_role("button", name="Book", exact=True)
    await button.dblclick()
    await visitor.page.evaluate("document.querySelector('form').requestSubmit()")
    await site.line.reached.wait()
    await expect(visitor.page.get_by_role("button", name="Booking …")).to_have_attribute("aria-disabled", "true")
    site.line.gate.set()
    await visitor.at("You are booked")
    assert len(site.sandbox.meetings) == site.line.booked == 1


async def test_back_goes_a_step_back_and_never_books_again(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    await visitor.page.go_back()
    await visitor.at("Pick a time")
    await expect(visitor.day(DAY)).to_be_checked()
    await expect(visitor.time(TIME)).to_be_checked()
    await visitor.page.go_back()
    await visitor.at("About you")
    await expect(visitor.page.get_by_label("Email")).to_have_value("ada@engines.example")
    await visitor.page.go_forward()
    await visitor.page.go_forward()
    await visitor.at("Your details")
    await visitor.press("Book")
    await visitor.at("You are booked")
    await visitor.page.go_back()
    await visitor.at("You are booked")
    await expect(visitor.page.get_by_role("button", name="Book", exact=True)).to_have_count(0)
    assert len(site.sandbox.meetings) == 1


async def test_a_reload_during_the_booking_shows_what_became_of_it(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    site.line.gate.clear()
    await visitor.press("Book")
    await site.line.reached.wait()
    await visitor.page.reload()
    await visitor.told("One moment …")
    site.line.gate.set()
    await visitor.at("You are booked")
    await visitor.told("Tuesday, May 6, 2025, 10:30 AM to 11:30 AM PDT")
    assert len(site.sandbox.meetings) == site.line.booked == 1


async def test_a_reload_before_the_booking_keeps_the_offer(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.at("Pick a time")
    await visitor.page.get_by_label("Time zone").select_option("Europe/Berlin")
    await visitor.page.reload()
    await visitor.at("Pick a time")
    await expect(visitor.page.get_by_label("Time zone")).to_have_value("Europe/Berlin")


async def test_an_answer_that_was_lost_can_be_asked_for_again(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    await visitor.page.route(re.compile("/bookit/bookings$"), lambda route: route.abort(), times=1)
    await visitor.press("Book")
    await visitor.warned("The site cannot be reached")
    await visitor.press("Book")
    await visitor.at("You are booked")
    assert len(site.sandbox.meetings) == 1


async def test_a_page_left_open_for_too_long_begins_anew(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    site.sandbox.clock.advance(timedelta(hours=2))
    await visitor.press("Book")
    await visitor.warned("expired")
    await visitor.at("About you")
    await expect(visitor.page.get_by_label("Email")).to_have_value("ada@engines.example")
    assert not site.sandbox.meetings


async def test_a_form_that_the_service_refuses_says_where(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.tell()
    await visitor.pick(DAY, TIME)
    await visitor.page.get_by_label("Additional Guest Emails").fill("nobody")
    await visitor.press("Book")
    await visitor.warned("Please check what you wrote")
    await visitor.told("Guest 1 must be an email address, such as ada@example.com")
    await expect(visitor.page.get_by_label("Additional Guest Emails")).to_be_focused()
    await visitor.looked_at("refused")
    assert not site.sandbox.meetings


async def test_the_keyboard_is_enough(visit: Visit, site: Site) -> None:
    visitor = await visit()
    keys = visitor.page.keyboard
    await visitor.page.goto(site.url)
    await visitor.at("About you")
    for value in ("Ada", "Lovelace", "ada@engines.example", "", "Engines", "4200"):
        await keys.press("Tab")
        await keys.type(value)
    await keys.press("Enter")
    await visitor.at("Pick a time")
    for key in ("Tab", "Tab", "Tab", "ArrowRight", "Tab", "Space", "ArrowDown"):
        await keys.press(key)
    await visitor.told("Chosen: Tuesday, May 6, 2025, 10:30 AM to 11:30 AM PDT")
    await visitor.looked_at("keyboard")
    for key in ("Tab", "Tab", "Enter"):
        await keys.press(key)
    await visitor.at("Your details")
    for key in ("Tab", "Tab", "Tab", "Tab", "Tab", "Enter"):
        await keys.press(key)
    await visitor.at("You are booked")
    assert site.sandbox.meetings[0].start == START


async def test_a_link_is_booked_without_routing(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.page.goto(f"{site.url}/?link=Once7Kd")
    await visitor.at("Pick a time")
    await visitor.pick(DAY, "7:30 AM")
    for label, value in {"First name": "Ada", "Last name": "Lovelace", "Email": "ada@engines.example"}.items():
        await visitor.page.get_by_role("textbox", name=label, exact=True).fill(value)
    await visitor.press("Book")
    await visitor.at("You are booked")
    assert site.sandbox.meetings[0].link_id == "Once7Kd"


async def test_each_visitor_sees_their_own_clock(visit: Visit, site: Site) -> None:
    berlin, tokyo = await visit(timezone="Europe/Berlin"), await visit(timezone="Asia/Tokyo")
    await berlin.tell()
    await berlin.at("Pick a time")
    await tokyo.tell()
    await tokyo.at("Pick a time")
    await berlin.day(DAY).check()
    assert (await berlin.times())[0] == "12:00 AM", "three in the afternoon in Los Angeles, the day before"
    await tokyo.pick("Wednesday, May 7", "2:30 AM")
    await tokyo.press("Book")
    await tokyo.told("Wednesday, May 7, 2025, 2:30 AM to 3:30 AM GMT+9")
    await berlin.page.get_by_label("Time zone").select_option("Asia/Tokyo")
    await berlin.told("Times are now in Tokyo.")
    await berlin.pick("Wednesday, May 7", "2:00 AM")
    await berlin.press("Book")
    await berlin.at("Pick a time")
    await berlin.warned("That time was taken just now")
    (meeting,) = site.sandbox.meetings
    assert (meeting.start, meeting.timezone) == (START, "Asia/Tokyo")


class TestWithNamesThatPagesBreakOn:
    """Markup in what is shown, both kinds of quotes in a question, and words too long for a line."""

    QUESTION = """Who's "in"?\u200b <b>Say</b>"""
    LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"

    @pytest.fixture
    def world(self) -> World:
        world = demo_world()
        question = Question(name=self.QUESTION, type="textarea", required=True)
        name = "<img src=x onerror=alert(1)>"
        return evolve(
            world,
            hosts=tuple(evolve(one, first_name=name, last_name=self.LONG) for one in world.hosts),
            meeting_types=tuple(evolve(one, questions=(question,)) for one in world.meeting_types),
        )

    async def test_they_are_shown_as_they_are_on_the_narrowest_screen(self, visit: Visit, site: Site) -> None:
        visitor = await visit(width=320)
        await visitor.tell()
        await visitor.at("Pick a time")
        await visitor.told("<img src=x onerror=alert(1)>")
        await visitor.looked_at("narrow-2-time")
        await visitor.pick(DAY, TIME)
        question = visitor.page.get_by_label(self.QUESTION)
        await question.fill("  ")
        await visitor.press("Book")
        await visitor.warned("Please check what you wrote")
        await visitor.told(f"{self.QUESTION} is required and missing")
        await expect(question).to_be_focused()
        await expect(question).to_have_attribute("aria-invalid", "true")
        await visitor.looked_at("narrow-3-details")
        await question.fill(self.LONG)
        await visitor.press("Book")
        await visitor.at("You are booked")
        await visitor.looked_at("narrow-4-done")
        assert site.sandbox.meetings[0].answers[self.QUESTION] == self.LONG


class TestInTheWeekInWhichEuropeSetsItsClocksBack:
    """Los Angeles does so a week later: its ten o'clock is seven in the evening, and then six."""

    @pytest.fixture
    def now(self) -> datetime:
        return datetime(2025, 10, 23, 12, tzinfo=UTC)

    async def test_the_same_hour_comes_an_hour_earlier(self, visit: Visit, site: Site) -> None:
        visitor = await visit(timezone="Europe/Berlin")
        await visitor.tell()
        await visitor.at("Pick a time")
        for day, first in (("Friday, October 24", "7:00 PM"), ("Monday, October 27", "6:00 PM")):
            await visitor.day(day).check()
            assert first in await visitor.times()
        await visitor.looked_at("clocks-go-back")
        await visitor.pick("Monday, October 27", "6:00 PM")
        await visitor.press("Book")
        await visitor.told("6:00 PM to 7:00 PM GMT+1")
        assert site.sandbox.meetings[0].start == datetime(2025, 10, 27, 17, tzinfo=UTC)


class TestInAMonthThatEnds:
    """Of a meeting type whose colour is that of the paper."""

    @pytest.fixture
    def now(self) -> datetime:
        return datetime(2025, 10, 23, 12, tzinfo=UTC)

    @pytest.fixture
    def world(self) -> World:
        world = demo_world()
        return evolve(world, meeting_types=tuple(evolve(one, style_color="#ffffff") for one in world.meeting_types))

    async def test_days_are_marked_and_months_are_paged(self, visit: Visit, now: datetime) -> None:
        visitor = await visit()
        page = visitor.page
        await page.clock.set_fixed_time(now)
        await visitor.tell()
        await visitor.at("Pick a time")
        await expect(page.locator(".today")).to_have_text("23")
        await expect(visitor.day("Thursday, October 23, today")).to_be_checked()
        await expect(page.locator(".part")).to_have_text(["Morning", "Afternoon", "Evening"])
        open_day, closed = page.locator(".day input:not(:checked) + label").first, page.locator(".day.closed").first
        ground = "(one) => getComputedStyle(one).backgroundColor"
        assert await open_day.evaluate(ground) != await closed.evaluate(ground)
        back, on = (page.get_by_role("button", name=f"{way} month") for way in ("Previous", "Next"))
        await expect(back).to_be_disabled()
        await on.click()
        await expect(page.locator(".days legend")).to_have_text("November 2025")
        await expect(on).to_be_disabled()
        await expect(back).to_be_focused()
        await expect(visitor.day("Monday, November 3")).to_be_checked()
        await visitor.looked_at_everywhere("white-paged")
        edge = await page.locator("button.primary").evaluate("(one) => getComputedStyle(one).borderTopColor")
        assert edge == "rgb(92, 107, 126)", "seen on white"
        await back.click()
        await expect(page.locator(".days legend")).to_have_text("October 2025")


class TestOnTheNightWithAnHourThatComesTwice:
    @pytest.fixture
    def now(self) -> datetime:
        return datetime(2025, 10, 30, 12, tzinfo=UTC)

    @pytest.fixture
    def world(self) -> World:
        world = demo_world()
        night = {"sun": "05:00-08:00", "mon": "09:00-17:00"}
        return evolve(world, hosts=tuple(evolve(one, timezone="UTC", hours=night) for one in world.hosts))

    async def test_each_of_the_two_says_which_it_is(self, visit: Visit, site: Site) -> None:
        visitor = await visit(timezone="America/New_York")
        await visitor.page.goto(f"{site.url}/?link=Pool4Mm")
        await visitor.at("Pick a time")
        await visitor.day("Sunday, November 2").check()
        assert await visitor.times() == [
            "1:00 AM EDT",
            "1:30 AM EDT",
            "1:00 AM EST",
            "1:30 AM EST",
            "2:00 AM",
            "2:30 AM",
        ]
        await visitor.time("1:30 AM EST").check()
        await visitor.press("Continue")
        await visitor.at("Your details")
        for label, value in {"First name": "Ada", "Last name": "Lovelace", "Email": "ada@engines.example"}.items():
            await visitor.page.get_by_role("textbox", name=label, exact=True).fill(value)
        await visitor.told("1:30 AM to 2:00 AM EST")
