"""`python -m bookit_async.doctor`: asks the service what is true, and says so without a word of what it said."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

from attrs import evolve

from ..client import BookIt
from ..errors import APIStatusError, InvalidInputError
from .diagnosis import examine, report_of
from .examination import Asked, Seen
from .names import closest_rule

EPILOG = """\
settings are read from the environment:
  BOOKIT_API_KEY, BOOKIT_BASE_URL   as for any client

what is sent:
  without a switch    reads, and requests that are wrong on purpose; nothing of yours changes
  --route             submissions of a made-up prospect, or of the one in --prospect: your routing graph runs, and may
                      write to your CRM
  --book-and-cancel   meetings on the first node that offers slots, else on the first such link; at most five at once,
                      each canceled again, mails included

examples:
  python -m bookit_async.doctor --node "New Webform Prospect" --link Em30rva -o report.json
  python -m bookit_async.doctor --node "Doctor" --prospect me.json --book-and-cancel me@example.com

A report holds names of the document, types, counts, statuses and classes: no key, no address, no id, no sentence.

exit status: 0 all that was asked held, 8 something did not, or a meeting could not be canceled, 2 cannot be carried out
as written, 3 the person said no, 4 the key is missing or refused, 75 the service cannot be reached, 130 interrupted"""

SENTENCES: Mapping[str, str] = {
    "no such node": "Validation Error: No prospect trigger node found with name: ",
    "route: no such node": "Invalid Node name provided",
    "no such link": "link not found",
    "unsupported link": "Validation Error: Unsupported link type. Please provide the linkId of a single meeting type "
    "BookIt Link.",
    "no such meeting": "Meeting not found",
    "missing": "Validation Error: Missing required parameter: linkId, meetingId or token",
    "spent": "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability.",
    "taken": "The selected time is no longer available.",
    "used link": "This link only allows one booking and has already been used.",
    "too soon": "Validation Error: Scheduled time is before the minimum booking notice",
}
"""Those that are known, for telling how close an unknown one comes."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        asked = _asked(options)
        return asyncio.run(_run(options, asked))
    except InvalidInputError as error:
        print(error, file=sys.stderr)
        return 4 if any("api_key" in problem for problem in error.problems) else 2
    except _UnusableError as error:
        print(error, file=sys.stderr)
        return error.status
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


class _UnusableError(Exception):
    """What cannot be done as written, and the exit status."""

    def __init__(self, message: str, status: int = 2) -> None:
        super().__init__(message)
        self.status = status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bookit_async.doctor",
        description="Ask the service, fact by fact, whether what this package takes for true is so.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--node", metavar="NAME", help="a trigger node to look at; as often as you like", action="append", default=[]
    )
    parser.add_argument(
        "--link", metavar="ID", help="a link to look at; also one of another kind", action="append", default=[]
    )
    parser.add_argument(
        "--meeting", metavar="ID", help="a meeting to look at; best one that has begun", action="append", default=[]
    )
    parser.add_argument(
        "--email", metavar="ADDRESS", help="a prospect whose meetings to list", action="append", default=[]
    )
    parser.add_argument(
        "--used-link", metavar="ID", help="a single-use link that was used; needs booking", action="append", default=[]
    )
    parser.add_argument("--prospect", metavar="FILE", type=Path, help="JSON: what to submit, by input name")
    parser.add_argument("--route", action="store_true", help="send submissions, too")
    parser.add_argument("--book-and-cancel", metavar="ADDRESS", help="book, move and cancel a meeting for it")
    parser.add_argument("--yes", action="store_true", help="do not ask before booking; for scripts")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="write the report here, and beside it as .md")
    parser.add_argument("--issue", action="store_true", help="print an issue, ready to be filed; sends nothing")
    parser.add_argument("--show-sentences", action="store_true", help="show unknown sentences, on the screen only")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser


def _asked(options: argparse.Namespace) -> Asked:
    asked = Asked(
        nodes=options.node,
        links=options.link,
        meetings=options.meeting,
        emails=options.email,
        used_links=options.used_link,
        route=options.route,
    )
    if options.prospect is not None:
        asked = evolve(asked, prospect=_prospect(options.prospect))
    address = options.book_and_cancel
    if address is None:
        return asked
    if "@" not in address.strip("@"):
        raise _UnusableError("--book-and-cancel must be an address that can get mail")
    if not (options.node or options.link):
        raise _UnusableError("--book-and-cancel needs a --node or a --link to book on")
    if not options.yes:
        _consent(address)
    return evolve(asked, address=address)


def _prospect(path: Path) -> Mapping[str, Any]:
    try:
        given: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise _UnusableError(f"--prospect: {path} cannot be read: {error.strerror}") from None
    except ValueError:
        raise _UnusableError(f"--prospect: {path} is not JSON") from None
    if given.__class__ is not dict:
        raise _UnusableError(f"--prospect: {path} must hold an object, values by input name")
    return given


PLAN = """\
This books a meeting for the address that you gave, on the first node that offers slots, else on the first such link:
it looks at the meeting, tries the spent token again for another slot, and another token for two slots at once, moves
the meeting and cancels it. Hosts see it in their calendars, and mails are sent. All that was booked is canceled, also
when you interrupt it. Take a node or a link that is there for this."""


def _consent(address: str) -> None:
    print(PLAN, file=sys.stderr)
    if _answer("The address again: ") != address:
        raise _UnusableError("the two addresses are not the same; nothing was sent", 3)
    if _answer("Book? [y/N] ").casefold() not in ("y", "yes"):
        raise _UnusableError("nothing was sent", 3)


def _answer(question: str) -> str:
    print(question, end="", file=sys.stderr, flush=True)
    try:
        return input().strip()
    except EOFError:
        raise _UnusableError("there is nobody to ask: give --yes, or run it in a terminal", 2) from None


async def _run(options: argparse.Namespace, asked: Asked) -> int:
    say: Callable[[str], None] = (lambda _: None) if options.quiet else progress()
    async with BookIt() as client:
        seen = await examine(
            client, asked, clock=monotonic, now=lambda: datetime.now(UTC), sleep=asyncio.sleep, say=say
        )
    if not seen.answers:
        raise _UnusableError("the service cannot be reached: look at BOOKIT_BASE_URL, and at the network", 75)
    if len(seen.answers) == 1:
        raise _UnusableError("the key was refused: look at BOOKIT_API_KEY", 4)
    report = report_of(seen, datetime.now(UTC))
    print(report.table())
    if unknown := [*_unknown(seen, show=options.show_sentences)]:
        print("\nSentences that are not known:", *unknown, sep="\n")
    for meeting in seen.standing:
        print(f"This meeting could not be canceled, do it by hand: {meeting}", file=sys.stderr)
    if options.output is not None:
        _write(options.output, report.to_json())
        _write(options.output.with_suffix(".md"), report.to_markdown())
    if options.issue:
        print(f"\n{report.issue()}\nNothing was sent. This is all of it: read it before you file it.")
    return 8 if report.broken or seen.standing else 0


def progress() -> Callable[[str], None]:
    """Return what says once on the screen what is being asked."""
    last: list[str] = []

    def say(what: str) -> None:
        if last != [what]:
            last[:] = [what]
            print(f"asking: {what}", file=sys.stderr, flush=True)

    return say


def _unknown(seen: Seen, *, show: bool) -> Iterable[str]:
    """Yield what is told of each sentence that no rule knows; the sentence itself on the screen only."""
    told: dict[str, None] = {}
    for answer in seen.answers:
        sentence = answer.error.sentence if answer.status != 200 else None
        if sentence and type(answer.error) is APIStatusError:
            line = f"  {answer.operation.id} {answer.status}: {closest_rule(sentence, SENTENCES)}"
            told[f"{line}: {sentence!r}" if show else line] = None
    return told


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise _UnusableError(f"{path} cannot be written: {error.strerror}") from None


if __name__ == "__main__":
    raise SystemExit(main())
