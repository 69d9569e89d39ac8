"""`BookIt`: all that can be called, its settings, and how it is opened and closed."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from importlib import import_module
from random import random
from time import monotonic
from types import TracebackType
from typing import Any, Literal, Never, Self

from attrs import evolve

from .errors import InvalidInputError, OutcomeUnknownError, refuse
from .exchange.announcing import AnnouncingTransport, BeforeSend
from .exchange.calls import Calls, Line, open_line
from .exchange.gates import Gate
from .exchange.lookups import Lookups
from .exchange.node_inputs import KnownInputs, NodeInputs
from .exchange.oddities import OddValue
from .fittings import fitting_problems, suggesting
from .flows import Flows
from .hidden import HiddenMapping, hidden
from .legacy import Legacy
from .once.bookings import Bookings
from .once.changes import Changes
from .once.ledger import Ledger, MemoryLedger
from .once.orders import order_problems
from .once.writes import InFlight, Writes
from .scalars import list_problem
from .settings import RetryPolicy, Settings
from .times import Zone, zone_problem
from .transports import Transport
from .transports.httpx_client import HttpxClient
from .version import PACKAGE
from .views.choosers import SlotChoice, choice_problem, earliest
from .views.forms import has_email
from .views.inputs import TriggerInputs, bare_address, read_prospect, read_uid, uid_problem
from .views.meetings import Meeting, id_problem
from .views.offers import NoAvailability, Offer
from .views.outcomes import Booked, NotRouted, Redirected
from .views.pending import (
    PendingBooking,
    Prepared,
    Unsettled,
    booking_in,
    sending_problems,
)


class BookIt:
    """A client for LeanData BookIt, with the flows that most programs need; one an event loop, shared by all tasks.

    None stands for the default wherever it is one. InvalidInputError names every setting that cannot be used.

    Args:
        api_key: Issued by LeanData; None reads BOOKIT_API_KEY. Server side only.
        base_url: None reads BOOKIT_BASE_URL, then takes the real service.
        timeout: Seconds for one request (30), from when it has a connection or begins to make one.
        deadline: Seconds for a whole call (90), however many requests and waits it takes.
        settle: Seconds (30) after which a lost booking that does not show up counts as not processed; longer than the
            service may take to process a request and to tell of it.
        token_fence: True when it was seen that the service refuses to book with a spent token, also when two bookings
            arrive together, and that a token's answer does not lag: then a booking whose answer was lost is sent again
            as soon as its token is good, without waiting for `settle`.
        retries: How often and how far apart a request is sent again, where that is safe; `RetryPolicy()` by default.
        grace: Seconds (5) that a booking or a change in flight may still take when its caller is cancelled or the
            client closed; 0 for none.
        max_connections: Connections open at once at most (100); further requests wait for one, first come, first
            served, no longer than their deadline.
        keep_alive: Seconds (75) that a connection is kept without a request; 0 keeps none.
        proxy: The URL of a proxy, `http://user:password@proxy.example:3128`, that opens a tunnel to the service; None
            takes that of HTTPS_PROXY or ALL_PROXY, unless NO_PROXY names the service. It never sees the API key.
        trust_env: Whether those variables count.
        inputs_ttl: Seconds (300) for which the inputs of a trigger node are kept; 0 keeps none.
        check_inputs: Whether `route` and `book` check a prospect against the inputs of its trigger node before anything
            is routed, which they do unless this is False. They are asked for once, and where they cannot be had, the
            call goes on without.
        allow_insecure: Whether `http://` may go to another machine than this one, which shows it the API key; None
            reads BOOKIT_ALLOW_INSECURE, and is no without it.
        transport: Sends the requests instead of aiohttp, for example `Sandbox().transport`; it is not closed here.
        http_client: An `httpx.AsyncClient`, or one that works alike, that sends the requests instead of aiohttp; it is
            not closed here.
        ledger: Remembers which meeting belongs to which booking; None makes one in memory. Give one that several
            clients share.
        before_send: Awaited with each request right before it goes out, reads and repetitions too; when it raises,
            nothing is sent (NotSentError).
        clock: Gives seconds from any origin, never going back; for tests, like the next three.
        now: Gives the aware time of day, from which a date in Retry-After counts, and the age of a lost booking.
        sleep: Waits that many seconds.
        jitter: Gives a random number from 0 to 1.

    Every method raises AuthenticationError, RateLimitError, ServerError, NotSentError, OutcomeUnknownError and
    ResponseInvalidError besides what it names, and InvalidInputError before anything is sent.
    """

    __module__ = PACKAGE

    @suggesting
    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        settle: float | None = None,
        token_fence: bool = False,
        retries: RetryPolicy | None = None,
        grace: float | None = None,
        max_connections: int | None = None,
        keep_alive: float | None = None,
        proxy: str | None = None,
        trust_env: bool = True,
        inputs_ttl: float | None = None,
        check_inputs: bool | None = None,
        allow_insecure: bool | None = None,
        transport: Transport | None = None,
        http_client: HttpxClient | None = None,
        ledger: Ledger | None = None,
        before_send: BeforeSend | None = None,
        clock: Callable[[], float] | None = None,
        now: Callable[[], datetime] | None = None,
        sleep: Callable[[float], Awaitable[None]] | None = None,
        jitter: Callable[[], float] | None = None,
    ) -> None:
        api_key = hidden(api_key)
        clock, now = clock or monotonic, now or _now
        sleep, jitter = sleep or asyncio.sleep, jitter or random
        settings = Settings.read(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            settle=settle,
            token_fence=token_fence,
            retries=retries,
            grace=grace,
            max_connections=max_connections,
            keep_alive=keep_alive,
            proxy=proxy,
            trust_env=trust_env,
            inputs_ttl=inputs_ttl,
            check_inputs=check_inputs,
            allow_insecure=allow_insecure,
        )
        fittings = {
            "transport": transport,
            "http_client": http_client,
            "ledger": ledger,
            "before_send": before_send,
            "clock": clock,
            "now": now,
            "sleep": sleep,
            "jitter": jitter,
        }
        problems = [*settings.problems(), *fitting_problems(fittings)]
        if transport is None and http_client is None:
            problems += settings.proxy_problems()
        elif transport is None or http_client is None:
            own = {"max_connections": max_connections, "keep_alive": keep_alive, "proxy": proxy}
            problems += (
                f"{name} has no effect with your own transport or http_client: set it there"
                for name, given in own.items()
                if given is not None
            )
        if problems:
            raise InvalidInputError(problems=problems)
        self.settings = settings
        self._owns_transport = transport is None
        self._is_copy = False
        door = _adapter(settings, http_client) if transport is None else transport
        line = open_line(
            door if before_send is None else AnnouncingTransport(door, before_send),
            settings,
            clock=clock,
            now=now,
            sleep=sleep,
            jitter=jitter,
        )
        ledger = MemoryLedger() if ledger is None else ledger
        self._assemble(line, InFlight(grace=settings.grace, sleep=sleep), ledger, KnownInputs())

    def _assemble(self, line: Line, in_flight: InFlight, ledger: Ledger, known_inputs: KnownInputs) -> None:
        """Put together what a client is made of; a copy shares the line, what is in flight, and what is known."""
        self._calls = Calls(self.settings, line)
        self._lookups = Lookups(self._calls)
        self._ledger = ledger
        self._in_flight = in_flight
        writes = Writes(self._calls, in_flight)
        self._bookings = Bookings(writes, ledger)
        self._changes = Changes(writes, self._bookings)
        self._flows = Flows(self._calls, self._bookings, self._changes)
        self._inputs = NodeInputs(self._calls, known_inputs)
        self.api = self._calls.api
        """Each operation of the document, typed."""
        self.legacy = Legacy(self._calls, self._bookings)
        """The legacy calls and booking with params."""

    @suggesting
    def with_options(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        settle: float | None = None,
        token_fence: bool | None = None,
        check_inputs: bool | None = None,
        gate: Gate | None = None,
    ) -> Self:
        """Return a client with other settings; this one stays as it is.

        Both share the connections, the bookings in flight and `unsettled`. Closing the copy closes nothing: the
        connections belong to the parent. *gate* is passed by every request of the copy: `exchange/gates.py` says how.
        """
        api_key = hidden(api_key)
        copy = object.__new__(type(self))
        copy.settings = self.settings.changed(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            settle=settle,
            token_fence=token_fence,
            check_inputs=check_inputs,
        )
        refuse(copy.settings.problems())
        copy._owns_transport = False
        copy._is_copy = True
        line = self._calls.line if gate is None else self._calls.line.through(gate)
        copy._assemble(line, self._in_flight, self._ledger, self._inputs.known)
        return copy

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def connect(self, *, connections: int = 1, trigger_nodes: Collection[str] = ()) -> None:
        """Open so many connections and shake hands ahead, so that the first calls need not.

        They are kept `keep_alive` seconds. Over a transport or http_client of yours, which have no way to do it, none
        is opened. Nothing is sent but the questions for the inputs of *trigger_nodes* that are not known yet: a booking
        then need not ask for them, for `inputs_ttl` seconds; those that cannot be had are passed over. Raises
        NotSentError when a connection cannot be made within `timeout`.
        """
        problems: list[str] = []
        if isinstance(connections, bool) or not isinstance(connections, int) or connections < 1:  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
            problems.append("connections must be a whole number from 1 on")
        refuse([*problems, *list_problem("trigger_nodes", trigger_nodes, "names of trigger nodes", kind=str)])
        await self._calls.connect(connections)
        await self._inputs.learn(trigger_nodes)

    async def close(self) -> None:
        """Wait for bookings and changes in flight, `grace` at most, then close the connections that this client opened.

        What is still in flight then has an unknown outcome. Calling it again does nothing.
        """
        self._in_flight.closed = self._in_flight.closed or not self._is_copy
        try:
            await self._in_flight.finish()
        finally:
            if not self._is_copy:
                self._inputs.known.close()
            if self._owns_transport:
                await self._calls.line.transport.close()

    def __enter__(self) -> Never:
        raise TypeError("a client is opened by `async with BookIt(...) as client:`, not by a plain `with`")

    __exit__ = None  # so that type checkers refuse it, too

    def __repr__(self) -> str:
        settings = getattr(self, "settings", None)  # error trackers ask it of a client that is not made yet, too
        return f"{type(self).__name__}({f'base_url={settings.base_url!r}' if settings else ''})"

    async def inputs(self, trigger_node: str, *, refresh: bool = False) -> TriggerInputs:
        """Return the inputs that a trigger node declares; TriggerNodeNotFoundError for an unknown one.

        The answer is kept for `inputs_ttl` seconds, so that asking again is free; *refresh* asks anew.
        """
        kept = None if refresh else self._inputs.kept(trigger_node)
        return await self._inputs.ask(trigger_node) if kept is None else kept

    async def route(
        self, trigger_node: str, prospect: Mapping[str, Any], *, uid: str | None = None
    ) -> Offer | Redirected | NotRouted | NoAvailability:
        """Route a prospect and give what the graph decided.

        Args:
            trigger_node: The trigger node's exact name.
            prospect: Values by input name, see `inputs`; None leaves an input empty on purpose. A value of the wrong
                type and a name spelt only nearly as an input is are found before anything is routed (`check_inputs`);
                what is missing is the service's to judge.
            uid: The BookIt Log ID, a UUID unique to this submission; None makes one. Keep it with the prospect's CRM
                record: the outcome has it.

        Raises TriggerNodeNotFoundError, MissingInputError and HostNotReadyError.
        """
        prospect = hidden(prospect)
        with self._calls.within_deadline():
            data = await self._inputs.checked(trigger_node, prospect, others=uid_problem(uid), strictly=False)
            return await self._flows.route(trigger_node, data, uid=read_uid(uid))

    async def availability(
        self,
        *,
        token: str | None = None,
        link_id: str | None = None,
        meeting_id: str | None = None,
        uid: str | None = None,
        prospect: Mapping[str, Any] | None = None,
    ) -> Offer | NoAvailability:
        """Return the open slots for exactly one of a routed token, a BookIt Link and a meeting to reschedule.

        With a token from `offer.to_dict()` another process goes on where the first one was: *uid* is handed on to the
        outcome, and *prospect*, what was routed, fills the form where nothing else does.

        Raises TokenSpentError once a meeting was booked with the token, LinkNotFoundError, LinkUnsupportedError and
        MeetingNotFoundError; InvalidInputError before anything is sent.
        """
        prospect, context = hidden(prospect), HiddenMapping(token=token, link_id=link_id, meeting_id=meeting_id)
        del token
        data, problems = read_prospect({} if prospect is None else prospect)
        problems += [*bare_address(data), *uid_problem(uid)]
        if sum(one is not None for one in context.values()) != 1:
            problems.append("give exactly one of token, link_id and meeting_id")
        refuse(problems, operation="fetch_availability")
        uid = None if uid is None else read_uid(uid)
        return await self._flows.availability(context, uid=uid, prospect=data)

    async def meeting(self, meeting_id: str) -> Meeting:
        """Return one meeting; MeetingNotFoundError for an unknown id."""
        return await self._lookups.meeting(meeting_id)

    async def meetings(
        self,
        prospect_email: str,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        status: Literal["scheduled", "rescheduled", "canceled"] | None = None,
    ) -> list[Meeting]:
        """Return the meetings of a prospect.

        Args:
            prospect_email: The prospect's email address.
            start: Earliest scheduled start, an aware datetime or ISO 8601 text with an offset. None leaves it to the
                service, whose documentation disagrees with itself on whether that means all meetings or those from now
                on: give it wherever that matters.
            end: Latest scheduled start, likewise; None for no bound.
            status: Lifecycle status; None for any.
        """
        prospect_email, start, end = hidden(prospect_email), hidden(start), hidden(end)
        return await self._lookups.meetings(prospect_email, start=start, end=end, status=status)

    async def book(
        self,
        trigger_node: str,
        prospect: Mapping[str, Any],
        *,
        timezone: Zone,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        uid: str | None = None,
    ) -> Booked | Redirected | NotRouted | NoAvailability:
        """Route a prospect, choose one of the open slots and book it.

        Args:
            trigger_node: The trigger node's exact name.
            prospect: Values by input name, see `inputs`; also fills the booking form where nothing else does.
            timezone: The prospect's IANA time zone name; used only to write the confirmation mail.
            slot: A chooser such as `earliest()` or `between(...)`, or the aware datetime at which the slot starts.
            answers: Form answers by field name; they overrule everything else.
            guests: Email addresses of more people to invite.
            uid: The BookIt Log ID, a UUID unique to this submission; None makes one.

        Raises what `route` and `Offer.book` raise. What can be known to be wrong is found before anything is sent.
        """
        prospect, answers, guests = hidden(prospect), hidden(answers), hidden(guests)
        others = [*order_problems(timezone, slot, answers, guests), *uid_problem(uid)]
        with self._calls.within_deadline():
            data = await self._inputs.checked(trigger_node, prospect, others=others, strictly=not has_email(answers))
            return await self._flows.book(
                trigger_node,
                data,
                uid=read_uid(uid),
                slot=slot,
                timezone=timezone,
                answers=answers,
                guests=guests,
            )

    async def book_link(
        self,
        link_id: str,
        *,
        timezone: Zone,
        slot: SlotChoice = earliest(),
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        once: bool = False,
    ) -> Booked | NoAvailability:
        """Book a slot of a BookIt Link.

        Args:
            link_id: The path segment after `/l/` in the link's URL; single-meeting-type links only.
            timezone: The prospect's IANA time zone name; used only to write the confirmation mail.
            slot: A chooser such as `earliest()`, or the aware datetime at which the slot starts.
            answers: Form answers by field name; a link knows nothing of the prospect, so name and email go here.
            guests: Email addresses of more people to invite.
            once: Whether the prospect's meetings are looked at before anything is sent: one with a host of the link
                that *slot* would take is the answer (`Booked.recovered`), whether its time is still open or not, so
                that asking again, in another process too, does not book twice.

        Raises what `availability` and `Offer.book` raise.
        """
        answers, guests = hidden(answers), hidden(guests)
        refuse(order_problems(timezone, slot, answers, guests))
        return await self._flows.book_link(
            link_id, slot=slot, timezone=timezone, answers=answers, guests=guests, once=once
        )

    async def reschedule(
        self, meeting_id: str, *, timezone: Zone, slot: SlotChoice = earliest()
    ) -> Meeting | NoAvailability:
        """Move a meeting to another of its host's open slots and give it as it is then.

        Args:
            meeting_id: The meeting to move.
            timezone: The prospect's IANA time zone name; used only to write the mail.
            slot: A chooser such as `nearest(...)`, or the aware datetime at which the slot starts.

        NoAvailability when there is no slot, or none that the chooser wants; what is open includes the time that the
        meeting has now. Raises MeetingNotFoundError and SlotTakenError.

        After OutcomeUnknownError, and when the caller is cancelled, the meeting may have moved or not, and nothing is
        left in `unsettled`: `meeting` tells, and asking again for the same time is safe.
        """
        refuse([*id_problem(meeting_id), *zone_problem(timezone), *choice_problem(slot)])
        return await self._flows.reschedule(meeting_id, slot=slot, timezone=timezone)

    async def cancel(self, meeting_id: str) -> None:
        """Cancel a meeting. One that is canceled already is no error; MeetingNotFoundError for an unknown id.

        After OutcomeUnknownError, and when the caller is cancelled, it may be canceled or not: asking again is safe.
        """
        refuse([*id_problem(meeting_id)])
        await self._changes.cancel(meeting_id)

    def resume(self, offer: Offer) -> Offer:
        """Return an offer that has travelled, in a pickle or from another client, as one of this client's.

        Its slots are as they were: `offer.refresh()` looks again. Nothing is sent.
        """
        if not isinstance(offer, Offer):  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
            raise InvalidInputError(problems=["offer must be an Offer"])
        return evolve(offer, keeper=self._bookings)

    @property
    def transport(self) -> Transport:
        """Return what sends the requests, as it is: nothing is checked, repeated or told there. For diagnosing."""
        return self._calls.line.transport.inner

    @property
    def odd_values(self) -> tuple[OddValue, ...]:
        """Return what answers held that is not as documented, and was no reason to fail: each place once, oldest first.

        Paths and types, never values. Such a value reads as None and is written back as it came; a warning is logged
        the first time. Copies of a client share them; 1,000 are kept.
        """
        return tuple(self._calls.line.odd_values)

    @property
    def unsettled(self) -> tuple[Unsettled, ...]:
        """Bookings whose callers were cancelled, the oldest first; `settle` takes them off the list.

        The last 10,000 are kept; a warning is logged for each that is dropped.
        """
        return self._ledger.unsettled

    async def send(self, prepared: Prepared, *, perhaps_sent: bool | datetime = False) -> Booked:
        """Book what `Offer.prepare` made ready, here or in another process, and return the meeting.

        Args:
            prepared: One slot with the filled form.
            perhaps_sent: Whether it may have been sent before, by a process that is gone: then it is looked for before
                anything is sent, for `settle` seconds at most, and a spent token means that the meeting is its own. An
                aware datetime says when it may last have been sent; True means just now.

        Raises what `Offer.book` raises; a SlotTakenError holds no offer, for the next preference is yours to choose.
        """
        refuse(sending_problems(prepared, perhaps_sent))
        return await self._bookings.send(prepared, perhaps_sent=perhaps_sent)

    async def settle(
        self, lost: OutcomeUnknownError | Unsettled | PendingBooking, *, not_ours: Collection[str] = ()
    ) -> Booked | None:
        """Find out what became of a booking that was left open, by this client or by another one.

        Args:
            lost: What was left, as it is, from a pickle or from `from_dict`.
            not_ours: Ids of meetings that are surely not this booking's.

        Returns the meeting, or None when surely nothing was booked, so that it may be tried again. Raises
        OutcomeUnknownError, which says why, when that cannot be told before the deadline; it stays in `unsettled`.
        """
        booking = booking_in(lost)
        refuse(list_problem("not_ours", not_ours, "meeting ids", kind=str))
        return await self._bookings.settle(lost, booking, not_ours)


def _now() -> datetime:
    return datetime.now(UTC)


def _adapter(settings: Settings, http_client: HttpxClient | None) -> Transport:
    if http_client is not None:
        adapter: Transport = _httpx_adapter().HttpxTransport(http_client)
        return adapter
    from .transports.aiohttp_transport import AiohttpTransport

    return AiohttpTransport(
        max_connections=settings.max_connections,
        keep_alive=settings.keep_alive,
        proxy=settings.proxy,
        trust_env=settings.trust_env,
    )


def _httpx_adapter() -> Any:
    try:
        return import_module(".transports.httpx_transport", __package__)
    except ModuleNotFoundError:
        raise ImportError("http_client= needs the adapter for httpx: vendor it, too, with `--with httpx`") from None
