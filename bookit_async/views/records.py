"""What comes back, written down as JSON values and made again: for a store, a queue, another process."""

from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast

import msgspec

from ..errors import InvalidInputError, refuse, version_problem
from ..scalars import list_problem
from ..times import from_milliseconds
from .slots import Slot

T = TypeVar("T")

VERSION = 1
"""Of the notation. It grows when something that was written before can no longer be read as it was meant."""


def write(value: object, **changed: object) -> dict[str, Any]:
    """Return an object as JSON values, with its type and the version; *changed* has what is written in another way."""
    data = {name: _plain(getattr(value, name)) for name in _names(type(value)) if name not in changed}
    return {"type": type(value).__name__, "version": VERSION, **data, **changed}


def read(kind: type[T], data: Mapping[str, Any], needed: Collection[str] = (), **readers: Callable[[Any], object]) -> T:
    """Return the object that `write` wrote down; InvalidInputError, without a value in it, when it is not one.

    What a later version added is left out. *readers* read what is not of a plain type; *needed* are names that cannot
    be left out, though they have a default. Callers hide *data*, which a traceback would show.
    """
    check(kind.__name__, data)
    if all(name in data for name in needed):
        with suppress(msgspec.ValidationError, KeyError, TypeError, ValueError, OverflowError):
            return kind(
                **{
                    name: readers[name](data[name]) if name in readers else _typed(kind, name, data[name])
                    for name in _names(kind)
                    if name in data
                }
            )
    problem = f"this {kind.__name__} that was written down is incomplete or damaged"
    raise InvalidInputError(problems=[problem])  # with no cause, whose frames would show what was damaged


def check(name: str, data: Mapping[str, Any]) -> None:
    """Raise InvalidInputError unless *data* is what this version can read as a *name*."""
    if not isinstance(data, Mapping) or data.get("type") != name:  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        raise InvalidInputError(problems=[f"this is not a {name} that was written down by to_dict"])
    refuse(version_problem(name, data.get("version"), ours=VERSION))


def write_slot(slot: Slot) -> dict[str, Any]:
    """Return a slot as JSON values."""
    return {"start": slot.start_milliseconds, "end": slot.end_milliseconds, "host_ids": list(slot.host_ids)}


def read_slot(data: Mapping[str, Any]) -> Slot:
    """Return the slot that was written down; TypeError, ValueError, KeyError or OverflowError when it is none."""
    start, end, host_ids = data["start"], data["end"], data["host_ids"]
    if type(start) is not int or type(end) is not int or [*list_problem("host_ids", host_ids, "ids", kind=str)]:
        raise TypeError
    for milliseconds in (start, end):
        from_milliseconds(milliseconds)
    return Slot(start_milliseconds=start, end_milliseconds=end, host_ids=tuple(host_ids))


def _names(kind: type[Any]) -> tuple[str, ...]:
    return tuple(one.name for one in kind.__attrs_attrs__)


def _plain(value: object) -> Any:
    plain = dict(cast("Mapping[str, Any]", value)) if isinstance(value, Mapping) else msgspec.to_builtins(value)
    return [*cast("Iterable[Any]", plain)] if isinstance(plain, tuple) else plain


def _typed(kind: type[Any], name: str, value: Any) -> Any:
    return msgspec.convert(value, getattr(kind.__attrs_attrs__, name).type)
