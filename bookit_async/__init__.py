"""Asyncio SDK for LeanData BookIt: route a prospect, see the open slots, book one.

What is public is loaded when it is first asked for, so that the import costs next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import BookIt
    from .errors import (
        APIStatusError,
        AuthenticationError,
        BookItError,
        HostNotReadyError,
        InvalidInputError,
        LinkNotFoundError,
        LinkSpentError,
        LinkUnsupportedError,
        MeetingNotFoundError,
        MissingInputError,
        NoAnswerError,
        NotSentError,
        OutcomeUnknownError,
        RateLimitError,
        RefusedInputError,
        ResponseInvalidError,
        ServerError,
        SlotTakenError,
        TokenSpentError,
        TooSoonError,
        TriggerNodeNotFoundError,
    )
    from .exchange.oddities import OddValue
    from .legacy import Modification
    from .loops import ensure_client
    from .once.ledger import Ledger, MemoryLedger
    from .settings import RetryPolicy
    from .transports import Transport, TransportFailure, WireRequest, WireResponse
    from .views.choosers import (
        Chooser,
        SlotChoice,
        WrittenChooser,
        all_of,
        at,
        between,
        earliest,
        first_of,
        nearest,
        on,
        read_chooser,
        write_chooser,
    )
    from .views.forms import FormField
    from .views.inputs import TriggerInput, TriggerInputs
    from .views.meetings import Attendee, Meeting
    from .views.offers import Host, NoAvailability, Offer
    from .views.outcomes import Booked, LegacyRouted, NotRouted, Redirected
    from .views.pending import PendingBooking, Prepared, Unsettled
    from .views.slots import Slot

__all__ = [
    "APIStatusError",
    "Attendee",
    "AuthenticationError",
    "BookIt",
    "BookItError",
    "Booked",
    "Chooser",
    "FormField",
    "Host",
    "HostNotReadyError",
    "InvalidInputError",
    "Ledger",
    "LegacyRouted",
    "LinkNotFoundError",
    "LinkSpentError",
    "LinkUnsupportedError",
    "Meeting",
    "MeetingNotFoundError",
    "MemoryLedger",
    "MissingInputError",
    "Modification",
    "NoAnswerError",
    "NoAvailability",
    "NotRouted",
    "NotSentError",
    "OddValue",
    "Offer",
    "OutcomeUnknownError",
    "PendingBooking",
    "Prepared",
    "RateLimitError",
    "Redirected",
    "RefusedInputError",
    "ResponseInvalidError",
    "RetryPolicy",
    "ServerError",
    "Slot",
    "SlotChoice",
    "SlotTakenError",
    "TokenSpentError",
    "TooSoonError",
    "Transport",
    "TransportFailure",
    "TriggerInput",
    "TriggerInputs",
    "TriggerNodeNotFoundError",
    "Unsettled",
    "WireRequest",
    "WireResponse",
    "WrittenChooser",
    "all_of",
    "at",
    "between",
    "earliest",
    "ensure_client",
    "first_of",
    "nearest",
    "on",
    "read_chooser",
    "write_chooser",
]

_HOMES = {
    name: module
    for module, names in {
        "errors": (
            "APIStatusError",
            "AuthenticationError",
            "BookItError",
            "HostNotReadyError",
            "InvalidInputError",
            "LinkNotFoundError",
            "LinkSpentError",
            "LinkUnsupportedError",
            "MeetingNotFoundError",
            "MissingInputError",
            "NoAnswerError",
            "NotSentError",
            "OutcomeUnknownError",
            "RateLimitError",
            "RefusedInputError",
            "ResponseInvalidError",
            "ServerError",
            "SlotTakenError",
            "TokenSpentError",
            "TooSoonError",
            "TriggerNodeNotFoundError",
        ),
        "client": ("BookIt",),
        "views.forms": ("FormField",),
        "views.inputs": ("TriggerInput", "TriggerInputs"),
        "exchange.oddities": ("OddValue",),
        "legacy": ("Modification",),
        "loops": ("ensure_client",),
        "once.ledger": ("Ledger", "MemoryLedger"),
        "views.meetings": ("Attendee", "Meeting"),
        "views.offers": ("Host", "NoAvailability", "Offer"),
        "views.outcomes": ("Booked", "LegacyRouted", "NotRouted", "Redirected"),
        "views.pending": ("PendingBooking", "Prepared", "Unsettled"),
        "settings": ("RetryPolicy",),
        "views.choosers": (
            "Chooser",
            "SlotChoice",
            "WrittenChooser",
            "all_of",
            "at",
            "between",
            "earliest",
            "first_of",
            "nearest",
            "on",
            "read_chooser",
            "write_chooser",
        ),
        "views.slots": ("Slot",),
        "transports": ("Transport", "TransportFailure", "WireRequest", "WireResponse"),
    }.items()
    for name in names
}


if not TYPE_CHECKING:  # pragma: no branch - a type checker would take any name for one of ours

    def __getattr__(name: str) -> object:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(f".{_HOMES[name]}", __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
