"""An availability page: the slots as columns, what else it holds read, and who can take a slot when that is asked."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from attrs import field, frozen

from ._generated.errors import WrongTypeError
from ._generated.models import Availability, AvailabilityPage, RoutedAvailability, Routing
from ._generated.types import integer, items, nested
from .errors import ResponseInvalidError
from .slots import Slots
from .times import from_milliseconds


@frozen
class Source:
    """Where a page stands. Kept as bytes, thousands of slots take a third of the room that they take as objects."""

    answer: bytes = field(repr=False)
    """The whole answer."""
    key: str | None = None
    """The key under which the page is; None for an answer that is a page."""

    def page(self) -> Any:
        """Decode the page again."""
        data = orjson.loads(self.answer)
        return data if self.key is None else data[self.key]

    def fault(self, error: WrongTypeError) -> ResponseInvalidError:
        """Give the error for what is wrong in the page."""
        path = error.path if self.key is None else error.under(self.key).path
        return ResponseInvalidError(path=path, status=200, body=self.answer)


@frozen(kw_only=True)
class Page:
    """A page, read as far as an offer needs it at once."""

    source: Source
    """Where it stands."""
    head: AvailabilityPage = field(repr=False, eq=False)
    """All of it but its availability."""
    slots: Slots = field(eq=False)
    """The open slots."""

    def whole(self) -> AvailabilityPage:
        """Read all of it; ResponseInvalidError when it is not of the documented shape."""
        try:
            return AvailabilityPage.read(self.source.page())
        except WrongTypeError as error:
            raise self.source.fault(error) from error


def read_page(answer: bytes) -> Page:
    """Read an answer that is a page; ValueError when it is no JSON, WrongTypeError when its shape is wrong."""
    return _page(orjson.loads(answer), Source(answer))


def read_routed(answer: bytes) -> tuple[Routing | None, Page | None]:
    """Read an answer to routing: what was decided, and the page if there is one; raises what `read_page` does."""
    data = orjson.loads(answer)
    page = data.get("scheduling") if data.__class__ is dict else None
    routing = RoutedAvailability.read(data if page is None else {**data, "scheduling": None}).routing
    if page is None:
        return routing, None
    return routing, nested(lambda page: _page(page, Source(answer, "scheduling")), page, "scheduling")


def read_slots(availability: Availability) -> Slots:
    """Give the slots that have both instants, earliest first.

    A host index without a user id is left out; slots of one time are one slot with the hosts of all, in their order.
    """
    ids = availability.index_to_user_id_map or {}
    hosts_of: dict[tuple[int, int], dict[str, None]] = {}
    for wire in availability.time_slots or ():
        if wire.start_time is None or wire.end_time is None or not _in_calendar(wire.start_time, wire.end_time):
            continue
        hosts_of.setdefault((wire.start_time, wire.end_time), {}).update(dict.fromkeys(_named(wire.users or (), ids)))
    times = sorted(hosts_of)
    starts, ends = [start for start, _ in times], [end for _, end in times]
    return Slots(starts, ends, hosts_of=lambda index: tuple(hosts_of[times[index]]))


def _page(data: Any, source: Source) -> Page:
    if data.__class__ is not dict:
        raise WrongTypeError(None, "object", data)
    head = AvailabilityPage.read({name: value for name, value in data.items() if name != "availability"})
    slots = nested(lambda availability: _slots(availability, source), data.get("availability"), "availability")
    return Page(source=source, head=head, slots=slots)


def _slots(availability: Any, source: Source) -> Slots:
    times = _times(availability)
    if times is None:
        return read_slots(Availability() if availability is None else Availability.read(availability))
    ids = Availability.read({**availability, "timeSlots": None}).index_to_user_id_map or {}
    starts, ends = times
    return Slots(starts, ends, hosts_of=_LateHosts(source, ids))


def _times(availability: Any) -> tuple[list[int], list[int]] | None:
    """Give starts and ends of slots that are as documented, in order, and of different times; None for others."""
    starts: list[int] = []
    ends: list[int] = []
    last = -1
    try:
        for slot in availability["timeSlots"]:
            start, end = slot["start_time"], slot["end_time"]
            if type(start) is not int or type(end) is not int or start <= last or type(slot["users"]) is not list:
                return None
            starts.append(start)
            ends.append(end)
            last = start
        return (starts, ends) if _in_calendar(last, min(ends), max(ends)) else None
    except (KeyError, TypeError, ValueError):
        return None


class _LateHosts:
    """Who can take each slot. An offer is asked that of one slot, if of any, so that decoding again costs least."""

    def __init__(self, source: Source, ids: dict[str, str]) -> None:
        self._source = source
        self._ids = ids
        self._users: list[Any] | None = None

    def __call__(self, index: int) -> tuple[str, ...]:
        if self._users is None:
            self._users = [slot["users"] for slot in self._source.page()["availability"]["timeSlots"]]
        try:
            users = items(integer, self._users[index], "users")
        except WrongTypeError as error:
            raise self._source.fault(error.under(index).under("timeSlots").under("availability")) from error
        return tuple(dict.fromkeys(_named(users, self._ids)))


def _named(users: Iterable[int], ids: Mapping[str, str]) -> Iterator[str]:
    return (ids[index] for index in map(str, users) if index in ids)


def _in_calendar(*instants: int) -> bool:
    try:
        return all(from_milliseconds(one) for one in instants)
    except OverflowError:
        return False
