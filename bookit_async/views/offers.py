"""An offer: open slots, the hosts behind them and the form to fill, read from an availability page."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from datetime import date, datetime, timedelta
from functools import cached_property
from itertools import starmap
from typing import TYPE_CHECKING, Any, Protocol, Self, TypedDict, Unpack
from zoneinfo import ZoneInfo

from attrs import asdict, evolve, field, fields, frozen

from .._generated.models import AvailabilityPage, Duration, PageInfo, UserInfo
from .._generated.models import Meeting as WireMeeting
from ..errors import InvalidInputError, refuse
from ..hidden import hidden
from ..times import Zone, zone_name, zone_problem
from ..version import PACKAGE
from .choosers import SlotChoice, choice_problem, prefer
from .forms import FormField, read_form, read_prefill
from .meetings import Meeting, read_meeting
from .outcomes import Booked
from .pages import Page, Source, read_again
from .records import read, write
from .slots import LocalSlot, Slot

if TYPE_CHECKING:
    from .pending import Prepared

_MINUTE_UNITS = frozenset(("min", "mins", "minute", "minutes"))


@frozen(kw_only=True)
class Host:
    """Someone who can hold the meeting."""

    __module__ = PACKAGE

    user_id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    timezone: str | None = None
    """IANA time zone name."""
    conference_link: str | None = None
    """URL of the host's conference room."""

    @property
    def name(self) -> str:
        """First and last name, or the user id when the service gives neither."""
        return " ".join(part for part in (self.first_name, self.last_name) if part) or self.user_id


class OfferKeeper(Protocol):
    """What an offer needs of the client that gave it: who books it, and looks at it again."""

    async def book(
        self,
        offer: "Offer",
        slot: SlotChoice,
        *,
        timezone: Zone,
        answers: Mapping[str, Any] | None,
        guests: Sequence[str],
        once: bool,
    ) -> "Booked | NoAvailability": ...

    def prepare(
        self,
        offer: "Offer",
        slot: Slot | datetime,
        *,
        timezone: Zone,
        answers: Mapping[str, Any] | None,
        guests: Sequence[str],
        booking_id: str | None,
    ) -> "Prepared": ...

    async def refresh(self, offer: "Offer") -> "Offer | NoAvailability": ...


class Origin(TypedDict, total=False):
    """What an offer has that is not of its page."""

    token: str | None
    link_id: str | None
    meeting_id: str | None
    params: str | None
    calendar_link: str | None
    uid: str | None
    prospect: Mapping[str, Any]


_CONTEXT = tuple(Origin.__annotations__)


@frozen(kw_only=True)
class Offer:
    """Open slots for one prospect. Nothing in its repr tells who the prospect is, or the token.

    It can be pickled, with the token and what is known of the prospect: keep that as you keep secrets. The client is
    left behind, and where it arrives `client.resume(offer)` gives it another.
    """

    __module__ = PACKAGE

    slots: Sequence[Slot]
    """The open slots, earliest first."""
    pooled: bool
    """Whether a pool is offered, so that the slot decides the host and booking goes through the pool."""
    hosts: tuple[Host, ...] = ()
    """Everyone behind the slots, as far as the service tells."""
    host_ids: tuple[str, ...] = ()
    """User ids of the hosts that routing chose; empty when pooled."""
    meeting_type: str | None = None
    """What the meeting type is called on the booking page."""
    duration: timedelta | None = None
    """Length of a meeting; None when the service does not say it in minutes."""
    form_fields: tuple[FormField, ...] = ()
    """The named fields of the booking form."""
    prefill: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    """Answers that the service already has, by form field name."""
    token: str | None = field(default=None, repr=False)
    """One-shot token; good until a meeting is booked with it."""
    link_id: str | None = None
    """The BookIt Link that this offer is of."""
    meeting_id: str | None = None
    """The meeting that this offer is to reschedule."""
    meeting: Meeting | None = None
    """That meeting as it is now."""
    params: str | None = field(default=None, repr=False)
    """The legacy scheduling context that this offer is of."""
    calendar_link: str | None = field(default=None, repr=False)
    """URL of the hosted booking page; only straight from routing."""
    uid: str | None = None
    """The BookIt Log ID of the submission; None when nothing was routed."""
    prospect: Mapping[str, Any] = field(factory=dict[str, Any], repr=False)
    """What was routed; fills the form where nothing else does."""
    source: Page = field(repr=False)
    """What the service sent."""
    keeper: OfferKeeper = field(repr=False, eq=False)
    """The client that gave this offer."""

    def __getstate__(self) -> dict[str, Any]:
        """Return what travels: what the service sent and whose it is. The client stays where it is."""
        source = self.source.source
        context = {name: getattr(self, name) for name in _CONTEXT}
        slots = None if self.slots is self.source.slots else tuple(self.slots)
        return {**context, "answer": bytes(source.answer), "key": source.key, "slots": slots}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        source = Source(state["answer"], state["key"])
        context = {name: state[name] for name in _CONTEXT}
        again = offer_of(read_again(source), keeper=_WITHOUT_CLIENT, **context)
        for one in fields(type(self)):
            object.__setattr__(self, one.name, getattr(again, one.name))
        if state["slots"] is not None:
            object.__setattr__(self, "slots", state["slots"])

    def __copy__(self) -> Self:
        return evolve(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return evolve(self, prospect=deepcopy(self.prospect, memo), prefill=dict(self.prefill))

    @property
    def page(self) -> AvailabilityPage:
        """What the service sent, read anew each time; ResponseInvalidError when it is not of the documented shape."""
        return self.source.whole()

    def days(self, timezone: Zone) -> dict[date, list[Slot]]:
        """Return the slots by local day in an IANA time zone, both in order; InvalidInputError for an unknown zone.

        Each shows the times of that zone, as `Slot.local` gives it.
        """
        refuse(zone_problem(timezone))
        zone = ZoneInfo(zone_name(timezone))
        days: dict[date, list[Slot]] = {}
        for slot in self.slots:
            local = LocalSlot(slot, zone)
            days.setdefault(local.start.date(), []).append(local)
        return days

    def pick(self, slot: SlotChoice) -> Slot | None:
        """Return the slot that `book` would book with this chooser, None when it wants none of them.

        InvalidInputError for what is not a choice, and for a Slot or datetime that the offer does not hold.
        """
        refuse(choice_problem(slot))
        return next((one for one in prefer(slot, self.slots) if not self.pooled or one.host_ids), None)

    @cached_property
    def hosts_by_email(self) -> Mapping[str, str]:
        """User ids of the hosts by their email addresses, those in lower case."""
        return {host.email.casefold(): host.user_id for host in self.hosts if host.email}

    def host(self, user_id: str) -> Host | None:
        """Return one of the hosts by user id, None for an unknown one."""
        return next((host for host in self.hosts if host.user_id == user_id), None)

    def to_dict(self) -> dict[str, Any]:
        """Return the offer as JSON values, to show it elsewhere or to go on in another process.

        Keep as you keep secrets: `token`, from which `client.availability(token=…, uid=…)` makes the offer again, with
        fresh slots; and of `hosts` the email addresses and conference links. The prospect's data and the prefilled
        answers are left out. Times are epoch milliseconds.
        """
        return {
            "token": self.token,
            "link_id": self.link_id,
            "meeting_id": self.meeting_id,
            "uid": self.uid,
            "meeting_type": self.meeting_type,
            "minutes": None if self.duration is None else self.duration / timedelta(minutes=1),
            "pooled": self.pooled,
            "hosts": [asdict(host) for host in self.hosts],
            "form_fields": [asdict(one) for one in self.form_fields],
            "slots": [
                {"start": one.start_milliseconds, "end": one.end_milliseconds, "host_ids": list(one.host_ids)}
                for one in self.slots
            ],
        }

    async def book(
        self,
        slot: SlotChoice,
        *,
        timezone: Zone,
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        once: bool = False,
    ) -> "Booked | NoAvailability":
        """Book one of the slots.

        Args:
            slot: A slot of this offer, the aware datetime at which one starts, or a chooser such as `earliest()`.
            timezone: The prospect's IANA time zone name; used only to write the confirmation mail.
            answers: Form answers by field name; they overrule prefill and prospect.
            guests: Email addresses of more people to invite.
            once: Without a token, whether the prospect's meetings are looked at before anything is sent: one with a
                host of the offer that *slot* would take is the answer (`Booked.recovered`), whether its time is still
                open or not, so that a caller who asks again, in another process too, does not book twice. With a token
                it changes nothing.

        NoAvailability comes only of a chooser that finds nothing. Raises InvalidInputError before anything is sent,
        with every problem at once (unknown zone, slot not in the offer, required answers missing); SlotTakenError,
        TokenSpentError, LinkSpentError and TooSoonError from the service; OutcomeUnknownError when the answer is
        lost.
        """
        answers, guests = hidden(answers), hidden(guests)
        return await self.keeper.book(self, slot, timezone=timezone, answers=answers, guests=guests, once=once)

    def prepare(
        self,
        slot: Slot | datetime,
        *,
        timezone: Zone,
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        booking_id: str | None = None,
    ) -> "Prepared":
        """Return the booking of one slot, checked and ready for `client.send`; nothing is sent.

        Args:
            slot: A slot of this offer, or the aware datetime at which one starts.
            timezone: The prospect's IANA time zone name; used only to write the confirmation mail.
            answers: Form answers by field name; they overrule prefill and prospect.
            guests: Email addresses of more people to invite.
            booking_id: Tells this booking from all others, for whoever keeps it under an id; None draws one.

        Raises InvalidInputError with every problem at once.
        """
        answers, guests = hidden(answers), hidden(guests)
        return self.keeper.prepare(self, slot, timezone=timezone, answers=answers, guests=guests, booking_id=booking_id)

    async def refresh(self) -> "Offer | NoAvailability":
        """Return the same offer with the slots that are open now; TokenSpentError once a meeting was booked with it."""
        return await self.keeper.refresh(self)


class _WithoutClient:
    """Keeps an offer that has travelled until `client.resume` gives it a client: it does nothing but say so."""

    async def book(self, *_: object, **__: object) -> "Booked | NoAvailability":
        raise self._error()

    def prepare(self, *_: object, **__: object) -> "Prepared":
        raise self._error()

    async def refresh(self, *_: object) -> "Offer | NoAvailability":
        raise self._error()

    def _error(self) -> InvalidInputError:
        problem = "this offer has left its client behind: go on with client.resume(offer)"
        return InvalidInputError(problems=[problem])


_WITHOUT_CLIENT: Any = _WithoutClient()


@frozen(kw_only=True)
class NoAvailability:
    """There is nothing to book: show the fallback."""

    __module__ = PACKAGE

    offer: Offer | None = field(default=None, repr=False)
    """The offer whose slots all failed the chooser; None when there was no slot at all."""
    uid: str | None = None
    """The BookIt Log ID of the submission; None when nothing was routed."""

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values, for `from_dict`; the offer belongs to an open client and is left behind."""
        return write(self, offer=None)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Return what `to_dict` wrote down; InvalidInputError when it did not."""
        data = hidden(data)
        return read(cls, data, offer=lambda _: None)


def read_offer(page: Page, *, keeper: OfferKeeper, **origin: Unpack[Origin]) -> Offer | NoAvailability:
    """Return the offer that a page holds, NoAvailability when it holds no slot (that is what an empty object means)."""
    return offer_of(page, keeper=keeper, **origin) if page.slots else NoAvailability(uid=origin.get("uid"))


def offer_of(page: Page, *, keeper: OfferKeeper, **origin: Unpack[Origin]) -> Offer:
    """Return what a page offers, which may be no slot at all."""
    its: Origin = {**origin, "prospect": dict(origin.get("prospect", {}))}
    head = page.head
    info = head.page_info or PageInfo()
    event = head.calendar_event
    kind = head.meeting
    return Offer(
        slots=page.slots,
        pooled=info.display_all_pool_availability is True,
        hosts=tuple(starmap(_host, (head.user_id_to_info_map or {}).items())),
        host_ids=tuple(info.user_ids or ()),
        meeting_type=kind.name if kind else None,
        duration=_duration(kind.duration if kind else None),
        form_fields=read_form((kind.form_fields if kind else None) or ()),
        prefill=read_prefill(info.prefill_fields),
        meeting=read_meeting(WireMeeting(calendar_event=event), asked=origin.get("meeting_id") or "")
        if event
        else None,
        source=page,
        keeper=keeper,
        **its,
    )


def _host(user_id: str, info: UserInfo) -> Host:
    return Host(
        user_id=user_id,
        first_name=info.first_name,
        last_name=info.last_name,
        email=info.email,
        timezone=info.time_zone_sid_key,
        conference_link=info.conference_link,
    )


def _duration(wire: Duration | None) -> timedelta | None:
    if wire is None or wire.value is None or (wire.unit or "min") not in _MINUTE_UNITS:
        return None
    try:
        return timedelta(minutes=wire.value)
    except OverflowError:
        return None
