"""What the sandbox remembers: meetings, hosts' calendars, whose turn it was, and the mails it would have sent."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Literal

from attrs import field, frozen

from .calendar import Block, Span, away
from .world import Host

MeetingStatus = Literal["scheduled", "rescheduled", "canceled"]


@frozen(kw_only=True)
class MeetingRecord:
    """A meeting as the sandbox stores it; a change makes a new one, so that one you hold stays as it was.

    `answers` are the filled form fields, `timezone` is the one the prospect booked in. What the meeting was booked
    through is told by `link_id`, or by `uid`, the BookIt Log ID of the routed submission. `pool_id` is None without a
    pool.
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
        self._blocks: dict[str, dict[str, Block]] = defaultdict(dict)
        self._turns: dict[str, Counter[str]] = defaultdict(Counter)

    def taken(self, host_id: str, *, without: str | None = None) -> list[Block]:
        """When the host is away or meets someone, leaving out one meeting that is about to move."""
        blocks = (block for meeting_id, block in self._blocks[host_id].items() if meeting_id != without)
        return [*self._away[host_id], *blocks]

    def turns(self, pool_id: str) -> Mapping[str, int]:
        """How many meetings each member has from this pool; a canceled one gives its turn back."""
        return self._turns[pool_id]

    def add(self, meeting: MeetingRecord, block: Block) -> None:
        self.meetings[meeting.id] = meeting
        self._blocks[meeting.host_id][meeting.id] = block
        if meeting.pool_id is not None:
            self._turns[meeting.pool_id][meeting.host_id] += 1

    def replace(self, meeting: MeetingRecord, block: Block | None) -> None:
        """Put a changed meeting in place of the one with its id; without a block it gives back its time and turn."""
        self.meetings[meeting.id] = meeting
        del self._blocks[meeting.host_id][meeting.id]
        if block is not None:
            self._blocks[meeting.host_id][meeting.id] = block
        elif meeting.pool_id is not None:
            self._turns[meeting.pool_id][meeting.host_id] -= 1
