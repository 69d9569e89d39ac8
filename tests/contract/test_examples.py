"""Documents against the schemas of the enriched document, with the semantics of OpenAPI 3.0."""

import copy
from pathlib import Path
from typing import Any

import pytest
from openapi_schema_validator import OAS30Validator, oas30_format_checker

from codegen import documents

DOCUMENT: dict[str, Any] = documents.load(Path(__file__).parents[2] / "openapi" / "bookit.enriched.yaml")
BODIES: dict[str, dict[str, Any]] = {
    operation["operationId"]: operation["requestBody"]["content"]["application/json"]["schema"]
    for item in DOCUMENT["paths"].values()
    for method, operation in item.items()
    if method != "parameters" and "requestBody" in operation
}

WRONG: dict[str, dict[str, set[str]]] = {
    "bookMeeting": {
        "contradiction 2": {
            "$.scheduledTime: 'start_time' is a required property",
            "$.scheduledTime: 'end_time' is a required property",
        },
        "a parameter without a name": {
            "$.cancelLink: 'https://testdomain.com/cancel?=' does not match '/$|[?&][^?&=/]+=$'",
            "$.rescheduleLink: 'https://testdomain.com/reschedule?=' does not match '/$|[?&][^?&=/]+=$'",
        },
    },
    "legacyRetrieveModificationInfo": {"contradiction 3": {"$: 'eventId' is a required property"}},
}
"""The published examples that are known to be wrong, and why."""

BOOKING: dict[str, Any] = {
    "scheduledTime": {"start_time": 1746486000000, "end_time": 1746486900000, "timezone": "America/Los_Angeles"},
    "userFields": [{"name": "Email", "type": "text", "value": "ada@example.com"}],
}
POOLED: dict[str, Any] = {**BOOKING, "scheduledTime": {**BOOKING["scheduledTime"], "users": ["005a", "005b"]}}
LINK = "https://example.com/cancel/"
AVAILABILITY_MODES: tuple[tuple[dict[str, Any], bool], ...] = (
    ({}, False),
    ({"token": "t"}, True),
    ({"linkId": "l"}, True),
    ({"meetingId": "m"}, True),
    ({"token": "t", "linkId": "l"}, False),
    ({"token": "t", "meetingId": "m"}, False),
    ({"linkId": "l", "meetingId": "m"}, False),
    ({"token": "t", "linkId": "l", "meetingId": "m"}, False),
    ({"params": "p"}, False),
)
BOOKING_MODES: tuple[tuple[dict[str, Any], bool], ...] = (
    ({}, False),
    ({"token": "t"}, True),
    ({"linkId": "l"}, True),
    ({"params": "p"}, True),
    ({"token": "t", "linkId": "l"}, False),
    ({"token": "t", "params": "p"}, False),
    ({"linkId": "l", "params": "p"}, False),
    ({"token": "t", "linkId": "l", "params": "p"}, False),
    ({"params": "p", "cancelLink": LINK}, True),
    ({"params": "p", "rescheduleLink": LINK}, True),
    ({"params": "p", "cancelLink": LINK, "rescheduleLink": LINK}, True),
    ({"token": "t", "cancelLink": LINK}, False),
    ({"linkId": "l", "rescheduleLink": LINK}, False),
    ({"cancelLink": LINK, "rescheduleLink": LINK}, False),
)
LINKS = (
    ("https://example.com/cancel/", True),
    ("https://example.com/cancel?meetingId=", True),
    ("https://example.com/cancel?lang=en&meetingId=", True),
    ("https://example.com/cancel?=", False),
    ("https://example.com/cancel?lang=en&=", False),
    ("https://example.com/cancel", False),
    ("https://example.com/cancel?meetingId=1", False),
    ("", False),
)
EVENT_TIME = {"start_time": 1746486000000, "end_time": 1746486900000}
EVENT: dict[str, Any] = {
    "id": "91s64s27ep6mqlig89936kqmat76oh2he923ep3p8tckee2ncsog",
    "title": "Demo",
    "status": "confirmed",
    "scheduledTime": EVENT_TIME,
    "attendees": [{"email": "ada@example.com", "responseStatus": "needsAction", "organizer": None, "self": None}],
}
ANSWERS: tuple[tuple[str, str, Any, bool], ...] = (
    ("a redirect", "RoutedAvailability", {"routing": {"responseType": "redirect", "redirect": LINK}}, True),
    (
        "no scheduling, said with null",
        "RoutedAvailability",
        {"routing": {"responseType": "none", "token": None}, "scheduling": None},
        True,
    ),
    ("an outcome nobody knows", "RoutedAvailability", {"routing": {"responseType": "queue"}}, False),
    ("nothing to offer", "AvailabilityPage", {"availability": {}}, True),
    (
        "a page of nulls",
        "AvailabilityPage",
        dict.fromkeys(DOCUMENT["components"]["schemas"]["AvailabilityPage"]["properties"]),
        True,
    ),
    ("a meeting type of nulls", "MeetingType", {"duration": None, "pageStyle": None, "customRange": None}, True),
    ("a page info of nulls", "PageInfo", {"displayAllPoolAvailability": None, "prefillFields": None}, True),
    ("a nested meeting", "Meeting", {"bookIt": {"status": "scheduled"}, "calendarEvent": EVENT}, True),
    ("a flat meeting", "Meeting", {**EVENT, "organizer_email": "host@example.com"}, True),
    ("a meeting of nulls", "Meeting", {"bookIt": {"status": None}, "calendarEvent": None, "organizer": None}, True),
    ("an unknown lifecycle", "BookItInfo", {"status": "lost"}, False),
    ("an array of meetings", "MeetingList", [EVENT, {"bookIt": None}], True),
    ("an object with meetings", "MeetingList", {"meetings": [EVENT]}, True),
    ("a text for meetings", "MeetingList", "none", False),
    ("a booking without an id", "BookedMeeting", {"organizerEmail": "host@example.com"}, False),
    ("a legacy event", "LegacyEvent", {"id": "m", "when": None}, True),
    ("a time as text", "TimeSlot", {"start_time": "1746486000000", "end_time": 1746486900000, "users": [0]}, False),
)


def errors(schema: dict[str, Any], instance: Any) -> set[str]:
    rooted = {**schema, "components": DOCUMENT["components"]}
    validator: Any = OAS30Validator(rooted, format_checker=oas30_format_checker)
    return {f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)}


def test_every_body_has_its_published_example() -> None:
    assert [operation_id for operation_id, body in BODIES.items() if "example" not in body] == []
    assert len(BODIES) == 9


@pytest.mark.parametrize("operation_id", BODIES)
def test_the_published_example_is_valid_unless_it_is_known_to_be_wrong(operation_id: str) -> None:
    reasons = WRONG.get(operation_id, {}).values()
    assert errors(BODIES[operation_id], BODIES[operation_id]["example"]) == set[str]().union(*reasons)


def test_the_wrong_examples_are_valid_once_corrected() -> None:
    booking = copy.deepcopy(BODIES["bookMeeting"]["example"])
    chosen = booking["scheduledTime"]
    chosen["start_time"], chosen["end_time"] = chosen.pop("startTime"), chosen.pop("endTime")
    for key in ("cancelLink", "rescheduleLink"):
        booking[key] = booking[key].replace("?=", "?meetingId=")
    assert errors(BODIES["bookMeeting"], booking) == set()
    change = BODIES["legacyRetrieveModificationInfo"]["example"]
    assert errors(BODIES["legacyRetrieveModificationInfo"], {**change, "eventId": change["meetingId"]}) == set()


@pytest.mark.parametrize(("mode", "good"), AVAILABILITY_MODES, ids=["+".join(mode) for mode, _ in AVAILABILITY_MODES])
def test_availability_takes_exactly_one_mode(mode: dict[str, Any], good: bool) -> None:
    assert (errors(BODIES["fetchAvailability"], mode) == set()) is good


@pytest.mark.parametrize(("mode", "good"), BOOKING_MODES, ids=["+".join(mode) for mode, _ in BOOKING_MODES])
@pytest.mark.parametrize(("operation_id", "booking"), [("bookMeeting", BOOKING), ("bookRoundRobinMeeting", POOLED)])
def test_a_booking_takes_exactly_one_mode_and_links_with_params_only(
    operation_id: str, booking: dict[str, Any], mode: dict[str, Any], good: bool
) -> None:
    assert (errors(BODIES[operation_id], {**booking, **mode}) == set()) is good


@pytest.mark.parametrize("key", ["cancelLink", "rescheduleLink"])
@pytest.mark.parametrize(("link", "good"), LINKS)
def test_a_link_must_take_the_meeting_id_at_its_end(key: str, link: str, good: bool) -> None:
    assert (errors(BODIES["bookMeeting"], {**BOOKING, "params": "p", key: link}) == set()) is good


def test_a_pooled_booking_needs_its_hosts() -> None:
    assert errors(BODIES["bookRoundRobinMeeting"], {**BOOKING, "token": "t"}) == {
        "$.scheduledTime: 'users' is a required property"
    }


@pytest.mark.parametrize("value", ["text", ["a@example.com"], []])
def test_an_answer_is_a_text_or_texts(value: str | list[str]) -> None:
    fields = [{"name": "Additional Guest Emails", "type": "textarea", "value": value}]
    assert errors(BODIES["bookMeeting"], {**BOOKING, "token": "t", "userFields": fields}) == set()


@pytest.mark.parametrize(
    "field", [{"name": "", "type": "text", "value": "x"}, {"name": "A", "type": "text", "value": 1}, {"name": "A"}]
)
def test_a_nameless_or_incomplete_answer_is_refused(field: dict[str, Any]) -> None:
    assert errors(BODIES["bookMeeting"], {**BOOKING, "token": "t", "userFields": [field]}) != set()


@pytest.mark.parametrize(("what", "name", "answer", "good"), ANSWERS, ids=[row[0] for row in ANSWERS])
def test_an_answer_that_the_facts_promise_is_valid(what: str, name: str, answer: Any, good: bool) -> None:
    assert (errors({"$ref": f"#/components/schemas/{name}"}, answer) == set()) is good


def test_every_error_example_is_valid() -> None:
    responses = [
        response
        for item in DOCUMENT["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
        for response in operation["responses"].values()
    ] + list(DOCUMENT["components"]["responses"].values())
    shown = [
        (media["schema"], example)
        for response in responses
        for media in response.get("content", {}).values()
        for example in [media.get("example"), *(one["value"] for one in media.get("examples", {}).values())]
        if example is not None
    ]
    assert len(shown) == 20
    assert [(example, problem) for schema, example in shown for problem in errors(schema, example)] == []
