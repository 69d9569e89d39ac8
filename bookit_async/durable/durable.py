"""`Durable`: bookings that are made exactly once, whatever happens to the process that asked for them."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self

from attrs import frozen

from ..client import BookIt
from ..errors import BookItError, InvalidInputError, refuse
from ..views.choosers import SlotChoice, earliest
from .booking import carry_out
from .dbos_engine import DbosEngine
from .engine import Engine, Row
from .gate import Gate
from .intents import IntentConflictError, ask, id_problems
from .outcomes import DurableOutcome, read_outcome
from .progress import Do, Progress
from .sealing import Vault
from .steps import Steps
from .store import Store, database_problem

CONCURRENCY = 50
GRACE = 5.0
"""Seconds that what is in flight may take when a worker is closed."""
POLL = 0.1
"""Seconds between two looks for what is over."""
_MOST_AT_ONCE = 500
"""Intents in one query."""


class IntentNotFoundError(BookItError):
    """No intent was stored under that id. `intent_id` is the id."""

    what = "no booking was asked for under the intent id {intent_id!r}"
    advice = "Ask for it with submit or book, in any process on the same database."
    shown = ("intent_id",)

    def __init__(self, *, intent_id: str, operation: str | None = None) -> None:
        super().__init__(operation=operation)
        self.intent_id = intent_id


class IntentBrokenError(BookItError):
    """The engine gave an intent up, which is a mistake in this package. `intent_id` and `reason` say which and why."""

    what = "the intent {intent_id!r} cannot be carried on ({reason})"
    advice = "Look with client.meetings whether it was booked, and report this with the versions that you use."
    shown = ("intent_id", "reason")

    def __init__(self, *, intent_id: str, reason: str, operation: str | None = None) -> None:
        super().__init__(operation=operation)
        self.intent_id = intent_id
        self.reason = reason


@frozen(kw_only=True)
class Standing:
    """How far an intent has come."""

    intent_id: str
    state: Literal["asked", "planned", "open", "done"]
    """`asked`: stored. `planned`: what is booked is fixed. `open`: it cannot be decided or done yet. `done`: over."""
    since: datetime | None = None
    """Since when it is open, aware; None when it is not."""
    why: str | None = None
    """Why it is open; None when it is not."""
    outcome: DurableOutcome | None = None
    """The outcome, once it is done."""


@frozen
class Handle:
    """An intent that is stored."""

    intent_id: str
    _durable: "Durable"

    async def result(self, *, timeout: float | None = None) -> DurableOutcome:
        """Return the outcome; `Durable.result` says the rest."""
        return await self._durable.result(self.intent_id, timeout=timeout)


class Durable:
    """Books each intent exactly once: what is asked for is stored first, and any worker goes on where one was lost.

    Args:
        client: The client to book with; its deadline and `settle` count for each step. It is not closed here.
        database: `sqlite:///file.db` for one worker on one machine, with callers in other processes, or
            `postgresql://...` for many; None reads BOOKIT_DATABASE.
        secrets: Seal what is stored: one or more texts of at least 32 characters, the same for all who share the
            database. The first seals, all open: to rotate, put the new one first.
        limit: Requests that may go out, and the seconds in which no more than those do, over all workers: `(10, 1.0)`.
            None for no limit.
        concurrency: Intents that are carried out at once by all workers.
        worker: Whether this process works; False only asks, and waits.
        grace: Seconds that what is in flight may take when it is closed; the rest is left for others.
        now: Gives the aware time of day.

    InvalidInputError names every setting that cannot be used. Use it with `async with`, in the client's event loop.
    Every method raises StoreLostError when the database does not answer.
    """

    def __init__(
        self,
        client: BookIt,
        *,
        database: str | None = None,
        secrets: Sequence[str],
        limit: tuple[int, float] | None = None,
        concurrency: int = CONCURRENCY,
        worker: bool = True,
        grace: float = GRACE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        database = database or os.environ.get("BOOKIT_DATABASE", "")
        problems = [one for one in (database_problem(database), _limit_problem(limit)) if one]
        if not isinstance(concurrency, int) or concurrency < 1:  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
            problems.append("concurrency must be a whole number from 1 on")
        try:
            vault = Vault(secrets)
        except InvalidInputError as error:
            raise InvalidInputError(problems=[*problems, *error.problems]) from None
        refuse(problems)
        self._vault = vault
        self._grace = grace
        self._store = Store(database, vault)
        self._gate = Gate(self._store, limit)
        self._engine: Engine = DbosEngine(database, worker=worker, concurrency=concurrency)
        client = client.with_options(before_send=self._gate.before_send)
        self._steps = Steps(client, self._store, now)
        self._waiting: dict[str, asyncio.Future[Row]] = {}
        self._teller: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._store.open()
        try:
            await self._engine.open(partial(carry_out, steps=self._steps, vault=self._vault))
        except BaseException:
            await self._engine.close(grace=0)
            await self._store.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop: what is in flight may end within the grace, and the rest is left for others, or for the next start."""
        if self._teller is not None:
            self._teller.cancel()
        await self._engine.close(grace=self._grace)
        self._gate.closed = True
        await self._store.close()

    async def book(
        self,
        intent_id: str,
        trigger_node: str,
        prospect: Mapping[str, Any],
        *,
        timezone: str,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        timeout: float | None = None,
    ) -> DurableOutcome:
        """Route a prospect, choose one of the open slots and book it, once for each intent id.

        Asked again with the same id, here or in another process, it gives the same outcome. `BookIt.book` says what the
        arguments are; a chooser must be one of this package's. Waits for the outcome, *timeout* seconds at most
        (TimeoutError; it is carried on all the same). Raises InvalidInputError before anything is stored, and
        IntentConflictError for an id that was used for something else. What the service refuses is a `Refused`.
        """
        handle = await self.submit(
            intent_id, trigger_node, prospect, timezone=timezone, slot=slot, answers=answers, guests=guests
        )
        return await handle.result(timeout=timeout)

    async def book_link(
        self,
        intent_id: str,
        link_id: str,
        *,
        timezone: str,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        timeout: float | None = None,
    ) -> DurableOutcome:
        """Book a slot of a BookIt Link, once for each intent id; `book` and `BookIt.book_link` say the rest."""
        handle = await self.submit(
            intent_id, link_id=link_id, timezone=timezone, slot=slot, answers=answers, guests=guests
        )
        return await handle.result(timeout=timeout)

    async def submit(
        self,
        intent_id: str,
        trigger_node: str | None = None,
        prospect: Mapping[str, Any] | None = None,
        *,
        link_id: str | None = None,
        timezone: str,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
    ) -> Handle:
        """Ask for a booking by a trigger node or through a link: once this returns it is stored, and will be made.

        Raises what `book` raises.
        """
        if (trigger_node is None) == (link_id is None):
            raise InvalidInputError(problems=["give exactly one of trigger_node and link_id"])
        intent = ask(
            intent_id,
            trigger_node=trigger_node,
            prospect=prospect,
            link_id=link_id,
            timezone=timezone,
            slot=slot,
            answers=answers,
            guests=guests,
        )
        mark = self._store.names.name("content", intent.content())
        prospect_name = None if link_id is None else self._store.names.name("prospect", intent.prospect_key())
        sealed = self._vault.seal(intent.to_dict())
        if not await self._engine.enqueue(intent_id, sealed, mark=mark, prospect=prospect_name):
            there = await self._engine.find(intent_id)
            if there is None or there.mark != mark:
                raise IntentConflictError(intent_id=intent_id)
        return Handle(intent_id, self)

    async def result(self, intent_id: str, *, timeout: float | None = None) -> DurableOutcome:
        """Return what an intent came to, when it does; it may have been asked for in another process.

        TimeoutError after *timeout* seconds, while it is carried on; None waits for ever. Raises IntentNotFoundError
        for an id that nobody asked for.
        """
        refuse(id_problems(intent_id))
        if intent_id not in self._waiting and await self._engine.find(intent_id) is None:
            raise IntentNotFoundError(intent_id=intent_id)
        async with asyncio.timeout(timeout):
            return self._outcome(await asyncio.shield(self._over(intent_id)))

    async def results(self, intent_ids: Iterable[str]) -> AsyncIterator[tuple[str, DurableOutcome]]:
        """Yield each intent's id and outcome as it comes; ids that nobody asked for are waited for."""
        for row in asyncio.as_completed([self._over(one) for one in dict.fromkeys(intent_ids)]):
            done = await row
            yield done.intent_id, self._outcome(done)

    async def find(self, intent_id: str) -> Standing | None:
        """Return how far an intent has come, None when nobody asked for it."""
        refuse(id_problems(intent_id))
        row = await self._engine.find(intent_id)
        if row is None:
            return None
        if row.result is not None or row.broken is not None:
            return Standing(intent_id=intent_id, state="done", outcome=self._outcome(row))
        progress = Progress()
        for came in row.steps:
            if progress.do is not Do.END:
                progress = progress.after(self._vault.open(came))
        if progress.since is not None:
            since = datetime.fromisoformat(progress.since)
            return Standing(intent_id=intent_id, state="open", since=since, why=progress.why)
        return Standing(intent_id=intent_id, state="asked" if progress.prepared is None else "planned")

    def _outcome(self, row: Row) -> DurableOutcome:
        if row.result is None:
            raise IntentBrokenError(intent_id=row.intent_id, reason=row.broken or "no outcome")
        return read_outcome(self._vault.open(row.result))

    def _over(self, intent_id: str) -> "asyncio.Future[Row]":
        """Return what will have the row of an intent that is over; one query serves all who wait."""
        waiting = self._waiting.get(intent_id)
        if waiting is None:
            waiting = self._waiting[intent_id] = asyncio.get_running_loop().create_future()
        if self._teller is None or self._teller.done():
            self._teller = asyncio.create_task(self._tell())
        return waiting

    async def _tell(self) -> None:
        while self._waiting:
            ids = list(self._waiting)
            try:
                for first in range(0, len(ids), _MOST_AT_ONCE):
                    for intent_id, row in (await self._engine.finished(ids[first : first + _MOST_AT_ONCE])).items():
                        self._waiting.pop(intent_id).set_result(row)
            except BookItError as error:
                for waiting in self._waiting.values():
                    waiting.set_exception(error)
                    waiting.exception()  # whoever still waits is told; asyncio need not say that nobody does
                self._waiting.clear()
            await asyncio.sleep(POLL)


def _limit_problem(limit: object) -> str | None:
    match limit:
        case None:
            return None
        case (int(count), int() | float() as seconds) if count > 0 and seconds > 0:
            return None
        case _:
            return "limit must be requests and seconds, such as (10, 1.0), both more than 0"
