"""From an operation and its raw parts to the service's method and back to plain JSON, by the generated models."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from attrs import field, frozen

from ..._generated.errors import WrongTypeError
from ..._generated.models import (
    BookMeetingRequest,
    BookRoundRobinMeetingRequest,
    FetchAvailabilityRequest,
    LegacyRetrieveInfoRequest,
    LegacyRetrieveModificationInfoRequest,
    LegacyRouteRequest,
    RescheduleMeetingRequest,
    RetrieveInputsRequest,
    RouteAndFetchAvailabilityRequest,
)
from ..service.queries import MeetingQuery
from ..service.refusals import Refusal, invalid, missing_input
from ..service.service import Service
from .tolerance import unfamiliar


@frozen(kw_only=True)
class Incoming:
    """What a call brings: its operationId, what stands at the braces of its path, its query, its decoded body."""

    operation_id: str
    in_path: tuple[str, ...] = ()
    query: Mapping[str, str] = field(factory=dict[str, str])
    body: object = None


class Answer(Protocol):
    """A generated model."""

    def to_dict(self) -> dict[str, Any]: ...


METHODS: Mapping[str, Callable[[Service, Incoming], Answer | Sequence[Answer] | None]] = {
    "retrieveInputs": lambda service, call: service.retrieve_inputs(RetrieveInputsRequest.read(call.body)),
    "routeAndFetchAvailability": lambda service, call: service.route_and_fetch_availability(
        RouteAndFetchAvailabilityRequest.read(call.body)
    ),
    "fetchAvailability": lambda service, call: service.fetch_availability(FetchAvailabilityRequest.read(call.body)),
    "bookMeeting": lambda service, call: service.book_meeting(BookMeetingRequest.read(call.body)),
    "bookRoundRobinMeeting": lambda service, call: service.book_round_robin_meeting(
        BookRoundRobinMeetingRequest.read(call.body)
    ),
    "listMeetings": lambda service, call: service.list_meetings(MeetingQuery.read(call.query)),
    "getMeeting": lambda service, call: service.get_meeting(call.in_path[0]),
    "rescheduleMeeting": lambda service, call: service.reschedule_meeting(
        call.in_path[0], RescheduleMeetingRequest.read(call.body)
    ),
    "cancelMeeting": lambda service, call: service.cancel_meeting(call.in_path[0]),
    "legacyRoute": lambda service, call: service.legacy_route(LegacyRouteRequest.read(call.body)),
    "legacyRetrieveInfo": lambda service, call: service.legacy_retrieve_info(LegacyRetrieveInfoRequest.read(call.body)),
    "legacyRetrieveModificationInfo": lambda service, call: service.legacy_retrieve_modification_info(
        LegacyRetrieveModificationInfoRequest.read(call.body)
    ),
}


def answer(service: Service, incoming: Incoming) -> object:
    """The service's answer as JSON values in the shapes of its world, None for an empty body.

    Raises `Refusal`, also for a request of the wrong shape.
    """
    try:
        result = METHODS[incoming.operation_id](service, incoming)
    except WrongTypeError as error:
        raise _wrong_shape(error) from None
    if result is None:
        return None
    if not isinstance(result, Sequence):
        plain: object = result.to_dict()
    else:
        plain = [one.to_dict() for one in result]
        if service.world.list_shape == "wrapped":
            plain = {"meetings": plain}
    return unfamiliar(plain) if service.world.tolerant else plain


def _wrong_shape(error: WrongTypeError) -> Refusal:
    where = error.path.removeprefix("$").removeprefix(".") or "the request body"
    if error.expected == "present":
        return missing_input(where)
    return invalid(f"{where} must be of type {error.expected}")
