"""Orders through `BookIt`."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx

from bookit_async import Booked, BookIt, BookItError, NoAvailability, OutcomeUnknownError, RetryPolicy, Slot
from bookit_async.views.outcomes import LegacyRouted

from .orders import Order, Report
from .world import NODE

TIMEOUT = 1.0
SETTLE = 4.0
TIMEZONE = "UTC"
SETTINGS: dict[str, Any] = {
    "timeout": TIMEOUT,
    "deadline": 60.0,
    "settle": SETTLE,
    "grace": 0.1,
    "retries": RetryPolicy(attempts=6, first_wait=0.02, longest_wait=0.4, budget=100_000),
}
"""Those of the chaos run, unless others are given."""


class Ours:
    """Places orders with this package's client, in a world where a second is long."""

    name = "bookit-async"

    def __init__(self, url: str, api_key: str, *, connections: int, **settings: Any) -> None:
        self._http: httpx.AsyncClient | None = None
        chosen = settings or SETTINGS
        self._client = BookIt(api_key, base_url=url, **chosen, **self._connections(connections))
        self._open: dict[int, OutcomeUnknownError] = {}

    def _connections(self, most: int) -> dict[str, Any]:
        return {"max_connections": most}

    async def place(self, order: Order) -> Report:
        """Place one order and tell what its caller was told."""
        try:
            outcome = await self._outcome(order)
        except OutcomeUnknownError as error:
            if error.booking is None:  # only routing or slots were lost: nothing can have been booked
                return Report(order=order, result="refused")
            self._open[order.number] = error
            return Report(order=order, result="unknown")
        except BookItError:
            return Report(order=order, result="refused")
        if not isinstance(outcome, Booked):
            return Report(order=order, result="refused")
        return Report(order=order, result="recovered" if outcome.recovered else "booked", meeting_id=outcome.meeting_id)

    async def _outcome(self, order: Order) -> object:
        def wanted(slots: Sequence[Slot]) -> Sequence[Slot]:
            first = order.pick(len(slots))
            return [*slots[first:], *slots[:first]]

        client = self._client
        if order.mode in ("link", "single-use link"):
            return await client.book_link(order.desk, timezone=TIMEZONE, slot=wanted, answers=order.answers)
        if order.mode == "params":
            routed = await client.legacy.route(NODE, order.prospect, uid=order.uid)
            if not isinstance(routed, LegacyRouted):
                return NoAvailability()
            return await client.legacy.book(routed.params, timezone=TIMEZONE, slot=wanted)
        return await client.book(NODE, order.prospect, timezone=TIMEZONE, slot=wanted, uid=order.uid)

    async def settle(self, reports: Sequence[Report]) -> list[Report]:
        """Settle what was left open: a cancelled order that is not listed as unsettled is told not to be booked."""
        listed = {one.booking.prospect_email: one for one in self._client.unsettled}

        async def settled(report: Report) -> Report | None:
            order = report.order
            lost = self._open.get(order.number) or listed.get(order.email)
            try:
                found = None if lost is None else await self._client.settle(lost)
            except OutcomeUnknownError:
                return None
            meeting_id = None if found is None else found.meeting_id
            return Report(order=order, result="recovered" if meeting_id else "refused", meeting_id=meeting_id)

        left = [one for one in reports if one.result in ("unknown", "cancelled")]
        return [one for one in await asyncio.gather(*map(settled, left)) if one is not None]

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()
        if self._http is not None:
            await self._http.aclose()


class OursOverHttpx(Ours):
    """The same over the other adapter."""

    name = "bookit-async, httpx"

    def _connections(self, most: int) -> dict[str, Any]:
        limits = httpx.Limits(max_connections=most, max_keepalive_connections=most)
        self._http = httpx.AsyncClient(limits=limits)
        return {"http_client": self._http}
