"""What `--help` prints: of the whole, of a group, of a command."""

from collections.abc import Iterable, Sequence
from textwrap import wrap

from .statuses import table
from .tree import COMMANDS, FORWARDS, GROUPS, OPTIONS, below

_WIDTH = 80
_LEFT = 26


def root_page() -> list[str]:
    """Return the list of commands."""
    single = [(name, one.summary) for name, one in COMMANDS.items() if " " not in name]
    return [
        "Usage: bookit [OPTIONS] COMMAND ...",
        "",
        "LeanData BookIt on the command line: see open slots, book, move and cancel meetings.",
        "",
        "Commands:",
        *two_columns([*single[:-3], *GROUPS.items(), *single[-3:]]),
        "",
        "Tools (`bookit TOOL --help` says more):",
        *two_columns((name, one.summary) for name, one in FORWARDS.items()),
        "",
        "Options of every command:",
        *options_of_all(),
        "  --version                 the version",
        "  --help                    this list; of a command, its page",
        "",
        "`bookit help exit` lists the exit statuses.",
    ]


def options_of_all() -> list[str]:
    """Return the options of every command."""
    return two_columns((f"{one.name} {one.value}".strip(), one.summary) for one in OPTIONS)


def group_page(group: str) -> list[str]:
    """Return the list of a group's commands."""
    inside = two_columns((name, one.summary) for name, one in below(group).items())
    return [f"Usage: bookit {group} COMMAND ...", "", "Commands:", *inside]


def command_page(name: str) -> list[str]:
    """Return what there is to know of a command."""
    from .parameters import described, taken, usage

    arguments = [one for one in taken(name) if not one.names]
    options = [one for one in taken(name) if one.names]
    lines = wrap(f"Usage: {usage(name)}", _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
    for part in described(name):
        lines += ["", *wrap(part, _WIDTH, break_on_hyphens=False)]
    if arguments:
        lines += ["", "Arguments:", *two_columns((one.value, one.summary) for one in arguments)]
    if options:
        named = ((", ".join(one.names) + f" {one.value}".rstrip(), one.summary) for one in options)
        lines += ["", "Options:", *two_columns(named)]
    examples = [f"  {line}" for one in COMMANDS[name].examples for line in one.split("\n")]
    return [*lines, "", "Examples:", *examples, "", "Options of every command: see `bookit --help`."]


def two_columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Return names and what they mean below each other."""
    lines: list[str] = []
    for name, means in rows:
        first, *others = wrap(means, _WIDTH - _LEFT - 2) or [""]
        left = f"  {name}".ljust(_LEFT)
        lines += [f"{left}  {first}"] if len(left) <= _LEFT else [left, " " * (_LEFT + 2) + first]
        lines += [" " * (_LEFT + 2) + one for one in others]
    return lines


def exit_page() -> list[str]:
    """Return the exit statuses."""
    return ["Exit statuses:", *table()]
