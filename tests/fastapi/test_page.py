"""The page that comes with the router: what is served, how large it is, and that it may be put anywhere."""

import gzip
import re
from typing import Any

import pytest
from fastapi import FastAPI

from bookit_async import BookIt, InvalidInputError
from bookit_async.fastapi_router import bookit_page
from bookit_async.web.booking_page import FILES, SCRIPTS, TYPES

from .page import application, opened


@pytest.mark.parametrize("prefix", ["", "/team/book"])
@pytest.mark.parametrize("script", ["booking", "meeting"])
async def test_a_page_names_files_that_are_there(prefix: str, script: str) -> None:
    app = FastAPI()
    app.include_router(bookit_page(trigger_node='A "node" <b>', brand="Tea & Co"), prefix=prefix)
    async with opened(app) as page:
        answer = await page.http.get(f"{prefix}/{'' if script == 'booking' else 'meeting'}")
        assert answer.headers["content-type"].startswith("text/html")
        assert answer.headers["content-security-policy"].startswith("default-src 'self';")
        assert "Tea &amp; Co" in answer.text
        assert "&lt;b&gt;" in answer.text
        assert "<b>" not in answer.text
        assert not re.search(r"\{(site|brand|home|assets|script|preloads|listener|analytics)\}", answer.text)
        names = re.findall(r'(?:href|src)="\./assets/([^"]+)"', answer.text)
        assert {f"{one}.js" for one in SCRIPTS} < {*names}
        for name in names:
            asset = await page.http.get(f"{prefix}/assets/{name}")
            assert asset.status_code == 200
            assert asset.headers["content-type"].partition(";")[0] == TYPES[f".{name.rpartition('.')[2]}"]
            assert asset.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip, br", True),
        ("br;q=1, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("identity, gzip; q=0.0, *", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("path", ["/", "/assets/booking.js"])
async def test_it_is_compressed_for_who_reads_that(path: str, accepted: str, packed: bool) -> None:
    app = FastAPI()
    app.include_router(bookit_page())
    async with opened(app) as page:
        answer = await page.http.get(path, headers={"Accept-Encoding": accepted})
        plain = await page.http.get(path, headers={"Accept-Encoding": "identity"})
    assert answer.headers.get("content-encoding") == ("gzip" if packed else None)
    assert answer.headers["vary"] == "Accept-Encoding"
    assert answer.content == plain.content


async def test_what_did_not_change_is_not_sent_again() -> None:
    app = FastAPI()
    app.include_router(bookit_page())
    async with opened(app) as page:
        for path in ("/", "/assets/booking.css"):
            tag = (await page.http.get(path)).headers["etag"]
            again = await page.http.get(path, headers={"If-None-Match": f'"other", {tag}'})
            assert (again.status_code, again.content) == (304, b"")
            assert "content-security-policy" in again.headers
            assert (await page.http.get(path, headers={"If-None-Match": '"other"'})).status_code == 200


@pytest.mark.parametrize("name", ["page.html", "..%2Fbooking_page.py", "nothing.js"])
async def test_nothing_else_is_served(name: str) -> None:
    app = FastAPI()
    app.include_router(bookit_page())
    async with opened(app) as page:
        assert (await page.http.get(f"/assets/{name}")).status_code == 404


def test_every_script_that_is_imported_is_told_at_once() -> None:
    """A browser that learns of a module from another one waits a round trip longer."""
    imported = {
        name
        for path in FILES.glob("*.js")
        for name in re.findall(r'from "\./(\w+)\.js"', path.read_text(encoding="utf-8"))
    }
    assert imported == {*SCRIPTS}


def test_the_page_is_less_than_sixty_kilobytes_compressed() -> None:
    files = [path.read_bytes() for path in FILES.iterdir()]
    assert sum(len(gzip.compress(one)) for one in files) < 60 * 1024


@pytest.mark.parametrize(
    "options", [{"contact": "javascript:alert(1)"}, {"home": "data:text/html,x"}, {"api": "vbscript:x"}]
)
def test_a_page_leads_nowhere_that_is_dangerous(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError, match="URL"):
        bookit_page(**options)


async def test_a_script_of_the_site_runs_before_the_page_and_hears_it_all() -> None:
    app = FastAPI()
    app.include_router(bookit_page(analytics="/static/heard.js?a=1&b=2"))
    async with opened(app) as page:
        for path in ("/", "/meeting"):
            text = (await page.http.get(path)).text
            scripts = re.findall(r"<script.*?</script>", text)
            assert scripts[0] == '<script defer src="/static/heard.js?a=1&amp;b=2"></script>'
            assert scripts[1].startswith('<script type="module"'), "deferred scripts and modules run in their order"


@pytest.mark.parametrize(
    "url", ["https://a.example/x.js", "//a.example/x.js", r"\\a.example\x.js", "/\t/a/x.js", "data:,x", ""]
)
def test_no_script_comes_from_elsewhere(url: str) -> None:
    with pytest.raises(InvalidInputError, match="analytics must be a relative URL"):
        bookit_page(analytics=url)


async def test_the_page_is_not_in_the_document_of_the_application(client: BookIt) -> None:
    app = application(client)
    app.include_router(bookit_page(contact="mailto:a@b.example", home="https://site.example", api="/bookit"))
    assert all(path.startswith("/bookit/") for path in app.openapi()["paths"])
