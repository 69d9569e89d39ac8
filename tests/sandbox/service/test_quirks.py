"""The service as it may be, too: each quirk changes what it says, and nothing else."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from attrs import evolve

from bookit_async.sandbox import Sandbox, World, WorldError, load_world
from bookit_async.sandbox.world.quirks import OF_STATE, QUIRKS

from ..front_door import BOOK, BOOK_POOL, FETCH, Door, booking
from ..worlds import small_world

NOW = datetime(2026, 5, 4, 6, tzinfo=UTC)
"""A Monday, two hours before London's hosts begin."""
LIST = "/v1/meetings?start=0&prospectEmail="
MAIL = "Grace@Navy.example"


def opened(*names: str, **values: float) -> Door:
    return Door(Sandbox(small_world(), quirks={**dict.fromkeys(names, True), **values}, now=NOW, seed=1, tcp=False))


async def routed(door: Door, plan: str = "solo", **answers: object) -> tuple[str, dict[str, Any]]:
    """Routes a prospect; the token, and a body that books the first slot with it."""
    page = await door.route(plan)
    filled: dict[str, Any] = {"Email": MAIL, **answers}
    body = booking(page["scheduling"], users=plan == "pool", **filled)
    return page["routing"]["token"], {**body, "token": page["routing"]["token"]}


async def listed(door: Door, query: str = "", email: str = MAIL) -> list[Any]:
    reply = await door("GET", LIST + email + query)
    assert reply.status == 200, reply.body
    found: list[Any] = reply.json
    return found


async def book_link(door: Door, slot: int, *, link: str = "open", email: str = MAIL) -> Any:
    page = (await door.post(FETCH, {"linkId": link})).json
    reply = await door.post(BOOK, {**booking(page, slot, Email=email), "linkId": link})
    assert reply.status == 200, reply.body
    return reply.json


async def test_token_reuse_books_again_where_it_is_refused_otherwise() -> None:
    for door, statuses in ((opened(), [200, 400]), (opened("token_reuse"), [200, 200])):
        token, body = await routed(door)
        page = (await door.post(FETCH, {"token": token})).json
        again = {**booking(page, 1), "token": token}
        assert [(await door.post(BOOK, one)).status for one in (body, again)] == statuses
        assert len(door.sandbox.meetings) == statuses.count(200)
        assert (await door.post(FETCH, {"token": token})).status == 400


async def test_token_reuse_is_kept_in_a_file(tmp_path: Path) -> None:
    async with Sandbox(small_world(), quirks="token_reuse", now=NOW, tcp=False, db=tmp_path / "a.db") as sandbox:
        door = Door(sandbox)
        token, body = await routed(door, "pool")
        for _ in range(2):
            assert (await door.post(BOOK_POOL, body)).status == 200
        assert len({meeting.host_id for meeting in sandbox.meetings}) == 2
    async with Sandbox(small_world(), now=NOW, tcp=False, db=tmp_path / "a.db") as sandbox:
        assert (await Door(sandbox).post(FETCH, {"token": token})).status == 400
        assert len(sandbox.meetings) == 2


@pytest.mark.parametrize(("names", "meetings"), [((), 1), (("link_reuse",), 2)])
async def test_link_reuse_books_a_single_use_link_again(names: tuple[str, ...], meetings: int) -> None:
    door = opened(*names)
    page = (await door.post(FETCH, {"linkId": "once"})).json
    for slot in (0, 1):
        await door.post(BOOK, {**booking(page, slot), "linkId": "once"})
    assert len(door.sandbox.meetings) == meetings


@pytest.mark.parametrize(
    ("quirks", "token_at", "list_at"),
    [
        ({}, 0, 0),
        ({"lagging_witnesses": True}, 2, 2),
        ({"lagging_witnesses": 5}, 5, 5),
        ({"lagging_token": True}, 2, 0),
        ({"lagging_list": 0.5}, 0, 0.5),
        ({"lagging_list": 3, "lagging_witnesses": 1}, 1, 3),
        ({"lagging_list": False, "lagging_token": False}, 0, 0),
    ],
)
async def test_witnesses_lag_by_the_sandboxs_clock(
    quirks: Mapping[str, float], token_at: float, list_at: float
) -> None:
    door = opened(**quirks)
    token, body = await routed(door)
    assert (await door.post(BOOK, body)).status == 200
    seen: dict[str, float] = {}
    for step in range(61):
        if (await door.post(FETCH, {"token": token})).status == 400:
            seen.setdefault("token", step / 10)
        if await listed(door):
            seen.setdefault("list", step / 10)
        door.sandbox.clock.advance(timedelta(milliseconds=100))
    assert seen == {"token": token_at, "list": list_at}
    assert (await door.post(BOOK, body)).status == 400


async def test_a_lagging_list_tells_a_change_late_too() -> None:
    door = opened(lagging_list=2)
    meeting_id = await door.book_solo()
    door.sandbox.clock.advance(timedelta(seconds=3))
    await door("DELETE", f"/v1/meeting/{meeting_id}")
    (early,) = await listed(door, email="grace@navy.example")
    door.sandbox.clock.advance(timedelta(seconds=2))
    (late,) = await listed(door, email="grace@navy.example")
    assert [one["bookIt"]["status"] for one in (early, late)] == ["scheduled", "canceled"]


async def test_what_is_in_a_file_is_no_news_to_any_witness(tmp_path: Path) -> None:
    async with Sandbox(small_world(), now=NOW, tcp=False, db=tmp_path / "a.db") as sandbox:
        token, body = await routed(Door(sandbox))
        await Door(sandbox).post(BOOK, body)
    quirks = {"lagging_witnesses": 60}
    async with Sandbox(small_world(), quirks=quirks, now=NOW, tcp=False, db=tmp_path / "a.db") as sandbox:
        assert len(await listed(Door(sandbox))) == 1
        assert (await Door(sandbox).post(FETCH, {"token": token})).status == 400


async def test_stale_reads_tell_a_move_and_a_cancel_late_but_a_booking_at_once() -> None:
    door = opened("stale_reads")
    meeting_id = await door.book_solo()
    page = (await door.post(FETCH, {"meetingId": meeting_id})).json
    first = page["calendarEvent"]["scheduledTime"]
    door.sandbox.clock.advance(timedelta(seconds=10))
    slot = page["availability"]["timeSlots"][3]
    time = {"start_time": slot["start_time"], "end_time": slot["end_time"], "timezone": "UTC"}
    assert (await door("PATCH", f"/v1/meeting/{meeting_id}", {"scheduledTime": time})).status == 200

    async def reads() -> list[Any]:
        read = (await door("GET", f"/v1/meeting/{meeting_id}")).json["calendarEvent"]
        page = (await door.post(FETCH, {"meetingId": meeting_id})).json["calendarEvent"]
        info = {"eventId": meeting_id}
        legacy = (await door.post("/v1/scheduling/retrieve-modification-info", info)).json["event"]
        return [read["scheduledTime"], page["scheduledTime"], legacy["when"]]

    assert await reads() == [first] * 3
    door.sandbox.clock.advance(timedelta(seconds=2))
    assert [one["start_time"] for one in await reads()] == [slot["start_time"]] * 3
    await door("DELETE", f"/v1/meeting/{meeting_id}")
    assert (await door("GET", f"/v1/meeting/{meeting_id}")).json["bookIt"]["status"] == "rescheduled"


async def test_a_clock_that_is_set_back_loses_no_version() -> None:
    door = opened("stale_reads")
    meeting_id = await door.book_solo()
    door.sandbox.clock.advance(timedelta(seconds=-60))
    await door("DELETE", f"/v1/meeting/{meeting_id}")
    door.sandbox.clock.advance(timedelta(seconds=120))
    assert (await door("GET", f"/v1/meeting/{meeting_id}")).json["bookIt"]["status"] == "canceled"


async def test_other_addresses_are_told_by_everything_but_the_page() -> None:
    door = opened("other_addresses")
    page = await door.route("solo")
    assert page["scheduling"]["userIdToInfoMap"]["solo"]["Email"] == "solo@team.example"
    booked = await book_link(door, 0)
    (meeting,) = await listed(door)
    read = (await door("GET", f"/v1/meeting/{booked['meetingId']}")).json
    told = [booked["organizerEmail"], *(one["calendarEvent"]["organizer"]["email"] for one in (meeting, read))]
    assert told == ["solo@calendar.team.example"] * 3
    assert door.sandbox.meetings[0].host_email == "solo@team.example"


@pytest.mark.parametrize(
    ("names", "told", "found"),
    [
        ((), MAIL, [1, 1]),
        (("addresses_lowered",), "grace@navy.example", [1, 1]),
        (("addresses_exact",), MAIL, [1, 0]),
        (("addresses_exact", "addresses_lowered"), "grace@navy.example", [0, 1]),
    ],
)
async def test_addresses_come_back_and_are_compared(names: tuple[str, ...], told: str, found: list[int]) -> None:
    door = opened(*names)
    booked = await book_link(door, 0)
    attendees = (await door("GET", f"/v1/meeting/{booked['meetingId']}")).json["calendarEvent"]["attendees"]
    assert [one["email"] for one in attendees] == ["solo@team.example", told]
    assert [len(await listed(door, email=email)) for email in (MAIL, MAIL.lower())] == found
    assert door.sandbox.meetings[0].prospect_email == MAIL


async def test_guests_are_lowered_too() -> None:
    door = opened("addresses_lowered")
    _, body = await routed(door, Additional_Guest_Emails="Bo@X.example")
    booked = (await door.post(BOOK, body)).json
    attendees = (await door("GET", f"/v1/meeting/{booked['meetingId']}")).json["calendarEvent"]["attendees"]
    assert attendees[-1]["email"] == "bo@x.example"


@pytest.mark.parametrize(
    ("names", "found"),
    [((), [1, 1, 0, 0]), (("whole_window",), [0, 1, 0, 0]), (("window_ignored",), [1, 1, 1, 1])],
)
async def test_start_and_end_of_a_list_may_mean_something_else(names: tuple[str, ...], found: list[int]) -> None:
    door = opened(*names)
    await book_link(door, 0)
    start, end = door.sandbox.meetings[0].span
    windows = [(start - 60_000, start + 60_000), (start, end), (start + 1, end), (0, start - 1)]
    asked = [f"/v1/meetings?prospectEmail={MAIL}&start={first}&end={last}" for first, last in windows]
    replies = [(await door("GET", path)).json for path in asked]
    assert [len(reply) for reply in replies] == found


@pytest.mark.parametrize(("names", "found"), [((), 1), (("past_not_listed",), 0)])
async def test_past_meetings_may_leave_the_list(names: tuple[str, ...], found: int) -> None:
    door = opened(*names)
    await book_link(door, 0)
    assert len(await listed(door)) == 1
    door.sandbox.clock.set(door.sandbox.meetings[0].start + timedelta(seconds=1))
    assert len(await listed(door)) == found


async def test_an_empty_list_may_be_a_404() -> None:
    door = opened("empty_list_is_404")
    reply = await door("GET", LIST + MAIL)
    assert (reply.status, reply.json) == (404, {"error": "No meetings found"})
    await book_link(door, 0)
    assert len(await listed(door)) == 1


@pytest.mark.parametrize(("quirks", "found"), [({"list_is_cut": 3}, 3), ({"list_is_cut": 2.5}, 3), ({}, 4)])
async def test_a_list_may_be_cut(quirks: Mapping[str, float], found: int) -> None:
    door = opened(**quirks)
    for _ in range(4):
        await book_link(door, 0)
    starts = [one["calendarEvent"]["scheduledTime"]["start_time"] for one in await listed(door)]
    assert starts == [meeting.span.start for meeting in door.sandbox.meetings[:found]]


async def test_a_canceled_meeting_may_not_be_listed() -> None:
    door = opened("cancelled_not_listed")
    meeting_id = await door.book_solo()
    await door("DELETE", f"/v1/meeting/{meeting_id}")
    assert await listed(door, email="grace@navy.example") == []
    assert (await door("GET", f"/v1/meeting/{meeting_id}")).json["bookIt"]["status"] == "canceled"


async def test_a_canceled_meeting_may_be_gone() -> None:
    door = opened("cancelled_is_gone")
    meeting_id = await door.book_solo()
    statuses = [(await door(method, f"/v1/meeting/{meeting_id}")).status for method in ("DELETE", "GET", "DELETE")]
    assert statuses == [200, 404, 404]
    assert len(await listed(door, email="grace@navy.example")) == 1


async def test_ids_may_be_those_of_each_prospect() -> None:
    door = opened("ids_per_prospect")
    told = [(await book_link(door, 0, email=email))["meetingId"] for email in (MAIL, MAIL, "bo@x.example")]
    assert told == [f"meeting{number:045d}" for number in (0, 1, 0)]
    assert len({meeting.id for meeting in door.sandbox.meetings}) == 3
    assert [meeting.told_id for meeting in door.sandbox.meetings] == told
    read = (await door("GET", f"/v1/meeting/{told[0]}")).json
    assert read["calendarEvent"]["attendees"][1]["email"] == "bo@x.example"
    assert [one["calendarEvent"]["id"] for one in await listed(door)] == told[:2]
    assert (await door("GET", "/v1/meeting/none")).status == 404


@pytest.mark.parametrize("names", [("moved_gets_new_id",), ("moved_gets_new_id", "ids_per_prospect")])
async def test_a_move_may_give_another_id(names: tuple[str, ...], tmp_path: Path) -> None:
    quirks = set(names)
    async with Sandbox(small_world(), quirks=quirks, now=NOW, seed=1, tcp=False, db=tmp_path / "a.db") as sandbox:
        door = Door(sandbox)
        old = await door.book_solo()
        page = (await door.post(FETCH, {"meetingId": old})).json
        slot = page["availability"]["timeSlots"][3]
        time = {"start_time": slot["start_time"], "end_time": slot["end_time"], "timezone": "UTC"}
        moved = (await door("PATCH", f"/v1/meeting/{old}", {"scheduledTime": time})).json
        assert moved["meetingId"] != old
        meetings = await listed(door, email="grace@navy.example")
        statuses = {one["calendarEvent"]["id"]: one["bookIt"]["status"] for one in meetings}
        assert statuses == {old: "canceled", moved["meetingId"]: "rescheduled"}
        assert [mail.kind for mail in sandbox.outbox] == ["confirmation", "rescheduled"]
        assert sandbox.outbox[1].cancel_link == f"https://bookit.example.com/cancel/{sandbox.meetings[1].id}"
        slots = (await door.route("solo"))["scheduling"]["availability"]["timeSlots"]
        assert page["calendarEvent"]["scheduledTime"]["start_time"] in [one["start_time"] for one in slots]
        kept = sandbox.meetings
    async with Sandbox(small_world(), now=NOW, tcp=False, db=tmp_path / "a.db") as sandbox:
        assert sandbox.meetings == kept


@pytest.mark.parametrize("name", ["booked_despite_400", "booked_despite_429"])
async def test_a_booking_may_be_refused_and_made_all_the_same(name: str) -> None:
    door = opened(**{name: 1})
    token, body = await routed(door)
    reply = await door.post(BOOK, body)
    assert reply.status == int(name[-3:])
    assert list(reply.json) == (["error"] if reply.status == 400 else ["message"])
    assert len(door.sandbox.meetings) == 1
    assert door.sandbox.requests[-1].status == reply.status
    assert (await door.post(FETCH, {"token": token})).status == 400


@pytest.mark.parametrize("name", ["booked_despite_400", "booked_despite_429"])
async def test_it_happens_to_a_share_of_the_bookings_and_to_nothing_else(name: str) -> None:
    door = opened(**{name: 0.5})
    page = (await door.post(FETCH, {"linkId": "open"})).json
    slots = range(len(page["availability"]["timeSlots"]))
    statuses = [(await door.post(BOOK, {**booking(page, slot), "linkId": "open"})).status for slot in slots]
    assert 0 < statuses.count(int(name[-3:])) < len(statuses)
    assert len(door.sandbox.meetings) == len(statuses)


async def test_the_gateway_may_send_a_write_twice() -> None:
    door = opened(sent_twice=1)
    _, body = await routed(door)
    reply = await door.post(BOOK, body)
    assert (reply.status, len(door.sandbox.meetings)) == (400, 1)
    assert b"already been booked" in reply.body
    page = (await door.post(FETCH, {"linkId": "open"})).json
    reply = await door.post(BOOK, {**booking(page), "linkId": "open"})
    assert (reply.status, len(door.sandbox.meetings)) == (400, 2)
    assert b"no longer available" in reply.body
    meeting_id = door.sandbox.meetings[0].id
    assert (await door("DELETE", f"/v1/meeting/{meeting_id}")).status == 200
    assert (await door("GET", f"/v1/meeting/{meeting_id}")).json["bookIt"]["status"] == "canceled"


async def test_a_refused_write_may_be_sent_twice() -> None:
    door = opened(sent_twice=1)
    assert (await door.post(BOOK, {})).status == 400
    assert (await door("DELETE", "/v1/meeting/none")).status == 404


@pytest.mark.parametrize("name", OF_STATE)
async def test_with_any_of_them_a_booking_can_be_made_and_read(name: str) -> None:
    door = opened(name)
    page = (await door.post(FETCH, {"linkId": "open"})).json
    await door.post(BOOK, {**booking(page), "linkId": "open"})
    (meeting,) = door.sandbox.meetings
    assert (await door("GET", f"/v1/meeting/{meeting.told_id}")).status == 200
    assert QUIRKS[name].stands_for
    assert QUIRKS[name].guess


def test_quirks_are_a_part_of_a_world_and_go_to_yaml_and_back(tmp_path: Path) -> None:
    (tmp_path / "list.yaml").write_text("{hosts: [], meeting_types: [], quirks: [token_reuse, lagging_token]}")
    (tmp_path / "map.yaml").write_text(
        "{hosts: [], meeting_types: [], quirks: {lagging_token: 3, token_reuse: true, list_is_cut: false}}"
    )
    one, other = load_world(tmp_path / "list.yaml"), load_world(tmp_path / "map.yaml")
    assert World.from_dict(orjson.loads(orjson.dumps(one.to_dict()))) == one
    assert World.from_dict(other.to_dict()) == other
    assert Sandbox(one).quirks == {"token_reuse": 1.0, "lagging_token": 2.0}
    assert Sandbox(other).quirks == {"token_reuse": 1.0, "lagging_token": 3.0}
    assert Sandbox(other, quirks={"lagging_token": 4, "token_reuse": False}).quirks == {"lagging_token": 4.0}
    assert Sandbox(quirks=Sandbox(other).quirks).quirks == Sandbox(other).quirks
    assert Sandbox().quirks == {}
    assert "quirks" not in small_world().to_dict()


@pytest.mark.parametrize(
    "given", ["token_reuse", ["token_reuse"], {"token_reuse"}, ("token_reuse",), {"token_reuse": True}]
)
def test_names_come_in_any_form(given: Any) -> None:
    assert Sandbox(quirks=given).quirks == {"token_reuse": 1.0}
    assert Sandbox(evolve(small_world(), quirks=given)).quirks == {"token_reuse": 1.0}


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"token_resue"}, "quirks: there is no quirk 'token_resue': did you mean 'token_reuse'?"),
        ({"zzz"}, f"quirks: there is no quirk 'zzz': there are {', '.join(QUIRKS)}"),
        (5, "quirks: there is no quirk 5: there are"),
        ({"token_reuse": 2}, "quirks: token_reuse takes no value: give its name alone, or True"),
        ({"lagging_token": 0}, "quirks: lagging_token counts seconds of the sandbox's clock: give a number above 0"),
        ({"lagging_token": float("nan")}, "give a number above 0"),
        ({"lagging_token": "2"}, "give a number above 0"),
        ({"sent_twice": 1.5}, "quirks: sent_twice counts a share of the requests: give a number above 0 and up to 1"),
    ],
)
def test_what_is_no_quirk_is_told(given: Any, problem: str) -> None:
    with pytest.raises(WorldError) as caught:
        Sandbox(quirks=given)
    assert len(caught.value.mistakes) == 1
    assert problem in caught.value.mistakes[0]


def test_every_mistake_of_a_world_and_its_quirks_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(WorldError) as caught:
        Sandbox(evolve(small_world(), quirks=["a", "b"]), quirks=["c"])
    assert len(caught.value.mistakes) == 3
    (tmp_path / "w.yaml").write_text("{hosts: [], meeting_types: [], quirks: {list_is_cut: many}}")
    with pytest.raises(WorldError, match=r"quirks\.list_is_cut must be a number or true or false"):
        load_world(tmp_path / "w.yaml")
