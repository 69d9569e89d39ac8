"""What this command line itself refuses, and how any error is told: what happened, the exit status, what to do."""

import re
from typing import Any, NamedTuple

from ..errors import BookItError, InvalidInputError
from . import statuses

_WORDS = (
    (re.compile(r"\btimezone must be"), "--zone must be"),
    (re.compile(r"\bprospect_email\b"), "EMAIL"),
    (re.compile(r"\bmeeting_id\b"), "ID"),
    (re.compile(r"\bguests\[\d+\]"), "--guest"),
    (re.compile(r"\banswers\[('[^']*')\]"), r"--answer \1"),
    (re.compile(r"\bprospect\[('[^']*')\]"), r"input \1"),
    (re.compile(r": offer\.form_fields has them all"), ""),
    (re.compile(r"\bbase_url\b"), "the address (BOOKIT_BASE_URL, or the profile's)"),
    (re.compile(r"\bapi_key is missing: give it, or set BOOKIT_API_KEY"), "no API key: set BOOKIT_API_KEY"),
    (re.compile(r"\bapi_key\b"), "the API key"),
    (re.compile(r"\bdeadline must\b"), "--deadline must"),
    (re.compile(r"\bconcurrency must\b"), "--concurrency must"),
    (re.compile(r"\blimit must be requests and seconds, such as \(10, 1\.0\)"), "--rate must be such as 10/s"),
    (re.compile(r": use worker=False here, or PostgreSQL for several workers"), ""),
    (re.compile(r"\ballow_insecure=True or "), ""),
)
"""The SDK's words for what is given, and those of the command line."""


class Failure(Exception):
    """Something that this command line cannot do, or will not."""

    def __init__(self, message: str, *, status: int = statuses.UNUSABLE, advice: str = "", kind: str = "Usage") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.advice = advice
        self.kind = kind


class Told(NamedTuple):
    """An error as it is told."""

    kind: str
    message: str
    status: int
    advice: str
    request_id: str | None = None

    def document(self) -> dict[str, Any]:
        """Return it as the JSON document of an error."""
        return {
            "error": {
                "type": self.kind,
                "message": self.message,
                "exit": self.status,
                "request_id": self.request_id,
                "advice": self.advice,
            }
        }

    def lines(self) -> list[str]:
        """Return it for people."""
        said = f" (request id {self.request_id})" if self.request_id else ""
        return [f"bookit: {self.message}{said}", *([f"  {self.advice}"] if self.advice else [])]


def interrupted(advice: str) -> Failure:
    """Return what Ctrl-C comes to, where there is more to be said of it than of any."""
    return Failure("interrupted", status=statuses.INTERRUPTED, advice=advice, kind="Interrupted")


def told(error: BaseException) -> Told:
    """Return how an error is told; what is none of ours is a mistake of this package."""
    if isinstance(error, Failure):
        return Told(kind=error.kind, message=error.message, status=error.status, advice=error.advice)
    if isinstance(error, BookItError):
        verdict = statuses.verdict_of(error)
        return Told(
            kind=type(error).__name__,
            message=message_of(error),
            status=verdict.status,
            advice="Nothing was booked or moved." if getattr(error, "late", False) else verdict.advice,
            request_id=getattr(error, "request_id", None),
        )
    if isinstance(error, KeyboardInterrupt):
        advice = "What was in flight is kept: `bookit settle` tells what became of it."
        return Told(kind="Interrupted", message="interrupted", status=statuses.INTERRUPTED, advice=advice)
    if isinstance(error, ImportError):
        return Told(kind="Usage", message=str(error), status=statuses.UNUSABLE, advice="")
    if isinstance(error, OSError):
        message = f"{error.filename or 'a file'}: {error.strerror or type(error).__name__}"
        return Told(kind="FileError", message=message, status=statuses.UNUSABLE, advice="Look at the path.")
    where = ""
    trace = error.__traceback__
    while trace is not None:
        where = f"{trace.tb_frame.f_code.co_filename.rpartition('bookit_async')[2]}:{trace.tb_lineno}"
        trace = trace.tb_next
    message = f"a mistake in this program: {type(error).__name__} at {where}"
    advice = "Please report it, with the version that `bookit --version` names."
    return Told(kind="Mistake", message=message, status=statuses.FAILED, advice=advice)


def message_of(error: BookItError) -> str:
    """Return what happened in the words of the command line, every problem of it."""
    text = "; ".join(one.rstrip(". ") for one in error.problems) if isinstance(error, InvalidInputError) else ""
    return in_our_words(text or error.summary.rstrip("."))


def in_our_words(text: str) -> str:
    """Return what the SDK says in the words of the command line."""
    for pattern, ours in _WORDS:
        text = pattern.sub(ours, text)
    return text
