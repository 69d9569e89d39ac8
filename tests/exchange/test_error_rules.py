"""Every known sentence in its real envelope, and every kind of body that is no envelope at all."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookit_async import errors
from bookit_async.exchange.error_rules import classify

HOSTS = "Please check the following users have the correct product access and their calendar tokens are valid: "
SPENT = "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability."
UNSUPPORTED = "Validation Error: Unsupported link type. Please provide the linkId of a single meeting type BookIt Link."
TOO_SOON = "Validation Error: Scheduled time is before the minimum booking notice"

# operation, status, sentence as the service sends it, class, what the error carries
KNOWN: list[tuple[str, int, str, type[errors.APIStatusError], dict[str, object]]] = [
    (
        "retrieve_inputs",
        400,
        "Validation Error: No prospect trigger node found with name: New Webform Prospect",
        errors.TriggerNodeNotFoundError,
        {"trigger_node": "New Webform Prospect"},
    ),
    (
        "route_and_fetch_availability",
        400,
        "Invalid Node name provided",
        errors.TriggerNodeNotFoundError,
        {"trigger_node": None},
    ),
    (
        "route_and_fetch_availability",
        400,
        "Validation Error: Missing required input: uid",
        errors.MissingInputError,
        {"name": "uid"},
    ),
    (
        "route_and_fetch_availability",
        400,
        HOSTS + "0055g00000AbCdE",
        errors.HostNotReadyError,
        {"user_ids": ("0055g00000AbCdE",)},
    ),
    (
        "route_and_fetch_availability",
        400,
        HOSTS + "0055g00000AbCdE, 0055g00000FgHiJ,0055g00000KlMnO",
        errors.HostNotReadyError,
        {"user_ids": ("0055g00000AbCdE", "0055g00000FgHiJ", "0055g00000KlMnO")},
    ),
    (
        "fetch_availability",
        400,
        "Validation Error: Missing required parameter: linkId, meetingId or token",
        errors.MissingInputError,
        {"name": "linkId, meetingId or token"},
    ),
    ("fetch_availability", 400, SPENT, errors.TokenSpentError, {}),
    ("fetch_availability", 404, "link not found", errors.LinkNotFoundError, {}),
    ("fetch_availability", 404, UNSUPPORTED, errors.LinkUnsupportedError, {}),
    ("get_meeting", 404, "Meeting not found", errors.MeetingNotFoundError, {}),
    ("book_meeting", 400, "The selected time is no longer available.", errors.SlotTakenError, {"offer": None}),
    ("book_round_robin_meeting", 400, "The selected time is no longer available.", errors.SlotTakenError, {}),
    (
        "book_meeting",
        400,
        "This link only allows one booking and has already been used.",
        errors.LinkSpentError,
        {},
    ),
    ("book_meeting", 400, TOO_SOON, errors.TooSoonError, {}),
    (
        "legacy_route",
        400,
        "Validation Error: Missing required input: _ld_nodeName",
        errors.MissingInputError,
        {"name": "_ld_nodeName"},
    ),
    (
        "legacy_retrieve_info",
        400,
        "Validation Error: Missing required input: params",
        errors.MissingInputError,
        {"name": "params"},
    ),
]


@pytest.mark.parametrize(("operation", "status", "sentence", "kind", "carries"), KNOWN)
@pytest.mark.parametrize("envelope", ["error", "message"])
def test_a_known_sentence_decides(
    *,
    operation: str,
    status: int,
    sentence: str,
    kind: type[errors.APIStatusError],
    carries: dict[str, object],
    envelope: str,
) -> None:
    body = orjson.dumps({envelope: sentence})
    error = classify(operation, status, {"x-amzn-requestid": "6f0c"}, body)
    assert type(error) is kind
    assert (error.operation, error.status, error.request_id) == (operation, status, "6f0c")
    assert (error.body, error.sentence) == (body, sentence)
    assert {name: getattr(error, name) for name in carries} == carries
    assert ".sentence" not in str(error)


@pytest.mark.parametrize(("operation", "status", "sentence", "kind", "carries"), KNOWN)
@pytest.mark.parametrize("change", [" {}", "{} ", "{}\n", "\t{}\r\n"])
def test_space_around_a_sentence_changes_nothing(
    *,
    operation: str,
    status: int,
    sentence: str,
    kind: type[errors.APIStatusError],
    carries: dict[str, object],
    change: str,
) -> None:
    error = classify(operation, status, {}, orjson.dumps({"error": change.format(sentence)}))
    assert type(error) is kind
    parts = {name: getattr(error, name) for name in carries}
    assert {name: part.strip() if isinstance(part, str) else part for name, part in parts.items()} == carries


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("Invalid Node name provided.", errors.TriggerNodeNotFoundError),
        ("The selected time is no longer available", errors.SlotTakenError),
        (SPENT.removesuffix("."), errors.TokenSpentError),
        ("Meeting not found.", errors.MeetingNotFoundError),
        ("MEETING  NOT\tFOUND", errors.MeetingNotFoundError),
        ("the selected time is no longer available..", errors.SlotTakenError),
        (SPENT.replace(".", "").lower(), errors.TokenSpentError),
        ("The selected time may be no longer available", errors.APIStatusError),
        ("Meeting not found here", errors.APIStatusError),
        ("No Meeting not found", errors.APIStatusError),
        ("Invalid Node name provided..", errors.TriggerNodeNotFoundError),
        ("Meeting has already been booked! Please use meetingId or eventId", errors.APIStatusError),
    ],
)
def test_case_dots_and_spaces_may_differ(sentence: str, kind: type[errors.APIStatusError]) -> None:
    assert type(classify("get_meeting", 400, {}, orjson.dumps({"error": sentence}))) is kind


@pytest.mark.parametrize(
    ("sentence", "name", "value"),
    [
        ("Validation Error: Missing required input: uid.", "name", "uid"),
        ("Validation Error: Missing required input: a.b", "name", "a.b"),
        ("Validation Error: No prospect trigger node found with name: Acme Inc.", "trigger_node", "Acme Inc."),
        (HOSTS + "0055g00000AbCdE.", "user_ids", ("0055g00000AbCdE",)),
        (HOSTS + "Ada Lovelace, 0055g00000AbCdE", "user_ids", ("0055g00000AbCdE",)),
        (HOSTS + "ada@example.com, 0055g00000AbCdE", "user_ids", ("0055g00000AbCdE",)),
    ],
)
def test_the_part_of_a_sentence_that_is_shown(sentence: str, name: str, value: object) -> None:
    error = classify("legacy_route", 400, {}, orjson.dumps({"error": sentence}))
    assert getattr(error, name) == value
    assert "ada" not in (str(error) + repr(error)).lower()


STATUSES: list[tuple[int, type[errors.APIStatusError]]] = [
    (200, errors.APIStatusError),
    (204, errors.APIStatusError),
    (301, errors.APIStatusError),
    (307, errors.APIStatusError),
    (400, errors.APIStatusError),
    (401, errors.AuthenticationError),
    (402, errors.APIStatusError),
    (403, errors.AuthenticationError),
    (404, errors.APIStatusError),
    (413, errors.APIStatusError),
    (428, errors.APIStatusError),
    (429, errors.RateLimitError),
    (430, errors.APIStatusError),
    (499, errors.APIStatusError),
    (500, errors.ServerError),
    (502, errors.ServerError),
    (503, errors.ServerError),
    (504, errors.ServerError),
    (599, errors.ServerError),
    (600, errors.APIStatusError),
]

NOT_AN_ENVELOPE: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("spaces", b" \r\n"),
    ("HTML", b"<html><body><h1>502 Bad Gateway</h1></body></html>"),
    ("plain text", b"Meeting not found"),
    ("not UTF-8", b'{"error": "\xff\xfe"}'),
    ("lone surrogate", b'{"error": "\\ud800"}'),
    ("cut off", b'{"error": "Meeting not fou'),
    ("a string", b'"Meeting not found"'),
    ("a number", b"404"),
    ("null", b"null"),
    ("an array", b'["Meeting not found"]'),
    ("an empty object", b"{}"),
    ("a null error", b'{"error": null}'),
    ("two nulls", b'{"error": null, "message": null}'),
    ("an empty error", b'{"error": " "}'),
    ("a number as error", b'{"error": 17}'),
    ("another key", b'{"fault": "Meeting not found"}'),
    ("deep", b"[" * 100_000),
]


@pytest.mark.long
@pytest.mark.parametrize(("status", "kind"), STATUSES)
@pytest.mark.parametrize("body", [pytest.param(body, id=name) for name, body in NOT_AN_ENVELOPE])
def test_without_a_sentence_the_status_decides(status: int, kind: type[errors.APIStatusError], body: bytes) -> None:
    error = classify("book_meeting", status, {}, body)
    assert (type(error), error.sentence, error.body, error.request_id) == (kind, None, body, None)


@pytest.mark.parametrize(("status", "kind"), STATUSES)
def test_an_unknown_sentence_gives_the_class_of_the_status_and_stays_out_of_messages(
    status: int, kind: type[errors.APIStatusError]
) -> None:
    sentence = "Ada Lovelace <ada@example.com> is a duplicate"
    error = classify("book_meeting", status, {}, orjson.dumps({"error": sentence}))
    assert (type(error), error.sentence) == (kind, sentence)
    assert "see .sentence" in str(error)
    assert "Ada" not in str(error) + repr(error)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (401, "Unauthorized", errors.AuthenticationError),
        (403, "Forbidden", errors.AuthenticationError),
        (413, "Request Too Long", errors.APIStatusError),
        (429, "Too Many Requests", errors.RateLimitError),
        (502, "Internal server error", errors.ServerError),
        (503, "Service Unavailable", errors.ServerError),
        (504, "Endpoint request timed out", errors.ServerError),
    ],
)
def test_the_envelope_of_the_gateway(status: int, message: str, kind: type[errors.APIStatusError]) -> None:
    error = classify("list_meetings", status, {}, orjson.dumps({"message": message}))
    assert (type(error), error.sentence) == (kind, message)


def test_unauthorized_is_known_by_its_sentence_too() -> None:
    assert type(classify("get_meeting", 400, {}, b'{"message":"Unauthorized"}')) is errors.AuthenticationError


@pytest.mark.parametrize(
    ("envelope", "sentence"),
    [
        ({"error": None, "message": "Meeting not found"}, "Meeting not found"),
        ({"error": "", "message": "Meeting not found"}, "Meeting not found"),
        ({"error": "link not found", "message": "Meeting not found"}, "link not found"),
    ],
)
def test_error_comes_before_message(envelope: dict[str, Any], sentence: str) -> None:
    assert classify("get_meeting", 404, {}, orjson.dumps(envelope)).sentence == sentence


@pytest.mark.parametrize("name", ["x-amzn-requestid", "x-amzn-RequestId", "X-AMZN-REQUESTID"])
def test_the_request_id_in_any_case(name: str) -> None:
    assert classify("get_meeting", 500, {"x-amz-apigw-id": "no", name: "6f0c"}, b"").request_id == "6f0c"


@given(
    status=st.integers(),
    body=st.binary() | st.text().map(lambda text: orjson.dumps({"error": text})),
    headers=st.dictionaries(st.text(), st.text()),
)
def test_it_never_raises(status: int, body: bytes, headers: dict[str, str]) -> None:
    error = classify("book_meeting", status, headers, body)
    assert isinstance(error, errors.APIStatusError)
    assert str(error)
    assert repr(error)


@given(
    prefix=st.sampled_from(
        [
            "Validation Error: No prospect trigger node found with name: ",
            "Validation Error: Missing required input: ",
            "Validation Error: Missing required parameter: ",
            HOSTS,
        ]
    ),
    part=st.text(),
)
def test_it_never_raises_on_half_known_sentences(prefix: str, part: str) -> None:
    error = classify("legacy_route", 400, {}, orjson.dumps({"error": prefix + part}))
    assert error.sentence == prefix + part
    assert "\n" not in str(error) + repr(error)


ENVELOPES: list[Any] = [
    {"error": {"message": "Meeting not found"}},
    {"error": {"code": 404, "detail": "Meeting not found"}},
    {"errors": [{"title": "Not found", "detail": "Meeting not found"}]},
    {"error": ["Meeting not found"]},
    {"message": ["What was wrong", "Meeting not found"]},
    {"detail": "Meeting not found", "title": "Oh"},
    [{"error": "Meeting not found"}],
    {"error": {"error": {"message": "meeting not found."}}},
]


@pytest.mark.parametrize("envelope", ENVELOPES, ids=str)
def test_a_sentence_is_found_in_any_usual_envelope(envelope: Any) -> None:
    error = classify("get_meeting", 404, {}, orjson.dumps(envelope))
    assert type(error) is errors.MeetingNotFoundError
    assert (error.sentence or "").strip(".").casefold() == "meeting not found"


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("Validation Error: Invalid token", "token"),
        ("Validation Error: invalid params.", "params"),
        ("Validation Error: prospectEmail must be an email address", "prospectEmail"),
        ("Validation Error: status must be one of scheduled, rescheduled, canceled", "status"),
    ],
)
def test_what_the_service_does_not_take_is_named(sentence: str, name: str) -> None:
    error = classify("list_meetings", 400, {}, orjson.dumps({"error": sentence}))
    assert isinstance(error, errors.RefusedInputError)
    assert error.name == name
    assert f"does not take what was sent as {name}" in str(error)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (302, b"<html>Moved</html>", "leads elsewhere, where it is not followed. It is a web page, not JSON: check"),
        (404, b"<!DOCTYPE html><title>No</title>", "refused, without a word of the service. It is a web page"),
        (409, b"no", "refused, without a word of the service. It is no JSON of the service: check that base_url"),
        (
            302,
            b"",
            "leads elsewhere, where it is not followed. It is empty: check that base_url is that of the service",
        ),
        (204, b"", "a success of a kind that is not documented. It is empty: check that base_url"),
        (103, b"", "of a kind that nobody asked for. It is empty: check that base_url"),
        (206, b" ", "a success of a kind that is not documented. It is empty: check that base_url"),
    ],
)
def test_what_is_not_of_the_service_is_told_as_that(status: int, body: bytes, said: str) -> None:
    assert said in str(classify("get_meeting", status, {}, body))
