"""A booking page for the router: HTML, CSS and JavaScript that come with the package, without anything to build."""

import gzip
import re
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from html import escape
from pathlib import Path

import orjson
from attrs import frozen
from fastapi import APIRouter, Request, Response
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
OWN = re.compile(r"(?![a-z][a-z0-9+.-]*:|//)[^\s\\]+", re.IGNORECASE)
"""A URL of the page's own origin, wherever the page is; browsers take a backslash for a slash."""
GZIP = re.compile(r"\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))")
SCRIPTS = ("texts", "times", "elements", "bookit", "ends", "forms", "picker", "calendar")
"""What both pages are made of; told at once, so that a browser fetches them side by side."""


def bookit_page(
    *,
    trigger_node: str | None = None,
    brand: str = "Book a meeting",
    contact: str | None = None,
    home: str = "./",
    api: str = "./bookit",
    analytics: str | None = None,
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
        analytics: A script of your own site, which runs before the page does, and hears what it tells its window; its
            URL is relative, for no request leaves the origin. None for none.
        name: Prefixes the names of the routes.

    InvalidInputError for a URL that a browser must not be sent to.
    """
    problems = [
        f"{what} must be a relative, https: or mailto: URL"
        for what, url in (("contact", contact or ""), ("home", home), ("api", api))
        if not _is_harmless(url)
    ]
    if analytics is not None and not OWN.fullmatch(analytics):
        problems.append("analytics must be a relative URL, of a script that your site serves")
    if problems:
        raise InvalidInputError(problems=problems)
    site = {"api": api.rstrip("/"), "node": trigger_node, "contact": contact, "booking": "./", "meeting": "./meeting"}
    told = {
        "{site}": orjson.dumps(site).decode(),
        "{brand}": brand,
        "{home}": home,
        "{assets}": "./assets",
        "{analytics}": analytics or "",
    }
    router = APIRouter(include_in_schema=False)

    def add(path: str, script: str) -> None:
        whole = File.of(_page(told, script).encode(), "text/html")

        async def page(request: Request) -> Response:
            return whole.answer(request)

        router.add_api_route(path, page, methods=["GET"], name=f"{name}_{script}_page")

    add("/", "booking")
    add("/meeting", "meeting")
    router.add_api_route("/assets/{file}", _asset, methods=["GET"], name=f"{name}_assets")
    return router


@frozen(kw_only=True)
class File:
    """Something that a browser gets: compressed where it says that it can read that, and once until it changes."""

    content: bytes
    packed: bytes
    media_type: str
    tag: str

    @classmethod
    def of(cls, content: bytes, media_type: str) -> "File":
        """Return the file with a content."""
        tag = f'W/"{sha256(content).hexdigest()[:16]}"'
        return cls(content=content, packed=gzip.compress(content, mtime=0), media_type=media_type, tag=tag)

    def answer(self, request: Request) -> Response:
        """Return the answer to a request for it."""
        headers = {**HEADERS, "Cache-Control": "no-cache", "ETag": self.tag, "Vary": "Accept-Encoding"}
        if self.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        if GZIP.search(request.headers.get("accept-encoding", "")):
            return Response(self.packed, media_type=self.media_type, headers={**headers, "Content-Encoding": "gzip"})
        return Response(self.content, media_type=self.media_type, headers=headers)


async def _asset(file: str, request: Request) -> Response:
    found = _assets().get(file)
    if found is None:
        raise HTTPException(404)
    return found.answer(request)


@cache
def _assets() -> dict[str, File]:
    paths = [path for path in FILES.iterdir() if path.suffix in TYPES]
    return {path.name: File.of(path.read_bytes(), TYPES[path.suffix]) for path in paths}


def _page(told: dict[str, str], script: str) -> str:
    page = (FILES / "page.html").read_text(encoding="utf-8")
    listener = '<script defer src="{analytics}"></script>' if told["{analytics}"] else ""
    for place, made in (("preloads", "\n  ".join(_preloads())), ("listener", listener), ("script", script)):
        page = page.replace(f"{{{place}}}", made)
    for name, value in told.items():
        page = page.replace(name, escape(value))
    return page


def _preloads() -> Iterator[str]:
    for script in SCRIPTS:
        yield f'<link rel="modulepreload" href="{{assets}}/{script}.js">'


def _is_harmless(url: str) -> bool:
    scheme, colon, _ = url.partition(":")
    return not colon or "/" in scheme or scheme in ("https", "http", "mailto")
