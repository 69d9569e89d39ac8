"""`Durable`: bookings that are made exactly once, whatever happens to the process that asked for them."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Any, Literal, Self

from attrs import frozen

from ..client import BookIt
from ..errors import BookItError, InvalidInputError, refuse
from ..exchange.telemetry import LOGGER
from ..settings import is_count, is_seconds
from ..times import Zone, naive_problem
from ..views.choosers import SlotChoice, earliest
from ..views.offers import Offer
from ..views.outcomes import Booked
from .booking import carry_out, seal_asked
from .dbos_engine import DbosEngine
from .engine import DurableClosedError, Engine, Row
from .gate import StoreGate
from .intents import Intent, IntentConflictError, ask, id_problems
from .offer_bookings import OfferBookings
from .outcomes import DurableOutcome, Forgotten, read_outcome
from .pace import BETWEEN, next_share, room_of_each
from .sealing import Vault
from .standing import MOST_COUNTED, Standing, Status, progress_of, standing_of
from .steps import Steps
from .store import Store, StoreLostError, database_problem

CONCURRENCY = 50
GRACE = 5.0
"""Seconds that what is in flight may take when a worker is closed."""
PATIENCE = 20.0
"""Seconds that somebody who booked a slot of an offer waits for the outcome."""
POLL = 0.1
"""Seconds between two looks for what is over."""
_MOST_A_TIME = 1_000_000
"""Requests of a limit."""
_PICK_UP = 5
"""Seconds between two looks for intents that should run here and do not."""
_MOST_AT_ONCE = 500
"""Intents in one query."""
_MOST_LISTED = MOST_COUNTED
"""Intents that are listed or counted."""


class IntentNotFoundError(BookItError):
    """No intent was stored under that id."""

    intent_id: str
    """The id."""

    what = "no booking was asked for under the intent id {intent_id!r}"
    advice = "Ask for it with submit or book, in any process on the same database."
    shown = ("intent_id",)

    def __init__(self, *, intent_id: str, operation: str | None = None) -> None:
        super().__init__(operation=operation)
        self.intent_id = intent_id


class IntentBrokenError(BookItError):
    """The engine gave an intent up, which is a mistake in this package."""

    intent_id: str
    """The intent's id."""
    reason: str
    """Why it was given up."""

    what = "the intent {intent_id!r} cannot be carried on ({reason})"
    advice = "Look with client.meetings whether it was booked, and report this with the versions that you use."
    shown = ("intent_id", "reason")

    def __init__(self, *, intent_id: str, reason: str, operation: str | None = None) -> None:
        super().__init__(operation=operation)
        self.intent_id = intent_id
        self.reason = reason


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
            They are spaced evenly. None for no limit. Give all workers the same.
        concurrency: Intents that are carried out at once by all workers, who share it evenly, one each at least. Those
            that wait to be asked about again do not count. Give all workers the same.
        worker: Whether this process works; False only asks, and waits.
        grace: Seconds that what is in flight may take when it is closed; the rest is left for others.
        now: Gives the aware time of day.

    While the service answers 429 or 5xx, all workers go down together, in halves to a sixteenth of *limit* and
    *concurrency*, and come up again in tenths.

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
        problems = [*_problems(client, database, limit=limit, concurrency=concurrency, grace=grace)]
        try:
            vault = Vault(secrets)
        except InvalidInputError as error:
            raise InvalidInputError(problems=[*problems, *error.problems]) from None
        refuse(problems)
        self._vault = vault
        self._grace = grace
        self._worker = worker
        self._concurrency = concurrency
        self._store = Store(database, vault)
        self._gate = StoreGate(self._store, limit)
        self._closed_engine: Engine = DbosEngine(database, self._store, worker=worker, concurrency=concurrency)
        self._steps = Steps(client.with_options(gate=self._gate), self._store, self._mark_of, now)
        self._waiting: dict[str, asyncio.Future[Row]] = {}
        self._state: Literal["new", "open", "closed"] = "new"
        self._teller: asyncio.Task[None] | None = None
        self._tender: asyncio.Task[None] | None = None
        self._good = 0
        """Answers without complaints since the pace was changed last."""

    @property
    def _engine(self) -> Engine:
        """Return the engine; DurableClosedError when it is not running."""
        if self._state != "open":
            raise DurableClosedError
        return self._closed_engine

    async def __aenter__(self) -> Self:
        if self._state != "new":
            raise InvalidInputError(problems=["a Durable is opened once: make another one"])
        self._state = "open"
        try:
            await self._store.open()
            await self._engine.open(partial(carry_out, steps=self._steps, vault=self._vault))
            if self._worker:
                await self._tend()
                self._tender = asyncio.create_task(self._tend_on())
        except BaseException:
            self._state = "closed"
            await self._closed_engine.close(grace=0)
            await self._store.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Stop: what is in flight may end within the grace, and the rest is left for others, or for the next start.

        Who still waits for an outcome here is told so by a DurableClosedError.
        """
        if self._state != "open":
            return
        for task in (self._teller, self._tender):
            if task is not None:
                task.cancel()
        engine, self._state = self._engine, "closed"
        await engine.close(grace=self._grace)
        self._gate.closed = True
        self._tell_all(DurableClosedError())
        with contextlib.suppress(StoreLostError):
            await self._store.strike_worker(engine.name)
        await self._store.close()

    async def book(
        self,
        intent_id: str,
        trigger_node: str,
        prospect: Mapping[str, Any],
        *,
        timezone: Zone,
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
        await self.submit(
            intent_id, trigger_node, prospect, timezone=timezone, slot=slot, answers=answers, guests=guests
        )
        return await self._result(intent_id, timeout)

    async def book_link(
        self,
        intent_id: str,
        link_id: str,
        *,
        timezone: Zone,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        timeout: float | None = None,
    ) -> DurableOutcome:
        """Book a slot of a BookIt Link, once for each intent id; `book` and `BookIt.book_link` say the rest."""
        await self.submit(intent_id, link_id=link_id, timezone=timezone, slot=slot, answers=answers, guests=guests)
        return await self._result(intent_id, timeout)

    async def submit(
        self,
        intent_id: str,
        trigger_node: str | None = None,
        prospect: Mapping[str, Any] | None = None,
        *,
        link_id: str | None = None,
        offer: Offer | None = None,
        timezone: Zone,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
    ) -> Handle:
        """Ask for a booking: once this returns it is stored, and will be made.

        By a trigger node, through a link, or with an *offer* that was made before, not by legacy calls. Raises what
        `book` raises.
        """
        if sum(one is not None for one in (trigger_node, link_id, offer)) != 1:
            raise InvalidInputError(problems=["give exactly one of trigger_node, link_id and offer"])
        if offer is not None and (offer.token is None) == (offer.link_id is None):
            raise InvalidInputError(problems=["an offer of the legacy calls, or to move a meeting, cannot be stored"])
        intent = ask(
            intent_id,
            trigger_node=trigger_node,
            prospect=prospect,
            link_id=link_id,
            offer=offer,
            timezone=timezone,
            slot=slot,
            answers=answers,
            guests=guests,
        )
        mark, engine = self._mark_of(intent), self._engine
        if (kept := await self._store.kept(intent_id)) is not None and kept["mark"] != mark:
            raise IntentConflictError(intent_id=intent_id)
        prospect_name = None if intent.link_id is None else self._store.names.name("prospect", intent.prospect_key())
        sealed = seal_asked(self._vault, intent)
        known = await engine.enqueue(intent_id, sealed, mark=mark, prospect=prospect_name)
        if known != mark:
            raise IntentConflictError(intent_id=intent_id)
        return Handle(intent_id, self)

    async def result(self, intent_id: str, *, timeout: float | None = None) -> DurableOutcome:
        """Return what an intent came to, when it does; it may have been asked for in another process.

        TimeoutError after *timeout* seconds, while it is carried on; None waits for ever. Raises IntentNotFoundError
        for an id that nobody asked for.
        """
        forgotten = await self._forgotten(intent_id)
        return forgotten or await self._result(intent_id, timeout)

    async def _forgotten(self, intent_id: str) -> Forgotten | None:
        """Return what is left of an intent that is not stored any more, None when it is; or IntentNotFoundError."""
        refuse(id_problems(intent_id))
        if await self._engine.find(intent_id) is not None:
            return None
        kept = await self._store.kept(intent_id)
        if kept is None:
            raise IntentNotFoundError(intent_id=intent_id)
        return Forgotten(meeting_id=kept["meeting_id"])

    async def _result(self, intent_id: str, timeout: float | None) -> DurableOutcome:
        async with asyncio.timeout(timeout):
            return self._outcome(await asyncio.shield(self._over(intent_id)))

    async def results(self, intent_ids: Iterable[str]) -> AsyncIterator[tuple[str, DurableOutcome]]:
        """Yield each intent's id and outcome as it comes; ids that nobody asked for are waited for."""
        intent_ids = [intent_ids] if isinstance(intent_ids, str) else list(intent_ids)
        refuse(problem for one in intent_ids for problem in id_problems(one))
        ids = list(dict.fromkeys(intent_ids))
        there = set[str]()
        for intent_id, kept in zip(ids, await asyncio.gather(*map(self._store.kept, ids)), strict=True):
            if kept is not None and await self._engine.find(intent_id) is None:
                there.add(intent_id)
                yield intent_id, Forgotten(meeting_id=kept["meeting_id"])
        for row in asyncio.as_completed([self._over(one) for one in ids if one not in there]):
            done = await row
            yield done.intent_id, self._outcome(done)

    async def find(self, intent_id: str) -> Standing | None:
        """Return how far an intent has come, None when nobody asked for it or it was forgotten."""
        refuse(id_problems(intent_id))
        row = await self._engine.find(intent_id)
        if row is None:
            return None
        return self._standing(row)

    async def look(self, intent_id: str) -> Booked | None:
        """Return the meeting that an intent has by now, None when surely it has none; it books nothing.

        Asks the service of what is under way, `settle` seconds at least where nothing is found, and needs no worker;
        what a worker books later is not known. Raises OutcomeUnknownError when that cannot be told before the client's
        deadline, and IntentNotFoundError, also for one of which all but the meeting's id was forgotten.
        """
        refuse(id_problems(intent_id))
        row = await self._engine.find(intent_id)
        if row is None:
            raise IntentNotFoundError(intent_id=intent_id)
        if row.result is not None:
            outcome = self._outcome(row)
            if isinstance(outcome, Forgotten) and outcome.meeting_id is not None:
                raise IntentNotFoundError(intent_id=intent_id)
            return outcome if isinstance(outcome, Booked) else None
        progress = progress_of(map(self._vault.open, row.steps))
        return None if progress.prepared is None else await self._steps.look(intent_id, progress)

    async def under_way(self) -> tuple[Standing, ...]:
        """Return how far each intent has come that is not over, the oldest first; the newest are left out of 10,000."""
        return tuple([self._standing(row) for row in await self._engine.under_way(most=_MOST_LISTED)])

    async def status(self) -> Status:
        """Return what is under way and what is done, and who works."""
        now = datetime.now(UTC)
        under_way = await self.under_way()
        fleet = await self._store.fleet()
        return Status(
            under_way=under_way,
            done=await self._engine.count_over(most=_MOST_LISTED),
            last_minute=await self._engine.count_over(since=now - timedelta(minutes=1), most=_MOST_LISTED),
            broken=tuple([row.intent_id for row in await self._engine.broken(most=_MOST_LISTED)]),
            workers=len(fleet.workers),
            share=fleet.share,
        )

    async def intents(self) -> AsyncIterator[Standing]:
        """Yield how far each intent has come that is stored and not forgotten, in the order in which they were asked.

        It holds some hundred of them at a time, however many there are; those that are asked for meanwhile come last.
        """
        since: datetime | None = None
        seen = set[str]()
        while rows := await self._engine.asked(since=since, but=seen, most=_MOST_AT_ONCE):
            for row in rows:
                if row.asked_at != since:
                    since, seen = row.asked_at, set[str]()
                seen.add(row.intent_id)
                yield self._standing(row)

    def _standing(self, row: Row) -> Standing:
        if row.broken is not None:
            return Standing(intent_id=row.intent_id, state="broken", asked_at=row.asked_at, why=row.broken)
        if row.result is not None:
            return Standing(intent_id=row.intent_id, state="done", asked_at=row.asked_at, outcome=self._outcome(row))
        return standing_of(row.intent_id, row.asked_at, map(self._vault.open, row.steps))

    def offer_bookings(self, *, patience: float = PATIENCE) -> OfferBookings:
        """Return what books one slot of each offer that was shown to somebody, and waits so many seconds for it."""
        return OfferBookings(self, patience)

    async def withdraw(self, intent_id: str, *, timeout: float | None = None) -> DurableOutcome:
        """Have an intent not booked any more, and return what it came to: `Withdrawn`, or what was faster.

        A meeting that is booked already stays: `client.cancel` is for that. What may have been sent is still asked
        about, and not sent again. A worker has to be there to say so; TimeoutError after *timeout* seconds without an
        outcome, and the intent stays withdrawn. Raises IntentNotFoundError.
        """
        if (forgotten := await self._forgotten(intent_id)) is not None:
            return forgotten
        await self._store.withdraw(intent_id)
        return await self._result(intent_id, timeout)

    async def forget(self, *, before: datetime, entirely: bool = False) -> int:
        """Delete what intents were and came to that were over *before* a time, and return of how many.

        One that is broken is left, for nobody knows whether it has a meeting; *entirely* deletes it, too.

        Their ids and the ids of their meetings are kept, so that the same intent is not booked again: asked for again,
        it gives `Forgotten`. With *entirely* not even that is kept, nor what was kept of intents that were forgotten
        before that time. *before* is an aware datetime; InvalidInputError when it is not.
        """
        refuse(naive_problem("before", before))
        forgotten = 0
        while rows := await self._engine.over(before, most=_MOST_AT_ONCE, broken=entirely):
            ids = [one.intent_id for one in rows]
            if not entirely:
                await self._store.keep({one.intent_id: self._remains(one) for one in rows})
            await self._engine.delete(ids)
            if entirely:
                await self._store.erase(ids)
            forgotten += len(ids)
        if entirely:
            forgotten += await self._store.erase_kept(before.timestamp())
        return forgotten

    def _remains(self, row: Row) -> dict[str, Any]:
        """Return what is kept of an intent that is forgotten."""
        outcome = None if row.result is None else read_outcome(self._vault.open(row.result))
        return {"mark": row.mark, "meeting_id": outcome.meeting_id if isinstance(outcome, Booked | Forgotten) else None}

    def _mark_of(self, intent: Intent) -> str:
        return self._store.names.name("content", intent.content())

    async def _tend_on(self) -> None:
        """Keep this worker's pace that of all, for as long as it works."""
        seconds = 0
        while True:
            await asyncio.sleep(BETWEEN)
            seconds += 1
            whole = seconds % _PICK_UP == 1 % _PICK_UP
            if self._engine.rests and not whole:
                continue
            try:
                await self._tend()
                if whole:
                    await self._engine.pick_up()
            except BookItError as error:
                LOGGER.warning("durable: %s", error)
            except Exception as error:  # noqa: BLE001 - whatever the engine has, the next second may be better
                LOGGER.warning("durable: the pace could not be kept: %s", type(error).__name__)

    async def _tend(self) -> None:
        fleet = await self._store.report(self._engine.name, self._engine.asleep)
        complaints, answers = self._gate.counted()
        self._good = 0 if complaints else self._good + answers
        share = next_share(fleet.share, complaints=complaints, answers=self._good)
        if share != fleet.share and await self._store.change_share(fleet.share, share):
            self._good = 0
        size = room_of_each(self._concurrency, fleet.share, len(fleet.workers))
        await self._engine.allow(size, asleep=fleet.asleep)

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
            try:
                await self._tell_of_those_over()
            except Exception as error:  # noqa: BLE001 - nobody may wait for ever, whatever it is
                self._tell_all(error)
            if self._waiting:
                await self._engine.news(within=POLL)

    async def _tell_of_those_over(self) -> None:
        ids = list(self._waiting)
        for first in range(0, len(ids), _MOST_AT_ONCE):
            for intent_id, row in (await self._engine.finished(ids[first : first + _MOST_AT_ONCE])).items():
                self._waiting.pop(intent_id).set_result(row)

    def _tell_all(self, error: Exception) -> None:
        for waiting in self._waiting.values():
            waiting.set_exception(error)
            waiting.exception()  # whoever still waits is told; asyncio need not say that nobody does
        self._waiting.clear()


def _problems(client: object, database: object, *, limit: object, concurrency: object, grace: object) -> Iterator[str]:
    """Yield a sentence for every setting that cannot be used."""
    if not isinstance(client, BookIt):
        yield "client must be a BookIt"
    if (problem := database_problem(database)) is not None:
        yield problem
    match limit:
        case None:
            pass
        case (int(count), int() | float() as seconds) if (
            is_count(count) and is_seconds(seconds) and 0 < count <= _MOST_A_TIME and seconds > 0
        ):
            pass
        case _:
            yield "limit must be requests and seconds, such as (10, 1.0), both more than 0"
    if not is_count(concurrency) or not concurrency:
        yield "concurrency must be a whole number from 1 on"
    if not is_seconds(grace):
        yield "grace must be a number of seconds from 0 to a day"
