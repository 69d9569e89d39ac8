"""A journal in an SQLite file: what was answered was on disk before, so that it survives a crash or `kill -9`.

One process at a time has the file. Slots, turns and hosts' calendars are not in it: they follow from the meetings.
"""

import sqlite3
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager, suppress
from os import PathLike, fspath
from typing import Any
from weakref import finalize

import orjson
from attrs import asdict

from .calendar import Span
from .errors import JournalError
from .journal import Journal
from .meetings import Mail, MeetingRecord
from .world import World

APPLICATION_ID = 0x626B6974
SCHEMA = """
CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE meeting (id TEXT PRIMARY KEY, record BLOB NOT NULL);
CREATE TABLE mail (record BLOB NOT NULL);
CREATE TABLE spent (name TEXT PRIMARY KEY);
"""


class FileJournal(Journal):
    """The journal in an SQLite file, made from `new` where there is no file yet. Raises `JournalError`."""

    def __init__(self, path: str | PathLike[str], *, new: Journal) -> None:
        self.path = fspath(path)
        with self._told():
            self._connection = sqlite3.connect(self.path, timeout=1, isolation_level=None)
        self._release = finalize(self, self._connection.close)
        with ExitStack() as unless_read, self._told():
            unless_read.callback(self.close)
            self._open(new)
            secrets = dict(self._connection.execute("SELECT name, value FROM secret"))
            super().__init__(
                api_key=secrets["api_key"].decode(),
                token_key=secrets["token_key"],
                meetings=[_meeting(raw) for (raw,) in self._read("SELECT record FROM meeting ORDER BY rowid")],
                outbox=[_mail(raw) for (raw,) in self._read("SELECT record FROM mail ORDER BY rowid")],
                spent={name for (name,) in self._read("SELECT name FROM spent")},
            )
            unless_read.pop_all()

    def check(self, world: World) -> None:
        """Raise `JournalError` if a meeting's host or meeting type is not in this world."""
        hosts, kinds = {host.user_id for host in world.hosts}, {kind.name for kind in world.meeting_types}
        lost = {f"host {meeting.host_id!r}" for meeting in self.meetings if meeting.host_id not in hosts}
        lost |= {f"meeting type {one.meeting_type!r}" for one in self.meetings if one.meeting_type not in kinds}
        if lost:
            self.close()
            raise JournalError(
                f"{self.path} holds meetings of another world, with {', '.join(sorted(lost))}: "
                "play the world that has them, or choose another file."
            )

    def write(self, *meetings: MeetingRecord, mail: Mail, spends: str | None) -> None:
        """Keep it all in one transaction, which is on disk when this returns."""
        with self._told(), self._transaction():
            self._connection.executemany(
                "INSERT INTO meeting VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET record = excluded.record",
                [(meeting.id, orjson.dumps(asdict(meeting), default=tuple)) for meeting in meetings],
            )
            self._connection.execute("INSERT INTO mail VALUES (?)", (orjson.dumps(asdict(mail)),))
            if spends is not None:
                self._connection.execute("INSERT OR IGNORE INTO spent VALUES (?)", (spends,))

    def close(self) -> None:
        """Let go of the file. Nothing can be written any more."""
        self._release()

    def _open(self, new: Journal) -> None:
        execute = self._connection.execute
        # Exclusive: a second sandbox on the same file would sell the same slots again.
        execute("PRAGMA locking_mode = EXCLUSIVE")
        execute("PRAGMA synchronous = FULL")
        with self._transaction():
            ((application_id,),) = execute("PRAGMA application_id")
            ((tables,),) = execute("SELECT count(*) FROM sqlite_master")
            if application_id != APPLICATION_ID and tables:
                raise sqlite3.DatabaseError("it is a database of something else")
            if not tables:
                execute(f"PRAGMA application_id = {APPLICATION_ID}")
                for statement in filter(str.strip, SCHEMA.split(";")):
                    execute(statement)
                secrets = (("api_key", new.api_key.encode()), ("token_key", new.token_key))
                self._connection.executemany("INSERT INTO secret VALUES (?, ?)", secrets)
        execute("PRAGMA journal_mode = WAL")

    def _read(self, query: str) -> Iterator[tuple[Any, ...]]:
        return self._connection.execute(query)

    @contextmanager
    def _transaction(self) -> Generator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    @contextmanager
    def _told(self) -> Generator[None]:
        try:
            yield
        except (sqlite3.Error, KeyError, TypeError, ValueError) as error:
            raise JournalError(
                f"The sandbox cannot keep its state in {self.path}: {error}. Choose another file, or leave the "
                "sandbox that has this one."
            ) from error


def _meeting(raw: bytes) -> MeetingRecord:
    data: dict[str, Any] = orjson.loads(raw)
    data["span"], data["guests"] = Span(*data["span"]), tuple(data["guests"])
    return MeetingRecord(**data)


def _mail(raw: bytes) -> Mail:
    data: dict[str, Any] = orjson.loads(raw)
    data["to"] = tuple(data["to"])
    return Mail(**data)
