"""What is done about a booking whose answer was lost: the protocol, as one table. Pure: nothing here asks or waits.

```text
             answered                         the meeting is found
  SENDING ──────────────▶ booked    ASKING ──────────────────────────▶ booked, recovered
   │  ▲  refused, none lost            │
   │  │ ─────────────────▶ refused     ├─ SEND  ─▶ SENDING
   │  └───────────────── SEND ─────────┤
   │ lost                              ├─ FREE  ─▶ surely not booked: `settle` gives None, a refusal is told
   └────────────────────────▶ ASKING   ├─ OPEN  ─▶ OutcomeUnknownError, from which `settle` goes on
                                       └─ WAIT  ─▶ ASKING, after a pause
```

ASKING asks the one-shot token first, which knows whether a meeting was booked with it, and then the prospect's
meetings, where the token cannot say whose. What comes of it is the evidence; the table says what it is good for.
"""

from collections.abc import Mapping
from enum import Enum

from ..views.pending import PendingBooking


class Evidence(Enum):
    """What asking gave, short of the meeting itself."""

    UNUSED = "nothing was booked with the token"
    ABSENT = "no token, and none of the prospect's meetings may be it"
    UNSURE = "nobody could be asked, or what they say leaves it open"
    BLIND = "there is nobody to ask: no token that tells, and no email address"


class Verdict(Enum):
    """What to do about it."""

    WAIT = "ask again"
    SEND = "send the booking again"
    FREE = "it was surely not booked"
    OPEN = "leave it open"


WAIT, SEND, FREE, OPEN = Verdict

VERDICTS: Mapping[Evidence, tuple[Verdict, Verdict, Verdict, Verdict]] = {
    # the same is to be sent again      something else is, or nothing
    # may still land     settled        may still land     settled
    Evidence.UNUSED: (SEND, SEND, WAIT, FREE),
    Evidence.ABSENT: (WAIT, SEND, WAIT, FREE),
    Evidence.UNSURE: (WAIT, WAIT, WAIT, WAIT),
    Evidence.BLIND: (OPEN, OPEN, OPEN, OPEN),
}
"""A token is good for one meeting, so the same booking may be sent again while the lost one may still land."""


def evidence(booking: PendingBooking, *, absent: bool) -> Evidence:
    """Return what is known of a booking that was not found; *absent*: its prospect's meetings were seen without it."""
    blind = booking.prospect_email is None
    match booking.token, booking.token_state:
        case None, _:
            return Evidence.BLIND if blind else Evidence.ABSENT if absent else Evidence.UNSURE
        case _, "good":
            return Evidence.UNUSED
        case _, "spent" if blind:
            return Evidence.BLIND
        case _:
            return Evidence.UNSURE


def verdict(found: Evidence, *, again: bool, settled: bool, remaining: float, needed: float) -> Verdict:
    """Say what to do about a booking that was not found.

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
