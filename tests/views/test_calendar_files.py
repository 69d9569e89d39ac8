"""A calendar file is read by others as it was meant; icalendar is the oracle."""

from datetime import UTC, datetime, timedelta
from typing import Any

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookit_async import Booked, InvalidInputError
from bookit_async._generated.models import Meeting as WireMeeting
from bookit_async.views.meetings import Attendee, Meeting

START = datetime(2026, 3, 10, 15, tzinfo=UTC)
"""Two days after the clocks of the USA went forward."""
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def meeting(**changed: Any) -> Meeting:
    made: dict[str, Any] = {
        "id": "m1",
        "status": "scheduled",
        "title": "Discovery",
        "start": START,
        "end": START + timedelta(minutes=30),
        "organizer_email": "eva@host.example",
        "attendees": (Attendee(email="eva@host.example", organizer=True), Attendee(email="ada@engines.example")),
        "raw": WireMeeting(),
    }
    return Meeting(**{**made, **changed})


def event_of(text: str) -> Any:
    calendar: Any = icalendar.Calendar.from_ical(text)
    assert calendar["METHOD"] == "PUBLISH"
    (event,) = calendar.walk("VEVENT")
    return event


@pytest.mark.parametrize(
    "zone", [None, "UTC", "America/Denver", "Europe/London", "Asia/Kolkata", "Australia/Lord_Howe", "America/Caracas"]
)
@pytest.mark.parametrize("start", [START, datetime(2026, 7, 1, 12, 5, 30, tzinfo=UTC), START.replace(month=11, day=1)])
def test_it_begins_and_ends_when_it_does_in_every_zone(zone: str | None, start: datetime) -> None:
    text = meeting(start=start, end=start + timedelta(minutes=30)).ics(timezone=zone, now=NOW)
    event = event_of(text)
    assert event.decoded("DTSTART").astimezone(UTC) == start
    assert event.decoded("DTEND").astimezone(UTC) == start + timedelta(minutes=30)
    assert ("BEGIN:VTIMEZONE" in text) == (zone not in (None, "UTC"))


@pytest.mark.parametrize("zone", ["America/Denver", "Europe/London", "Australia/Lord_Howe", "America/Sao_Paulo"])
def test_its_own_rules_for_the_zone_give_the_same_time(zone: str) -> None:
    """Readers that do not know the zone take the rules in the file."""
    ours = f"Ours {zone}"  # icalendar keeps what it has seen under a name
    text = meeting().ics(timezone=zone, now=NOW)
    text = text.replace(f"TZID:{zone}", f"TZID:{ours}").replace(f"TZID={zone}", f"TZID={ours}")
    assert event_of(text).decoded("DTSTART").astimezone(UTC) == START


def test_a_move_and_a_cancel_replace_what_was_there() -> None:
    first = event_of(meeting().ics(now=NOW))
    moved = event_of(meeting(status="rescheduled").ics(now=NOW + timedelta(hours=1)))
    again = event_of(meeting(status="rescheduled").ics(now=NOW + timedelta(hours=2)))
    off = event_of(meeting(status="canceled").ics(now=NOW + timedelta(hours=3)))
    assert len({str(one["UID"]) for one in (first, moved, again, off)}) == 1
    assert 0 == int(first["SEQUENCE"]) < int(moved["SEQUENCE"]) < int(again["SEQUENCE"]) < int(off["SEQUENCE"])
    assert [str(one["STATUS"]) for one in (first, off)] == ["CONFIRMED", "CANCELLED"]
    assert "m1" not in str(first["UID"])


def test_who_is_there_is_told_and_the_host_is_the_organizer() -> None:
    event = event_of(meeting().ics())
    assert (str(event["ORGANIZER"]), str(event["ATTENDEE"])) == (
        "mailto:eva@host.example",
        "mailto:ada@engines.example",
    )


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=200))
def test_every_title_is_read_back_and_no_line_is_too_long(title: str) -> None:
    text = meeting(title=title or "x").ics(now=NOW)
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    assert text.count("BEGIN:VEVENT") == 1
    plain = "".join(one if one == "\n" or one.isprintable() else " " for one in (title or "x").replace("\r\n", "\n"))
    assert str(event_of(text)["SUMMARY"]) == plain


def test_a_long_line_is_folded_where_no_character_is_divided() -> None:
    title = "Discovery, " + "é" * 100
    text = meeting(title=title).ics(now=NOW)
    assert "\r\n " in text
    assert str(event_of(text)["SUMMARY"]) == title


def test_an_address_cannot_begin_a_line_of_its_own() -> None:
    text = meeting(organizer_email="eva@host.example\r\nATTENDEE:mailto:eve@evil.example").ics(now=NOW)
    assert "\r\nATTENDEE:mailto:eve" not in text


def test_a_booking_has_the_file_of_its_meeting() -> None:
    booked = Booked(meeting_id="m1", organizer_email=None, host_id=None, start=START, end=START, uid=None)
    event = event_of(booked.ics(title="Hello", timezone="Europe/Paris", now=NOW))
    assert str(event["UID"]) == str(event_of(meeting().ics())["UID"])
    assert str(event["SUMMARY"]) == "Hello"
    assert str(event_of(booked.ics())["SUMMARY"]) == "Meeting"


@pytest.mark.parametrize(
    ("changed", "given", "problem"),
    [
        ({"start": None}, {}, "does not say when this meeting is"),
        ({}, {"timezone": "Denver"}, "timezone must be an IANA time zone name"),
        ({}, {"now": datetime(2026, 1, 1)}, "now is a naive datetime"),  # noqa: DTZ001 - the point
    ],
    ids=["no start", "zone", "now"],
)
def test_what_cannot_be_a_file_is_refused(changed: Any, given: Any, problem: str) -> None:
    with pytest.raises(InvalidInputError, match=problem):
        meeting(**changed).ics(**given)
