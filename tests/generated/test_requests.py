"""Building calls from typed arguments, and reading their bodies back strictly."""

import copy
from collections.abc import Iterator
from functools import reduce
from operator import getitem
from typing import Any

import orjson
import pytest
from msgspec import ValidationError
from msgspec.json import Decoder

from bookit_async._generated.api.availability.fetch_availability import fetch_availability
from bookit_async._generated.api.availability.route_and_fetch_availability import route_and_fetch_availability
from bookit_async._generated.api.inputs.retrieve_inputs import retrieve_inputs
from bookit_async._generated.api.legacy.legacy_retrieve_info import legacy_retrieve_info
from bookit_async._generated.api.legacy.legacy_retrieve_modification_info import legacy_retrieve_modification_info
from bookit_async._generated.api.legacy.legacy_route import legacy_route
from bookit_async._generated.api.meetings.book_meeting import book_meeting
from bookit_async._generated.api.meetings.book_round_robin_meeting import book_round_robin_meeting
from bookit_async._generated.api.meetings.cancel_meeting import cancel_meeting
from bookit_async._generated.api.meetings.get_meeting import get_meeting
from bookit_async._generated.api.meetings.list_meetings import list_meetings
from bookit_async._generated.api.meetings.reschedule_meeting import reschedule_meeting
from bookit_async._generated.errors import WrongTypeError
from bookit_async._generated.models import (
    NewTime,
    SelectedPoolTime,
    SelectedTime,
    UserField,
)
from bookit_async._generated.types import Call

from .. import paths

UID = "3ac6f6f3-2bbd-4401-ab12-0ee9a654b6d1"
START, END = 1746486000000, 1746486900000
TIME = SelectedTime(start_time=START, end_time=END, timezone="America/Los_Angeles")
TIME_JSON = {"start_time": START, "end_time": END, "timezone": "America/Los_Angeles"}
POOL_TIME = SelectedPoolTime(start_time=START, end_time=END, timezone="UTC", users=["005b", "005a"])
FIELDS = [
    UserField(name="First Name", type_="text", value="Zoë"),
    UserField(name="Additional Guest Emails", type_="textarea", value=["a@example.com", "b@example.com"]),
    UserField(name="Additional Guest Emails", type_="textarea", value=[]),
]
FIELDS_JSON: list[dict[str, Any]] = [
    {"name": "First Name", "type": "text", "value": "Zoë"},
    {"name": "Additional Guest Emails", "type": "textarea", "value": ["a@example.com", "b@example.com"]},
    {"name": "Additional Guest Emails", "type": "textarea", "value": []},
]
ODD_ID, ODD_ID_ENCODED = "a/b %2F ü?#", "a%2Fb%20%252F%20%C3%BC%3F%23"
PROSPECT = {"NumEmployees": 500.5, "Company": "LeanData", "Qualified": True, "nested": {"kept": [None]}}

# the call, its path, its query, its body
CALLS: tuple[tuple[Call[Any], str, list[tuple[str, str]], dict[str, Any] | None], ...] = (
    (retrieve_inputs(node_name="API Demo"), paths.INPUTS, [], {"nodeName": "API Demo"}),
    (
        route_and_fetch_availability(trigger_node="API Demo", uid=UID, prospect=PROSPECT),
        paths.ROUTE,
        [],
        {"triggerNode": "API Demo", "uid": UID, "prospect": PROSPECT},
    ),
    (
        route_and_fetch_availability(trigger_node="", uid="", prospect={}),
        paths.ROUTE,
        [],
        {"triggerNode": "", "uid": "", "prospect": {}},
    ),
    (fetch_availability(token="t/+=="), paths.AVAILABILITY, [], {"token": "t/+=="}),
    (fetch_availability(link_id="l"), paths.AVAILABILITY, [], {"linkId": "l"}),
    (fetch_availability(meeting_id=ODD_ID), paths.AVAILABILITY, [], {"meetingId": ODD_ID}),
    (fetch_availability(), paths.AVAILABILITY, [], {}),
    (
        book_meeting(scheduled_time=TIME, user_fields=FIELDS, token="t"),
        "/v1/meeting",
        [],
        {"scheduledTime": TIME_JSON, "userFields": FIELDS_JSON, "token": "t"},
    ),
    (
        book_meeting(
            scheduled_time=TIME,
            user_fields=[],
            params="p",
            cancel_link="https://example.com/cancel/",
            reschedule_link="https://example.com/move?meetingId=",
        ),
        "/v1/meeting",
        [],
        {
            "scheduledTime": TIME_JSON,
            "userFields": [],
            "params": "p",
            "cancelLink": "https://example.com/cancel/",
            "rescheduleLink": "https://example.com/move?meetingId=",
        },
    ),
    (
        book_round_robin_meeting(scheduled_time=POOL_TIME, user_fields=FIELDS, link_id="l"),
        "/v1/round-robin-meeting",
        [],
        {
            "scheduledTime": {"start_time": START, "end_time": END, "timezone": "UTC", "users": ["005b", "005a"]},
            "userFields": FIELDS_JSON,
            "linkId": "l",
        },
    ),
    (list_meetings(prospect_email="a+b@example.com"), "/v1/meetings", [("prospectEmail", "a+b@example.com")], None),
    (
        list_meetings(
            prospect_email="ä@example.com", start=START, end="2026-01-31T00:00:00.000Z", status="rescheduled"
        ),
        "/v1/meetings",
        [
            ("prospectEmail", "ä@example.com"),
            ("start", "1746486000000"),
            ("end", "2026-01-31T00:00:00.000Z"),
            ("status", "rescheduled"),
        ],
        None,
    ),
    (
        list_meetings(prospect_email="a", start=0, end=END),
        "/v1/meetings",
        [("prospectEmail", "a"), ("start", "0"), ("end", "1746486900000")],
        None,
    ),
    (get_meeting("91s64s27"), "/v1/meeting/91s64s27", [], None),
    (get_meeting(ODD_ID), f"/v1/meeting/{ODD_ID_ENCODED}", [], None),
    (get_meeting("{meetingId}"), "/v1/meeting/%7BmeetingId%7D", [], None),
    (
        reschedule_meeting(ODD_ID, scheduled_time=NewTime(start_time=START, end_time=END)),
        f"/v1/meeting/{ODD_ID_ENCODED}",
        [],
        {"scheduledTime": {"start_time": START, "end_time": END}},
    ),
    (
        reschedule_meeting("m", scheduled_time=NewTime(start_time=START, end_time=END, timezone="UTC")),
        "/v1/meeting/m",
        [],
        {"scheduledTime": {"start_time": START, "end_time": END, "timezone": "UTC"}},
    ),
    (cancel_meeting(ODD_ID), f"/v1/meeting/{ODD_ID_ENCODED}", [], None),
    (
        legacy_route(ld_node_name="API Demo", ld_uid=UID, form_data={"state": "California"}),
        paths.LEGACY_ROUTE,
        [],
        {"_ld_nodeName": "API Demo", "_ld_uid": UID, "formData": {"state": "California"}},
    ),
    (legacy_retrieve_info(params="p/+=="), paths.LEGACY_INFO, [], {"params": "p/+=="}),
    (
        legacy_retrieve_modification_info(event_id="m"),
        paths.LEGACY_MODIFICATION,
        [],
        {"eventId": "m"},
    ),
    (
        legacy_retrieve_modification_info(event_id="m", meeting_id="m"),
        paths.LEGACY_MODIFICATION,
        [],
        {"eventId": "m", "meetingId": "m"},
    ),
)
WITH_BODY = [call for call, _, _, body in CALLS if body is not None]

BOOKING: dict[str, Any] = {"scheduledTime": TIME_JSON, "userFields": FIELDS_JSON, "token": "t"}
POOLED: dict[str, Any] = {**BOOKING, "scheduledTime": {**TIME_JSON, "users": ["005a"]}}
# the call whose body is read, a whole body, the places of all its required keys
REQUIRED: tuple[tuple[Call[Any], dict[str, Any], tuple[str, ...]], ...] = (
    (retrieve_inputs(node_name=""), {"nodeName": "x"}, ("$.nodeName",)),
    (
        route_and_fetch_availability(trigger_node="", uid="", prospect={}),
        {"triggerNode": "x", "uid": UID, "prospect": {}},
        ("$.triggerNode", "$.uid", "$.prospect"),
    ),
    (
        book_meeting(scheduled_time=TIME, user_fields=[]),
        BOOKING,
        (
            "$.scheduledTime",
            "$.scheduledTime.start_time",
            "$.scheduledTime.end_time",
            "$.scheduledTime.timezone",
            "$.userFields",
            "$.userFields[0].name",
            "$.userFields[1].type",
            "$.userFields[2].value",
        ),
    ),
    (
        book_round_robin_meeting(scheduled_time=POOL_TIME, user_fields=[]),
        POOLED,
        (
            "$.scheduledTime",
            "$.scheduledTime.start_time",
            "$.scheduledTime.end_time",
            "$.scheduledTime.timezone",
            "$.scheduledTime.users",
            "$.userFields",
        ),
    ),
    (
        reschedule_meeting("m", scheduled_time=NewTime(start_time=0, end_time=0)),
        {"scheduledTime": {"start_time": START, "end_time": END}},
        ("$.scheduledTime", "$.scheduledTime.start_time", "$.scheduledTime.end_time"),
    ),
    (
        legacy_route(ld_node_name="", ld_uid="", form_data={}),
        {"_ld_nodeName": "x", "_ld_uid": UID, "formData": {}},
        ("$._ld_nodeName", "$._ld_uid", "$.formData"),
    ),
    (legacy_retrieve_info(params=""), {"params": "p"}, ("$.params",)),
    (legacy_retrieve_modification_info(event_id=""), {"eventId": "m"}, ("$.eventId",)),
)
MISSING = [(call, body, path) for call, body, paths in REQUIRED for path in paths]


def title(call: Call[Any]) -> str:
    return call.operation.name


def read(call: Call[Any], body: Any) -> Any:
    assert call.operation.request is not None
    return call.operation.request(body)


def decoded(call: Call[Any], body: dict[str, Any]) -> Any:
    """The body as its shape takes it, ValidationError when that does not."""
    return Decoder(call.operation.body or dict).decode(orjson.dumps(body))


def spoiled(body: dict[str, Any], path: str, *, null: bool) -> dict[str, Any]:
    """The body without what stands at the path, or with null there."""
    changed = copy.deepcopy(body)
    *way, last = path.removeprefix("$.").replace("[", ".").replace("]", "").split(".")
    node: Any = changed
    for segment in way:
        node = node[int(segment)] if segment.isdigit() else node[segment]
    if null:
        node[last] = None
    else:
        del node[last]
    return changed


def ways(node: Any) -> Iterator[tuple[Any, ...]]:
    """The keys and indices that lead to each value in some JSON."""
    found: Any = node.items() if node.__class__ is dict else enumerate(node) if node.__class__ is list else ()
    for key, value in found:
        yield (key,)
        yield from ((key, *way) for way in ways(value))


@pytest.mark.parametrize(("call", "path", "query", "body"), CALLS, ids=[title(row[0]) for row in CALLS])
def test_a_call_says_where_it_goes_and_what_it_takes(
    call: Call[Any], path: str, query: list[tuple[str, str]], body: dict[str, Any] | None
) -> None:
    assert (call.path, list(call.query), call.body) == (path, query, body)
    content = call.content()
    assert (None if content is None else orjson.loads(content)) == body


@pytest.mark.parametrize("call", WITH_BODY, ids=title)
def test_the_body_is_read_back_as_it_was_built(call: Call[Any]) -> None:
    content = call.content()
    assert content is not None
    request = read(call, orjson.loads(content))
    assert request.to_dict() == call.body
    assert read(call, request.to_dict()) == request
    assert decoded(call, request.to_dict()) == call.body
    assert request.additional == {}


def test_what_was_given_is_what_is_read() -> None:
    request = read(book_meeting(scheduled_time=TIME, user_fields=FIELDS, token="t"), BOOKING)
    assert (request.scheduled_time, request.user_fields, request.token) == (TIME, FIELDS, "t")
    assert {type(value) for value in (request.scheduled_time.start_time, request.scheduled_time.end_time)} == {int}


def test_times_leave_as_integers() -> None:
    content = reschedule_meeting("m", scheduled_time=NewTime(start_time=START, end_time=END)).content()
    assert content == b'{"scheduledTime":{"start_time":1746486000000,"end_time":1746486900000}}'


@pytest.mark.parametrize("null", [False, True], ids=["missing", "null"])
@pytest.mark.parametrize(("call", "body", "path"), MISSING, ids=[f"{title(call)}-{path}" for call, _, path in MISSING])
def test_a_required_key_must_be_present(call: Call[Any], body: dict[str, Any], path: str, null: bool) -> None:
    assert read(call, body).to_dict() == body
    with pytest.raises(WrongTypeError) as caught:
        read(call, spoiled(body, path, null=null))
    assert str(caught.value) == f"{path}: expected present, found nothing"
    with pytest.raises(ValidationError):
        decoded(call, spoiled(body, path, null=null))


@pytest.mark.parametrize(
    ("call", "key"),
    [
        (fetch_availability(), "token"),
        (fetch_availability(), "linkId"),
        (fetch_availability(), "meetingId"),
        (book_meeting(scheduled_time=TIME, user_fields=[]), "params"),
        (book_round_robin_meeting(scheduled_time=POOL_TIME, user_fields=[]), "cancelLink"),
        (legacy_retrieve_modification_info(event_id="m"), "meetingId"),
    ],
)
def test_an_optional_key_may_be_null(call: Call[Any], key: str) -> None:
    assert call.body is not None
    assert read(call, {**call.body, key: None}).to_dict() == call.body
    assert decoded(call, {**call.body, key: None}) == {**call.body, key: None}


@pytest.mark.parametrize("call", WITH_BODY, ids=title)
def test_a_key_that_nobody_knows_is_kept(call: Call[Any]) -> None:
    assert call.body is not None
    body = {**call.body, "new": {"deep": [None]}}
    assert read(call, body).to_dict() == body
    assert decoded(call, body) == call.body


# what a shape takes and the reader does not would go out unseen
WRONG: tuple[Any, ...] = (None, True, 1, 1.5, "text", [], ["text"], [1], {}, {"key": 1})


def test_a_shape_takes_nothing_that_the_reader_refuses() -> None:
    taken = refused = 0
    for call in WITH_BODY:
        for way in ways(call.body):
            for value in WRONG:
                body = copy.deepcopy(call.body or {})
                reduce(getitem, way[:-1], body)[way[-1]] = value
                try:
                    decoded(call, body)
                except ValidationError:
                    refused += 1
                else:
                    taken += 1
                    read(call, body)
    assert taken
    assert refused


def test_what_json_cannot_hold_is_a_type_error() -> None:
    call = route_and_fetch_availability(trigger_node="x", uid=UID, prospect={"Budget": 1j})
    with pytest.raises(TypeError):
        call.content()
