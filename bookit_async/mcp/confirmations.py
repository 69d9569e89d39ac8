"""What people said to proposals, and which proposal of a prospect is under way: in the database of the bookings."""

from secrets import choice

import sqlalchemy as sa
from attrs import frozen

from ..durable.store import Database

_BUSY = 10.0
"""Seconds to wait for the lock of a SQLite file."""
_LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
"""None that people take for another one."""
_TABLES = sa.MetaData()
_QUESTIONS = sa.Table(
    "bookit_agent_questions",
    _TABLES,
    sa.Column("intent", sa.Text, primary_key=True),
    sa.Column("code", sa.Text, unique=True, nullable=False),
    sa.Column("sealed", sa.Text, nullable=False),
    sa.Column("agreed", sa.Integer, nullable=False),
    sa.Column("came", sa.Text),
    sa.Column("until", sa.Float, nullable=False),
)
_PROSPECTS = sa.Table(
    "bookit_agent_prospects",
    _TABLES,
    sa.Column("prospect", sa.Text, primary_key=True),
    sa.Column("intent", sa.Text, nullable=False),
    sa.Column("at", sa.Float, nullable=False),
)
_ASK = """
insert into bookit_agent_questions (intent, code, sealed, agreed, until) values (:intent, :code, :sealed, 0, :until)
on conflict (intent) do nothing
"""
_CLAIM = """
insert into bookit_agent_prospects (prospect, intent, at) values (:prospect, :intent, :at)
on conflict (prospect) do update set intent = excluded.intent, at = excluded.at
where bookit_agent_prospects.intent = :gone
"""


@frozen(kw_only=True)
class Question:
    """A question that was put to people."""

    intent: str
    code: str
    sealed: str
    """The proposal's sealed id."""
    agreed: bool
    until: float
    """Seconds since the epoch, until which it can be agreed to."""


@frozen
class Claim:
    """The intent that may book for a prospect, and since when, seconds since the epoch."""

    intent: str
    at: float


class Confirmations:
    """Keeps questions, answers and what came of changes. What waits for the database does so in a thread.

    In clear are ids, codes and times; a proposal lies there sealed, and a prospect as a keyed hash.

    Args:
        database: As `Durable` takes it.
    """

    def __init__(self, database: str) -> None:
        self._database = Database(database, busy=_BUSY)

    async def open(self) -> None:
        """Make the tables where they are missing."""
        await self._database.set_up(_TABLES.create_all)

    async def close(self) -> None:
        """Disconnect."""
        await self._database.close()

    async def ask(self, intent: str, sealed: str, *, until: float, now: float) -> Question:
        """Note that a proposal is to be agreed to, and return the question, the same for each proposal."""
        code = "-".join("".join(choice(_LETTERS) for _ in range(4)) for _ in range(2))
        row = {"intent": intent, "code": code, "sealed": sealed, "until": until}

        def noted(db: sa.Connection) -> Question | None:
            db.execute(_QUESTIONS.delete().where(_QUESTIONS.c.until < now - 7 * 86_400))
            db.execute(sa.text(_ASK), row)
            return _found(db, _QUESTIONS.c.intent == intent)

        question = await self._database.run(noted)
        assert question is not None  # noqa: S101 - it was just stored
        return question

    async def by_code(self, code: str) -> Question | None:
        """Return the question that a code stands for, None when it stands for none."""
        return await self._database.run(lambda db: _found(db, _QUESTIONS.c.code == code.strip().upper()))

    async def agree(self, intent: str) -> None:
        """Note that a person agreed."""
        same = _QUESTIONS.update().where(_QUESTIONS.c.intent == intent)
        await self._database.run(lambda db: db.execute(same.values(agreed=1)))

    async def agreed(self, intent: str) -> bool:
        """Return whether a person agreed."""
        question = await self._database.run(lambda db: _found(db, _QUESTIONS.c.intent == intent))
        return question is not None and question.agreed

    async def note(self, intent: str, came: str) -> None:
        """Note what came of a change."""
        same = _QUESTIONS.update().where(_QUESTIONS.c.intent == intent)
        await self._database.run(lambda db: db.execute(same.values(came=came)))

    async def came(self, intent: str) -> str | None:
        """Return what came of a change, None while nothing did."""
        wanted = sa.select(_QUESTIONS.c.came).where(_QUESTIONS.c.intent == intent)
        return await self._database.run(lambda db: db.execute(wanted).scalar())

    async def claim(self, prospect: str, intent: str, *, now: float, gone: str = "") -> Claim:
        """Return who may book for a prospect: this intent, unless another had it before that is not *gone*."""
        row = {"prospect": prospect, "intent": intent, "at": now, "gone": gone}

        def claimed(db: sa.Connection) -> Claim:
            db.execute(sa.text(_CLAIM), row)
            holder = db.execute(sa.select(_PROSPECTS).where(_PROSPECTS.c.prospect == prospect)).one()
            return Claim(holder.intent, holder.at)

        return await self._database.run(claimed)


def _found(db: sa.Connection, where: sa.ColumnElement[bool]) -> Question | None:
    row = db.execute(sa.select(_QUESTIONS).where(where)).first()
    if row is None:
        return None
    return Question(intent=row.intent, code=row.code, sealed=row.sealed, agreed=bool(row.agreed), until=row.until)
