"""An engine in memory that is killed where a test says: between a step and its storing, or right after it."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

from bookit_async import BookIt
from bookit_async.durable.booking import carry_out, seal_asked
from bookit_async.durable.engine import Step
from bookit_async.durable.intents import Intent
from bookit_async.durable.sealing import Vault
from bookit_async.durable.steps import Steps
from bookit_async.durable.store import StoreLostError

from ..clock import Clock

SECRET = "kJ3n-8sQmZx_yW2pL0vTbR5cHdE7fGaU9iOqNw4"
OTHER = "Zq81-mNvXe_4uTyR7wPsKd0JgBhLfCaI3oVn9xE"


class KilledError(BaseException):
    """The worker is gone."""


class Store:
    """Counts what is asked of the store, and does not answer where a test says, before or after it did as told."""

    def __init__(self) -> None:
        self.asked = 0
        self.away: set[int] = set()
        """The questions, counted from 0, that are not answered."""
        self.kept = False
        """Whether those took effect all the same."""

    @contextmanager
    def question(self) -> Generator[None]:
        number, self.asked = self.asked, self.asked + 1
        if number in self.away and not self.kept:
            raise StoreLostError(reason="away")
        yield
        if number in self.away:
            raise StoreLostError(reason="away")


class Notes:
    """Which intent has which meeting, and what else the store knows of it."""

    store = Store()

    def __init__(self, **taken: str) -> None:
        self.owners = dict(taken)
        self.withdrawn: set[str] = set()
        self.forgotten: dict[str, dict[str, Any]] = {}

    async def claim(self, meeting_id: str, intent_id: str) -> bool:
        with self.store.question():
            return self.owners.setdefault(meeting_id, intent_id) == intent_id

    async def is_withdrawn(self, intent_id: str) -> bool:
        with self.store.question():
            return intent_id in self.withdrawn

    async def kept(self, intent_id: str) -> dict[str, Any] | None:
        with self.store.question():
            return self.forgotten.get(intent_id)


class Rehearsal:
    """Runs of one intent; each is killed before or after its n-th step is stored, counted over all runs."""

    intent_id = "lead-1"

    def __init__(self, client: BookIt, clock: Clock, notes: Notes | None = None) -> None:
        self.vault = Vault([SECRET])
        self.clock = clock
        self.notes = notes or Notes()
        self.store = self.notes.store = Store()
        self.steps = Steps(client, self.notes, Intent.content, clock.wall)
        self.stored: list[tuple[str, str]] = []
        self.slept: list[float] = []
        self.kill_unstored: set[int] = set()
        self.kill_stored: set[int] = set()
        self.over: str | None = None
        """The sealed outcome."""
        self._done = 0
        self._last: str | None = None
        """What a step came to that is not stored yet."""
        self._at = 0

    async def step(self, name: str, do: Step) -> str:
        if self._at < len(self.stored):
            assert self.stored[self._at][0] == name
        else:
            came = await (self.last(do) if self._last is None else do())
            self._last = None
            with self.store.question():
                self.stored.append((name, came))
            if self._done in self.kill_stored:
                raise KilledError
        self._at += 1
        return self.stored[self._at - 1][1]

    async def last(self, do: Step) -> str:
        assert self._at == len(self.stored)
        self._done += 1
        self._last = await do()
        if self._done in self.kill_unstored:
            raise KilledError
        return self._last

    async def sleep(self, seconds: float) -> None:
        with self.store.question():
            self.slept.append(seconds)
        self.clock.now += seconds

    async def owned(self) -> bool:
        return True

    async def run(self, intent: Intent) -> dict[str, Any]:
        """Return the outcome, however often it is killed on the way."""
        while True:
            self._at = 0
            self._last = None
            try:
                sealed = await carry_out(self, seal_asked(self.vault, intent), steps=self.steps, vault=self.vault)
                with self.store.question():
                    over, self.over = self.over, sealed
            except (KilledError, StoreLostError):
                if self.over is None:
                    continue
                over, sealed = None, self.over  # it is over, though nobody was told
            assert over is None
            if self._last is not None:
                self.stored.append(("send", self._last))
            outcome: dict[str, Any] = self.vault.open(sealed)
            return outcome

    @property
    def came(self) -> list[tuple[str, str]]:
        return [(name, self.vault.open(sealed)["came"]) for name, sealed in self.stored]
