"""A booking page for the router: HTML, CSS and JavaScript that come with the package, without anything to build."""

from collections.abc import Iterator
from functools import cache
from html import escape
from pathlib import Path

import orjson
from fastapi import APIRouter, Response
from starlette.exceptions import HTTPException

from ..errors import InvalidInputError

FILES = Path(__file__).parent / "page"
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Referrer-Policy": "no-referrer",  # a mailed link is all that it takes to cancel a meeting
    "X-Content-Type-Options": "nosniff",
}
SCRIPTS = ("texts", "times", "elements", "bookit", "ends", "forms", "picker", "calendar")
"""What both pages are made of; told at once, so that a browser fetches them side by side."""


def bookit_page(
    *,
    trigger_node: str | None = None,
    brand: str = "Book a meeting",
    contact: str | None = None,
    home: str = "./",
    api: str = "./bookit",
    name: str = "bookit",
) -> APIRouter:
    """Return a router with a booking page at `/`, the page that moves and cancels at `/meeting`, and their files.

    Include it under a prefix or mount it: all of its URLs are relative, so that it works behind a path, too. At
    `/?link=…` a visitor books through a link; which ones, the router of `bookit_router` says.

    Args:
        trigger_node: The trigger node that visitors are routed through; None for a page that takes links only.
        brand: The site's name, in the head of the page.
        contact: Where a visitor who cannot be helped here may turn, a `mailto:` or `https:` URL; None for nowhere.
        home: Where the brand leads to.
        api: Where `bookit_router` is, as seen from the page.
        name: Prefixes the names of the routes.

    InvalidInputError for a URL that a browser must not be sent to.
    """
    problems = [
        f"{what} must be a relative, https: or mailto: URL"
        for what, url in (("contact", contact or ""), ("home", home), ("api", api))
        if not _is_harmless(url)
    ]
    if problems:
        raise InvalidInputError(problems=problems)
    site = {"api": api.rstrip("/"), "node": trigger_node, "contact": contact, "booking": "./", "meeting": "./meeting"}
    told = {"{site}": orjson.dumps(site).decode(), "{brand}": brand, "{home}": home, "{assets}": "./assets"}
    router = APIRouter(include_in_schema=False)

    def add(path: str, script: str) -> None:
        whole = _page(told, script)

        async def page() -> Response:
            return Response(whole, media_type="text/html", headers={**HEADERS, "Cache-Control": "no-cache"})

        router.add_api_route(path, page, methods=["GET"], name=f"{name}_{script}_page")

    add("/", "booking")
    add("/meeting", "meeting")
    router.add_api_route("/assets/{file}", _asset, methods=["GET"], name=f"{name}_assets")
    return router


async def _asset(file: str) -> Response:
    found = _assets().get(file)
    if found is None:
        raise HTTPException(404)
    content, media_type = found
    return Response(content, media_type=media_type, headers={**HEADERS, "Cache-Control": "no-cache"})


@cache
def _assets() -> dict[str, tuple[bytes, str]]:
    return {path.name: (path.read_bytes(), TYPES[path.suffix]) for path in FILES.iterdir() if path.suffix in TYPES}


def _page(told: dict[str, str], script: str) -> str:
    page = (FILES / "page.html").read_text(encoding="utf-8")
    page = page.replace("{preloads}", "\n  ".join(_preloads())).replace("{script}", script)
    for name, value in told.items():
        page = page.replace(name, escape(value))
    return page


def _preloads() -> Iterator[str]:
    for script in SCRIPTS:
        yield f'<link rel="modulepreload" href="{{assets}}/{script}.js">'


def _is_harmless(url: str) -> bool:
    scheme, colon, _ = url.partition(":")
    return not colon or "/" in scheme or scheme in ("https", "http", "mailto")
