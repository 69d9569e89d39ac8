"""What a trigger node asks of a prospect, and what is wrong with a prospect's data before it is sent."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from attrs import frozen

from ._generated.models import TriggerNodeInputs

LOG_ID = "ld_bookit_log_id"
"""The input under which the published example sends the uid once more."""

_KINDS = {"STRING": "text", "PHONE": "text", "DOUBLE": "a number", "BOOLEAN": "True or False"}


@frozen(kw_only=True)
class TriggerInput:
    """One input of a trigger node."""

    name: str
    """The key to use in the prospect, case-sensitive."""
    type: str
    """`STRING`, `PHONE` (text, may hold a country code), `DOUBLE` or `BOOLEAN`; other values are kept as sent."""


@frozen(kw_only=True)
class TriggerInputs:
    """The inputs that a trigger node declares."""

    name: str
    """The trigger node's name."""
    inputs: tuple[TriggerInput, ...]
    """The declared inputs, in their order. The service does not say which of them a routing graph needs."""

    def missing(self, prospect: Mapping[str, Any]) -> tuple[TriggerInput, ...]:
        """Give the inputs that *prospect* has no value for: absent, None or empty text."""
        return tuple(one for one in self.inputs if prospect.get(one.name) in (None, ""))

    def problems(self, prospect: Mapping[str, Any]) -> tuple[str, ...]:
        """Give a sentence for each value of the wrong type and each name that differs from an input's only in case.

        Names that are no input are let through: the published example sends one, `ld_bookit_log_id`.
        """
        types = {one.name: one.type for one in self.inputs}
        folded = {name.casefold(): name for name in types}
        problems = [*prospect_problems(prospect)]
        for name, value in prospect.items():
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
        absent = [one.name for one in self.inputs if one.name not in (prospect or ()) and one.name != LOG_ID]
        hint = "ask for it, or give None to leave it empty"
        return (*problems, *(f"prospect[{name!r}] is missing: {hint}" for name in absent))


def read_inputs(wire: TriggerNodeInputs, *, asked: str) -> TriggerInputs:
    """Give the view of an answer to the question for the trigger node *asked*; inputs without a name are left out."""
    return TriggerInputs(
        name=wire.name or asked,
        inputs=tuple(TriggerInput(name=one.name, type=one.type_ or "STRING") for one in wire.inputs or () if one.name),
    )


def prospect_problems(prospect: object) -> Iterator[str]:
    """Yield a sentence for each reason why *prospect* cannot be sent as a JSON object."""
    if not isinstance(prospect, Mapping):
        yield "prospect is no mapping from input names to values"
        return
    for name, value in prospect.items():  # pyright: ignore[reportUnknownVariableType] - whatever the caller gave
        if not isinstance(name, str):
            yield "prospect has a key that is no text"
        elif isinstance(value, float) and not math.isfinite(value):
            yield f"prospect[{name!r}] is not a finite number, which JSON cannot hold"


def _is_number(value: object) -> bool:
    """Tell whether text reads as a finite number: the published example sends one as text."""
    try:
        return isinstance(value, str) and math.isfinite(float(value))
    except ValueError:
        return False


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
