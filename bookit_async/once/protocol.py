"""What is done about a booking or a change whose answer was lost: the protocol, as tables that run.

```text
           answered                    the meeting is found
  SENDING -----------> BOOKED  ASKING ---------------------> BOOKED, recovered
   |  ^                          |-- SEND --> SENDING
   |  '---------- SEND ----------|
   |-- told ---------> REFUSED   |-- FREE --> settle: None; else the refusal
   '-- ask ------------> ASKING  |-- OPEN --> OutcomeUnknownError, for settle
                                 '-- WAIT --> ASKING, after a pause
```

ASKING asks the one-shot token and the prospect's meetings. What they say, short of the meeting itself, is the evidence.
`docs/unknown-outcomes.md` shows these tables. Pure: nothing here asks or waits, and a booking that is answered at the
first sending never comes here.
"""

from collections.abc import Mapping
from enum import Enum

from ..errors import (
    APIStatusError,
    AuthenticationError,
    BookItError,
    LinkSpentError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
)
from ..views.pending import PendingBooking

MAYBE_DONE = (OutcomeUnknownError, ServerError, ResponseInvalidError)
"""Errors after which a write may have taken effect."""
NOT_DONE = (NotSentError,)
"""Errors after which it surely has not: it never left."""


class Came(Enum):
    """What came of sending a write, short of its answer."""

    MAYBE = "it may have taken effect (no answer, 5xx, unreadable)"
    NOT = "it has not (not sent)"
    LIMITED = "too many requests (429)"
    SPENT = "token spent"
    LINK = "single-use link spent"
    TAKEN = "slot taken"
    KEY = "key refused"
    UNKNOWN = "a refusal in words that are not known"
    REFUSED = "any other refusal"


class Then(Enum):
    """What is done after a sending that was not answered with what was asked for."""

    TELL = "tell"
    FIND = "look once; then tell"
    UNFENCED = "without a token look once; then tell"
    SEND = "ask, then send again"
    SAME = "ask, as for the same booking; then tell"
    SETTLE = "ask until settled; then tell"
    LOOK = "look; unless it is done, send again"
    LOOK_TELL = "look; unless it is done, tell"
    SEEN_TELL = "look; unless it is done, tell, or send again where the meeting cannot be seen"


AFTER_BOOKING: Mapping[Came, tuple[Then, Then]] = {
    # nothing lost before   one was lost before
    Came.MAYBE: (Then.SEND, Then.SEND),
    Came.NOT: (Then.TELL, Then.SEND),
    Came.LIMITED: (Then.SEND, Then.SEND),
    Came.SPENT: (Then.FIND, Then.SEND),
    Came.LINK: (Then.FIND, Then.SETTLE),
    Came.TAKEN: (Then.UNFENCED, Then.SAME),
    Came.KEY: (Then.TELL, Then.SETTLE),
    Came.UNKNOWN: (Then.SETTLE, Then.SETTLE),
    Came.REFUSED: (Then.TELL, Then.SETTLE),
}
"""After sending a booking. That 429, and a refusal in unknown words, changed nothing, nobody has seen. What says that
it was booked already may answer a second sending, which the gateway made of the first."""

TOLD = (Then.TELL, Then.FIND, Then.UNFENCED)
"""What tells, at once or after one look, and sends nothing."""

AFTER_CHANGE: Mapping[Came, tuple[Then, Then]] = {
    # nothing lost before   one was lost before
    Came.MAYBE: (Then.LOOK, Then.LOOK),
    Came.NOT: (Then.TELL, Then.LOOK),
    Came.LIMITED: (Then.TELL, Then.LOOK),
    Came.SPENT: (Then.LOOK_TELL, Then.SEEN_TELL),
    Came.LINK: (Then.LOOK_TELL, Then.SEEN_TELL),
    Came.TAKEN: (Then.LOOK_TELL, Then.SEEN_TELL),
    Came.KEY: (Then.TELL, Then.SEEN_TELL),
    Came.UNKNOWN: (Then.LOOK_TELL, Then.SEEN_TELL),
    Came.REFUSED: (Then.LOOK_TELL, Then.SEEN_TELL),
}
"""After sending a change of a meeting, which asks for a state: moved to this time, or canceled."""


def came(error: BookItError) -> Came:
    """Return what an error says of the write that it answers."""
    for kinds, what in _CAME:
        if isinstance(error, kinds):
            return what
    return Came.UNKNOWN if type(error) is APIStatusError else Came.REFUSED


_CAME: tuple[tuple[tuple[type[BookItError], ...], Came], ...] = (
    (MAYBE_DONE, Came.MAYBE),
    (NOT_DONE, Came.NOT),
    ((RateLimitError,), Came.LIMITED),
    ((TokenSpentError,), Came.SPENT),
    ((LinkSpentError,), Came.LINK),
    ((SlotTakenError,), Came.TAKEN),
    ((AuthenticationError,), Came.KEY),
)


class Evidence(Enum):
    """What asking gave, short of the meeting itself."""

    FENCED = "the token is good, and known to be a fence"
    UNUSED = "the token is good"
    ABSENT = "no token, and none of the meetings may be it"
    UNCLEAR = "one of the meetings may be it, or another's"
    UNSURE = "not asked, or nothing sure was said"
    BLIND = "nobody to ask"


class Verdict(Enum):
    """What to do about a booking that was not found."""

    WAIT = "ask again"
    SEND = "send the booking again"
    FREE = "it was surely not booked"
    OPEN = "leave it open"


WAIT, SEND, FREE, OPEN = Verdict

VERDICTS: Mapping[Evidence, tuple[Verdict, Verdict, Verdict, Verdict]] = {
    # the same is to be sent again      something else is, or nothing
    # may still land     settled        may still land     settled
    Evidence.FENCED: (SEND, SEND, WAIT, FREE),
    Evidence.UNUSED: (WAIT, SEND, WAIT, FREE),
    Evidence.ABSENT: (WAIT, SEND, WAIT, FREE),
    Evidence.UNCLEAR: (WAIT, OPEN, WAIT, OPEN),
    Evidence.UNSURE: (WAIT, WAIT, WAIT, WAIT),
    Evidence.BLIND: (OPEN, OPEN, OPEN, OPEN),
}
"""After asking. While the lost sending may still land nothing is sent, unless the token is known to let one through."""


def evidence(
    booking: PendingBooking,
    *,
    absent: bool,
    unclear: bool = False,
    standing: bool = False,
    token_fence: bool = False,
) -> Evidence:
    """Return what is known of a booking that was not found.

    Args:
        booking: With a token, what that last said.
        absent: Whether its prospect's meetings were seen, and none of them may be it.
        unclear: Whether they were seen, and one of them may be it or another's.
        standing: Whether one of these takes place at the booking's time. Then a good token is no proof.
        token_fence: Whether the booking POST is known to refuse a spent token, at once and also when two arrive
            together.
    """
    told = Evidence.UNCLEAR if unclear else Evidence.UNSURE
    match booking.token, booking.token_state:
        case None, _ if booking.prospect_email is not None:
            return Evidence.ABSENT if absent else told
        case _, "good" if standing and not token_fence:
            return Evidence.UNCLEAR
        case _, "good":
            return Evidence.FENCED if token_fence else Evidence.UNUSED
        case _, "unknown" if booking.token is not None:
            return Evidence.UNSURE
        case _:
            return Evidence.BLIND if booking.prospect_email is None else told


def verdict(found: Evidence, *, again: bool, settled: bool, remaining: float, needed: float) -> Verdict:
    """Return what to do about a booking that was not found.

    Args:
        found: What is known.
        again: Whether the same booking is sent again if that is safe.
        settled: Whether so much time went by between the last loss and the last look that it lands no more.
        remaining: Seconds to the deadline.
        needed: Seconds without which no booking is started.
    """
    what = VERDICTS[found][2 * (not again) + settled]
    late = (what is SEND and remaining < needed) or (what is WAIT and remaining <= 0)
    return OPEN if late else what
