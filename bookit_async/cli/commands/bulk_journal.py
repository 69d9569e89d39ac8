"""`bookit bulk status` and `bookit bulk export`: what a journal holds."""

import csv
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any, Literal

from ...durable.standing import age
from .. import statuses
from ..journal_rows import rows_of
from ..journals import looked_at, there
from ..output import Output, columns, printable
from ..parameters import Given
from ..row_outcomes import ROW, came_to, row_document
from ..zones import in_utc

_MOST_OPEN = 100
"""Open rows that are listed."""


async def status(journal: str, /, *, session: Given) -> int:
    """Say how many rows of a journal came to what, and since when and why some are open.

    Reads only the journal; what is open is told by `bookit settle`.

    Args:
        journal: The journal: a file, or postgresql://user@host/name.
    """
    counts = Counter[str]()
    waiting: list[dict[str, Any]] = []
    now = datetime.now(UTC)
    lines: list[str] = []
    async with looked_at(there(journal), session) as (opened, where):
        async for standing, _ in rows_of(opened):
            came = came_to(standing)
            counts[came.outcome] += 1
            if standing.since is not None and len(waiting) < _MOST_OPEN:
                waiting.append({"id": standing.intent_id, "since": in_utc(standing.since), "why": standing.why})
                lines.append(
                    f"open {age(now, standing.since)}: {printable(standing.intent_id)}: {printable(standing.why or '')}"
                )
        shown = opened.shown
    document = {
        "journal": shown,
        "where": where,
        "rows": counts.total(),
        "outcomes": dict(counts),
        "open": waiting,
    }
    rows = [(kind, str(count)) for kind, count in counts.items()]
    session.output.note(f"Books at {where}")
    session.output.show(document, text=[*columns([("rows", str(counts.total())), *rows]), *lines], rows=rows)
    return statuses.DONE


async def export(journal: str, /, *, format_: Literal["csv", "jsonl"] = "csv", session: Given) -> int:
    """Write what the rows of a journal came to: with the BookIt Log ID (uid) and the meeting's id for the CRM.

    Reads only the journal. Times are on the clock of --zone, and in UTC.

    Args:
        journal: The journal: a file, or postgresql://user@host/name.
        format_: Lines of CSV with a head, or of JSON; --json is one document.
    """
    async with looked_at(there(journal), session) as (opened, _):
        written = _Export(session.output, table=format_ == "csv")
        async for standing, note in rows_of(opened):
            written.add(row_document(note, standing.intent_id, came_to(standing), session.zone))
        written.end()
    return statuses.DONE


class _Export:
    """Prints rows as they come, however many there are: as one document, as lines of JSON, or of CSV."""

    def __init__(self, output: Output, *, table: bool) -> None:
        self._output = output
        self._rows = 0
        self._writer = csv.DictWriter(self, ROW, lineterminator="\n") if table and not output.as_json else None
        if self._writer is not None:
            self._writer.writeheader()

    def write(self, text: str) -> None:
        """Print what the writer of CSV writes."""
        self._output.print(text.removesuffix("\n"))

    def add(self, document: dict[str, Any]) -> None:
        """Print a row."""
        self._rows += 1
        if self._writer is not None:
            self._writer.writerow(document)
        elif self._output.as_json:
            before = '{"rows": [\n' if self._rows == 1 else ","
            self._output.print(before + json.dumps(document, ensure_ascii=False))
        else:
            self._output.record(document)

    def end(self) -> None:
        """Print what is behind the rows."""
        if self._output.as_json:
            self._output.print("]}" if self._rows else '{"rows": []}')
