"""Which workers live: each holds a lock on its name for as long as its connection to PostgreSQL does."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable

import psycopg

from ..exchange.telemetry import LOGGER

_KEY = "hashtextextended('bookit:' || %s, 0)"
_CONNECT = 5
"""Seconds."""


async def watch(
    database: str,
    me: str,
    *,
    workers: Callable[[], Awaitable[Iterable[str]]],
    take_over: Callable[[str], Awaitable[None]],
    every: float,
    standing: asyncio.Event,
) -> None:
    """Hold this worker's name, and take over the work of *workers* that no longer hold theirs; runs until cancelled.

    *standing* is set while the name is held.
    """
    while True:
        with contextlib.suppress(psycopg.Error):
            async with await psycopg.AsyncConnection.connect(
                database, autocommit=True, connect_timeout=_CONNECT, keepalives_idle=5, application_name="bookit_async"
            ) as db:
                await db.execute(f"select pg_advisory_lock({_KEY})", [me])
                standing.set()
                await _sweep(db, me, workers=workers, take_over=take_over, every=every)
        standing.clear()
        LOGGER.warning("durable: the connection that shows that this worker lives is lost or cannot be made; once more")
        await asyncio.sleep(every)


async def _sweep(
    db: psycopg.AsyncConnection,
    me: str,
    *,
    workers: Callable[[], Awaitable[Iterable[str]]],
    take_over: Callable[[str], Awaitable[None]],
    every: float,
) -> None:
    while True:
        try:
            await db.execute("select 1")
            for other in set(await workers()) - {me}:
                row = await (await db.execute(f"select pg_try_advisory_lock({_KEY})", [other])).fetchone()
                if row and row[0]:
                    try:
                        await take_over(other)
                    finally:
                        await db.execute(f"select pg_advisory_unlock({_KEY})", [other])
        except psycopg.Error:
            raise
        except Exception as error:  # noqa: BLE001 - the name is held on whatever the store or the engine has
            LOGGER.warning("durable: the work of others could not be seen to: %s", type(error).__name__)
        await asyncio.sleep(every)
