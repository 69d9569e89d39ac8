"""Bookings that survive their process: each intent is booked once, whatever is killed and when. Extra `durable`."""

from ..extras import needed_for

with needed_for("durable", extra="durable"):
    from .dbos_engine import engine_settings
    from .durable import Durable, Handle, IntentBrokenError, IntentNotFoundError
    from .engine import DurableClosedError
    from .intents import IntentConflictError
    from .outcomes import DurableOutcome, Forgotten, Refused, Withdrawn
    from .standing import Standing, Status
    from .store import StoreLostError

__all__ = [
    "Durable",
    "DurableClosedError",
    "DurableOutcome",
    "Forgotten",
    "Handle",
    "IntentBrokenError",
    "IntentConflictError",
    "IntentNotFoundError",
    "Refused",
    "Standing",
    "Status",
    "StoreLostError",
    "Withdrawn",
    "engine_settings",
]
