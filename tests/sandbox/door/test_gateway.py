"""What stands in front of the service: the key, the routes, the body, and the ids on every answer."""

import pytest

from bookit_async._generated.api import OPERATIONS
from bookit_async.sandbox.door.dispatch import METHODS

from ... import paths
from ..front_door import FETCH, ROUTE, Door

INPUTS = paths.INPUTS


def test_every_operation_is_played() -> None:
    assert METHODS.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("headers", [{}, {"X-Api-Key": ""}, {"X-Api-Key": "wrong"}, {"X-Api-Key": "schlüssel"}])
@pytest.mark.parametrize(("method", "path"), [("POST", INPUTS), ("GET", "/nowhere")])
async def test_without_the_key_nothing_else_is_looked_at(
    door: Door, method: str, path: str, headers: dict[str, str]
) -> None:
    reply = await door.raw(method, path, b"no json", headers)
    assert (reply.status, reply.json) == (401, {"message": "Unauthorized"})
    assert door.sandbox.requests == []


async def test_every_answer_has_its_ids(door: Door) -> None:
    replies = [
        await door.post(INPUTS, {"nodeName": "Plans"}),
        await door.post(INPUTS, {}),
        await door("GET", "/nowhere"),
        await door.raw("GET", "/"),
    ]
    assert [reply.status for reply in replies] == [200, 400, 404, 401]
    assert len({reply.headers["x-amzn-requestid"] for reply in replies}) == 4
    assert all(reply.headers["x-amz-apigw-id"] for reply in replies)
    assert all(reply.headers["content-type"] == "application/json" for reply in replies)


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "/", 404, "Not Found"),
        ("GET", "/v1", 404, "Not Found"),
        ("POST", f"{paths.INPUTS}/", 404, "Not Found"),
        ("GET", "/v1/meeting/", 404, "Not Found"),
        ("GET", "/v1/meeting/a/b", 404, "Not Found"),
        ("GET", INPUTS, 405, "Method Not Allowed"),
        ("PUT", "/v1/meeting/x", 405, "Method Not Allowed"),
        ("OPTIONS", "/v1/meetings", 405, "Method Not Allowed"),
    ],
)
async def test_unknown_routes_are_the_gateways_business(
    door: Door, method: str, path: str, status: int, message: str
) -> None:
    reply = await door(method, path)
    assert (reply.status, reply.json) == (status, {"message": message})


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"\xff", b'{"nodeName": NaN}', b'{"nodeName": "\\ud800"}', b"[" * 5000]
)
async def test_a_body_that_is_not_json_is_refused(door: Door, content: bytes | None) -> None:
    reply = await door.raw("POST", INPUTS, content, {"X-Api-Key": door.sandbox.api_key})
    assert (reply.status, reply.json) == (400, {"error": "Validation Error: the request body is not JSON"})


@pytest.mark.parametrize("content", [b"[]", b"5", b"null", b'"text"'])
async def test_a_body_must_be_an_object(door: Door, content: bytes) -> None:
    reply = await door.raw("POST", INPUTS, content, {"X-Api-Key": door.sandbox.api_key})
    assert (reply.status, reply.json) == (400, {"error": "Validation Error: the request body must be of type object"})


async def test_a_body_over_ten_mebibytes_is_too_long(door: Door) -> None:
    reply = await door.raw("POST", INPUTS, b" " * (10 * 1024 * 1024 + 1), {"X-Api-Key": door.sandbox.api_key})
    assert (reply.status, reply.json) == (413, {"message": "Request Too Long"})


async def test_numbers_beyond_64_bits_and_unknown_keys_are_borne(door: Door) -> None:
    content = (
        b'{"triggerNode": "Plans", "uid": "u", "prospect": {"Plan": "none", "Extra": 1' + b"0" * 100 + b'}, "new": {}}'
    )
    reply = await door.raw("POST", ROUTE, content, {"X-Api-Key": door.sandbox.api_key})
    assert reply.status == 200


async def test_requests_are_kept_without_key_and_shown_without_data(door: Door) -> None:
    await door.post(FETCH, {"token": "secret"})
    await door("GET", "/v1/meetings?prospectEmail=grace%40navy.example")
    await door("GET", "/nowhere")
    first, second, third = door.sandbox.requests
    assert (first.method, first.path, first.operation_id, first.status) == ("POST", FETCH, "fetchAvailability", 400)
    assert first.body == b'{"token":"secret"}'
    assert (second.operation_id, second.status, second.query) == (
        "listMeetings",
        200,
        {"prospectEmail": "grace@navy.example"},
    )
    assert (third.operation_id, third.status) == (None, 404)
    shown = repr(door.sandbox.requests)
    assert "secret" not in shown
    assert "grace" not in shown
    assert door.sandbox.api_key not in shown + repr(door.sandbox)


@pytest.mark.parametrize("kind", ["websocket", "lifespan"])
async def test_nothing_but_http_is_spoken(door: Door, kind: str) -> None:
    with pytest.raises(NotImplementedError, match=f"no {kind}"):
        await door.sandbox.app({"type": kind}, None, None)  # type: ignore[arg-type]  # never called


async def test_a_caller_who_goes_away_changes_nothing(door: Door) -> None:
    messages: list[dict[str, object]] = [
        {"type": "http.disconnect"},
        {"type": "http.request", "body": b'{"nodeName": ', "more_body": True},
    ]
    sent: list[int] = []

    async def receive() -> dict[str, object]:
        return messages.pop()

    async def send(message: object) -> None:
        sent.append(1)

    scope = {
        "type": "http",
        "method": "POST",
        "raw_path": INPUTS.encode(),
        "query_string": b"",
        "headers": [(b"x-api-key", door.sandbox.api_key.encode())],
    }
    await door.sandbox.app(scope, receive, send)
    assert [request.status for request in door.sandbox.requests] == [413]
