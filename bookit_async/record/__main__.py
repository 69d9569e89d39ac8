"""`python -m bookit_async.record`: a real account's answers as a world that the sandbox plays, with nobody in it."""

import argparse
import asyncio
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..client import BookIt
from ..desk.whole_files import write_whole
from ..errors import (
    AuthenticationError,
    BookItError,
    InvalidInputError,
    LinkNotFoundError,
    NoAnswerError,
    RateLimitError,
    ServerError,
    TriggerNodeNotFoundError,
)
from ..extras import needed_for

EPILOG = """\
settings are read from the environment:
  BOOKIT_API_KEY, BOOKIT_BASE_URL   as for any client

what is sent:
  without --route    reads: the inputs of nodes, the slots of links
  --route            each of the prospects to each node, too: your routing graph runs, and may write to your CRM

examples:
  python -m bookit_async.record --link Em30rva -o team.yaml
  python -m bookit_async.record --node "New Webform Prospect" --prospects some.json --route -o team.yaml
  python -m bookit_async.sandbox --world team.yaml

No address, no person and no URL is in the file. Names of nodes, links, meeting types, questions and inputs are, unless
--mask-names; the hosts' working hours and busy times are, unless --blur.

exit status: 0 the world offers the same slots, 8 not quite (it says how many), 2 cannot be carried out as written,
4 the key is missing or refused, 5 no such node or link, 75 the service cannot be reached or is busy, 1 it answered
something else, 130 interrupted"""

STATUSES: Sequence[tuple[tuple[type[BookItError], ...], int]] = (
    ((AuthenticationError,), 4),
    ((TriggerNodeNotFoundError, LinkNotFoundError), 5),
    ((NoAnswerError, RateLimitError, ServerError), 75),
    ((InvalidInputError,), 2),
)
"""The first row that an error is of tells the exit status, else it is 1."""


class _UnusableError(Exception):
    """What cannot be done as written."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        prospects = _prospects(options)
        return asyncio.run(_run(options, prospects))
    except BookItError as error:
        print(f"{error}\nNothing was written.", file=sys.stderr)
        if isinstance(error, InvalidInputError) and any("api_key" in problem for problem in error.problems):
            return 4
        return next((status for kinds, status in STATUSES if isinstance(error, kinds)), 1)
    except (_UnusableError, ImportError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bookit_async.record",
        description="Write what an account answers as a world for the sandbox, with nobody in it.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--node", metavar="NAME", help="a trigger node; may be given again", action="append", default=[]
    )
    parser.add_argument("--link", metavar="ID", help="a link; may be given again", action="append", default=[])
    parser.add_argument("--prospects", metavar="FILE", type=Path, help="JSON: prospects, values by input name")
    parser.add_argument("--route", action="store_true", help="submit them")
    parser.add_argument("--mask-names", action="store_true", help="make up all other names, too")
    parser.add_argument("--blur", action="store_true", help="move busy times about, and round working hours")
    parser.add_argument("-o", "--output", metavar="FILE", type=Path, help="where to write it (default: the screen)")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    return parser


def _prospects(options: argparse.Namespace) -> tuple[Mapping[str, Any], ...]:
    if not (options.node or options.link):
        raise _UnusableError("give a --node or a --link to record")
    if options.output is not None and not options.output.resolve().parent.is_dir():
        raise _UnusableError(f"-o: there is no folder {options.output.parent}")
    if (options.prospects is None) is options.route:
        raise _UnusableError("--prospects and --route go together: without --route nothing is submitted")
    if options.prospects is None:
        return ()
    if not options.node:
        raise _UnusableError("--route needs a --node to submit to")
    try:
        given: Any = json.loads(options.prospects.read_bytes())
    except OSError as error:
        raise _UnusableError(f"--prospects: {options.prospects} cannot be read: {error.strerror}") from None
    except ValueError:
        raise _UnusableError(f"--prospects: {options.prospects} is not JSON") from None
    several = given if given.__class__ is list else [given]
    if not several or any(one.__class__ is not dict for one in several):
        raise _UnusableError(f"--prospects: {options.prospects} must hold a list of objects, values by input name")
    return tuple(several)


async def _run(options: argparse.Namespace, prospects: Sequence[Mapping[str, Any]]) -> int:
    with needed_for("recording a world", extra="sandbox"):  # found missing before anything is asked
        from ..sandbox import WorldError
        from .asking import Wanted, ask
        from .inference import infer
        from .masks import LeakError
        from .world_file import fit, told

    say: Callable[[str], None] = (lambda _: None) if options.quiet else _said
    nodes, links = [*dict.fromkeys(options.node)], [*dict.fromkeys(options.link)]
    if prospects:
        count = len(prospects) * len(nodes)
        print(f"This sends {count} submissions: your routing graph runs, and may write to your CRM.", file=sys.stderr)
    async with BookIt() as client:
        answers = await ask(client, Wanted(nodes=nodes, links=links, prospects=prospects), at=now(), say=say)
    try:
        recording = infer(answers, mask_names=options.mask_names, blur=options.blur)
        text = told(recording, answers, mask_names=options.mask_names, blur=options.blur)
    except (WorldError, LeakError) as error:
        print(f"This cannot be told as a world: {error}\nNothing was written.", file=sys.stderr)
        return 1
    if options.output is None:
        print(text, end="")
    else:
        try:
            write_whole(options.output, text)
        except OSError as error:
            raise _UnusableError(f"{options.output} cannot be written: {error.strerror}") from None
    print(fit(recording, blur=options.blur), *(f"- {note}" for note in recording.notes), sep="\n", file=sys.stderr)
    return 0 if recording.fits or options.blur else 8


def now() -> datetime:
    """Return the time, aware."""
    return datetime.now(UTC)


def _said(what: str) -> None:
    print(f"asking: {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
