"""Bookings that survive their process: each intent is booked once, whatever is killed and when. Extra `durable`."""

from .durable import Durable, Handle, IntentBrokenError, IntentNotFoundError, Standing
from .intents import IntentConflictError
from .outcomes import DurableOutcome, Refused
from .store import StoreLostError

__all__ = [
    "Durable",
    "DurableOutcome",
    "Handle",
    "IntentBrokenError",
    "IntentConflictError",
    "IntentNotFoundError",
    "Refused",
    "Standing",
    "StoreLostError",
]
