"""The table of operations, reading answers, and the `Api` methods over it."""

import inspect
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import attrs
import pytest

from bookit_async._generated import models
from bookit_async._generated.api import OPERATIONS
from bookit_async._generated.client import Api
from bookit_async._generated.errors import WrongTypeError
from bookit_async._generated.types import Call, Operation

T = TypeVar("T")

TABLE: tuple[tuple[str, str, str, str, type[Any] | None, type[Any] | None], ...] = (
    (
        "retrieveInputs",
        "retrieve_inputs",
        "POST",
        "/v1/scheduling/retrieve-inputs",
        models.RetrieveInputsRequest,
        models.TriggerNodeInputs,
    ),
    (
        "routeAndFetchAvailability",
        "route_and_fetch_availability",
        "POST",
        "/v1/scheduling/route-and-fetch-availability",
        models.RouteAndFetchAvailabilityRequest,
        models.RoutedAvailability,
    ),
    (
        "fetchAvailability",
        "fetch_availability",
        "POST",
        "/v1/scheduling/fetch-availability",
        models.FetchAvailabilityRequest,
        models.AvailabilityPage,
    ),
    ("bookMeeting", "book_meeting", "POST", "/v1/meeting", models.BookMeetingRequest, models.BookedMeeting),
    (
        "bookRoundRobinMeeting",
        "book_round_robin_meeting",
        "POST",
        "/v1/round-robin-meeting",
        models.BookRoundRobinMeetingRequest,
        models.BookedRoundRobinMeeting,
    ),
    ("listMeetings", "list_meetings", "GET", "/v1/meetings", None, None),
    ("getMeeting", "get_meeting", "GET", "/v1/meeting/{meetingId}", None, models.Meeting),
    (
        "rescheduleMeeting",
        "reschedule_meeting",
        "PATCH",
        "/v1/meeting/{meetingId}",
        models.RescheduleMeetingRequest,
        models.RescheduledMeeting,
    ),
    ("cancelMeeting", "cancel_meeting", "DELETE", "/v1/meeting/{meetingId}", None, None),
    (
        "legacyRoute",
        "legacy_route",
        "POST",
        "/v1/scheduling/route",
        models.LegacyRouteRequest,
        models.LegacyRouting,
    ),
    (
        "legacyRetrieveInfo",
        "legacy_retrieve_info",
        "POST",
        "/v1/scheduling/retrieve-info",
        models.LegacyRetrieveInfoRequest,
        models.AvailabilityPage,
    ),
    (
        "legacyRetrieveModificationInfo",
        "legacy_retrieve_modification_info",
        "POST",
        "/v1/scheduling/retrieve-modification-info",
        models.LegacyRetrieveModificationInfoRequest,
        models.AvailabilityPage,
    ),
)
IDS = [row[0] for row in TABLE]
METHODS = [name for name in vars(Api) if not name.startswith("_")]


class Recorder:
    """Executes nothing: keeps the call and gives what it was told to give."""

    def __init__(self, answer: object) -> None:
        self.answer: Any = answer
        self.calls: list[Call[Any]] = []

    async def __call__(self, call: Call[T], /) -> T:
        self.calls.append(call)
        answer: T = self.answer
        return answer


def builder(operation: Operation[Any]) -> Callable[..., Call[Any]]:
    """The function that builds the operation's call."""
    modules = [
        module
        for name, module in sys.modules.items()
        if name.startswith("bookit_async._generated.api.") and name.endswith(f".{operation.name}")
    ]
    found: Callable[..., Call[Any]] = getattr(modules[0], operation.name)
    return found


def arguments(function: Callable[..., object]) -> dict[str, Any]:
    """A value of the right kind for each argument, all of them set."""
    values: dict[str, Any] = {
        "scheduled_time": models.SelectedPoolTime(start_time=1, end_time=2, timezone="UTC", users=["005a"]),
        "user_fields": [models.UserField(name="Email", type_="text", value="ada@example.com")],
        "prospect": {"Email": "ada@example.com"},
        "form_data": {"email": "ada@example.com"},
    }
    return {name: values.get(name, f"a {name}") for name in inspect.signature(function).parameters if name != "self"}


def test_the_table_has_the_twelve_operations() -> None:
    assert sorted(OPERATIONS) == sorted(IDS)
    assert len(OPERATIONS) == 12
    assert [key for key, operation in OPERATIONS.items() if operation.id != key] == []


@pytest.mark.parametrize(("operation_id", "name", "method", "path", "request_", "answer"), TABLE, ids=IDS)
def test_the_operation_is_described(  # noqa: PLR0917 - one argument for each column of the table
    operation_id: str, name: str, method: str, path: str, request_: type[Any] | None, answer: type[Any] | None
) -> None:
    operation = OPERATIONS[operation_id]
    assert (operation.id, operation.name, operation.method, operation.path) == (operation_id, name, method, path)
    assert operation.request == (request_.read if request_ else None)
    assert getattr(operation.body, "__name__", None) == (f"{request_.__name__}Json" if request_ else None)
    assert operation.has_answer == (operation_id != "cancelMeeting")
    if answer:
        read = operation.decode(b"{}")
        assert (type(read), read.to_dict()) == (answer, {})


def test_an_operation_cannot_be_changed() -> None:
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        OPERATIONS["getMeeting"].path = "/"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


@pytest.mark.parametrize("content", [b"", b"{}", b"anything"])
def test_a_cancellation_has_no_answer_to_decode(content: bytes) -> None:
    assert OPERATIONS["cancelMeeting"].decode(content) is None


@pytest.mark.parametrize(
    ("content", "written"),
    [
        (b"[]", []),
        (b'[null,{"id":"m","new":null}]', [{"id": "m", "new": None}]),
        (b'[{"bookIt":{"status":"lost"}}]', [{"bookIt": {"status": "lost"}}]),
    ],
)
def test_a_list_of_meetings_is_decoded(content: bytes, written: list[Any]) -> None:
    assert [meeting.to_dict() for meeting in OPERATIONS["listMeetings"].decode(content)] == written


def test_an_object_with_meetings_is_left_to_its_reader() -> None:
    assert OPERATIONS["listMeetings"].decode(b'{"meetings":[{"id":"m"}],"next":null}') == {"meetings": [{"id": "m"}]}


@pytest.mark.parametrize("operation_id", [one for one in IDS if one != "cancelMeeting"])
@pytest.mark.parametrize("content", [b"", b"<html>", b'{"meetingId":', b"\xff"])
def test_what_is_no_json_is_a_value_error(operation_id: str, content: bytes) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        OPERATIONS[operation_id].decode(content)
    assert not isinstance(caught.value, WrongTypeError)


@pytest.mark.parametrize("operation_id", [one for one in IDS if one != "cancelMeeting"])
@pytest.mark.parametrize("content", [b"null", b'"text"', b"1"])
def test_json_of_another_shape_is_a_wrong_type_at_the_root(operation_id: str, content: bytes) -> None:
    with pytest.raises(WrongTypeError) as caught:
        OPERATIONS[operation_id].decode(content)
    assert caught.value.path == "$"


def test_there_is_a_method_for_each_operation_and_no_other() -> None:
    assert sorted(METHODS) == sorted(operation.name for operation in OPERATIONS.values())


@pytest.mark.parametrize("operation_id", IDS)
async def test_a_method_gives_its_call_to_the_function_that_executes_it(operation_id: str) -> None:
    operation = OPERATIONS[operation_id]
    answer = object()
    execute = Recorder(answer)
    method: Callable[..., Any] = getattr(Api(execute), operation.name)
    given = arguments(method)
    assert await method(**given) is answer
    [call] = execute.calls
    expected = builder(operation)(**given)
    assert call.operation is operation
    assert (call.path, call.query, call.body) == (expected.path, expected.query, expected.body)
    told = f"{call.path} {call.query} {call.body}".replace("%20", " ")
    assert [name for name, value in given.items() if isinstance(value, str) and value not in told] == []


@pytest.mark.parametrize("operation_id", IDS)
def test_a_method_has_the_signature_and_the_docstring_of_its_function(operation_id: str) -> None:
    name = OPERATIONS[operation_id].name
    method, function = getattr(Api, name), builder(OPERATIONS[operation_id])
    of_method, of_function = inspect.signature(method), inspect.signature(function)
    assert list(of_method.parameters.values())[1:] == list(of_function.parameters.values())
    assert f"Call[{of_method.return_annotation}]" == of_function.return_annotation
    assert inspect.getdoc(method) == inspect.getdoc(function)
    documented = inspect.getdoc(function) or ""
    assert [argument for argument in of_function.parameters if f"\n    {argument}: " not in documented] == []
