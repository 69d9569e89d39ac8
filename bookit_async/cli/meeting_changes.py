"""What changed of meetings that are watched, and when they are looked at again. Pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

EVERY = timedelta(minutes=5)
SHORTEST = timedelta(seconds=10)
"""The least time between two looks at the same."""
_SOON, _LATER = timedelta(hours=2), timedelta(days=1)
_FASTER, _SLOWER, _SLOWEST = 5, 3, 12
_LONGEST = timedelta(hours=1)
"""The most time between two looks, unless more was asked for."""
_SPARED = 6
"""Looks that failed after which the pause grows no more."""

State = Mapping[str, Any]
"""What is known of a meeting: `start_utc`, `end_utc`, `canceled`, `status`, `organizer_email`; all may be None."""
_TOLD = ("start_utc", "end_utc", "canceled", "status", "organizer_email")


def state_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return of a meeting's document what is kept, to be held against the next."""
    return {name: document[name] for name in _TOLD}


def change_of(before: State | None, now: State | None) -> str | None:
    """Return the word for what changed between two looks; None for nothing. A state of None is no meeting."""
    if before is None or now is None:
        return None if before is now else "booked" if before is None else "gone"
    if now["canceled"] != before["canceled"]:
        return "canceled" if now["canceled"] else "restored"
    if now["start_utc"] != before["start_utc"]:
        return "moved"
    if now["organizer_email"] != before["organizer_email"]:
        return "reassigned"
    return "changed" if any(now[name] != before[name] for name in _TOLD) else None


def changes(before: Mapping[str, State], now: Mapping[str, State], *, since: datetime) -> Iterator[tuple[str, str]]:
    """Yield the id of each meeting that changed, and how; *since* is the earliest start that was looked for."""
    for meeting_id in [*now, *(one for one in before if one not in now)]:
        known, seen = before.get(meeting_id), now.get(meeting_id)
        if seen is None and known is not None and (start := _time(known["start_utc"])) is not None and start < since:
            continue  # it is left out of the list for being over
        if (kind := change_of(known, seen)) is not None:
            yield meeting_id, kind


def change_id(meeting_id: str, kind: str, state: State | None, number: int) -> str:
    """Return the id of a change, the same whenever it is told; *number* counts the changes of the meeting."""
    told = "\n".join([meeting_id, kind, str(number), *(f"{state[name]}" for name in _TOLD if state is not None)])
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def pause(starts: Iterable[datetime], *, now: datetime, every: timedelta, failures: int = 0) -> timedelta:
    """Return the time until the next look: shorter near the start of a meeting, longer when none is soon.

    *starts* are those of the meetings that are on. After looks that failed it doubles each time.
    """
    ahead = min((one - now for one in starts if one >= now), default=None)
    if ahead is not None and ahead <= _SOON:
        wait = every / _FASTER
    elif ahead is not None and ahead <= _LATER:
        wait = every
    else:
        wait = every * (_SLOWEST if ahead is None else _SLOWER)
    if ahead is not None:
        wait = min(wait, max(ahead - _SOON, every / _FASTER))
    wait = min(max(wait, min(SHORTEST, every)), max(_LONGEST, every))
    return wait * 2.0 ** min(failures, _SPARED)


def starts_of(states: Iterable[State]) -> list[datetime]:
    """Return when meetings begin that are on."""
    return [start for one in states if not one["canceled"] and (start := _time(one["start_utc"])) is not None]


def is_over(state: State, now: datetime) -> bool:
    """Return whether a meeting has ended, so that nothing of it changes any more."""
    end = _time(state["end_utc"]) or _time(state["start_utc"])
    return end is not None and end < now


def _time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
