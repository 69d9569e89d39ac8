"""A world as plain data, there and back: mappings, lists, text, numbers and booleans, such as a YAML file holds.

Reading says everything that is wrong with the data's shape at once, each with its path. What is wrong with the world
that it describes is found by `bookit_async.sandbox.world.mistakes`.
"""

import types
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from attrs import NOTHING, fields, has

from .errors import WorldError
from .parts import EndOfFlow, Redirect, Schedule

Record = TypeVar("Record")

END_OF_FLOW = "end of flow"
NAMES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", types.NoneType: "nothing"}


def read_data(kind: type[Record], data: object) -> Record:
    """Return the record of this data; `WorldError` lists every unknown key, missing key and wrong type."""
    mistakes: list[str] = []
    record = _read(kind, data, "", mistakes)
    if mistakes:
        raise WorldError(mistakes)
    return cast("Record", record)


def to_data(value: object) -> Any:
    """The data of a world or a part of it, without what is at its default."""
    if isinstance(value, EndOfFlow):
        return END_OF_FLOW
    kind: Any = type(value)
    if has(kind):
        return {
            field.name: to_data(given)
            for field in fields(kind)
            if (given := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, Mapping):
        return {key: to_data(one) for key, one in cast("Mapping[str, object]", value).items()}
    if isinstance(value, tuple):
        return [to_data(one) for one in cast("tuple[object, ...]", value)]
    return value


def _default(field: Any) -> object:
    return field.default.factory() if hasattr(field.default, "factory") else field.default


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, data: object, path: str, mistakes: list[str]) -> object:
    """The value of this type; None with a mistake noted where the data is of another."""
    origin, parts = get_origin(kind), get_args(kind)
    if kind == Schedule | Redirect | EndOfFlow:
        return _outcome(data, path, mistakes)
    if origin in (Union, types.UnionType):
        kind = next((part for part in parts if _fits(part, data)), kind)
        origin, parts = get_origin(kind), get_args(kind)
    if not _fits(kind, data):
        mistakes.append(f"{path or 'the world'} must be {_name(kind)}")
        return None
    if has(kind):
        return _record(kind, cast("Mapping[object, object]", data), path, mistakes)
    if origin is tuple:
        items = enumerate(cast("list[object]", data))
        return tuple(_read(parts[0], one, f"{path}[{place}]", mistakes) for place, one in items)
    if origin is Mapping:
        return {
            _read(parts[0], key, f"{path}, key {key!r},", mistakes): _read(parts[1], one, f"{path}.{key}", mistakes)
            for key, one in cast("Mapping[object, object]", data).items()
        }
    return data


def _fits(kind: Any, data: object) -> bool:
    if get_origin(kind) is Literal:
        return data in get_args(kind)
    if get_origin(kind) in (Union, types.UnionType):
        return False  # none of its parts did
    if get_origin(kind) is tuple:
        return isinstance(data, list | tuple)
    if get_origin(kind) is Mapping or has(kind):
        return isinstance(data, Mapping)
    return isinstance(data, int | float if kind is float else kind) and (kind is bool or not isinstance(data, bool))


def _record(kind: Any, given: Mapping[object, object], path: str, mistakes: list[str]) -> object:
    before = len(mistakes)
    known = {field.name: field for field in fields(kind)}
    inside = f"{path}." if path else ""
    mistakes += (f"{inside}{key} is not known{_meant(key, known)}" for key in given if key not in known)
    mistakes += (
        f"{inside}{name} is missing" for name, field in known.items() if field.default is NOTHING and name not in given
    )
    values = {
        name: _read(_hints(kind)[name], given[name], f"{inside}{name}", mistakes) for name in known if name in given
    }
    return None if len(mistakes) > before else kind(**values)


def _outcome(data: object, path: str, mistakes: list[str]) -> object:
    if data == END_OF_FLOW:
        return EndOfFlow()
    if isinstance(data, Mapping) and data:
        given = cast("Mapping[object, object]", data)
        return _record(Redirect if "url" in given else Schedule, given, path, mistakes)
    mistakes.append(f"{path} must be a meeting_type with a host or a pool, or a url, or '{END_OF_FLOW}'")
    return None


def _name(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return " or ".join(repr(one) for one in get_args(kind))
    if get_origin(kind) is tuple:
        return f"a list of {_name(get_args(kind)[0])}"
    if get_origin(kind) in (Union, types.UnionType):
        return " or ".join(_name(part) for part in get_args(kind))
    return NAMES.get(kind, "a mapping")


def _meant(key: object, known: Mapping[str, object]) -> str:
    close = get_close_matches(str(key), known, n=1)
    return f": did you mean {close[0]}?" if close else f" (use {', '.join(known)})"
