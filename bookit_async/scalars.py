"""Plain text, numbers and truth values of Python's own, from all that people pass in for them.

A value that is one of these by inheritance, such as a member of an IntEnum or StrEnum or `numpy.float64`, is taken for
what it is, and so are numbers that say that they are whole or real. Nothing here compares or calls what a subclass may
have made anew, so that the cost and the truth of it do not depend on whose class it is.
"""

import math
from collections.abc import Collection, Iterator, Mapping
from enum import Enum
from typing import Any, cast

FIRST_WHOLE, LAST_WHOLE = -(2**63), 2**64 - 1
"""The whole numbers that JSON writers and readers agree on."""
_NOTHING = ("NAType", "NaTType")
"""Names of the types of pandas' stand-ins for nothing."""
_EXACT = frozenset((str, bool, type(None)))


class NotPlainError(ValueError):
    """A value cannot be sent; the message goes on after the value's name."""


def plain(value: object) -> str | int | float | bool | None:
    """Return the plain value that was given; NotPlainError says what it is instead, without showing it."""
    kind = type(value)
    if kind is str or issubclass(kind, str):
        text = str.__str__(cast("str", value))
        if not is_unicode(text):
            raise NotPlainError("holds half a character (a lone surrogate), which cannot be sent")
        return text
    if kind in _EXACT:
        return cast("bool | None", value)
    number = value if kind in (int, float) else _number(value)
    if isinstance(number, bool):
        return number
    if isinstance(number, int):
        if not FIRST_WHOLE <= number <= LAST_WHOLE:
            raise NotPlainError("is a whole number of more than 64 bits: give it as text")
        return number
    if isinstance(number, float):
        if not math.isfinite(number):
            raise NotPlainError("is not a finite number, which JSON cannot hold: give None where nothing is known")
        return number
    raise NotPlainError(f"is of type {kind.__name__:.80}: {_advice(value)}")


def plain_or_same(value: Any) -> Any:
    """Return the plain value that was given, and what has none as it is."""
    try:
        return plain(value)
    except NotPlainError:
        return value


def is_nothing(value: object) -> bool:
    """Return whether a value stands for nothing: None, empty text, NaN, or pandas' NA and NaT."""
    kind = type(value)
    if value is None or kind.__name__ in _NOTHING:
        return True
    if issubclass(kind, str):
        return not len(str.__str__(cast("str", value)))
    return issubclass(kind, float) and math.isnan(float.__float__(cast("float", value)))


def is_unicode(text: str) -> bool:
    """Return whether text holds whole characters only, no lone surrogates."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def pairs(given: object) -> Iterator[tuple[object, object]] | None:
    """Return names and values of a mapping of any kind, names of text as plain text; None for what is no mapping.

    A multidict gives a name once for each of its values.
    """
    if not isinstance(given, Mapping):
        return None
    named = cast("Mapping[object, object]", given).items()
    return ((name if type(name) is str else plain_or_same(name), value) for name, value in named)


def _number(value: object) -> object:
    """Return the int, float or bool that a value is by inheritance or by its own word; None for none."""
    kind = type(value)
    if issubclass(kind, int):
        return int.__index__(cast("int", value))
    if issubclass(kind, float):
        return float.__float__(cast("float", value))
    from numbers import Integral, Rational, Real

    number: Any = value
    try:
        if kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"):
            return bool(number)
        if issubclass(kind, Real) and (issubclass(kind, Integral) or not issubclass(kind, Rational)):
            return int(number.__index__()) if issubclass(kind, Integral) else float(number)
    except Exception:  # noqa: BLE001, S110 - whatever a class of the caller's does, it is no number then
        pass
    return None


def list_problem(name: str, given: object, of: str, *, kind: type = object) -> Iterator[str]:
    """Yield a sentence if what was given as *name* is not a list, or the like, of nothing but that *kind*."""
    if (
        isinstance(given, (str, bytes, Mapping))
        or not isinstance(given, Collection)
        or not all(isinstance(one, kind) for one in cast("Collection[object]", given))
    ):
        yield f"{name} must be a list of {of}" + (": put a single one in brackets" if isinstance(given, str) else "")


_ADVICE: tuple[tuple[tuple[str, ...], str], ...] = (
    (_NOTHING, "give None where nothing is known"),
    (("Decimal", "Fraction"), "give it as a float or as text"),
    (("datetime", "date", "time", "Timestamp", "DateTime"), "give it as text, such as its .isoformat()"),
    (("bytes",), "give text, such as its .decode()"),
    (("UUID", "__proxy__", "Path", "PosixPath"), "give it as text, str(...)"),
    (("SecretStr",), "give its .get_secret_value()"),
)
"""By the names of types, what to do about a value of them."""


def _advice(value: object) -> str:
    name = type(value).__name__
    if isinstance(value, Enum):
        return "give its .value"
    return next((what for names, what in _ADVICE if name in names), "give text, a number, True, False or None")
