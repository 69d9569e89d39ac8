"""An availability page: the slots as columns, what else it holds read, and who can take a slot when that is asked."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from operator import lt
from typing import Any, TypeGuard, TypeVar, cast

import orjson
from attrs import field, frozen
from msgspec import Raw, Struct
from msgspec.json import Decoder

from .._generated.errors import WrongTypeError
from .._generated.models import Availability, AvailabilityPage, RoutedAvailability, Routing, TimeSlot
from .._generated.types import Odd, nested, note, odd_values
from ..errors import ResponseInvalidError
from ..hidden import HiddenBytes
from ..times import FIRST_ON_THE_WIRE, LAST_ON_THE_WIRE
from .shapes import UnknownShapeError
from .slots import Slots

T = TypeVar("T")


class _WireSlot(Struct, gc=False):
    start_time: int
    end_time: int
    users: Raw


class _WireAvailability(Struct, rename="camel"):
    time_slots: list[_WireSlot]
    index_to_user_id_map: dict[str, str]


class _WirePage(Struct, rename="camel"):
    availability: _WireAvailability
    meeting: Any = None
    page_info: Any = None
    user_id_to_info_map: Any = None
    calendar_event: Any = None
    event: Any = None


class _WireRouted(Struct):
    scheduling: _WirePage
    routing: Any = None


_PAGE = Decoder(_WirePage)
_ROUTED = Decoder(_WireRouted)
_USERS = Decoder(list[int])
_TIME = "epoch milliseconds of 2001 to 2199"


@frozen
class Source:
    """Where a page stands. Kept as bytes, thousands of slots take a third of the room that they take as objects."""

    answer: bytes = field(repr=False)
    """The whole answer."""
    key: str | None = None
    """The key under which the page is; None for an answer that is a page."""
    odd_later: Callable[[Odd], None] = field(default=lambda _: None, repr=False, eq=False)
    """Is told what is odd of what is read later, from the root of the answer."""

    @property
    def under(self) -> tuple[str, ...]:
        """The keys that lead to the page from the root of the answer."""
        return () if self.key is None else (self.key,)

    def page(self) -> Any:
        """Decode the page again."""
        data = orjson.loads(self.answer)
        return data if self.key is None else data[self.key]

    def fault(self, error: WrongTypeError | None = None) -> ResponseInvalidError:
        """Return the error for what is wrong in the page, for the whole of it when it is no JSON after all."""
        if error is None:
            return ResponseInvalidError(path="$", status=200, body=self.answer, changes=False)
        path = error.path if self.key is None else error.under(self.key).path
        keys = error.keys if isinstance(error, UnknownShapeError) else None
        return ResponseInvalidError(
            path=path,
            status=200,
            body=self.answer,
            changes=False,
            looked_for=error.expected,
            found=error.found,
            keys=keys,
        )


@frozen(kw_only=True)
class Page:
    """A page, read as far as an offer needs it at once."""

    source: Source
    """Where it stands."""
    head: AvailabilityPage = field(repr=False, eq=False)
    """All of it but its availability, which may be left out, as may be what this version does not know."""
    slots: Slots = field(eq=False)
    """The open slots."""
    odd: tuple[Odd, ...] = field(default=(), eq=False, repr=False)
    """What was read as nothing because it is not as documented."""

    def formless(self) -> ResponseInvalidError | None:
        """Return the error for a page without the form that a booking answers; None where there is one."""
        meeting = self.head.meeting
        if meeting is not None and meeting.form_fields is not None:
            return None
        data = self.source.page()
        there = data.get("meeting")
        if there is None:
            return self.source.fault(UnknownShapeError("meeting", data))
        return self.source.fault(UnknownShapeError("formFields", there, under=("meeting",)))

    def hostless(self) -> ResponseInvalidError:
        """Return the error for a page of a pool whose slots name nobody who could be met."""
        availability = self.source.page()["availability"]
        place, slot = next((place, slot) for place, slot in enumerate(availability["timeSlots"]) if slot)
        error = WrongTypeError("users", "indices into indexToUserIdMap", slot.get("users"))
        return self.source.fault(error.under(place).under("timeSlots").under("availability"))

    def whole(self) -> AvailabilityPage:
        """Read all of it; ResponseInvalidError when it is not of the documented shape."""
        try:
            return AvailabilityPage.read(self.source.page())
        except (WrongTypeError, ValueError) as error:
            known = error if isinstance(error, WrongTypeError) else None
            raise self.source.fault(known) from error.with_traceback(None)


def read_page(answer: bytes, odd_later: Callable[[Odd], None] = lambda _: None) -> Page:
    """Return an answer that is a page; ValueError when it is no JSON, WrongTypeError when its shape is wrong.

    What is odd of what is read only when it is asked for is told to *odd_later*.
    """
    source = Source(answer, None, odd_later)
    usual = _usual(_PAGE, answer)
    page = None if usual is None else _usual_page(usual, source)
    return page or _page(orjson.loads(answer), source)


def read_again(source: Source) -> Page:
    """Return a page that was read before, in another process for instance."""
    return read_page(source.answer) if source.key is None else _page(source.page(), source)


def read_routed(answer: bytes, odd_later: Callable[[Odd], None] = lambda _: None) -> tuple[Routing, Page | None]:
    """Return an answer to routing: what was decided, and the page if there is one; raises what `read_page` does."""
    source = Source(answer, "scheduling", odd_later)
    usual = _usual(_ROUTED, answer)
    if usual is not None:
        routing = RoutedAvailability.read({"routing": usual.routing}).routing
        if routing is not None and routing.token:
            found = nested(lambda page: _usual_page(page, source), usual.scheduling, "scheduling")
            if found is not None:
                return routing, found
    data = orjson.loads(answer)
    page = data.get("scheduling") if data.__class__ is dict else None
    routing = RoutedAvailability.read(data if page is None else {**data, "scheduling": None}).routing
    if routing is None:
        raise UnknownShapeError("routing", data)
    found = None if page is None else nested(lambda page: _page(page, source), page, "scheduling")
    if lacks := _lacks(routing, found):
        raise UnknownShapeError(lacks, data["routing"], under=("routing",))
    return routing, found


def _lacks(routing: Routing, page: Page | None) -> str | None:
    """Return the key without which nobody can go on from what was decided, None when none is missing."""
    if page is not None:
        return None if routing.token or not page.slots else "token"
    match routing.response_type:
        case "calendar":
            return None if routing.token else "token"
        case "redirect":
            return None if routing.redirect else "redirect"
        case None:
            return None if routing.token or routing.redirect else "responseType"
        case _:
            return None


def _usual(decoder: Decoder[T], answer: bytes | Raw) -> T | None:
    """Decode what is as documented, which leaves out who can take each slot; None for all else."""
    try:
        return decoder.decode(answer)
    except (ValueError, RecursionError):
        return None


def _usual_page(page: _WirePage, source: Source) -> Page | None:
    """Read a page whose slots are in order and of different times; None for others."""
    wire = page.availability.time_slots
    starts, ends = [one.start_time for one in wire], [one.end_time for one in wire]
    in_order = wire and all(map(lt, starts, starts[1:]))
    if not in_order or starts[0] < FIRST_ON_THE_WIRE or min(ends) < FIRST_ON_THE_WIRE:
        return None
    if starts[-1] > LAST_ON_THE_WIRE or max(ends) > LAST_ON_THE_WIRE:
        return None
    head = AvailabilityPage.read(
        {
            "meeting": page.meeting,
            "pageInfo": page.page_info,
            "userIdToInfoMap": page.user_id_to_info_map,
            "calendarEvent": page.calendar_event,
            "event": page.event,
        }
    )
    users = [one.users for one in wire]
    hosts_of = partial(_hosts_of, users, _Names(page.availability.index_to_user_id_map), source, {})
    return Page(source=source, head=head, slots=Slots(starts, ends, hosts_of=hosts_of))


def _hosts_of(
    users: list[Raw], names: "_Names", source: Source, known: dict[bytes, tuple[str, ...]], place: int
) -> tuple[str, ...]:
    wire = HiddenBytes(users[place])  # the same few hosts take most slots: each combination is read once
    found = known.get(wire)
    if found is not None:
        return found
    read = _usual(_USERS, users[place])
    if read is None:
        try:
            slot = TimeSlot.read({"users": orjson.loads(memoryview(wire))})
        except ValueError as error:
            raise source.fault() from error.with_traceback(None)
        read = slot.users
        for odd in odd_values(slot):
            source.odd_later(odd.under(*source.under, "availability", "timeSlots", "*"))
    found = known[wire] = tuple(names.of(read or ()))
    return found


def read_slots(availability: Availability) -> Slots:
    """Return the slots that have both instants, earliest first.

    A host index without a user id is left out; slots of one time are one slot with the hosts of all, in their order.
    """
    names = _Names(availability.index_to_user_id_map or {})
    hosts_of: dict[tuple[int, int], dict[str, None]] = {}
    for wire in availability.time_slots or ():
        start, end = wire.start_time, wire.end_time
        if _is_on_the_wire(start) and _is_on_the_wire(end):
            hosts_of.setdefault((start, end), {}).update(names.of(wire.users or ()))
    times = sorted(hosts_of)
    starts, ends = [start for start, _ in times], [end for _, end in times]
    return Slots(starts, ends, hosts_of=lambda index: tuple(hosts_of[times[index]]))


def _page(data: Any, source: Source) -> Page:
    """Read a page in any order; only the documented forms of no slots, no key and an empty list, are no slots."""
    page = AvailabilityPage.read(data)
    if page.availability is None:
        raise UnknownShapeError("availability", data)
    there = data["availability"]
    if there and page.availability.time_slots is None:
        raise UnknownShapeError("timeSlots", there, under=("availability",))
    slots = read_slots(page.availability)
    odd = tuple(filter(None, map(_odd_time, page.availability.time_slots or ())))
    if not slots and there.get("timeSlots"):
        raise _no_time(there["timeSlots"]).under("availability")
    if odd:
        note()
    return Page(source=source, head=page, slots=slots, odd=odd)


def _odd_time(slot: TimeSlot) -> Odd | None:
    """Return what keeps a slot from being one, None for one that is."""
    for key, instant in (("start_time", slot.start_time), ("end_time", slot.end_time)):
        if not _is_on_the_wire(instant):
            return Odd(("availability", "timeSlots", "*", key), _TIME, "nothing" if instant is None else "integer")
    return None


def _no_time(slots: list[Any]) -> WrongTypeError:
    """Return what is wrong with slots of which none can be used, as it is seen in the first."""
    times = (
        (place, slot, key) for place, slot in enumerate(slots) if slot is not None for key in ("start_time", "end_time")
    )
    for place, slot, key in times:
        if slot.get(key) is None:
            return UnknownShapeError(key, slot, under=("timeSlots", place))
        if not _is_on_the_wire(int(slot[key])):
            return WrongTypeError(key, _TIME, slot[key]).under(place).under("timeSlots")
    return WrongTypeError("timeSlots", "an open slot", None)


class _Names(dict[int, str | None]):
    """User ids by index, each looked up once where the service has them, by the index as text; None for no id."""

    def __init__(self, ids: Mapping[str, str]) -> None:
        super().__init__()
        self._ids = ids

    def __missing__(self, index: int) -> str | None:
        found = self[index] = self._ids.get(str(index))
        return found

    def of(self, users: Iterable[int]) -> dict[str, None]:
        """Return the hosts at some indices as keys, each once."""
        found = dict.fromkeys(map(self.__getitem__, users))
        found.pop(None, None)
        return cast("dict[str, None]", found)


def _is_on_the_wire(instant: int | None) -> TypeGuard[int]:
    return instant is not None and FIRST_ON_THE_WIRE <= instant <= LAST_ON_THE_WIRE


def odd_of(page: Page) -> Iterator[Odd]:
    """Yield what is odd in a page, from the root of its answer."""
    for one in (*odd_values(page.head), *page.odd):
        yield one.under(*page.source.under)
