"""Looking at the answers that a program gets anyway, a share of them, for what is not as documented."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from random import random
from urllib.parse import urlsplit

from attrs import define, field

from .._generated.api import OPERATIONS
from .._generated.types import Operation
from ..transports import Transport, WireRequest, WireResponse, connect_ahead, max_connections_of
from .answers import Told
from .differences import Difference
from .facts import FACTS
from .judging import PASSING, finding, passing
from .report import MOST, Report

_PATHS = tuple(
    (operation.method, re.compile(re.sub(r"\{\w+\}", "[^/]+", operation.path) + "$"), operation)
    for operation in OPERATIONS.values()
)
_STATUSES = 50
"""Different statuses of one operation that are counted."""


@define(eq=False, repr=False)
class ContractWatch:
    """A transport around another one that looks at a share of the answers, and asks nothing itself.

    ```python
    watch = ContractWatch(AiohttpTransport())
    client = BookIt(transport=watch)
    ...
    Path("report.json").write_text(watch.report().to_json())
    ```

    What it keeps are counts of places, types and statuses, 1,000 differences at most; never an answer. A `sample` of 1
    looks at all of them, 0 at none.
    """

    inner: Transport
    sample: float = field(default=0.01, kw_only=True)
    """The share of answers that are looked at, from 0 to 1."""
    random: Callable[[], float] = field(default=random, kw_only=True)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC), kw_only=True)
    _found: "Counter[Difference]" = field(factory=Counter[Difference], init=False)
    _statuses: dict[str, "Counter[int]"] = field(factory=dict[str, "Counter[int]"], init=False)
    _looks: dict[str, "Counter[str | None]"] = field(factory=dict[str, "Counter[str | None]"], init=False)

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        """Return the answer of the inner transport, as it is."""
        answer = await self.inner.send(request, timeout=timeout)
        if self.random() < self.sample:
            self._look(request, answer)
        return answer

    @property
    def max_connections(self) -> int | None:
        """How many requests the inner transport can have under way at once; None when it does not say."""
        return max_connections_of(self.inner)

    async def connect(self, url: str, *, timeout: float, connections: int) -> None:
        """Open connections of the inner transport ahead, where it can."""
        await connect_ahead(self.inner, url, timeout=timeout, connections=connections)

    async def close(self) -> None:
        """Close the inner transport."""
        await self.inner.close()

    def report(self) -> Report:
        """Return what was found until now, as a diagnosis gives it; facts that have to be asked are `not seen`."""
        return Report(
            on=self.now().date(),
            findings=tuple(
                finding(fact, self._looks.get(fact.id, Counter()), "" if fact.id in PASSING else "has to be asked")
                for fact in FACTS
            ),
            differences=dict(self._found),
            statuses={operation: dict(counted) for operation, counted in self._statuses.items()},
        )

    def _look(self, request: WireRequest, answer: WireResponse) -> None:
        operation = _operation(request)
        if operation is None:
            return
        told = Told(
            probe="watched",
            operation=operation,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            wall=self.now(),
        )
        statuses = self._statuses.setdefault(operation.id, Counter())
        if told.status in statuses or len(statuses) < _STATUSES:
            statuses[told.status] += 1
        for one in told.differences:
            if one in self._found or len(self._found) < MOST:
                self._found[one] += 1
        for name, looks in passing(told).items():
            known = self._looks.setdefault(name, Counter())
            for what, times in looks.items():
                if what in known or len(known) < _STATUSES:
                    known[what] += times


def _operation(request: WireRequest) -> "Operation[object] | None":
    path = urlsplit(request.url).path
    found = (one for method, pattern, one in _PATHS if method == request.method and pattern.search(path))
    return max(found, key=lambda one: len(one.path), default=None)
