"""What a trigger node asks of a prospect, and what is wrong with a prospect's data before it is sent."""

import math
import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any
from uuid import UUID, uuid4

from attrs import frozen

from .._generated.models import TriggerNodeInputs
from ..errors import InvalidInputError
from ..hidden import HiddenMapping
from ..scalars import NotPlainError, is_nothing, pairs, plain
from ..spelling import folded
from ..version import PACKAGE
from .addresses import NotAnAddressError, is_invisible, read_address
from .forms import EMAIL
from .shapes import UnknownShapeError

LOG_ID = "ld_bookit_log_id"
"""The input under which the published example sends the uid once more."""

_KINDS = {"STRING": "text", "PHONE": "text", "DOUBLE": "a number", "BOOLEAN": "True or False"}
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_EMAIL = folded(EMAIL)
_NO_MAPPING = "prospect must be a mapping from input names to values"


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
        """Return the inputs that *prospect* has no value for: absent, None, empty text, NaN.

        InvalidInputError for a prospect that is not a mapping.
        """
        named = pairs(prospect)
        if named is None:
            raise InvalidInputError(problems=[_NO_MAPPING])
        given = {name for name, value in named if not is_nothing(value)}
        return tuple(one for one in self.inputs if one.name not in given)

    def problems(self, prospect: Mapping[str, Any]) -> tuple[str, ...]:
        """Return a sentence for each value of the wrong type, and for each name that is spelt nearly as an input is.

        Names that are no input are let through: the published example sends one, `ld_bookit_log_id`. What is missing
        is the service's to judge: `missing` tells it.
        """
        data, problems = read_prospect(prospect)
        return (*problems, *self.differences(data))

    def differences(self, data: Mapping[str, Any]) -> Iterator[str]:
        """Yield the same of plain data, as `read_prospect` gives it."""
        for name, value in data.items():
            kind = self._types.get(name)
            if kind is not None:
                if value is not None and not _fits(value, kind):
                    hint = " or None" if value == "" else ""
                    yield f"prospect[{name!r:.80}] must be {_KINDS[kind]}{hint}"
            elif (meant := self._folded_names.get(folded(name))) is not None:
                yield f"prospect[{name!r:.80}] is not an input of this trigger node: did you mean {meant!r}?"

    def refusals(self, prospect: Mapping[str, Any]) -> tuple[str, ...]:
        """Return the problems, and a sentence for each input that *prospect* does not name: for forms that ask for all.

        An input given as None is left empty on purpose. The BookIt Log ID travels as the uid.
        """
        given = {LOG_ID, *(name for name, _ in pairs(prospect) or ())}
        absent = [one.name for one in self.inputs if one.name not in given]
        hint = "ask for it, or give None to leave it empty"
        return (*self.problems(prospect), *(f"prospect[{name!r}] is missing: {hint}" for name in absent))

    @cached_property
    def _types(self) -> Mapping[str, str]:
        return {one.name: one.type for one in self.inputs}

    @cached_property
    def _folded_names(self) -> Mapping[str, str]:
        return {key: one.name for one in self.inputs if (key := folded(one.name))}


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


def read_prospect(prospect: object) -> tuple[dict[str, Any], list[str]]:
    """Return a prospect's data as plain values by input name, and a sentence for each that cannot be sent."""
    named = pairs(prospect)
    if named is None:
        return HiddenMapping(), [_NO_MAPPING]
    data = HiddenMapping()
    repeated: tuple[object, ...] = getattr(prospect, "repeated", ())
    problems = [f"prospect[{name!r:.80}] is given more than once: give each input once" for name in repeated]
    for name, value in named:
        if not isinstance(name, str):
            problems.append("prospect has a key that is not text")
            continue
        try:
            plain(name)
        except NotPlainError:
            problems.append("prospect has a key with half a character (a lone surrogate) in it")
            continue
        if name in data:
            problems.append(f"prospect[{name!r:.80}] is given more than once: give each input once")
        try:
            data[name] = plain(value)
        except NotPlainError as error:
            data[name] = None
            problems.append(f"prospect[{name!r:.80}] {error}")
    return data, problems


def bare_address(data: dict[str, Any], *, strictly: bool = False) -> Iterator[str]:
    """Leave of the prospect's address in plain *data* only the address itself, and yield a sentence if there is none.

    Not *strictly*, what is no address is the service's to judge, unless it holds a character that cannot be seen.
    """
    for name, value in data.items():
        if isinstance(value, str) and value.strip() and folded(name) == _EMAIL:
            try:
                data[name] = read_address(value)
            except NotAnAddressError as error:
                if strictly or any(is_invisible(value, index) for index in range(len(value))):
                    yield f"prospect[{name!r:.80}] {error}"


def uid_problem(uid: object) -> Iterator[str]:
    """Yield a sentence if *uid* is not a UUID, which the BookIt Log ID is; None is for one to be made."""
    text = str(uid) if isinstance(uid, UUID) else uid
    if text is not None and not (isinstance(text, str) and _UUID.fullmatch(text)):
        yield "uid must be a UUID, such as str(uuid.uuid4()), new for each submission, or None to have one made"


def read_uid(uid: object) -> str:
    """Return the BookIt Log ID that was given, or a new one; `uid_problem` has nothing against it."""
    return str(uuid4() if uid is None else uid) if not isinstance(uid, str) else str.__str__(uid)


def _is_number(value: object) -> bool:
    """Return whether text reads as a finite number: the published example sends one as text."""
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
