"""Calendar files (RFC 5545): a meeting as a text that calendars read. Pure."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from ..times import Zone, naive_problem, zone_name, zone_problem

_COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_LONGEST = 75
"""Bytes of a line."""
_AROUND = timedelta(days=366)
"""How far around a meeting the clock's changes are told."""
_STEP = timedelta(days=7)


def calendar_file(
    *,
    meeting_id: str,
    start: datetime,
    end: datetime | None,
    summary: str,
    organizer: str | None = None,
    attendees: Iterable[str] = (),
    changed: bool = False,
    canceled: bool = False,
    timezone: Zone | None = None,
    now: datetime | None = None,
) -> str:
    """Return a calendar with one event; `file_problems` has nothing against its times.

    *changed* says that it was moved or canceled since it was booked: then SEQUENCE is the seconds since 2020, so that
    of two files of a meeting the newer one counts, and 0 otherwise, since the service does not count changes.
    """
    now = now or datetime.now(UTC)
    zone = None if timezone is None else ZoneInfo(zone_name(timezone))
    changes = [*_zone(zone, start)] if zone else []
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//bookit-async//EN",
        "METHOD:PUBLISH",
        *changes,
        "BEGIN:VEVENT",
        f"UID:{hashlib.sha256(meeting_id.encode()).hexdigest()[:40]}@bookit-async",
        f"DTSTAMP:{_utc(now)}",
        f"SEQUENCE:{int((now - _COUNTED_FROM).total_seconds()) if changed or canceled else 0}",
        f"STATUS:{'CANCELLED' if canceled else 'CONFIRMED'}",
        _time("DTSTART", start, zone),
        _time("DTEND", end or start, zone),
        f"SUMMARY:{_escaped(summary)}",
        *([f"ORGANIZER:mailto:{_address(organizer)}"] if organizer else []),
        *(f"ATTENDEE:mailto:{_address(one)}" for one in attendees),
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line))


def file_problems(start: datetime | None, *, timezone: Zone | None, now: datetime | None) -> Iterator[str]:
    """Yield a sentence for each reason why there is no calendar file of these times."""
    if start is None:
        yield "the service does not say when this meeting is: there is no calendar file"
    if now is not None:
        yield from naive_problem("now", now)
    if timezone is not None:
        yield from zone_problem(timezone)


def _time(name: str, instant: datetime, zone: ZoneInfo | None) -> str:
    if zone is None or zone.key == "UTC":
        return f"{name}:{_utc(instant)}"
    return f"{name};TZID={zone.key}:{instant.astimezone(zone):%Y%m%dT%H%M%S}"


def _utc(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _zone(zone: ZoneInfo, instant: datetime) -> Iterator[str]:
    """Yield the VTIMEZONE of a zone: each change of its clock around an instant, and what held before."""
    if zone.key == "UTC":
        return
    at = instant - _AROUND
    yield from ("BEGIN:VTIMEZONE", f"TZID:{zone.key}", *_observance(zone, at, at))
    while at < instant + _AROUND:
        if _offset(zone, at) != _offset(zone, at + _STEP):
            change = _change(zone, at, at + _STEP)
            yield from _observance(zone, change - timedelta(seconds=1), change)
        at += _STEP
    yield "END:VTIMEZONE"


def _observance(zone: ZoneInfo, before: datetime, since: datetime) -> Iterator[str]:
    """Yield what holds since an instant, named by the clock that was there before it."""
    local = since.astimezone(zone)
    kind = "DAYLIGHT" if local.dst() else "STANDARD"
    shown = since.astimezone(timezone(_offset(zone, before)))
    yield from (
        f"BEGIN:{kind}",
        f"DTSTART:{shown:%Y%m%dT%H%M%S}",
        f"TZOFFSETFROM:{_signed(_offset(zone, before))}",
        f"TZOFFSETTO:{_signed(_offset(zone, since))}",
        f"TZNAME:{_escaped(local.tzname() or zone.key)}",
        f"END:{kind}",
    )


def _change(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    """Return the second at which the clock changes between two instants."""
    while after - before > timedelta(seconds=1):
        middle = before + timedelta(seconds=(after - before) // timedelta(seconds=2))
        before, after = (middle, after) if _offset(zone, middle) == _offset(zone, before) else (before, middle)
    return after


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _signed(offset: timedelta) -> str:
    minutes = abs(offset) // timedelta(minutes=1)
    return f"{'-' if offset < timedelta() else '+'}{minutes // 60:02}{minutes % 60:02}"


def _escaped(text: str) -> str:
    """Return a text as a value: what means something is escaped, and what may not stand in a file is a space."""
    plain = "".join(one if one == "\n" or one.isprintable() else " " for one in text.replace("\r\n", "\n"))
    return plain.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _address(text: str) -> str:
    return "".join(one for one in text if one.isprintable() and not one.isspace())


def _folded(line: str) -> Iterator[str]:
    """Yield a line in parts of 75 bytes at most, no character divided; all but the first begin with a space."""
    part, size = "", 0
    for one in line:
        length = len(one.encode(errors="replace"))
        if size + length > _LONGEST:
            yield part
            part, size = " ", 1
        part += one
        size += length
    yield part
