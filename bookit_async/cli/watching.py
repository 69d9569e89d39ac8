"""Watching meetings: looks when it is time, notes what it saw before it tells, and tells each change once."""

import json
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from attrs import define, field

from ..client import BookIt
from ..durable.sealing import Names
from ..errors import (
    MeetingNotFoundError,
    NoAnswerError,
    RateLimitError,
    ResponseInvalidError,
    ServerError,
)
from ..views.outcomes import Booked
from .documents import meeting_document
from .journal_rows import rows_of
from .journals import Journal, Notes
from .meeting_changes import State, change_id, changes, is_over, pause, starts_of, state_of
from .output import Output
from .webhooks import Webhook, wait_after
from .zones import in_utc

PASSING = (NoAnswerError, RateLimitError, ServerError, ResponseInvalidError)
"""Errors after which a look is made again later."""
_BACK = timedelta(days=1)
"""How far back the meetings of a prospect are listed: one that runs is not gone."""


@define
class Watched:
    """A prospect, or a meeting, that is looked at."""

    name: str
    """Of its note."""
    email: str | None
    meeting_id: str | None
    due: datetime
    states: Mapping[str, State] | None
    """What was seen last, by meeting; None when nothing was."""
    number: int = 0
    """How many changes were told."""
    failures: int = 0


@define
class Watch:
    """Looks at meetings.

    Args:
        client: Asks the service.
        notes: Keep what was seen, and what is to be told.
        names: Name the notes.
        output: Prints each change as a line.
        zone: In which times are told.
        every: The time between two looks, when a meeting is within a day.
        now: Gives the aware time of day.
        webhook: Is posted each change, too.
    """

    client: BookIt
    notes: Notes
    names: Names
    output: Output
    zone: str
    every: timedelta
    now: Callable[[], datetime]
    webhook: Webhook | None = None
    _watched: dict[str, Watched] = field(factory=dict[str, Watched])
    _read_at: datetime | None = None
    """When the journal was read last."""
    _failures: int = 0
    """How often in a row the webhook did not take a change."""
    _post_at: datetime | None = None
    """When it is posted again; None for at once."""

    async def add(self, *, email: str | None, meeting_id: str | None = None, baseline: State | None = None) -> None:
        """Watch a prospect, or one meeting, of which a journal knows how it was booked."""
        name = f"watch:{self.names.name('watch', meeting_id or (email or '').casefold())}"
        if name in self._watched:
            return
        kept = (await self.notes.read([name])).get(name, {})
        states = kept.get("states")
        if states is None and meeting_id is not None and baseline is not None:
            states = {meeting_id: baseline}
        if meeting_id is not None and all(is_over(one, self.now()) for one in (states or {}).values()):
            return
        self._watched[name] = Watched(
            name=name,
            email=email,
            meeting_id=meeting_id,
            due=self.now(),
            states=states,
            number=kept.get("number", 0),
        )

    async def add_of(self, journal: Journal) -> None:
        """Watch the meetings that a journal has and that are not over; those that it had before stay watched."""
        if self._read_at is not None and self.now() - self._read_at < self.every:
            return
        self._read_at = self.now()
        async for booked, email in _booked_in(journal):
            await self.add(email=email, meeting_id=booked.meeting_id, baseline=_baseline(booked))

    @property
    def count(self) -> int:
        """Return how many are watched."""
        return len(self._watched)

    async def once(self) -> float:
        """Look at what is due, tell what changed, and return the seconds until something is due again."""
        for one in [one for one in self._watched.values() if one.due <= self.now()]:
            await self._look(one)
        await self._tell()
        dues = [one.due for one in self._watched.values()]
        if self._read_at is not None:
            dues.append(self._read_at + self.every)
        if self._post_at is not None:
            dues.append(self._post_at)
        return max(0.0, (min(dues, default=self.now() + self.every) - self.now()).total_seconds())

    async def _look(self, one: Watched) -> None:
        now = self.now()
        try:
            seen = await self._seen(one, since=now - _BACK)
        except PASSING as error:
            one.failures += 1
            if one.failures == 1:
                self.output.note(f"A look failed, and is made again: {error.summary}")
            one.due = now + pause([], now=now, every=self.every / 12, failures=one.failures)
            return
        one.failures = 0
        states = {meeting_id: state_of(document) for meeting_id, document in seen.items()}
        await self._note(one, seen, states, now=now)
        one.states = states
        one.due = now + pause(starts_of(states.values()), now=now, every=self.every)
        if one.meeting_id is not None and all(is_over(state, now) for state in states.values()):
            del self._watched[one.name]

    async def _seen(self, one: Watched, *, since: datetime) -> dict[str, dict[str, Any]]:
        if one.meeting_id is None:
            found = await self.client.meetings(one.email or "", start=since)
        else:
            try:
                found = [await self.client.meeting(one.meeting_id)]
            except MeetingNotFoundError:
                found = []
        return {meeting.id: meeting_document(meeting, self.zone) for meeting in found}

    async def _note(self, one: Watched, seen: Mapping[str, Any], states: Mapping[str, State], *, now: datetime) -> None:
        """Note what was seen, and with it what is to be told, so that neither is there without the other."""
        first = one.states is None
        before = (
            {} if one.states is None else {name: _filled(state, states.get(name)) for name, state in one.states.items()}
        )
        told: dict[str, object] = {}
        found = changes(states if first else before, states, since=now - _BACK)
        for meeting_id, kind in found:
            one.number += 1
            number = change_id(meeting_id, kind, states.get(meeting_id), one.number)
            told[f"change:{int(now.timestamp() * 1e6):020}:{len(told):06}:{number}"] = {
                "printed": False,
                "change": {
                    "id": number,
                    "seen": in_utc(now),
                    "change": kind,
                    "email": one.email,
                    "meeting_id": meeting_id,
                    "meeting": seen.get(meeting_id),
                    "before": before.get(meeting_id),
                },
            }
        if first or told or one.states != states:
            await self.notes.change({one.name: {"states": states, "number": one.number}, **told})

    async def _tell(self) -> None:
        """Tell what is to be told, the oldest first: as a line, and to the webhook until it takes it."""
        for name, kept in (await self.notes.below("change:")).items():
            change, printed = kept["change"], kept["printed"]
            if not printed:
                self.output.record(change)
            if self.webhook is None:
                done = not printed  # else it waits for a watch with the webhook
            else:
                if not printed:
                    await self.notes.change({name: {"printed": True, "change": change}})
                done = await self._posted(self.webhook, change)
            if done:
                await self.notes.change({}, drop=[name])

    async def _posted(self, webhook: Webhook, change: dict[str, Any]) -> bool:
        """Post a change, unless one before it waits to be posted again."""
        if self._post_at is not None and self.now() < self._post_at:
            return False
        body = json.dumps(change, ensure_ascii=False).encode()
        problem = await webhook.post(body, message_id=change["id"], at=self.now())
        if problem is None:
            self._failures, self._post_at = 0, None
            return True
        self._failures += 1
        self._post_at = self.now() + timedelta(seconds=wait_after(self._failures))
        if self._failures == 1:
            self.output.note(f"The webhook did not take a change, and is given it again: {problem}")
        return False


def _filled(state: State, seen: State | None) -> State:
    """Return what was known with what could not be known then."""
    if seen is None:
        return state
    return {name: seen[name] if value is None else value for name, value in state.items()}


def _baseline(booked: Booked) -> State:
    return {
        "start_utc": in_utc(booked.start),
        "end_utc": in_utc(booked.end),
        "canceled": False,
        "status": None,
        "organizer_email": booked.organizer_email,
    }


async def _booked_in(journal: Journal) -> AsyncIterator[tuple[Booked, str | None]]:
    async for standing, note in rows_of(journal):
        if isinstance(standing.outcome, Booked):
            yield standing.outcome, note.get("email")
