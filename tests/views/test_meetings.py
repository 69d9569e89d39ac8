"""One view over both wire shapes of a meeting."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bookit_async import Attendee, Meeting
from bookit_async._generated.api.meetings.list_meetings import LIST_MEETINGS
from bookit_async._generated.errors import WrongTypeError
from bookit_async._generated.models import Meeting as WireMeeting
from bookit_async.views.meetings import read_meeting, read_meetings

TIMES = {"start_time": 1746547200000, "end_time": 1746548100000}
ATTENDEES = [
    {"email": "eva@x.example", "responseStatus": "accepted", "organizer": True},
    {"email": "ada@x.example", "responseStatus": "needsAction", "self": True},
]
NESTED = {
    "bookIt": {"status": "scheduled"},
    "calendarEvent": {
        "id": "m1",
        "title": "Demo",
        "status": "confirmed",
        "scheduledTime": TIMES,
        "organizer": {"email": "eva@x.example"},
        "attendees": ATTENDEES,
    },
}
FLAT = {
    "id": "m1",
    "title": "Demo",
    "status": "scheduled",
    "scheduledTime": TIMES,
    "organizer_email": "eva@x.example",
    "attendees": ATTENDEES,
}


def view(wire: dict[str, Any]) -> Meeting:
    return read_meeting(WireMeeting.read(wire), asked="asked")


@pytest.mark.parametrize(
    "wire",
    [
        NESTED,
        FLAT,
        {**FLAT, "organizer_email": None, "organizer": {"email": "eva@x.example"}},
        {**FLAT, "organizer_email": None},
    ],
    ids=["nested", "flat", "flat with an organizer", "flat with the organizer among the attendees"],
)
def test_both_shapes_read_alike(wire: dict[str, Any]) -> None:
    meeting = view(wire)
    assert (meeting.id, meeting.title, meeting.status, meeting.organizer_email) == (
        "m1",
        "Demo",
        "scheduled",
        "eva@x.example",
    )
    assert meeting.start == datetime(2025, 5, 6, 16, 0, tzinfo=UTC)
    assert meeting.end == datetime(2025, 5, 6, 16, 15, tzinfo=UTC)
    assert meeting.attendees == (
        Attendee(email="eva@x.example", response_status="accepted", organizer=True),
        Attendee(email="ada@x.example", response_status="needsAction", calendar_owner=True),
    )
    assert meeting.raw.to_dict() == {name: value for name, value in wire.items() if value is not None}


@pytest.mark.parametrize(
    ("wire", "status", "canceled"),
    [
        (NESTED, "scheduled", False),
        ({"bookIt": {"status": "canceled"}}, "canceled", True),
        ({"bookIt": {"status": "on ice"}}, "on ice", False),
        ({"bookIt": {"status": "scheduled"}, "calendarEvent": {"status": "cancelled"}}, "scheduled", True),
        ({"status": "canceled"}, "canceled", True),
        ({"status": "CANCELLED"}, "CANCELLED", True),
        ({}, None, False),
    ],
)
def test_statuses_are_kept_as_they_come(wire: dict[str, Any], status: str | None, canceled: bool) -> None:
    assert (view(wire).status, view(wire).canceled) == (status, canceled)


def test_a_meeting_that_tells_nothing_has_the_id_that_was_asked_for() -> None:
    meeting = view({})
    assert (meeting.id, meeting.start, meeting.end, meeting.organizer_email, meeting.attendees) == (
        "asked",
        None,
        None,
        None,
        (),
    )


def test_an_instant_outside_the_calendar_is_no_reason_to_fail() -> None:
    assert view({"scheduledTime": {"start_time": 10**18}}).start is None


@pytest.mark.parametrize(
    "wire",
    [[NESTED, FLAT], {"meetings": [NESTED, FLAT]}, {"total": 2, "data": [NESTED, FLAT], "next": None}],
    ids=["a bare array", "wrapped", "wrapped, with more beside it"],
)
def test_a_list_may_be_wrapped(wire: Any) -> None:
    assert [one.id for one in read_meetings(LIST_MEETINGS.read(wire))] == ["m1", "m1"]


@pytest.mark.parametrize(
    "wire",
    [{}, {"message": "busy"}, {"meetings": None}, {"data": {"meetings": [NESTED]}}, {"a": [], "b": [NESTED]}],
)
def test_no_list_is_not_the_same_as_no_meetings(wire: Any) -> None:
    with pytest.raises(WrongTypeError, match=r"^\$: expected array, or object that holds one array, found object"):
        read_meetings(LIST_MEETINGS.read(wire))


def test_an_array_named_meetings_is_the_list_whatever_stands_beside_it() -> None:
    assert [one.id for one in read_meetings({"errors": [], "meetings": [NESTED]})] == ["m1"]


UNREADABLE: list[Any] = [5, "m1", [], {}, {"event": NESTED}, {"calendarEvent": {"event_id": "m1"}}, {"title": "no id"}]


@pytest.mark.parametrize("wire", UNREADABLE, ids=str)
def test_of_a_list_with_an_unreadable_entry_the_others_are_read(wire: Any) -> None:
    found = read_meetings({"meetings": [NESTED, wire, None, FLAT]})
    assert ([one.id for one in found], found.unreadable) == (["m1", "m1"], 1)
    (odd,) = found.odd
    assert odd.segments[:2] == ("meetings", "*")


@pytest.mark.parametrize("wire", UNREADABLE, ids=str)
def test_a_list_of_nothing_readable_is_not_an_empty_one(wire: Any) -> None:
    with pytest.raises(WrongTypeError, match=r"^\$\[1\].*: expected "):
        read_meetings([None, wire, 5])


@pytest.mark.parametrize("wire", [{"errors": []}, {"messages": [], "meetings": None}, {"meetings": {}, "x": []}])
def test_an_empty_array_of_something_else_is_not_an_empty_list(wire: Any) -> None:
    with pytest.raises(WrongTypeError):
        read_meetings(wire)


def test_a_time_in_seconds_is_none() -> None:
    assert view({**FLAT, "scheduledTime": {"start_time": 1746547200, "end_time": 1746548100}}).start is None
