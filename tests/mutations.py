"""Answers of the service that differ from what is documented in one place: the kinds of difference, at every place."""

from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import Any, cast

Place = tuple[str | int, ...]
KINDS = (
    "null",
    "missing",
    "renamed",
    "deeper",
    "extra",
    "text",
    "number",
    "fraction",
    "yes",
    "list",
    "object",
    "empty",
)
"""What is done to a value."""
VALUES: dict[str, Any] = {
    "null": None,
    "text": "qx",
    "number": 7,
    "fraction": 0.5,
    "yes": True,
    "list": ["qx"],
    "object": {"qx": 7},
}
EXTRA = "xExtra"


def places(answer: Any, place: Place = ()) -> Iterator[Place]:
    """Yield every place in an answer, the answer itself first."""
    yield place
    inner: Iterable[Any] = ()
    entries: Any = answer
    if isinstance(answer, dict | list):
        inner = entries if isinstance(answer, dict) else range(len(entries))
    for segment in inner:
        yield from places(answer[segment], (*place, segment))


def at(answer: Any, place: Place) -> Any:
    for segment in place:
        answer = answer[segment]
    return answer


def mutated(answer: Any, place: Place, kind: str) -> Any:
    """Return an answer that differs in one place."""
    value = deepcopy(at(answer, place))
    if kind == "deeper":
        new: Any = {"inner": value}
    elif kind == "extra":
        new = {**cast("dict[str, Any]", value), EXTRA: [1, {"a": None}]} if isinstance(value, dict) else value
    elif kind == "empty":
        emptied: tuple[Any, ...] = ({}, [], "")
        new = next((one for one in emptied if type(one) is type(value)), value)
    else:
        new = VALUES.get(kind, value)
    if not place:
        return new
    answer = deepcopy(answer)
    *outer, last = place
    parent = at(answer, tuple(outer))
    if kind in ("missing", "renamed"):
        value = parent.pop(last)
        if kind == "renamed" and isinstance(parent, dict):
            parent[f"new{last}"] = value
    else:
        parent[last] = new
    return answer
