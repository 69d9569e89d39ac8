"""What the sandbox remembers: meetings, hosts' calendars, whose turn it was, and the mails it would have sent."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

from attrs import Factory, field, frozen

from .calendar import DAY, Block, Span, away
from .parts import Host

MeetingStatus = Literal["scheduled", "rescheduled", "canceled"]


@frozen(kw_only=True)
class MeetingRecord:
    """A meeting as the sandbox stores it; a change makes a new one, so that one you hold stays as it was.

    `answers` are the filled form fields, `timezone` is the one the prospect booked in. What the meeting was booked
    through is told by `link_id`, or by `uid`, the BookIt Log ID of the routed submission. `pool_id` is None without a
    pool. `told_id` is the id that the service tells, another one only where ids repeat, which is a quirk.
    """

    id: str
    status: MeetingStatus
    meeting_type: str
    host_id: str
    host_email: str
    span: Span
    timezone: str
    prospect_email: str = field(repr=False)
    guests: tuple[str, ...] = field(repr=False)
    answers: Mapping[str, str] = field(repr=False)
    uid: str | None = None
    link_id: str | None = None
    pool_id: str | None = None
    cancel_link: str
    reschedule_link: str
    told_id: str = field(default=Factory(lambda meeting: meeting.id, takes_self=True))

    @property
    def start(self) -> datetime:
        """Aware, in UTC."""
        return datetime.fromtimestamp(self.span.start / 1000, UTC)

    @property
    def end(self) -> datetime:
        """Aware, in UTC."""
        return datetime.fromtimestamp(self.span.end / 1000, UTC)


@frozen(kw_only=True)
class Mail:
    """A mail that the service would have sent to the prospect and the guests."""

    kind: Literal["confirmation", "rescheduled", "canceled"]
    to: tuple[str, ...] = field(repr=False)
    meeting_id: str
    subject: str
    text: str = field(repr=False)
    cancel_link: str
    reschedule_link: str


class Diary:
    """Every meeting and every host's calendar. Nothing here decides: who adds a meeting has checked that it fits."""

    def __init__(self, hosts: Iterable[Host]) -> None:
        self.meetings: dict[str, MeetingRecord] = {}
        self._away = {host.user_id: away(host) for host in hosts}
        self._blocks: dict[tuple[str, int], dict[str, Block]] = defaultdict(dict)
        self._reach = 0
        self._turns: dict[str, Counter[str]] = defaultdict(Counter)

    def taken(self, host_id: str, near: Span, *, without: str | None = None) -> list[Block]:
        """When the host is away or meets someone close to this time, leaving out one meeting that is about to move."""
        days = range((near.start - self._reach) // DAY, (near.end + self._reach) // DAY + 1)
        blocks = (self._blocks.get((host_id, day), {}).items() for day in days)
        return [*self._away[host_id], *(block for items in blocks for id_, block in items if id_ != without)]

    def turns(self, pool_id: str) -> Mapping[str, int]:
        """How many meetings each member has from this pool; a canceled one gives its turn back."""
        return self._turns[pool_id]

    def put(self, meeting: MeetingRecord, block: Block) -> None:
        """Add a meeting, or put a changed one in place of the one with its id; a canceled one takes no time or turn."""
        turn = 0
        if (before := self.meetings.get(meeting.id)) is not None and before.status != "canceled":
            del self._blocks[_day(before)][meeting.id]
            turn -= 1
        if meeting.status != "canceled":
            self._blocks[_day(meeting)][meeting.id] = block
            # How far a block reaches from the day that it is filed under.
            self._reach = max(self._reach, block.span.end - block.span.start + block.before + block.after)
            turn += 1
        if meeting.pool_id is not None:
            self._turns[meeting.pool_id][meeting.host_id] += turn
        self.meetings[meeting.id] = meeting


class History:
    """How every meeting was at each time, in milliseconds, for readers that are told of it late."""

    def __init__(self) -> None:
        self._versions: dict[str, tuple[list[int], list[MeetingRecord]]] = {}
        self._of_prospects: dict[str, list[str]] = {}
        """The ids of the meetings, by the address without its case."""

    def note(self, meeting: MeetingRecord, at: int) -> None:
        """Keep how a meeting is from now on; it stays the same prospect's."""
        if meeting.id not in self._versions:
            self._of_prospects.setdefault(meeting.prospect_email.casefold(), []).append(meeting.id)
        times, records = self._versions.setdefault(meeting.id, ([], []))
        times.append(max(at, *times[-1:]) if times else at)
        records.append(meeting)

    def of_prospect(self, email: str, at: int) -> list[MeetingRecord]:
        """Return every meeting of an address, in whatever case, that there was at that time, as it was then."""
        versions = [self._versions[one] for one in self._of_prospects.get(email.casefold(), ())]
        return [records[seen - 1] for times, records in versions if (seen := bisect_right(times, at)) > 0]

    def earlier(self, meeting_id: str, at: int) -> MeetingRecord:
        """Return a meeting as it was at that time, or as it began if that was later."""
        times, records = self._versions[meeting_id]
        return records[max(bisect_right(times, at) - 1, 0)]


def _day(meeting: MeetingRecord) -> tuple[str, int]:
    return meeting.host_id, meeting.span.start // DAY
