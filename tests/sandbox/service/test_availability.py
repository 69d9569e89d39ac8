"""Inputs, routing and open slots, as raw JSON through the front door."""

from typing import Any

import pytest

from bookit_async.sandbox.world.calendar import from_iso

from ... import paths
from ..front_door import BOOK_POOL, FETCH, ROUTE, Door, booking

CALL = {
    "name": "Call",
    "internalName": "",
    "description": "",
    "duration": {"unit": "min", "value": 30},
    "pageStyle": {"styleColor": "#1f6feb", "logo": "https://team.example/logo.png"},
    "redirectURL": "",
}


def times(page: Any) -> list[int]:
    return [slot["start_time"] for slot in page["availability"]["timeSlots"]]


async def test_a_trigger_node_tells_its_inputs(door: Door) -> None:
    reply = await door.post(paths.INPUTS, {"nodeName": "Plans"})
    assert reply.status == 200
    assert reply.json == {
        "name": "Plans",
        "inputs": [
            {"name": "Plan", "type": "STRING"},
            {"name": "First", "type": "STRING"},
            {"name": "Mail", "type": "STRING"},
            {"name": "Size", "type": "DOUBLE"},
            {"name": "Phone", "type": "PHONE"},
            {"name": "Partner", "type": "BOOLEAN"},
        ],
    }


async def test_one_host_is_offered_with_the_form_and_what_is_known(door: Door) -> None:
    answer = await door.route("solo", First="Grace", Mail="grace@navy.example", Size=7)
    assert answer["routing"]["responseType"] == "calendar"
    assert set(answer["routing"]) == {"responseType", "token", "calendarLink"}
    page = answer["scheduling"]
    form = page["meeting"].pop("formFields")
    assert page["meeting"] == CALL
    assert form[:4] == [
        {"name": "First Name", "type": "text", "required": True},
        {"name": "Last Name", "type": "text", "required": True},
        {"name": "Email", "type": "text", "required": True},
        {"name": "Additional Guest Emails", "type": "textarea", "required": False},
    ]
    assert form[4:] == [{"name": "", "type": "text", "required": False}] * 5
    assert page["pageInfo"] == {
        "displayAllPoolAvailability": False,
        "userIds": ["solo"],
        "prefillFields": {"First Name": "Grace", "Email": "grace@navy.example", "Team Size": "7.0"},
    }
    assert page["userIdToInfoMap"] == {
        "solo": {
            "FirstName": "Solo",
            "LastName": "Host",
            "Email": "solo@team.example",
            "TimeZoneSidKey": "Europe/London",
            "ConferenceLink": "",
            "Phone": "",
        }
    }
    assert page["availability"]["indexToUserIdMap"] == {"0": "solo"}
    assert page["availability"]["timeSlots"][0] == {
        "start_time": from_iso("2026-05-04T08:00Z"),
        "end_time": from_iso("2026-05-04T08:30Z"),
        "users": [0],
    }
    assert len(times(page)) == 3 * 4


async def test_a_pool_is_offered_without_hosts_and_slots_name_them_in_turn(door: Door) -> None:
    """Ann has twice the weight. Indices count the members as configured, so that order and index differ."""
    page = (await door.route("pool"))["scheduling"]
    assert page["pageInfo"] == {"displayAllPoolAvailability": True, "userIds": [], "prefillFields": {}}
    assert page["availability"]["indexToUserIdMap"] == {"0": "cyd", "1": "ann", "2": "bob", "3": "away"}
    users = {slot["start_time"]: slot["users"] for slot in page["availability"]["timeSlots"]}
    assert users[from_iso("2026-05-04T08:00Z")] == [1, 2]
    assert users[from_iso("2026-05-05T03:30Z")] == [0]
    assert times(page) == sorted(times(page))


async def test_the_turn_passes_on_when_a_pool_was_booked(door: Door) -> None:
    chosen: list[str] = []
    for number in range(4):
        answer = await door.route("pool", uid=f"uid-{number}")
        slot = next(
            i for i, slot in enumerate(answer["scheduling"]["availability"]["timeSlots"]) if len(slot["users"]) > 1
        )
        body = {**booking(answer["scheduling"], slot, users=True), "token": answer["routing"]["token"]}
        chosen.append((await door.post(BOOK_POOL, body)).json["selectedUserId"])
    assert chosen == ["ann", "bob", "ann", "ann"]


@pytest.mark.parametrize(
    ("plan", "routing"),
    [
        ("self-service", {"responseType": "redirect", "redirect": "https://team.example/self-service"}),
        ("unheard of", {"responseType": "none"}),
    ],
)
async def test_other_outcomes_have_no_slots(door: Door, plan: str, routing: dict[str, str]) -> None:
    assert await door.route(plan) == {"routing": routing, "scheduling": None}


@pytest.mark.parametrize("plan", ["expired"])
async def test_nothing_to_offer_is_an_empty_object(door: Door, plan: str) -> None:
    assert (await door.route(plan))["scheduling"]["availability"] == {}


async def test_notice_and_date_range_bound_the_slots(door: Door) -> None:
    assert times((await door.route("notice"))["scheduling"])[0] == from_iso("2026-05-05T08:00Z")
    assert times((await door.route("questions"))["scheduling"])[0] == from_iso("2026-05-05T08:00Z")


async def test_a_pool_goes_on_without_hosts_who_are_not_ready(door: Door) -> None:
    page = (await door.route("mixed"))["scheduling"]
    assert page["availability"]["indexToUserIdMap"] == {"0": "bob"}


@pytest.mark.parametrize(("plan", "users"), [("broken", "broken"), ("all-broken", "broken, faulty")])
async def test_hosts_who_are_not_ready_are_named(door: Door, plan: str, users: str) -> None:
    reply = await door.post(ROUTE, {"triggerNode": "Plans", "uid": "u", "prospect": {"Plan": plan}})
    assert (reply.status, reply.json) == (
        400,
        {
            "error": "Please check the following users have the correct product access and their calendar tokens are "
            f"valid: {users}"
        },
    )


async def test_the_same_submission_sent_again_gets_the_same_outcome(door: Door) -> None:
    first = await door.route("solo")
    assert await door.route("solo") == first
    tokens = {first["routing"]["token"], (await door.route("solo", uid="uid-2"))["routing"]["token"]}
    tokens.add((await door.route("solo", First="Grace"))["routing"]["token"])
    assert len(tokens) == 3


async def test_a_token_a_link_and_a_meeting_fetch_slots(door: Door) -> None:
    routed = await door.route("solo")
    by_token = (await door.post(FETCH, {"token": routed["routing"]["token"]})).json
    assert by_token["availability"] == routed["scheduling"]["availability"]
    assert by_token["pageInfo"] == routed["scheduling"]["pageInfo"]
    assert by_token["meeting"]["logo"] == "https://team.example/logo.png"
    assert by_token["meeting"]["pageStyle"] == {"styleColor": "#1f6feb"}
    by_link = (await door.post(FETCH, {"linkId": "open", "token": None})).json
    assert by_link["pageInfo"] == {"userIds": ["solo"], "prefillFields": {}}
    assert times(by_link) == times(by_token)
    pooled = (await door.post(FETCH, {"linkId": "pool", "token": ""})).json
    assert pooled["pageInfo"] == {"displayAllPoolAvailability": True, "userIds": [], "prefillFields": {}}


async def test_a_meeting_fetches_its_hosts_slots_and_its_own_time_is_among_them(door: Door) -> None:
    meeting_id = await door.book_solo()
    assert times((await door.route("solo", uid="other"))["scheduling"])[0] == from_iso("2026-05-04T08:30Z")
    page = (await door.post(FETCH, {"meetingId": meeting_id})).json
    assert times(page)[0] == from_iso("2026-05-04T08:00Z")
    assert page["pageInfo"] == {
        "userIds": ["solo"],
        "prefillFields": {"First Name": "Grace", "Last Name": "Hopper", "Email": "grace@navy.example"},
    }
    assert page["calendarEvent"]["id"] == meeting_id
    assert page["calendarEvent"]["organizer"] == {"email": "solo@team.example"}


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        (
            paths.INPUTS,
            {"nodeName": "plans"},
            400,
            "Validation Error: No prospect trigger node found with name: plans",
        ),
        (paths.INPUTS, {}, 400, "Validation Error: Missing required input: nodeName"),
        (paths.INPUTS, {"nodeName": 5}, 400, "Validation Error: nodeName must be of type string"),
        (ROUTE, {"triggerNode": "plans", "uid": "u", "prospect": {}}, 400, "Invalid Node name provided"),
        (ROUTE, {"triggerNode": "Plans", "prospect": {}}, 400, "Validation Error: Missing required input: uid"),
        (
            ROUTE,
            {"triggerNode": "Plans", "uid": " ", "prospect": {}},
            400,
            "Validation Error: Missing required input: uid",
        ),
        (ROUTE, {"uid": "u", "prospect": {}}, 400, "Validation Error: Missing required input: triggerNode"),
        (ROUTE, {"triggerNode": "Plans", "uid": "u"}, 400, "Validation Error: Missing required input: prospect"),
        (
            ROUTE,
            {"triggerNode": "Plans", "uid": "u", "prospect": []},
            400,
            "Validation Error: prospect must be of type object",
        ),
        (
            ROUTE,
            {"triggerNode": "Plans", "uid": "u", "prospect": {"Size": "many"}},
            400,
            "Validation Error: Input Size must be of type DOUBLE",
        ),
        (ROUTE, [], 400, "Validation Error: the request body must be of type object"),
        (FETCH, {}, 400, "Validation Error: Missing required parameter: linkId, meetingId or token"),
        (
            FETCH,
            {"token": "t", "linkId": "l"},
            400,
            "Validation Error: Missing required parameter: linkId, meetingId or token",
        ),
        (FETCH, {"token": "t"}, 400, "Validation Error: Invalid token"),
        (FETCH, {"linkId": "nope"}, 404, "link not found"),
        (FETCH, {"meetingId": "nope"}, 404, "Meeting not found"),
    ],
)
async def test_refusals(door: Door, path: str, body: object, status: int, sentence: str) -> None:
    reply = await door.post(path, body)
    assert (reply.status, reply.json) == (status, {"error": sentence})


@pytest.mark.parametrize("link", ["multi", "routing", "dynamic", "invite"])
async def test_only_links_of_one_meeting_type_are_supported(door: Door, link: str) -> None:
    reply = await door.post(FETCH, {"linkId": link})
    sentence = (
        "Validation Error: Unsupported link type. Please provide the linkId of a single meeting type BookIt Link."
    )
    assert (reply.status, reply.json) == (404, {"error": sentence})
