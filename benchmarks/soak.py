"""One client for a long time, its callers cancelled and its answers spoiled: nothing may be left behind.

`python -m benchmarks.soak` makes 200,000 calls, 200 at a time; `--short` makes 5,000. Linux only.
"""

import argparse
import asyncio
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

from attrs import frozen

from bookit_async import BookIt, BookItError, Offer, OutcomeUnknownError, RetryPolicy
from bookit_async.views.pending import Unsettled

from .contest import started
from .memory import resident
from .pages import ANSWER, API_KEY, QUESTION, TIMEZONE, TOKEN
from .spoiling import GATHERED, GATHERING, MEETING_ID

CALLS, SHORT, AT_ONCE = 200_000, 5_000, 200
SHARE = 0.05
"""Of the calls that are cancelled, and of the answers that are spoiled."""
STAGES, WARM_UP = 10, 2
"""Memory is looked at after each stage. By the end of the second of a long soak the client remembers as many meetings
as it ever does, 10,000; in a short one they weigh little."""
MOST_GROWTH = 0.05
LONGEST_PATIENCE = 0.05
"""Seconds after which a caller that is cancelled has lost patience, at most."""


@frozen(kw_only=True)
class Figures:
    """What was left at the end."""

    calls: int
    cancelled: int
    failed: int
    """Calls that ended in an error of ours."""
    resident: tuple[int, ...]
    """Bytes of memory after each stage."""
    tasks: int
    """Tasks besides the one that looks."""
    sockets: int
    """Sockets of the open client."""
    sockets_left: int
    """Sockets once it was closed, those that were open before it left out."""
    unsettled: int
    gathered: int
    """Of as many callers as there are connections, those that got one at the same time."""

    @property
    def growth(self) -> float:
        """The growth of memory from the end of the warm-up to that of the last stage, as a part of the former."""
        return self.resident[-1] / self.resident[WARM_UP - 1] - 1


def broken(figures: Figures) -> list[str]:
    """Return a sentence for each thing that was left behind."""
    found: list[str] = []
    if figures.growth > MOST_GROWTH:
        found.append(f"memory grew by {figures.growth:.1%}")
    if figures.tasks:
        found.append(f"{figures.tasks} tasks are left")
    if figures.sockets > GATHERED:
        found.append(f"{figures.sockets} sockets are open, of {GATHERED} at most")
    if figures.sockets_left:
        found.append(f"{figures.sockets_left} sockets stayed open after close()")
    if figures.unsettled:
        found.append(f"{figures.unsettled} bookings could not be settled")
    if figures.gathered < GATHERED:
        found.append(f"only {figures.gathered} of {GATHERED} callers were given a connection at the same time")
    return found


class Soak:
    """The callers of one client."""

    def __init__(self, client: BookIt, offer: Offer) -> None:
        self._client = client
        self._offer = offer
        self._chance = Random(1)  # noqa: S311 - the same every time
        self.cancelled = self.failed = 0

    async def stage(self, calls: int) -> None:
        """Make so many calls, and settle what the cancelled ones leave open."""
        numbers = iter(range(calls))
        await asyncio.gather(*(self._caller(numbers) for _ in range(AT_ONCE)))
        for _ in range(3):
            await asyncio.gather(*(self._settle(one) for one in self._client.unsettled))

    async def gather(self, *, seconds: float = 5) -> int:
        """Return how many of as many callers as there are connections get one at the same time, within some seconds."""
        patient = self._client.with_options(timeout=seconds, deadline=seconds)
        found = await asyncio.gather(*(patient.meeting(GATHERING) for _ in range(GATHERED)), return_exceptions=True)
        return sum(not isinstance(one, BaseException) for one in found)

    async def _caller(self, numbers: Iterator[int]) -> None:
        loop = asyncio.get_running_loop()
        for _ in numbers:
            task = asyncio.create_task(self._call())
            impatient = self._chance.random() < SHARE
            timer = loop.call_later(self._chance.random() * LONGEST_PATIENCE, task.cancel) if impatient else None
            await asyncio.wait((task,))
            if timer is not None:
                timer.cancel()
            if task.cancelled():
                self.cancelled += 1
            elif (error := task.exception()) is not None:
                if not isinstance(error, BookItError):
                    raise error
                self.failed += 1

    async def _call(self) -> object:
        chance = self._chance.random()
        if chance < 0.5:
            slot = self._offer.slots[int(chance * len(self._offer.slots))]
            return await self._offer.book(slot, timezone=TIMEZONE, answers={QUESTION: ANSWER})
        if chance < 0.75:
            return await self._client.availability(token=TOKEN)
        return await self._client.meeting(MEETING_ID)

    async def _settle(self, lost: Unsettled) -> None:
        try:
            await self._client.settle(lost)
        except OutcomeUnknownError:
            self.failed += 1


def sockets() -> int:
    """Return the number of sockets that this process has open."""
    links = [path.readlink() for path in Path("/proc/self/fd").iterdir() if path.is_symlink()]
    return sum(str(link).startswith("socket:") for link in links)


async def soak(url: str, calls: int) -> Figures:
    """Make the calls and give what is left of them."""
    before = sockets()
    policy = RetryPolicy(first_wait=0.005, longest_wait=0.05)
    client = BookIt(
        API_KEY, base_url=url, timeout=1.0, deadline=20.0, settle=0.2, retries=policy, max_connections=GATHERED
    )
    async with client:
        offer = await client.availability(token=TOKEN)
        assert isinstance(offer, Offer)
        callers, memory = Soak(client, offer), list[int]()
        for stage in range(STAGES):
            await callers.stage(calls // STAGES)
            memory.append(resident())
            print(f"{(stage + 1) * calls // STAGES:,} calls: {memory[-1] / 2**20:.1f} MiB", flush=True)
        gathered = await callers.gather()
        opened = sockets() - before
        unsettled = len(client.unsettled)
        tasks = len(asyncio.all_tasks()) - 1
    await asyncio.sleep(0.1)  # closing takes the loop a round or two
    return Figures(
        calls=calls,
        cancelled=callers.cancelled,
        failed=callers.failed,
        resident=tuple(memory),
        tasks=tasks,
        sockets=opened,
        sockets_left=sockets() - before,
        unsettled=unsettled,
        gathered=gathered,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak and print the figures; give 1 if something was left behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--short", action="store_true", help=f"{SHORT:,} calls instead of {CALLS:,}")
    options = parser.parse_args(arguments)
    with started("benchmarks.spoiling", str(SHARE), python=Path(sys.executable)) as process:
        assert process.stdin
        assert process.stdout
        url = f"http://127.0.0.1:{int(process.stdout.readline())}"
        figures = asyncio.run(soak(url, SHORT if options.short else CALLS))
        process.stdin.close()
        answers, spoiled = map(int, process.stdout.read().split())
    print(
        f"{figures.calls:,} calls, {figures.cancelled:,} cancelled, {figures.failed:,} failed; {answers:,} answers, "
        f"{spoiled:,} spoiled; memory {figures.growth:+.1%}, {figures.tasks} tasks, {figures.sockets} sockets, "
        f"{figures.sockets_left} after close(), {figures.unsettled} unsettled, "
        f"{figures.gathered} of {GATHERED} connections usable"
    )
    found = broken(figures)
    for one in found:
        print(f"BROKEN: {one}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
