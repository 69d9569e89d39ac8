"""Bookings of offers that were shown to somebody, who may ask twice, of two processes, and for two slots at once."""

import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ..errors import BookItError, InvalidInputError, OutcomeUnknownError, SlotTakenError
from ..views.offers import Offer
from ..views.outcomes import Booked
from ..views.slots import Slot
from .engine import DurableClosedError
from .intents import IntentConflictError
from .outcomes import DurableOutcome, Refused
from .store import StoreLostError

if TYPE_CHECKING:
    from .durable import Durable


_FORM = re.compile("answers|guests|timezone")
"""How the sentences begin that are not about the slot."""


@frozen
class OfferBookings:
    """Books one slot of each offer, in whatever process it is asked for.

    An offer's first attempt is an intent; one that came to no meeting makes room for the next.

    Args:
        durable: Stores the intents.
        patience: Seconds that a caller waits for the outcome.
    """

    durable: "Durable"
    patience: float

    async def outcome(self, nonce: str) -> Booked | None:
        """Return the meeting that was booked with an offer, None when none was; waits for an attempt under way."""
        attempts = _attempts(nonce)
        with _kept_or_not():
            while await self.durable.find(attempt := next(attempts)) is not None:
                came = await self._result(attempt)
                if isinstance(came, Booked):
                    return came
        return None

    async def book(
        self,
        nonce: str,
        offer: Offer,
        slot: Slot,
        *,
        timezone: str,
        answers: Mapping[str, Any],
        guests: Sequence[str],
    ) -> Booked:
        """Return the meeting that is booked with an offer: at this slot, or at the one that was asked for before.

        Raises what the service refuses, and OutcomeUnknownError when it takes longer than the patience: then it is
        carried on, and asking again gives the same.
        """
        attempts = _attempts(nonce)
        with _kept_or_not():
            while True:
                attempt = next(attempts)
                try:
                    await self.durable.submit(
                        attempt, offer=offer, slot=slot, timezone=timezone, answers=answers, guests=guests
                    )
                except IntentConflictError:
                    came = await self._result(attempt)
                    if isinstance(came, Booked):
                        return came
                    continue
                came = await self._result(attempt)
                if isinstance(came, Booked):
                    return came
                raise _refusal(came)

    async def _result(self, attempt: str) -> DurableOutcome:
        try:
            return await self.durable.result(attempt, timeout=self.patience)
        except TimeoutError:
            reason = "the booking is stored and goes on, and is not decided yet"
            raise OutcomeUnknownError(reason=reason) from None


@contextmanager
def _kept_or_not() -> Generator[None]:
    """Leave the outcome open where the store does not tell it: asked again, it is the same booking."""
    try:
        yield
    except (StoreLostError, DurableClosedError) as error:
        raise OutcomeUnknownError(reason="the store of the bookings does not answer") from error


def _refusal(came: DurableOutcome) -> BookItError:
    """Return why nothing was booked; a slot that is no more in the offer was taken."""
    error = came.error if isinstance(came, Refused) else None
    late = isinstance(error, InvalidInputError) and error.late and not any(map(_FORM.match, error.problems))
    return SlotTakenError(status=400) if error is None or late else error


def _attempts(nonce: str) -> Iterator[str]:
    """Yield the ids of an offer's attempts, without an end."""
    yield f"offer-{nonce}"
    yield from (f"offer-{nonce}-{number}" for number in count(2))
