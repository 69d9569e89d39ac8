"""`bookit bulk`."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

from cyclopts import Parameter

from ...views.offers import Offer
from .. import statuses
from ..failures import Failure, in_our_words
from ..parameters import Given
from ..rows import Row, Wants, read_rows
from ..session import Session

_MOST_TOLD = 10_000
"""Problems that a document holds; lines tell all."""

Rows = Annotated[str, Parameter(allow_leading_hyphen=True)]


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
    seen: dict[bytes, int] = {}
    unknown: set[str] = set()
    rows = problems = 0
    with opened(file) as opened_file:
        for row in read_rows(opened_file):
            rows += 1
            for problem in _problems(row, wants, seen, unknown):
                problems += 1
                said = {"row": row.number, "line": row.line, "problem": problem}
                if len(told) < _MOST_TOLD:
                    told.append(said)
                if not session.output.as_json:
                    _print(said, session)
    session.output.note(f"{rows} rows, {problems} problems.")
    if session.output.as_json:
        session.output.show({"rows": rows, "count": problems, "problems": told}, text=[])
    return statuses.UNUSABLE if problems else statuses.DONE


def _print(said: dict[str, Any], session: Session) -> None:
    between = "\t" if session.output.plain else ": "
    session.output.print(f"row {said['row']}, line {said['line']}{between}{said['problem']}")


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
    """Give a file, or stdin for `-`; Failure when it is no text."""
    try:
        if name == "-":
            yield sys.stdin
        else:
            with Path(name).open(encoding="utf-8-sig", newline="") as file:
                yield file
    except UnicodeDecodeError:
        raise Failure(f"{name} is no UTF-8 text") from None
