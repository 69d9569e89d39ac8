"""`python -m bookit_async.durable work | status | open | forget`: a worker process, and what its store holds."""

import argparse
import asyncio
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

from ..client import BookIt
from ..errors import BookItError, InvalidInputError
from .durable import CONCURRENCY, GRACE, Durable
from .metrics_page import metrics_page
from .standing import open_lines
from .store import StoreLostError, database_problem, file_of

EPILOG = """\
settings are read from the environment:
  BOOKIT_API_KEY, BOOKIT_BASE_URL   as for any client
  BOOKIT_DATABASE                   sqlite:///file.db or postgresql://user@host/name
  BOOKIT_DURABLE_SECRETS            what seals the store, the newest first; a comma separates several

examples:
  python -m bookit_async.durable work --limit 10/1 --metrics 9464
      books what is asked for until SIGTERM or Ctrl-C, at most 10 requests a second with all other workers together
  python -m bookit_async.durable forget --before 90d
      deletes what was over 90 days ago; ids and meeting ids are kept, so that nothing is booked again

exit status: 0 done, 2 cannot be carried out as written, or without a key, 75 the database is away, 1 anything else;
`work` goes on with a key that the service refuses, and `open` tells which intents wait for another"""
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
Command = Callable[[Durable, argparse.Namespace], Awaitable[None]]


async def work(durable: Durable, options: argparse.Namespace) -> None:
    """Work until SIGTERM or SIGINT; what is in flight ends within the grace, and the rest is left for others."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for one in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(one, stop.set)
    async with metrics_page(durable, port=options.metrics) as url:
        print("working" + (f", metrics on {url}" if url else ""), flush=True)
        await stop.wait()
    print("stopping: what is in flight may end, the rest is left for others", flush=True)


async def status(durable: Durable, _: argparse.Namespace) -> None:
    """Print what is under way."""
    for line in (await durable.status()).lines(datetime.now(UTC)):
        print(line)


async def open_intents(durable: Durable, _: argparse.Namespace) -> None:
    """Print the open intents: since when, and why."""
    for line in open_lines(await durable.under_way(), datetime.now(UTC)):
        print(line)


async def forget(durable: Durable, options: argparse.Namespace) -> None:
    """Delete what is old."""
    print(f"forgot {await durable.forget(before=options.before, entirely=options.entirely)}")


COMMANDS: dict[str, Command] = {"work": work, "status": status, "open": open_intents, "forget": forget}


def read_limit(text: str) -> tuple[int, float]:
    """Return requests and seconds, of `10/1`."""
    found = re.fullmatch(r"(\d+)/(\d+(?:\.\d+)?)", text)
    if found is None:
        raise argparse.ArgumentTypeError("limit must be requests/seconds, such as 10/1")
    return int(found[1]), float(found[2])


def read_before(text: str) -> datetime:
    """Return the time that is meant by an age or a time."""
    found = re.fullmatch(r"(\d+)([dhm])", text)
    try:
        before = datetime.now(UTC) - int(found[1]) * _UNITS[found[2]] if found else datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        before = None
    if before is None or before.tzinfo is None:
        raise argparse.ArgumentTypeError("give 90d, 12h or 30m ago, or a time with an offset: 2026-01-31T00:00+00:00")
    return before


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bookit_async.durable",
        description="Work on durable bookings, and look at them.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--database", metavar="URL", help="instead of BOOKIT_DATABASE")
    commands = parser.add_subparsers(dest="command", required=True)
    worker = commands.add_parser("work", help="book what is asked for, until SIGTERM")
    worker.add_argument("--limit", type=read_limit, metavar="N/SECONDS", help="requests of all workers")
    worker.add_argument("--concurrency", type=int, default=CONCURRENCY, help="intents at once (%(default)s)")
    worker.add_argument("--grace", type=float, default=GRACE, help="seconds for what is in flight (%(default)s)")
    worker.add_argument("--settle", type=float, help="seconds after which a lost booking did not happen (30)")
    worker.add_argument("--token-fence", action="store_true", help="a spent token is known to be refused: do not wait")
    worker.add_argument("--metrics", type=int, metavar="PORT", help="serve a page for Prometheus on loopback")
    commands.add_parser("status", help="what is asked, planned, open and done, and who works")
    commands.add_parser("open", help="what cannot be decided or done yet: since when, and why")
    forgetter = commands.add_parser("forget", help="delete what is over and old")
    forgetter.add_argument("--before", type=read_before, required=True, metavar="AGE|TIME", help="90d, 12h, or a time")
    forgetter.add_argument("--entirely", action="store_true", help="the ids too: then the same id is booked again")
    return parser


async def run(options: argparse.Namespace) -> None:
    """Carry a command out."""
    secrets = [one.strip() for one in os.environ.get("BOOKIT_DURABLE_SECRETS", "").split(",") if one.strip()]
    works = options.command == "work"
    database = options.database or os.environ.get("BOOKIT_DATABASE", "")
    file = None if works or database_problem(database) else file_of(database)
    if file is not None and not file.exists():
        print(f"there is no file {file}: nothing was asked for there yet")
        return
    key = os.environ.get("BOOKIT_API_KEY") or (None if works else "not-needed-to-look")
    given = {name: getattr(options, name) for name in ("limit", "concurrency", "grace")} if works else {}
    client = BookIt(key, settle=options.settle, token_fence=options.token_fence) if works else BookIt(key)
    async with (
        client,
        Durable(client, database=database, secrets=secrets, worker=works, **given) as durable,
    ):
        await COMMANDS[options.command](durable, options)


def main(arguments: Sequence[str] | None = None) -> int:
    """Return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        asyncio.run(run(options))
    except BookItError as error:
        print(error, file=sys.stderr)
        if not os.environ.get("BOOKIT_DURABLE_SECRETS"):
            print("BOOKIT_DURABLE_SECRETS is not set.", file=sys.stderr)
        kinds = ((InvalidInputError, 2), (StoreLostError, 75))
        return next((status for kind, status in kinds if isinstance(error, kind)), 1)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
