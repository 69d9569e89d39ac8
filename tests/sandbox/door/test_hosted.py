"""The pages behind the links in mails, over TCP as a browser would ask for them."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import aiohttp
import pytest
from attrs import evolve

from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.world import World

from ..front_door import Door
from ..worlds import small_world

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)


def marked_up(world: World) -> World:
    """The small world with a host whose address has to be escaped."""
    hosts = tuple(evolve(host, email='<b>"&@team.example') if host.user_id == "solo" else host for host in world.hosts)
    return evolve(world, hosts=hosts)


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    async with Sandbox(marked_up(small_world()), now=NOW, seed=1) as sandbox:
        yield Door(sandbox)


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def page(browser: aiohttp.ClientSession, method: str, url: str, **form: object) -> tuple[int, str]:
    async with browser.request(method, url, data=form or None) as response:
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert response.headers["referrer-policy"] == "no-referrer"
        return response.status, await response.text()


async def test_the_cancel_link_asks_first(door: Door, browser: aiohttp.ClientSession) -> None:
    await door.book_solo()
    link = door.sandbox.outbox[0].cancel_link
    assert link.startswith(door.sandbox.url)
    about = "Call with &lt;b&gt;&quot;&amp;@team.example, Monday 04 May 2026, 10:00 (Europe/Berlin)"
    before = door.sandbox.meetings
    for _ in range(2):
        status, shown = await page(browser, "GET", link)
        assert status == 200
        assert f"<p>Cancel {about}?</p>" in shown
        assert '<form method="post"><button>' in shown
    assert door.sandbox.meetings == before
    status, shown = await page(browser, "POST", link)
    assert (status, f"<p>Canceled: {about}.</p>" in shown) == (200, True)
    assert door.sandbox.meetings[0].status == "canceled"
    assert [mail.kind for mail in door.sandbox.outbox] == ["confirmation", "canceled"]
    for method in ("GET", "POST"):
        status, shown = await page(browser, method, link)
        assert (status, "Validation Error: Meeting has been canceled" in shown) == (400, True)


async def test_the_reschedule_link_lists_the_open_slots_and_moves(door: Door, browser: aiohttp.ClientSession) -> None:
    await door.book_solo()
    await door.book_solo(uid="other")
    link = door.sandbox.outbox[0].reschedule_link
    status, shown = await page(browser, "GET", link)
    starts = re.findall(r'<option value="(\d+)">([^<]+)</option>', shown)
    assert (status, len(starts)) == (200, 11)
    assert starts[0] == (str(door.sandbox.meetings[0].span.start), "Monday 04 May 2026, 10:00 (Europe/Berlin)")
    assert str(door.sandbox.meetings[1].span.start) not in dict(starts)
    status, shown = await page(browser, "POST", link, start=starts[2][0])
    assert (status, f"{starts[2][1]}.</p>" in shown) == (200, True)
    moved = door.sandbox.meetings[0]
    assert (moved.status, str(moved.span.start), moved.timezone) == ("rescheduled", starts[2][0], "Europe/Berlin")
    assert door.sandbox.outbox[-1].reschedule_link == link


@pytest.mark.parametrize("form", [{}, {"start": ""}, {"start": "0"}, {"start": "x"}, {"end": "1"}])
async def test_only_an_open_slot_can_be_moved_to(
    door: Door, browser: aiohttp.ClientSession, form: dict[str, object]
) -> None:
    await door.book_solo()
    before = door.sandbox.meetings
    status, shown = await page(browser, "POST", door.sandbox.outbox[0].reschedule_link, **form)
    assert (status, "start must be one of the open slots" in shown) == (400, True)
    assert door.sandbox.meetings == before


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/cancel/nope", (404, "Meeting not found")),
        ("GET", "/cancel/<script>", (404, "Meeting not found")),
        ("POST", "/reschedule/", (404, "Meeting not found")),
        ("GET", "/reschedule/a/b", (404, "Meeting not found")),
        ("DELETE", "/cancel/nope", (405, "Method Not Allowed")),
    ],
)
async def test_other_addresses(
    door: Door, browser: aiohttp.ClientSession, method: str, path: str, expected: tuple[int, str]
) -> None:
    status, shown = await page(browser, method, door.sandbox.url + path)
    assert (status, f"<p>{expected[1]}</p>" in shown) == (expected[0], True)


async def test_looking_at_a_link_without_its_page_changes_nothing(door: Door, browser: aiohttp.ClientSession) -> None:
    await door.book_solo()
    assert await page(browser, "HEAD", door.sandbox.outbox[0].cancel_link) == (200, "")
    assert door.sandbox.meetings[0].status == "scheduled"


async def test_what_is_not_served_has_its_links_on_the_worlds_site(door: Door) -> None:
    await door.sandbox.__aexit__(None, None, None)
    await door.book_solo()
    assert door.sandbox.outbox[0].cancel_link.startswith("https://bookit.example.com/cancel/")
