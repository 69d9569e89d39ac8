"""The client itself: its settings, what it sends, and what it makes of every kind of answer."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from bookit_async import (
    APIStatusError,
    AuthenticationError,
    Booked,
    BookIt,
    BookItError,
    InvalidInputError,
    MeetingNotFoundError,
    NoAvailability,
    NotRouted,
    NotSentError,
    Offer,
    OutcomeUnknownError,
    RateLimitError,
    Redirected,
    ResponseInvalidError,
    ServerError,
    TransportFailure,
    WireResponse,
    earliest,
)
from bookit_async._generated.client import Api
from bookit_async._generated.models import SelectedTime
from bookit_async.sandbox import Sandbox

from .conftest import ADA, NODE
from .scripted import KEY, Script, client_of, ok

SLOTS: dict[str, Any] = {
    "timeSlots": [{"start_time": 1746547200000, "end_time": 1746548100000, "users": [0]}],
    "indexToUserIdMap": {"0": "h1"},
}


async def test_a_request_carries_the_key_and_what_the_service_needs() -> None:
    client, script = client_of({"inputs": []}, [])
    await client.inputs("A/B ü")
    await client.meetings("ada+x@engines.example", start=datetime(2025, 5, 6, tzinfo=UTC), status="scheduled")
    (post, timeout), (get, _) = script.sent
    assert (post.method, post.url, timeout) == ("POST", "https://api.leandata.com/v1/scheduling/retrieve-inputs", 30.0)
    assert json.loads(post.content or b"") == {"nodeName": "A/B ü"}
    assert (
        post.headers.items()
        >= {"X-Api-Key": KEY, "Accept": "application/json", "Content-Type": "application/json"}.items()
    )
    assert post.headers["User-Agent"].startswith("bookit-async/")
    assert (get.method, get.content) == ("GET", None)
    assert get.url == (
        "https://api.leandata.com/v1/meetings"
        "?prospectEmail=ada%2Bx%40engines.example&start=2025-05-06T00%3A00%3A00.000Z&status=scheduled"
    )
    assert "Content-Type" not in get.headers


BAD_SETTINGS: list[tuple[str, dict[str, Any], str]] = [
    ("no key", {}, "api_key is missing"),
    ("an empty key", {"api_key": ""}, "api_key is missing"),
    ("a header injected", {"api_key": "x\r\nHost: evil"}, "api_key holds spaces, line breaks"),
    ("a key outside ASCII", {"api_key": "ключ"}, "api_key holds spaces, line breaks"),
    ("no URL", {"api_key": KEY, "base_url": "api.leandata.com"}, "base_url must be a URL"),
    ("another scheme", {"api_key": KEY, "base_url": "ftp://x"}, "base_url must be a URL"),
    ("a broken URL", {"api_key": KEY, "base_url": "https://[x"}, "base_url must be a URL"),
    ("a query", {"api_key": KEY, "base_url": "https://x/?a"}, "base_url must be a URL"),
    ("http to another machine", {"api_key": KEY, "base_url": "http://api.leandata.com"}, "use https://"),
    ("no time", {"api_key": KEY, "timeout": 0}, "timeout must be a positive"),
    ("no number", {"api_key": KEY, "timeout": float("nan")}, "timeout must be a positive"),
    ("both ways to send", {"api_key": KEY, "transport": Script(), "http_client": Script()}, "give one"),
]


@pytest.mark.parametrize(("given", "sentence"), [row[1:] for row in BAD_SETTINGS], ids=[row[0] for row in BAD_SETTINGS])
def test_settings_are_checked_when_given(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInputError, match=sentence) as caught:
        BookIt(**given)
    assert KEY not in str(caught.value)
    assert "evil" not in str(caught.value)


def test_all_settings_that_are_wrong_are_told_at_once() -> None:
    with pytest.raises(InvalidInputError) as caught:
        BookIt("", base_url="x", timeout=-1)
    assert len(caught.value.problems) == 3


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKIT_API_KEY", KEY)
    monkeypatch.setenv("BOOKIT_BASE_URL", "http://127.0.0.1:8000/")
    settings = BookIt().settings
    assert (settings.api_key, settings.base_url) == (KEY, "http://127.0.0.1:8000")
    assert BookIt(base_url="https://other.example").settings.base_url == "https://other.example"


async def test_options_change_a_copy_and_never_its_parent() -> None:
    parent, script = client_of({"inputs": []}, {"inputs": []})
    copy = parent.with_options(timeout=5, base_url="https://eu.example/", api_key="other")
    await copy.inputs(NODE)
    await parent.inputs(NODE)
    (first, patience), (second, usual) = script.sent
    assert (first.url[:18], first.headers["X-Api-Key"], patience) == ("https://eu.example", "other", 5)
    assert (second.url[:18], second.headers["X-Api-Key"], usual) == ("https://api.leanda", KEY, 30.0)
    with pytest.raises(InvalidInputError):
        parent.with_options(timeout=-1)
    assert parent.with_options().settings == parent.settings


async def test_only_connections_of_its_own_are_closed() -> None:
    client, script = client_of()
    async with client:
        pass
    assert script.closed == 0
    async with BookIt(KEY) as own:
        copy = own.with_options(timeout=1)
        await copy.close()
    await own.close()
    with pytest.raises(NotSentError):
        await own.inputs(NODE)


ANSWERS: list[tuple[str, Any, type[BookItError]]] = [
    ("401", ok({"message": "Unauthorized"}, 401), AuthenticationError),
    ("429", ok({"message": "Too Many Requests"}, 429), RateLimitError),
    ("502 in HTML", ok(b"<html>Bad Gateway</html>", 502), ServerError),
    ("504", ok({"message": "Endpoint request timed out"}, 504), ServerError),
    ("a redirect", ok(b"", 302), APIStatusError),
    ("an unexpected success", ok({}, 202), APIStatusError),
    ("not sent", TransportFailure("connection refused", maybe_processed=False), NotSentError),
    ("perhaps processed", TransportFailure("no answer in time", maybe_processed=True), OutcomeUnknownError),
    ("no JSON", ok(b"<html>"), ResponseInvalidError),
    ("nothing", ok(b""), ResponseInvalidError),
    ("another shape", ok({"inputs": {}}), ResponseInvalidError),
]


@pytest.mark.parametrize(("answer", "expected"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
async def test_an_answer_that_is_no_success_becomes_one_error(answer: Any, expected: type[BookItError]) -> None:
    client, script = client_of(answer)
    with pytest.raises(BookItError) as caught:
        await client.inputs(NODE)
    assert type(caught.value) is expected
    assert caught.value.operation == "retrieve_inputs"
    assert len(script.sent) == 1
    if isinstance(caught.value, APIStatusError):
        assert (caught.value.request_id, caught.value.body) == ("r-1", answer.body)


async def test_a_wrong_shape_tells_its_path() -> None:
    client, _ = client_of({"inputs": [{"name": "a"}, {"name": 5}]})
    with pytest.raises(ResponseInvalidError) as caught:
        await client.inputs(NODE)
    assert caught.value.path == "$.inputs[1].name"
    client, _ = client_of({"meetings": [None, 5]})
    with pytest.raises(ResponseInvalidError) as caught:
        await client.meetings("ada@engines.example")
    assert caught.value.path == "$.meetings[1]"


TIME = SelectedTime(start_time=1, end_time=2, timezone="UTC")


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"meetingId": "a'])
async def test_a_write_whose_answer_cannot_be_read_leaves_the_outcome_open(body: bytes) -> None:
    client, script = client_of(ok(body))
    with pytest.raises(OutcomeUnknownError):
        await client.api.book_meeting(scheduled_time=TIME, user_fields=[], token="t")
    assert len(script.sent) == 1


def page(**page_info: Any) -> dict[str, Any]:
    return {"availability": SLOTS, "pageInfo": page_info}


async def test_a_booking_that_names_no_meeting_leaves_the_outcome_open() -> None:
    client, _ = client_of(page(), {})
    with pytest.raises(OutcomeUnknownError, match="named no meeting, and without an email address it cannot"):
        await client.book_link("l", timezone="UTC")


ROUTED: list[tuple[str, dict[str, Any], Any]] = [
    ("calendar", {"routing": {"responseType": "calendar", "token": "t"}, "scheduling": page()}, Offer),
    ("nothing to offer", {"routing": {"responseType": "calendar"}, "scheduling": {"availability": {}}}, NoAvailability),
    ("redirect", {"routing": {"responseType": "redirect", "redirect": "https://x.example/?e=a"}}, Redirected),
    ("a redirect without a type", {"routing": {"redirect": "https://x.example/"}}, Redirected),
    ("none", {"routing": {"responseType": "none"}, "scheduling": None}, NotRouted),
    ("a new type", {"routing": {"responseType": "waitlist"}}, NotRouted),
]


UID = "3ac6f6f3-2bbd-4401-ab12-0ee9a654b6d1"


@pytest.mark.parametrize(("answer", "expected"), [row[1:] for row in ROUTED], ids=[row[0] for row in ROUTED])
async def test_every_routing_answer_is_an_outcome(answer: dict[str, Any], expected: type) -> None:
    client, _ = client_of(answer)
    outcome = await client.route(NODE, ADA, uid=UID)
    assert type(outcome) is expected
    assert outcome.uid == UID
    if isinstance(outcome, NotRouted):
        assert outcome.response_type == (answer.get("routing") or {"responseType": "none"})["responseType"]


@pytest.mark.parametrize("response_type", [{"responseType": "calendar"}, {}])
@pytest.mark.parametrize(("later", "expected"), [(page(), Offer), ({"availability": {}}, NoAvailability)])
async def test_a_calendar_without_a_page_is_asked_for_with_its_token(
    response_type: dict[str, str], later: dict[str, Any], expected: type
) -> None:
    client, script = client_of({"routing": {**response_type, "token": "t"}}, later)
    outcome = await client.route(NODE, ADA, uid=UID)
    assert type(outcome) is expected
    assert outcome.uid == UID
    assert json.loads(script.sent[1][0].content or b"") == {"token": "t"}


async def test_a_routing_that_says_nothing_is_told() -> None:
    client, _ = client_of({"routing": {"uid": UID}})
    with pytest.raises(ResponseInvalidError, match=r"\$\.routing\. Looked for responseType, found the keys uid"):
        await client.route(NODE, ADA)


START = SLOTS["timeSlots"][0]["start_time"]
NO_TIMES: list[tuple[list[Any], str]] = [
    ([None], r"timeSlots\. Looked for an open slot, found nothing"),
    ([None, {"end_time": START}], r"timeSlots\[1\]\. Looked for start_time, found the keys end_time"),
    (
        [{"start_time": START, "end_time": 5}],
        r"timeSlots\[0\]\.end_time\. Looked for epoch milliseconds of 2001 to 2199",
    ),
]


@pytest.mark.parametrize(("slots", "said"), NO_TIMES)
async def test_slots_without_a_time_are_not_no_slots(slots: list[Any], said: str) -> None:
    client, _ = client_of({"availability": {**SLOTS, "timeSlots": slots}, "pageInfo": {}})
    with pytest.raises(ResponseInvalidError, match=said):
        await client.availability(link_id="l")


async def test_a_slot_of_another_century_is_passed_over() -> None:
    late = {"start_time": 7_300_000_000_000, "end_time": 7_300_000_900_000, "users": [0]}
    client, _ = client_of({"availability": {**SLOTS, "timeSlots": [*SLOTS["timeSlots"], late]}, "pageInfo": {}})
    offer = await client.availability(link_id="l")
    assert isinstance(offer, Offer)
    assert [one.start_milliseconds for one in offer.slots] == [START]


async def test_inputs_of_which_none_has_a_name_are_told() -> None:
    client, _ = client_of({"inputs": [{"type": "STRING"}]})
    with pytest.raises(ResponseInvalidError, match=r"inputs\[0\]\. Looked for name, found the keys type"):
        await client.inputs(NODE)


POOLED: list[tuple[Any, str]] = [
    (True, "round-robin-meeting"),
    (False, "meeting"),
    (None, "meeting"),
    ("absent", "meeting"),
]


@pytest.mark.parametrize(("flag", "path"), POOLED)
async def test_the_booking_call_follows_the_flag_of_the_page(flag: Any, path: str) -> None:
    info = {} if flag == "absent" else {"displayAllPoolAvailability": flag}
    client, script = client_of(page(**info), {"meetingId": "m1", "organizerEmail": "h@x.example"})
    booked = await client.book_link("l", timezone="UTC")
    assert isinstance(booked, Booked)
    assert script.sent[-1][0].url == f"https://api.leandata.com/v1/{path}"
    assert (booked.host_id, booked.request_id) == ("h1", "r-1")


@pytest.mark.parametrize("users", [[0], None, "0", []])
async def test_a_page_of_a_pool_without_a_host_is_told_as_what_it_is(users: Any) -> None:
    slots: dict[str, Any] = {
        "indexToUserIdMap": {},
        "timeSlots": [None, {**SLOTS["timeSlots"][0], "users": users}],
    }
    client, script = client_of({"availability": slots, "pageInfo": {"displayAllPoolAvailability": True}})
    with pytest.raises(ResponseInvalidError, match=r"\.users\. Looked for indices into indexToUserIdMap"):
        await client.book_link("l", timezone="UTC")
    assert len(script.sent) == 1


async def test_a_slot_of_a_pool_without_hosts_among_others_is_not_booked() -> None:
    first = SLOTS["timeSlots"][0]
    second: dict[str, Any] = {
        "start_time": first["start_time"] + 900_000,
        "end_time": first["end_time"] + 900_000,
        "users": [7],
    }
    slots: dict[str, Any] = {**SLOTS, "timeSlots": [first, second]}
    client, script = client_of({"availability": slots, "pageInfo": {"displayAllPoolAvailability": True}})
    with pytest.raises(InvalidInputError, match="names no host"):
        await client.book_link("l", timezone="UTC", slot=datetime.fromtimestamp(second["start_time"] / 1000, UTC))
    assert len(script.sent) == 1


@pytest.mark.parametrize(
    ("users", "answer", "host_id"),
    [
        ({"h1": {"Email": "x@x.example"}, "h2": {"Email": "h@x.example"}}, {"organizerEmail": "h@x.example"}, "h2"),
        ({"h1": {"Email": "x@x.example"}}, {"organizerEmail": "h@x.example"}, "h1"),
        ({}, {}, "h1"),
    ],
    ids=["by email", "the only one of the slot", "nothing told"],
)
async def test_the_host_is_told_as_far_as_it_is_known(users: Any, answer: Any, host_id: str) -> None:
    client, _ = client_of({**page(), "userIdToInfoMap": users}, {"meetingId": "m1", **answer})
    booked = await client.book_link("l", timezone="UTC")
    assert isinstance(booked, Booked)
    assert booked.host_id == host_id


async def test_no_host_is_guessed_among_several() -> None:
    slots = {"timeSlots": [{**SLOTS["timeSlots"][0], "users": [0, 1]}], "indexToUserIdMap": {"0": "h1", "1": "h2"}}
    client, _ = client_of({"availability": slots}, {"meetingId": "m1"})
    booked = await client.book_link("l", timezone="UTC")
    assert isinstance(booked, Booked)
    assert booked.host_id is None


async def test_a_page_gives_what_it_can_and_breaks_on_nothing() -> None:
    wire: dict[str, Any] = {
        "meeting": {"duration": {"unit": "fortnight", "value": 1}},
        "availability": {
            "indexToUserIdMap": {"0": "h1"},
            "timeSlots": [
                {"start_time": 10**12 + 2000, "end_time": 10**12 + 3000, "users": [0, 7]},
                {"start_time": 10**12 + 1000, "end_time": 10**12 + 2000},
                {"start_time": None, "end_time": 10**12 + 2000},
                {"start_time": 10**18, "end_time": 10**18},
            ],
        },
        "userIdToInfoMap": {"h1": {}},
    }
    client, _ = client_of(wire, {**wire, "meeting": {"duration": {"value": 1e300}}})
    offer = await client.availability(link_id="l")
    assert isinstance(offer, Offer)
    assert [(one.start_milliseconds, one.host_ids) for one in offer.slots] == [
        (10**12 + 1000, ()),
        (10**12 + 2000, ("h1",)),
    ]
    assert (offer.duration, offer.meeting_type, offer.form_fields) == (None, None, ())
    assert offer.hosts[0].name == "h1"
    with pytest.raises(InvalidInputError, match="timezone"):
        offer.days("Nowhere")
    again = await offer.refresh()
    assert isinstance(again, Offer)
    assert (again.duration, again.link_id) == (None, "l")


async def test_nothing_to_offer_for_a_link_or_a_meeting_is_an_outcome() -> None:
    client, script = client_of({"availability": {}}, {"availability": {}})
    assert await client.book_link("l", timezone="UTC") == NoAvailability()
    assert await client.reschedule("m", timezone="UTC") == NoAvailability()
    assert len(script.sent) == 2


@pytest.mark.parametrize(
    ("answers", "error"),
    [
        ([ok({"error": "Meeting already canceled"}, 400), ok({"bookIt": {"status": "canceled"}})], None),
        ([ok({"error": "Meeting not found"}, 404), ok({"calendarEvent": {"status": "cancelled"}})], None),
        ([ok({"error": "No"}, 400), ok({"bookIt": {"status": "scheduled"}})], APIStatusError),
        ([ok({"error": "Meeting not found"}, 404), ok({"error": "Meeting not found"}, 404)], MeetingNotFoundError),
        ([ok({"message": "Unauthorized"}, 401)], AuthenticationError),
        ([ok({"message": "Too Many Requests"}, 429)], RateLimitError),
    ],
)
async def test_a_refused_cancellation_is_one_only_if_the_meeting_still_stands(
    answers: list[WireResponse], error: type[APIStatusError] | None
) -> None:
    client, script = client_of(*answers)
    if error is None:
        await client.cancel("m1")
    else:
        with pytest.raises(error) as caught:
            await client.cancel("m1")
        assert type(caught.value) is error
        assert caught.value.operation == "cancel_meeting"
    assert not script.answers


ASKED = {
    "inputs": [{"name": "Email", "type": "STRING"}, {"name": "Size", "type": "DOUBLE"}, {"name": "ld_bookit_log_id"}]
}
NOWHERE = {"routing": {"responseType": "none"}}


async def test_the_inputs_of_a_node_are_kept_for_a_while() -> None:
    now = [0.0]
    script = Script(ASKED, ASKED, ASKED)
    client = BookIt(KEY, transport=script, inputs_ttl=60, clock=lambda: now[0])
    first = await client.inputs(NODE)
    now[0] = 59.9
    assert await client.inputs(NODE) is first
    assert len(script.sent) == 1
    assert await client.inputs(NODE, refresh=True) == first
    now[0] = 119.9
    await client.inputs(NODE)
    assert len(script.sent) == 3


CALLS: list[Callable[[Api], Any]] = [
    lambda api: api.retrieve_inputs(node_name=NODE),
    lambda api: api.legacy_route(ld_node_name=NODE, ld_uid="3ac6f6f3-2bbd-4401-ab12-0ee9a654b6d1", form_data=ADA),
]


@pytest.mark.parametrize("call", CALLS)
async def test_every_operation_is_there_for_what_the_methods_do_not_cover(
    sandbox: Sandbox, client: BookIt, call: Callable[[Api], Any]
) -> None:
    assert (await call(client.api)).to_dict()
    assert len(sandbox.requests) == 1


async def test_a_wrong_key_is_refused(sandbox: Sandbox) -> None:
    client = BookIt("wrong", transport=sandbox.transport)
    with pytest.raises(AuthenticationError):
        await client.inputs(NODE)


@respx.mock
async def test_any_httpx_client_will_do() -> None:
    route = respx.post("https://api.leandata.com/v1/scheduling/retrieve-inputs").respond(json={"inputs": []})
    async with httpx.AsyncClient() as http, BookIt(KEY, http_client=http) as client:
        assert (await client.inputs(NODE)).inputs == ()
        assert route.calls.last.request.headers["x-api-key"] == KEY
    assert http.is_closed


async def test_nothing_that_must_stay_private_is_in_a_repr(client: BookIt, sandbox: Sandbox) -> None:
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    booked = await offer.book(earliest(), timezone="UTC")
    redirected = Redirected(url="https://x.example/go?email=ada@engines.example")
    meetings = await client.meetings(ADA["Email"])
    shown = repr([client, client.settings, offer, offer.page, booked, redirected, meetings, meetings[0].raw])
    assert "Eva" in shown
    for secret in (sandbox.api_key, offer.token or "", *(str(value) for value in ADA.values() if value != 4200)):
        assert secret not in shown
