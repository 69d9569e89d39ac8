"""The options of every command, wherever they stand."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from .tree import FORWARDS, OPTIONS

END = "--"


class Options(NamedTuple):
    """What every command can be told."""

    profile: str | None = None
    json: bool = False
    plain: bool = False
    quiet: bool = False
    zone: str | None = None
    deadline: str | None = None


def before_end(given: Sequence[str]) -> Sequence[str]:
    """Return the arguments in which options are looked for: not those of a tool, nor those behind --."""
    end = next((place for place, one in enumerate(given) if one == END or one in FORWARDS), len(given))
    return given[:end]


def read_options(given: Sequence[str]) -> tuple[Options, list[str]]:
    """Return the options of every command, wherever they stand, and all other arguments in their order."""
    searched = len(before_end(given))
    values: dict[str, Any] = {}
    rest: list[str] = []
    place = 0
    while place < searched:
        one = given[place]
        name, equals, value = one.partition("=")
        option = next((each for each in OPTIONS if each.name == name), None)
        if option is None or (equals and not option.value):
            rest.append(one)
        elif not option.value:
            values[option.name[2:]] = True
        elif equals:
            values[option.name[2:]] = value
        elif place + 1 < searched:
            place += 1
            values[option.name[2:]] = given[place]
        else:
            from .failures import Failure  # loads slowly, and few need it

            raise Failure(f"{option.name} needs a value", advice=f"It is called {option.value}.")
        place += 1
    return Options(**values), [*rest, *given[searched:]]
