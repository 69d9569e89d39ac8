"""Instants on the wire and on the clock."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookit_async.times import from_milliseconds, to_milliseconds, to_wire_text, zone_problem

MILLISECONDS = st.integers(min_value=-62_135_510_400_000, max_value=253_402_128_000_000)


@given(MILLISECONDS)
def test_milliseconds_survive_the_datetime(milliseconds: int) -> None:
    assert to_milliseconds(from_milliseconds(milliseconds)) == milliseconds


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1), timezones=st.timezones()))  # noqa: DTZ001
def test_an_instant_is_the_same_in_every_zone(instant: datetime) -> None:
    read = from_milliseconds(to_milliseconds(instant))
    assert timedelta() <= instant - read < timedelta(milliseconds=1)
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    ("instant", "text"),
    [
        (datetime(2025, 5, 6, 16, 0, tzinfo=UTC), "2025-05-06T16:00:00.000Z"),
        (datetime(2025, 5, 6, 9, 0, 0, 1999, tzinfo=ZoneInfo("America/Los_Angeles")), "2025-05-06T16:00:00.001Z"),
        (datetime(2025, 5, 6, 9, 0, tzinfo=timezone(timedelta(hours=5, minutes=45))), "2025-05-06T03:15:00.000Z"),
    ],
)
def test_the_query_notation_is_utc_with_milliseconds(instant: datetime, text: str) -> None:
    assert to_wire_text(instant) == text


@pytest.mark.parametrize("name", ["UTC", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia"])
def test_an_iana_name_is_no_problem(name: str) -> None:
    assert list(zone_problem(name)) == []


@pytest.mark.parametrize(
    "name",
    [
        "",
        "Nowhere",
        "America",
        "Los Angeles",
        "../etc/passwd",
        "/etc/localtime",
        "UTC\0",
        "\ud800",
        None,
        5,
        UTC,
    ],
)
def test_what_is_no_iana_name_is_told_without_raising(name: object) -> None:
    (sentence,) = zone_problem(name)
    assert "America/Los_Angeles" in sentence
