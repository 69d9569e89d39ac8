"""A prospect is checked against the inputs of its trigger node, which are asked for once."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest

from bookit_async import BookIt, InvalidInputError, NotRouted, RetryPolicy, TransportFailure, WireRequest, WireResponse
from bookit_async.exchange import node_inputs
from bookit_async.sandbox import Sandbox

from ..clock import Clock
from ..conftest import ADA, NODE

ASKED = {"name": NODE, "inputs": [{"name": "Email", "type": "STRING"}, {"name": "Num_Employees", "type": "DOUBLE"}]}
NOWHERE = {"routing": {"responseType": "none"}}
LOST = TransportFailure("the connection was lost", maybe_processed=True)


class Service:
    """Answers what a node asks for with the next of a list, the last one for ever, and routes nowhere."""

    def __init__(self, *inputs: Any) -> None:
        self.inputs = list(inputs)
        self.asked = 0
        self.routed: list[Any] = []
        self.open = asyncio.Event()
        self.open.set()

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - its interface
        if not request.url.endswith("retrieve-inputs"):
            self.routed.append(json.loads(request.content or b"")["prospect"])
            return WireResponse(200, {}, json.dumps(NOWHERE).encode())
        self.asked += 1
        await self.open.wait()
        answer = self.inputs.pop(0) if len(self.inputs) > 1 else self.inputs[0]
        if isinstance(answer, TransportFailure):
            raise answer
        return answer if isinstance(answer, WireResponse) else WireResponse(200, {}, json.dumps(answer).encode())

    async def close(self) -> None: ...


def client_of(service: Service, clock: Clock, **options: Any) -> BookIt:
    return BookIt("k", transport=service, clock=clock, sleep=clock.sleep, **options)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def calls(client: BookIt, prospect: Any) -> Iterator[Any]:
    yield lambda: client.route(NODE, prospect)
    yield lambda: client.book(NODE, prospect, timezone="UTC")


WRONG: list[tuple[str, dict[str, Any], str]] = [
    (
        "another case",
        {"email": "a@b.example"},
        "prospect['email'] is not an input of this trigger node: did you mean",
    ),
    (
        "other spaces",
        {"E mail": "a@b.example"},
        "prospect['E mail'] is not an input of this trigger node: did you",
    ),
    ("no punctuation", {"NumEmployees": 5}, "did you mean 'Num_Employees'?"),
    ("the wrong type", {"Num_Employees": "many"}, "prospect['Num_Employees'] must be a number"),
    ("text where a number is empty", {"Num_Employees": ""}, "must be a number or None"),
]


@pytest.mark.parametrize(("prospect", "sentence"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
@pytest.mark.parametrize("asked_before", [False, True])
async def test_a_wrong_prospect_is_refused_whatever_was_asked_before(
    prospect: dict[str, Any], sentence: str, asked_before: bool, clock: Clock
) -> None:
    service = Service(ASKED)
    client = client_of(service, clock)
    if asked_before:
        await client.inputs(NODE)
    for call in calls(client, prospect):
        with pytest.raises(InvalidInputError) as caught:
            await call()
        assert sentence in str(caught.value)
    assert service.asked == 1
    assert service.routed == []


RIGHT: list[dict[str, Any]] = [
    {},
    {"Email": "a@b.example"},
    {"Num_Employees": 5, "Unknown": "x", "ld_bookit_log_id": "x"},
    {"Num_Employees": "5"},
    {"Num_Employees": None},
]


@pytest.mark.parametrize("prospect", RIGHT, ids=str)
@pytest.mark.parametrize("asked_before", [False, True])
async def test_what_is_missing_is_the_services_to_judge(prospect: Any, asked_before: bool, clock: Clock) -> None:
    service = Service(ASKED)
    client = client_of(service, clock)
    if asked_before:
        await client.inputs(NODE)
    for call in calls(client, prospect):
        assert isinstance(await call(), NotRouted)
    assert service.asked == 1
    assert service.routed == 2 * [{name: value for name, value in prospect.items() if value is not None}]


HAD_NOT: list[Any] = [
    LOST,
    TransportFailure("refused", maybe_processed=False),
    WireResponse(500, {}, b""),
    WireResponse(429, {"retry-after": "60"}, b""),
    WireResponse(401, {}, b""),
    WireResponse(400, {}, b'{"error": "Validation Error: No prospect trigger node found with name: x"}'),
    WireResponse(200, {}, b"<html>"),
    [5],
]


@pytest.mark.parametrize("answer", HAD_NOT, ids=str)
async def test_where_inputs_cannot_be_had_the_call_goes_on_without(answer: Any, clock: Clock) -> None:
    service = Service(answer, ASKED)
    client = client_of(service, clock, inputs_ttl=100)
    before = clock()
    for _ in range(3):
        assert isinstance(await client.route(NODE, {"email": "x"}), NotRouted)
    assert (service.asked, clock()) == (1, before), "it is asked once, and nothing is waited for"
    await clock.sleep(11)
    with pytest.raises(InvalidInputError):
        await client.route(NODE, {"email": "x"})


async def test_callers_at_the_same_time_share_one_question(clock: Clock) -> None:
    service = Service(ASKED)
    service.open.clear()
    client = client_of(service, clock)
    tasks = [asyncio.create_task(client.route(NODE, ADA)) for _ in range(50)]
    await asyncio.sleep(0.01)
    tasks[0].cancel()  # which takes the answer from nobody else
    await asyncio.sleep(0.01)
    service.open.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    assert isinstance(outcomes[0], asyncio.CancelledError)
    assert service.asked == 1
    assert all("did you mean 'Num_Employees'" in str(one) for one in outcomes[1:])


async def test_copies_share_what_is_known_and_other_accounts_do_not(clock: Clock) -> None:
    service = Service(ASKED)
    client = client_of(service, clock)
    await client.route(NODE, {})
    await client.with_options(timeout=1).route(NODE, {})
    assert service.asked == 1
    await client.with_options(api_key="other").route(NODE, {})
    await client.with_options(base_url="https://other.example").route(NODE, {})
    assert service.asked == 3
    await client.with_options(check_inputs=False).route("Another", {"email": "x"})
    assert service.asked == 3


@pytest.mark.parametrize(("check_inputs", "asked"), [(True, 2), (False, 0)])
async def test_inputs_are_learned_ahead_when_connecting(clock: Clock, check_inputs: bool, asked: int) -> None:
    service = Service(ASKED, ASKED, ASKED)
    client = client_of(service, clock, check_inputs=check_inputs)
    await client.connect(trigger_nodes=[NODE, "Another"])
    assert service.asked == asked
    for call in calls(client, {"Email": "a@b.example"}):
        assert isinstance(await call(), NotRouted)
    assert service.asked == asked


async def test_connecting_goes_on_where_inputs_cannot_be_had(clock: Clock) -> None:
    service = Service(WireResponse(500, {}, b""))
    await client_of(service, clock).connect(trigger_nodes=[NODE])
    assert service.asked == 1


async def test_it_can_be_switched_off(clock: Clock) -> None:
    service = Service(ASKED)
    client = client_of(service, clock, check_inputs=False)
    assert isinstance(await client.route(NODE, {"email": "x"}), NotRouted)
    await client.inputs(NODE)
    assert isinstance(await client.route(NODE, {"email": "x"}), NotRouted)


async def test_inputs_are_kept_as_long_as_is_said(clock: Clock) -> None:
    service = Service(ASKED)
    client = client_of(service, clock, inputs_ttl=10)
    for _ in range(3):
        await client.route(NODE, {})
    assert service.asked == 1
    await clock.sleep(10)
    await client.route(NODE, {})
    assert service.asked == 2
    keeps_none = client_of(service, clock, inputs_ttl=0)
    for _ in range(2):
        await keeps_none.route(NODE, {})
    assert service.asked == 4


async def test_not_more_nodes_are_remembered_than_that(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_inputs, "_MOST", 2)
    service = Service(ASKED)
    client = client_of(service, clock)
    for node in ("one", "two", "three", "three", "one"):
        await client.route(node, {})
    assert service.asked == 4


async def test_a_client_that_is_closed_meanwhile_does_not_leave_the_question_behind(clock: Clock) -> None:
    service = Service(ASKED)
    service.open.clear()
    client = client_of(service, clock, retries=RetryPolicy(attempts=1))
    task = asyncio.create_task(client.route(NODE, {}))
    await asyncio.sleep(0.01)
    await client.close()
    assert isinstance(await task, NotRouted)  # this transport is not the client's, and still open


async def test_the_sandbox_hears_one_question_for_many_bookings(sandbox: Sandbox, client: BookIt) -> None:
    await asyncio.gather(*(client.route(NODE, ADA) for _ in range(10)))
    operations = [one.operation_id for one in sandbox.requests]
    assert operations == ["retrieveInputs", *10 * ["routeAndFetchAvailability"]]
