"""The time that a sandbox plays at: the real one, one that stands still, or one that the caller tells."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Calling it gives the time, aware, in UTC.

    `now` is where it stands still, or a function that tells the time; None for the real time. Datetimes must be aware:
    a naive one is a ValueError.
    """

    def __init__(self, now: datetime | Callable[[], datetime] | None = None) -> None:
        self._tell: Callable[[], datetime] = _real_time
        self._ahead = timedelta()
        if isinstance(now, datetime):
            self.set(now)
        elif now is not None:
            self._tell = now

    def __call__(self) -> datetime:
        return _aware(self._tell()) + self._ahead

    def set(self, moment: datetime) -> None:
        """Stand still at this moment."""
        still = _aware(moment)
        self._tell, self._ahead = lambda: still, timedelta()

    def advance(self, by: timedelta) -> None:
        """Move on by this much (back by a negative one); a clock that runs runs on from there."""
        self._ahead += by

    def __repr__(self) -> str:
        return f"<Clock at {self().isoformat()}>"


def _real_time() -> datetime:
    return datetime.now(UTC)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None or moment.utcoffset() is None:
        raise ValueError(
            f"The sandbox's time {moment.isoformat()} is naive: give a datetime with a time zone, such as "
            "datetime(2026, 5, 4, 9, tzinfo=UTC)."
        )
    return moment.astimezone(UTC)
