"""Who can be booked when, and booking them: the decisions of the service, free of wire formats.

Nothing in here awaits, so every method is one critical section of the event loop: of two bookings of one slot, the
second sees the first.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

from attrs import evolve, frozen

from ..world import Host, MeetingType, Pool, Schedule, World
from ..world.calendar import MINUTE, Block, Span, block, bookable, free_slots, milliseconds
from ..world.journal import Journal
from ..world.meetings import Diary, History, Mail, MeetingRecord
from ..world.rotation import priority
from .outbox import mail
from .refusals import hosts_not_ready, invalid, slot_taken, too_soon


@frozen
class OpenSlot:
    """A time at which a meeting can be booked, and the user ids who are free then, the next in turn first."""

    span: Span
    host_ids: tuple[str, ...]


class Desk:
    """The world's hosts and their diary, at the time that the clock tells, going on from the journal."""

    def __init__(self, world: World, *, now: Callable[[], datetime], journal: Journal) -> None:
        self._now = now
        self._journal = journal
        self._hosts = {host.user_id: host for host in world.hosts}
        self._pools = {pool.pool_id: pool for pool in world.pools}
        self._meeting_types = {meeting_type.name: meeting_type for meeting_type in world.meeting_types}
        self.diary = Diary(world.hosts)
        self.history = History()
        self.outbox: list[Mail] = list(journal.outbox)
        for meeting in journal.meetings:
            self.diary.put(meeting, self._block(meeting))
            self.history.note(meeting, 0)

    def now(self) -> int:
        """The clock, in milliseconds."""
        return milliseconds(self._now())

    def time(self) -> datetime:
        """The clock, aware."""
        return self._now()

    def meeting_type(self, schedule: Schedule) -> MeetingType:
        """The meeting type that the schedule books."""
        return self._meeting_types[schedule.meeting_type]

    def hosts(self, schedule: Schedule) -> list[Host]:
        """The hosts of a schedule, in the order of the world. A pool goes on without those who are not ready.

        Raises a refusal that names them when nobody is.
        """
        hosts = [self._hosts[user_id] for user_id in self._host_ids(schedule)]
        ready = [host for host in hosts if host.ready]
        if not ready:
            raise hosts_not_ready([host.user_id for host in hosts])
        return ready

    def slots(self, schedule: Schedule, *, moving: MeetingRecord | None = None) -> list[OpenSlot]:
        """Everything that can be booked now, in order of time; the meeting that is to move takes up no time."""
        hosts = self.hosts(schedule)
        meeting_type = self.meeting_type(schedule)
        within = bookable(meeting_type, self.now())
        free: dict[Span, list[str]] = {}
        for user_id in self._in_turn(schedule, hosts):
            for span in self._free(user_id, meeting_type, within, moving):
                free.setdefault(span, []).append(user_id)
        return [OpenSlot(span, tuple(free[span])) for span in sorted(free)]

    def free_host(
        self, schedule: Schedule, span: Span, *, wanted: Sequence[str] = (), moving: MeetingRecord | None = None
    ) -> Host:
        """The host who takes this slot, of a pool the first of `wanted` who is free. Raises a refusal without one."""
        hosts = {host.user_id: host for host in self.hosts(schedule)}
        members = self._host_ids(schedule)
        if strangers := [user_id for user_id in wanted if user_id not in members]:
            raise invalid(f"Users are not in the pool: {', '.join(strangers)}")
        meeting_type, now = self.meeting_type(schedule), self.now()
        if span.start < now + meeting_type.minimum_notice * MINUTE:
            raise too_soon()
        within = bookable(meeting_type, now)
        if within.start <= span.start < span.end <= within.end:
            for user_id in wanted or hosts:
                if user_id in hosts and span in self._free(user_id, meeting_type, span, moving):
                    return hosts[user_id]
        raise slot_taken()

    def book(self, meeting: MeetingRecord, *, spends: str | None) -> None:
        """Store a meeting whose host was found free just now, with what its booking uses up, and mail about it."""
        self._store(meeting, "confirmation", spends=spends)

    def move(
        self, meeting: MeetingRecord, span: Span, *, timezone: str, anew: Callable[[], MeetingRecord] | None = None
    ) -> MeetingRecord:
        """Move the meeting to another time with the same host, and mail about it. Raises a refusal if that is not open.

        With *anew* the meeting is canceled, and the one that this gives takes its place.
        """
        self.free_host(Schedule(meeting_type=meeting.meeting_type, host=meeting.host_id), span, moving=meeting)
        given_up = () if anew is None else (evolve(meeting, status="canceled"),)
        moved = evolve(meeting if anew is None else anew(), status="rescheduled", span=span, timezone=timezone)
        self._store(moved, "rescheduled", given_up=given_up)
        return moved

    def cancel(self, meeting: MeetingRecord) -> None:
        """Free the meeting's time and mail about it; a canceled meeting is left as it is."""
        if meeting.status != "canceled":
            self._store(evolve(meeting, status="canceled"), "canceled")

    def _store(
        self,
        meeting: MeetingRecord,
        kind: Literal["confirmation", "rescheduled", "canceled"],
        *,
        spends: str | None = None,
        given_up: tuple[MeetingRecord, ...] = (),
    ) -> None:
        about, now = mail(kind, meeting), self.now()
        changed = (*given_up, meeting)
        self._journal.write(*changed, mail=about, spends=spends)
        for one in changed:
            self.diary.put(one, self._block(one))
            self.history.note(one, now)
        self.outbox.append(about)

    def _block(self, meeting: MeetingRecord) -> Block:
        return block(self._meeting_types[meeting.meeting_type], meeting.span)

    def _host_ids(self, schedule: Schedule) -> list[str]:
        pool = self._pool(schedule)
        return [str(schedule.host)] if pool is None else [member.user_id for member in pool.members]

    def _pool(self, schedule: Schedule) -> Pool | None:
        return None if schedule.pool is None else self._pools[schedule.pool]

    def _in_turn(self, schedule: Schedule, hosts: list[Host]) -> list[str]:
        ready = [host.user_id for host in hosts]
        pool = self._pool(schedule)
        if pool is None:
            return ready
        return [user_id for user_id in priority(pool, self.diary.turns(pool.pool_id)) if user_id in ready]

    def _free(self, user_id: str, meeting_type: MeetingType, within: Span, moving: MeetingRecord | None) -> list[Span]:
        wanted = block(meeting_type, within)
        near = Span(within.start - wanted.before, within.end + wanted.after)
        taken = self.diary.taken(user_id, near, without=None if moving is None else moving.id)
        return free_slots(self._hosts[user_id], meeting_type, within=within, taken=taken)
