"""One short method for each thing that the API does."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import uuid4

from ._generated.api.availability.fetch_availability import fetch_availability
from ._generated.api.availability.route_and_fetch_availability import route_and_fetch_availability
from ._generated.api.legacy.legacy_retrieve_info import legacy_retrieve_info
from ._generated.errors import WrongTypeError
from ._generated.models import AvailabilityPage
from ._generated.types import Call
from .errors import InvalidInputError, ResponseInvalidError
from .execution import Executor
from .forms import is_email
from .inputs import TriggerInputs, prospect_problems, read_inputs
from .meetings import Meeting, id_problem, read_bound, read_meeting, read_meetings
from .offers import Offer, read_offer
from .outcomes import Booked, NoAvailability, NotRouted, Redirected
from .pages import Page, read_page, read_routed
from .slots import SlotChoice
from .times import to_wire_text


class Client(Executor, ABC):
    """The operations of the API, a method each; `BookIt` adds the flows that chain them."""

    async def inputs(self, trigger_node: str, *, refresh: bool = False) -> TriggerInputs:
        """Give the inputs that a trigger node declares; TriggerNodeNotFoundError for an unknown one.

        The answer is kept for `inputs_ttl` seconds, so that asking again is free; *refresh* asks anew.
        """
        kept = None if refresh else self._kept_inputs(trigger_node)
        if kept is None:
            kept = read_inputs(await self.api.retrieve_inputs(node_name=trigger_node), asked=trigger_node)
            self._inputs[trigger_node] = self._clock() + self.settings.inputs_ttl, kept
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
        call = route_and_fetch_availability(trigger_node=trigger_node, uid=uid, prospect=data)
        routing, page = (await self._answer(call, read_routed)).value
        if page is not None:
            return read_offer(
                page,
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
        page = await self.page(fetch_availability(token=token, link_id=link_id, meeting_id=meeting_id))
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

    async def page(self, call: Call[AvailabilityPage]) -> Page:
        """Execute a call whose answer is a page, read as far as an offer needs it."""
        return (await self._answer(call, read_page)).value

    async def refresh_offer(self, offer: Offer) -> Offer | NoAvailability:
        """Give an offer's slots as they are now; `Offer.refresh` calls this."""
        if offer.params is not None:
            page = await self.page(legacy_retrieve_info(params=offer.params))
        else:
            page = await self.page(
                fetch_availability(token=offer.token, link_id=offer.link_id, meeting_id=offer.meeting_id)
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


def _check(meeting_id: str, operation: str) -> None:
    if problems := tuple(id_problem(meeting_id)):
        raise InvalidInputError(problems=problems, operation=operation)
