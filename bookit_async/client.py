"""The client: it opens, it closes, and it has one short method for each thing that the API does."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from random import random
from time import monotonic
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar
from uuid import uuid4

import orjson
from attrs import frozen

from ._generated.client import Api
from ._generated.errors import WrongTypeError
from ._generated.types import Call
from .deadlines import Deadline, within
from .error_rules import REQUEST_ID_HEADER, classify
from .errors import InvalidInputError, NotSentError, OutcomeUnknownError, ResponseInvalidError
from .forms import is_email
from .inputs import TriggerInputs, prospect_problems, read_inputs
from .meetings import Meeting, id_problem, read_bound, read_meeting, read_meetings
from .offers import Offer, read_offer
from .outcomes import Booked, NoAvailability, NotRouted, Redirected
from .outgoing import outgoing
from .retries import RETRIES, WRITES, RetryPolicy
from .settings import GRACE, INPUTS_TTL, MAX_CONNECTIONS, Settings
from .slots import SlotChoice
from .telemetry import observed
from .times import to_wire_text
from .transports import Transport, TransportFailure, WireResponse
from .transports.httpx_transport import HttpxClient, HttpxTransport
from .transports.repeating import RepeatingTransport

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@frozen(kw_only=True)
class Answer(Generic[T_co]):
    """What an operation gave, and the gateway's `x-amzn-requestid`, None when absent."""

    value: T_co
    request_id: str | None


class Client(ABC):
    """The operations of the API, a method each; `BookIt` adds the flows that chain them.

    Args:
        api_key: Issued by LeanData; None reads BOOKIT_API_KEY. Server side only.
        base_url: None reads BOOKIT_BASE_URL, then takes the real service.
        timeout: Seconds for one request.
        deadline: Seconds for a whole call, however many requests and waits it takes.
        settle: Seconds to wait for a booking that has no witness to show up, before it counts as not processed.
        retries: How often and how far apart a request is sent again, where that is safe.
        grace: Seconds that a booking in flight may still take when its caller is cancelled or the client closed.
        max_connections: Connections kept open at most.
        inputs_ttl: Seconds for which the inputs of a trigger node are kept.
        allow_insecure: Whether `http://` may go to another machine than this one, which shows it the API key.
        transport: Sends the requests instead of aiohttp, for example `Sandbox().transport`; it is not closed here.
        http_client: An `httpx.AsyncClient`, or one that works alike, that sends the requests instead of aiohttp; it is
            not closed here.
        clock: Gives seconds from any origin, never going back; for tests, like the next two.
        sleep: Waits that many seconds.
        jitter: Gives a random number from 0 to 1.

    Every method raises AuthenticationError, RateLimitError, ServerError, NotSentError, OutcomeUnknownError and
    ResponseInvalidError besides what it names, and InvalidInputError before anything is sent.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        base_url: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        settle: float | None = None,
        retries: RetryPolicy = RETRIES,
        grace: float = GRACE,
        max_connections: int = MAX_CONNECTIONS,
        inputs_ttl: float = INPUTS_TTL,
        allow_insecure: bool = False,
        transport: Transport | None = None,
        http_client: HttpxClient | None = None,
        clock: Callable[[], float] = monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random,
    ) -> None:
        self.settings = Settings.read(
            api_key=api_key,
            base_url=base_url,
            timeout=timeout,
            deadline=deadline,
            settle=settle,
            allow_insecure=allow_insecure,
        )
        if transport is not None and http_client is not None:
            raise InvalidInputError(problems=["transport and http_client are both given: give one"])
        self._owns_transport = transport is None
        self._clock = clock
        self._grace = grace
        self._inputs_ttl = inputs_ttl
        self._transport = RepeatingTransport(
            transport or _adapter(max_connections, http_client), policy=retries, sleep=sleep, jitter=jitter
        )
        self._start()

    def _start(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inputs: dict[str, tuple[float, TriggerInputs]] = {}
        self._in_flight: set[asyncio.Task[Any]] = set()
        self._unsettled: list[Any] = []
        self.api = Api(self._execute)

    def with_options(
        self,
        *,
        api_key: str | None = None,
        base_url: str | None = None,
        timeout: float | None = None,
        deadline: float | None = None,
        settle: float | None = None,
    ) -> Self:
        """Give a client with other settings that shares this one's connections; this one stays as it is.

        Closing the copy closes nothing: the connections belong to the parent.
        """
        copy = object.__new__(type(self))
        copy.settings = self.settings.changed(
            api_key=api_key, base_url=base_url, timeout=timeout, deadline=deadline, settle=settle
        )
        copy._owns_transport = False
        copy._transport = self._transport
        copy._clock = self._clock
        copy._grace = self._grace
        copy._inputs_ttl = self._inputs_ttl
        copy._start()
        return copy

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait a short time for bookings in flight, then close the connections that this client opened.

        Calling it again does nothing.
        """
        if self._in_flight:
            await asyncio.wait(self._in_flight, timeout=self._grace)
        if self._owns_transport:
            await self._transport.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(base_url={self.settings.base_url!r})"

    async def inputs(self, trigger_node: str, *, refresh: bool = False) -> TriggerInputs:
        """Give the inputs that a trigger node declares; TriggerNodeNotFoundError for an unknown one.

        The answer is kept for `inputs_ttl` seconds, so that asking again is free; *refresh* asks anew.
        """
        kept = None if refresh else self._kept_inputs(trigger_node)
        if kept is None:
            kept = read_inputs(await self.api.retrieve_inputs(node_name=trigger_node), asked=trigger_node)
            self._inputs[trigger_node] = self._clock() + self._inputs_ttl, kept
        return kept

    def _kept_inputs(self, trigger_node: str) -> TriggerInputs | None:
        key = trigger_node if isinstance(trigger_node, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        until, kept = self._inputs.get(key, (0.0, None))
        return kept if self._clock() < until else None

    async def route(
        self, trigger_node: str, prospect: Mapping[str, Any], *, uid: str | None = None
    ) -> Offer | Redirected | NotRouted | NoAvailability:
        """Route a prospect and give what the graph decided.

        Args:
            trigger_node: The trigger node's exact name.
            prospect: Values by input name, see `inputs`; None leaves an input empty on purpose. When this client has
                asked for the node's inputs, what is missing or of the wrong type is found before anything is sent.
            uid: The BookIt Log ID, a UUID unique to this submission; None makes one. Keep it with the prospect's CRM
                record: the outcome has it.

        Raises TriggerNodeNotFoundError, MissingInputError and HostNotReadyError.
        """
        kept = self._kept_inputs(trigger_node)
        problems = [*prospect_problems(prospect)] if kept is None else [*kept.refusals(prospect)]
        if problems:
            raise InvalidInputError(problems=problems, operation="route_and_fetch_availability")
        uid = str(uuid4()) if uid is None else uid
        data = {name: value for name, value in prospect.items() if value is not None}
        routed = await self.api.route_and_fetch_availability(trigger_node=trigger_node, uid=uid, prospect=data)
        routing = routed.routing
        if routed.scheduling is not None:
            return read_offer(
                routed.scheduling,
                keeper=self,
                token=routing.token if routing else None,
                calendar_link=routing.calendar_link if routing else None,
                uid=uid,
                prospect=prospect,
            )
        kind = (routing.response_type if routing else None) or "none"
        if kind == "calendar":
            return NoAvailability(uid=uid)
        if routing and routing.redirect:
            return Redirected(url=routing.redirect, uid=uid)
        return NotRouted(response_type=kind, uid=uid)

    async def availability(
        self,
        *,
        token: str | None = None,
        link_id: str | None = None,
        meeting_id: str | None = None,
        uid: str | None = None,
    ) -> Offer | NoAvailability:
        """Give the open slots for exactly one of a routed token, a BookIt Link and a meeting to reschedule.

        With a token from `offer.to_dict()` another process goes on where the first one was; *uid* is only handed on to
        the outcome.

        Raises TokenSpentError once a meeting was booked with the token, LinkNotFoundError, LinkUnsupportedError and
        MeetingNotFoundError.
        """
        if sum(one is not None for one in (token, link_id, meeting_id)) != 1:
            problem = "give exactly one of token, link_id and meeting_id"
            raise InvalidInputError(problems=[problem], operation="fetch_availability")
        page = await self.api.fetch_availability(token=token, link_id=link_id, meeting_id=meeting_id)
        return read_offer(page, keeper=self, token=token, link_id=link_id, meeting_id=meeting_id, uid=uid)

    async def meeting(self, meeting_id: str) -> Meeting:
        """Give one meeting; MeetingNotFoundError for an unknown id."""
        _check(meeting_id, "get_meeting")
        return read_meeting(await self.api.get_meeting(meeting_id), asked=meeting_id)

    async def meetings(
        self,
        prospect_email: str,
        *,
        start: datetime | str | None = None,
        end: datetime | str | None = None,
        status: Literal["scheduled", "rescheduled", "canceled"] | None = None,
    ) -> list[Meeting]:
        """Give the meetings of a prospect.

        Args:
            prospect_email: The prospect's email address.
            start: Earliest scheduled start, an aware datetime or ISO 8601 text with an offset. None leaves it to the
                service, whose documentation disagrees with itself on whether that means all meetings or those from now
                on: give it wherever that matters.
            end: Latest scheduled start, likewise; None for no bound.
            status: Lifecycle status; None for any.
        """
        problems = [] if is_email(prospect_email) else ["prospect_email is no email address"]
        first, last = read_bound("start", start, problems), read_bound("end", end, problems)
        if problems:
            raise InvalidInputError(problems=problems, operation="list_meetings")
        wire = await self.api.list_meetings(
            prospect_email=prospect_email,
            start=None if first is None else to_wire_text(first),
            end=None if last is None else to_wire_text(last),
            status=status,
        )
        try:
            return read_meetings(wire)
        except WrongTypeError as error:
            raise ResponseInvalidError(path=error.path, status=200, operation="list_meetings") from error

    def _deadline(self) -> AbstractContextManager[Deadline]:
        return within(self.settings.deadline, self._clock)

    def _check_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is None:
            self._loop = loop
        elif self._loop is not loop:
            problem = "this client belongs to another event loop: make one client for each loop, inside it"
            raise InvalidInputError(problems=[problem])

    async def _execute(self, call: Call[T]) -> T:
        return (await self._answer(call)).value

    async def _answer(self, call: Call[T]) -> Answer[T]:
        operation = call.operation.name
        self._check_loop()
        request = outgoing(call, self.settings)
        with self._deadline() as deadline, observed(call.operation, self._clock) as seen:
            try:
                response = await self._transport.send(
                    request,
                    operation=operation,
                    has_answer=call.operation.has_answer,
                    timeout=self.settings.timeout,
                    deadline=deadline,
                    seen=seen,
                )
            except TransportFailure as failure:
                kind = OutcomeUnknownError if failure.maybe_processed else NotSentError
                raise kind(reason=failure.reason, operation=operation) from failure
            return Answer(value=_read(call, response), request_id=seen.request_id)

    @abstractmethod
    async def book_offer(
        self,
        offer: Offer,
        slot: SlotChoice,
        *,
        timezone: str,
        answers: Mapping[str, Any] | None = None,
        guests: Sequence[str] = (),
        cancel_link: str | None = None,
        reschedule_link: str | None = None,
    ) -> Booked | NoAvailability:
        """Book a slot of an offer, for `Offer.book`; a flow."""

    async def refresh_offer(self, offer: Offer) -> Offer | NoAvailability:
        """Give an offer's slots as they are now; `Offer.refresh` calls this."""
        if offer.params is not None:
            page = await self.api.legacy_retrieve_info(params=offer.params)
        else:
            page = await self.api.fetch_availability(
                token=offer.token, link_id=offer.link_id, meeting_id=offer.meeting_id
            )
        return read_offer(
            page,
            keeper=self,
            params=offer.params,
            token=offer.token,
            link_id=offer.link_id,
            meeting_id=offer.meeting_id,
            calendar_link=offer.calendar_link,
            uid=offer.uid,
            prospect=offer.prospect,
        )


def _adapter(max_connections: int, http_client: HttpxClient | None) -> Transport:
    if http_client is not None:
        return HttpxTransport(http_client)
    from .transports.aiohttp_transport import AiohttpTransport

    return AiohttpTransport(max_connections=max_connections)


def _check(meeting_id: str, operation: str) -> None:
    if problems := tuple(id_problem(meeting_id)):
        raise InvalidInputError(problems=problems, operation=operation)


def _read(call: Call[T], response: WireResponse) -> T:
    operation, status, headers, body = call.operation, response.status, response.headers, response.body
    if status != 200:
        raise classify(operation.name, status, headers, body)
    try:
        if body and not operation.has_answer:
            orjson.loads(body)  # the page of some proxy is no answer of the service
        return operation.decode(body)
    except WrongTypeError as error:
        path = error.path
    except ValueError as error:
        if operation.name in WRITES:
            reason = "the answer was a success, but no JSON"
            raise OutcomeUnknownError(reason=reason, operation=operation.name) from error
        path = "$"
    request_id = headers.get(REQUEST_ID_HEADER)
    raise ResponseInvalidError(path=path, status=status, operation=operation.name, request_id=request_id, body=body)
