"""An engine in memory that is killed where a test says: between a step and its storing, or right after it."""

from typing import Any

from bookit_async import BookIt
from bookit_async.durable.booking import carry_out
from bookit_async.durable.engine import Step
from bookit_async.durable.intents import Intent
from bookit_async.durable.sealing import Vault
from bookit_async.durable.steps import Steps

from ..clock import Clock

SECRET = "kJ3n-8sQmZx_yW2pL0vTbR5cHdE7fGaU9iOqNw4"


class KilledError(BaseException):
    """The worker is gone."""


class Claims:
    """Which intent has which meeting."""

    def __init__(self, **taken: str) -> None:
        self.kept = dict(taken)

    async def claim(self, meeting_id: str, intent_id: str) -> bool:
        return self.kept.setdefault(meeting_id, intent_id) == intent_id


class Rehearsal:
    """Runs of one intent; each is killed before or after its n-th step is stored, counted over all runs."""

    intent_id = "lead-1"

    def __init__(self, client: BookIt, clock: Clock, claims: Claims | None = None) -> None:
        self.vault = Vault([SECRET])
        self.clock = clock
        self.steps = Steps(client, claims or Claims(), clock.wall)
        self.stored: list[tuple[str, str]] = []
        self.slept: list[float] = []
        self.kill_unstored: set[int] = set()
        self.kill_stored: set[int] = set()
        self._done = 0
        self._at = 0

    async def step(self, name: str, do: Step) -> str:
        if self._at < len(self.stored):
            assert self.stored[self._at][0] == name
        else:
            self._done += 1
            came = await do()
            if self._done in self.kill_unstored:
                raise KilledError
            self.stored.append((name, came))
            if self._done in self.kill_stored:
                raise KilledError
        self._at += 1
        return self.stored[self._at - 1][1]

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.clock.now += seconds

    async def owned(self) -> bool:
        return True

    async def run(self, intent: Intent) -> dict[str, Any]:
        """Return the outcome, however often it is killed on the way."""
        while True:
            self._at = 0
            try:
                sealed = await carry_out(self, self.vault.seal(intent.to_dict()), steps=self.steps, vault=self.vault)
            except KilledError:
                continue
            outcome: dict[str, Any] = self.vault.open(sealed)
            return outcome

    @property
    def came(self) -> list[tuple[str, str]]:
        return [(name, self.vault.open(sealed)["came"]) for name, sealed in self.stored]
