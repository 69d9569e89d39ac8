"""Orders through `BookIt`."""

from collections.abc import Sequence

from bookit_async import Booked, BookIt, BookItError, OutcomeUnknownError, RetryPolicy, Slot

from .orders import Order, Report
from .world import NODE

TIMEZONE = "UTC"


class Ours:
    """Places orders with this package's client, in a world where a second is long."""

    name = "bookit-async"

    def __init__(self, url: str, api_key: str, *, connections: int) -> None:
        self._client = BookIt(
            api_key,
            base_url=url,
            timeout=1.0,
            deadline=60.0,
            settle=2.5,
            retries=RetryPolicy(attempts=6, first_wait=0.02, longest_wait=0.4, budget=100_000),
            max_connections=connections,
        )
        self._open: list[tuple[Order, OutcomeUnknownError]] = []

    async def place(self, order: Order) -> Report:
        """Place one order and tell what its caller was told."""

        def wanted(slots: Sequence[Slot]) -> Sequence[Slot]:
            first = order.pick(len(slots))
            return [*slots[first:], *slots[:first]]

        client = self._client
        outcome: object
        try:
            if order.mode == "link":
                outcome = await client.book_link(order.desk, timezone=TIMEZONE, slot=wanted, answers=order.answers)
            else:
                outcome = await client.book(NODE, order.prospect, timezone=TIMEZONE, slot=wanted, uid=order.uid)
        except OutcomeUnknownError as error:
            if error.booking is None:  # only routing or slots were lost: nothing can have been booked
                return Report(order=order, result="refused")
            self._open.append((order, error))
            return Report(order=order, result="unknown")
        except BookItError:
            return Report(order=order, result="refused")
        if not isinstance(outcome, Booked):
            return Report(order=order, result="refused")
        return Report(order=order, result="recovered" if outcome.recovered else "booked", meeting_id=outcome.meeting_id)

    async def settle(self) -> list[Report]:
        """Settle what was left open, now that all is well again."""
        reports: list[Report] = []
        for order, error in self._open:
            found = await self._client.settle(error)
            meeting_id = None if found is None else found.meeting_id
            reports.append(Report(order=order, result="recovered" if meeting_id else "refused", meeting_id=meeting_id))
        return reports

    async def close(self) -> None:
        """Close the client."""
        await self._client.close()
