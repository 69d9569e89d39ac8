"""What comes back, written down as JSON values and read again; and what is public says whose it is."""

import inspect
import json
import pickle
import re
from collections.abc import Mapping, Sequence
from copy import copy, deepcopy
from datetime import UTC, date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

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
    all_of,
    at,
    between,
    earliest,
    first_of,
    nearest,
    on,
)
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from ..privacy.canaries import told_by
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
    again = BookItError.from_dict({**data, "from a later version": 1})
    assert type(again) is type(error)
    assert str(again).removesuffix(".") == str(error).replace(
        " For the service's own words see .sentence.", ""
    ).removesuffix(".")
    assert getattr(again, "booking", None) == getattr(error, "booking", None)


JUNK: list[Any] = [None, 5, -1, 1.5, True, "x", "", [], [1], [None], [[]], {}, {"a": 1}, 10**30, float("nan")]


@pytest.mark.parametrize("thing", [*RECORDS, *ERRORS], ids=name_of)
def test_whatever_is_damaged_is_told_at_once_and_without_what_it_held(thing: Any) -> None:
    data = on_paper(thing.to_dict())
    assert data == thing.to_dict()  # what JSON has no kind for is not in it
    kind: Any = BookItError if isinstance(thing, BookItError) else thing.__class__
    damaged = [*JUNK, *({**data, name: junk} for name in data for junk in JUNK)]
    damaged += [{name: value for name, value in data.items() if name != left_out} for left_out in data]
    nested = [name for name, value in data.items() if isinstance(value, dict)]
    damaged += [{**data, one: {**data[one], name: junk}} for one in nested for name in data[one] for junk in JUNK]
    refused: list[InvalidInputError] = []
    for one in damaged:
        try:
            again = kind.from_dict(one)
        except InvalidInputError as error:
            refused.append(error)
        else:
            assert str(again)
            assert repr(again)
            assert kind.from_dict(on_paper(again.to_dict())) is not None
    assert {len(error.problems) for error in refused} == {1}
    assert not [text for error in refused for text in told_by(error) if "a token" in text or "ada@" in text]


def test_an_error_of_an_application_is_not_ours() -> None:
    class ServerError(bookit_async.ServerError):
        __module__ = "an.application"

        def __init__(self, *, more: int) -> None:
            super().__init__(status=500)
            self.more = more

    assert issubclass(ServerError, bookit_async.ServerError)
    again = BookItError.from_dict(bookit_async.ServerError(status=500).to_dict())
    assert type(again) is bookit_async.ServerError


@pytest.mark.parametrize("version", [None, "1", 1.0, 0, -1, True])
def test_a_version_is_a_whole_number(version: Any) -> None:
    for data in (BOOKED.to_dict(), NotSentError(reason="x").to_dict()):
        with pytest.raises(InvalidInputError, match="its version must be a whole number from 1 on"):
            (Booked if data["type"] == "Booked" else BookItError).from_dict({**data, "version": version})


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


PUBLIC = [
    name
    for name in bookit_async.__all__
    if inspect.isclass(getattr(bookit_async, name)) or inspect.isfunction(getattr(bookit_async, name))
]


@pytest.mark.parametrize("name", PUBLIC)
def test_public_classes_and_functions_say_that_they_are_the_packages(name: str) -> None:
    public = getattr(bookit_async, name)
    assert public.__module__ == "bookit_async"
    assert pickle.loads(pickle.dumps(public)) is public  # noqa: S301 - our own
    if inspect.isfunction(public):
        assert f"def {name}(" in inspect.getsource(public)


def latest(slots: Sequence[Slot]) -> Sequence[Slot]:
    return sorted(slots, reverse=True)


CHOOSERS: list[Any] = [
    earliest(),
    earliest(spread=3),
    at(START),
    nearest(START),
    between(time(9), time(17, 30), timezone="Europe/Paris", weekdays=[1, 2]),
    between(time(9, 0, 0, 1), time(9), timezone="UTC", weekdays=[]),
    on(START.date(), timezone="Asia/Tokyo"),
    all_of(at(START), earliest(spread=2)),
    first_of(all_of(nearest(START)), latest),
    first_of(),
]
LOCAL: list[Any] = [SLOT.local("America/Denver"), SLOT.local("America/Denver").local("Asia/Tokyo")]
FOLDER = re.compile(rb"bookit_async\.\w+\.")


# Not Prepared and Meeting, nor what holds one: they hold generated models, whose pickles name the folder of those.
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
@pytest.mark.parametrize("thing", [*RECORDS, *ERRORS, *CHOOSERS, SLOT, *LOCAL], ids=name_of)
def test_pickles_carry_no_folder_names(thing: Any, protocol: int) -> None:
    pickled = pickle.dumps(thing, protocol)
    again = pickle.loads(pickled)  # noqa: S301 - our own
    assert type(again) is type(thing)
    assert repr(again) == repr(deepcopy(thing)) == repr(copy(thing)) == repr(thing)
    assert FOLDER.search(pickled) is None


@pytest.mark.parametrize("thing", [*CHOOSERS, SLOT, *LOCAL], ids=name_of)
def test_a_choice_is_the_same_after_a_pickle(thing: Any) -> None:
    again = pickle.loads(pickle.dumps(thing))  # noqa: S301 - our own
    assert again == deepcopy(thing) == copy(thing) == thing
    if isinstance(thing, Slot):
        assert (str(again), again.host_ids) == (str(thing), thing.host_ids)


def from_before(kind: bytes, state: bytes) -> bytes:
    """A pickle, of protocol 2, of a chooser by its class."""
    return b"\x80\x02cbookit_async.views.choosers\n" + kind + b"\n)\x81}" + state + b"b."


OWN: Any = max
BEFORE: list[tuple[bytes, Any]] = [
    (from_before(b"_Earliest", b"X\6\0\0\0spreadK\3s"), earliest(spread=3)),
    (from_before(b"_At", b"X\5\0\0\0start\x8a\6\0PS\xa6\x96\1s"), at(SLOT.start)),
    (from_before(b"_Nearest", b"X\5\0\0\0start\x8a\6\0PS\xa6\x96\1s"), nearest(SLOT.start)),
    (
        from_before(
            b"_Between",
            b"(X\5\0\0\0firstcdatetime\ntime\n(K\x09K\0tRX\4\0\0\0lastcdatetime\ntime\n(K\x11K\x1etR"
            b"X\x08\0\0\0timezoneX\3\0\0\0UTCX\x08\0\0\0weekdayscbuiltins\nfrozenset\n(](K\1K\2etRu",
        ),
        between(time(9), time(17, 30), timezone="UTC", weekdays=[1, 2]),
    ),
    (
        from_before(b"_On", b"(X\3\0\0\0daycdatetime\ndate\n(M\xe9\7K\5K\6tRX\x08\0\0\0timezoneX\3\0\0\0UTCu"),
        on(date(2025, 5, 6), timezone="UTC"),
    ),
    (
        from_before(
            b"_AllOf",
            b"X\x08\0\0\0choosers(cbookit_async.views.choosers\n_Earliest\n)\x81}X\6\0\0\0spreadK\1sbcbuiltins\nmax\nts",
        ),
        all_of(earliest(), OWN),
    ),
    (
        from_before(b"_FirstOf", b"X\x08\0\0\0choosers(cbookit_async.views.choosers\n_At\n)\x81}X\5\0\0\0startK\1sbts"),
        first_of(at(datetime(1970, 1, 1, 0, 0, 0, 1000, UTC))),
    ),
]


@pytest.mark.parametrize(("pickled", "chooser"), BEFORE, ids=[name_of(row[1]) for row in BEFORE])
def test_a_pickle_of_a_choosers_class_is_read(pickled: bytes, chooser: Any) -> None:
    assert pickle.loads(pickled) == chooser  # noqa: S301 - our own


def test_a_pickle_of_a_local_slots_class_is_read() -> None:
    pickled = pickle.dumps(SLOT)[:-1] + pickle.dumps(ZoneInfo("America/Denver"))[2:-1]
    head, foot = b"\x80\x04cbookit_async.views.slots\nLocalSlot\n(", b"tR."
    again = pickle.loads(head + pickled[2:] + foot)  # noqa: S301 - our own
    assert (again, str(again)) == (SLOT, str(SLOT.local("America/Denver")))
