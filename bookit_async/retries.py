"""What may be repeated, and when: pure decisions that never sleep.

The API has no idempotency keys, so whether an operation may be sent again depends on what it does and on whether the
first sending may have been processed.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import Enum

from attrs import frozen

from .transports import TransportFailure, WireResponse

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
UNCLEAR = frozenset((*range(100, 200), 408))
"""Statuses of a refusal that leave it open whether the request was processed, besides every 5xx."""


class Trouble(Enum):
    """What stands between a sending and its answer."""

    NOT_SENT = "not sent"
    """Surely not processed."""
    REFUSED = "too many requests"
    """Answered with 429: surely not processed."""
    UNKNOWN = "perhaps processed"
    """No answer, a status that tells nothing, or a success that cannot be read."""


@frozen(kw_only=True)
class RetryPolicy:
    """How often, how long apart, and how much of it in all."""

    attempts: int = 4
    """Sendings of one request at most, the first included; 1 repeats nothing."""
    first_wait: float = 0.2
    """Seconds before the first repetition; each further one doubles it."""
    longest_wait: float = 5.0
    """Seconds between repetitions at most, unless Retry-After asks for more."""
    budget: int = 100
    """Repetitions that a client may owe, as in the AWS SDKs: each costs one; a success at the first try gives a fifth
    of one back, a later success the last one. An outage empties it, so that it is not multiplied."""

    def wait(self, attempt: int, *, jitter: float) -> float:
        """Give the seconds to wait after the *attempt*-th sending, from 1; *jitter* from 0 to 1 spreads them."""
        return self._growing(attempt, self.longest_wait) * (0.5 + jitter / 2)

    def pause(self, look: int, *, jitter: float, slow: bool = False) -> float:
        """Give the seconds to wait after the *look*-th look for a lost booking, from 1; *slow* is as if after many."""
        longest = 3 * self.longest_wait
        return (longest if slow else self._growing(look, longest)) * (0.5 + jitter / 2)

    def _growing(self, attempt: int, longest: float) -> float:
        return min(longest, self.first_wait * 2.0 ** min(attempt - 1, 30))


RETRIES = RetryPolicy()
"""What a client does unless it is told otherwise."""


_A_REPETITION = 5
"""What a repetition costs, in successes at the first try."""
_SECONDS = re.compile(r"[0-9]+(\.[0-9]+)?")
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
    """Give what is wrong with the outcome of a sending; None for an answer, whatever it says."""
    if isinstance(outcome, TransportFailure):
        return Trouble.UNKNOWN if outcome.maybe_processed else Trouble.NOT_SENT
    if outcome.status == 429:
        return Trouble.REFUSED
    body = outcome.body.strip()
    unreadable = outcome.status == 200 and has_answer and (body[:1], body[-1:]) not in ((b"{", b"}"), (b"[", b"]"))
    silent = outcome.status in UNCLEAR or 500 <= outcome.status <= 599
    return Trouble.UNKNOWN if silent or unreadable else None


def may_repeat(operation: str, what: Trouble) -> bool:
    """Tell whether an operation may be sent again at once."""
    return what is not Trouble.UNKNOWN or operation in READS or operation in ROUTINGS


def retry_after(headers: Mapping[str, str], *, now: datetime) -> float:
    """Give the seconds that a Retry-After header asks for, in either of its notations; 0 without a readable one."""
    value = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(value):
        return min(float(value), _LONGEST_ASKED)
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
    """Give the seconds to wait before sending again, None to give up.

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
