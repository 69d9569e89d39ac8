"""The booking form: which fields it has, and how they are filled before a booking is sent."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from attrs import field, frozen

from .._generated.models import FormField as WireFormField
from .._generated.models import PrefillFields, UserField
from ..version import PACKAGE

GUESTS = "Additional Guest Emails"
"""Name of the form field that takes a list of email addresses."""

_LARGEST = 2.0**64
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+")


@frozen(kw_only=True)
class FormField:
    """One field of the booking form. Fields without a name are unused and never get here."""

    __module__ = PACKAGE

    name: str
    """The label, which is also the key for `answers`."""
    type: str = "text"
    """The kind of input, for example `text` or `textarea`."""
    required: bool = False
    """Whether a booking must answer it."""
    read_only: bool = False
    """Whether the prospect may change a prefilled answer (legacy calls only)."""
    validation: str | None = None
    """`email` or None (legacy calls only)."""
    is_additional_question: bool = False
    """Whether it is a custom question (legacy calls only)."""


@frozen(kw_only=True)
class FilledForm:
    """What filling a form gave: the fields to send, and a sentence for each thing that stands in the way."""

    fields: list[UserField] = field(repr=False)
    problems: tuple[str, ...]


def read_form(fields: Iterable[WireFormField]) -> tuple[FormField, ...]:
    """Give the form fields that have a name, in their order."""
    return tuple(
        FormField(
            name=wire.name,
            type=wire.type_ or "text",
            required=bool(wire.required),
            read_only=bool(wire.read_only),
            validation=wire.validation,
            is_additional_question=bool(wire.is_additional_question),
        )
        for wire in fields
        if wire.name and wire.name.strip()
    )


def read_prefill(prefill: PrefillFields | None) -> dict[str, str]:
    """Give the prefilled answers by form field name, those that are no text or empty left out."""
    data = prefill.to_dict() if prefill else {}
    return {name: value for name, value in data.items() if isinstance(value, str) and value}


def fill(
    form: Sequence[FormField],
    *,
    prefill: Mapping[str, str],
    prospect: Mapping[str, Any],
    answers: Mapping[str, Any],
    guests: Sequence[str],
) -> FilledForm:
    """Fill every named field from *prefill*, else from the *prospect*'s input of that name; *answers* overrule both.

    Names are compared without case, spaces and punctuation for the prospect (`FirstName` answers `First Name`), exactly
    for the rest. *guests* goes to Additional Guest Emails. Optional fields without an answer are sent empty, for the
    documentation asks for every defined one.
    """
    problems: list[str] = []
    if not isinstance(answers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        answers, problems = {}, ["answers is no mapping from field names to answers"]
    if not isinstance(guests, Sequence):  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        guests, problems = (), [*problems, "guests is no list of email addresses"]
    by_plain_name = {_plain(name): value for name, value in prospect.items() if value is not None}
    known = {one.name for one in form}
    problems += [f"answers[{name!r}] is for no field of this form" for name in answers if name not in known]
    problems += [f"guests[{index}] is no email address" for index, one in enumerate(guests) if not is_email(one)]
    if guests and GUESTS not in known:
        problems.append("guests were given, but this form has no field for them")
    fields: list[UserField] = []
    for one in form:
        answer = answers.get(one.name)
        if one.name == GUESTS:
            answer = list(guests) if answer is None else [answer] if isinstance(answer, str) else answer
        if answer is None:
            answer = prefill.get(one.name)
        if answer is None:
            answer = by_plain_name.get(_plain(one.name))
        value = _written(answer)
        if value is None:
            problems.append(f"answers[{one.name!r}] is no text{', number, yes or no' if one.name != GUESTS else ''}")
        elif one.required and not value:
            problems.append(f"answers[{one.name!r}] is required and missing")
        fields.append(UserField(name=one.name, type_=one.type, value="" if value is None else value))
    return FilledForm(fields=fields, problems=tuple(problems))


def is_email(value: object) -> bool:
    """Tell whether a value has the shape of one email address; whether it exists is not for us to say."""
    return isinstance(value, str) and _EMAIL.fullmatch(value) is not None


@lru_cache(maxsize=1024)
def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).casefold()


def _written(answer: object) -> str | list[str] | None:
    match answer:
        case str():
            return answer.strip()
        case None:
            return ""
        case bool():
            return "true" if answer else "false"
        case int() | float():
            return str(answer) if abs(answer) <= _LARGEST else None  # NaN is not either
        case list() | tuple():
            texts = [item for item in answer if isinstance(item, str)]  # pyright: ignore[reportUnknownVariableType]
            return texts if len(texts) == len(answer) else None  # pyright: ignore[reportUnknownArgumentType]
        case _:
            return None
