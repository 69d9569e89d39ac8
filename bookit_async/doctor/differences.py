"""In what an answer differs from the document: places and JSON types, never a value. Pure.

What may be told is what is on a list, rather than all but what is known to be secret: names that stand in the document,
JSON types, statuses, and words that look like the name of a field or of an enum. Keys that may be somebody's are stars.
"""

import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from attrs import frozen

from .._generated import models
from .._generated.api import OPERATIONS
from .._generated.errors import path_of
from .._generated.types import Operation
from .names import json_type, media_type

Kind = Literal["new field", "new value", "other type", "new status", "other media type"]
FREE = frozenset(("PrefillFields",))
"""Schemas whose keys are labels of somebody's form."""
STATUSES = frozenset((200, 400, 401, 403, 404, 413, 429, 502, 503, 504))
_NAME = re.compile(r"[A-Za-z_][A-Za-z_]{0,39}")
_WORD = re.compile(r"[A-Za-z][A-Za-z_-]{1,24}")
_FEW = 12
"""New keys of one object that are names of fields; more of them are somebody's data."""


@frozen(kw_only=True)
class Difference:
    """One thing that is not as documented."""

    operation: str
    """The operationId."""
    schema: str
    """The schema of the object that it is in; empty for the answer itself."""
    field: str
    """The wire name in that schema; empty likewise."""
    path: str
    """The JSON path in the answer, `*` for any entry."""
    kind: Kind
    found: str
    """A JSON type, a new word of an enum, a status or a media type."""


def differences(
    operation: Operation[Any], status: int, headers: Mapping[str, str], body: bytes, value: Any
) -> Iterator[Difference]:
    """Yield in what an answer differs from the document, each once; *value* is a success, decoded."""
    found: dict[Found, None] = {}
    if status not in STATUSES:
        found["", "", (), "new status", str(status)] = None
    if body and media_type(headers) != "application/json":
        found["", "", (), "other media type", media_type(headers)] = None
    if value is not None and not operation.has_answer:
        found["", "", (), "new field", json_type(value)] = None
    elif value is not None:
        answer = _answer(operation.id)
        if not _fits(answer, value) and not (get_origin(answer) is list and value.__class__ is dict):
            found["", "", (), "other type", json_type(value)] = None
        found |= dict.fromkeys(_walk(answer, value, (), _texts(value)))
    for schema, name, path, kind, what in found:
        yield Difference(operation=operation.id, schema=schema, field=name, path=path_of(path), kind=kind, found=what)


Found = tuple[str, str, tuple[str | int, ...], Kind, str]


def _walk(kind: Any, value: Any, path: tuple[str | int, ...], texts: AbstractSet[str]) -> Iterator[Found]:
    """Yield what is otherwise in a value of this type, an object of a model or a list or map of them."""
    if value.__class__ is list and get_origin(kind) is list:
        for one in value:
            yield from _checked(get_args(kind)[0], one, (*path, "*"), texts, ("", ""))
    elif value.__class__ is dict and get_origin(kind) is dict:
        for one in cast("dict[str, Any]", value).values():
            yield from _checked(get_args(kind)[1], one, (*path, "*"), texts, ("", ""))
    elif value.__class__ is dict and hasattr(kind, "attributes"):
        yield from _object(kind, cast("dict[str, Any]", value), path, texts)


def _object(kind: Any, given: dict[str, Any], path: tuple[str | int, ...], texts: AbstractSet[str]) -> Iterator[Found]:
    schema, fields = kind.__name__, _fields(kind)
    new = [key for key in given if key not in fields]
    for key in new:
        if schema in FREE:
            break
        plain = len(new) <= _FEW and _NAME.fullmatch(key) and key not in texts
        name = key if plain else "*"
        yield schema, name, (*path, name), "new field", json_type(given[key])
    for key, hint in fields.items():
        if key in given:
            yield from _checked(hint, given[key], (*path, key), texts, (schema, key))


def _checked(
    hint: Any, value: Any, path: tuple[str | int, ...], texts: AbstractSet[str], where: tuple[str, str]
) -> Iterator[Found]:
    """Yield what is otherwise in a value that may be null."""
    members, words = _kinds(hint)
    if value is None or not members:
        return
    fitting = next((one for one in members if _fits(one, value)), None)
    if fitting is None:
        yield *where, path, "other type", json_type(value)
    elif words and isinstance(value, str):
        if value not in words:
            yield *where, path, "new value", value if _WORD.fullmatch(value) else "*"
    elif value.__class__ in (list, dict):
        yield from _walk(fitting, value, path, texts)


@cache
def _kinds(hint: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return what a value may be, nothing for anything, and the words of an enum."""
    members = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    words = next((get_args(one) for one in members if get_origin(one) is Literal), ())
    kinds = tuple(one for one in members if one is not NoneType and get_origin(one) is not Literal)
    return () if Any in kinds else kinds, words


_SCALARS: Mapping[Any, tuple[type, ...]] = {str: (str,), bool: (bool,), int: (int,), float: (int, float)}


def _fits(kind: Any, value: Any) -> bool:
    return value.__class__ in _types(kind)


@cache
def _types(kind: Any) -> tuple[type, ...]:
    if get_origin(kind) in (list, dict):
        return (list if get_origin(kind) is list else dict,)
    return (dict,) if hasattr(kind, "attributes") else _SCALARS[kind]


@cache
def _fields(kind: Any) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {wire: hints[name] for wire, name in kind.attributes.items()}


@cache
def _answer(operation: str) -> Any:
    """Return the type of an operation's answer; a list may stand in an object."""
    read = OPERATIONS[operation].read
    model = getattr(read, "__self__", None)
    return list[models.Meeting] if model is None else model


def _texts(value: Any) -> AbstractSet[str]:
    """Return every text in an answer: a key that is one of them names somebody or something."""
    found: set[str] = set()
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            found.add(one)
        elif one.__class__ is dict:
            left += cast("dict[str, Any]", one).values()
        elif one.__class__ is list:
            left += one
    return found
