"""Debian's Chromium, once for all tests, and for each a booking page on a sandbox whose clock stands still."""

import os
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import datetime
from functools import partial

import pytest
import pytest_asyncio
from attrs import define
from fastapi import FastAPI
from playwright.async_api import Browser, ViewportSize, async_playwright

from bookit_async import BookIt
from bookit_async.sandbox import Sandbox, World
from examples.fastapi_booking.serve import demo_app
from tests.conftest import NOW
from tests.fastapi.line import Line
from tests.serving import served

from .visitor import Visitor

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=900)


@define
class Site:
    """A booking page, the sandbox behind it, and the line between them."""

    url: str
    sandbox: Sandbox
    line: Line
    client: BookIt


Visit = Callable[..., Awaitable[Visitor]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncGenerator[Browser]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("no Chromium: apt-get install chromium, or set CHROMIUM to the program", pytrace=False)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def world() -> World | None:
    return None


@pytest_asyncio.fixture(loop_scope="session")
async def site(now: datetime, world: World | None) -> AsyncGenerator[Site]:
    sandbox = Sandbox(world, now=now, seed=1, tcp=False)
    line = Line(sandbox.transport)
    line.gate.set()
    async with served(partial(_app, sandbox, line)) as url:
        yield Site(url, sandbox, line, BookIt(sandbox.api_key, transport=sandbox.transport))


def _app(sandbox: Sandbox, line: Line, url: str) -> FastAPI:
    return demo_app(sandbox, site=url, transport=line)


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, site: Site) -> AsyncGenerator[Visit]:
    """Open tabs: `await visit(timezone=…, phone=True, dark=True)`, or a `width` as of a page zoomed in."""
    visitors: list[Visitor] = []

    async def visit(
        *,
        timezone: str = "America/Los_Angeles",
        phone: bool = False,
        dark: bool = False,
        forced: bool = False,
        width: int | None = None,
        locale: str = "en-US",
    ) -> Visitor:
        context = await browser.new_context(
            timezone_id=timezone,
            locale=locale,
            forced_colors="active" if forced else "none",
            viewport=PHONE | ViewportSize(width=width, height=640) if width else PHONE if phone else DESKTOP,
            has_touch=phone,
            is_mobile=phone,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
        )
        page = await context.new_page()
        page.set_default_timeout(10_000)
        visitor = Visitor(page, site.url)
        page.on("request", lambda request: visitor.asked.append(request.url))
        page.on("pageerror", lambda error: visitor.errors.append(str(error)))
        page.on("console", lambda said: visitor.errors.append(said.text) if "Policy" in said.text else None)
        visitors.append(visitor)
        return visitor

    yield visit
    for visitor in visitors:
        await visitor.page.context.close()
        assert visitor.errors == []
