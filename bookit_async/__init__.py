"""Asyncio SDK for LeanData BookIt: route a prospect, see the open slots, book one."""

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
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
    TooSoonError,
    TriggerNodeNotFoundError,
)
from .flows import BookIt
from .forms import FormField
from .inputs import TriggerInput, TriggerInputs
from .legacy import Modification
from .meetings import Attendee, Meeting
from .offers import Host, Offer
from .outcomes import Booked, LegacyRouted, NoAvailability, NotRouted, Redirected
from .reconciliation import PendingBooking, Unsettled
from .retries import RetryPolicy
from .slots import Chooser, Slot, SlotChoice, all_of, at, between, earliest, first_of, nearest, on
from .transports import Transport, TransportFailure, WireRequest, WireResponse

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
    "LegacyRouted",
    "LinkNotFoundError",
    "LinkSpentError",
    "LinkUnsupportedError",
    "Meeting",
    "MeetingNotFoundError",
    "MissingInputError",
    "Modification",
    "NoAnswerError",
    "NoAvailability",
    "NotRouted",
    "NotSentError",
    "Offer",
    "OutcomeUnknownError",
    "PendingBooking",
    "RateLimitError",
    "Redirected",
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
    "all_of",
    "at",
    "between",
    "earliest",
    "first_of",
    "nearest",
    "on",
]
