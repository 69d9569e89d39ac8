"""The three legacy calls and booking with their params, as raw JSON through the front door."""

from typing import Any

import orjson
import pytest

from bookit_async.sandbox.world.calendar import from_iso

from ... import paths
from ..front_door import BOOK, FETCH, Door, booking

ROUTE = paths.LEGACY_ROUTE
INFO = paths.LEGACY_INFO
MODIFICATION = paths.LEGACY_MODIFICATION


async def params(door: Door, plan: str = "solo", uid: str = "u") -> str:
    reply = await door.post(
        ROUTE, {"_ld_nodeName": "Plans", "_ld_uid": uid, "formData": {"Plan": plan, "First": "Grace"}}
    )
    assert set(reply.json) == {"responseType", "params"}
    assert reply.json["responseType"] == "calendar"
    return str(reply.json["params"])


@pytest.mark.parametrize(
    ("plan", "answer"),
    [
        ("self-service", {"responseType": "redirect", "redirect": "https://team.example/self-service"}),
        ("unheard of", {"responseType": "none"}),
    ],
)
async def test_other_outcomes(door: Door, plan: str, answer: dict[str, str]) -> None:
    reply = await door.post(ROUTE, {"_ld_nodeName": "Plans", "_ld_uid": "u", "formData": {"Plan": plan}})
    assert (reply.status, reply.json) == (200, answer)


async def test_the_same_submission_gets_the_same_params(door: Door) -> None:
    assert await params(door) == await params(door)
    assert await params(door, uid="v") != await params(door)


async def test_params_give_nine_fields_with_the_legacy_extras(door: Door) -> None:
    page = (await door.post(INFO, {"params": await params(door, "questions")})).json
    form: list[dict[str, Any]] = page["meeting"]["formFields"]
    assert len(form) == 9
    assert form[0] == {
        "name": "First Name",
        "type": "text",
        "required": True,
        "readOnly": False,
        "isAdditionalQuestion": False,
    }
    assert form[2]["validation"] == "email"
    assert form[5] == {
        "name": "Manager",
        "type": "text",
        "required": False,
        "readOnly": True,
        "validation": "email",
        "isAdditionalQuestion": True,
    }
    assert (
        form[6:]
        == [{"name": "", "type": "text", "required": False, "readOnly": False, "isAdditionalQuestion": True}] * 3
    )
    assert page["meeting"]["customRange"] == {
        "startTime": from_iso("2026-05-05T00:00Z"),
        "endTime": from_iso("2026-06-01T00:00Z"),
        "timezone": "Europe/London",
    }
    assert page["pageInfo"] == {"userIds": ["solo"], "prefillFields": {"First Name": "Grace"}}


async def test_params_of_a_pool_name_it(door: Door) -> None:
    page = (await door.post(INFO, {"params": await params(door, "pool")})).json
    assert page["pageInfo"]["round robin pool id"] == "trio"
    assert page["pageInfo"]["displayAllPoolAvailability"] is True
    assert page["pageInfo"]["userIds"] == []
    assert "customRange" not in page["meeting"]


async def test_params_book_once_with_the_callers_own_links(door: Door) -> None:
    known = await params(door)
    page = (await door.post(INFO, {"params": known})).json
    links = {"cancelLink": "https://x.example/cancel?m=", "rescheduleLink": "https://x.example/move/"}
    body = {**booking(page), "params": known, **links}
    meeting_id = (await door.post(BOOK, body)).json["meetingId"]
    (mail,) = door.sandbox.outbox
    assert mail.cancel_link == f"https://x.example/cancel?m={meeting_id}"
    assert mail.reschedule_link == f"https://x.example/move/{meeting_id}"
    spent = {
        "error": "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability."
    }
    for path, again in ((BOOK, body), (INFO, {"params": known})):
        reply = await door.post(path, again)
        assert (reply.status, reply.json) == (400, spent)


async def test_a_link_that_an_id_cannot_be_appended_to_is_refused(door: Door) -> None:
    known = await params(door)
    page = (await door.post(INFO, {"params": known})).json
    reply = await door.post(BOOK, {**booking(page), "params": known, "cancelLink": "https://x.example/cancel"})
    sentence = "Validation Error: cancelLink and rescheduleLink go with params, and end in / or ="
    assert (reply.status, reply.json) == (400, {"error": sentence})


async def test_tokens_are_no_params_nor_the_reverse(door: Door) -> None:
    token = (await door.route("solo"))["routing"]["token"]
    assert (await door.post(INFO, {"params": token})).json == {"error": "Validation Error: Invalid params"}
    assert (await door.post(FETCH, {"token": await params(door)})).json == {"error": "Validation Error: Invalid token"}


async def test_a_meeting_to_be_changed_is_told_with_its_time_as_a_string(door: Door) -> None:
    meeting_id = await door.book_solo()
    reply = await door.post(MODIFICATION, {"eventId": meeting_id, "meetingId": meeting_id})
    assert reply.status == 200
    info = reply.json["pageInfo"]
    assert orjson.loads(info.pop("scheduledTime")) == {
        "startDateTime": "2026-05-04T08:00:00.000Z",
        "endDateTime": "2026-05-04T08:30:00.000Z",
        "timezone": "Europe/Berlin",
    }
    assert info == {
        "userIds": ["solo"],
        "prefillFields": {"First Name": "Grace", "Last Name": "Hopper", "Email": "grace@navy.example"},
        "isReschedule": True,
        "hostId": "solo",
    }
    start = from_iso("2026-05-04T08:00Z")
    assert reply.json["event"] == {
        "id": meeting_id,
        "status": "confirmed",
        "when": {"start_time": start, "end_time": start + 30 * 60_000},
        "organizer_email": "solo@team.example",
    }
    assert reply.json["availability"]["timeSlots"][0]["start_time"] == start
    assert len(reply.json["meeting"]["formFields"]) == 9


@pytest.mark.parametrize(
    ("path", "body", "status", "sentence"),
    [
        (ROUTE, {"_ld_uid": "u", "formData": {}}, 400, "Validation Error: Missing required input: _ld_nodeName"),
        (
            ROUTE,
            {"_ld_nodeName": "", "_ld_uid": "u", "formData": {}},
            400,
            "Validation Error: Missing required input: _ld_nodeName",
        ),
        (ROUTE, {"_ld_nodeName": "Plans", "formData": {}}, 400, "Validation Error: Missing required input: _ld_uid"),
        (ROUTE, {"_ld_nodeName": "Plans", "_ld_uid": "u"}, 400, "Validation Error: Missing required input: formData"),
        (ROUTE, {"_ld_nodeName": "Nope", "_ld_uid": "u", "formData": {}}, 400, "Invalid Node name provided"),
        (INFO, {}, 400, "Validation Error: Missing required input: params"),
        (INFO, {"params": ""}, 400, "Validation Error: Missing required input: params"),
        (INFO, {"params": "forged"}, 400, "Validation Error: Invalid params"),
        (MODIFICATION, {"meetingId": "x"}, 400, "Validation Error: Missing required input: eventId"),
        (MODIFICATION, {"eventId": "x"}, 404, "Meeting not found"),
    ],
)
async def test_refusals(door: Door, path: str, body: object, status: int, sentence: str) -> None:
    reply = await door.post(path, body)
    assert (reply.status, reply.json) == (status, {"error": sentence})
