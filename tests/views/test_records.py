"""What comes back, written down as JSON values and read again; and what is public says whose it is."""

import inspect
import json
import pickle
from collections.abc import Mapping
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import pytest

import bookit_async
from bookit_async import (
    APIStatusError,
    Booked,
    BookIt,
    BookItError,
    HostNotReadyError,
    InvalidInputError,
    LegacyRouted,
    Meeting,
    MissingInputError,
    NoAvailability,
    NotRouted,
    NotSentError,
    Offer,
    OutcomeUnknownError,
    PendingBooking,
    Prepared,
    Redirected,
    ResponseInvalidError,
    Slot,
    SlotTakenError,
    TriggerNodeNotFoundError,
    Unsettled,
)
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from ..scenes import ZONE

START = datetime(2025, 5, 6, 16, tzinfo=UTC)
SLOT = Slot(start_milliseconds=1_746_547_200_000, end_milliseconds=1_746_549_000_000, host_ids=("anna", "ben"))
PENDING = PendingBooking(
    slot=SLOT,
    host_ids=("anna", "ben"),
    host_emails={"anna@host.example": "anna"},
    prospect_email="ada@engines.example",
    token="a token",
    link_id=None,
    uid="6f1c6f7e-7c0e-4d0c-9f0e-6d6b0f6f2a11",
    lost_at=START,
    token_state="spent",
    request_ids=("r-1", "r-2"),
    before=("m1",),
    id="lead-4711",
)
BOOKED = Booked(
    meeting_id="m2",
    organizer_email="anna@host.example",
    host_id="anna",
    start=START,
    end=START,
    uid=None,
    recovered=True,
)
RECORDS: list[Any] = [
    BOOKED,
    Redirected(url="https://example.com/?who=ada", uid="u"),
    NotRouted(response_type="new"),
    NoAvailability(uid="u"),
    LegacyRouted(params="secret", uid=None),
    PENDING,
    Unsettled(booking=PENDING),
    Unsettled(booking=PENDING, outcome=BOOKED),
]
ERRORS: list[BookItError] = [
    InvalidInputError(problems=["one", "two"], operation="book_meeting"),
    NotSentError(reason="refused"),
    OutcomeUnknownError(reason="timed out", booking=PENDING, status=502, request_id="r", body=b"Ada"),
    OutcomeUnknownError(reason="timed out", changes=False),
    APIStatusError(status=418, body=b"Ada", sentence="Ada is no teapot"),
    SlotTakenError(status=400, request_id="r"),
    TriggerNodeNotFoundError(status=400, trigger_node="X"),
    MissingInputError(status=400, name="uid"),
    HostNotReadyError(status=400, user_ids=["u1", "u2"]),
    ResponseInvalidError(status=200, path="$.x"),
]


def on_paper(data: Mapping[str, Any]) -> dict[str, Any]:
    written: dict[str, Any] = json.loads(json.dumps(data))
    return written


def name_of(thing: object) -> str:
    """The same in every process, as tests that run side by side are named."""
    return type(thing).__name__


@pytest.mark.parametrize("record", RECORDS, ids=name_of)
def test_what_was_written_down_is_read_again(record: Any) -> None:
    data = on_paper(record.to_dict())
    assert data["version"] == 1
    again = record.__class__.from_dict({**data, "from a later version": 1})
    assert again == record
    assert repr(again) == repr(record)


async def test_a_meeting_keeps_what_the_service_sent(client: BookIt) -> None:
    booked = await client.book(NODE, ADA, timezone=ZONE)
    assert isinstance(booked, Booked)
    meeting = await client.meeting(booked.meeting_id)
    again = Meeting.from_dict(on_paper(meeting.to_dict()))
    assert again == meeting
    assert again.raw.to_dict() == meeting.raw.to_dict() != {}


async def test_an_offer_is_left_behind(client: BookIt) -> None:
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    assert NoAvailability.from_dict(on_paper(NoAvailability(offer=offer, uid="u").to_dict())) == NoAvailability(uid="u")


@pytest.mark.parametrize("error", ERRORS, ids=name_of)
def test_errors_are_read_again_without_what_the_service_wrote(error: BookItError) -> None:
    data = on_paper(error.to_dict())
    assert "Ada" not in json.dumps(data)
    again = BookItError.from_dict(data)
    assert type(again) is type(error)
    assert str(again).removesuffix(".") == str(error).replace(
        " For the service's own words see .sentence.", ""
    ).removesuffix(".")
    assert getattr(again, "booking", None) == getattr(error, "booking", None)


BROKEN: list[tuple[Any, Any, str]] = [
    (Booked, {}, "not a Booked"),
    (Booked, {"type": "NotRouted", "version": 1}, "not a Booked"),
    (Booked, {**BOOKED.to_dict(), "version": 2}, "newer version"),
    (Booked, {**BOOKED.to_dict(), "start": "soon"}, "incomplete or damaged"),
    (Booked, {**BOOKED.to_dict(), "meeting_id": 5}, "incomplete or damaged"),
    (Booked, {"type": "Booked", "version": 1}, "incomplete or damaged"),
    (PendingBooking, {**PENDING.to_dict(), "slot": {"start": 1}}, "incomplete or damaged"),
    (PendingBooking, {**PENDING.to_dict(), "slot": None}, "incomplete or damaged"),
    (Prepared, {"type": "Prepared", "version": 1, "call": {"operation": "cancel_meeting"}}, "incomplete or damaged"),
    (BookItError, {}, "not an error"),
    (BookItError, {"type": "NotSentError", "version": 2, "reason": "x"}, "newer version"),
    (BookItError, {"type": "NotSentError", "version": 1}, "incomplete or damaged"),
    (BookItError, {"type": "OutcomeUnknownError", "version": 1, "reason": "x", "booking": 5}, "incomplete or damaged"),
]


@pytest.mark.parametrize(("kind", "data", "sentence"), BROKEN)
def test_what_cannot_be_read_is_told(kind: Any, data: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        kind.from_dict(data)


async def test_a_prepared_booking_travels(client: BookIt, sandbox: Sandbox) -> None:
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    prepared = offer.prepare(offer.slots[0], timezone=ZONE, booking_id="lead-4711")
    again = Prepared.from_dict(on_paper(prepared.to_dict()))
    assert again == prepared
    assert "ada@" not in repr(again).lower()
    assert (await client.send(again)).start == offer.slots[0].start


PUBLIC = [name for name in bookit_async.__all__ if inspect.isclass(getattr(bookit_async, name))]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_classes_say_that_they_are_the_packages(name: str) -> None:
    assert getattr(bookit_async, name).__module__ == "bookit_async"


@pytest.mark.parametrize("thing", [*RECORDS, *ERRORS], ids=name_of)
def test_pickles_carry_no_folder_names(thing: Any) -> None:
    pickled = pickle.dumps(thing)
    assert repr(pickle.loads(pickled)) == repr(deepcopy(thing)) == repr(thing)  # noqa: S301 - our own
    for room in (b"bookit_async.views.outcomes", b"bookit_async.views.pending", b"views.offers"):
        assert room not in pickled
