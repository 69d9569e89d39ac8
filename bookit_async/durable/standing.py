"""How far intents have come, to be looked at. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Literal

from attrs import frozen

from .outcomes import DurableOutcome
from .progress import Do, Progress

STATES = ("asked", "planned", "open")
MOST_COUNTED = 10_000
"""Of the intents that are over, and of those that are under way."""


@frozen(kw_only=True)
class Standing:
    """How far an intent has come."""

    intent_id: str
    state: Literal["asked", "planned", "open", "done", "broken"]
    """`asked`: stored. `planned`: what is booked is fixed. `open`: it cannot be decided or done yet. `done`: over.

    `broken`: given up, which is a mistake in this package.
    """
    asked_at: datetime
    """When it was stored, aware."""
    since: datetime | None = None
    """Since when it is open, aware; None when it is not."""
    why: str | None = None
    """Why it is open, or broken; None when it is neither."""
    outcome: DurableOutcome | None = None
    """The outcome, once it is done."""


@frozen(kw_only=True)
class Status:
    """What is under way in a store, and who works."""

    under_way: tuple[Standing, ...]
    """The intents that are not over, 10,000 at most."""
    done: int
    """How many are over and not forgotten, counted to 10,000."""
    last_minute: int
    """How many of them came to an end within the last minute."""
    broken: tuple[str, ...] = ()
    """The ids of those that were given up, which is a mistake in this package; 10,000 at most."""
    workers: int
    """How many workers there are, or were when the last one looked."""
    share: float
    """The share of `limit` and `concurrency` that counts now: less than 1 while the service complains."""

    def counts(self) -> Mapping[str, int]:
        """Return how many are asked, planned, open and broken."""
        found = Counter[str](one.state for one in self.under_way)
        return {state: found[state] for state in STATES} | {"broken": len(self.broken)}

    def lines(self, now: datetime) -> Iterator[str]:
        """Yield it as lines for people."""
        for state, count in self.counts().items():
            if count or state in STATES:
                yield f"{state:<8} {count}"
        more = "+" if self.done >= MOST_COUNTED else ""
        yield f"{'done':<8} {self.done}{more}, {self.last_minute} in the last minute"
        yield f"{'workers':<8} {self.workers}" + ("" if self.share == 1 else f", slowed down to {self.share:.0%}")
        yield from open_lines(self.under_way, now)
        yield from (f"{intent_id}  broken: nobody knows whether it has a meeting" for intent_id in self.broken)

    def metrics(self, now: datetime) -> str:
        """Return it as a page in the text format of Prometheus."""
        opened = [one.since for one in self.under_way if one.since is not None]
        oldest = max(((now - since).total_seconds() for since in opened), default=0.0)
        states = "".join(f'bookit_intents{{state="{state}"}} {count}\n' for state, count in self.counts().items())
        return (
            "# HELP bookit_intents Intents that are stored and not over.\n# TYPE bookit_intents gauge\n"
            f"{states}"
            "# HELP bookit_intents_done Intents that are over and not forgotten.\n# TYPE bookit_intents_done gauge\n"
            f"bookit_intents_done {self.done}\n"
            "# HELP bookit_intents_done_last_minute Intents that came to an end within a minute.\n"
            "# TYPE bookit_intents_done_last_minute gauge\n"
            f"bookit_intents_done_last_minute {self.last_minute}\n"
            "# HELP bookit_open_seconds How long the oldest open intent has been open.\n"
            "# TYPE bookit_open_seconds gauge\n"
            f"bookit_open_seconds {oldest:.0f}\n"
            "# HELP bookit_workers Workers that are there.\n# TYPE bookit_workers gauge\n"
            f"bookit_workers {self.workers}\n"
            "# HELP bookit_pace The share of limit and concurrency that counts.\n# TYPE bookit_pace gauge\n"
            f"bookit_pace {self.share:g}\n"
        )


def progress_of(came: Iterable[Mapping[str, Any]]) -> Progress:
    """Return the progress that steps came to."""
    progress = Progress()
    for one in came:
        if progress.do is not Do.END:
            progress = progress.after(one)
    return progress


def standing_of(intent_id: str, asked_at: datetime, came: Iterable[Mapping[str, Any]]) -> Standing:
    """Return how far an intent has come that is not over, by what its steps came to."""
    progress = progress_of(came)
    if progress.since is not None:
        since = datetime.fromisoformat(progress.since)
        return Standing(intent_id=intent_id, state="open", asked_at=asked_at, since=since, why=progress.why)
    return Standing(intent_id=intent_id, state="asked" if progress.prepared is None else "planned", asked_at=asked_at)


def open_lines(under_way: Iterable[Standing], now: datetime) -> Iterator[str]:
    """Yield a line for each open intent: its id, since when, and why."""
    for one in under_way:
        if one.since is not None:
            yield f"open {age(now, one.since)}: {one.intent_id}: {one.why}"


def age(now: datetime, since: datetime) -> str:
    """Return how long ago something was, in the unit that says most."""
    seconds = max(0, int((now - since).total_seconds()))
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
