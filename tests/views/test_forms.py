"""The booking form as tables: what is sent for what is known."""

from typing import Any

import pytest

from bookit_async._generated.models import FormField as WireFormField
from bookit_async._generated.models import PrefillFields
from bookit_async.views.forms import GUESTS, FormField, fill, read_form, read_prefill

EMAIL = FormField(name="Email", required=True)
SIZE = FormField(name="Company Size")
INVITED = FormField(name=GUESTS, type="textarea")


def filled(
    *form: FormField,
    prefill: dict[str, str] | None = None,
    prospect: dict[str, Any] | None = None,
    answers: dict[str, Any] | None = None,
    guests: tuple[str, ...] = (),
) -> tuple[list[Any], tuple[str, ...]]:
    result = fill(form, prefill=prefill or {}, prospect=prospect or {}, answers=answers or {}, guests=guests)
    return [one.value for one in result.fields], result.problems


ROWS: list[tuple[str, dict[str, Any], FormField, Any]] = [
    ("prefill", {"prefill": {"Email": "a@x.example"}}, EMAIL, "a@x.example"),
    (
        "prefill before prospect",
        {"prefill": {"Email": "a@x.example"}, "prospect": {"Email": "b@x.example"}},
        EMAIL,
        "a@x.example",
    ),
    (
        "answers before both",
        {"prefill": {"Email": "a@x.example"}, "answers": {"Email": "c@x.example"}},
        EMAIL,
        "c@x.example",
    ),
    ("prospect by a like name", {"prospect": {"company_size": "50"}}, SIZE, "50"),
    ("prospect by another case", {"prospect": {"CompanySize": "50"}}, SIZE, "50"),
    ("a prospect's None is no answer", {"prospect": {"CompanySize": None}}, SIZE, ""),
    ("a number", {"answers": {"Company Size": 50}}, SIZE, "50"),
    ("a fraction", {"answers": {"Company Size": 0.5}}, SIZE, "0.5"),
    ("yes", {"answers": {"Company Size": True}}, SIZE, "true"),
    ("no", {"answers": {"Company Size": False}}, SIZE, "false"),
    ("text is trimmed", {"answers": {"Company Size": " 50 "}}, SIZE, "50"),
    ("an optional field without an answer is sent empty", {}, SIZE, ""),
    ("guests as a list", {"guests": ("g@x.example", "h@x.example")}, INVITED, ["g@x.example", "h@x.example"]),
    ("several of a list", {"answers": {"Company Size": ["a", " ", 1]}}, SIZE, ["a", "1"]),
    ("no guests as an empty list", {}, INVITED, []),
    ("guests through answers", {"answers": {GUESTS: ["g@x.example"]}}, INVITED, ["g@x.example"]),
    ("one guest through answers", {"answers": {GUESTS: "g@x.example"}}, INVITED, ["g@x.example"]),
]


@pytest.mark.parametrize(("known", "field", "value"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_field_is_filled(known: dict[str, Any], field: FormField, value: Any) -> None:
    assert filled(field, **known) == ([value], ())


PROBLEMS: list[tuple[str, dict[str, Any], tuple[FormField, ...], list[str]]] = [
    ("required and missing", {}, (EMAIL,), ["answers['Email'] is required and missing"]),
    ("required and blank", {"answers": {"Email": "  "}}, (EMAIL,), ["answers['Email'] is required and missing"]),
    ("an unknown field", {"answers": {"Mail": "x"}}, (SIZE,), ["answers['Mail'] is for no field of this form"]),
    ("no text", {"answers": {"Company Size": {}}}, (SIZE,), ["answers['Company Size'] is of type dict: give text"]),
    ("no list of text", {"answers": {GUESTS: [1]}}, (INVITED,), [f"answers[{GUESTS!r}][0] must be an email address"]),
    (
        "guests without a field",
        {"guests": ("g@x.example",)},
        (SIZE,),
        ["guests were given, but this form has no field"],
    ),
    (
        "no address",
        {"guests": ("g@x.example", "g", "a b@c")},
        (INVITED,),
        ["guests[1] must be", "guests[2] must be"],
    ),
    ("all at once", {"answers": {"Mail": "x"}}, (EMAIL, SIZE), ["answers['Mail']", "answers['Email']"]),
]


@pytest.mark.parametrize(("known", "form", "expected"), [row[1:] for row in PROBLEMS], ids=[row[0] for row in PROBLEMS])
def test_problems_name_the_field_never_the_value(
    known: dict[str, Any], form: tuple[FormField, ...], expected: list[str]
) -> None:
    _, problems = filled(*form, **known)
    assert len(problems) == len(expected)
    for found, start in zip(problems, expected, strict=True):
        assert found.startswith(start)


def test_nameless_fields_are_unused() -> None:
    wire = [
        WireFormField(name="Email", type_="text", required=True, read_only=True, validation="email"),
        WireFormField(name=""),
        WireFormField(name=" "),
        WireFormField(),
        WireFormField(name="Why?", is_additional_question=True),
    ]
    assert read_form(wire) == (
        FormField(name="Email", type="text", required=True, read_only=True, validation="email"),
        FormField(name="Why?", is_additional_question=True),
    )


def test_prefill_keeps_what_is_text() -> None:
    wire = PrefillFields.read({"First Name": "Ada", "Last Name": "", "Email": None, "Company": "AE", "Size": 3})
    assert read_prefill(wire) == {"First Name": "Ada", "Company": "AE"}
    assert read_prefill(None) == {}


FATHER, MOTHER = "पिता", "पति"
"""Two words that differ in vowel signs and their order only."""
LABELS: list[tuple[str, str, str, str]] = [
    ("a vowel sign is no punctuation", FATHER, MOTHER, ""),
    ("the same word", FATHER, FATHER, "x"),
    ("composed and not", "Pr\u00e9nom", "Pre\u0301nom", "x"),
    ("case, spaces and punctuation", "First-Name", "first name", "x"),
    ("another picture", "📧", "📞", ""),
    ("the same picture", "📧", "📧", "x"),
    ("nothing but punctuation matches nothing", "***", "---", ""),
]


@pytest.mark.parametrize(("label", "name", "value"), [row[1:] for row in LABELS], ids=[row[0] for row in LABELS])
def test_labels_are_compared_without_what_means_nothing(label: str, name: str, value: str) -> None:
    assert filled(FormField(name=label), prospect={name: "x"}) == ([value], ())


def test_what_was_not_answered_by_the_caller_says_where_it_came_from() -> None:
    _, problems = filled(EMAIL, prefill={"Email": "nobody"})
    assert problems[0].startswith("what the service prefilled for 'Email' cannot be used (give answers={'Email': ...})")
    _, problems = filled(EMAIL, prospect={"Email": "nobody"})
    assert problems[0].startswith("what the prospect's data has for 'Email' must be an email address")


def test_guests_that_are_no_list_are_told_in_one_sentence() -> None:
    told = fill((INVITED,), prefill={}, prospect={}, answers={}, guests="g@x.example").problems
    assert told == ("guests must be a list of email addresses: put a single one in brackets",)
    assert filled(INVITED, answers={GUESTS: 5})[1] == (f"answers[{GUESTS!r}] must be a list of email addresses",)
