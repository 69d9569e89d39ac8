"""Times as people write them, as a table."""

from datetime import UTC, datetime

import pytest

from bookit_async import InvalidInputError
from bookit_async.spoken_times import read_time

NOW = datetime(2025, 5, 5, 12, 0, tzinfo=UTC)
"""A Monday, 05:00 in Los Angeles."""

READ: list[tuple[str, str, str]] = [
    ("tue 9am", "America/Los_Angeles", "2025-05-06T09:00:00-07:00"),
    ("mon 9am", "America/Los_Angeles", "2025-05-05T09:00:00-07:00"),
    ("2025-05-06 09:00 PT", "Europe/Berlin", "2025-05-06T09:00:00-07:00"),
    ("2025-01-06 09:00 ET", "Europe/Berlin", "2025-01-06T09:00:00-05:00"),
    ("2025-05-06T09:00Z", "Europe/Berlin", "2025-05-06T09:00:00+00:00"),
    ("6 May 16:30", "Asia/Kathmandu", "2025-05-06T16:30:00+05:45"),
    ("16:30", "Asia/Kolkata", "2025-05-05T16:30:00+05:30"),
    ("05/05/2025 09:00", "UTC", "2025-05-05T09:00:00+00:00"),
    ("13/05/2025 09:00", "UTC", "2025-05-13T09:00:00+00:00"),
    ("2025-03-09 03:30", "America/New_York", "2025-03-09T03:30:00-04:00"),
    ("2025-11-02 01:30 -0500", "America/New_York", "2025-11-02T01:30:00-05:00"),
]


@pytest.mark.parametrize(("text", "zone", "instant"), READ, ids=[row[0] for row in READ])
def test_words_are_read(text: str, zone: str, instant: str) -> None:
    assert read_time(text, timezone=zone, now=NOW).isoformat() == instant


REFUSED: list[tuple[str, str, str]] = [
    ("tomorrow-ish", "UTC", "must be a time: write it like"),
    ("", "UTC", "must be a time"),
    ("2025-05-06 09:00 XYZ", "UTC", "must be a time"),
    ("2025-13-45", "UTC", "must be a time"),
    ("05/06/2025 09:00", "UTC", "could be 06 May or 05 June"),
    (
        "2025-03-09 02:30",
        "America/New_York",
        "does not exist: the clock in America/New_York.*at 03:30",
    ),
    ("2011-12-30 12:00", "Pacific/Apia", "does not exist"),
    ("2025-11-02 01:30", "America/New_York", "comes twice.*01:30:00-04:00 or 2025-11-02T01:30:00-05:00"),
    ("9am", "Mars/Base", "timezone must be an IANA"),
]


@pytest.mark.parametrize(("text", "zone", "sentence"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_could_mean_something_else_is_said_and_never_guessed(text: str, zone: str, sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence):
        read_time(text, timezone=zone, now=NOW)
