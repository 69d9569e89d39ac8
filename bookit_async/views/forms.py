"""The booking form: which fields it has, and how they are filled before a booking is sent."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, cast

from attrs import field, frozen

from .._generated.models import FormField as WireFormField
from .._generated.models import PrefillFields, UserField
from ..hidden import HiddenMapping
from ..scalars import NotPlainError, list_problem, pairs, plain
from ..spelling import did_you_mean, folded
from ..version import PACKAGE
from .addresses import NotAnAddressError, read_address, separate

EMAIL = "Email"
"""Name of the form field that takes the prospect's email address."""
GUESTS = "Additional Guest Emails"
"""Name of the form field that takes a list of email addresses."""
_ADDRESSES = frozenset((EMAIL, GUESTS))


_UNUSABLE = "-"
"""Stands for an answer that was refused, so that it is not called missing as well."""
_PLAIN = (dict, HiddenMapping)
_NAME = attrgetter("name")


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
    """Return the form fields that have a name, in their order."""
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
    """Return the prefilled answers by form field name, those that are no text or empty left out."""
    data = prefill.to_dict() if prefill else {}
    return {name: value for name, value in data.items() if isinstance(value, str) and value}


def fill(
    form: Sequence[FormField],
    *,
    prefill: Mapping[str, str],
    prospect: Mapping[str, Any],
    answers: Mapping[str, Any],
    guests: Collection[str],
) -> FilledForm:
    """Fill every named field from *prefill*, else from the *prospect*'s input of that name; *answers* overrule both.

    Names are compared without case, spaces and punctuation for the prospect (`FirstName` answers `First Name`), exactly
    for the rest. *guests* goes to Additional Guest Emails: each once, the prospect left out. Optional fields without an
    answer are sent empty, for the documentation asks for every defined one.
    """
    problems = [*answers_problem(answers)]
    given: Mapping[Any, Any] = answers
    known = set(map(_NAME, form))
    if type(answers) not in _PLAIN or not known.issuperset(answers):
        given = dict(pairs(answers) or ())
        problems += _unknown(given, known)
    inputs = {folded(name): value for name, value in prospect.items() if value is not None}
    fields: list[UserField] = []
    for one in form:
        name = one.name
        answer = given.get(name)
        if answer is None:
            answer = prefill.get(name)
        if answer is None and inputs and folded(name):
            answer = inputs.get(folded(name))
        value: str | list[str] = answer.strip() if type(answer) is str else ""
        if name in _ADDRESSES or one.validation or (not value and answer is not None):
            try:
                value = [] if name == GUESTS else _written(one, answer)
            except (NotPlainError, NotAnAddressError) as error:
                problems.append(f"{_source(name, given, prefill)} {error}")
                value = _UNUSABLE
        if one.required and not value and not (name == GUESTS and guests):
            problems.append(f"answers[{name!r}] is required and missing")
        fields.append(UserField(name=name, type_=one.type, value=value))
    if guests or GUESTS in given or not isinstance(guests, (list, tuple)):
        problems += _invite(fields, guests, given.get(GUESTS))
    return FilledForm(fields=fields, problems=tuple(problems))


def answers_problem(answers: object) -> Iterator[str]:
    """Yield a sentence if *answers* can be nobody's; known before there is a form."""
    if type(answers) is not dict and not isinstance(answers, Mapping):
        yield "answers must be a mapping from field names to answers"


def has_email(answers: object) -> bool:
    """Return whether answers tell the prospect's address, so that the prospect's data need not."""
    return any(name == EMAIL and value is not None for name, value in pairs(answers) or ())


def guests_problem(guests: object) -> Iterator[str]:
    """Yield a sentence for each of the guests that is not an email address; known before there is a form."""
    if problems := [*list_problem("guests", guests, "email addresses")]:
        yield from problems
        return
    for index, one in enumerate(cast("Collection[object]", guests)):
        try:
            read_address(one)
        except NotAnAddressError as error:
            yield f"guests[{index}] {error}"


def _unknown(given: Iterable[object], known: Collection[str]) -> list[str]:
    """Return a sentence for each answer to no field of a form."""
    return [
        f"answers[{name!r:.80}] is for no field of this form"
        + ((did_you_mean(name, known) if isinstance(name, str) else "") or ": offer.form_fields has them all")
        for name in given
        if name not in known
    ]


def _source(name: str, given: Mapping[Any, Any], prefill: Mapping[str, str]) -> str:
    """Return where the answer to a field came from, and what to do when that is not the caller's."""
    if given.get(name) is not None:
        return f"answers[{name!r}]"
    if prefill.get(name) is not None:
        return f"what the service prefilled for {name!r} cannot be used (give answers={{{name!r}: ...}}): it"
    return f"what the prospect's data has for {name!r}"


def _invite(fields: Iterable[UserField], guests: Collection[str], answer: object) -> list[str]:
    """Put the guests' addresses where they go, each once and without the prospect's own; return what is wrong."""
    problems = [*guests_problem(guests)]
    usable = guests if not problems else ()
    own: str | list[str] = ""
    place = None
    for one in fields:
        if one.name == EMAIL:
            own = one.value
        elif one.name == GUESTS:
            place = one
    if place is None:
        return [*problems, "guests were given, but this form has no field for them"] if guests else problems
    invited = {str(own).casefold(): ""}
    several = separate(answer) if isinstance(answer, str) else [] if answer is None else answer
    if isinstance(several, (bytes, Mapping)) or not isinstance(several, Iterable):
        return [*problems, f"answers[{GUESTS!r}] must be a list of email addresses"]
    for index, guest in enumerate(cast("Iterable[object]", several)):
        try:
            address = read_address(guest)
            invited.setdefault(address.casefold(), address)
        except NotAnAddressError as error:
            problems.append(f"answers[{GUESTS!r}][{index}] {error}")
    for guest in usable:
        address = read_address(guest)
        invited.setdefault(address.casefold(), address)
    place.value = [address for address in invited.values() if address]
    return problems


def _written(one: FormField, answer: object) -> str | list[str]:
    """Return an answer as it is sent: text, or the texts of a list; an error for what is neither."""
    is_address = one.name == EMAIL or one.validation == "email"
    if type(answer) is str:
        text = answer.strip()
    elif issubclass(type(answer), (list, tuple)) and not is_address:
        return [text for each in cast("Sequence[object]", answer) if (text := _text(plain(each)))]
    else:
        text = _text(plain(answer))
    return read_address(text) if is_address and text else text


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value).strip()
