"""What comes back, written down as JSON values and made again: for a store, a queue, another process."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import msgspec

from ..errors import InvalidInputError
from .slots import Slot

T = TypeVar("T")

VERSION = 1
"""Of the notation. It grows when something that was written before can no longer be read as it was meant."""


def write(value: object, **changed: object) -> dict[str, Any]:
    """Return an object as JSON values, with its type and the version; *changed* has what is written in another way."""
    data = {name: _plain(getattr(value, name)) for name in _names(type(value)) if name not in changed}
    return {"type": type(value).__name__, "version": VERSION, **data, **changed}


def read(kind: type[T], data: Mapping[str, Any], **readers: Callable[[Any], object]) -> T:
    """Return the object that `write` wrote down; InvalidInputError, without a value in it, when it is not one.

    What a later version added is left out. *readers* read what is not of a plain type.
    """
    check(kind.__name__, data)
    try:
        given = {
            name: readers[name](data[name]) if name in readers else _typed(kind, name, data[name])
            for name in _names(kind)
            if name in data
        }
        return kind(**given)
    except (msgspec.ValidationError, KeyError, TypeError, ValueError) as error:
        problem = f"this {kind.__name__} that was written down is incomplete or damaged"
        raise InvalidInputError(problems=[problem]) from error


def check(name: str, data: Mapping[str, Any]) -> None:
    """Raise InvalidInputError unless *data* is what this version can read as a *name*."""
    version = data.get("version") if isinstance(data, Mapping) else None  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
    if not isinstance(data, Mapping) or data.get("type") != name:  # pyright: ignore[reportUnnecessaryIsInstance]
        problem = f"this is not a {name} that was written down by to_dict"
    elif not isinstance(version, int) or version > VERSION:
        problem = f"this {name} was written down by a newer version of this package: update it here, too"
    else:
        return
    raise InvalidInputError(problems=[problem])


def write_slot(slot: Slot) -> dict[str, Any]:
    """Return a slot as JSON values."""
    return {"start": slot.start_milliseconds, "end": slot.end_milliseconds, "host_ids": list(slot.host_ids)}


def read_slot(data: Mapping[str, Any]) -> Slot:
    """Return the slot that was written down."""
    return Slot(start_milliseconds=data["start"], end_milliseconds=data["end"], host_ids=tuple(data["host_ids"]))


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(one.name for one in kind.__attrs_attrs__)


def _plain(value: object) -> Any:
    return dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else msgspec.to_builtins(value)


def _typed(kind: type[Any], name: str, value: Any) -> Any:
    return msgspec.convert(value, getattr(kind.__attrs_attrs__, name).type)
