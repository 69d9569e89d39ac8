"""Instants and time zones: epoch milliseconds on the wire, aware datetimes for people."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_END = datetime(9999, 1, 1, tzinfo=UTC)


def from_milliseconds(milliseconds: int) -> datetime:
    """Give the instant as an aware UTC datetime; OverflowError for one that has no date in every time zone.

    Those are a day less than the years 1 to 9999 at each end.
    """
    if not _FIRST <= milliseconds <= _LAST:
        raise OverflowError("a date outside the years 1 to 9999")
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_milliseconds(instant: datetime) -> int:
    """Give an aware datetime as epoch milliseconds, exactly; parts of a millisecond are dropped."""
    return (instant - EPOCH) // _MILLISECOND


FIRST_ON_THE_WIRE = to_milliseconds(datetime(2001, 1, 1, tzinfo=UTC))
LAST_ON_THE_WIRE = to_milliseconds(datetime(2200, 1, 1, tzinfo=UTC))
"""What lies outside is no time in epoch milliseconds: seconds, for instance, would be a day in 1970."""
_FIRST = to_milliseconds(datetime(1, 1, 2, tzinfo=UTC))
_LAST = to_milliseconds(datetime(9999, 12, 30, tzinfo=UTC))


def to_wire_text(instant: datetime) -> str:
    """Give an aware datetime as the query notation `YYYY-MM-DDTHH:mm:ss.sssZ` in UTC."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_aware(instant: datetime) -> bool:
    """Tell whether a datetime names one instant, wherever it is read."""
    return instant.tzinfo is not None and instant.utcoffset() is not None


def naive_problem(name: str, instant: object) -> Iterator[str]:
    """Yield a sentence if what was given as *name* is no aware datetime from 1970 to 9998.

    What lies outside is a stand-in for "no bound", such as datetime.max, or an accident of arithmetic.
    """
    if not isinstance(instant, datetime):
        yield f"{name} is no datetime"
    elif not is_aware(instant):
        yield (
            f"{name} is a naive datetime, which names no instant: give it a time zone, "
            "for example datetime(..., tzinfo=ZoneInfo('America/Los_Angeles'))"
        )
    elif not EPOCH <= instant < _END:
        yield f"{name} is not in the years 1970 to 9998: give a time at which there can be a meeting"


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
