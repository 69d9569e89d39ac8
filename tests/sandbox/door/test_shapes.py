"""The same world told in other shapes, and by a later version of the service: the whole client goes on working."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import orjson
import pytest
from attrs import evolve

from bookit_async import Booked, BookIt, NotRouted, Offer, Redirected
from bookit_async.sandbox import Sandbox, demo_world
from bookit_async.sandbox.door.tolerance import NEW_FIELD, unfamiliar
from bookit_async.sandbox.world import ListShape, MeetingShape

from ..front_door import Door
from ..worlds import small_world

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
NODE = "New Webform Prospect"
ADA: dict[str, Any] = {
    "Company": "Analytical Engines",
    "NumEmployees": 4200,
    "PhoneNumber": "+1 303 555 0100",
    "FirstName": "Ada",
    "LastName": "Lovelace",
    "Email": "ada@engines.example",
}
ANSWERS = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}
MEETING_SHAPES: tuple[MeetingShape, ...] = ("nested", "flat")
LIST_SHAPES: tuple[ListShape, ...] = ("array", "wrapped")
WORLDS = [
    evolve(demo_world(), meeting_shape=meeting, list_shape=listed, tolerant=tolerant)
    for meeting, listed, tolerant in product(MEETING_SHAPES, LIST_SHAPES, (False, True))
]


@pytest.fixture(params=WORLDS, ids=lambda world: f"{world.meeting_shape}-{world.list_shape}-{world.tolerant}")
async def played(request: pytest.FixtureRequest) -> AsyncIterator[tuple[Sandbox, BookIt]]:
    sandbox = Sandbox(request.param, now=NOW, seed=1, tcp=False)
    async with BookIt(sandbox.api_key, transport=sandbox.transport) as client:
        yield sandbox, client


async def test_the_whole_client_works_in_every_shape(played: tuple[Sandbox, BookIt]) -> None:
    sandbox, client = played
    assert [one.name for one in (await client.inputs(NODE)).inputs][:2] == ["Company", "NumEmployees"]
    booked = await client.book(NODE, ADA, timezone="Europe/Paris", guests=["cfo@engines.example"])
    assert isinstance(booked, Booked)
    assert booked.host_id == "005Hs00000Eva05IAA"
    pooled = await client.book(NODE, {**ADA, "NumEmployees": 300}, timezone="Europe/Paris")
    assert isinstance(pooled, Booked)
    assert pooled.host_id == sandbox.meetings[1].host_id
    linked = await client.book_link("Once7Kd", timezone="Europe/Paris", answers=ANSWERS)
    assert isinstance(linked, Booked)
    assert isinstance(await client.book(NODE, {**ADA, "NumEmployees": 8}, timezone="UTC"), Redirected)
    assert isinstance(await client.route(NODE, {**ADA, "Email": "ada@gmail.com"}), NotRouted)

    offer = await client.availability(meeting_id=booked.meeting_id)
    assert isinstance(offer, Offer)
    moved = await client.reschedule(booked.meeting_id, timezone="Europe/Paris", slot=offer.slots[5])
    assert (getattr(moved, "start", None), getattr(moved, "id", None)) == (offer.slots[5].start, booked.meeting_id)
    await client.cancel(pooled.meeting_id)
    await client.cancel(pooled.meeting_id)
    assert (await client.meeting(pooled.meeting_id)).canceled

    meetings = await client.meetings(ADA["Email"], start=NOW, end=NOW + timedelta(days=30))
    records = sorted(sandbox.meetings, key=lambda record: record.span)
    assert [meeting.id for meeting in meetings] == [record.id for record in records]
    assert [meeting.start for meeting in meetings] == [record.start for record in records]
    assert [meeting.canceled for meeting in meetings] == [record.status == "canceled" for record in records]
    assert [meeting.organizer_email for meeting in meetings] == [record.host_email for record in records]


async def test_a_flat_meeting_in_a_wrapped_list(door: Door) -> None:
    flat = Door(Sandbox(evolve(small_world(), meeting_shape="flat", list_shape="wrapped"), now=NOW, seed=1, tcp=False))
    meeting_id = await flat.book_solo()
    start = flat.sandbox.meetings[0].span.start
    expected = {
        "id": meeting_id,
        "title": "Call: Grace Hopper",
        "status": "confirmed",
        "scheduledTime": {"start_time": start, "end_time": start + 30 * 60_000},
        "organizer_email": "solo@team.example",
        "attendees": [
            {"email": "solo@team.example", "responseStatus": "accepted", "organizer": True, "self": True},
            {"email": "grace@navy.example", "responseStatus": "needsAction"},
        ],
    }
    assert (await flat("GET", f"/v1/meeting/{meeting_id}")).json == expected
    assert (await flat("GET", "/v1/meetings?prospectEmail=grace@navy.example")).json == {"meetings": [expected]}


async def test_a_tolerant_world_says_the_same_in_a_way_not_seen_before() -> None:
    door = Door(Sandbox(evolve(small_world(), tolerant=True), now=NOW, seed=1, tcp=False))
    routed = await door.route("pool", First="Grace")
    text = orjson.dumps(routed).decode()
    page = routed["scheduling"]
    for level in (routed, routed["routing"], page, page["meeting"], page["pageInfo"], page["availability"]):
        assert NEW_FIELD in level
    assert page["meeting"]["redirectURL"] is None
    assert "description" not in page["meeting"]
    assert "text/v2" in text
    assert set(page["availability"]["indexToUserIdMap"].values()) == set(page["userIdToInfoMap"])


@pytest.mark.parametrize("value", [None, 5, "text", [1, [2]], []])
def test_what_is_no_object_has_no_place_for_new_fields(value: object) -> None:
    assert unfamiliar(value) == value
