"""Values of many kinds of types for what people pass in: text, numbers and truth of other makers, and what is none."""

import calendar
import importlib
import uuid
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from enum import Enum, Flag, IntEnum, IntFlag, StrEnum
from fractions import Fraction
from types import MappingProxyType
from typing import Any, Self
from unittest.mock import Mock

from multidict import CIMultiDict, CIMultiDictProxy, MultiDict

np: Any = importlib.import_module("numpy")  # without types that every checker can follow
pd: Any = importlib.import_module("pandas")
pendulum: Any = importlib.import_module("pendulum")


class Whole(IntEnum):
    BIG = 4200


class Bits(IntFlag):
    BIG = 64


class Text(StrEnum):
    BIG = "big"


class MixedWhole(int, Enum):
    BIG = 4200


class MixedText(str, Enum):  # noqa: UP042 - its members format as their names
    BIG = "big"


class MixedReal(float, Enum):
    BIG = 0.5


class Choices(str, Enum):  # noqa: UP042 - with an argument more
    """As Django makes them: a value and a label."""

    label: str

    def __new__(cls, value: str, label: str) -> Self:
        made = str.__new__(cls, value)
        made._value_ = value
        made.label = label
        return made

    def __str__(self) -> str:
        return str(self.value)

    BIG = "big", "Rather big"


class Lying(int):
    """Says another thing wherever it can be asked."""

    def __int__(self) -> int:
        raise AssertionError

    def __index__(self) -> int:
        raise AssertionError

    def __eq__(self, other: object) -> bool:
        raise AssertionError

    def __le__(self, other: object) -> bool:
        raise AssertionError

    __lt__ = __ge__ = __gt__ = __le__
    __hash__ = int.__hash__

    def __str__(self) -> str:
        return "a lie"

    __repr__ = __str__

    def __format__(self, _: str) -> str:
        return "a lie"


class LyingText(str):
    def __str__(self) -> str:
        return "a lie"

    def __format__(self, _: str) -> str:
        return "a lie"

    def __len__(self) -> int:
        return 0

    def strip(self, *_: Any) -> str:
        return "a lie"


class NoValue(Enum):
    BIG = "big"


class Bit(Flag):
    BIG = 1


PLAIN: dict[str, tuple[Any, Any]] = {
    "IntEnum": (Whole.BIG, 4200),
    "IntFlag": (Bits.BIG, 64),
    "a calendar's day": (calendar.MONDAY, 0),
    "(int, Enum)": (MixedWhole.BIG, 4200),
    "int": (Lying(4200), 4200),
    "StrEnum": (Text.BIG, "big"),
    "(str, Enum)": (MixedText.BIG, "big"),
    "Django-like choices": (Choices.BIG, "big"),
    "str": (LyingText("big"), "big"),
    "(float, Enum)": (MixedReal.BIG, 0.5),
    "numpy.float64": (np.float64(0.5), 0.5),
    "numpy.float32": (np.float32(0.5), 0.5),
    "numpy.float16": (np.float16(0.5), 0.5),
    "numpy.longdouble": (np.longdouble(0.5), 0.5),
    "numpy.int64": (np.int64(4200), 4200),
    "numpy.int8": (np.int8(-1), -1),
    "numpy.uint64": (np.uint64(2**64 - 1), 2**64 - 1),
    "numpy.bool": (np.bool_(True), True),
    "numpy.str": (np.str_("big"), "big"),
    "a cell of a frame": (pd.DataFrame({"size": [4200]})["size"][0], 4200),
    "a cell of text": (pd.DataFrame({"size": ["big"]})["size"][0], "big"),
}
"""Values, and the plain value that each is."""

REFUSED: dict[str, tuple[Any, str]] = {
    "Enum": (NoValue.BIG, "is of type NoValue: give its .value"),
    "Flag": (Bit.BIG, "is of type Bit: give its .value"),
    "Decimal": (Decimal("0.1"), "is of type Decimal: give it as a float or as text"),
    "Fraction": (Fraction(1, 3), "is of type Fraction: give it as a float or as text"),
    "complex": (1j, "is of type complex: give text, a number"),
    "numpy.complex64": (np.complex64(1), "is of type complex64: give text, a number"),
    "numpy.nan": (np.float64("nan"), "is not a finite number"),
    "numpy.inf": (np.float32("inf"), "is not a finite number"),
    "numpy.array": (np.array([1, 2]), "is of type ndarray: give text, a number"),
    "numpy.array of one": (np.array(1), "is of type ndarray: give text, a number"),
    "numpy.datetime64": (np.datetime64("2025-05-06"), "is of type datetime64: give text"),
    "pandas.NA": (pd.NA, "is of type NAType: give None where nothing is known"),
    "pandas.NaT": (pd.NaT, "is of type NaTType: give None where nothing is known"),
    "pandas.Timestamp": (pd.Timestamp("2025-05-06"), "is of type Timestamp: give it as text"),
    "pandas.Series": (pd.Series([1]), "is of type Series: give text, a number"),
    "pendulum.DateTime": (pendulum.datetime(2025, 5, 6), "is of type DateTime: give it as text"),
    "date": (date(2025, 5, 6), "is of type date: give it as text"),
    "UUID": (uuid.UUID(int=5), "is of type UUID: give it as text"),
    "a mock of an int": (Mock(spec=int), "is of type Mock: give text"),
    "bytearray": (bytearray(b"x"), "is of type bytearray: give text"),
    "a set": ({1}, "is of type set: give text"),
    "a whole number too large": (Lying(2**64), "is a whole number of more than 64 bits"),
    "half a character": (LyingText("\ud800"), "holds half a character"),
}
"""Values, and what is said of each."""

NOTHING: dict[str, Any] = {
    "None": None,
    "empty text": "",
    "empty text of another kind": np.str_(""),
    "NaN": float("nan"),
    "numpy.nan": np.float64("nan"),
    "pandas.NA": pd.NA,
    "pandas.NaT": pd.NaT,
}
"""Values that stand for nothing."""


class Key(StrEnum):
    """Its members hash by their names, not as the text that they are."""

    SIZE = "NumEmployees"
    EMAIL = "Email"
    COMPANY = "Company"


def mappings(data: dict[str, Any]) -> dict[str, Mapping[Any, Any]]:
    """Return the same data in many kinds of mappings."""
    keys = {one.value: one for one in Key}
    return {
        "CIMultiDict": CIMultiDict(data),
        "CIMultiDictProxy": CIMultiDictProxy(CIMultiDict(data)),
        "MultiDict": MultiDict(data),
        "MappingProxyType": MappingProxyType(data),
        "StrEnum keys": {keys.get(name, name): value for name, value in data.items()},
        "numpy.str keys": {np.str_(name): value for name, value in data.items()},
        "keys of a kind that lies": {LyingText(name): value for name, value in data.items()},
        "a row of a frame": pd.Series(data).to_dict(),
    }
