"""The booking page on a slow phone: how much of it is sent, and how long until its first times are there."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import Any, Protocol, cast

import uvicorn
from attrs import frozen
from playwright.async_api import Browser, async_playwright

from bookit_async.sandbox import Sandbox
from examples.fastapi_booking.booking_app import LINKS
from examples.fastapi_booking.serve import demo_app, listen

from .contest import Finding

LATENCY, DOWN, UP = 150, 1_600_000 / 8, 750_000 / 8
"""Milliseconds of a round trip, and bytes a second: what Lighthouse takes for a slow connection of a phone."""
SLOWER = 4
"""How many times slower than this machine the phone's processor is."""
WARM_UP = 1
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")
TOLD = """new MutationObserver(() => {
    if (window.told || !document.querySelector(".chip")) return;
    window.told = new Promise((drawn) => requestAnimationFrame(() => drawn(performance.now())));
}).observe(document, { childList: true, subtree: true });"""


@frozen
class Visit:
    """What a first visit took."""

    seconds: float
    """From following the link until the first times are drawn."""
    page: int
    """Bytes that came for the page, as they came; the offer is not in it."""
    waves: int
    """Requests that could begin only after another one had been answered."""


class Tools(Protocol):
    """A browser's developer tools, as far as they are used here."""

    async def send(self, method: str, params: dict[str, Any] | None = None) -> object:
        """Have the browser do something."""
        ...

    def on(self, event: str, f: Callable[[dict[str, Any]], None]) -> None:
        """Call a function with what the browser tells."""
        ...


@asynccontextmanager
async def chromium() -> AsyncGenerator[Browser]:
    """Return Debian's Chromium, or the program that CHROMIUM names."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        sys.exit("no Chromium: apt-get install chromium, or set CHROMIUM to the program")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        yield browser
        await browser.close()


@asynccontextmanager
async def served(listener: socket.socket, url: str) -> AsyncGenerator[None]:
    """Serve the demo on a sandbox, in this loop."""
    app = demo_app(Sandbox(seed=1, tcp=False), site=url)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    yield
    server.should_exit = True
    await running


async def visit(browser: Browser, url: str) -> Visit:
    """Follow a BookIt Link with a slow phone that has never been there."""
    context = await browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True)
    page = await context.new_page()
    tools = cast("Tools", await context.new_cdp_session(page))
    await tools.send("Network.enable")
    network = {"offline": False, "latency": LATENCY, "downloadThroughput": DOWN, "uploadThroughput": UP}
    await tools.send("Network.emulateNetworkConditions", network)
    await tools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    came: dict[str, float] = {}
    of_page: list[str] = []

    def arrived(done: dict[str, Any]) -> None:
        came[done["requestId"]] = done["encodedDataLength"]

    def asked(request: dict[str, Any]) -> None:
        if request["request"]["method"] == "GET":
            of_page.append(request["requestId"])

    tools.on("Network.loadingFinished", arrived)
    tools.on("Network.requestWillBeSent", asked)
    await page.add_init_script(TOLD)
    await page.goto(f"{url}/?link={LINKS[1]}")
    await page.locator(".chip").first.wait_for()
    told: float = await page.evaluate("window.told")
    timings: list[list[float]] = await page.evaluate(
        "performance.getEntriesByType('resource').map(({ startTime, responseEnd }) => [startTime, responseEnd])"
    )
    await context.close()
    return Visit(told / 1000, int(sum(came.get(one, 0) for one in of_page)), waves(timings))


def waves(timings: list[list[float]]) -> int:
    """Return how many times something began only after what had begun before was there."""
    count, until = 0, float("-inf")
    for began, ended in sorted(timings):
        if began >= until:
            count, until = count + 1, ended
    return count


async def visits(turns: int) -> list[Visit]:
    """Return so many first visits, after one that is not told."""
    listener, url = listen("127.0.0.1", 0)
    with listener:
        async with served(listener, url), chromium() as browser:
            return [await visit(browser, url) for _ in range(WARM_UP + turns)][WARM_UP:]


def run(*, turns: int) -> list[Finding]:
    """Visit, again and again."""
    found = asyncio.run(visits(turns))
    phone = f"{SLOWER} times slower than this machine, {LATENCY} ms and 1.6 Mbit/s away"
    return [
        Finding(
            what="seconds from a BookIt Link to the first times of the booking page",
            beside=f"nothing: a time, and not a ratio, for a phone {phone}",
            values=tuple(one.seconds for one in found),
            at_most=1.5,
        ),
        Finding(
            what="KiB of the booking page as sent",
            beside="nothing",
            values=tuple(one.page / 1024 for one in found),
            at_most=60,
        ),
    ]
