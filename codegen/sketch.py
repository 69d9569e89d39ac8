"""In a few words, what something new in a document looks like: its type, whether it is required, what it holds."""

from __future__ import annotations

from typing import TypeAlias

Place: TypeAlias = tuple[str, ...]
Table: TypeAlias = dict[Place, tuple[str, str | None]]
"""Kind and value by place; the value is None for what merely is there."""


def sketch(table: Table, place: Place) -> str | None:
    """Return the words for what `table` has at `place` and below; None where the name says all."""
    kind = table[place][0]
    below = [found[-1] for found in table if found[:-1] == place]
    if kind == "field" or (kind == "parameter" and below):
        return _typed(table, place, below)
    if kind == "operation":
        return _operation(table, place, below)
    if kind == "component":
        return ", ".join(name for name in below if name.startswith("field ")) or None
    return None


def _typed(table: Table, place: Place, below: list[str]) -> str:
    def value(name: str) -> str | None:
        return table.get((*place, name), ("", None))[1]

    type_ = value("type") or value("$ref") or "any type"
    format_ = f" ({value('format')})" if value("format") else ""
    listed = (*place[:-1], f"required {place[-1].removeprefix('field ')}") in table
    needed = "required" if listed or value("required") == "true" else "optional"
    values = [name.removeprefix("enum value ") for name in below if name.startswith("enum value ")]
    return f"{type_}{format_}, {needed}" + (f", one of {', '.join(values)}" if values else "")


def _operation(table: Table, place: Place, below: list[str]) -> str | None:
    words: list[str] = []
    for name in below:
        told = sketch(table, (*place, name)) if name.startswith("parameter ") else table[(*place, name)][1]
        if name.startswith(("operationId", "parameter ")):
            words.append(f"{name} ({told})" if told else name)
        elif name == "request" or name.startswith("response "):
            words.append(name + _fields(table, (*place, name)))
    return "; ".join(words) or None


def _fields(table: Table, place: Place) -> str:
    """The fields of a body, whether a schema or an example names them."""
    found = [
        here[-1].removeprefix("field ")
        for here, (kind, _) in table.items()
        if here[: len(place)] == place
        and (
            (kind == "field" and len(here) == len(place) + 2)
            or (kind == "example" and len(here) == len(place) + 3 and here[-2] == "example")
        )
    ]
    return f" with {', '.join(dict.fromkeys(found))}" if found else ""
