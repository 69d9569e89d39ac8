"""Errors as problem details: each of ours has its own, and nothing private is in any."""

import json
import logging
from typing import Any

import pytest

import bookit_async
from bookit_async import (
    APIStatusError,
    AuthenticationError,
    BookIt,
    BookItError,
    HostNotReadyError,
    InvalidInputError,
    LinkNotFoundError,
    LinkSpentError,
    LinkUnsupportedError,
    MeetingNotFoundError,
    MissingInputError,
    NoAnswerError,
    NotSentError,
    OutcomeUnknownError,
    RateLimitError,
    RefusedInputError,
    ResponseInvalidError,
    ServerError,
    SlotTakenError,
    TokenSpentError,
    TooSoonError,
    TriggerNodeNotFoundError,
    WireRequest,
    WireResponse,
)
from bookit_async.errors import Answer
from bookit_async.fastapi_router import (
    ReferenceExpiredError,
    ReferenceInvalidError,
    ReferenceLimitedError,
    RequestTooLargeError,
    SiteError,
)
from bookit_async.sandbox import Sandbox
from bookit_async.transports import Transport
from bookit_async.web.problems import KINDS
from tests.conftest import ADA, NODE

from .page import BEN, SECRET, Page, application, opened, slot

CANARY = "canary-1f3a"


OURS: set[type[BookItError]] = {
    ReferenceExpiredError,
    ReferenceInvalidError,
    ReferenceLimitedError,
    RequestTooLargeError,
    SiteError,
}


def said(status: int = 400) -> Answer:
    return {"status": status, "operation": "book_meeting", "body": CANARY.encode(), "sentence": CANARY}


ERRORS: list[tuple[BookItError, int, dict[str, Any]]] = [
    (InvalidInputError(problems=["guests: 1", "slot: 2"]), 422, {"problems": ["guests: 1", "slot: 2"]}),
    (ReferenceLimitedError(), 403, {}),
    (RequestTooLargeError(), 413, {}),
    (SiteError(), 500, {}),
    (MissingInputError(name="Plan", **said()), 422, {"missing_input": "Plan"}),
    (RefusedInputError(name="prospectEmail", **said()), 422, {"refused_input": "prospectEmail"}),
    (ReferenceInvalidError(), 404, {}),
    (ReferenceExpiredError(), 410, {}),
    (TriggerNodeNotFoundError(trigger_node=CANARY, **said()), 404, {}),
    (LinkNotFoundError(**said()), 404, {}),
    (LinkUnsupportedError(**said()), 404, {}),
    (MeetingNotFoundError(**said()), 404, {}),
    (SlotTakenError(**said()), 409, {}),
    (TooSoonError(**said()), 409, {}),
    (TokenSpentError(**said()), 409, {}),
    (LinkSpentError(**said()), 409, {}),
    (AuthenticationError(**said(401)), 502, {}),
    (ServerError(**said(503)), 502, {}),
    (HostNotReadyError(user_ids=[CANARY], **said()), 502, {}),
    (ResponseInvalidError(path=CANARY, **said()), 502, {}),
    (APIStatusError(**said()), 502, {}),
    (NotSentError(reason=CANARY), 503, {}),
    (RateLimitError(**said(429)), 503, {}),
    (OutcomeUnknownError(reason=CANARY), 504, {}),
]


def test_every_error_has_its_problem() -> None:
    ours = {getattr(bookit_async, name) for name in bookit_async.__all__ if name.endswith("Error")}
    asked = {type(error) for error, *_ in ERRORS}
    assert asked == (ours | OURS) - {
        BookItError,
        NoAnswerError,
    }
    assert asked == set(KINDS)


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: type(case[0]).__name__)
async def test_an_error_is_told_as_a_problem(
    page: Page,
    client: BookIt,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    case: tuple[BookItError, int, dict[str, Any]],
) -> None:
    error, status, members = case
    retry_after = {"NotSentError": "5", "RateLimitError": "10", "OutcomeUnknownError": "5"}.get(type(error).__name__)

    async def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(client, "inputs", fail)
    with caplog.at_level(logging.WARNING, logger="bookit_async.web"):
        problem = await page.inputs(NODE, status=status)
    response = page.seen[-1]
    assert response.headers["content-type"] == "application/problem+json"
    name = type(error).__name__
    assert problem["type"] == f"urn:bookit-async:problem:{name}"
    assert (problem["status"], problem["error"]) == (status, name)
    assert problem["title"]
    assert problem["detail"].endswith(".")
    assert response.headers.get("retry-after") == retry_after
    assert {
        key: value for key, value in problem.items() if key in ("problems", "missing_input", "refused_input")
    } == members
    assert CANARY not in response.text
    logged = [one.getMessage() for one in caplog.records]
    assert len(logged) == (status >= 500)
    assert all(problem["instance"] in one and name in one and "bookit_inputs" in one for one in logged)


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("offers", b"{", "JSON"),
        ("offers", b"[]", "the request: "),
        ("offers", b"{}", "give either trigger_node or link_id"),
        ("offers", b'{"link_id": "a", "trigger_node": "b"}', "give either trigger_node or link_id"),
        ("offers", b'{"link_id": "Em30rva", "prospect": {"Email": ["secret"]}}', "prospect.Email"),
        ("offers/refresh", b'{"offer_id": "x", "secret": 1}', "secret: "),
        ("bookings", b'{"offer_id": "x", "timezone": "UTC", "slot": {"start": "2025-05-05T17:00:00"}}', "slot.start"),
        ("bookings", b'{"offer_id": 7}', "slot: Field required"),
    ],
)
async def test_a_malformed_request_is_told_without_its_values(page: Page, path: str, body: bytes, problem: str) -> None:
    response = await page.http.post(f"/bookit/{path}", content=body, headers={"content-type": "application/json"})
    assert response.status_code == 422
    found = response.json()
    assert found["error"] == "InvalidInputError"
    assert any(problem in one for one in found["problems"]), found["problems"]
    assert "input" not in found


async def test_a_wrong_api_key_is_our_failure(sandbox: Sandbox) -> None:
    async with opened(application(BookIt("wrong", transport=sandbox.transport))) as page:
        assert (await page.inputs(NODE, status=502))["error"] == "AuthenticationError"


class Overheard:
    """Notes every token and params that the service gives out."""

    def __init__(self, inner: Transport) -> None:
        self.inner = inner
        self.secrets: set[str] = set()

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await self.inner.send(request, timeout=timeout)
        body: Any = json.loads(answer.body or b"{}")
        places: list[Any] = [body, body.get("routing")]
        found: list[dict[str, Any]] = [one for one in places if one]
        self.secrets |= {
            str(one[name]) for one in found for name in ("token", "params", "calendarLink") if one.get(name)
        }
        return answer

    async def close(self) -> None:
        await self.inner.close()


async def test_no_answer_holds_a_key_a_token_or_a_host_address(sandbox: Sandbox) -> None:
    overheard = Overheard(sandbox.transport)
    client = BookIt(sandbox.api_key, transport=overheard)
    async with opened(application(client)) as page:
        await page.inputs(NODE)
        offer = await page.offer(BEN)
        await page.ask("offers/refresh", {"offer_id": offer["offer_id"]})
        booked = await page.book(offer)
        await page.book(offer, 3, status=409)
        await page.book(offer, status=422, offer_id=7)
        reference = {"meeting_ref": booked["meeting_ref"]}
        await page.ask("meetings/show", reference)
        again = slot(await page.ask("meetings/moves", reference), 1)
        await page.ask(
            "meetings/reschedule",
            {**reference, "slot": {"start": again["start"], "end": again["end"]}, "timezone": "UTC"},
        )
        await page.ask("meetings/cancel", reference, status=204)
        await page.ask("offers", {"trigger_node": NODE, "prospect": {**ADA, "NumEmployees": 8}})
    assert len(overheard.secrets) > 1
    everything = "\n".join(f"{one.headers} {one.text}" for one in page.seen)
    for secret in (sandbox.api_key, SECRET, "@northwind.example", sandbox.meetings[0].id, "005Hs", *overheard.secrets):
        assert secret not in everything


@pytest.mark.parametrize("text", ["9" * 5000, "[" * 60_000])
async def test_json_that_cannot_be_read_is_a_problem_too(page: Page, text: str) -> None:
    headers = {"content-type": "application/json"}
    answer = await page.http.post("/bookit/offers", content=f'{{"trigger_node": {text}}}', headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["problems"] == ["the request: its JSON cannot be read"]


async def test_a_prospect_too_large_to_be_sealed_is_refused(page: Page) -> None:
    wanted = {"trigger_node": NODE, "prospect": {**ADA, "Company": "\N{ROCKET}" * 9_000}}
    found = await page.ask("offers", wanted, status=422)
    assert "larger than 16000 bytes" in found["problems"][0]
    most = {**ADA, "Company": "\N{ROCKET}" * 2_400, "PhoneNumber": "\x01" * 1_000}
    offer = await page.offer(most)
    await page.ask("offers/refresh", {"offer_id": offer["offer_id"]})


@pytest.mark.parametrize("value", [2**64, -(2**70)])
async def test_a_prospect_that_json_cannot_hold_is_refused(page: Page, value: int) -> None:
    found = await page.ask("offers", {"trigger_node": NODE, "prospect": {**ADA, "NumEmployees": value}}, status=422)
    assert "more than 64 bits" in found["problems"][0]
