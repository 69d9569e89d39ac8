"""From the arguments to the exit status: finds the command, loads it, calls it, and tells what went wrong."""

import os
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from ..version import VERSION
from .help_pages import command_page, group_page, root_page
from .options import END, Options, before_end, read_options
from .output import Output
from .statuses import DONE, UNUSABLE
from .tree import COMMANDS, FORWARDS, GROUPS, find, names

if TYPE_CHECKING:
    from .session import Session

_HELP = ("--help", "-h")


def run(given: Sequence[str]) -> int:
    """Return the exit status of a command line."""
    output = Output(as_json="--json" in before_end(given))
    try:
        return _run(given, output)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - whatever it is, it is told in one way
        from .failures import told

        said = told(error)
        output.error(said)
        return said.status
    finally:
        output.flush()


def _run(given: Sequence[str], output: Output) -> int:
    options, rest = read_options(given)
    output.plain, output.quiet = options.plain, options.quiet
    output.coloured = output.coloured and not options.plain
    if rest[:1] == ["--version"]:
        output.show({"version": VERSION}, text=[f"bookit {VERSION}"])
        return DONE
    if not rest or rest[0] in _HELP:
        return _page(root_page(), output, status=DONE if rest else UNUSABLE)
    if rest[0] in GROUPS and (rest[1:2] == [] or rest[1] in _HELP):
        return _page(group_page(rest[0]), output, status=DONE if rest[1:] else UNUSABLE)
    return _found(rest, options, output)


def _found(rest: Sequence[str], options: Options, output: Output) -> int:
    found = find(rest)
    if found is None:
        raise _unknown(rest)
    name, arguments = found
    if name in COMMANDS and any(one in _HELP for one in before_end(arguments)):
        return _page(command_page(name), output, status=DONE)
    from .session import Session

    session = Session(options, output)
    return _forwarded(name, arguments, session) if name in FORWARDS else _called(name, arguments, session)


def _unknown(rest: Sequence[str]) -> Exception:
    from ..spelling import did_you_mean
    from .failures import Failure

    grouped = rest[0] in GROUPS
    word = " ".join(rest[:2]) if grouped else rest[0]
    meant = did_you_mean(word, [*COMMANDS] if grouped else names())
    return Failure(f"there is no command {word!r}{meant}", advice="`bookit --help` lists the commands.")


def _page(lines: Sequence[str], output: Output, *, status: int) -> int:
    """Print a page: as data when it was asked for, else as what should have been."""
    if status == DONE:
        output.show({"help": [*lines]}, text=lines)
    elif output.as_json:
        from .failures import Failure

        raise Failure("no command", advice="`bookit --help` lists the commands.")
    else:
        for line in lines:
            output.warn(line)
    return status


def _called(name: str, arguments: Sequence[str], session: "Session") -> int:
    import asyncio
    import inspect

    from cyclopts import CycloptsError

    from .failures import Failure
    from .parameters import app_of

    session.output.lines = COMMANDS[name].lines
    try:
        function, bound, _ = app_of(name).parse_args(
            [*arguments], exit_on_error=False, print_error=False, end_of_options_delimiter=END
        )
    except CycloptsError as error:
        message = " ".join(str(error).split())
        raise Failure(message, advice=f"`bookit {name} --help` shows its arguments.") from None
    result = function(*bound.args, **bound.kwargs, session=session)
    status: int = asyncio.run(result) if inspect.iscoroutine(result) else result
    return status


def _forwarded(name: str, arguments: Sequence[str], session: "Session") -> int:
    """Hand a tool its arguments, and the key and the address that were found for it."""
    tool = FORWARDS[name]
    package = str(__package__).rpartition(".")[0]
    parent = f"{package}.{tool.module.rpartition('.')[0]}"
    if find_spec(parent) is None:
        from .failures import Failure

        raise Failure(f"this installation has no {name!r}")
    main = import_module(f"{package}.{tool.module}").main
    before = dict(os.environ)
    if tool.talks:
        os.environ |= session.environment()
    try:
        return int(main([*arguments]))
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else DONE if end.code is None else UNUSABLE
    finally:
        os.environ.clear()
        os.environ.update(before)
