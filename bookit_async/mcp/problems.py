"""Errors as a model is told them: what happened and what it can do next, and nothing private."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from ..desk.sealing import ReferenceExpiredError, ReferenceInvalidError
from ..errors import (
    APIStatusError,
    AuthenticationError,
    BookItError,
    HostNotReadyError,
    InvalidInputError,
    LinkNotFoundError,
    LinkSpentError,
    LinkUnsupportedError,
    MeetingNotFoundError,
    MissingInputError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    RefusedInputError,
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
    TooSoonError,
    TriggerNodeNotFoundError,
)
from .texts import harmless

MOST_PROBLEMS = 10
"""Problems that are told of one call."""
LONGEST_PROBLEM = 200
"""Characters of each."""


class ToolError(Exception):
    """A call that cannot be done. `what` and `next` are told to the model, and *members* beside them."""

    def __init__(self, what: str, *, next: str, **members: object) -> None:  # noqa: A002 - the member's name
        super().__init__(what)
        self.what = what
        self.next = next
        self.members = members

    def told(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {"error": self.what, "next": self.next, **self.members}


@frozen
class Told:
    """How one error is told."""

    what: str
    next: str


_LATER = "Try once more in a minute; if it fails again, tell the person."
_OURS = "Trying again will not help: tell the person that whoever runs this server has to look at it."
_LOOK_AGAIN = "Nothing was booked. Ask for slots again (find_slots, route_prospect) and propose another time."

TOLD: Mapping[type[BookItError], Told] = {
    InvalidInputError: Told("something in the call cannot be used", "Correct what untrusted_problems names."),
    MissingInputError: Told("a required input is missing", "Ask the person for it, and route once more."),
    RefusedInputError: Told("an input is not taken", "Ask the person to correct it."),
    ReferenceInvalidError: Told("this id was not made here", "Pass ids on exactly as a tool of this server gave them."),
    ReferenceExpiredError: Told("this id has expired", "Ask for a new one with the tool that gave it."),
    TriggerNodeNotFoundError: Told("the service knows no such trigger node", _OURS),
    LinkNotFoundError: Told("the service knows no such link", _OURS),
    LinkUnsupportedError: Told("this link cannot be booked by a server", _OURS),
    LinkSpentError: Told("this link was good for one meeting, which was booked", "Use another entry point."),
    MeetingNotFoundError: Told("there is no such meeting", "find_meetings tells which there are."),
    SlotTakenError: Told("the time is no longer open", _LOOK_AGAIN),
    TooSoonError: Told("the time is too close", _LOOK_AGAIN),
    TokenSpentError: Told("a meeting was booked with this offer already", "find_meetings tells when it is."),
    HostNotReadyError: Told("nobody can be booked", _OURS),
    OutcomeUnknownError: Told("it is not known yet whether this was done", "Make the same call again: it is safe."),
    NotSentError: Told("the scheduling service cannot be reached, and nothing was done", _LATER),
    RateLimitError: Told("the scheduling service is busy, and nothing was done", _LATER),
    ServerError: Told("the scheduling service failed", _LATER),
    AuthenticationError: Told("the scheduling service refuses this server", _OURS),
    ResponseInvalidError: Told("the scheduling service gave an answer that cannot be read", _OURS),
    APIStatusError: Told("the scheduling service refused", _OURS),
    BookItError: Told("the bookings cannot be kept for now", _LATER),
}
UNEXPECTED = ToolError("this server made a mistake", next=_OURS)


def told(error: BookItError) -> ToolError:
    """Return how an error is told."""
    kind = next(one for one in type(error).__mro__ if one in TOLD)
    members: dict[str, object] = {}
    if isinstance(error, InvalidInputError):
        members["untrusted_problems"] = [problem_line(one) for one in error.problems[:MOST_PROBLEMS]]
    if isinstance(error, (MissingInputError, RefusedInputError)):
        members["untrusted_input"] = harmless(error.name)
    return ToolError(TOLD[kind].what, next=TOLD[kind].next, **members)


def problem_line(problem: str) -> str:
    """Return a problem's sentence made harmless, for names of others stand in it."""
    return harmless(problem, longest=LONGEST_PROBLEM)
