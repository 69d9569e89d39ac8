"""Where a prospect goes: pure functions from a trigger node and a prospect's values to an outcome."""

import re
from collections.abc import Callable, Mapping
from typing import cast

from ..world import Condition, EndOfFlow, Outcome, Test, TriggerNode

Prospect = Mapping[str, object]
Value = str | float | bool


class ProspectError(Exception):
    """A prospect's value does not fit the type of its input; the message names the input, never the value."""


def known_values(node: TriggerNode, prospect: Prospect) -> dict[str, Value]:
    """The prospect's values for the inputs of this node, each in the type of its input.

    Empty values and unknown keys are left out. A DOUBLE may come as text, as in the published request example. Raises
    `ProspectError`.
    """
    values: dict[str, Value] = {}
    for declared in node.inputs:
        given = prospect.get(declared.name)
        if given is None or given == "":
            continue
        value = READERS[declared.type](given)
        if value is None:
            raise ProspectError(f"Input {declared.name} must be of type {declared.type}")
        values[declared.name] = value
    return values


def route(node: TriggerNode, values: Mapping[str, Value]) -> Outcome:
    """The outcome of the first rule whose conditions all hold; end of flow when none does."""
    for rule in node.rules:
        if all(_holds(condition, values.get(condition.input)) for condition in rule.when):
            return rule.then
    return EndOfFlow()


def prefill(node: TriggerNode, values: Mapping[str, Value]) -> dict[str, str]:
    """What the booking form can be filled with already: label to text."""
    return {label: str(values[name]) for label, name in node.prefill.items() if name in values}


def _holds(condition: Condition, value: Value | None) -> bool:
    if value is None:
        return condition.test == "missing"
    return CONDITIONS[condition.test](value, condition.value)


def _folded(value: object) -> object:
    return value.casefold() if isinstance(value, str) else value


def _several(value: object) -> tuple[str, ...]:
    texts = cast("tuple[object, ...]", value) if isinstance(value, tuple | list) else (value,)
    return tuple(str(text).casefold() for text in texts)


def _number(value: object) -> float:
    return cast("float", value)  # a checked world compares DOUBLE inputs with numbers, and nothing else


CONDITIONS: Mapping[Test, Callable[[Value, object], bool]] = {
    "is": lambda value, wanted: _folded(value) == _folded(wanted),
    "in": lambda value, wanted: str(value).casefold() in _several(wanted),
    "ends_with": lambda value, wanted: str(value).casefold().endswith(_several(wanted)),
    "at_least": lambda value, wanted: _number(value) >= _number(wanted),
    "below": lambda value, wanted: _number(value) < _number(wanted),
    "given": lambda _value, _wanted: True,
    "missing": lambda _value, _wanted: False,
}


def _text(given: object) -> str | None:
    return given if isinstance(given, str) else None


def _double(given: object) -> float | None:
    if isinstance(given, str):
        return float(given) if re.fullmatch(r"[-+]?\d{1,18}(\.\d{1,18})?", given.strip(), re.ASCII) else None
    return float(given) if isinstance(given, int | float) and not isinstance(given, bool) else None


def _boolean(given: object) -> bool | None:
    return given if isinstance(given, bool) else {"true": True, "false": False}.get(str(given))


READERS: Mapping[str, Callable[[object], Value | None]] = {
    "STRING": _text,
    "PHONE": _text,
    "DOUBLE": _double,
    "BOOLEAN": _boolean,
}
