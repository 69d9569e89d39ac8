"""What may be repeated, and when: pure decisions that never sleep.

The API has no idempotency keys, so whether an operation may be sent again depends on what it does and on whether the
first sending may have been processed.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum

from ..settings import RetryPolicy
from ..transports import TransportFailure, WireResponse

READS = frozenset(
    (
        "retrieve_inputs",
        "fetch_availability",
        "list_meetings",
        "get_meeting",
        "legacy_retrieve_info",
        "legacy_retrieve_modification_info",
    )
)
"""Operations that change nothing."""
ROUTINGS = frozenset(("route_and_fetch_availability", "legacy_route"))
"""Operations that may be sent again because they carry a uid, which stays the same."""
WRITES = frozenset(("book_meeting", "book_round_robin_meeting", "reschedule_meeting", "cancel_meeting"))
"""Operations that change a meeting, so that a lost answer leaves a question open."""
BOOKINGS = frozenset(("book_meeting", "book_round_robin_meeting"))
"""Operations that make a meeting each time that they take effect, so that nothing is repeated on a guess."""
UNCLEAR = frozenset((*range(100, 200), 408))
"""Statuses of a refusal that leave it open whether the request was processed, besides every 5xx."""


class Trouble(Enum):
    """What stands between a sending and its answer."""

    NOT_SENT = "not sent"
    """Surely not processed."""
    REFUSED = "too many requests"
    """Answered with 429: not processed, unless the service is otherwise than the status says."""
    UNKNOWN = "perhaps processed"
    """No answer, a status that tells nothing, or a success that cannot be read."""


_A_REPETITION = 5
"""What a repetition costs, in successes at the first try."""
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
_ENDS = {b"{": b"}", b"[": b"]"}
"""With what an object or array of JSON ends, by what it begins with."""
_LONGEST_ASKED = 999_999_999.0
"""Seconds: beyond any deadline."""


class RetryBudget:
    """A bucket of repetitions that all calls of a client share."""

    def __init__(self, size: int) -> None:
        self._size = self._left = size * _A_REPETITION

    def take(self) -> bool:
        """Take one repetition; False, and none is taken, when there is none left."""
        if self._left < _A_REPETITION:
            return False
        self._left -= _A_REPETITION
        return True

    def refill(self, *, repeated: bool) -> None:
        """Note a success, at the first try or after it was *repeated*."""
        self._left = min(self._size, self._left + (_A_REPETITION if repeated else 1))


def trouble(outcome: TransportFailure | WireResponse, *, has_answer: bool) -> Trouble | None:
    """Return what is wrong with the outcome of a sending; None for an answer, whatever it says."""
    if isinstance(outcome, TransportFailure):
        return Trouble.UNKNOWN if outcome.maybe_processed else Trouble.NOT_SENT
    if outcome.status == 429:
        return Trouble.REFUSED
    if outcome.status == 200:
        body = outcome.body.strip()
        return Trouble.UNKNOWN if has_answer and body[-1:] != _ENDS.get(body[:1]) else None
    return Trouble.UNKNOWN if outcome.status in UNCLEAR or 500 <= outcome.status <= 599 else None


def may_repeat(operation: str, what: Trouble) -> bool:
    """Tell whether an operation may be sent again at once."""
    if operation in BOOKINGS:
        return what is Trouble.NOT_SENT
    return what is not Trouble.UNKNOWN or operation in READS or operation in ROUTINGS


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float:
    """Return the seconds that a Retry-After header asks for, in either of its notations; 0 without a readable one."""
    value = headers.get("retry-after", "").strip()
    several = [one.strip() for one in value.split(",")]  # equal headers are joined so; a date has a comma, too
    if all(map(_SECONDS.fullmatch, several)):
        return min(max(map(float, several)), _LONGEST_ASKED)
    from email.utils import parsedate_to_datetime  # loads slowly, and few need it

    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return 0.0
    return max(0.0, (until.replace(tzinfo=until.tzinfo or UTC) - now).total_seconds())


def decide(
    operation: str,
    what: Trouble,
    *,
    attempt: int,
    policy: RetryPolicy,
    jitter: float,
    asked: float,
    remaining: float,
) -> float | None:
    """Return the seconds to wait before sending again, None to give up.

    Args:
        operation: The operation's Python name.
        what: What went wrong.
        attempt: Sendings so far, from 1.
        policy: The client's policy.
        jitter: A random number from 0 to 1.
        asked: Seconds that the service asked for, 0 for none.
        remaining: Seconds to the deadline.
    """
    if attempt >= policy.attempts or not may_repeat(operation, what):
        return None
    wait = max(policy.wait(attempt, jitter=jitter), asked)
    return wait if wait < remaining else None
