"""Every request of the client and every answer of the sandbox, held against the enriched document by openapi-core.

The document is not the code that either was made with, so client and sandbox cannot agree on a mistake.
"""

import copy
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeAlias, cast
from urllib.parse import parse_qsl, urlsplit

import jsonpath
import orjson
import pytest
from attrs import define, evolve, field, frozen
from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from bookit_async import Booked, BookIt, Offer, nearest
from bookit_async._generated.api import OPERATIONS
from bookit_async.sandbox import Sandbox
from bookit_async.transports import Transport, WireRequest, WireResponse
from codegen import documents
from tests.sandbox.worlds import small_world

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
"""A Monday, two hours before the small world's hosts in London begin."""
NODE = "Plans"
UID = "3ac6f6f3-2bbd-4401-ab12-0ee9a654b6d1"
ZONE = "Europe/Berlin"
PROSPECT = {"First": "Grace", "Mail": "grace@navy.example", "Size": 50, "Phone": "+44 20 7946 0000", "Partner": True}
ANSWERS = {"First Name": "Grace", "Last Name": "Hopper", "Email": "grace@navy.example"}
DOCUMENT: dict[str, Any] = documents.load(Path(__file__).parents[2] / "openapi" / "bookit.enriched.yaml")
OWN_HEADERS = {"content-type", "content-length"}


def strict(document: dict[str, Any]) -> OpenAPI:
    """The document with every key forbidden that a schema does not name, so that a misspelt one is found."""
    for schema in jsonpath.findall("$..[?@.type == 'object' && @.properties]", document):
        cast("dict[str, Any]", schema)["additionalProperties"] = False
    return OpenAPI.from_dict(document)


CONTRACT = strict(copy.deepcopy(DOCUMENT))


@frozen
class Exchange:
    """One call as it went over the wire; `fault` tells how the request breaks the document, None when it keeps it."""

    operation_id: str
    status: int
    sentence: str | None
    fault: str | None


@define
class WatchedTransport:
    """Hands requests on to the sandbox, fails on every answer that the document does not know, and keeps a list."""

    sandbox: Transport
    exchanges: list[Exchange] = field(factory=list[Exchange])

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        response = await self.sandbox.send(request, timeout=timeout)
        operation_id, documented = _operation(request)
        asked = _mock(request)
        assert asked.parameters.query.keys() <= documented["query"]
        answers = documented["responses"]
        assert str(response.status) in answers, f"{operation_id} answers {response.status}, which is not documented"
        answer = _resolved(answers[str(response.status)])
        assert response.headers.keys() - OWN_HEADERS == answer["headers"].keys()
        assert all(response.headers[name] for name in answer["headers"])
        if "content" in answer:
            given = MockResponse(
                response.body, response.status, dict(response.headers), response.headers["content-type"]
            )
            CONTRACT.validate_response(asked, given)
        else:
            assert (response.body, response.headers.get("content-type")) == (b"", None)
        self.exchanges.append(Exchange(operation_id, response.status, _sentence(response), _fault(asked)))
        return response

    async def close(self) -> None:
        await self.sandbox.close()


def _operation(request: WireRequest) -> tuple[str, dict[str, Any]]:
    path = urlsplit(request.url).path
    for template, item in DOCUMENT["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path) and request.method.lower() in item:
            operation = item[request.method.lower()]
            names = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "query"}
            return operation["operationId"], {"query": names, "responses": operation["responses"]}
    raise AssertionError(f"{request.method} {path} is not documented")


def _resolved(answer: dict[str, Any]) -> dict[str, Any]:
    return DOCUMENT["components"]["responses"][answer["$ref"].rpartition("/")[2]] if "$ref" in answer else answer


def _mock(request: WireRequest) -> MockRequest:
    url = urlsplit(request.url)
    return MockRequest(
        f"{url.scheme}://{url.netloc}",
        request.method,
        url.path,
        # openapi-core gives a parameter the type of its schema, but not through the `anyOf` of start and end.
        args={name: int(value) if value.isdecimal() else value for name, value in parse_qsl(url.query)},
        headers=dict(request.headers),
        data=request.content,
        content_type=dict(request.headers).get("Content-Type", ""),
    )


def _fault(request: MockRequest) -> str | None:
    try:
        CONTRACT.validate_request(request)
    except OpenAPIError as error:
        return f"{error}: {error.__cause__}"
    return None


def _sentence(response: WireResponse) -> str | None:
    if response.status == 200:
        return None
    (sentence,) = orjson.loads(response.body).values()
    return str(sentence)


@frozen
class Wire:
    """A client of a sandbox with everything between them watched."""

    sandbox: Sandbox
    transport: WatchedTransport
    client: BookIt

    async def offer(self, plan: str) -> Offer:
        outcome = await self.client.route(NODE, {**PROSPECT, "Plan": plan})
        assert isinstance(outcome, Offer)
        return outcome

    async def book(self, plan: str = "solo") -> str:
        outcome = await (await self.offer(plan)).book(nearest(NOW), timezone=ZONE, answers=ANSWERS)
        assert isinstance(outcome, Booked)
        return outcome.meeting_id

    async def params(self) -> str:
        routed = await self.client.api.legacy_route(ld_node_name=NODE, ld_uid=UID, form_data={"Plan": "solo"})
        return str(routed.params)

    async def send(self, operation_id: str, body: object, *, key: str | None = None) -> None:
        """Sends what the typed client does not."""
        operation = OPERATIONS[operation_id]
        headers = {"X-Api-Key": self.sandbox.api_key if key is None else key}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = body if isinstance(body, bytes) else orjson.dumps(body)
        url = "https://api.leandata.com" + re.sub(r"\{\w+\}", "none", operation.path)
        await self.transport.send(WireRequest(operation.method, url, headers, content), timeout=1)


@pytest.fixture
def wire(request: pytest.FixtureRequest) -> Wire:
    world = small_world()
    prefill = {"First Name": "First", "Email": "Mail"}  # the service prefills three labels, and no more are documented
    nodes = tuple(evolve(node, prefill=prefill) for node in world.nodes)
    world = evolve(world, nodes=nodes, **getattr(request, "param", {}))
    sandbox = Sandbox(world, now=lambda: NOW, seed=1, tcp=False)
    transport = WatchedTransport(sandbox.transport)
    return Wire(sandbox, transport, BookIt(sandbox.api_key, transport=transport))


Scenario = Callable[[Wire], Awaitable[object]]


async def _outcomes(wire: Wire) -> None:
    for plan in ("solo", "pool", "mixed", "questions", "expired", "notice", "self-service", "no such plan"):
        await wire.client.route(NODE, {**PROSPECT, "Plan": plan})


async def _availability(wire: Wire) -> None:
    for link in ("open", "once", "pool"):
        await wire.client.availability(link_id=link)
    for plan in ("solo", "pool"):
        await (await wire.offer(plan)).refresh()
    await wire.client.availability(meeting_id=await wire.book("pool"))


async def _bookings(wire: Wire) -> None:
    guests = ["cfo@navy.example", "coo@navy.example"]
    for plan in ("solo", "pool", "questions"):
        offer = await wire.offer(plan)
        answers = {**ANSWERS, "Why?": "To see."} if plan == "questions" else ANSWERS
        await offer.book(offer.slots[-1], timezone=ZONE, answers=answers, guests=guests)
    for link in ("open", "once", "pool"):
        await wire.client.book_link(link, timezone=ZONE, answers=ANSWERS)


async def _changes(wire: Wire) -> None:
    for plan in ("solo", "pool"):
        meeting_id = await wire.book(plan)
        await wire.client.reschedule(meeting_id, slot=nearest(NOW + timedelta(days=1)), timezone=ZONE)
        await wire.client.cancel(meeting_id)
        await wire.client.cancel(meeting_id)
        await wire.client.meeting(meeting_id)


async def _lists(wire: Wire) -> None:
    await wire.book()
    email = ANSWERS["Email"]
    await wire.client.meetings(email)
    await wire.client.meetings(email, start=NOW, end=NOW + timedelta(days=9), status="scheduled")
    await wire.client.api.list_meetings(prospect_email=email, start=0, end=2**53)


async def _legacy(wire: Wire) -> None:
    for plan in ("solo", "pool", "self-service", "no such plan"):
        await wire.client.legacy.route(NODE, {"Plan": plan})
    booked = await wire.client.legacy.book(
        await wire.params(),
        timezone=ZONE,
        answers=ANSWERS,
        cancel_link="https://team.example/cancel/",
        reschedule_link="https://team.example/move?id=",
    )
    assert isinstance(booked, Booked)
    await wire.client.legacy.modification(booked.meeting_id)


FLOWS: Mapping[str, Scenario] = {
    "inputs": lambda wire: wire.client.inputs(NODE),
    "every outcome of routing": _outcomes,
    "availability": _availability,
    "bookings": _bookings,
    "rescheduling and cancelling": _changes,
    "lists": _lists,
    "legacy": _legacy,
}


FORM = [{"name": name, "type": "text", "value": value} for name, value in ANSWERS.items()]


def booking(offer: Offer, *, earlier: timedelta = timedelta(0), **identified: str | None) -> dict[str, Any]:
    """The body that books an offer's first slot, or a time so much earlier."""
    slot, shift = offer.slots[0], earlier // timedelta(milliseconds=1)
    times = {"start_time": slot.start_milliseconds - shift, "end_time": slot.end_milliseconds - shift, "timezone": ZONE}
    users = {"users": list(slot.host_ids)} if offer.pooled else {}
    return {"scheduledTime": {**times, **users}, "userFields": FORM, **(identified or {"token": offer.token})}


Attempt: TypeAlias = Callable[[Wire, str], Awaitable[None]]


def sends(body: object) -> Attempt:
    return lambda wire, operation_id: wire.send(operation_id, body)


def books(plan: str, *, twice: bool = False, **changes: Any) -> Attempt:
    """Books an offer of this plan, with `twice` the same slot once more."""

    async def attempt(wire: Wire, operation_id: str) -> None:
        offer = await wire.offer(plan)
        for _ in range(2 if twice else 1):
            await wire.send(operation_id, booking(offer, **changes))

    return attempt


async def _token_spent(wire: Wire, operation_id: str) -> None:
    offer = await wire.offer("solo")
    await wire.send("bookMeeting", booking(offer))
    await wire.send(operation_id, {"token": offer.token})


INVALID = "Validation Error: "
NO_MEETING, NO_LINK = "Meeting not found", "link not found"
UNSUPPORTED = INVALID + "Unsupported link type. Please provide the linkId of a single meeting type BookIt Link."
TAKEN = "The selected time is no longer available."
TOKEN_SPENT = "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability."
LINK_SPENT = "This link only allows one booking and has already been used."
TOO_SOON = INVALID + "Scheduled time is before the minimum booking notice"
UNREADY = "Please check the following users have the correct product access and their calendar tokens are valid: broken"
MISSING = INVALID + "Missing required input: "
ONE_OF_THREE = INVALID + "Missing required parameter: linkId, meetingId or token"
BROKEN = {"triggerNode": NODE, "uid": UID, "prospect": {"Plan": "broken"}}
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

REFUSED: list[tuple[str, int, str, Attempt]] = [
    ("retrieveInputs", 400, INVALID + "No prospect trigger node found with name: X", sends({"nodeName": "X"})),
    ("routeAndFetchAvailability", 400, "Invalid Node name provided", sends({**BROKEN, "triggerNode": "X"})),
    ("routeAndFetchAvailability", 400, UNREADY, sends(BROKEN)),
    ("fetchAvailability", 400, TOKEN_SPENT, _token_spent),
    ("fetchAvailability", 404, NO_LINK, sends({"linkId": "none"})),
    ("fetchAvailability", 404, UNSUPPORTED, sends({"linkId": "multi"})),
    ("fetchAvailability", 404, UNSUPPORTED, sends({"linkId": "routing"})),
    ("fetchAvailability", 404, UNSUPPORTED, sends({"linkId": "dynamic"})),
    ("fetchAvailability", 404, UNSUPPORTED, sends({"linkId": "invite"})),
    ("fetchAvailability", 404, NO_MEETING, sends({"meetingId": "none"})),
    ("bookMeeting", 400, TAKEN, books("solo", twice=True, linkId="open")),
    ("bookMeeting", 400, LINK_SPENT, books("solo", twice=True, linkId="once")),
    ("bookMeeting", 400, TOO_SOON, books("notice", earlier=DAY)),
    ("bookMeeting", 404, NO_LINK, books("solo", linkId="none")),
    ("bookMeeting", 404, UNSUPPORTED, books("solo", linkId="multi")),
    ("bookRoundRobinMeeting", 400, TAKEN, books("pool", earlier=MINUTE)),
    ("bookRoundRobinMeeting", 404, NO_LINK, books("pool", linkId="none")),
    ("getMeeting", 404, NO_MEETING, sends(None)),
    ("rescheduleMeeting", 404, NO_MEETING, sends({"scheduledTime": {"start_time": 1, "end_time": 2}})),
    ("cancelMeeting", 404, NO_MEETING, sends(None)),
    ("legacyRetrieveModificationInfo", 404, NO_MEETING, sends({"eventId": "none"})),
]
MALFORMED: list[tuple[str, int, str, Attempt]] = [
    ("routeAndFetchAvailability", 400, MISSING + "uid", sends({"triggerNode": NODE, "prospect": {}})),
    ("fetchAvailability", 400, ONE_OF_THREE, sends({})),
    ("fetchAvailability", 400, ONE_OF_THREE, sends({"token": "x", "linkId": "open"})),
    ("listMeetings", 400, INVALID + "Missing required parameter: prospectEmail", sends(None)),
    ("legacyRoute", 400, MISSING + "_ld_nodeName", sends({"_ld_uid": UID, "formData": {}})),
    ("legacyRetrieveInfo", 400, MISSING + "params", sends({})),
    ("retrieveInputs", 413, "Request Too Long", sends(b" " * (10 * 2**20 + 1))),
]


SHAPES: dict[str, dict[str, str]] = {"nested": {}, "flat": {"meeting_shape": "flat", "list_shape": "wrapped"}}


@pytest.mark.parametrize("wire", SHAPES.values(), ids=SHAPES, indirect=True)
@pytest.mark.parametrize("name", FLOWS)
async def test_what_succeeds_is_documented_in_both_directions(wire: Wire, name: str) -> None:
    await FLOWS[name](wire)
    assert [one for one in wire.transport.exchanges if one.fault or one.status != 200] == []


async def test_the_flows_succeed_with_every_operation(wire: Wire) -> None:
    for scenario in FLOWS.values():
        await scenario(wire)
    assert {one.operation_id for one in wire.transport.exchanges} == OPERATIONS.keys()


@pytest.mark.parametrize(("operation_id", "status", "sentence", "attempt"), REFUSED)
async def test_what_is_refused_is_documented_in_both_directions(
    wire: Wire, operation_id: str, status: int, sentence: str, attempt: Attempt
) -> None:
    await attempt(wire, operation_id)
    assert wire.transport.exchanges[-1] == Exchange(operation_id, status, sentence, fault=None)
    assert [one for one in wire.transport.exchanges if one.fault] == []


@pytest.mark.parametrize(("operation_id", "status", "sentence", "attempt"), MALFORMED)
async def test_what_is_malformed_to_the_sandbox_is_so_to_the_document(
    wire: Wire, operation_id: str, status: int, sentence: str, attempt: Attempt
) -> None:
    await attempt(wire, operation_id)
    (exchange,) = wire.transport.exchanges
    assert exchange == Exchange(operation_id, status, sentence, fault=exchange.fault)
    assert exchange.fault


@pytest.mark.parametrize("operation_id", OPERATIONS)
async def test_a_wrong_key_is_refused_as_documented(wire: Wire, operation_id: str) -> None:
    await wire.send(operation_id, {}, key="wrong")
    (exchange,) = wire.transport.exchanges
    assert (exchange.status, exchange.sentence) == (401, "Unauthorized")


def test_every_sentence_of_the_document_is_provoked() -> None:
    documented = {
        (operation["operationId"], int(status), example["value"]["error"])
        for item in DOCUMENT["paths"].values()
        for method, operation in item.items()
        if method != "parameters"
        for status, answer in operation["responses"].items()
        for example in answer.get("content", {}).get("application/json", {}).get("examples", {}).values()
    }
    provoked = [row[:3] for row in REFUSED + MALFORMED]
    assert len(documented) > 12
    for operation_id, status, sentence in documented:
        pattern = re.sub("<.*", ".+", re.escape(sentence))
        found = [row for row in provoked if row[:2] == (operation_id, status) and re.fullmatch(pattern, row[2])]
        assert found, sentence
