"""Workers and callers in processes of their own, which can be killed; what they say lies in files that outlive them."""

import asyncio
import json
import multiprocessing
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attrs import frozen

from bookit_async import BookIt, RetryPolicy, nearest
from bookit_async.durable import Durable, StoreLostError
from bookit_async.durable import durable as durable_module

from ..chaos.world import NODE
from . import older_release
from .engine import SECRET

_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(
    [__name__, "bookit_async.durable.dbos_engine", "bookit_async.transports.aiohttp_transport"]
)
DESKS = 4


@frozen(kw_only=True)
class Job:
    """What a process is for."""

    database: str
    url: str
    key: str
    says: str
    """The file into which it writes lines of JSON."""
    works: bool
    ids: Sequence[int] = ()
    """The intents that it asks for and waits for."""
    mode: str = "token"
    settle: float = 2.0
    older: bool = False
    """Whether it is of an older release."""
    options: Mapping[str, Any] = {}
    """More for `Durable`."""


class Member:
    """A process."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._process = _CONTEXT.Process(target=work, args=(job,), daemon=True)
        self._process.start()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def said(self) -> list[Any]:
        """Return the lines that it has written, whole ones only."""
        path = Path(self.job.says)
        text = path.read_text() if path.exists() else ""
        return [json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]

    async def ready(self) -> None:
        while not self.said():
            assert self._process.is_alive(), "it died before it was ready"
            await asyncio.sleep(0.01)

    async def kill(self) -> None:
        self._process.kill()
        await asyncio.to_thread(self._process.join)

    async def end(self, *, within: float) -> int | None:
        """Ask it to stop (SIGTERM), and return its exit code, None when it did not."""
        self._process.terminate()
        await asyncio.to_thread(self._process.join, within)
        return self._process.exitcode


def email_of(number: int, mode: str) -> str:
    """Return the address of an intent's prospect; links are booked by two intents of one prospect at once."""
    return f"p{number // 2 if mode == 'link' else number}@chaos.example"


async def book(durable: Durable, number: int, mode: str) -> Any:
    """Book an intent in one of the modes."""
    email, desk = email_of(number, mode), number // 2 % DESKS
    start = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    slot = nearest(start + timedelta(minutes=15 * (number // 2 // DESKS)))
    if mode == "link":
        answers = {"First Name": "Canary", "Last Name": "Lovelace", "Email": email}
        return await durable.book_link(f"i-{number}", f"pool{desk}", timezone="UTC", answers=answers, slot=slot)
    kind = "pool" if mode == "pool" else "single"
    prospect = {"Desk": f"{kind}{number % DESKS}", "FirstName": "Canary", "LastName": "Lovelace", "Email": email}
    return await durable.book(f"i-{number}", NODE, prospect, timezone="UTC", slot=slot)


def work(job: Job) -> None:
    """Be the process."""
    os.environ.pop("COVERAGE_PROCESS_START", None)
    if job.older:
        durable_module.carry_out = older_release.carry_out  # type: ignore[attr-defined]
    asyncio.run(_work(job))


async def _work(job: Job) -> None:
    retries = RetryPolicy(attempts=4, first_wait=0.02, longest_wait=0.2, budget=100_000)
    client = BookIt(
        job.key, base_url=job.url, settle=job.settle, timeout=2.0, deadline=15.0, grace=0.1, retries=retries
    )
    given: dict[str, Any] = {"secrets": [SECRET], "grace": 0.0, **job.options}
    with Path(job.says).open("a") as says:  # noqa: ASYNC230 - a few lines

        def say(*words: Any) -> None:
            says.write(json.dumps(words) + "\n")
            says.flush()

        async with client, Durable(client, database=job.database, worker=job.works, **given) as durable:
            say("ready")

            async def one(number: int) -> None:
                while True:
                    try:
                        outcome = await book(durable, number, job.mode)
                    except StoreLostError:  # as it says: ask again with the same id
                        await asyncio.sleep(0.2)
                    else:
                        break
                say("done", number, outcome.to_dict())

            await asyncio.gather(*map(one, job.ids))
            await asyncio.Event().wait()
