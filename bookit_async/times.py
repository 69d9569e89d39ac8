"""Instants and time zones: epoch milliseconds on the wire, aware datetimes for people."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, TypeAlias, cast
from zoneinfo import ZoneInfo, available_timezones

from .spelling import did_you_mean, folded

Zone: TypeAlias = str | ZoneInfo
"""An IANA time zone name such as `America/Los_Angeles`, or the ZoneInfo that has it as its key."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_END = datetime(9999, 1, 1, tzinfo=UTC)


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the instant as an aware UTC datetime; OverflowError for one that has no date in every time zone.

    Those are a day less than the years 1 to 9999 at each end.
    """
    if not _FIRST <= milliseconds <= _LAST:
        raise OverflowError("a date outside the years 1 to 9999")
    return EPOCH + timedelta(milliseconds=milliseconds)


def to_milliseconds(instant: datetime) -> int:
    """Return an aware datetime as epoch milliseconds, exactly; parts of a millisecond are dropped."""
    return (plain_datetime(instant) - EPOCH) // _MILLISECOND


def plain_datetime(instant: datetime) -> datetime:
    """Return a datetime of Python's own with the same fields, for subclasses bring their own arithmetic.

    ValueError for what is a datetime by name only, as pandas' NaT is.
    """
    if type(instant) is datetime:
        return instant
    try:
        return datetime(
            instant.year,
            instant.month,
            instant.day,
            instant.hour,
            instant.minute,
            instant.second,
            instant.microsecond,
            tzinfo=instant.tzinfo,
            fold=instant.fold,
        )
    except TypeError as error:
        raise ValueError("not a time") from error


FIRST_ON_THE_WIRE = to_milliseconds(datetime(2001, 1, 1, tzinfo=UTC))
LAST_ON_THE_WIRE = to_milliseconds(datetime(2200, 1, 1, tzinfo=UTC))
"""What lies outside is no time in epoch milliseconds: seconds, for instance, would be a day in 1970."""
_FIRST = to_milliseconds(datetime(1, 1, 2, tzinfo=UTC))
_LAST = to_milliseconds(datetime(9999, 12, 30, tzinfo=UTC))


def to_wire_text(instant: datetime) -> str:
    """Return an aware datetime as the query notation `YYYY-MM-DDTHH:mm:ss.sssZ` in UTC."""
    return plain_datetime(instant).astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def is_aware(instant: datetime) -> bool:
    """Return whether a datetime names one instant, wherever it is read."""
    return instant.tzinfo is not None and instant.utcoffset() is not None


def naive_problem(name: str, instant: object) -> Iterator[str]:
    """Yield a sentence if what was given as *name* is not an aware datetime from 1970 to 9998.

    What lies outside is a stand-in for "no bound", such as datetime.max, or an accident of arithmetic.
    """
    if not isinstance(instant, datetime):
        yield f"{name} must be an aware datetime{_instead_of(instant)}"
        return
    try:
        plain = plain_datetime(instant)
    except ValueError:
        yield f"{name} is of type {type(instant).__name__:.80}, which names no instant: give an aware datetime"
        return
    if not is_aware(plain):
        yield (
            f"{name} is a naive datetime, which names no instant: give it a time zone, "
            "for example datetime(..., tzinfo=ZoneInfo('America/Los_Angeles'))"
        )
    elif not EPOCH <= plain < _END:
        yield f"{name} is not in the years 1970 to 9998: give a time at which there can be a meeting"


def _instead_of(instant: object) -> str:
    """Return what to do with what was given in place of an aware datetime."""
    match instant:
        case str():
            return ", not text: datetime.fromisoformat(...) reads it"
        case date():
            return ", not a day: give it a time of day and a time zone, or choose by on(day, timezone=...)"
        case time():
            return ", not a time of day: give it a day and a time zone, or choose by between(...)"
        case int() | float():
            return ", not a number: datetime.fromtimestamp(seconds, tz=UTC) makes one of epoch seconds"
        case _:
            return f", and is of type {type(instant).__name__:.80}"


def zone_problem(timezone: object) -> Iterator[str]:
    """Yield a sentence if *timezone* is neither an IANA time zone name that is known here nor a zone that has one."""
    name = timezone if type(timezone) is str else _name_of(timezone)
    if name is None or not _is_known(name):
        hint = _zone_hint(name) if name else ""
        if isinstance(timezone, tzinfo) and not name:
            hint = ": write 'UTC'" if timezone is UTC else f", and a {type(timezone).__name__:.80} has none"
        yield f"timezone must be an IANA time zone name such as 'America/Los_Angeles' or 'UTC'{hint}"


ABBREVIATIONS = {
    **dict.fromkeys(("UTC", "GMT"), "UTC"),
    **dict.fromkeys(("PT", "PST", "PDT"), "America/Los_Angeles"),
    **dict.fromkeys(("MT", "MST", "MDT"), "America/Denver"),
    **dict.fromkeys(("CT", "CST", "CDT"), "America/Chicago"),
    **dict.fromkeys(("ET", "EST", "EDT"), "America/New_York"),
}
"""Zones by what people in the USA call them."""


def _zone_hint(name: str) -> str:
    """Return the zone that was probably meant, by its city too, as `did_you_mean` words it; empty for none."""
    if name.strip().upper() in ABBREVIATIONS:
        return f": did you mean {ABBREVIATIONS[name.strip().upper()]!r}?"
    known = sorted(available_timezones())
    cities = [one for one in known if folded(one.rpartition("/")[2]) == folded(name)]
    return did_you_mean(cities[0] if name and cities else name, known)


def zone_name(timezone: Zone) -> str:
    """Return the IANA name of a time zone that `zone_problem` has nothing against."""
    return timezone if type(timezone) is str else cast("str", _name_of(timezone))


def _name_of(timezone: object) -> str | None:
    """Return the name that was given, or that a zone object has: `key` for zoneinfo, `zone` for pytz."""
    if isinstance(timezone, tzinfo):
        named: Any = timezone
        timezone = getattr(named, "key", None) or getattr(named, "zone", None)
    return str.__str__(cast("str", timezone)) if issubclass(type(timezone), str) else None


def _is_known(name: str) -> bool:
    try:
        return bool(name) and bool(ZoneInfo(name))
    except (KeyError, ValueError, OSError):  # an unknown name, and what ZoneInfo makes of paths and folders
        return False
