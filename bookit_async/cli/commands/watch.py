"""`bookit watch`."""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from ...desk.private_files import private_folder, state_folder
from ...transports.aiohttp_transport import AiohttpTransport
from ...views.addresses import is_address
from .. import statuses
from ..failures import Failure, interrupted
from ..parameters import Given
from ..session import Session
from ..webhooks import Webhook, webhook_key

if TYPE_CHECKING:
    from ..journals import Journal
    from ..watching import Watch

_EVERY = re.compile(r"(\d+)([smh])")
_UNITS = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}
_LEAST, _MOST = timedelta(seconds=10), timedelta(days=1)
_AGAIN = "The same command goes on: what was told is not told again."


async def watch(
    *email: str, journal: str | None = None, every: str = "5m", webhook: str | None = None, session: Given
) -> int:
    """Tell what changes of meetings, as JSON lines, until Ctrl-C.

    Of prospects' meetings, or of those that a journal of `bookit bulk run` booked. The service tells nobody of changes,
    so it is asked again and again: as often as --every says when a meeting is within a day, more often within two
    hours, less often when none is near. The first look at a prospect tells nothing; from then on a change is `booked`,
    `moved`, `canceled`, `restored`, `reassigned`, `changed` or `gone`. What was seen is kept, sealed, in the journal,
    or in the state folder: started again, it tells what changed meanwhile, and each change once. Run one at a time.

    With --webhook each change is posted, too, one after the other, until it is taken with a status of 2xx: at least
    once, with the same `webhook-id` each time. It is signed with BOOKIT_WEBHOOK_SECRET as Standard Webhooks has it
    (`webhook-id`, `webhook-timestamp`, `webhook-signature`).

    Args:
        email: The prospects' addresses.
        journal: Instead of addresses, a journal: a file, or postgresql://user@host/name.
        every: The time between two looks, such as 30s, 5m or 1h.
        webhook: An https:// address to post each change to.
    """
    pause = _every(every)
    if bool(email) == (journal is not None):
        raise Failure("give addresses, or --journal")
    if bad := [one for one in email if not is_address(one)]:
        raise Failure(f"{bad[0]!r} must be an email address")
    try:
        async with _watch(session, email, journal, pause, webhook) as (watching, refresh):
            await refresh()
            session.output.note(f"Watches {watching.count}, asking {session.access.where}")
            while not (session.output.closed and webhook is None):
                seconds = await watching.once()
                await _sleep(seconds)
                await refresh()
    except asyncio.CancelledError:
        raise interrupted(_AGAIN) from None
    return statuses.DONE


_sleep = asyncio.sleep


def _every(text: str) -> timedelta:
    found = _EVERY.fullmatch(text)
    pause = timedelta() if found is None else int(found[1]) * _UNITS[found[2]]
    if not _LEAST <= pause <= _MOST:
        raise Failure("--every must be a time from 10s to 24h, such as 30s, 5m or 1h")
    return pause


@asynccontextmanager
async def _watch(
    session: Session, emails: tuple[str, ...], journal: str | None, every: timedelta, webhook: str | None
) -> "AsyncGenerator[tuple[Watch, Callable[[], Awaitable[None]]]]":
    """Open what watches, and what reads the journal again."""
    from ..journals import opened_journal, opened_notes, place_of, there
    from ..watching import Watch

    posts = None if webhook is None else Webhook(AiohttpTransport(trust_env=True), webhook, webhook_key(webhook))
    place = there(journal) if journal is not None else place_of(str(private_folder(state_folder()) / "watch.db"))
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(session.client())
        opened: Journal | None = None
        if journal is None:
            notes, names, _ = await stack.enter_async_context(opened_notes(place, session))
        else:
            opened = await stack.enter_async_context(opened_journal(place, session, client))
            notes, names = opened.notes, opened.names
        if posts is not None:
            stack.push_async_callback(posts.close)
        watching = Watch(
            client=client,
            notes=notes,
            names=names,
            output=session.output,
            zone=session.zone,
            every=every,
            now=lambda: session.now,
            webhook=posts,
        )
        for one in emails:
            await watching.add(email=one)

        async def refresh() -> None:
            if opened is not None:
                await watching.add_of(opened)

        yield watching, refresh
