"""What is asked for in a chaos run, and what came of it: the same orders for everyone who is compared."""

from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Literal, get_args
from uuid import UUID

from attrs import fields, frozen

from bookit_async.sandbox import MeetingRecord

Mode = Literal["token", "pool", "link", "single-use link", "params"]
MODES: tuple[Mode, ...] = get_args(Mode)
Result = Literal["booked", "recovered", "refused", "unknown", "cancelled"]

CANCELLED = 0.1
"""The share of the orders whose callers may be cancelled: those that are done by then are not."""
PATIENCE = 2.0
"""Seconds within which that happens."""


@frozen(kw_only=True)
class Order:
    """One booking to be made."""

    number: int
    mode: Mode
    desk: str
    """Where it goes: the input that routes it, or the link."""
    uid: str
    patience: float | None
    """Seconds after which its caller is cancelled; None for never."""

    @property
    def email(self) -> str:
        """The prospect's address, of this order alone."""
        return f"Prospect{self.number}@chaos.example"

    @property
    def prospect(self) -> dict[str, str]:
        """What is routed."""
        return {"Desk": self.desk, "FirstName": "P", "LastName": str(self.number), "Email": self.email}

    @property
    def answers(self) -> dict[str, str]:
        """What a form is filled with when nothing was routed."""
        return {"First Name": "P", "Last Name": str(self.number), "Email": self.email}

    def pick(self, slots: int) -> int:
        """Which of so many slots it wants, spread so that few orders want the same."""
        return self.number * 7919 % slots


@frozen(kw_only=True)
class Report:
    """What one order's caller was told."""

    order: Order
    result: Result
    meeting_id: str | None = None


@frozen(kw_only=True)
class Tally:
    """A run in numbers."""

    asked: int
    booked: int
    recovered: int
    refused: int
    unknown: int
    cancelled: int
    """Orders whose callers were cancelled before they were told anything."""
    settled: int
    """Of the unknown and the cancelled ones, those that were settled rightly afterwards."""
    duplicates: int
    """Meetings beyond the first for one order."""
    lost: int
    """Orders told booked without a meeting that stands."""
    surprises: int
    """Orders told refused, or settled as not booked, that have a meeting all the same."""


def orders(count: int, *, desks: int, seed: int) -> list[Order]:
    """Return the orders of a run: as many of each mode, spread over the desks, every second one of them to a pool."""
    random = Random(seed)  # noqa: S311 - to be the same on every run
    found: list[Order] = []
    for number in range(count):
        mode = MODES[number % len(MODES)]
        pooled = mode == "pool" or (mode != "token" and number % 2)
        desk = f"{'pool' if pooled else 'single'}{random.randrange(desks)}"
        uid = str(UUID(int=random.getrandbits(128)))
        patience = random.uniform(0, PATIENCE) if random.random() < CANCELLED else None
        if mode == "single-use link":
            desk = f"once{number}"
        found.append(Order(number=number, mode=mode, desk=desk, uid=uid, patience=patience))
    return found


def tally(reports: Iterable[Report], settled: Iterable[Report], meetings: Iterable[MeetingRecord]) -> Tally:
    """Hold what the callers were told against the meetings that stand."""
    standing: dict[str, list[str]] = {}
    for meeting in meetings:
        if meeting.status != "canceled":
            standing.setdefault(meeting.prospect_email, []).append(meeting.told_id)
    later = {one.order.number: one for one in settled}
    counts: Counter[str] = Counter()
    for report in reports:
        held = standing.get(report.order.email, [])
        counts["asked"] += 1
        counts[report.result] += 1
        counts["duplicates"] += max(0, len(held) - 1)
        final = later.get(report.order.number, report)
        counts["settled"] += final is not report and bool(held) is bool(final.meeting_id)
        told_booked = final.result in ("booked", "recovered")
        counts["lost"] += told_booked and final.meeting_id not in held
        counts["surprises"] += final.result == "refused" and bool(held)
    return Tally(**{one.name: counts[one.name] for one in fields(Tally)})
