"""What durable bookings keep beside the engine, in its database: the naming key, whose each meeting is, the rate."""

import asyncio
import select
import sqlite3
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from secrets import token_hex
from time import time
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from attrs import evolve, frozen
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from ..errors import BookItError
from .pace import BETWEEN, FULL, LEAST
from .sealing import Names, Vault

K = TypeVar("K")
T = TypeVar("T")

_TABLES = sa.MetaData()
_KEYS = sa.Table(
    "bookit_keys", _TABLES, sa.Column("name", sa.Text, primary_key=True), sa.Column("sealed", sa.Text, nullable=False)
)
_MEETINGS = sa.Table(
    "bookit_meetings",
    _TABLES,
    sa.Column("meeting", sa.Text, primary_key=True),
    sa.Column("intent", sa.Text, nullable=False),
)
_PACE = sa.Table(
    "bookit_pace",
    _TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("free_at", sa.Float, nullable=False),
    sa.Column("share", sa.Float, nullable=False),
    sa.Column("changed_at", sa.Float, nullable=False),
)
_WORKERS = sa.Table(
    "bookit_workers",
    _TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("asleep", sa.Integer, nullable=False),
)
_WITHDRAWN = sa.Table("bookit_withdrawn", _TABLES, sa.Column("intent", sa.Text, primary_key=True))
_FORGOTTEN = sa.Table(
    "bookit_forgotten",
    _TABLES,
    sa.Column("intent", sa.Text, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
_NOTE = "insert into bookit_meetings (meeting, intent) values (:meeting, :intent) on conflict do nothing"
_TAKE = """
update bookit_pace set free_at = case when free_at > :now then free_at else :now end + :interval / share
where name = 'all' and free_at <= :now + :ahead returning free_at - :interval / share
"""
_LOWER = "update bookit_pace set free_at = :latest where name = 'all' and free_at > :latest"
_KEEP = "insert into bookit_forgotten (intent, sealed, at) values (:intent, :sealed, :at) on conflict do nothing"
_WITHDRAW = "insert into bookit_withdrawn (intent) values (:intent) on conflict do nothing"
_HERE = """
insert into bookit_workers (name, asleep) values (:name, :asleep)
on conflict (name) do update set asleep = excluded.asleep
"""
_BAD_DATABASE = (
    "database must be sqlite:///file.db, or postgresql://user@host/name without a driver (or set BOOKIT_DATABASE)"
)
_SETUP_LOCK = 0x626F6F6B
_BUSY = 30.0
"""Seconds to wait for the lock of a SQLite file."""
_AGAIN = 0.5
"""Seconds before a meeting is noted again."""
_MOST_AT_ONCE = 500
"""Questions in one transaction."""
_CONNECT = 5
"""Seconds to wait for a connection to PostgreSQL."""
_AHEAD = 0.5
"""Seconds before its time at which a place in the row of requests is taken, by who may give up before."""
TROUBLES = (DBAPIError, sqlite3.Error, PoolTimeoutError)
"""What a database raises that is away, full, closed to writing or broken."""


class StoreLostError(BookItError):
    """The database that keeps the bookings does not answer."""

    reason: str
    """The kind of trouble."""

    what = "the database of the durable bookings does not answer: {reason}"
    advice = "What was stored is kept: look after the database, then ask again with the same intent id."
    shown = ("reason",)

    def __init__(self, *, reason: str, operation: str | None = None) -> None:
        super().__init__(operation=operation)
        self.reason = reason


def database_problem(database: object) -> str | None:
    """Return what is wrong with the URL of a database, None when nothing is."""
    try:
        url = sa.make_url(database if isinstance(database, str) else "")
    except (ArgumentError, ValueError):
        return _BAD_DATABASE
    if url.drivername == "sqlite":
        is_file = bool(url.database) and url.database != ":memory:" and not url.query and not url.host
        return None if is_file else _BAD_DATABASE
    return None if url.drivername in ("postgresql", "postgres") and url.database else _BAD_DATABASE


def is_shared(database: str) -> bool:
    """Return whether several machines can work on a database."""
    return not database.startswith("sqlite")


def file_of(database: str) -> Path | None:
    """Return the file of a SQLite database, None for PostgreSQL."""
    return None if is_shared(database) else Path(str(sa.make_url(database).database)).resolve()


def refuse_ended(connection: Any, *_: object) -> None:
    """Raise for a kept connection to PostgreSQL on which something came unasked, as its end does; another is made.

    A look at the socket, where the pool's own question would be a round trip before each transaction.
    """
    come = select.poll()
    if not connection.closed:
        come.register(connection, select.POLLIN)
    if connection.closed or come.poll(0):
        raise DisconnectionError


def lost(error: Exception) -> StoreLostError:
    """Return what is told of a database that failed; of its own words only those that hold nothing that was stored."""
    orig = (error.orig or error) if isinstance(error, DBAPIError) else error
    said = str(orig).splitlines()[:1]
    tells = said and (isinstance(orig, sqlite3.Error) or (isinstance(error, DBAPIError) and error.statement is None))
    return StoreLostError(reason=said[0] if tells else type(orig).__name__)


@frozen(kw_only=True)
class Fleet:
    """The workers as the store has them."""

    share: float
    """The share of the user's limits that counts now."""
    workers: Mapping[str, int]
    """By their names, how many open intents each has waiting for their next question."""

    @property
    def asleep(self) -> int:
        """Return the most that one of them has."""
        return max(self.workers.values(), default=0)


class Together(Generic[K, T]):
    """Asks in one transaction what many want to know at the same time.

    Args:
        ask: Returns the answers to so many questions, in their order; an error is raised for who asked that one.
    """

    def __init__(self, ask: Callable[[Sequence[K]], Awaitable[Sequence[T | Exception]]]) -> None:
        self._ask = ask
        self._wanted: list[tuple[K, asyncio.Future[T]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def __call__(self, question: K) -> T:
        """Return the answer to one question; what asking raises, all are told who wanted to know."""
        wanted: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._wanted.append((question, wanted))
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_on())
        return await wanted

    async def _ask_on(self) -> None:
        while self._wanted:
            now, self._wanted = self._wanted[:_MOST_AT_ONCE], self._wanted[_MOST_AT_ONCE:]
            answers: Sequence[T | Exception]
            try:
                answers = await self._ask([question for question, _ in now])
            except Exception as error:  # noqa: BLE001 - it is told to all
                answers = [error] * len(now)
            told = [(wanted, answer) for (_, wanted), answer in zip(now, answers, strict=True) if not wanted.done()]
            for wanted, answer in told:
                if isinstance(answer, Exception):
                    wanted.set_exception(answer)
                else:
                    wanted.set_result(answer)


class Database:
    """A database to be asked in threads, one transaction at a time for each question.

    Args:
        url: As `Durable` takes it.
        busy: Seconds to wait for the lock of a SQLite file.
    """

    def __init__(self, url: str, *, busy: float) -> None:
        made = sa.make_url(url)
        self.shared = is_shared(url)
        self.engine: sa.Engine
        if self.shared:
            options = {"connect_timeout": _CONNECT, "application_name": "bookit_async"}
            made = made.set(drivername="postgresql+psycopg")
            self.engine = sa.create_engine(made, connect_args=options)
            event.listen(self.engine, "checkout", refuse_ended)
        else:
            self.engine = sa.create_engine(made, connect_args={"timeout": busy}, pool_size=1)

    async def run(self, do: Callable[[sa.Connection], T]) -> T:
        """Return what *do* gives, in one transaction; StoreLostError when the database does not answer."""
        return await asyncio.to_thread(self._run, do)

    async def set_up(self, do: Callable[[sa.Connection], T]) -> T:
        """Return what *do* gives, which makes tables, while no other process makes any; StoreLostError as `run`."""
        return await self.run(lambda db: self._alone(db, do))

    async def close(self) -> None:
        """Disconnect."""
        await asyncio.to_thread(self.engine.dispose)

    def _alone(self, db: sa.Connection, do: Callable[[sa.Connection], T]) -> T:
        if self.shared:
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(_SETUP_LOCK)))
        else:
            db.exec_driver_sql("PRAGMA journal_mode=WAL")
            db.exec_driver_sql("BEGIN IMMEDIATE")
        return do(db)

    def _run(self, do: Callable[[sa.Connection], T]) -> T:
        try:
            with self.engine.begin() as db:
                return do(db)
        except TROUBLES as error:
            raise lost(error) from error


class Store:
    """Small tables of our own. What waits for the database does so in a thread."""

    def __init__(self, database: str, vault: Vault) -> None:
        self._database = Database(database, busy=_BUSY)
        self.engine = self._database.engine
        self._vault = vault
        self.names = Names("")
        self._claimed = Together[tuple[str, str], bool](lambda rows: self.run(lambda db: self._claim(db, rows)))
        self._withdrawn = Together[str, str | None](
            lambda intents: self.run(lambda db: self._found(db, _WITHDRAWN.c.intent, intents))
        )
        self._kept = Together[str, str | None](
            lambda intents: self.run(lambda db: self._found(db, _FORGOTTEN.c.sealed, intents))
        )

    async def open(self) -> None:
        """Make the tables where they are missing, and read the naming key."""
        self.names = Names(await self._database.set_up(self._set_up))

    async def close(self) -> None:
        """Disconnect."""
        await self._database.close()

    async def claim(self, meeting_id: str, intent_id: str) -> bool:
        """Note that a meeting is an intent's; False when it is another's."""
        meeting, intent = self.names.name("meeting", meeting_id), self.names.name("intent", intent_id)
        while True:  # a meeting that was booked is not given up because the database is away
            try:
                return await self._claimed((meeting, intent))
            except StoreLostError:
                await asyncio.sleep(_AGAIN)

    async def reserve(self, interval: float) -> tuple[bool, float]:
        """Return whether a request may go out, and in how many seconds: *interval* at full share after the one before.

        If it may not, nothing is taken, and it is worth asking again after those seconds: of those who wait long some
        give up, and a place that nobody goes out at would be lost to all.
        """
        return await self.run(lambda db: self._reserve(db, interval))

    async def fleet(self) -> Fleet:
        """Return the workers as the store has them."""
        return await self.run(self._fleet)

    async def report(self, worker: str, asleep: int) -> Fleet:
        """Note that a worker is there, and how many intents it has waiting; return what the store has of all."""
        return await self.run(lambda db: self._report(db, worker, asleep))

    async def change_share(self, was: float, share: float) -> bool:
        """Change the share that counts for all workers; False when somebody changed it within the last second."""
        return await self.run(lambda db: self._change_share(db, was, share))

    async def strike_worker(self, worker: str) -> None:
        """Take a worker off the list."""
        await self.run(lambda db: db.execute(_WORKERS.delete().where(_WORKERS.c.name == worker)))

    async def withdraw(self, intent_id: str) -> None:
        """Note that an intent is not to be booked any more."""
        intent = self.names.name("intent", intent_id)
        await self.run(lambda db: db.execute(sa.text(_WITHDRAW), {"intent": intent}))

    async def is_withdrawn(self, intent_id: str) -> bool:
        """Return whether an intent is not to be booked any more."""
        return await self._withdrawn(self.names.name("intent", intent_id)) is not None

    async def keep(self, forgotten: Mapping[str, object]) -> None:
        """Keep of intents that are about to be forgotten, by id, what is not; what was kept before stays."""
        at = time()
        rows = [
            {"intent": self.names.name("intent", intent_id), "sealed": self._vault.seal(what), "at": at}
            for intent_id, what in forgotten.items()
        ]
        await self.run(lambda db: db.execute(sa.text(_KEEP), rows))

    async def kept(self, intent_id: str) -> Any:
        """Return what was kept of an intent that was forgotten, None when it was not."""
        sealed = await self._kept(self.names.name("intent", intent_id))
        return None if sealed is None else self._vault.open(sealed)

    async def erase(self, intent_ids: Collection[str]) -> None:
        """Erase all that is known of intents here."""
        intents = [self.names.name("intent", one) for one in intent_ids]
        await self.run(lambda db: self._erase(db, intents))

    async def erase_kept(self, before: float) -> int:
        """Erase what was kept before a time, seconds since the epoch, and return of how many intents."""
        return await self.run(lambda db: self._erase_kept(db, before))

    async def run(self, do: Callable[[sa.Connection], T]) -> T:
        """Return what *do* gives, in one transaction; StoreLostError when the database does not answer."""
        return await self._database.run(do)

    def _set_up(self, db: sa.Connection) -> str:
        _TABLES.create_all(db)
        if db.execute(sa.select(_PACE.c.name)).first() is None:
            db.execute(_PACE.insert().values(name="all", free_at=0.0, share=FULL, changed_at=0.0))
        sealed = db.execute(sa.select(_KEYS.c.sealed).where(_KEYS.c.name == "names")).scalar()
        if sealed is None:
            key = token_hex(32)
            db.execute(_KEYS.insert().values(name="names", sealed=self._vault.seal(key)))
            return key
        key = self._vault.open(sealed)
        db.execute(_KEYS.update().where(_KEYS.c.name == "names").values(sealed=self._vault.seal(key)))
        return str(key)

    def _claim(self, db: sa.Connection, rows: Sequence[tuple[str, str]]) -> list[bool]:
        db.execute(sa.text(_NOTE), [{"meeting": meeting, "intent": intent} for meeting, intent in rows])
        found = _MEETINGS.select().where(_MEETINGS.c.meeting.in_([meeting for meeting, _ in rows]))
        owners = {row.meeting: row.intent for row in db.execute(found)}
        return [owners[meeting] == intent for meeting, intent in rows]

    def _found(self, db: sa.Connection, column: "sa.Column[str]", intents: Sequence[str]) -> list[str | None]:
        """Return what a table has in a column for each of the intents, None where it has no such intent."""
        named = column.table.c.intent
        found = {row[0]: str(row[1]) for row in db.execute(sa.select(named, column).where(named.in_(intents)))}
        return [found.get(one) for one in intents]

    def _now(self, db: sa.Connection) -> float:
        """Return the store's time, which is one for all workers."""
        if not self._database.shared:
            return time()
        return float(db.execute(sa.text("select extract(epoch from clock_timestamp())")).scalar_one())

    def _reserve(self, db: sa.Connection, interval: float) -> tuple[bool, float]:
        now = self._now(db)
        begins = db.execute(sa.text(_TAKE), {"now": now, "interval": interval, "ahead": _AHEAD}).scalar()
        if begins is not None:
            return True, max(0.0, float(begins) - now)
        latest = now + _AHEAD + interval / LEAST  # what is later was stored under another limit, or another clock
        db.execute(sa.text(_LOWER), {"latest": latest})
        free_at = float(db.execute(sa.select(_PACE.c.free_at)).scalar_one())
        return False, max(0.0, free_at - now - _AHEAD)

    def _report(self, db: sa.Connection, worker: str, asleep: int) -> Fleet:
        fleet = self._fleet(db)
        if fleet.workers.get(worker) == asleep:
            return fleet
        db.execute(sa.text(_HERE), {"name": worker, "asleep": asleep})
        return evolve(fleet, workers={**fleet.workers, worker: asleep})

    def _fleet(self, db: sa.Connection) -> Fleet:
        share = float(db.execute(sa.select(_PACE.c.share)).scalar_one())
        return Fleet(share=share, workers={row.name: row.asleep for row in db.execute(sa.select(_WORKERS))})

    def _change_share(self, db: sa.Connection, was: float, share: float) -> bool:
        now = self._now(db)
        same = _PACE.update().where(_PACE.c.share == was, _PACE.c.changed_at <= now - BETWEEN)
        return db.execute(same.values(share=share, changed_at=now)).rowcount == 1

    def _erase(self, db: sa.Connection, intents: list[str]) -> None:
        for table in (_MEETINGS, _WITHDRAWN, _FORGOTTEN):
            db.execute(table.delete().where(table.c.intent.in_(intents)))

    def _erase_kept(self, db: sa.Connection, before: float) -> int:
        intents = list(db.execute(sa.select(_FORGOTTEN.c.intent).where(_FORGOTTEN.c.at < before)).scalars())
        self._erase(db, intents)
        return len(intents)
