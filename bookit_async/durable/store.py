"""What durable bookings keep beside the engine, in its database: the naming key, whose each meeting is, the rate."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from secrets import token_hex
from time import time
from typing import TypeVar
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.exc import InterfaceError, OperationalError

from ..errors import BookItError
from .sealing import Names, Vault

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
_RATE = sa.Table(
    "bookit_rate",
    _TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("free_at", sa.Float, nullable=False),
)
_NOTE = "insert into bookit_meetings (meeting, intent) values (:meeting, :intent) on conflict do nothing"
_TAKE = """
insert into bookit_rate as rate (name, free_at) values (:name, :now + :interval)
on conflict (name) do update
set free_at = case when rate.free_at > :now then rate.free_at else :now end + :interval
returning free_at
"""
_SETUP_LOCK = 0x626F6F6B
_BUSY = 30.0
"""Seconds to wait for the lock of a SQLite file."""
_AGAIN = 0.5
"""Seconds before a meeting is noted again."""
_CONNECT = 5
"""Seconds to wait for a connection to PostgreSQL."""


class StoreLostError(BookItError):
    """The database that keeps the bookings does not answer. `reason` is the kind of trouble."""

    what = "the database of the durable bookings does not answer: {reason}"
    advice = "What was stored is kept: look after the database, then ask again with the same intent id."
    shown = ("reason",)

    def __init__(self, *, reason: str, operation: str | None = None) -> None:
        super().__init__(operation=operation)
        self.reason = reason


def database_problem(database: str) -> str | None:
    """Return what is wrong with the URL of a database, None when nothing is."""
    url = urlsplit(database)
    if url.scheme in ("postgresql", "postgres") or (url.scheme == "sqlite" and not url.netloc and len(url.path) > 1):
        return None
    return "database must be sqlite:///file.db, or postgresql://user@host/name (or set BOOKIT_DATABASE)"


def is_shared(database: str) -> bool:
    """Return whether several machines can work on a database."""
    return not database.startswith("sqlite")


def file_of(database: str) -> Path:
    """Return the file of a SQLite database."""
    return Path(database.removeprefix("sqlite:///"))


class Store:
    """Small tables of our own. What waits for the database does so in a thread."""

    def __init__(self, database: str, vault: Vault) -> None:
        self._shared = is_shared(database)
        url = sa.make_url(database)
        if self._shared:
            options = {"connect_timeout": _CONNECT, "application_name": "bookit_async"}
            url = url.set(drivername="postgresql+psycopg")
        else:
            options = {"timeout": _BUSY}
        self._db = sa.create_engine(url, connect_args=options, pool_pre_ping=True)
        self._vault = vault
        self.names = Names("")

    async def open(self) -> None:
        """Make the tables where they are missing, and read the naming key."""
        self.names = Names(await self.run(self._set_up))

    async def close(self) -> None:
        """Disconnect."""
        await asyncio.to_thread(self._db.dispose)

    async def claim(self, meeting_id: str, intent_id: str) -> bool:
        """Note that a meeting is an intent's; False when it is another's."""
        meeting, intent = self.names.name("meeting", meeting_id), self.names.name("intent", intent_id)
        while True:  # a meeting that was booked is not given up because the database is away
            try:
                return await self.run(lambda db: self._claim(db, meeting, intent))
            except StoreLostError:
                await asyncio.sleep(_AGAIN)

    async def reserve(self, interval: float) -> float:
        """Return the seconds until the next request may go out, each *interval* seconds after the one before."""
        return await self.run(lambda db: self._reserve(db, interval))

    async def run(self, do: Callable[[sa.Connection], T]) -> T:
        """Return what *do* gives, in one transaction; StoreLostError when the database does not answer."""
        return await asyncio.to_thread(self._run, do)

    def _run(self, do: Callable[[sa.Connection], T]) -> T:
        try:
            with self._db.begin() as db:
                return do(db)
        except (OperationalError, InterfaceError) as error:
            raise StoreLostError(reason=type(error.orig).__name__) from error

    def _set_up(self, db: sa.Connection) -> str:
        if self._shared:
            db.execute(sa.select(sa.func.pg_advisory_xact_lock(_SETUP_LOCK)))
        else:
            db.exec_driver_sql("PRAGMA journal_mode=WAL")
            db.exec_driver_sql("BEGIN IMMEDIATE")
        _TABLES.create_all(db)
        sealed = db.execute(sa.select(_KEYS.c.sealed).where(_KEYS.c.name == "names")).scalar()
        if sealed is None:
            key = token_hex(32)
            db.execute(_KEYS.insert().values(name="names", sealed=self._vault.seal(key)))
            return key
        key = self._vault.open(sealed)
        db.execute(_KEYS.update().where(_KEYS.c.name == "names").values(sealed=self._vault.seal(key)))
        return str(key)

    def _claim(self, db: sa.Connection, meeting: str, intent: str) -> bool:
        row = {"meeting": meeting, "intent": intent}
        db.execute(sa.text(_NOTE), row)
        return db.execute(sa.select(_MEETINGS.c.intent).where(_MEETINGS.c.meeting == meeting)).scalar() == intent

    def _reserve(self, db: sa.Connection, interval: float) -> float:
        now = db.execute(sa.text("select extract(epoch from clock_timestamp())")).scalar() if self._shared else time()
        moment = float(now or 0)
        row = {"name": "requests", "now": moment, "interval": interval}
        free_at = float(db.execute(sa.text(_TAKE), row).scalar_one())
        return max(0.0, free_at - interval - moment)
