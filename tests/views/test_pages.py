"""Pages of many slots: what an offer holds of one, and what it reads only when it is asked."""

import copy
import pickle
from datetime import datetime
from typing import Any

import orjson
import pytest

from bookit_async import Booked, BookIt, Offer, ResponseInvalidError, Slot, earliest
from bookit_async.times import from_milliseconds
from bookit_async.views import slots
from bookit_async.views.pages import read_page

from ..conftest import ADA, NODE
from ..scripted import client_of

HOUR = 3_600_000
FIRST = 1_746_547_200_000
IDS = {"0": "h0", "1": "h1", "2": "h2"}
USERS = [[0, 1], [2], [], [1, 7, 1, 0], [2, 1, 0]]


def page(users: list[Any], **more: Any) -> dict[str, Any]:
    times = range(FIRST, FIRST + len(users) * HOUR, HOUR)
    wire = [
        {"start_time": start, "end_time": start + HOUR, "users": ids} for start, ids in zip(times, users, strict=True)
    ]
    return {"availability": {"indexToUserIdMap": IDS, "timeSlots": wire}, **more}


async def offer_of(wire: dict[str, Any]) -> Offer:
    client, _ = client_of(wire)
    offer = await client.availability(link_id="l")
    assert isinstance(offer, Offer)
    return offer


async def test_slots_are_like_a_tuple_of_slots() -> None:
    offer = await offer_of(page(USERS))
    found = offer.slots
    assert [slot.host_ids for slot in found] == [("h0", "h1"), ("h2",), (), ("h1", "h0"), ("h2", "h1", "h0")]
    assert (len(found), found[-1], found[1:3]) == (5, found[4], (found[1], found[2]))
    assert found == tuple(found) == (await offer_of(page(USERS))).slots
    assert hash(found) == hash(tuple(found))
    assert found != (await offer_of(page(USERS[1:]))).slots
    assert repr(found) == "<5 slots>"
    with pytest.raises(IndexError):
        found[5]


async def test_slots_know_what_they_hold() -> None:
    found = (await offer_of(page(USERS))).slots
    first = found[0]
    assert all(slot in found for slot in found)
    longer = Slot(start_milliseconds=FIRST, end_milliseconds=FIRST + 2 * HOUR)
    later = Slot(start_milliseconds=FIRST + 9 * HOUR, end_milliseconds=FIRST + 10 * HOUR)
    assert not any(one in found for one in (longer, later, first.start, None))


@pytest.mark.parametrize("turn", [slice(None, None, -1), slice(2, None)], ids=["backwards", "some of them twice"])
async def test_slots_in_another_order_are_the_same_slots(turn: slice) -> None:
    wire = page(USERS)
    usual = (await offer_of(wire)).slots
    wire["availability"]["timeSlots"] += wire["availability"]["timeSlots"][turn]
    assert (await offer_of(wire)).slots == usual
    client, _ = client_of({"routing": {"responseType": "calendar", "token": "t"}, "scheduling": wire})
    routed = await client.route(NODE, ADA)
    assert isinstance(routed, Offer)
    assert routed.slots == usual


ODD_USERS: list[tuple[Any, tuple[str, ...]]] = [
    ([0, "1"], ("h0", "h1")),
    ([0, True], ("h0",)),
    ([1.5, 0], ("h0",)),
    ([[1], 0, None], ("h0",)),
    (None, ()),
    ("0", ()),
    ({"0": 1}, ()),
    (7, ()),
]


@pytest.mark.parametrize(("users", "hosts"), ODD_USERS, ids=[str(row[0]) for row in ODD_USERS])
@pytest.mark.parametrize("first", [0, 1], ids=["in order", "not in order"])
async def test_odd_host_indices_are_left_out_by_both_readers(*, users: Any, hosts: tuple[str, ...], first: int) -> None:
    wire = page([[0], users])
    slots = wire["availability"]["timeSlots"]
    wire["availability"]["timeSlots"] = [slots[first], slots[1 - first]]
    offer = await offer_of(wire)
    assert [slot.host_ids for slot in offer.slots] == [("h0",), hosts]
    assert [offer.slots[place].host_ids for place in range(2)] == [("h0",), hosts]
    assert pickle.loads(pickle.dumps(offer.slots[1])).host_ids == copy.copy(offer.slots[1]).host_ids == hosts  # noqa: S301 - our own
    assert repr(offer.slots[1]) == f"Slot(start_milliseconds={FIRST + HOUR}, end_milliseconds={FIRST + 2 * HOUR})"
    with pytest.raises(AttributeError):
        offer.slots[0].host_ids = ()  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


async def test_what_is_read_late_may_be_no_text_after_all() -> None:
    wire = orjson.dumps(page([["?"], [0]], new="?")).replace(b"?", b"\xff")
    found = read_page(wire)
    assert found.slots[1].host_ids == ("h0",)
    for late in (lambda: found.slots[0], found.whole):
        with pytest.raises(ResponseInvalidError) as caught:
            late()
        assert caught.value.path == "$"


async def test_the_page_of_a_routed_offer_stands_under_its_key() -> None:
    routing = {"responseType": "calendar", "token": "t"}
    wire = {"routing": routing, "scheduling": page([[0], ["x"]], more=1)}
    client, _ = client_of(wire)
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    assert [slot.host_ids for slot in offer.slots] == [("h0",), ()]
    assert offer.page.to_dict() == wire["scheduling"]


async def test_the_page_has_all_that_was_sent() -> None:
    wire = page(USERS, more={"new": 1})
    offer = await offer_of(wire)
    assert offer.page.to_dict() == wire


WRONG: list[tuple[Any, str]] = [
    ([], "$"),
    ({"availability": []}, "$.availability"),
    ({"availability": {"timeSlots": {}}}, "$.availability.timeSlots"),
    ({"availability": {"timeSlots": [{"start_time": "9", "end_time": 9}]}}, "$.availability.timeSlots[0].start_time"),
    ({**page([[0]]), "pageInfo": {"displayAllPoolAvailability": "no"}}, "$.pageInfo.displayAllPoolAvailability"),
    (
        {"availability": {**page([[0]])["availability"], "indexToUserIdMap": {"0": 1}}},
        "$.availability.indexToUserIdMap['0']",
    ),
]


@pytest.mark.parametrize(("wire", "path"), WRONG, ids=[row[1] for row in WRONG])
async def test_a_page_of_the_wrong_shape_is_told_at_once(wire: Any, path: str) -> None:
    client, _ = client_of(wire, {"routing": {"token": "t"}, "scheduling": wire})
    with pytest.raises(ResponseInvalidError) as caught:
        await client.availability(link_id="l")
    assert caught.value.path == path
    with pytest.raises(ResponseInvalidError) as caught:
        await client.route(NODE, ADA)
    assert caught.value.path == path.replace("$", "$.scheduling", 1)


async def test_the_earliest_of_very_many_slots_is_booked_without_looking_at_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    built: list[int] = []

    def counted(milliseconds: int) -> datetime:
        built.append(milliseconds)
        return from_milliseconds(milliseconds)

    client, script = client_of(page([[0, 1]] * 20_000), {"meetingId": "m"})
    monkeypatch.setattr(slots, "from_milliseconds", counted)
    booked = await BookIt.book_link(client, "l", timezone="UTC", slot=earliest())
    assert isinstance(booked, Booked)
    assert booked.start == from_milliseconds(FIRST)
    assert len(script.sent) == 2
    assert len(built) < 10
