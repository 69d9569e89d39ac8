"""Canaries in the key, in tokens and in everything about the prospect, and a look for them in all that is told."""

import gc
import logging
import traceback
import warnings
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from bookit_async import Booked, BookIt, BookItError, LegacyRouted, Offer, OutcomeUnknownError
from bookit_async.sandbox import Sandbox

from ..conftest import NODE

CANARY = "qzxcanaryqzx"
"""So long that sealed text does not hold it by chance, and without capitals."""
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
POOLED = {**PROSPECT, "NumEmployees": 300}
ANSWERS = {"First Name": f"{CANARY}First", "Last Name": f"{CANARY}Last", "Email": EMAIL}
ZONE = "America/Los_Angeles"
TESTS = Path(__file__).parents[1]
EXPORTER = InMemorySpanExporter()


class Told(logging.Handler):
    """Everything that any logger says: the text, and what it was made from."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []
        self.raw: list[str] = []
        self.warned: list[warnings.WarningMessage] = []
        self.shown: list[Any] = []
        """What the caller got: results, errors, and whatever else has a repr."""

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(logging.Formatter().format(record))
        self.raw.append(f"{record.name} {record.args!r}")

    async def note(self, call: Callable[[], Awaitable[Any]]) -> Any:
        """Keep what a call gives or raises, and give it; None for an error."""
        try:
            result = await call()
        except BookItError as error:
            self.shown.append(error)
            return None
        self.shown.append(result)
        return result

    def leaks(self, sandbox: Sandbox | None = None, *, frames: bool = True) -> list[str]:
        """Return every text that tells a canary, or a token that the sandbox gave."""
        gc.collect()  # what was never retrieved is told now
        texts = [*self.lines, *self.raw, *(str(one.message) for one in self.warned)]
        for value in self.shown:
            texts += told_by(value, frames=frames) if isinstance(value, BaseException) else [repr(value), str(value)]
        texts += [span.to_json() for span in EXPORTER.get_finished_spans()]
        secrets = [one.casefold() for one in (CANARY, *(tokens_of(sandbox) if sandbox else ()))]
        return [text for text in texts for plain in [text.casefold()] if any(secret in plain for secret in secrets)]


def told_by(error: BaseException, *, frames: bool = True) -> Iterator[str]:
    """Yield what an error tells: its text, its traceback, the locals of its *frames*, and all that is chained to it."""
    left, seen = [error], set[int]()
    while left:
        one = left.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield from (str(one), repr(one), repr(one.args), "".join(traceback.format_exception(one)))
        if frames:
            yield from locals_of(one)
        left += [next_one for next_one in (one.__cause__, one.__context__) if next_one is not None]


def locals_of(error: BaseException) -> Iterator[str]:
    """Yield what error trackers capture of the frames below those of the tests: names, and the repr of each value."""
    told = traceback.TracebackException(type(error), error, error.__traceback__, capture_locals=True)
    for frame in told.stack:
        if not Path(frame.filename).is_relative_to(TESTS):
            yield from (
                f"{frame.filename}:{frame.lineno} {name} = {value}" for name, value in (frame.locals or {}).items()
            )


def tokens_of(sandbox: Sandbox) -> set[str]:
    """Return the beginnings of the tokens and params that were sent to a sandbox."""
    return {part[:40] for one in sandbox.requests for part in one.body.decode().split('"') if len(part) > 150}


async def everything(client: BookIt, told: Told) -> None:
    """Every flow, and every way to fail that needs no fault."""
    note = told.note
    await note(lambda: client.inputs(NODE))
    await note(lambda: client.route(NODE, {**PROSPECT, "NumEmployees": 8}))
    await note(lambda: client.route(NODE, {**PROSPECT, "Email": CANARY + "@gmail.com"}))
    await note(lambda: client.route(NODE, {**PROSPECT, "NumEmployees": f"{CANARY} many"}))
    await note(lambda: client.route(NODE, {**PROSPECT, "email": EMAIL}))
    await note(lambda: client.route(f"no node {1815}", PROSPECT))
    await note(lambda: client.book(NODE, PROSPECT, timezone=ZONE, guests=[EMAIL]))
    await note(lambda: client.book(NODE, POOLED, timezone=ZONE))
    await note(lambda: client.book(NODE, PROSPECT, timezone="x", guests=[f"{CANARY} no address"]))
    await note(lambda: client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS))
    await note(lambda: client.book_link("Em30rva", timezone=ZONE, answers={"First Name": CANARY}))
    await note(lambda: client.book_link("Many8Tx", timezone=ZONE, answers=ANSWERS))
    offer = await note(lambda: client.route(NODE, PROSPECT))
    if isinstance(offer, Offer):
        told.shown += [offer.days(ZONE), offer.hosts, offer.form_fields]
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
    await note(lambda: client.meetings(EMAIL, start=f"{CANARY} ago"))
    legacy = await note(lambda: client.legacy.route(NODE, PROSPECT))
    if isinstance(legacy, LegacyRouted):
        await note(lambda: client.legacy.availability(legacy.params))
        await note(lambda: client.legacy.book(legacy.params, timezone=ZONE, guests=[EMAIL]))
    await note(lambda: client.availability(token=f"{CANARY}-token"))
    await note(lambda: client.with_options(api_key=f"{CANARY}-wrong").inputs("other"))
    for error in [one for one in told.shown if isinstance(one, OutcomeUnknownError)]:
        if error.booking is not None:
            told.shown.append(error.booking)
            await note(partial(client.settle, error))
    told.shown += [client, client.settings, client.api, client.legacy, client.unsettled, *client.unsettled]
