"""How far an intent has come, and what is done next: a table. Pure.

```text
asked -> PLAN -> planned -> SEND -> Booked
          |                  |--> taken -> PLAN (the next slot, the same token)
          |                  '--> open, later -> a pause of 1, 2, 4 .. 60 s -> SEND, which asks first
          '--> Redirected | NotRouted | NoAvailability | Refused
```

The engine stores what each step came to. Whoever goes on, in whatever process, folds these into the same progress.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from attrs import evolve, frozen

LONGEST_PAUSE = 60.0
"""Seconds between two times that an open intent is asked about."""


class Do(Enum):
    """What is done next; its value names the step in the store."""

    PLAN = "plan"
    SEND = "send"
    END = "end"


class Came(Enum):
    """What a step came to."""

    PLANNED = "planned"
    ENDED = "ended"
    TAKEN = "taken"
    LATER = "later"
    OPEN = "open"


AFTER: Mapping[tuple[Do, Came], Do] = {
    (Do.PLAN, Came.PLANNED): Do.SEND,
    (Do.PLAN, Came.ENDED): Do.END,
    (Do.PLAN, Came.LATER): Do.PLAN,
    (Do.SEND, Came.ENDED): Do.END,
    (Do.SEND, Came.TAKEN): Do.PLAN,
    (Do.SEND, Came.LATER): Do.SEND,
    (Do.SEND, Came.OPEN): Do.SEND,
}
"""What is done after a step. LATER: nothing happened, for now nothing can. OPEN: the meeting may exist."""


@frozen(kw_only=True)
class Progress:
    """How far an intent has come, by what its steps came to."""

    do: Do = Do.PLAN
    prepared: Mapping[str, Any] | None = None
    """The booking of one slot, as `Prepared.to_dict`; None before the first plan."""
    tried: tuple[Mapping[str, Any], ...] = ()
    """Those whose slots were taken, the oldest first."""
    last_sent: str | None = None
    """When the booking may last have been sent and lost, ISO 8601; None when nothing is lost."""
    waits: int = 0
    """How often the same step was put off."""
    since: str | None = None
    """Since when it is put off, ISO 8601."""
    why: str | None = None
    """Why it is put off."""
    outcome: Mapping[str, Any] | None = None
    """The outcome, once it is over."""

    @property
    def pause(self) -> float:
        """Return the seconds to wait before the next step."""
        return min(LONGEST_PAUSE, 2.0 ** min(self.waits - 1, 10)) if self.waits else 0.0

    def after(self, came: Mapping[str, Any]) -> "Progress":
        """Return how far it is after the next step came to this."""
        what = Came(came["came"])
        do = AFTER[self.do, what]
        match what:
            case Came.PLANNED:
                return Progress(do=do, prepared=came["prepared"], tried=self.tried)
            case Came.ENDED:
                return evolve(self, do=do, outcome=came["outcome"])
            case Came.TAKEN:
                assert self.prepared is not None  # noqa: S101 - nothing is sent before it is planned
                return Progress(do=do, prepared=self.prepared, tried=(*self.tried, self.prepared))
            case _:  # put off: LATER or OPEN
                return evolve(
                    self,
                    do=do,
                    last_sent=came.get("last_sent"),
                    waits=self.waits + 1,
                    since=self.since or came["at"],
                    why=came["why"],
                )
