"""The flows against the sandbox, through every adapter."""

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest

from bookit_async import (
    Booked,
    BookIt,
    InvalidInputError,
    LinkNotFoundError,
    LinkSpentError,
    LinkUnsupportedError,
    Meeting,
    MeetingNotFoundError,
    NoAvailability,
    NotRouted,
    Offer,
    Redirected,
    Slot,
    SlotTakenError,
    TokenSpentError,
    TriggerNodeNotFoundError,
    between,
    earliest,
    nearest,
)
from bookit_async.sandbox import Sandbox

from . import paths
from .conftest import ADA, NODE

Served = tuple[Sandbox, BookIt]
POOL = {**ADA, "NumEmployees": 300}
ZONE = "America/Los_Angeles"
ANSWERS = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}


def sent(sandbox: Sandbox, path: str) -> list[dict[str, Any]]:
    return [json.loads(one.body) for one in sandbox.requests if one.path == path]


async def offered(client: BookIt, prospect: dict[str, Any] = ADA) -> Offer:
    outcome = await client.route(NODE, prospect)
    assert isinstance(outcome, Offer)
    return outcome


def booked(outcome: object) -> Booked:
    assert isinstance(outcome, Booked)
    return outcome


async def test_one_call_books_with_the_host_that_routing_chose(served: Served) -> None:
    sandbox, client = served
    outcome = booked(await client.book(NODE, ADA, timezone=ZONE, guests=["cfo@engines.example"]))
    (held,) = sandbox.meetings
    assert outcome.meeting_id == held.id
    assert outcome.organizer_email == held.host_email == "eva.lind@northwind.example"
    assert outcome.host_id == held.host_id
    assert (outcome.start, outcome.end) == (held.start, held.end)
    assert outcome.recovered is False
    assert outcome.request_id
    assert str(UUID(outcome.uid)) == outcome.uid == held.uid
    assert [one.path for one in sandbox.requests] == [
        paths.INPUTS,
        paths.ROUTE,
        "/v1/meeting",
    ]
    (body,) = sent(sandbox, "/v1/meeting")
    assert set(body) == {"scheduledTime", "userFields", "token"}
    assert body["scheduledTime"] == {
        "start_time": int(outcome.start.timestamp() * 1000),
        "end_time": int(outcome.end.timestamp() * 1000),
        "timezone": ZONE,
    }
    assert body["userFields"] == [
        {"name": "First Name", "type": "text", "value": "Ada"},
        {"name": "Last Name", "type": "text", "value": "Lovelace"},
        {"name": "Email", "type": "text", "value": "ada@engines.example"},
        {"name": "Additional Guest Emails", "type": "textarea", "value": ["cfo@engines.example"]},
        {"name": "What would you like to solve?", "type": "textarea", "value": ""},
    ]


async def test_a_pool_is_booked_with_the_hosts_of_the_slot_in_their_order(served: Served) -> None:
    sandbox, client = served
    offer = await offered(client, POOL)
    slot = max(offer.slots, key=lambda one: len(one.host_ids))
    outcome = booked(await offer.book(slot, timezone=ZONE))
    (body,) = sent(sandbox, "/v1/round-robin-meeting")
    assert body["scheduledTime"]["users"] == list(slot.host_ids)
    assert len(slot.host_ids) > 1
    assert outcome.host_id == slot.host_ids[0] == sandbox.meetings[0].host_id


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"NumEmployees": 8}, Redirected),
        ({"Email": "ada@gmail.com"}, NotRouted),
    ],
)
async def test_routing_can_end_without_an_offer(served: Served, change: dict[str, Any], expected: type) -> None:
    sandbox, client = served
    outcome = await client.book(NODE, {**ADA, **change}, timezone=ZONE)
    assert type(outcome) is expected
    assert not sandbox.meetings


async def test_the_given_uid_is_the_one_that_is_sent_and_told(served: Served) -> None:
    sandbox, client = served
    uid = "3ac6f6f3-2bbd-4401-ab12-0ee9a654b6d1"
    outcome = await client.route(NODE, {**ADA, "NumEmployees": 8}, uid=uid)
    assert isinstance(outcome, Redirected)
    assert outcome == Redirected(url="https://www.northwind.example/self-service", uid=uid)
    assert sent(sandbox, paths.ROUTE)[0]["uid"] == uid


async def test_a_link_is_booked_without_routing(served: Served) -> None:
    sandbox, client = served
    outcome = booked(await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS))
    assert outcome.uid is None
    assert sandbox.meetings[0].link_id == "Em30rva"
    assert sent(sandbox, "/v1/meeting")[0]["linkId"] == "Em30rva"


async def test_a_pooled_link_goes_through_the_pool(served: Served) -> None:
    sandbox, client = served
    outcome = booked(await client.book_link("Pool4Mm", timezone=ZONE, answers=ANSWERS))
    assert sent(sandbox, "/v1/round-robin-meeting")[0]["linkId"] == "Pool4Mm"
    assert outcome.host_id == sandbox.meetings[0].host_id


@pytest.mark.parametrize(
    ("link_id", "expected"),
    [("Nowhere", LinkNotFoundError), ("Many8Tx", LinkUnsupportedError), ("Rout3Ng", LinkUnsupportedError)],
)
async def test_a_link_that_cannot_be_booked(served: Served, link_id: str, expected: type[Exception]) -> None:
    _, client = served
    with pytest.raises(expected):
        await client.book_link(link_id, timezone=ZONE, answers=ANSWERS)


async def test_a_single_use_link_is_spent_after_one_booking(served: Served) -> None:
    _, client = served
    booked(await client.book_link("Once7Kd", timezone=ZONE, answers=ANSWERS))
    with pytest.raises(LinkSpentError):
        await client.book_link("Once7Kd", timezone=ZONE, answers=ANSWERS)


async def test_a_meeting_is_read_moved_and_cancelled(served: Served) -> None:
    sandbox, client = served
    outcome = booked(await client.book(NODE, ADA, timezone=ZONE))
    meeting = await client.meeting(outcome.meeting_id)
    assert (meeting.id, meeting.status, meeting.provider_status) == (outcome.meeting_id, "scheduled", "confirmed")
    assert (meeting.start, meeting.end) == (outcome.start, outcome.end)
    assert meeting.organizer_email == outcome.organizer_email

    later = outcome.start + timedelta(days=1)
    moved = await client.reschedule(outcome.meeting_id, timezone=ZONE, slot=later)
    assert isinstance(moved, Meeting)
    assert (moved.id, moved.status, moved.start) == (outcome.meeting_id, "rescheduled", later)
    assert sandbox.meetings[0].start == later

    await client.cancel(outcome.meeting_id)
    (found,) = await client.meetings("ada@engines.example", start=outcome.start - timedelta(days=1))
    assert (found.id, found.status, found.canceled) == (outcome.meeting_id, "canceled", True)


async def test_meetings_are_filtered_by_start_end_and_status(served: Served) -> None:
    _, client = served
    first = booked(await client.book(NODE, ADA, timezone=ZONE))
    second = booked(await client.book(NODE, ADA, timezone=ZONE, slot=nearest(first.start + timedelta(days=3))))
    await client.cancel(first.meeting_id)

    async def ids(**filters: Any) -> set[str]:
        return {one.id for one in await client.meetings("ada@engines.example", **filters)}

    both = {first.meeting_id, second.meeting_id}
    assert await ids() == both
    assert await ids(start=first.start) == both
    assert await ids(start=first.start + timedelta(minutes=1)) == {second.meeting_id}
    assert await ids(start=(first.start + timedelta(minutes=1)).isoformat()) == {second.meeting_id}
    assert await ids(end=first.start) == {first.meeting_id}
    assert await ids(status="canceled") == {first.meeting_id}
    assert await ids(status="scheduled") == {second.meeting_id}
    assert await client.meetings("nobody@engines.example") == []


async def test_canceling_twice_is_no_error(served: Served) -> None:
    sandbox, client = served
    outcome = booked(await client.book(NODE, ADA, timezone=ZONE))
    await client.cancel(outcome.meeting_id)
    await client.cancel(outcome.meeting_id)
    assert [one.status for one in sandbox.meetings] == ["canceled"]


async def test_an_offer_leaves_and_comes_back_in_another_process(served: Served) -> None:
    sandbox, client = served
    offer = await offered(client, POOL)
    carried = json.loads(json.dumps(offer.to_dict()))
    text = json.dumps({**carried, "token": None, "form_fields": None})
    assert not [value for value in POOL.values() if str(value) in text and len(str(value)) > 3]
    other = BookIt(sandbox.api_key, base_url=client.settings.base_url, transport=sandbox.transport)
    again = await other.availability(token=carried["token"], uid=carried["uid"])
    assert isinstance(again, Offer)
    assert [one.start_milliseconds for one in again.slots] == [one["start"] for one in carried["slots"]]
    assert (again.pooled, again.uid, carried["minutes"]) == (True, offer.uid, 30)
    assert booked(await again.book(earliest(), timezone=ZONE)).uid == offer.uid
    with pytest.raises(TokenSpentError, match=r"client\.availability\(meeting_id"):
        await other.availability(token=carried["token"])


async def test_a_booked_token_is_spent_and_its_slot_is_gone(served: Served) -> None:
    _, client = served
    offer = await offered(client)
    fresh = await offer.refresh()
    assert isinstance(fresh, Offer)
    assert (fresh.slots, fresh.token, fresh.uid) == (offer.slots, offer.token, offer.uid)
    outcome = booked(await offer.book(earliest(), timezone=ZONE))
    with pytest.raises(TokenSpentError):
        await offer.refresh()
    other = await offered(client, {**ADA, "Email": "grace@engines.example"})
    assert outcome.start not in {slot.start for slot in other.slots}


async def test_a_slot_that_someone_else_took_says_so(served: Served) -> None:
    sandbox, client = served
    mine, theirs = await offered(client), await offered(client, {**ADA, "Email": "grace@engines.example"})
    slot = mine.slots[0]
    booked(await theirs.book(slot, timezone=ZONE))
    with pytest.raises(SlotTakenError):
        await mine.book(slot, timezone=ZONE)
    assert len(sandbox.meetings) == 1


async def test_an_offer_tells_hosts_form_and_days(client: BookIt) -> None:
    offer = await offered(client)
    assert (offer.pooled, offer.host_ids, offer.meeting_type) == (
        False,
        ("005Hs00000Eva05IAA",),
        "Enterprise Discovery",
    )
    assert offer.duration == timedelta(hours=1)
    (host,) = offer.hosts
    assert (host.name, host.timezone) == ("Eva Lind", "America/Los_Angeles")
    assert offer.host(host.user_id) is host
    assert offer.host("nobody") is None
    assert offer.prefill == {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}
    assert [one.name for one in offer.form_fields] == [
        "First Name",
        "Last Name",
        "Email",
        "Additional Guest Emails",
        "What would you like to solve?",
    ]
    assert offer.calendar_link
    days = offer.days("Asia/Tokyo")
    assert [slot for slots in days.values() for slot in slots] == list(offer.slots)
    assert all(slot.start.astimezone(UTC) == slot.start for slot in offer.slots)


async def test_availability_for_a_meeting_is_for_moving_it_only(client: BookIt) -> None:
    outcome = booked(await client.book(NODE, ADA, timezone=ZONE))
    offer = await client.availability(meeting_id=outcome.meeting_id)
    assert isinstance(offer, Offer)
    assert offer.meeting is not None
    assert (offer.meeting.id, offer.meeting.start) == (outcome.meeting_id, outcome.start)
    with pytest.raises(InvalidInputError, match=r"use client\.reschedule"):
        await offer.book(earliest(), timezone=ZONE, answers=ANSWERS)


async def test_nothing_that_fits_is_an_outcome_not_an_error(client: BookIt, sandbox: Sandbox) -> None:
    never = between(time(3), time(4), timezone=ZONE)
    outcome = await client.book(NODE, ADA, timezone=ZONE, slot=never)
    assert isinstance(outcome, NoAvailability)
    assert outcome.offer is not None
    assert outcome.offer.slots
    held = booked(await client.book(NODE, ADA, timezone=ZONE))
    assert isinstance(await client.reschedule(held.meeting_id, timezone=ZONE, slot=never), NoAvailability)
    assert len(sandbox.meetings) == 1


async def test_any_function_can_choose(client: BookIt) -> None:
    def last(slots: Sequence[Slot]) -> Sequence[Slot]:
        return slots[::-1]

    offer = await offered(client)
    assert booked(await offer.book(last, timezone=ZONE)).start == offer.slots[-1].start


UNKNOWN_MEETING: list[Callable[[BookIt], Any]] = [
    lambda client: client.meeting("0" * 52),
    lambda client: client.cancel("0" * 52),
    lambda client: client.reschedule("0" * 52, timezone=ZONE),
    lambda client: client.availability(meeting_id="0" * 52),
]


@pytest.mark.parametrize(
    "call",
    UNKNOWN_MEETING,
)
async def test_an_unknown_meeting_is_not_found(served: Served, call: Callable[[BookIt], Any]) -> None:
    _, client = served
    with pytest.raises(MeetingNotFoundError):
        await call(client)


@pytest.mark.parametrize("call", ["inputs", "route"])
async def test_an_unknown_trigger_node_is_not_found(served: Served, call: str) -> None:
    _, client = served
    with pytest.raises(TriggerNodeNotFoundError):
        await (client.inputs("Nobody") if call == "inputs" else client.route("Nobody", ADA))


NAIVE = datetime(2025, 5, 6, 9, 0)  # noqa: DTZ001 - a naive one is what is refused
BAD_CALLS: list[tuple[Callable[[Any], Any], list[str]]] = [
    (
        lambda client: client.book(NODE, "Ada", timezone="Nowhere/Else", slot=NAIVE),
        ["prospect must be a mapping", "timezone must be an IANA", "slot is a naive datetime"],
    ),
    (lambda client: client.book(NODE, ADA, timezone=ZONE, slot=9), ["slot must be a Slot"]),
    (lambda client: client.book(NODE, {**ADA, "NumEmployees": float("nan")}, timezone=ZONE), ["'NumEmployees'"]),
    (lambda client: client.route(NODE, {1: "x"}), ["a key that is not text"]),
    (lambda client: client.route(NODE, {"Company": object()}), ["is of type object"]),
    (lambda client: client.book_link("Em30rva", timezone=""), ["timezone"]),
    (lambda client: client.reschedule("", timezone="x"), ["meeting_id", "timezone"]),
    (lambda client: client.meeting(".."), ["a step in a path"]),
    (lambda client: client.cancel(" "), ["meeting_id"]),
    (lambda client: client.meetings("nobody", start=NAIVE, end=NAIVE), ["prospect_email", "start is", "end is"]),
    (
        lambda client: client.meetings("a@x.example", start="soon", end="2025-05-06"),
        ["start must be an ISO", "end is a naive"],
    ),
    (lambda client: client.availability(), ["exactly one"]),
    (lambda client: client.availability(token="x", link_id="y"), ["exactly one"]),
]


@pytest.mark.parametrize(("call", "problems"), BAD_CALLS)
async def test_bad_input_is_found_before_anything_is_sent(
    client: BookIt, sandbox: Sandbox, call: Callable[[BookIt], Any], problems: list[str]
) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await call(client)
    assert len(caught.value.problems) == len(problems)
    for found, expected in zip(caught.value.problems, problems, strict=True):
        assert expected in found
    assert not sandbox.requests


async def test_every_problem_of_a_booking_is_told_at_once_and_nothing_is_booked(
    client: BookIt, sandbox: Sandbox
) -> None:
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    with pytest.raises(InvalidInputError) as caught:
        await offer.book(
            earliest(), timezone="Nowhere", answers={"First Name": "Ada", "Shoe size": 43}, guests=["no address"]
        )
    assert caught.value.problems == (
        "timezone must be an IANA time zone name such as 'America/Los_Angeles' or 'UTC'",
        "answers['Shoe size'] is for no field of this form: offer.form_fields has them all",
        "answers['Last Name'] is required and missing",
        "answers['Email'] is required and missing",
        "guests[0] must be an email address, such as ada@example.com",
    )
    with pytest.raises(InvalidInputError, match=r"^slot is a naive datetime"):
        await offer.book(NAIVE, timezone=ZONE, answers=ANSWERS)
    with pytest.raises(InvalidInputError, match=r"no open slot starts at 2031-01-01.*the nearest open one starts at"):
        await offer.book(datetime(2031, 1, 1, tzinfo=UTC), timezone=ZONE, answers=ANSWERS)
    assert not sandbox.meetings
