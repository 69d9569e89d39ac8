"""`bookit bulk check` and `bookit bulk run`."""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from shutil import copyfileobj
from tempfile import SpooledTemporaryFile
from typing import TYPE_CHECKING, Annotated, Any, TextIO, cast

from attrs import define, field, frozen
from cyclopts import Parameter

from ...views.choosers import SlotChoice
from ...views.choosers import at as exactly
from ...views.choosers import earliest as earliest_slot
from ...views.offers import Offer
from .. import statuses
from ..failures import Failure, in_our_words, interrupted
from ..output import columns, printable
from ..parameters import Given
from ..progress import Progress
from ..rows import Row, Wants, read_rows
from ..session import Session
from ..zones import spoken
from .meetings import time_of

if TYPE_CHECKING:
    from ..bulk_runs import Told
    from ..journals import Notes

_MOST_TOLD = 10_000
"""Problems that a document holds; lines tell all."""
_MOST_SAID = 10
"""Problems that are said before nothing is sent."""
_IN_MEMORY = 64_000_000
"""Characters of stdin that are kept in memory; what is more lies in a temporary file without a name meanwhile."""
_RATE = re.compile(r"(\d+)(?:/([smh]))?")
_SECONDS = {None: 1.0, "s": 1.0, "m": 60.0, "h": 3600.0}
_KINDS = BOOKED, FAILED, LEFT_OPEN = "booked", "failed", "open"
_GOES_ON = "What was begun is in the journal: the same command goes on, and `bookit settle JOURNAL` tells what is open."
_LEFT = ("Open", "Broken")

Rows = Annotated[str, Parameter(allow_leading_hyphen=True)]


@frozen(kw_only=True)
class Examined:
    """What there is in a file."""

    rows: int
    problems: int
    names: tuple[str, ...]
    """The columns, in the order in which they came."""


async def check(file: Rows, /, *, node: str | None = None, link: str | None = None, session: Given) -> int:
    """Find every problem of every row of a file: types, addresses, zones, doubles, unknown columns.

    Reads only. CSV with a head (commas, semicolons or tabs), or JSON lines. The columns are the inputs of the node or
    the fields of the link's form, and besides: `key` tells a row from all others (else the whole row does), `zone` is
    the prospect's time zone (else --zone), `guests` are addresses to invite. Exit status 2 when there are problems.

    Args:
        file: The file, or - for stdin.
        node: The trigger node that the rows are for.
        link: The BookIt Link that the rows are for.
    """
    wants = await wanted(session, node, link)
    told: list[dict[str, Any]] = []

    def tell(row: Row, problem: str) -> None:
        said = {"row": row.number, "line": row.line, "problem": problem}
        if len(told) < _MOST_TOLD:
            told.append(said)
        if not session.output.as_json:
            session.output.print(_line(row, problem, between="\t" if session.output.plain else ": "))

    with opened(file) as opened_file:
        found = examine(opened_file, wants, tell)
    session.output.note(f"{found.rows} rows, {found.problems} problems.")
    if session.output.as_json:
        session.output.show({"rows": found.rows, "count": found.problems, "problems": told}, text=[])
    return statuses.UNUSABLE if found.problems else statuses.DONE


def examine(file: TextIO, wants: Wants, tell: Callable[[Row, str], None]) -> Examined:
    """Look at all rows of a file, and tell each problem of each."""
    seen: dict[bytes, int] = {}
    unknown: set[str] = set()
    names: dict[str, None] = {}
    rows = problems = 0
    for row in read_rows(file):
        rows += 1
        names.update(dict.fromkeys(row.values))
        for problem in _problems(row, wants, seen, unknown):
            problems += 1
            tell(row, problem)
    return Examined(rows=rows, problems=problems, names=tuple(names))


def _line(row: Row, problem: str, *, between: str = ": ") -> str:
    return f"row {row.number}, line {row.line}{between}{printable(problem)}"


def _problems(row: Row, wants: Wants, seen: dict[bytes, int], unknown: set[str]) -> list[str]:
    """Return all that is wrong with a row, in the words of the command line; a column that is none is told once."""
    found = [one for one in wants.unknown(row) if one not in unknown]
    unknown.update(found)
    first = seen.setdefault(row.mark[:8], row.number)
    doubles = [] if first == row.number else [f"it is the same booking as row {first}"]
    return [
        *(f"there is no column {name!r} here" for name in found),
        *map(in_our_words, wants.problems(row)),
        *doubles,
    ]


async def wanted(session: Session, node: str | None, link: str | None) -> Wants:
    """Return what rows are held against."""
    if (node is None) == (link is None):
        raise Failure("give exactly one of --node and --link")
    async with session.client() as client:
        if node is not None:
            return Wants(inputs=await client.inputs(node), form=(), zone=session.zone)
        offer = await client.availability(link_id=link)
    if not isinstance(offer, Offer):
        raise Failure("no slot is open", status=statuses.NO_MEETING, kind="NoAvailability")
    return Wants(inputs=None, form=offer.form_fields, zone=session.zone)


@contextmanager
def opened(name: str) -> Generator[TextIO]:
    """Open a file, or stdin for `-`; Failure when it is not text."""
    try:
        if name == "-":
            yield sys.stdin
        else:
            with Path(name).open(encoding="utf-8-sig", newline="") as file:
                yield file
    except UnicodeDecodeError:
        raise Failure(f"{name} must be UTF-8 text") from None


@contextmanager
def kept(name: str) -> Generator[TextIO]:
    """Open a file, or stdin, so that it can be read more than once."""
    with opened(name) as file:
        if name != "-" and file.seekable():
            yield file
            return
        with SpooledTemporaryFile(_IN_MEMORY, mode="w+", encoding="utf-8", newline="") as copy:
            copyfileobj(file, copy)
            copy.seek(0)
            yield cast("TextIO", copy)


async def run(
    file: Rows,
    /,
    *,
    journal: str,
    node: str | None = None,
    link: str | None = None,
    at: str | None = None,
    earliest: bool = False,
    concurrency: int = 10,
    rate: str | None = None,
    limit: int | None = None,
    failed: str | None = None,
    yes: bool = False,
    session: Given,
) -> int:
    """Book the rows of a file, each of them once, through a journal.

    All rows are checked first (`bookit bulk check` says how they must be), and nothing is sent while one has a problem.
    A row is told from others by its `key`, else by all that it holds: the same command again, after Ctrl-C, a crash or
    a kill, goes on where it was, and books nothing twice. A row that came to no meeting may be corrected and given
    again with its key. Any number of machines may book one file through one PostgreSQL journal.

    Prints what the rows came to, with --json a line for each as it is over. The exit status is that of the rows where
    all have the same one: 0 booked, 3 no meeting to be had, 7 open; else it is 8.

    Args:
        file: The file, or - for stdin.
        journal: Where the bookings are kept, sealed: a file, which is made, or postgresql://user@host/name.
        node: The trigger node to route the rows by: each is a submission.
        link: Instead of a node, the BookIt Link to book through.
        at: When, such as "tue 9am", on the clock of --zone; the journal keeps which day that is.
        earliest: The earliest time that is open, which is what counts where nothing else is said.
        concurrency: Rows that are booked at once.
        rate: Requests that may go out in a second (10/s), minute (100/m) or hour, by all who work on the journal.
        limit: Book so many rows from the head of the file, to try.
        failed: Write the rows that came to no meeting, or are open, to this file, each with the reason.
        yes: Do not ask.
    """
    from ..bulk_runs import BulkRun, Order, window_of
    from ..failed_rows import check_place, failed_rows
    from ..journals import opened_journal, place_of

    if at is not None and earliest:
        raise Failure("give --at or --earliest")
    if limit is not None and limit < 1:
        raise Failure("--limit must be 1 or more")
    when = None if at is None else time_of("--at", at, session)
    pace = None if rate is None else _rate(rate)
    place = place_of(journal)
    session.must_be_meant(yes=yes)
    check_place(failed, file)
    session.say_where()
    wants = await wanted(session, node, link)
    with kept(file) as text:
        found = _without_problems(text, wants, session)
        rows = min(found.rows, limit or found.rows)
        through = f"by the trigger node {node!r}, each a submission" if node else f"through the link {link!r}"
        session.output.note(f"Books {rows} of {found.rows} rows {through}; keeps them in {place.shown}")
        session.confirm("Book them?", yes=yes)
        text.seek(0)
        async with (
            session.client() as client,
            opened_journal(place, session, client, works=True, concurrency=concurrency, limit=pace) as kept_in,
        ):
            order = Order(node=node, link=link, choice=await _choice(at, when, kept_in.notes, session), wants=wants)
            with failed_rows(failed, found.names) as failures, Progress(session.output, rows, kinds=_KINDS) as progress:
                tally = _Tally(session=session, progress=progress, failed=failures.add)
                try:
                    bulk = BulkRun(kept_in, order, tally.tell)
                    whole = await bulk.book(islice(read_rows(text), limit), window=window_of(concurrency))
                except asyncio.CancelledError:
                    raise interrupted(_GOES_ON) from None
    return tally.ended(journal=place.shown, failed=failed, whole=whole)


def _without_problems(text: TextIO, wants: Wants, session: Session) -> Examined:
    """Return what there is in a file; Failure, after the first problems, when it has some."""
    problems: list[str] = []

    def tell(row: Row, problem: str) -> None:
        if len(problems) < _MOST_SAID:
            problems.append(_line(row, problem))

    found = examine(text, wants, tell)
    if not found.problems:
        return found
    for one in problems:
        session.output.warn(one)
    advice = "Nothing was sent. `bookit bulk check` lists them all."
    raise Failure(f"{found.problems} problems in {found.rows} rows", advice=advice, kind="InvalidInputError")


def _rate(text: str) -> tuple[int, float]:
    """Return requests and seconds."""
    found = _RATE.fullmatch(text)
    if found is None:
        raise Failure("--rate must be a number of requests, such as 10/s, 100/m or 1000/h")
    return int(found[1]), _SECONDS[found[2]]


async def _choice(words: str | None, when: datetime | None, notes: "Notes", session: Session) -> SlotChoice:
    """Return which slot is wanted: the time that a journal's first run with these words meant."""
    if when is None:
        return earliest_slot()
    meant = datetime.fromisoformat(await notes.first(f"at:{session.zone}:{words}", when.isoformat()))
    session.output.note(f"At {spoken(meant, session.zone)}")
    return exactly(meant)


@define
class _Tally:
    """Tells of rows that are over, and counts what they came to."""

    session: Session
    progress: Progress
    failed: Callable[[Row, Any], None]
    outcomes: Counter[str] = field(factory=Counter[str])
    exits: Counter[int] = field(factory=Counter[int])

    async def tell(self, told: "Told") -> None:
        """Tell of a row: as a line of JSON, or to the person where there is no meeting."""
        from ..row_outcomes import row_document

        came, output = told.came, self.session.output
        self.outcomes[came.outcome] += 1
        self.exits[came.exit] += 1
        document = row_document(told.note, told.intent_id, came, self.session.zone)
        if output.as_json:
            output.record(document)
        elif output.plain:
            output.show({}, text=[], rows=[list(document.values())])
        if not came.done:
            self.failed(told.row, came)
            if not (output.as_json or output.plain):
                self.progress.say(f"row {told.row.number}, line {told.row.line}: {printable(came.reason or '')}")
        self.progress.add(BOOKED if came.done else LEFT_OPEN if came.outcome in _LEFT else FAILED)

    def ended(self, *, journal: str, failed: str | None, whole: bool) -> int:
        """Say what all came to, and return the exit status."""
        from ..row_outcomes import status_of

        output = self.session.output
        status = status_of(self.exits)
        summary = {
            "journal": journal,
            "rows": self.outcomes.total(),
            "outcomes": dict(self.outcomes),
            "failed": failed,
            "whole": whole,
            "exit": status,
        }
        if not whole:
            output.warn("Stopped before the end, for so many rows stay open: the same command goes on later.")
        if failed is not None and status != statuses.DONE:
            output.note(f"The rows that came to no meeting, or are open, are in {failed}.")
        if output.as_json:
            output.record({"summary": summary})
        elif not output.plain:
            output.show({}, text=columns([(kind, str(count)) for kind, count in self.outcomes.items()]))
        return status
