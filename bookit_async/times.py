"""Instants and time zones: epoch milliseconds on the wire, aware datetimes for people."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def from_milliseconds(milliseconds: int) -> datetime:
    """Give the instant as an aware UTC datetime; OverflowError outside the years 1 to 9999."""
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_milliseconds(instant: datetime) -> int:
    """Give an aware datetime as epoch milliseconds, exactly; parts of a millisecond are dropped."""
    return (instant - EPOCH) // _MILLISECOND


def to_wire_text(instant: datetime) -> str:
    """Give an aware datetime as the query notation `YYYY-MM-DDTHH:mm:ss.sssZ` in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_aware(instant: datetime) -> bool:
    """Tell whether a datetime names one instant, wherever it is read."""
    return instant.tzinfo is not None and instant.utcoffset() is not None


def naive_problem(name: str, instant: datetime) -> Iterator[str]:
    """Yield a sentence if the datetime given as *name* is naive."""
    if not is_aware(instant):
        yield (
            f"{name} is a naive datetime, which names no instant: give it a time zone, "
            "for example datetime(..., tzinfo=ZoneInfo('America/Los_Angeles'))"
        )


def zone_problem(timezone: object) -> Iterator[str]:
    """Yield a sentence if *timezone* is no IANA time zone name that this machine or tzdata knows."""
    try:
        known = isinstance(timezone, str) and bool(timezone) and ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):  # an unknown name, and what ZoneInfo makes of paths and folders
        known = False
    if not known:
        yield "timezone is no IANA time zone name: give one such as 'America/Los_Angeles' or 'UTC'"


def local_date(instant: datetime, timezone: str) -> date:
    """Give the calendar day of an instant in an IANA time zone."""
    return instant.astimezone(ZoneInfo(timezone)).date()
