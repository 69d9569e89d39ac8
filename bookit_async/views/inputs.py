"""What a trigger node asks of a prospect, and what is wrong with a prospect's data before it is sent."""

import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

from attrs import frozen

from .._generated.models import TriggerNodeInputs
from ..errors import InvalidInputError
from ..version import PACKAGE
from .shapes import UnknownShapeError

LOG_ID = "ld_bookit_log_id"
"""The input under which the published example sends the uid once more."""

_KINDS = {"STRING": "text", "PHONE": "text", "DOUBLE": "a number", "BOOLEAN": "True or False"}
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_WHOLE_NUMBERS = range(-(2**63), 2**64)
_NO_MAPPING = "prospect is no mapping from input names to values"


@frozen(kw_only=True)
class TriggerInput:
    """One input of a trigger node."""

    __module__ = PACKAGE

    name: str
    """The key to use in the prospect, case-sensitive."""
    type: str
    """`STRING`, `PHONE` (text, may hold a country code), `DOUBLE` or `BOOLEAN`; other values are kept as sent."""


@frozen(kw_only=True)
class TriggerInputs:
    """The inputs that a trigger node declares."""

    __module__ = PACKAGE

    name: str
    """The trigger node's name."""
    inputs: tuple[TriggerInput, ...]
    """The declared inputs, in their order. The service does not say which of them a routing graph needs."""

    def missing(self, prospect: Mapping[str, Any]) -> tuple[TriggerInput, ...]:
        """Give the inputs that *prospect* has no value for: absent, None or empty text.

        InvalidInputError for a prospect that is no mapping.
        """
        if not isinstance(prospect, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - callers give anything
            raise InvalidInputError(problems=[_NO_MAPPING])
        return tuple(one for one in self.inputs if prospect.get(one.name) in (None, ""))

    def problems(self, prospect: Mapping[str, Any]) -> tuple[str, ...]:
        """Give a sentence for each value of the wrong type and each name that differs from an input's only in case.

        Names that are no input are let through: the published example sends one, `ld_bookit_log_id`.
        """
        types = {one.name: one.type for one in self.inputs}
        folded = {name.casefold(): name for name in types}
        problems = [*prospect_problems(prospect)]
        for name, value in _named(prospect):
            meant = folded.get(name.casefold())
            if name in types:
                if value is not None and not _fits(value, types[name]):
                    problems.append(f"prospect[{name!r}] must be {_KINDS[types[name]]}")
            elif meant is not None:
                problems.append(f"prospect[{name!r}] is no input of this trigger node: did you mean {meant!r}?")
        return tuple(problems)

    def refusals(self, prospect: Mapping[str, Any]) -> tuple[str, ...]:
        """Give the problems, and a sentence for each input that *prospect* does not name; what routing checks first.

        An input given as None is left empty on purpose. The BookIt Log ID travels as the uid.
        """
        problems = self.problems(prospect)
        given = {LOG_ID, *(name for name, _ in _named(prospect))}
        absent = [one.name for one in self.inputs if one.name not in given]
        hint = "ask for it, or give None to leave it empty"
        return (*problems, *(f"prospect[{name!r}] is missing: {hint}" for name in absent))


def known_inputs(wire: TriggerNodeInputs) -> TriggerNodeInputs:
    """Return what declares inputs; UnknownShapeError when there is no list of them, or none in it has a name."""
    if wire.inputs is None:
        raise UnknownShapeError("inputs", wire.to_dict())
    if wire.inputs and not any(one.name for one in wire.inputs):
        raise UnknownShapeError("name", wire.inputs[0].to_dict(), under=("inputs", 0))
    return wire


def read_inputs(wire: TriggerNodeInputs, *, asked: str) -> TriggerInputs:
    """Return the view of an answer to the question for the trigger node *asked*; inputs without a name are left out."""
    return TriggerInputs(
        name=wire.name or asked,
        inputs=tuple(TriggerInput(name=one.name, type=one.type_ or "STRING") for one in wire.inputs or () if one.name),
    )


def prospect_problems(prospect: object) -> Iterator[str]:
    """Yield a sentence for each reason why *prospect* cannot be sent as a JSON object of plain values."""
    pairs = _pairs(prospect)
    if pairs is None:
        yield _NO_MAPPING
    for name, value in pairs or ():
        if not isinstance(name, str):
            yield "prospect has a key that is no text"
        elif not _is_unicode(name):
            yield "prospect has a key with half a character (a lone surrogate) in it"
        elif problem := _value_problem(value):
            yield f"prospect[{name!r:.80}] {problem}"


def _pairs(prospect: object) -> Iterable[tuple[object, Any]] | None:
    """Give keys and values, None for what is no mapping."""
    return cast("Mapping[object, Any]", prospect).items() if isinstance(prospect, Mapping) else None


def _named(prospect: object) -> list[tuple[str, Any]]:
    return [(name, value) for name, value in _pairs(prospect) or () if isinstance(name, str)]


def _value_problem(value: object) -> str | None:
    match value:
        case None | bool():
            return None
        case str():
            return None if _is_unicode(value) else "holds half a character (a lone surrogate), which cannot be sent"
        case int():
            return None if value in _WHOLE_NUMBERS else "is a whole number of more than 64 bits: give it as text"
        case float():
            return None if math.isfinite(value) else "is not a finite number, which JSON cannot hold"
        case _:
            return f"is of type {type(value).__name__:.80}: give text, a number, True, False or None"


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_number(value: object) -> bool:
    """Tell whether text reads as a finite number: the published example sends one as text."""
    return isinstance(value, str) and _NUMBER.fullmatch(value) is not None and math.isfinite(float(value))


def _fits(value: object, kind: str) -> bool:
    match kind:
        case "STRING" | "PHONE":
            return isinstance(value, str)
        case "DOUBLE":
            return (isinstance(value, (int, float)) and not isinstance(value, bool)) or _is_number(value)
        case "BOOLEAN":
            return isinstance(value, bool)
        case _:
            return True
