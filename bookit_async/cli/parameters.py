"""How commands declare what they are given, and what can be told of it: help, documents, completion."""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Annotated, Any, TypeAlias

from attrs import frozen
from cyclopts import App, Parameter

from .session import Session
from .tree import COMMANDS, OPTIONS

Given: TypeAlias = Annotated[Session, Parameter(parse=False)]
File: TypeAlias = Annotated[str | None, Parameter(allow_leading_hyphen=True)]
"""An option for a file, or - for stdin or stdout."""
Several: TypeAlias = Annotated[list[str] | None, Parameter(consume_multiple=False)]
"""An option that may be given more than once."""


@frozen(kw_only=True)
class Taken:
    """One argument or option of a command."""

    names: tuple[str, ...]
    """Of an option; empty for an argument."""
    value: str
    """What is given, in capitals; empty for a flag."""
    summary: str
    required: bool
    several: bool


def load(name: str) -> Callable[..., Any]:
    """Return the function that carries a command out."""
    module = import_module(f".commands.{COMMANDS[name].module}", __package__)
    return getattr(module, COMMANDS[name].function)  # type: ignore[no-any-return]


def app_of(name: str) -> App:
    """Return what reads the arguments of a command."""
    app = App(name=f"bookit {name}", help_flags=[], version_flags=[], default_parameter=Parameter(negative=()))
    app.default(load(name))
    return app


@cache
def taken(name: str) -> list[Taken]:
    """Return what a command takes: arguments first, in their order."""
    found: list[Taken] = []
    for one in app_of(name).assemble_argument_collection(parse_docstring=True):
        if not one.parse:
            continue
        rest = one.field_info.kind is one.field_info.VAR_POSITIONAL
        positional = rest or one.field_info.kind is one.field_info.POSITIONAL_ONLY
        kind = str(one.hint)
        label = one.parameter.name_transform and one.field_info.name.strip("_").upper()
        found.append(
            Taken(
                names=() if positional else tuple(one.names),
                value="" if one.hint is bool else str(label),
                summary=str(one.parameter.help or ""),
                required=bool(one.required),
                several=rest or "list" in kind,
            )
        )
    return found


def usage(name: str) -> str:
    """Return how a command is called, in a line."""
    words = [f"bookit {name}"]
    for one in taken(name):
        word = " ".join([*one.names[:1], one.value]).strip()
        word += " ..." if one.several else ""
        words.append(word if one.required else f"[{word}]")
    return " ".join(words)


def described(name: str) -> list[str]:
    """Return what a command does, in paragraphs."""
    text = (load(name).__doc__ or "").partition("Args:")[0]
    return [" ".join(part.split()) for part in text.strip().split("\n\n") if part.strip()]


def options_of_all() -> list[Taken]:
    """Return the options of every command."""
    return [
        Taken(names=(one.name,), value=one.value, summary=one.summary, required=False, several=False) for one in OPTIONS
    ]
