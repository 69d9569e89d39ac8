from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bookit_async.sandbox.world import Busy, DateRange, Host, MeetingType, Vacation
from bookit_async.sandbox.world.calendar import (
    MINUTE,
    Block,
    Span,
    away,
    bookable,
    free_slots,
    from_iso,
    is_zone,
    working_times,
)


def host(timezone: str, hours: dict[str, str], **more: tuple[Busy, ...] | tuple[Vacation, ...]) -> Host:
    return Host(user_id="h", first_name="", last_name="", email="", timezone=timezone, hours=hours, **more)  # type: ignore[arg-type]


def span(start: str, end: str) -> Span:
    return Span(from_iso(start), from_iso(end))


def starts(slots: list[Span], timezone: str = "UTC") -> list[str]:
    return [f"{datetime.fromtimestamp(slot.start / 1000, ZoneInfo(timezone)):%d %H:%M}" for slot in slots]


@pytest.mark.parametrize(
    ("timezone", "day", "step", "count"),
    [
        ("America/New_York", "2026-03-01", 60, 6),
        ("America/New_York", "2026-03-08", 60, 5),
        ("America/New_York", "2026-11-01", 60, 7),
        ("Australia/Lord_Howe", "2026-04-05", 30, 13),
        ("Australia/Lord_Howe", "2026-10-04", 30, 11),
        ("Asia/Kathmandu", "2026-03-08", 30, 12),
    ],
)
def test_a_day_has_as_many_slots_as_it_has_hours(timezone: str, day: str, step: int, count: int) -> None:
    """Hours from midnight to six, over clock changes of an hour and of half an hour."""
    midnight = datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(timezone)).timestamp() * 1000
    within = Span(int(midnight), int(midnight) + 12 * 60 * MINUTE)
    slots = free_slots(
        host(timezone, {"sun": "00:00-06:00"}),
        MeetingType(name="", minutes=step, slot_step=step),
        within=within,
        taken=(),
    )
    assert len(slots) == count
    assert all(slot.end - slot.start == step * MINUTE for slot in slots)


@pytest.mark.parametrize(
    ("timezone", "hours", "expected"),
    [
        ("UTC", {"wed": "09:00-10:00"}, ["06 09:00", "06 09:30"]),
        ("UTC", {"wed": "09:00-09:45"}, ["06 09:00"]),
        ("UTC", {"wed": "09:00-09:29"}, []),
        ("UTC", {"wed": "08:45-09:30, 23:00-24:00"}, ["06 08:45", "06 23:00", "06 23:30"]),
        ("UTC", {}, []),
        ("Asia/Kathmandu", {"wed": "09:00-10:00"}, ["06 03:15", "06 03:45"]),
        ("Pacific/Kiritimati", {"wed": "09:00-10:00"}, ["05 19:00", "05 19:30"]),
        ("Pacific/Niue", {"wed": "22:00-24:00"}, ["07 09:00", "07 09:30", "07 10:00", "07 10:30"]),
    ],
)
def test_working_hours_are_the_hosts_own(timezone: str, hours: dict[str, str], expected: list[str]) -> None:
    within = span("2026-05-05T12:00Z", "2026-05-07T12:00Z")
    assert starts(free_slots(host(timezone, hours), MeetingType(name=""), within=within, taken=())) == expected


def test_hours_that_start_in_a_gap_start_when_the_gap_would_have_let_them() -> None:
    within = span("2026-03-08T00:00-05:00", "2026-03-09T00:00-04:00")
    slots = free_slots(host("America/New_York", {"sun": "02:30-04:00"}), MeetingType(name=""), within=within, taken=())
    assert starts(slots, "America/New_York") == ["08 03:30"]


def test_slots_lie_within_the_span_and_keep_their_step() -> None:
    slots = free_slots(
        host("UTC", {"wed": "09:00-12:00"}),
        MeetingType(name="", minutes=60, slot_step=30),
        within=span("2026-05-06T09:15Z", "2026-05-06T11:15Z"),
        taken=(),
    )
    assert starts(slots) == ["06 09:30", "06 10:00"]


@pytest.mark.parametrize(
    ("start", "end", "before", "after", "clashes"),
    [
        (60, 90, 0, 0, True),
        (61, 89, 0, 0, True),
        (0, 61, 0, 0, True),
        (89, 120, 0, 0, True),
        (0, 200, 0, 0, True),
        (30, 60, 0, 0, False),
        (90, 120, 0, 0, False),
        (30, 60, 0, 1, True),
        (30, 60, 1, 0, False),
        (90, 120, 1, 0, True),
        (90, 120, 0, 1, False),
        (100, 120, 10, 0, False),
        (100, 120, 11, 0, True),
    ],
)
def test_blocks_clash_when_they_overlap_or_a_buffer_does(
    start: int, end: int, before: int, after: int, clashes: bool
) -> None:
    fixed, block = Block(Span(60, 90)), Block(Span(start, end), before=before, after=after)
    assert block.clashes(fixed) is clashes
    assert fixed.clashes(block) is clashes


def test_of_two_buffers_the_wider_counts() -> None:
    first = Block(Span(0, 30), after=15)
    assert not Block(Span(45, 60), before=10).clashes(first)
    assert Block(Span(45, 60), before=16).clashes(first)
    assert Block(Span(44, 60)).clashes(first)


def test_busy_times_vacations_and_buffers_take_slots() -> None:
    person = host(
        "Europe/Berlin",
        {"mon": "09:00-12:00", "tue": "09:00-12:00", "wed": "09:00-10:00", "thu": "09:00-10:00"},
        busy=(Busy(start="2026-05-04T10:00+02:00", end="2026-05-04T10:30+02:00"),),
        vacations=(Vacation(first="2026-05-05", last="2026-05-06"),),
    )
    slots = free_slots(
        person,
        MeetingType(name="", buffer_before=30),
        within=span("2026-05-04T00:00Z", "2026-05-08T00:00Z"),
        taken=away(person),
    )
    assert starts(slots, "Europe/Berlin") == ["04 09:00", "04 09:30", "04 11:00", "04 11:30", "07 09:00", "07 09:30"]


def test_what_can_be_booked_begins_after_the_notice_and_ends_with_the_days_ahead_or_the_date_range() -> None:
    now = from_iso("2026-05-04T00:00Z")
    assert bookable(MeetingType(name="", minimum_notice=90, days_ahead=2), now) == span(
        "2026-05-04T01:30Z", "2026-05-06T00:00Z"
    )
    only = DateRange(start="2026-05-05T00:00+02:00", end="2026-05-05T12:00Z", timezone="Europe/Berlin")
    assert bookable(MeetingType(name="", date_range=only), now) == span("2026-05-04T22:00Z", "2026-05-05T12:00Z")
    over = DateRange(start="2025-05-05T00:00Z", end="2025-05-06T00:00Z", timezone="UTC")
    start, end = bookable(MeetingType(name="", date_range=over), now)
    assert end < start


@pytest.mark.parametrize(
    "hours",
    ["9-17", "09:00", "10:00-09:00", "09:00-09:00", "09:00-11:00, 10:00-12:00", "20:00-24:00, 21:00-22:00", "x"],
)
def test_hours_that_make_no_sense_are_refused(hours: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - whichever of the steps refuses
        working_times(hours)


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Europe/Berlin", True),
        ("UTC", True),
        ("Europe", False),
        ("", False),
        ("Nowhere/Land", False),
        ("../etc", False),
        ("a\0b", False),
    ],
)
def test_a_time_zone_is_an_iana_name(name: str, known: bool) -> None:
    assert is_zone(name) is known


def test_iso_times_need_an_offset() -> None:
    assert from_iso("2026-05-04T00:00:00.250Z") == int(datetime(2026, 5, 4, tzinfo=UTC).timestamp()) * 1000 + 250
    with pytest.raises(ValueError, match="offset"):
        from_iso("2026-05-04T00:00")
