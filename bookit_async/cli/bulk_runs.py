"""Booking the rows of a file through a journal: so many under way at a time, each of them once."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from attrs import define, field, frozen

from ..durable import DurableOutcome, IntentBrokenError, IntentConflictError, Standing
from ..views.choosers import SlotChoice
from . import statuses
from .failures import message_of
from .journals import Journal
from .row_outcomes import BROKEN, CONFLICT, OPEN, Came, came_of, came_to, leaves_room
from .rows import ZONE, Row, Wants, guests_of

PATIENCE = 90.0
"""Seconds that a row may be open before the others go on without it."""
_LEAST_WINDOW = 50
_WINDOWS = 4
"""Rows that are read ahead for each that is booked at once."""


def window_of(concurrency: int) -> int:
    """Return how many rows are under way at a time, those that wait for their turn included."""
    return max(_LEAST_WINDOW, _WINDOWS * concurrency)


@frozen(kw_only=True)
class Order:
    """What is booked for each row."""

    node: str | None
    link: str | None
    choice: SlotChoice
    wants: Wants


@frozen(kw_only=True)
class Told:
    """A row that is over for this run."""

    row: Row = field(repr=False)
    intent_id: str
    came: Came
    note: dict[str, Any] = field(repr=False)
    """What is noted of it."""


@define
class BulkRun:
    """Books rows.

    Args:
        journal: Where they are booked; its worker works here.
        order: What is booked.
        tell: Is told of each row that is over, or that is left open.
        patience: Seconds that a row may be open.
    """

    journal: Journal
    order: Order
    tell: Callable[[Told], Awaitable[None]]
    patience: float = field(factory=lambda: PATIENCE)
    open_rows: int = 0

    async def book(self, rows: Iterable[Row], *, window: int) -> bool:
        """Book rows, at most *window* of them under way; return whether all were begun.

        It begins no more rows when a whole window of them stays open: the service is not there.
        """
        try:
            return await self._book_all(rows, window)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None

    async def _book_all(self, rows: Iterable[Row], window: int) -> bool:
        room = asyncio.Semaphore(window)
        async with asyncio.TaskGroup() as group:
            for row in rows:
                await room.acquire()
                if self.open_rows >= window:
                    return False
                task = group.create_task(self._book(row))
                task.add_done_callback(lambda _: room.release())
        return True

    async def _book(self, row: Row) -> None:
        told = await self._booked(row)
        self.open_rows += told.came.outcome == OPEN
        await self.tell(told)

    async def _booked(self, row: Row) -> Told:
        intent_id = self._id_of(row)
        name = f"row:{intent_id}"
        note: dict[str, Any] | None = (await self.journal.notes.read([name])).get(name)
        if note is None:
            note = {"row": row.number, "key": row.key, "email": self._email_of(row), "attempt": 1}
            await self.journal.notes.change({name: note})
        while True:
            attempt = _attempt(intent_id, note["attempt"])
            try:
                return Told(row=row, intent_id=attempt, came=await self._outcome(attempt, row), note=note)
            except IntentConflictError:
                there = await self.journal.durable.find(attempt)
                before = None if there is None else there.outcome
                if before is None or not leaves_room(before):
                    return Told(row=row, intent_id=attempt, came=_conflict(before), note=note)
                note = {**note, "attempt": note["attempt"] + 1}
                await self.journal.notes.change({name: note})

    def _id_of(self, row: Row) -> str:
        return row.key if row.key is not None else f"row-{self.journal.names.name('row', row.mark.hex())}"

    def _email_of(self, row: Row) -> str | None:
        email = row.values.get("Email")
        return email if isinstance(email, str) and email else None

    async def _outcome(self, intent_id: str, row: Row) -> Came:
        """Ask for a row's booking, and return what it came to."""
        data, order = self.order.wants.data(row), self.order
        try:
            await self.journal.durable.submit(
                intent_id,
                order.node,
                data if order.node is not None else None,
                link_id=order.link,
                timezone=str(row.values.get(ZONE) or order.wants.zone),
                slot=order.choice,
                answers=data if order.link is not None else None,
                guests=guests_of(row),
            )
            return await self._waited(intent_id)
        except IntentConflictError:
            raise
        except IntentBrokenError as error:
            return Came(outcome=BROKEN, exit=statuses.OPEN, reason=message_of(error))

    async def _waited(self, intent_id: str) -> Came:
        durable = self.journal.durable
        while True:
            try:
                outcome: DurableOutcome = await durable.result(intent_id, timeout=self.patience)
            except TimeoutError:
                standing = await durable.find(intent_id)
                if standing is not None and _open_long(standing, self.patience):
                    return came_to(standing)
            else:
                return came_of(outcome)


def _open_long(standing: Standing, patience: float) -> bool:
    return standing.since is not None and (datetime.now(UTC) - standing.since).total_seconds() >= patience


def _attempt(intent_id: str, number: int) -> str:
    return intent_id if number == 1 else f"{intent_id}#{number}"


def _conflict(before: DurableOutcome | None) -> Came:
    if before is None:
        reason = "it was asked for before with other content, and is not over yet"
    else:
        meeting = getattr(before, "meeting_id", None)
        reason = "it was asked for before with other content" + (f": meeting {meeting}" if meeting else "")
    return Came(outcome=CONFLICT, exit=statuses.UNUSABLE, reason=reason, meeting_id=None)
