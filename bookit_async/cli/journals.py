"""A journal: the database of the bookings that `bulk` makes, and beside them, sealed, what the command line notes."""

import os
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Any

import sqlalchemy as sa
from attrs import frozen

from ..client import BookIt
from ..durable import Durable
from ..durable.sealing import Names, Vault
from ..durable.store import Database, database_problem, file_of, is_shared
from .failures import Failure
from .sealing_secrets import sealing_secrets
from .session import Session

CONCURRENCY = 10
"""Rows that are booked at once where nothing else is said."""
_URLS = ("postgresql:", "postgres:", "sqlite:")
WHERE = "fact:where"
"""The note of the address at which a journal books."""
_BUSY = 30.0
"""Seconds to wait for the lock of a SQLite file."""
_SQLITE = b"SQLite format 3\0"
_NOBODY = "not-needed-to-look"
"""Stands for the key where nothing is asked of the service."""
_TABLES = sa.MetaData()
_NOTES = sa.Table(
    "bookit_notes",
    _TABLES,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("sealed", sa.Text, nullable=False),
)
_FIRST = "insert into bookit_notes (name, sealed) values (:name, :sealed) on conflict do nothing"
_KEEP = """
insert into bookit_notes (name, sealed) values (:name, :sealed)
on conflict (name) do update set sealed = excluded.sealed
"""
_MOST_AT_ONCE = 500
"""Names in one question."""


class Notes:
    """What is noted beside the bookings: values by name, which are sealed. Names lie there in clear."""

    def __init__(self, database: str, vault: Vault) -> None:
        self._database = Database(database, busy=_BUSY)
        self._vault = vault

    async def open(self) -> None:
        """Make the table where it is missing."""
        await self._database.set_up(_TABLES.create_all)

    async def close(self) -> None:
        """Disconnect."""
        await self._database.close()

    async def first(self, name: str, value: object) -> Any:
        """Return what is noted under a name: this value, unless there is one before it."""
        row = {"name": name, "sealed": self._vault.seal(value)}
        await self._database.run(lambda db: db.execute(sa.text(_FIRST), row))
        return (await self.read([name]))[name]

    async def read(self, names: Sequence[str]) -> dict[str, Any]:
        """Return what is noted under some names."""
        found: dict[str, Any] = {}
        for first in range(0, len(names), _MOST_AT_ONCE):
            some = names[first : first + _MOST_AT_ONCE]
            found |= await self._found(sa.select(_NOTES).where(_NOTES.c.name.in_(some)))
        return found

    async def below(self, beginning: str) -> dict[str, Any]:
        """Return all that is noted under names with a beginning, in the order of the names."""
        return await self._found(
            sa.select(_NOTES).where(_NOTES.c.name.startswith(beginning, autoescape=True)).order_by(_NOTES.c.name)
        )

    async def _found(self, query: "sa.Select[Any]") -> dict[str, Any]:
        rows = await self._database.run(lambda db: db.execute(query).all())
        return {str(row.name): self._vault.open(row.sealed) for row in rows}

    async def change(self, values: Mapping[str, object], drop: Iterable[str] = ()) -> None:
        """Note values, and note others no longer, both or none."""
        rows = [{"name": name, "sealed": self._vault.seal(value)} for name, value in values.items()]
        gone = list(drop)

        def write(db: sa.Connection) -> None:
            if rows:
                db.execute(sa.text(_KEEP), rows)
            if gone:
                db.execute(_NOTES.delete().where(_NOTES.c.name.in_(gone)))

        await self._database.run(write)


@frozen
class Journal:
    """A journal that is open."""

    durable: Durable
    notes: Notes
    names: Names
    """Names what may lie nowhere in clear."""
    shown: str
    """What it is called, without a password."""


@frozen(kw_only=True)
class Place:
    """Where a journal is."""

    database: str
    shown: str
    file: Path | None
    """The SQLite file; None for PostgreSQL."""

    @property
    def is_there(self) -> bool:
        """Return whether there may be a journal."""
        return self.file is None or self.file.exists()


def place_of(given: str) -> Place:
    """Return where a journal is that is given as a file, or as the URL of a database; Failure for neither."""
    url = given if given.startswith(_URLS) else f"sqlite:///{Path(given).expanduser().absolute()}"
    if database_problem(url) is not None:
        advice = "Give a file, or postgresql://user@host/name; the password is better in PGPASSWORD or in ~/.pgpass."
        raise Failure("the journal must be a file or the URL of a PostgreSQL database", advice=advice)
    shown = sa.make_url(url).render_as_string(hide_password=True) if is_shared(url) else given
    return Place(database=url, shown=shown, file=file_of(url))


def private_file(path: Path) -> None:
    """Make a file that only its owner may read, where there is none."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _must_be_ours(path: Path, shown: str) -> None:
    if path.exists():
        with path.open("rb") as file:
            begins = file.read(len(_SQLITE))
        if begins not in (b"", _SQLITE):
            raise Failure(f"{shown} must be a journal", advice="Look at the path.")


def there(given: str) -> Place:
    """Return where a journal is that there has to be; Failure when there is none."""
    place = place_of(given)
    if not place.is_there:
        raise Failure(f"there is no journal {given}", advice="`bookit bulk run` makes it: look at the path.")
    return place


@asynccontextmanager
async def opened_notes(place: Place, session: Session) -> "AsyncGenerator[tuple[Notes, Names, list[str]]]":
    """Open a journal's notes, what names its rows, and what it is sealed with; it is made where there is none."""
    if place.file is not None:
        _must_be_ours(place.file, place.shown)
    secrets = sealing_secrets(session.output, sealed=place.file)
    vault = Vault(secrets)
    if place.file is not None:
        private_file(place.file)
    notes = Notes(place.database, vault)
    try:
        await notes.open()
        yield notes, Names(await notes.first("fact:names", token_hex(32))), secrets
    finally:
        await notes.close()


@asynccontextmanager
async def opened_journal(
    place: Place, session: Session, client: BookIt, *, works: bool = False, **settings: Any
) -> AsyncGenerator[Journal]:
    """Open a journal; Failure when its bookings are made at another address than the client's."""
    async with opened_notes(place, session) as (notes, names, secrets):
        where = await notes.first(WHERE, client.settings.base_url)
        if where != client.settings.base_url:
            advice = f"Nothing was sent. Take a profile of that address, or another journal than {place.shown}."
            raise Failure(f"this journal books at {where}", advice=advice, kind="IntentConflict")
        async with Durable(client, database=place.database, secrets=secrets, worker=works, **settings) as durable:
            yield Journal(durable, notes, names, place.shown)


@asynccontextmanager
async def looked_at(place: Place, session: Session) -> "AsyncGenerator[tuple[Journal, str]]":
    """Open a journal only to look at, for which no key is needed, and the address at which it books."""
    async with opened_notes(place, session) as (notes, names, secrets):
        where = str((await notes.read([WHERE])).get(WHERE, session.access.base_url))
        async with (
            BookIt(_NOBODY, base_url=where) as client,
            Durable(client, database=place.database, secrets=secrets, worker=False) as durable,
        ):
            yield Journal(durable, notes, names, place.shown), where
