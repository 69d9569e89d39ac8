"""A plan of faults: which request, when, how, how often. Pure, never waits; the proxy makes it happen."""

import math
from collections.abc import Iterable
from random import Random
from typing import Self

from .kinds import KINDS, Fault, Kind, When
from .mistakes import FaultPlanError, find
from .operations import find_operation


class FaultPlan:
    """Decides for each request whether something goes wrong with it, and what; FaultPlanError lists every mistake.

    A request meets one fault at most. Their rates add up, in order: two faults of 0.1 spoil a fifth of the requests,
    and a first one of 1.0 without `times` would leave nothing to a second. The n-th request of an operation is decided
    by `seed` and n alone, whatever other operations come between, except that `times` are used up by all of them.
    """

    def __init__(self, faults: Iterable[Fault] = (), *, seed: int = 0) -> None:
        self.faults = tuple(faults)
        if mistakes := list(find(self.faults)):
            raise FaultPlanError(mistakes)
        self.seed = seed
        self._left = [math.inf if fault.times is None else fault.times for fault in self.faults]
        self._streams: dict[str, Random] = {}

    @classmethod
    def of_every_kind(cls, *, rate: float, seed: int = 0, operations: Iterable[str] = ()) -> Self:
        """A plan that spoils the share `rate` of the requests, with every kind, before, after and late, equally often.

        `operations` limits it to some; none means all, and then connections are reset on accept as often as each of
        the others happens.
        """
        pairs: list[tuple[Kind, When]] = [
            (kind, when) for kind, whens in KINDS.items() for when in whens if kind != "reset_on_accept"
        ]
        share = rate / len(pairs)
        named = tuple(operations)
        faults = [
            Fault(kind, operation=operation, when=when, rate=share)
            for operation in named or (None,)
            for kind, when in pairs
        ]
        return cls(faults if named else [Fault("reset_on_accept", rate=share), *faults], seed=seed)

    def decide(self, method: str, path: str, *, reused: bool = True) -> Fault | None:
        """What happens to this request; None when nothing does, and to what is no operation of the API.

        `path` may have a query. `reused` says that its connection has carried a request before, which
        `close_on_reuse` needs.
        """
        operation = find_operation(method, path)
        if operation is None:
            return None
        return self._draw(
            operation,
            [
                fault.kind != "reset_on_accept"
                and fault.operation in (None, operation)
                and (reused or fault.kind != "close_on_reuse")
                for fault in self.faults
            ],
        )

    def decide_connection(self) -> Fault | None:
        """What happens to a connection as it is accepted; None when nothing does."""
        return self._draw("", [fault.kind == "reset_on_accept" for fault in self.faults])

    def _draw(self, stream: str, eligible: list[bool]) -> Fault | None:
        random = self._streams.get(stream)
        if random is None:
            random = self._streams[stream] = Random(f"{self.seed}/{stream}")  # noqa: S311 - to be the same on every run
        point = random.random()
        for index, fault in enumerate(self.faults):
            if not eligible[index] or not self._left[index]:
                continue
            if point < fault.rate:
                self._left[index] -= 1
                return fault
            point -= fault.rate
        return None

    def __repr__(self) -> str:
        return f"FaultPlan({len(self.faults)} faults, seed={self.seed})"
