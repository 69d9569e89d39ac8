"""Keys, tokens and people: seeded everywhere, found nowhere."""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bookit_async import Booked, BookIt, BookItError, Offer, RetryPolicy, Transport
from bookit_async.sandbox import Sandbox

from .conftest import NODE, NOW
from .flaky import FAULTS, Fault, Flaky

CANARY = "qzx"
KEY = f"{CANARY}-key-1815"
EMAIL = f"{CANARY}.person@canary.example"
PROSPECT: dict[str, Any] = {
    "Company": f"{CANARY} Ltd",
    "NumEmployees": 4200,
    "PhoneNumber": f"+1 {CANARY}",
    "FirstName": f"{CANARY}First",
    "LastName": f"{CANARY}Last",
    "Email": EMAIL,
}
ANSWERS = {"First Name": f"{CANARY}First", "Last Name": f"{CANARY}Last", "Email": EMAIL}
ZONE = "America/Los_Angeles"
EXPORTER = InMemorySpanExporter()
UNSENT: list[Fault] = ["unsent"] * 9


@pytest.fixture(scope="module", autouse=True)
def spans() -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(EXPORTER))
    trace.set_tracer_provider(provider)


class Told(logging.Handler):
    """Everything that any logger says."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))


@pytest.fixture
def told() -> Any:
    root, handler = logging.getLogger(), Told()
    names = ("", "bookit_async", "aiohttp", "aiohttp.client", "httpx", "httpcore", "asyncio")
    before = {name: logging.getLogger(name).level for name in names}
    root.addHandler(handler)
    for name in names:
        logging.getLogger(name).setLevel(logging.DEBUG)
    EXPORTER.clear()
    yield handler
    root.removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


async def everything(client: BookIt) -> list[Any]:
    """Every flow, and every way to fail that needs no fault."""
    results: list[Any] = []

    async def note(call: Callable[[], Awaitable[Any]]) -> Any:
        try:
            result = await call()
        except BookItError as error:
            results.extend((error, error.__dict__ and repr(error), "".join(traceback.format_exception(error))))
            return None
        results.append(result)
        return result

    await note(lambda: client.inputs(NODE))
    await note(lambda: client.route(NODE, {**PROSPECT, "NumEmployees": 8}))
    await note(lambda: client.route(NODE, {**PROSPECT, "Email": CANARY + "@gmail.com"}))
    await note(lambda: client.route(NODE, {**PROSPECT, "NumEmployees": f"{CANARY} many"}))
    await note(lambda: client.route(NODE, {**PROSPECT, "email": EMAIL}))
    await note(lambda: client.route(f"no node {1815}", PROSPECT))
    await note(lambda: client.book(NODE, PROSPECT, timezone=ZONE, guests=[EMAIL]))
    await note(lambda: client.book(NODE, {**PROSPECT, "NumEmployees": 300}, timezone=ZONE))
    await note(lambda: client.book(NODE, PROSPECT, timezone="x", guests=[f"{CANARY} no address"]))
    await note(lambda: client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS))
    await note(lambda: client.book_link("Em30rva", timezone=ZONE, answers={"First Name": CANARY}))
    await note(lambda: client.book_link("Many8Tx", timezone=ZONE, answers=ANSWERS))
    offer = await note(lambda: client.route(NODE, PROSPECT))
    if isinstance(offer, Offer):
        booked = await note(lambda: offer.book(offer.slots[-1], timezone=ZONE))
        await note(offer.refresh)
        await note(lambda: offer.book(offer.slots[-1], timezone=ZONE))
        if isinstance(booked, Booked):
            await note(lambda: client.meeting(booked.meeting_id))
            await note(lambda: client.reschedule(booked.meeting_id, timezone=ZONE))
            await note(lambda: client.legacy.modification(booked.meeting_id))
            await note(lambda: client.cancel(booked.meeting_id))
    await note(lambda: client.meetings(EMAIL))
    await note(lambda: client.meetings(f"{CANARY} no address"))
    legacy = await note(lambda: client.legacy.route(NODE, PROSPECT))
    if legacy is not None:
        await note(lambda: client.legacy.book(legacy.params, timezone=ZONE))
    await note(lambda: client.availability(token=f"{CANARY}-token"))
    await note(lambda: client.with_options(api_key=f"{CANARY}-wrong").inputs("other"))
    return [*results, client, client.settings, client.unsettled]


def leaks(told: Told, shown: list[Any], secrets: list[str]) -> list[str]:
    texts = [*told.lines]
    for value in shown:
        texts += [repr(value)] if not isinstance(value, BookItError) else [repr(value), str(value)]
    for span in EXPORTER.get_finished_spans():
        texts.append(span.to_json())
    return [text for text in texts if any(secret.casefold() in text.casefold() for secret in secrets)]


def secrets_of(sandbox: Sandbox) -> list[str]:
    tokens = {part for one in sandbox.requests for part in one.body.decode().split('"') if len(part) > 150}
    assert tokens
    return [CANARY, *(token[:40] for token in tokens)]


@pytest.mark.parametrize("adapter", ["in process", "aiohttp", "httpx"])
async def test_no_log_repr_message_traceback_or_span_tells_a_secret(told: Told, adapter: str) -> None:
    asyncio.get_running_loop().set_debug(True)
    async with Sandbox(now=lambda: NOW, seed=1, api_key=KEY, tcp=adapter != "in process") as sandbox:
        if adapter == "httpx":
            async with httpx.AsyncClient() as http:
                shown = await everything(BookIt(KEY, base_url=sandbox.url, http_client=http))
        elif adapter == "aiohttp":
            async with BookIt(KEY, base_url=sandbox.url) as client:
                shown = await everything(client)
        else:
            shown = await everything(BookIt(KEY, transport=sandbox.transport))
    assert len(sandbox.meetings) >= 4
    assert leaks(told, shown, secrets_of(sandbox)) == []
    assert any("book_meeting: ok, status 200" in line for line in told.lines)
    names = {span.name for span in EXPORTER.get_finished_spans()}
    assert {"book_meeting", "list_meetings", "get_meeting"} <= names


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


class Rotten(Flaky):
    """Every second request goes wrong in its own way."""

    def __init__(self, inner: Transport, fault: Fault) -> None:
        plan: list[Fault] = ["ok", fault]
        super().__init__(inner, plan * 500, on="")


@pytest.mark.parametrize("fault", [one for one in FAULTS if one != "ok"])
async def test_nothing_is_told_when_things_go_wrong(told: Told, fault: Fault) -> None:
    sandbox = Sandbox(now=lambda: NOW, seed=1, api_key=KEY, tcp=False)
    once = RetryPolicy(attempts=1)
    shown: list[Any] = []
    for policy in (once, RetryPolicy()):
        client = BookIt(KEY, transport=Rotten(sandbox.transport, fault), sleep=_no_wait, retries=policy, deadline=2)
        shown += await everything(client)
    assert leaks(told, shown, secrets_of(sandbox)) == []


async def test_an_operation_is_one_line_and_one_span(told: Told) -> None:
    sandbox = Sandbox(now=lambda: NOW, seed=1, tcp=False)
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
        "url.template": "/v1/scheduling/fetch-availability",
        "http.response.status_code": 200,
        "bookit.attempts": 2,
    }


async def test_a_failure_names_its_class(told: Told) -> None:
    sandbox = Sandbox(now=lambda: NOW, seed=1, tcp=False)
    client = BookIt(sandbox.api_key, transport=Flaky(sandbox.transport, UNSENT, on=""), sleep=_no_wait)
    with pytest.raises(BookItError):
        await client.meeting("m")
    assert told.lines[-1].startswith("get_meeting: NotSentError, status None, ")
    (span,) = EXPORTER.get_finished_spans()
    assert (span.attributes or {})["error.type"] == "NotSentError"
    assert span.status.status_code is trace.StatusCode.ERROR
    assert not span.events


async def _no_wait(seconds: float) -> None: ...
