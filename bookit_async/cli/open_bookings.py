"""Single bookings that may be open: each is kept, sealed, from before it is sent until it is known what came of it."""

import hashlib
import hmac
import sqlite3
from collections.abc import Generator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from typing import Any

import orjson
from attrs import frozen

from ..desk.private_files import private_folder, state_folder
from ..views.outcomes import Booked
from ..views.pending import Prepared
from .output import Output
from .sealing import Seal
from .sealing_secrets import sealing_secrets

_TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, sealed TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS bookings (name TEXT PRIMARY KEY, over INTEGER NOT NULL, sealed TEXT NOT NULL)
"""
_PATIENCE = 30.0
"""Seconds to wait for another process that writes."""


@frozen(kw_only=True)
class Kept:
    """A booking that is kept."""

    intent_id: str
    content: str
    """Tells what was asked for from anything else."""
    base_url: str
    prepared: Prepared
    last_sent: datetime
    """When it may last have been sent, aware."""
    outcome: Booked | None = None


def bookings_file() -> Path:
    """Return where they are kept."""
    return state_folder() / "bookings.db"


class OpenBookings:
    """Those of this machine's user; several processes may use it at once."""

    def __init__(self, output: Output) -> None:
        self.path = bookings_file()
        seal = Seal(sealing_secrets(output, sealed=self.path))
        private_folder(self.path.parent)
        self._seal = seal
        with self._opened() as database:
            self.path.chmod(0o600)
            for statement in _TABLES.split(";"):
                database.execute(statement)
            database.execute("INSERT OR IGNORE INTO facts VALUES ('names', ?)", [seal.close(token_hex(32))])
            (sealed,) = database.execute("SELECT sealed FROM facts WHERE name = 'names'").fetchone()
        self._names = str(seal.open(sealed)).encode()

    @contextmanager
    def _opened(self) -> Generator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as database, database:
            yield database

    def find(self, intent_id: str) -> Kept | None:
        """Return what is kept under an id; None when nothing is."""
        with self._opened() as database:
            query = "SELECT sealed FROM bookings WHERE name = ?"
            row = database.execute(query, [self._name(intent_id)]).fetchone()
        return None if row is None else self._read(row[0])

    def keep(self, kept: Kept) -> None:
        """Keep a booking, in the place of what is kept under its id."""
        data = {
            "intent_id": kept.intent_id,
            "content": kept.content,
            "base_url": kept.base_url,
            "prepared": kept.prepared.to_dict(),
            "last_sent": kept.last_sent.astimezone(UTC).isoformat(),
            "outcome": kept.outcome and kept.outcome.to_dict(),
        }
        row = [self._name(kept.intent_id), kept.outcome is not None, self._seal.close(data)]
        with self._opened() as database:
            database.execute("INSERT OR REPLACE INTO bookings VALUES (?, ?, ?)", row)

    def drop(self, intent_id: str) -> None:
        """Keep a booking no longer."""
        with self._opened() as database:
            database.execute("DELETE FROM bookings WHERE name = ?", [self._name(intent_id)])

    def open_ones(self) -> list[Kept]:
        """Return those of which it is not known what came."""
        with self._opened() as database:
            rows = database.execute("SELECT sealed FROM bookings WHERE over = 0 ORDER BY rowid").fetchall()
        return [self._read(sealed) for (sealed,) in rows]

    def _read(self, sealed: str) -> Kept:
        data: Mapping[str, Any] = self._seal.open(sealed)
        return Kept(
            intent_id=data["intent_id"],
            content=data["content"],
            base_url=data["base_url"],
            prepared=Prepared.from_dict(data["prepared"]),
            last_sent=datetime.fromisoformat(data["last_sent"]),
            outcome=None if data["outcome"] is None else Booked.from_dict(data["outcome"]),
        )

    def _name(self, intent_id: str) -> str:
        return hmac.digest(self._names, intent_id.encode(), "sha256").hex()


def content_of(**asked: object) -> str:
    """Return what tells what was asked for from anything else."""
    return hashlib.sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)).hexdigest()
