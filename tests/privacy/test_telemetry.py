"""One log line and one span an operation, and nothing raw in them."""

import logging
import re
import subprocess
import sys

import httpx
import pytest
from opentelemetry import trace

from bookit_async import BookIt, BookItError
from bookit_async._generated.api import OPERATIONS
from bookit_async.sandbox import Sandbox

from .. import paths
from ..conftest import NOW
from ..flaky import Fault, Flaky
from .canaries import EMAIL, EXPORTER, KEY, Told, everything

UNSENT: list[Fault] = ["unsent"] * 9
LINE = re.compile(r"(\w+): (\w+), status (\d{3}|None), \d+ ms, attempts (\d+), request id (\S+)")


async def test_what_httpx_logs_of_others_is_left_alone(told: Told) -> None:
    async with httpx.AsyncClient() as http:
        BookIt(KEY, http_client=http)
        log = logging.getLogger("httpx")
        log.info("%(a)s", {"a": "by name"})
        log.info("%s", "https://elsewhere.example/?a=b")
        log.info("%s", "https://x.example/v1/meetings?prospectEmail=a%40b.example")
    assert told.lines[-3:] == [
        "by name",
        "https://elsewhere.example/?a=b",
        "https://x.example/v1/meetings",
    ]


async def test_what_is_logged_of_headers_under_http_2_is_not_told(told: Told) -> None:
    """The words are those of hpack 4.2; a client of the caller's with `http2=True` uses it."""
    async with httpx.AsyncClient() as http:
        BookIt(KEY, http_client=http)
        log = logging.getLogger("hpack.hpack")
        adding = "Adding %s=%s to the header table, sensitive:%s, huffman:%s"
        log.debug(adding, b"x-api-key", KEY.encode(), False, True)
        log.debug(adding, b":path", b"/v1/meetings?prospectEmail=" + EMAIL.encode(), False, True)
        log.debug("Encoded header block to %s", KEY.encode())
        log.debug("Decoding %s", KEY.encode())
        logging.getLogger("hpack.table").debug("Evicting %s: %s from the header table", b"x-api-key", KEY.encode())
        log.debug("Encoding %d with %d bits", 4, 6)
    assert told.leaks() == []
    assert "Encoding 4 with 6 bits" in told.lines


async def test_every_operation_is_one_line_and_one_span(told: Told) -> None:
    sandbox = Sandbox(now=NOW, seed=1, api_key=KEY, tcp=False)
    await everything(BookIt(KEY, transport=sandbox.transport), told)
    lines = [found for line in told.lines if (found := LINE.fullmatch(line))]
    spans = EXPORTER.get_finished_spans()
    assert (lines.pop()[3], spans[-1].name) == ("401", "retrieve_inputs")  # the sandbox keeps nothing of a stranger
    sent = [(OPERATIONS[one.operation_id or ""].name, str(one.status)) for one in sandbox.requests]
    assert [(line[1], line[3]) for line in lines] == sent
    assert [line[5] for line in lines] == [one.request_id for one in sandbox.requests]
    assert [span.name for span in spans[:-1]] == [name for name, _ in sent]
    templates = {operation.name: operation.path for operation in OPERATIONS.values()}
    for span in spans:
        attributes = dict(span.attributes or {})
        assert attributes["url.template"] == templates[span.name]
        assert not any("://" in str(value) or "url" in name for name, value in attributes.items() if name[:4] != "url.")
    assert {line[1] for line in lines} == set(templates)


async def test_an_operation_that_is_repeated_is_one_line_and_one_span(told: Told) -> None:
    sandbox = Sandbox(now=NOW, seed=1, tcp=False)
    client = BookIt(sandbox.api_key, transport=Flaky(sandbox.transport, ["502 before"], on=""), sleep=_no_wait)
    await client.availability(link_id="Em30rva")
    lines = [line for line in told.lines if line.startswith("fetch_availability")]
    assert lines[-1].startswith("fetch_availability: ok, status 200, ")
    assert "attempts 2, request id " in lines[-1]
    assert len(lines) == 2  # the repetition, at DEBUG, is the other one
    (span,) = EXPORTER.get_finished_spans()
    attributes = dict(span.attributes or {})
    assert attributes.pop("bookit.request_id")
    assert (span.name, span.kind) == ("fetch_availability", trace.SpanKind.CLIENT)
    assert attributes == {
        "http.request.method": "POST",
        "url.template": paths.AVAILABILITY,
        "http.response.status_code": 200,
        "bookit.attempts": 2,
    }


async def test_a_failure_names_its_class(told: Told) -> None:
    sandbox = Sandbox(now=NOW, seed=1, tcp=False)
    client = BookIt(sandbox.api_key, transport=Flaky(sandbox.transport, UNSENT, on=""), sleep=_no_wait)
    with pytest.raises(BookItError):
        await client.meeting("m")
    assert next(line for line in reversed(told.lines) if LINE.match(line)).startswith("get_meeting: NotSentError, st")
    (span,) = EXPORTER.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "NotSentError"
    assert span.status.status_code is trace.StatusCode.ERROR
    assert span.status.description is None
    assert not span.events


WITHOUT = """
import asyncio, logging, sys
sys.modules["opentelemetry"] = None  # as if it was not installed
from bookit_async import BookIt, Booked, earliest
from bookit_async.sandbox import Sandbox

async def main():
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    logging.getLogger("bookit_async.sandbox").setLevel(logging.WARNING)  # its requests are told elsewhere
    sandbox = Sandbox(seed=1, tcp=False)
    prospect = {"FirstName": "Ada", "LastName": "Osei", "Email": "ada@engines.example", "NumEmployees": 4200}
    outcome = await BookIt(sandbox.api_key, transport=sandbox.transport, check_inputs=False).book(
        "New Webform Prospect", prospect, timezone="America/Denver", slot=earliest()
    )
    assert isinstance(outcome, Booked)

asyncio.run(main())
assert not [name for name in sys.modules if name.startswith("opentelemetry.")]
"""


@pytest.mark.subprocess
def test_it_works_where_opentelemetry_is_not_installed() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603 - our own script
    assert (done.returncode, done.stderr) == (0, "")
    assert [LINE.fullmatch(line) is not None for line in done.stdout.splitlines()] == [True, True]


async def _no_wait(seconds: float) -> None: ...
