"""The booking form: the fields of a meeting type, and the check of what was filled in. Pure."""

import re
from collections.abc import Iterable, Sequence

from attrs import frozen

from ..world import MeetingType, Question
from .refusals import invalid, missing_input

FIRST_NAME = "First Name"
LAST_NAME = "Last Name"
EMAIL = "Email"
GUESTS = "Additional Guest Emails"
DEFAULT_FIELDS = (
    Question(name=FIRST_NAME, required=True),
    Question(name=LAST_NAME, required=True),
    Question(name=EMAIL, required=True, validation="email"),
    Question(name=GUESTS, type="textarea"),
)


@frozen
class FilledForm:
    """What a prospect answered; `answers` maps every label to its text."""

    answers: dict[str, str]
    guests: tuple[str, ...]

    @property
    def email(self) -> str:
        """The prospect's address."""
        return self.answers[EMAIL]


def fields(meeting_type: MeetingType) -> tuple[Question, ...]:
    """The four default fields, then the meeting type's own questions."""
    return DEFAULT_FIELDS + meeting_type.questions


def fill(meeting_type: MeetingType, given: Iterable[tuple[str, str | Sequence[str]]]) -> FilledForm:
    """The form with these answers, label and value each; answers to no field are let pass. Raises the first refusal."""
    values = {name: (value,) if isinstance(value, str) else tuple(value) for name, value in given}
    for field in fields(meeting_type):
        texts = [text for text in values.get(field.name, ()) if text.strip()]
        if field.required and not texts:
            raise missing_input(field.name)
        if field.validation == "email":
            _check_addresses(field.name, texts)
    guests = tuple(address for text in values.get(GUESTS, ()) for address in re.split(r"[,;\s]+", text) if address)
    _check_addresses(GUESTS, guests)
    return FilledForm({name: ", ".join(texts) for name, texts in values.items()}, guests)


def _check_addresses(name: str, texts: Iterable[str]) -> None:
    if not all(re.fullmatch(r"[^@\s]+@[^@\s]+", text) for text in texts):
        raise invalid(f"{name} must be an email address")
