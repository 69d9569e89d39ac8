"""Times on the command line: in which zone they are read and shown."""

import os
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from ..errors import refuse
from ..times import zone_problem
from .failures import Failure

_LOCAL = Path("/etc/localtime")


def zone_of(given: str | None, of_profile: str | None) -> str:
    """Return the zone that counts; InvalidInputError for one that is not known."""
    name = given or os.environ.get("BOOKIT_ZONE") or of_profile
    if not name:
        return _machines()
    refuse(zone_problem(name))
    return name


def _machines() -> str:
    """Return the zone of this machine; UTC when it does not tell."""
    told = os.environ.get("TZ", "").lstrip(":") or str(_LOCAL.resolve()).partition("zoneinfo/")[2]
    return told if told and not [*zone_problem(told)] else "UTC"


def span(start: datetime | None, end: datetime | None, zone: str) -> dict[str, Any]:
    """Return the two times of a meeting as JSON values: on the clock of a zone, and in UTC."""
    local = ZoneInfo(zone)
    return {
        "start": start and start.astimezone(local).isoformat(),
        "end": end and end.astimezone(local).isoformat(),
        "start_utc": start and in_utc(start),
        "end_utc": end and in_utc(end),
    }


def in_utc(instant: datetime) -> str:
    """Return a time in UTC as ISO 8601."""
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")


def spoken(instant: datetime | None, zone: str) -> str:
    """Return a time for people, with its zone."""
    if instant is None:
        return "at a time that is not told"
    return f"{instant.astimezone(ZoneInfo(zone)):%a %d %b %Y, %H:%M} {zone}"


def clocks(text: str) -> tuple[time, time]:
    """Return both times of day of `9:00-12:00`."""
    first, _, last = text.partition("-")
    try:
        return _clock(first), _clock(last)
    except ValueError:
        raise Failure(f"--between {text!r} must be a span of a day", advice="Write it like 9:00-12:00.") from None


def _clock(text: str) -> time:
    hour, _, minute = text.strip().partition(":")
    return time(int(hour), int(minute or 0))
