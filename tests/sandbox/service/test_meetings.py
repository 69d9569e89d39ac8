"""Reading, moving and canceling meetings, as raw JSON through the front door."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from bookit_async.sandbox.world.calendar import from_iso

from ..front_door import BOOK, BOOK_POOL, FETCH, Door, booking

SLOT = from_iso("2026-05-04T08:00Z")
HALF_HOUR = 30 * 60_000


def new_time(start: int, **more: object) -> dict[str, Any]:
    return {"scheduledTime": {"start_time": start, "end_time": start + HALF_HOUR, **more}}


async def listed(door: Door, **parameters: object) -> list[Any]:
    reply = await door("GET", f"/v1/meetings?{urlencode({'prospectEmail': 'grace@navy.example', **parameters})}")
    assert reply.status == 200, reply.body
    return [meeting["calendarEvent"]["scheduledTime"]["start_time"] for meeting in reply.json]


async def test_a_meeting_is_read_in_the_documented_shape(door: Door) -> None:
    routed = await door.route("solo")
    body = {
        **booking(routed["scheduling"], Additional_Guest_Emails=["cfo@navy.example"]),
        "token": routed["routing"]["token"],
    }
    meeting_id = (await door.post(BOOK, body)).json["meetingId"]
    reply = await door("GET", f"/v1/meeting/{meeting_id}")
    assert reply.status == 200
    assert reply.json == {
        "bookIt": {"status": "scheduled"},
        "calendarEvent": {
            "id": meeting_id,
            "title": "Call: Grace Hopper",
            "status": "confirmed",
            "scheduledTime": {"start_time": SLOT, "end_time": SLOT + HALF_HOUR},
            "organizer": {"email": "solo@team.example"},
            "attendees": [
                {"email": "solo@team.example", "responseStatus": "accepted", "organizer": True, "self": True},
                {"email": "grace@navy.example", "responseStatus": "needsAction"},
                {"email": "cfo@navy.example", "responseStatus": "needsAction"},
            ],
        },
    }


async def test_a_move_frees_the_old_time_and_takes_the_new(door: Door) -> None:
    meeting_id = await door.book_solo()
    later = SLOT + 2 * HALF_HOUR
    reply = await door("PATCH", f"/v1/meeting/{meeting_id}", new_time(later, timezone="Asia/Tokyo"))
    assert (reply.status, reply.json) == (200, {"meetingId": meeting_id, "organizerEmail": "solo@team.example"})
    meeting = (await door("GET", f"/v1/meeting/{meeting_id}")).json
    assert meeting["bookIt"]["status"] == "rescheduled"
    assert meeting["calendarEvent"]["status"] == "confirmed"
    assert meeting["calendarEvent"]["scheduledTime"]["start_time"] == later
    page = (await door.route("solo", uid="other"))["scheduling"]
    starts = [slot["start_time"] for slot in page["availability"]["timeSlots"]]
    assert SLOT in starts
    assert later not in starts
    assert [mail.kind for mail in door.sandbox.outbox] == ["confirmation", "rescheduled"]
    assert "Monday 04 May 2026, 18:00 to 18:30 (Asia/Tokyo)" in door.sandbox.outbox[1].text


async def test_a_move_may_leave_the_time_zone_out_and_may_be_sent_twice(door: Door) -> None:
    meeting_id = await door.book_solo()
    for _ in range(2):
        assert (await door("PATCH", f"/v1/meeting/{meeting_id}", new_time(SLOT + HALF_HOUR))).status == 200
    assert door.sandbox.meetings[0].timezone == "Europe/Berlin"


async def test_a_pooled_meeting_keeps_its_host_when_it_moves(door: Door) -> None:
    routed = await door.route("pool")
    body = {**booking(routed["scheduling"], users=True), "token": routed["routing"]["token"]}
    meeting_id = (await door.post(BOOK_POOL, body)).json["meetingId"]
    page = (await door.post(FETCH, {"meetingId": meeting_id})).json
    assert "displayAllPoolAvailability" not in page["pageInfo"]
    slot = page["availability"]["timeSlots"][-1]
    reply = await door("PATCH", f"/v1/meeting/{meeting_id}", new_time(slot["start_time"]))
    assert reply.status == 200
    assert door.sandbox.meetings[0].host_id == page["pageInfo"]["userIds"][0]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (new_time(SLOT + HALF_HOUR), "The selected time is no longer available."),
        (new_time(SLOT + 1), "The selected time is no longer available."),
        (new_time(0), "Validation Error: Scheduled time is before the minimum booking notice"),
        (new_time(SLOT, timezone="Mars/Olympus"), "Validation Error: timezone must be an IANA time zone"),
        ({}, "Validation Error: Missing required input: scheduledTime"),
    ],
)
async def test_a_move_that_is_refused_changes_nothing(door: Door, body: object, sentence: str) -> None:
    meeting_id = await door.book_solo()
    await door.book_solo(uid="other")
    before = door.sandbox.meetings
    reply = await door("PATCH", f"/v1/meeting/{meeting_id}", body)
    assert (reply.status, reply.json) == (400, {"error": sentence})
    assert door.sandbox.meetings == before


async def test_a_canceled_meeting_frees_its_time_and_stays_readable(door: Door) -> None:
    meeting_id = await door.book_solo()
    for _ in range(2):
        reply = await door("DELETE", f"/v1/meeting/{meeting_id}")
        assert (reply.status, reply.body) == (200, b"")
        assert "content-type" not in reply.headers
    meeting = (await door("GET", f"/v1/meeting/{meeting_id}")).json
    assert meeting["bookIt"]["status"] == "canceled"
    assert meeting["calendarEvent"]["status"] == "canceled"
    page = (await door.route("solo", uid="other"))["scheduling"]
    assert page["availability"]["timeSlots"][0]["start_time"] == SLOT
    assert [mail.kind for mail in door.sandbox.outbox] == ["confirmation", "canceled"]
    assert (
        door.sandbox.outbox[1].text == "Monday 04 May 2026, 10:00 to 10:30 (Europe/Berlin)\nHost: solo@team.example\n"
    )


async def test_a_canceled_pool_meeting_gives_its_turn_back(door: Door) -> None:
    order: list[str] = []
    for number in range(2):
        routed = await door.route("pool", uid=f"uid-{number}")
        slots = routed["scheduling"]["availability"]["timeSlots"]
        slot = next(place for place, slot in enumerate(slots) if len(slot["users"]) == 2)
        body = {**booking(routed["scheduling"], slot, users=True), "token": routed["routing"]["token"]}
        booked = (await door.post(BOOK_POOL, body)).json
        order.append(booked["selectedUserId"])
        await door("DELETE", f"/v1/meeting/{booked['meetingId']}")
    assert order == ["ann", "ann"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("PATCH", "/v1/meeting/{id}", new_time(SLOT)), ("POST", FETCH, {"meetingId": "{id}"})],
)
async def test_a_canceled_meeting_cannot_be_moved(door: Door, method: str, path: str, body: dict[str, Any]) -> None:
    meeting_id = await door.book_solo()
    await door("DELETE", f"/v1/meeting/{meeting_id}")
    if "meetingId" in body:
        body = {"meetingId": meeting_id}
    reply = await door(method, path.format(id=meeting_id), body)
    assert (reply.status, reply.json) == (400, {"error": "Validation Error: Meeting has been canceled"})


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize("meeting_id", ["nope", "a%2Fb", "..%2f", "%00", "%FF"])
async def test_unknown_meetings_are_not_found(door: Door, method: str, meeting_id: str) -> None:
    reply = await door(method, f"/v1/meeting/{meeting_id}", new_time(SLOT) if method == "PATCH" else None)
    assert (reply.status, reply.json) == (404, {"error": "Meeting not found"})


async def test_the_list_has_the_prospects_meetings_in_order_of_time(door: Door) -> None:
    for number, slot in enumerate([3, 0, 0]):
        await door.book_solo(uid=f"uid-{number}", slot=slot)
    await door.book_solo(uid="other", userFields=[*booking_fields("ada@other.example")])
    moved, canceled = door.sandbox.meetings[0].id, door.sandbox.meetings[1].id
    assert (await door("PATCH", f"/v1/meeting/{moved}", new_time(SLOT + 3 * HALF_HOUR))).status == 200
    await door("DELETE", f"/v1/meeting/{canceled}")
    first, second, third = SLOT, SLOT + HALF_HOUR, SLOT + 3 * HALF_HOUR
    assert await listed(door) == [first, second, third]
    assert await listed(door, prospectEmail="GRACE@navy.example") == [first, second, third]
    assert await listed(door, prospectEmail="nobody@navy.example") == []
    assert await listed(door, status="scheduled") == [second]
    assert await listed(door, status="rescheduled") == [third]
    assert await listed(door, status="canceled") == [first]
    assert await listed(door, start=second) == [second, third]
    assert await listed(door, start="2026-05-04T08:30:00.000Z", end=str(second)) == [second]
    assert await listed(door, end="2026-05-04T10:30:00+02:00") == [first, second]
    door.sandbox.clock.set(datetime(2026, 5, 4, 9, tzinfo=UTC))
    assert await listed(door) == [third]
    assert await listed(door, start=-1, status="") == [first, second, third]


def booking_fields(email: str) -> list[dict[str, str]]:
    return [
        {"name": "First Name", "type": "text", "value": "Ada"},
        {"name": "Last Name", "type": "text", "value": "Lovelace"},
        {"name": "Email", "type": "text", "value": email},
    ]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("", "Missing required parameter: prospectEmail"),
        ("?prospectEmail=", "Missing required parameter: prospectEmail"),
        ("?prospectEmail=a&status=done", "status must be one of scheduled, rescheduled, canceled"),
        ("?prospectEmail=a&start=soon", "start must be milliseconds, or ISO 8601 with an offset such as Z"),
        ("?prospectEmail=a&end=2026-05-04T10:00", "end must be milliseconds, or ISO 8601 with an offset such as Z"),
        ("?prospectEmail=a&end=1e999", "end must be milliseconds, or ISO 8601 with an offset such as Z"),
    ],
)
async def test_a_list_that_is_refused(door: Door, query: str, sentence: str) -> None:
    reply = await door("GET", f"/v1/meetings{query}")
    assert (reply.status, reply.json) == (400, {"error": f"Validation Error: {sentence}"})
