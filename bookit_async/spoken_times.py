"""Times as people write them: for command lines and demos, never for what the service sends."""

import re
import warnings
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from dateutil import parser, tz

from .errors import InvalidInputError, refuse
from .times import ABBREVIATIONS, Zone, naive_problem, plain_datetime, zone_name, zone_problem

_YEAR_FIRST = re.compile(r"\b\d{4}-\d{1,2}-\d{1,2}")
_ZONES = {name: ZoneInfo(zone) for name, zone in ABBREVIATIONS.items()}


def read_time(text: str, *, timezone: Zone, now: datetime) -> datetime:
    """Return the instant that a person's words name, aware, in the zone they name or else in *timezone*.

    Args:
        text: For example `tue 9am` (the coming one), `2025-05-06 09:00 PT`, `6 May 16:30`.
        timezone: IANA time zone name for words that name none.
        now: The present, aware: what a weekday or a bare time of day is counted from.

    InvalidInputError says so when the words cannot be read, could mean two days, or name a local time that the clock
    skips or shows twice: nothing is guessed.
    """
    kind = "" if isinstance(text, str) else type(text).__name__  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
    told = [f"text must be words such as 'tue 9am', and is of type {kind:.80}"] if kind else []
    refuse([*told, *zone_problem(timezone), *naive_problem("now", now)])
    zone = ZoneInfo(zone_name(timezone))
    midnight = plain_datetime(now).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    orders = (False, False) if _YEAR_FIRST.search(text) else (False, True)
    month_first, day_first = (_parsed(text, default=midnight, day_first=flag) for flag in orders)
    if month_first is None or day_first is None:
        raise InvalidInputError(problems=[f"{text!r} must be a time: write it like 'tue 9am' or '2025-05-06 09:00 PT'"])
    if month_first != day_first:
        problem = f"{text!r} could be {month_first:%d %B} or {day_first:%d %B}: write the date like 2025-05-06"
        raise InvalidInputError(problems=[problem])
    local = month_first if month_first.tzinfo else month_first.replace(tzinfo=zone)
    if not tz.datetime_exists(local):
        after = local.astimezone(UTC).astimezone(local.tzinfo)
        problem = f"{text!r} does not exist: the clock in {local.tzinfo} skips it, going on at {after:%H:%M}"
        raise InvalidInputError(problems=[problem])
    if tz.datetime_ambiguous(local):
        first, second = (f"{local.replace(fold=fold).isoformat()}" for fold in (0, 1))
        raise InvalidInputError(problems=[f"{text!r} comes twice in {local.tzinfo}: write {first} or {second}"])
    return local


def _parsed(text: str, *, default: datetime, day_first: bool) -> datetime | None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", parser.UnknownTimezoneWarning)
        try:
            return parser.parse(text, default=default, dayfirst=day_first, tzinfos=_ZONES)
        except (ValueError, OverflowError, parser.UnknownTimezoneWarning):
            return None
