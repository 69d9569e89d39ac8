"""What durable bookings ask of an engine: to run a workflow to its end whatever is killed, and to store its steps."""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol, TypeAlias

from attrs import frozen

from ..errors import BookItError

Step: TypeAlias = Callable[[], Coroutine[Any, Any, str]]


class DurableClosedError(BookItError):
    """It was not opened yet, or is closed."""

    what = "durable bookings are not open in this process"
    advice = "What was stored is kept: ask with its intent id inside `async with Durable(...)`, here or elsewhere."


class Execution(Protocol):
    """One run of an intent's workflow; after a kill there is another one, which is given what was stored."""

    @property
    def intent_id(self) -> str:
        """Return the intent's id."""
        ...

    async def step(self, name: str, do: Step) -> str:
        """Return what the step came to: what is stored of it, or what *do* gives, once it is stored."""
        ...

    async def last(self, do: Step) -> str:
        """Return what a step comes to that is probably the last, and is stored with the result then.

        Only where nothing can be stored of it yet. If it was not the last, `step` has to store it.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; a run after a kill waits for what is left of it."""
        ...

    async def owned(self) -> bool:
        """Return whether the intent is still this run's, and not taken over by another worker."""
        ...


Workflow: TypeAlias = Callable[[Execution, str], Awaitable[str]]
"""Carries out a sealed intent and returns the sealed result."""


@frozen(kw_only=True)
class Row:
    """What an engine knows of an intent."""

    intent_id: str
    mark: str
    """The HMAC of its content."""
    asked_at: datetime
    """When it was stored, aware."""
    result: str | None = None
    """The sealed result; None until it is over."""
    broken: str | None = None
    """Why the engine gave up, which is a mistake in this package; None if it did not."""
    steps: tuple[str, ...] = ()
    """What its steps came to so far, sealed; only where they were asked for."""


class Engine(Protocol):
    """Keeps intents and runs them, on one machine or many."""

    @property
    def name(self) -> str:
        """Return the name of this worker, which no other has."""
        ...

    @property
    def asleep(self) -> int:
        """Return how many intents wait here for their next step."""
        ...

    @property
    def rests(self) -> bool:
        """Return whether this worker had nothing to do for a while."""
        ...

    async def open(self, workflow: Workflow) -> None:
        """Connect, and begin to work if this is a worker."""
        ...

    async def allow(self, size: int, *, asleep: int) -> None:
        """Carry out so many steps at once here from now on, and take that many intents, besides those that wait."""
        ...

    async def pick_up(self) -> None:
        """Run again what should run here and does not, since the store could not keep what a step came to."""
        ...

    async def close(self, *, grace: float) -> None:
        """Begin no step any more, let those that run end within *grace* seconds, and disconnect."""
        ...

    async def enqueue(self, intent_id: str, sealed: str, *, mark: str, prospect: str | None) -> str:
        """Store an intent to be run, unless one of its id is there already; return the mark of the one that is there.

        Those of one *prospect* are run one after the other.
        """
        ...

    async def finished(self, ids: Sequence[str]) -> Mapping[str, Row]:
        """Return those of the intents that are over, in one query."""
        ...

    async def find(self, intent_id: str) -> Row | None:
        """Return what is known of an intent with its steps; None when there is none of that id."""
        ...

    async def under_way(self, *, most: int) -> Sequence[Row]:
        """Return the intents that are not over, the oldest first, with the steps of those that were begun."""
        ...

    async def asked(self, *, since: datetime | None, but: Collection[str], most: int) -> Sequence[Row]:
        """Return *most* of the intents that were stored at or after a time, but for some that were, the oldest first.

        With the steps of those that are under way. None begins with the oldest of all.
        """
        ...

    async def count_over(self, *, since: datetime | None = None, most: int) -> int:
        """Return how many intents came to something, since a time or at all, counted to *most*."""
        ...

    async def news(self, *, within: float) -> None:
        """Return when an intent may be over: soon after one has ended here, or after that many seconds."""
        ...

    async def broken(self, *, most: int) -> Sequence[Row]:
        """Return the intents that the engine gave up."""
        ...

    async def over(self, before: datetime, *, most: int, broken: bool) -> Sequence[Row]:
        """Return some of the intents that came to something before a time; with *broken* those given up, too."""
        ...

    async def delete(self, ids: Sequence[str]) -> None:
        """Delete intents that are over."""
        ...
