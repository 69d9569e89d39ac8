"""Open slots: two instants each, and who could take them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import partial
from typing import Any, cast, overload
from zoneinfo import ZoneInfo

from attrs import define, field

from ..errors import refuse
from ..times import Zone, from_milliseconds, zone_name, zone_problem
from ..version import PACKAGE


@define(kw_only=True, order=True, unsafe_hash=True, repr=False)
class Slot:
    """One open slot. Its identity and order are its two instants; which hosts could take it is not compared."""

    __module__ = PACKAGE

    # Read-only by properties: a frozen class takes twice as long to build, and there may be thousands.
    _start: int = field(alias="start_milliseconds")
    _end: int = field(alias="end_milliseconds")
    _hosts: "tuple[str, ...] | Slots" = field(default=(), alias="host_ids", order=False, eq=False)

    @property
    def start_milliseconds(self) -> int:
        """Start, epoch milliseconds, as the service sent it."""
        return self._start

    @property
    def end_milliseconds(self) -> int:
        """End, epoch milliseconds, as the service sent it."""
        return self._end

    @property
    def host_ids(self) -> tuple[str, ...]:
        """User ids of the hosts who could take it, in round-robin priority order.

        Read when it is asked for: ResponseInvalidError when the service named them in another way than documented.
        """
        return self._hosts if isinstance(self._hosts, tuple) else self._hosts.hosts_of(self)

    @property
    def start(self) -> datetime:
        """Start, an aware datetime: in UTC, or in the zone of `local`."""
        return from_milliseconds(self.start_milliseconds)

    @property
    def end(self) -> datetime:
        """End, an aware datetime: in UTC, or in the zone of `local`."""
        return from_milliseconds(self.end_milliseconds)

    def local(self, timezone: Zone) -> "Slot":
        """Return the same slot, whose `start` and `end` show the clock of an IANA time zone.

        It is equal to this one, and can be booked like it. InvalidInputError for an unknown zone.
        """
        refuse(zone_problem(timezone))
        return LocalSlot(self, ZoneInfo(zone_name(timezone)))

    def __str__(self) -> str:
        return f"{self.start.isoformat()}/{self.end.isoformat()}"

    def __repr__(self) -> str:
        return f"Slot(start_milliseconds={self._start}, end_milliseconds={self._end})"

    def __reduce__(self) -> "tuple[Callable[[], Slot], tuple[()]]":
        start, end = self._start, self._end
        return partial(Slot, start_milliseconds=start, end_milliseconds=end, host_ids=self.host_ids), ()


class LocalSlot(Slot):
    """A slot whose times show the clock of a zone; equal to what it was made of, and in the same order."""

    # A subclass, and not one field more, because there may be thousands of slots and a zone for few of them.
    __slots__ = ("_slot", "_zone")

    def __init__(self, slot: Slot, zone: ZoneInfo) -> None:
        super().__init__(start_milliseconds=slot.start_milliseconds, end_milliseconds=slot.end_milliseconds)
        self._slot = slot
        self._zone = zone

    @property
    def host_ids(self) -> tuple[str, ...]:
        return self._slot.host_ids

    @property
    def start(self) -> datetime:
        return super().start.astimezone(self._zone)

    @property
    def end(self) -> datetime:
        return super().end.astimezone(self._zone)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._slot.local, (self._zone.key,)  # by what is public, whatever this file is called

    def __eq__(self, other: object) -> bool:
        return _times(self) == _times(other) if isinstance(other, Slot) else NotImplemented

    __hash__ = Slot.__hash__  # the same for equal ones

    def __lt__(self, other: object) -> bool:
        return _times(self) < _times(other) if isinstance(other, Slot) else NotImplemented

    def __le__(self, other: object) -> bool:
        return _times(self) <= _times(other) if isinstance(other, Slot) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return _times(self) > _times(other) if isinstance(other, Slot) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return _times(self) >= _times(other) if isinstance(other, Slot) else NotImplemented


def _times(slot: Slot) -> tuple[int, int]:
    return slot.start_milliseconds, slot.end_milliseconds


class Slots(Sequence[Slot]):
    """The slots of an offer, earliest first, like a tuple of them; each is built when it is asked for.

    Of no two the times are the same. One that is asked for by its place is whole; others read their hosts from here.
    """

    def __init__(
        self, starts: Sequence[int], ends: Sequence[int], *, hosts_of: Callable[[int], tuple[str, ...]]
    ) -> None:
        self._starts = starts
        self._ends = ends
        self._hosts_of = hosts_of

    def __len__(self) -> int:
        return len(self._starts)

    def __iter__(self) -> Iterator[Slot]:
        return (
            Slot(start_milliseconds=start, end_milliseconds=end, host_ids=self)
            for start, end in zip(self._starts, self._ends, strict=True)
        )

    @overload
    def __getitem__(self, index: int) -> Slot: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Slot, ...]: ...

    def __getitem__(self, index: int | slice) -> Slot | tuple[Slot, ...]:
        places = range(len(self))[index]
        if not isinstance(places, int):
            return tuple(self._slot(place, self) for place in places)
        return self._slot(places, self._hosts_of(places))

    def _slot(self, place: int, hosts: "tuple[str, ...] | Slots") -> Slot:
        return Slot(start_milliseconds=self._starts[place], end_milliseconds=self._ends[place], host_ids=hosts)

    def columns(self) -> tuple[Sequence[int], Sequence[int], list[tuple[str, ...]]]:
        """Return all starts and all ends in epoch milliseconds, and the user ids of who can take each, in their order.

        ResponseInvalidError when the service named them in another way than documented.
        """
        return self._starts, self._ends, [*map(self._hosts_of, range(len(self._starts)))]

    def _place(self, slot: object) -> int | None:
        """Return where the slot is that is equal to this one, None when there is none."""
        if isinstance(slot, Slot):
            start, end = slot.start_milliseconds, slot.end_milliseconds
            first, behind = bisect_left(self._starts, start), bisect_right(self._starts, start)
            place = bisect_left(self._ends, end, first, behind)
            if place < behind and self._ends[place] == end:
                return place
        return None

    def hosts_of(self, slot: Slot) -> tuple[str, ...]:
        """Return who can take a slot; nobody for one that is not held."""
        place = self._place(slot)
        return () if place is None else self._hosts_of(place)

    def held(self, slot: object) -> Slot | None:
        """Return the slot that is equal to this one, with its hosts; None when there is none."""
        place = self._place(slot)
        return None if place is None else self._slot(place, self)

    def __contains__(self, slot: object) -> bool:
        return self._place(slot) is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, (Slots, tuple)) and tuple(self) == tuple(cast("Iterable[object]", other))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"<{len(self)} slots>"
