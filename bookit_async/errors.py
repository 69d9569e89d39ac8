"""Everything that this package raises on purpose, as one tree.

BookItError
├── InvalidInputError (also a ValueError)   a mistake of the caller, found before anything was sent
├── NoAnswerError                           no answer came
│   ├── NotSentError                        surely not processed
│   └── OutcomeUnknownError                 perhaps processed
└── APIStatusError                          the service answered, not with what was asked for
    ├── AuthenticationError                 401, 403
    ├── RateLimitError                      429
    ├── ServerError                         5xx
    ├── TriggerNodeNotFoundError            no trigger node of that name
    ├── MissingInputError                   a required input was not sent
    ├── RefusedInputError                   an input was sent that the service does not take
    ├── HostNotReadyError                   a host lacks BookIt access or a working calendar
    ├── TokenSpentError                     a meeting was already booked with this token
    ├── SlotTakenError                      somebody else took the slot
    ├── TooSoonError                        inside the minimum booking notice
    ├── LinkNotFoundError                   no such BookIt Link
    ├── LinkUnsupportedError                a link, but not of a single meeting type
    ├── LinkSpentError                      a single-use link, used
    ├── MeetingNotFoundError                no such meeting
    └── ResponseInvalidError                the answer is not of the documented shape

`str()` and `repr()` of every error are safe to log: no API key, no token, nothing about the prospect. What the service
wrote stays in `.sentence` and `.body`, because nobody can promise what a sentence not seen before contains. For the
same reason errors are made from keywords only and keep nothing in `.args`. All can be pickled and copied.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from inspect import get_annotations
from typing import TYPE_CHECKING, Any, ClassVar, Required, Self, TypedDict, TypeVar, Unpack, cast

from .hidden import HiddenMapping, hidden
from .version import PACKAGE

if TYPE_CHECKING:
    from .views.offers import Offer
    from .views.pending import PendingBooking

__all__ = [
    "APIStatusError",
    "AuthenticationError",
    "BookItError",
    "HostNotReadyError",
    "InvalidInputError",
    "LinkNotFoundError",
    "LinkSpentError",
    "LinkUnsupportedError",
    "MeetingNotFoundError",
    "MissingInputError",
    "NoAnswerError",
    "NotSentError",
    "OutcomeUnknownError",
    "RateLimitError",
    "RefusedInputError",
    "ResponseInvalidError",
    "ServerError",
    "SlotTakenError",
    "TokenSpentError",
    "TooSoonError",
    "TriggerNodeNotFoundError",
]

_Error = TypeVar("_Error", bound="BookItError")
_VERSION = 1
"""Of the notation of `to_dict`."""
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_ -]{0,39}")
_MOST_KEYS = 12
_LEFT_BEHIND = frozenset(("advice", "body", "sentence", "offer"))


def _restored(kind: type[_Error], state: dict[str, Any]) -> _Error:
    error = kind.__new__(kind)
    error.__dict__.update(state)
    return error


def _kinds(root: "type[BookItError]") -> "Iterator[type[BookItError]]":
    yield root
    for kind in root.__subclasses__():
        yield from _kinds(kind)


class BookItError(Exception):
    """The root: catch it to catch everything that this package raises on purpose."""

    __module__ = PACKAGE

    operation: str | None
    """The Python name of the operation (`"book_meeting"`); None when the error belongs to none."""
    advice: str = ""
    """What to do next, a sentence or two; the message ends with it."""

    what: ClassVar[str] = "something went wrong"
    shown: ClassVar[tuple[str, ...]] = ("operation",)

    def __init__(self, *, operation: str | None = None) -> None:
        super().__init__()
        self.operation = operation

    def _details(self) -> Mapping[str, object]:
        return vars(self)

    @property
    def summary(self) -> str:
        """Return what happened in a sentence, without what a program can do next: for people who use one."""
        what = self.what.format_map(self._details())
        return f"{what}{'' if what.endswith('?') else '.'}"

    def __str__(self) -> str:
        where = f"{self.operation}: " if self.operation else ""
        return f"{where}{self.summary} {self._next()}".rstrip()

    def _next(self) -> str:
        """Return what to do now."""
        return self.advice

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.shown)
        return f"{type(self).__name__}({fields})"

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), self.__dict__.copy())

    def __copy__(self) -> Self:
        return _restored(type(self), self.__dict__)

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `BookItError.from_dict`.

        Nothing in it is secret but a `booking`, which holds what `PendingBooking.to_dict` says. What the service wrote
        (`body`, `sentence`) and an offer are left behind.
        """
        kept = {name: value for name, value in vars(self).items() if name not in _LEFT_BEHIND}
        if kept.get("booking") is not None:
            kept["booking"] = kept["booking"].to_dict()
        written = {
            name: list(cast("tuple[object, ...]", value)) if isinstance(value, tuple) else value
            for name, value in kept.items()
        }
        return {"type": type(self).__name__, "version": _VERSION, **written}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> "BookItError":
        """Return the error that `to_dict` wrote down, of its class; InvalidInputError when it did not."""
        from msgspec import ValidationError, convert  # what reads errors has more than they need to be raised

        from .views.pending import PendingBooking  # the one thing that an error carries from below it

        data = hidden(data)
        ours = {one.__name__: one for one in _kinds(BookItError) if f"{one.__module__}.".startswith(f"{PACKAGE}.")}
        kind = ours.get(str(data.get("type"))) if isinstance(data, Mapping) else None  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        if kind is None:
            problem = "this is not an error that was written down by to_dict, or a newer version wrote it"
            raise InvalidInputError(problems=[problem])
        refuse(version_problem(kind.__name__, data.get("version"), ours=_VERSION))
        with suppress(ValidationError, KeyError, TypeError, ValueError):
            types = {name: one for base in reversed(kind.__mro__) for name, one in get_annotations(base).items()}
            types["booking"] = dict[str, Any] | None
            given = HiddenMapping((name, convert(data[name], types[name])) for name in types.keys() & data.keys())
            if given.get("booking") is not None:
                given["booking"] = PendingBooking.from_dict(given["booking"])
            return kind(**given)
        problem = f"this {kind.__name__} that was written down is incomplete or damaged"
        raise InvalidInputError(problems=[problem])


class InvalidInputError(BookItError, ValueError):
    """What the caller gave cannot be sent."""

    __module__ = PACKAGE

    problems: tuple[str, ...]
    """All that is wrong, a sentence each, without the values."""
    late: bool = False
    """Whether slots were looked at before it could be known: nothing was booked or moved, but something was sent."""

    what = "{all_problems}"
    advice = "Nothing was sent: correct the call."
    shown = ("operation", "problems")

    def __init__(self, *, problems: Iterable[str], operation: str | None = None, late: bool = False) -> None:
        super().__init__(operation=operation)
        self.problems = tuple(problems)
        self.late = late

    def _details(self) -> Mapping[str, object]:
        told = [problem.rstrip(". ") for problem in self.problems[:_TOLD]]
        more = len(self.problems) - _TOLD
        return {"all_problems": "; ".join([*told, f"and {more} more, see .problems"] if more > 0 else told)}

    def _next(self) -> str:
        return "Nothing was booked or moved: correct the call." if self.late else self.advice


_TOLD = 10
"""Problems that a message tells."""


def version_problem(name: str, version: object, *, ours: int) -> Iterator[str]:
    """Yield a sentence if what was written down as a *name* has a version that cannot be read here."""
    if type(version) is not int or version < 1:
        yield f"this is not a {name} that was written down by to_dict: its version must be a whole number from 1 on"
    elif version > ours:
        yield f"this {name} was written down by a newer version of this package: update it here, too"


def refuse(problems: Iterable[str], *, operation: str | None = None, late: bool = False) -> None:
    """Raise InvalidInputError if there are any problems."""
    if found := tuple(problems):
        raise InvalidInputError(problems=found, operation=operation, late=late)


class NoAnswerError(BookItError):
    """No answer came."""

    __module__ = PACKAGE

    reason: str
    """Where it failed, in our own words: no URL, no header, no body."""

    what = "no answer: {reason}"
    shown: ClassVar[tuple[str, ...]] = ("operation", "reason")

    def __init__(self, *, reason: str, operation: str | None = None) -> None:
        super().__init__(operation=operation)
        self.reason = reason


class NotSentError(NoAnswerError):
    """The request never left: the name did not resolve, the connection was refused, TLS failed, none was free."""

    __module__ = PACKAGE

    what = "not sent: {reason}"
    advice = "Nothing was processed: check base_url and the network, then call again."

    def _next(self) -> str:
        return _NOT_SENT.get(self.reason.partition(" raised ")[0], self.advice)


_CLOSED = "Nothing was processed: call before close(), inside `async with`, or make another client."
_LATE = "Nothing was processed: call again, with a longer deadline= if that is too short for the service."
_NOT_SENT = {
    "the client is closed": _CLOSED,
    "the transport is closed": _CLOSED,
    "the deadline is over": _LATE,
    "too little time is left to start it": _LATE,
    "before_send": "Nothing was processed: the cause of this error tells why your before_send let nothing out.",
}
"""By reasons that are no trouble of the network, what to do."""


class OutcomeUnknownError(NoAnswerError):
    """The request may have been processed and the answer is lost: a time out, a lost connection, a cut answer."""

    __module__ = PACKAGE

    booking: "PendingBooking | None"
    """What is needed to look a booking up later: prospect, slot, hosts, token state, request ids; None when it was no
    booking."""
    status: int | None
    """The HTTP status of an answer that could not be read; None without one."""
    request_id: str | None
    """The gateway's `x-amzn-requestid` of such an answer; None without one."""
    body: bytes
    """The bytes of such an answer as they came; empty without one."""
    changes: bool = True
    """False for an operation that may simply be called again."""

    what = "perhaps processed, the outcome is unknown: {reason}"
    advice = (
        "Do not simply repeat it, or a meeting may be booked twice: `await client.settle(error)` finds out for a "
        "booking, client.meeting(meeting_id) for a meeting that was to be changed."
    )

    shown = (*NoAnswerError.shown, "status", "request_id")

    def __init__(
        self,
        *,
        reason: str,
        operation: str | None = None,
        booking: "PendingBooking | None" = None,
        status: int | None = None,
        request_id: str | None = None,
        body: bytes = b"",
        changes: bool = True,
    ) -> None:
        super().__init__(reason=reason, operation=operation)
        self.booking = booking
        self.status = status
        self.request_id = request_id
        self.body = body
        self.changes = changes

    def _next(self) -> str:
        return self.advice if self.changes else "It changes nothing: call again."


class Answer(TypedDict, total=False):
    """What each error of the answer branch is made from; `APIStatusError` says what the fields hold."""

    status: Required[int]
    operation: str | None
    request_id: str | None
    body: bytes
    sentence: str | None


class APIStatusError(BookItError):
    """The service answered with an error, here one that no class below describes."""

    __module__ = PACKAGE

    status: int
    """The HTTP status."""
    request_id: str | None
    """The gateway's `x-amzn-requestid`; None when absent."""
    body: bytes
    """The answer's bytes as they came. Nobody can promise what is in it: do not log it."""
    sentence: str | None
    """The text of the `error` or `message` envelope, in the service's words; None when the body has neither."""

    advice = "Give LeanData's support the request id."
    shown: ClassVar[tuple[str, ...]] = ("operation", "status", "request_id")
    what = "the service gave an error that this version does not know"

    def __init__(
        self,
        *,
        status: int,
        operation: str | None = None,
        request_id: str | None = None,
        body: bytes = b"",
        sentence: str | None = None,
    ) -> None:
        super().__init__(operation=operation)
        self.status = status
        self.request_id = request_id
        self.body = body
        self.sentence = sentence

    @property
    def summary(self) -> str:
        if type(self) is APIStatusError and self._is_unsaid():
            return f"{_UNSAID[self.status]}. {said_of(self.body)}"
        return super().summary

    def __str__(self) -> str:
        seen = f" [HTTP {self.status}, request id {self.request_id or 'absent'}]"
        of_status = type(self) in (APIStatusError, AuthenticationError, RateLimitError, ServerError)
        unread = " For the service's own words see .sentence." if of_status and self.sentence else ""
        return f"{super().__str__()}{unread}{seen}"

    def _next(self) -> str:
        if type(self) is APIStatusError and self._is_unsaid():
            return ""
        if self.request_id is None and self.advice is APIStatusError.advice:
            return "Answers of the service have a request id, and this one has none: check base_url."
        return self.advice

    def _is_unsaid(self) -> bool:
        return self.status in _UNSAID and not self.sentence and (bool(self.body) or self.status < 400)


_UNSAID: Mapping[int, str] = {
    **dict.fromkeys(range(100, 200), "the answer is none, of a kind that nobody asked for"),
    **dict.fromkeys(range(200, 300), "the answer is a success of a kind that is not documented"),
    **dict.fromkeys(range(300, 400), "the answer leads elsewhere, where it is not followed"),
    **dict.fromkeys(range(400, 500), "the request was refused, without a word of the service"),
}
"""By status, what an answer without a sentence of the service is."""


class AuthenticationError(APIStatusError):
    """401 or 403: the API key is missing, wrong, or not allowed to do this."""

    __module__ = PACKAGE

    what = "the API key was not accepted"
    advice = "Check api_key or BOOKIT_API_KEY; keys are issued by LeanData."


class RateLimitError(APIStatusError):
    """429: too many requests. The request was not processed."""

    __module__ = PACKAGE

    what = "too many requests"
    advice = "Nothing was processed: wait, then call again with fewer calls at once."


class ServerError(APIStatusError):
    """5xx: the service failed, or the gateway gave up waiting for it, which it does after 29 seconds."""

    __module__ = PACKAGE

    what = "the service failed or was too slow"
    advice = "It may have gone on and processed the request: read the meeting before writing again."


class TriggerNodeNotFoundError(APIStatusError):
    """No trigger node of that name."""

    __module__ = PACKAGE

    trigger_node: str | None
    """The name asked for; None when the service does not repeat it."""

    what = "no such trigger node{named}"
    advice = "Names are exact and case-sensitive: copy it from the trigger node in LeanData."
    shown = (*APIStatusError.shown, "trigger_node")

    def __init__(self, *, trigger_node: str | None = None, **answer: Unpack[Answer]) -> None:
        super().__init__(**answer)
        self.trigger_node = trigger_node

    def _details(self) -> Mapping[str, object]:
        return {"named": "" if self.trigger_node is None else f": {self.trigger_node!r}"}


class MissingInputError(APIStatusError):
    """A required input was not sent."""

    __module__ = PACKAGE

    name: str
    """Its wire name, or the service's words where it names several."""

    what = "required input missing: {name!r}"
    advice = "Add it; if it is an input of a trigger node, client.inputs(trigger_node) lists them all."
    shown = (*APIStatusError.shown, "name")

    def __init__(self, *, name: str, **answer: Unpack[Answer]) -> None:
        super().__init__(**answer)
        self.name = name


class RefusedInputError(APIStatusError):
    """The service does not take what it was sent: a bad address, a status it does not know, a token that is none."""

    __module__ = PACKAGE

    name: str
    """The wire name of what was refused."""

    what = "the service does not take what was sent as {name}"
    advice = "Nothing was changed: correct it; a token or params come from routing, whole and with the same API key."
    shown = (*APIStatusError.shown, "name")

    def __init__(self, *, name: str, **answer: Unpack[Answer]) -> None:
        super().__init__(**answer)
        self.name = name


class HostNotReadyError(APIStatusError):
    """Hosts without BookIt access or with an expired calendar connection."""

    __module__ = PACKAGE

    user_ids: tuple[str, ...]
    """The hosts' user ids."""

    what = "hosts that cannot be booked: {hosts}"
    advice = "Repeating cannot help: have their BookIt license and calendar connection repaired in LeanData."
    shown = (*APIStatusError.shown, "user_ids")

    def __init__(self, *, user_ids: Iterable[str], **answer: Unpack[Answer]) -> None:
        super().__init__(**answer)
        self.user_ids = tuple(user_ids)

    def _details(self) -> Mapping[str, object]:
        return {"hosts": ", ".join(self.user_ids) or "see .sentence"}


class TokenSpentError(APIStatusError):
    """The one-shot token was used: a meeting exists."""

    __module__ = PACKAGE

    what = "a meeting was already booked with this token"
    advice = (
        "Find it with client.meetings(prospect_email), and its open slots with client.availability(meeting_id=...); "
        "for another meeting, route again."
    )


class SlotTakenError(APIStatusError):
    """Somebody took the slot after it was fetched."""

    __module__ = PACKAGE

    offer: "Offer | None"
    """The slots that are open now; None when nobody looked. It belongs to an open client: a pickle leaves it behind."""

    what = "the selected time is no longer available"
    advice = "Nothing was booked: choose another slot, from .offer or a fresh offer."

    def __init__(self, *, offer: "Offer | None" = None, **answer: Unpack[Answer]) -> None:
        super().__init__(**answer)
        self.offer = offer

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (type(self), {**self.__dict__, "offer": None})


class TooSoonError(APIStatusError):
    """The slot starts inside the minimum notice of its meeting type."""

    __module__ = PACKAGE

    what = "the selected time is inside the minimum booking notice"
    advice = "Nothing was booked: choose a later slot."


class LinkNotFoundError(APIStatusError):
    """No BookIt Link has that id."""

    __module__ = PACKAGE

    what = "no such BookIt Link"
    advice = "link_id is the path segment after /l/ in the link's URL."


class LinkUnsupportedError(APIStatusError):
    """The link exists, but is a multi-type, routing, dynamic or invite link."""

    __module__ = PACKAGE

    what = "this kind of BookIt Link cannot be booked through the API"
    advice = "Use a link of a single meeting type."


class LinkSpentError(APIStatusError):
    """The link allows one booking and has had it."""

    __module__ = PACKAGE

    what = "this single-use BookIt Link was already used"
    advice = "Ask for a new link; client.meetings(prospect_email) finds the meeting booked through it."


class MeetingNotFoundError(APIStatusError):
    """No meeting has that id."""

    __module__ = PACKAGE

    what = "no such meeting"
    advice = "Check the meeting id; client.meetings(prospect_email) lists the meetings of a prospect."


class ResponseInvalidError(APIStatusError):
    """The answer is not of the documented shape."""

    __module__ = PACKAGE

    path: str
    """The JSON path of the fault; `"$"` when the answer is not JSON."""
    looked_for: str | None
    """What was to be there, a key or a type; None when the answer is no JSON."""
    found: str | None
    """The JSON type that is there."""
    keys: tuple[str, ...] | None
    """The keys that are there in the place of one that was looked for, as far as they look like names of fields; None
    for a value of the wrong type."""
    changes: bool | None
    """Whether the operation was to change something; None when that is not known."""

    what = "the answer is not of the documented shape at {path}"
    shown = (*APIStatusError.shown, "path")

    def __init__(
        self,
        *,
        path: str,
        looked_for: str | None = None,
        found: str | None = None,
        keys: Iterable[str] | None = None,
        changes: bool | None = None,
        **answer: Unpack[Answer],
    ) -> None:
        super().__init__(**answer)
        self.path = path
        self.looked_for = looked_for
        self.found = found
        self.keys = None if keys is None else tuple(key for key in keys if _KEY.fullmatch(key))[:_MOST_KEYS]
        self.changes = changes
        self.advice = f"{self._seen()}{_REPEATING[changes]} For a bug report, .body has the bytes."

    def _seen(self) -> str:
        if self.looked_for is None:
            return f"{said_of(self.body)} " if self.path == "$" and self.body else ""
        if self.keys is None:
            return f"Looked for {self.looked_for}, found {self.found}. "
        keys = f"the keys {', '.join(self.keys)}" if self.keys else "no key that looks like a field's name"
        return f"Looked for {self.looked_for}, found {keys}. "


_REPEATING: Mapping[bool | None, str] = {
    True: "It was to change something, and probably has: do not repeat it before you have looked.",
    False: "Nothing was changed by it.",
    None: "If it was to change something, do not repeat it: it has.",
}


def said_of(body: bytes) -> str:
    """Return a sentence on an answer that is not of the service: what it is, and what that probably means."""
    start = body[:64].lstrip().lower()
    if not start:
        return "It is empty: check that base_url is that of the service."
    if start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<?xml")):
        return "It is a web page, not JSON: check that base_url is that of the service, and what is in between."
    return "It is no JSON of the service: check that base_url is that of the service."
