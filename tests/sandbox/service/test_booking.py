"""Booking both ways, as raw JSON through the front door."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ..front_door import BOOK, BOOK_POOL, FETCH, Door, booking, filled

TAKEN = {"error": "The selected time is no longer available."}
SPENT = {"error": "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability."}
ONE_MODE = {"error": "Validation Error: Missing required parameter: token, linkId or params"}


async def solo(door: Door, plan: str = "solo", **answers: object) -> dict[str, Any]:
    routed = await door.route(plan)
    fields = {"userFields": filled(**answers)}
    return {**booking(routed["scheduling"]), **fields, "token": routed["routing"]["token"]}


async def pooled(door: Door, uid: str = "uid-1") -> dict[str, Any]:
    """Books the first slot at which two of the pool are free."""
    routed = await door.route("pool", uid=uid)
    slots = routed["scheduling"]["availability"]["timeSlots"]
    slot = next(place for place, slot in enumerate(slots) if len(slot["users"]) == 2)
    return {**booking(routed["scheduling"], slot, users=True), "token": routed["routing"]["token"]}


async def test_a_slot_is_booked_with_its_host(door: Door) -> None:
    body = await solo(door, Additional_Guest_Emails=["cfo@navy.example", "cto@navy.example"], Shoe_Size="40")
    reply = await door.post(BOOK, body)
    assert reply.status == 200
    assert set(reply.json) == {"meetingId", "organizerEmail"}
    assert re.fullmatch(r"[a-z0-9]{52}", reply.json["meetingId"])
    assert reply.json["organizerEmail"] == "solo@team.example"
    (meeting,) = door.sandbox.meetings
    assert meeting.id == reply.json["meetingId"]
    assert (meeting.status, meeting.host_id, meeting.uid, meeting.pool_id, meeting.link_id) == (
        "scheduled",
        "solo",
        "uid-1",
        None,
        None,
    )
    assert meeting.start == datetime(2026, 5, 4, 8, tzinfo=UTC)
    assert meeting.end - meeting.start == timedelta(minutes=30)
    assert meeting.prospect_email == "grace@navy.example"
    assert meeting.guests == ("cfo@navy.example", "cto@navy.example")
    assert meeting.answers["Shoe Size"] == "40"
    assert "grace" not in repr(meeting)


async def test_a_mail_confirms_it_in_the_prospects_time_zone(door: Door) -> None:
    meeting_id = await door.book_solo()
    (mail,) = door.sandbox.outbox
    assert (mail.kind, mail.to, mail.meeting_id) == ("confirmation", ("grace@navy.example",), meeting_id)
    assert mail.subject == "Confirmed: Call"
    assert mail.cancel_link == f"https://bookit.example.com/cancel/{meeting_id}"
    assert mail.text == (
        "Monday 04 May 2026, 10:00 to 10:30 (Europe/Berlin)\nHost: solo@team.example\n"
        f"Reschedule: https://bookit.example.com/reschedule/{meeting_id}\n"
        f"Cancel: https://bookit.example.com/cancel/{meeting_id}\n"
    )


@pytest.mark.parametrize(
    "guests", ["a@x.example, b@x.example;c@x.example\n", ["a@x.example", "b@x.example c@x.example"]]
)
async def test_guests_come_as_a_list_or_as_text(door: Door, guests: object) -> None:
    assert (await door.post(BOOK, await solo(door, Additional_Guest_Emails=guests))).status == 200
    assert door.sandbox.meetings[0].guests == ("a@x.example", "b@x.example", "c@x.example")


async def test_a_pool_gives_the_first_of_the_given_users_who_is_free(door: Door) -> None:
    bodies = [await pooled(door, f"uid-{number}") for number in range(3)]
    assert all(body["scheduledTime"]["users"] == ["ann", "bob"] for body in bodies)
    replies = [await door.post(BOOK_POOL, body) for body in bodies]
    assert replies[0].status == 200
    assert replies[0].json == {
        "meetingId": door.sandbox.meetings[0].id,
        "organizerEmail": "ann@team.example",
        "selectedUserId": "ann",
    }
    assert replies[1].json["selectedUserId"] == "bob"
    assert (replies[2].status, replies[2].json) == (400, TAKEN)


async def test_the_given_order_of_users_is_followed(door: Door) -> None:
    body = await pooled(door)
    body["scheduledTime"]["users"].reverse()
    assert (await door.post(BOOK_POOL, body)).json["selectedUserId"] == "bob"


async def test_a_given_user_who_is_not_ready_is_passed_over(door: Door) -> None:
    routed = await door.route("mixed")
    body = {**booking(routed["scheduling"], users=True), "token": routed["routing"]["token"]}
    body["scheduledTime"]["users"] = ["broken", "bob"]
    assert (await door.post(BOOK_POOL, body)).json["selectedUserId"] == "bob"


async def test_of_fifty_bookings_of_one_slot_at_once_exactly_one_wins(door: Door) -> None:
    bodies = [
        {**booking(routed["scheduling"]), "token": routed["routing"]["token"]}
        for routed in [await door.route("solo", uid=f"uid-{number}") for number in range(50)]
    ]
    replies = await asyncio.gather(*(door.post(BOOK, body) for body in bodies))
    assert sorted(reply.status for reply in replies) == [200] + [400] * 49
    assert all(reply.json == TAKEN for reply in replies if reply.status == 400)
    assert len(door.sandbox.meetings) == 1


async def test_a_token_books_once(door: Door) -> None:
    first = await solo(door)
    assert (await door.post(BOOK, first)).status == 200
    again = {**first, "scheduledTime": {**first["scheduledTime"], "start_time": 0, "end_time": 1}}
    for body in (first, again):
        reply = await door.post(BOOK, body)
        assert (reply.status, reply.json) == (400, SPENT)
    reply = await door.post(FETCH, {"token": first["token"]})
    assert (reply.status, reply.json) == (400, SPENT)


async def test_a_token_survives_a_booking_that_failed(door: Door) -> None:
    body = await solo(door)
    await door.book_solo(uid="faster")
    assert (await door.post(BOOK, body)).json == TAKEN
    page = (await door.post(FETCH, {"token": body["token"]})).json
    assert (await door.post(BOOK, {**booking(page), "token": body["token"]})).status == 200


async def test_a_link_books_again_and_again_but_a_single_use_one_once(door: Door) -> None:
    for _ in range(2):
        page = (await door.post(FETCH, {"linkId": "open"})).json
        assert (await door.post(BOOK, {**booking(page), "linkId": "open"})).status == 200
    assert [meeting.link_id for meeting in door.sandbox.meetings] == ["open", "open"]
    page = (await door.post(FETCH, {"linkId": "once"})).json
    assert (await door.post(BOOK, {**booking(page), "linkId": "once"})).status == 200
    page = (await door.post(FETCH, {"linkId": "once"})).json
    reply = await door.post(BOOK, {**booking(page), "linkId": "once"})
    assert (reply.status, reply.json) == (
        400,
        {"error": "This link only allows one booking and has already been used."},
    )


async def test_a_pooled_link_is_booked_as_a_pool(door: Door) -> None:
    page = (await door.post(FETCH, {"linkId": "pool"})).json
    reply = await door.post(BOOK_POOL, {**booking(page, users=True), "linkId": "pool"})
    assert reply.status == 200
    assert door.sandbox.meetings[0].pool_id == "trio"


@pytest.mark.parametrize(
    ("change", "status", "answer"),
    [
        ({"token": None}, 400, ONE_MODE),
        ({"linkId": "open"}, 400, ONE_MODE),
        ({"params": "x"}, 400, ONE_MODE),
        ({"token": "x"}, 400, {"error": "Validation Error: Invalid token"}),
        ({"token": None, "params": "x"}, 400, {"error": "Validation Error: Invalid params"}),
        ({"token": None, "linkId": "x"}, 404, {"error": "link not found"}),
        (
            {"cancelLink": "https://x.example/"},
            400,
            {"error": "Validation Error: cancelLink and rescheduleLink go with params, and end in / or ="},
        ),
        ({"userFields": None}, 400, {"error": "Validation Error: Missing required input: userFields"}),
        ({"userFields": {}}, 400, {"error": "Validation Error: userFields must be of type array"}),
        ({"userFields": []}, 400, {"error": "Validation Error: Missing required input: First Name"}),
        ({"userFields": filled(Last_Name=None)}, 400, {"error": "Validation Error: Missing required input: Last Name"}),
        ({"userFields": filled(Email=" ")}, 400, {"error": "Validation Error: Missing required input: Email"}),
        ({"userFields": filled(Email="grace")}, 400, {"error": "Validation Error: Email must be an email address"}),
        (
            {"userFields": filled(Additional_Guest_Emails=["x"])},
            400,
            {"error": "Validation Error: Additional Guest Emails must be an email address"},
        ),
        (
            {"userFields": [{"name": "Email", "type": "text", "value": 5}]},
            400,
            {"error": "Validation Error: userFields[0].value must be of type string or array"},
        ),
        ({"scheduledTime": None}, 400, {"error": "Validation Error: Missing required input: scheduledTime"}),
        (
            {"scheduledTime": {"start_time": 1, "timezone": "UTC"}},
            400,
            {"error": "Validation Error: Missing required input: scheduledTime.end_time"},
        ),
        (
            {"scheduledTime": {"start_time": "1", "end_time": 2, "timezone": "UTC"}},
            400,
            {"error": "Validation Error: scheduledTime.start_time must be of type integer"},
        ),
        (
            {"scheduledTime": {"start_time": 1, "end_time": 2, "timezone": "Mars/Olympus"}},
            400,
            {"error": "Validation Error: timezone must be an IANA time zone"},
        ),
    ],
)
async def test_refusals_book_nothing(
    door: Door, change: dict[str, object], status: int, answer: dict[str, str]
) -> None:
    reply = await door.post(BOOK, {**await solo(door), **change})
    assert (reply.status, reply.json) == (status, answer)
    assert door.sandbox.meetings == []
    assert door.sandbox.outbox == []


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (30, 45),
        (15, 45),
        (0, 60),
        (-(10**13), 0),
        (0, 10**13),
        (30, 0),
        (12 * 60, 12 * 60 + 30),
        (7 * 1440, 7 * 1440 + 30),
    ],
    ids=["short", "off the grid", "long", "long ago", "endless", "backwards", "after hours", "too far ahead"],
)
async def test_only_what_is_offered_can_be_booked(door: Door, start: int, end: int) -> None:
    body = await solo(door)
    first = body["scheduledTime"]["start_time"]
    body["scheduledTime"] |= {"start_time": first + start * 60_000, "end_time": first + end * 60_000}
    reply = await door.post(BOOK, body)
    assert reply.status == 400
    if start >= 0:
        assert reply.json == TAKEN


@pytest.mark.parametrize("plan", ["notice", "solo"])
async def test_too_soon(door: Door, plan: str) -> None:
    body = await solo(door, plan)
    door.sandbox.clock.set(datetime(2026, 5, 5, 12, tzinfo=UTC))
    reply = await door.post(BOOK, body)
    assert (reply.status, reply.json) == (
        400,
        {"error": "Validation Error: Scheduled time is before the minimum booking notice"},
    )


async def test_required_questions_of_the_meeting_type_must_be_answered(door: Door) -> None:
    """Each booking answers more than the one before."""
    body, answers = await solo(door, "questions"), dict[str, object]()
    for name, answer, sentence in [
        ("Unasked", "x", "Validation Error: Missing required input: Why?"),
        ("Why?", "Because", None),
    ]:
        answers[name] = answer
        reply = await door.post(BOOK, {**body, "userFields": filled(**answers, Manager="boss")})
        expected = sentence or "Validation Error: Manager must be an email address"
        assert (reply.status, reply.json) == (400, {"error": expected})
    assert (await door.post(BOOK, {**body, "userFields": filled(**answers)})).status == 200


async def test_the_endpoint_must_fit_the_availability(door: Door) -> None:
    body = await pooled(door)
    reply = await door.post(BOOK, body)
    sentence = "Validation Error: This availability must be booked with /v1/round-robin-meeting"
    assert (reply.status, reply.json) == (400, {"error": sentence})
    single = await solo(door)
    single["scheduledTime"]["users"] = ["solo"]
    reply = await door.post(BOOK_POOL, single)
    assert (reply.status, reply.json) == (
        400,
        {"error": "Validation Error: This availability must be booked with /v1/meeting"},
    )


@pytest.mark.parametrize(
    ("users", "sentence"),
    [
        (None, "Validation Error: Missing required input: scheduledTime.users"),
        ([], "Validation Error: Missing required input: scheduledTime.users"),
        (["ann", "solo"], "Validation Error: Users are not in the pool: solo"),
        ("ann", "Validation Error: scheduledTime.users must be of type array"),
    ],
)
async def test_a_pool_needs_users_of_its_own(door: Door, users: object, sentence: str) -> None:
    body = await pooled(door)
    body["scheduledTime"]["users"] = users
    reply = await door.post(BOOK_POOL, body)
    assert (reply.status, reply.json) == (400, {"error": sentence})


async def test_buffers_keep_neighbouring_slots_free(door: Door) -> None:
    routed = await door.route("notice")
    assert (await door.post(BOOK, {**booking(routed["scheduling"]), "token": routed["routing"]["token"]})).status == 200
    starts = [slot["start_time"] for slot in routed["scheduling"]["availability"]["timeSlots"]]
    page = (await door.route("solo", uid="other"))["scheduling"]
    left = {slot["start_time"] for slot in page["availability"]["timeSlots"]}
    assert [start in left for start in starts[:4]] == [False, False, True, True]
