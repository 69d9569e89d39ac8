"""What the client does where a fact is otherwise: each row of the docs' table is played by its quirk, and holds."""

import json
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from bookit_async import (
    APIStatusError,
    AuthenticationError,
    Booked,
    BookIt,
    BookItError,
    InvalidInputError,
    LinkUnsupportedError,
    Meeting,
    MissingInputError,
    NoAvailability,
    NotRouted,
    Offer,
    OutcomeUnknownError,
    ResponseInvalidError,
    TokenSpentError,
    TriggerNodeNotFoundError,
    WireRequest,
    WireResponse,
    earliest,
)
from bookit_async.doctor.facts import FACTS
from bookit_async.sandbox import Sandbox

from ..clock import Clock
from ..conftest import ADA, NODE
from ..flaky import Fault, Flaky
from ..scenes import ANSWERS, ZONE, someone_else_books
from .scene import SHARES, last, world

Play = Callable[..., "Played"]


class Played:
    """A client of a service that has one quirk, and what was lost on the way."""

    def __init__(self, quirks: Mapping[str, float | bool], *plan: Fault) -> None:
        self.clock = Clock()
        self.sandbox = Sandbox(world(), now=self.clock.wall, seed=1, tcp=False, quirks=quirks)
        self.transport = Flaky(self.sandbox.transport, plan, on="meeting", method="POST")
        patient: dict[str, Any] = {"clock": self.clock, "now": self.clock.wall, "sleep": self.clock.sleep}
        self.client = BookIt(self.sandbox.api_key, transport=self.transport, jitter=lambda: 1.0, **patient)

    @property
    def meetings(self) -> list[str]:
        return [one.told_id for one in self.sandbox.meetings if one.status != "canceled"]

    async def book(self) -> Booked:
        booked = await self.client.book(NODE, ADA, timezone=ZONE)
        assert isinstance(booked, Booked)
        return booked

    async def link(self, link: str = "Em30rva", **more: Any) -> Booked:
        booked = await self.client.book_link(link, timezone=ZONE, answers=ANSWERS, **more)
        assert isinstance(booked, Booked)
        return booked

    async def offer(self) -> Offer:
        offer = await self.client.availability(link_id="Em30rva")
        assert isinstance(offer, Offer)
        return offer


async def flow(played: Played) -> list[object]:
    """Return what a caller sees of a whole flow: everything that can be done with a meeting."""
    client = played.client
    inputs = await client.inputs(NODE)
    booked = await played.book()
    listed = await client.meetings(ADA["Email"], start=booked.start - timedelta(days=1))
    read = await client.meeting(booked.meeting_id)
    moved = await client.reschedule(booked.meeting_id, timezone=ZONE, slot=booked.start + timedelta(days=1))
    assert isinstance(moved, Meeting)
    await client.cancel(moved.id)
    told = [one.start for one in listed], read.start, moved.start
    return [len(inputs.inputs), booked.start, booked.recovered, told, played.meetings]


async def _same(quirk: str, play: Play) -> None:
    assert await flow(play()) == await flow(Played({}))


def raises(
    kind: type[BookItError], call: Callable[[Played], Awaitable[object]]
) -> Callable[[str, Play], Awaitable[None]]:
    """Return a row in which a call ends in exactly this error, and nothing is booked."""

    async def row(quirk: str, play: Play) -> None:
        played = play()
        with pytest.raises(kind) as told:
            await call(played)
        assert type(told.value) is kind
        assert not played.meetings

    return row


def lost(
    call: Callable[[Played], Awaitable[Booked]], *, recovered: bool = True
) -> Callable[[str, Play], Awaitable[None]]:
    """Return a row in which the answer to a booking is lost, and the meeting that it made is found, and is one."""

    async def row(quirk: str, play: Play) -> None:
        played = play("after")
        booked = await call(played)
        assert (played.meetings, booked.recovered) == ([booked.meeting_id], recovered)

    return row


def stays_open(call: Callable[[Played], Awaitable[Booked]]) -> Callable[[str, Play], Awaitable[None]]:
    """Return a row in which the answer to a booking is lost, and it stays open; there is one meeting."""

    async def row(quirk: str, play: Play) -> None:
        played = play("after")
        with pytest.raises(OutcomeUnknownError):
            await call(played)
        assert len(played.meetings) == 1

    return row


async def _request_id(quirk: str, play: Play) -> None:
    assert (await play().book()).request_id is None


async def _documented(quirk: str, play: Play) -> None:
    rows: Mapping[str, Row] = {
        "inputs_by_name": _inputs_unread,
        "scheduled_time_is_object": _scheduled_time,
    }
    await rows.get(quirk, _same)(quirk, play)


async def _inputs_unread(quirk: str, play: Play) -> None:
    played = play()
    with pytest.raises(ResponseInvalidError):
        await played.client.inputs(NODE)
    assert [(await played.book()).meeting_id] == played.meetings


async def _unchecked(quirk: str, play: Play) -> None:
    with pytest.raises(InvalidInputError):
        await Played({}).client.route(NODE, {**ADA, "Company": 5})
    with pytest.raises(APIStatusError):  # it is sent, and the service says no
        await play().client.route(NODE, {**ADA, "Company": 5})


async def _index_map(quirk: str, play: Play) -> None:
    played = play()
    offer = await played.client.availability(link_id="Pool4Mm")
    whole = await Played({}).client.availability(link_id="Pool4Mm")
    assert isinstance(offer, Offer)
    assert isinstance(whole, Offer)
    hosts = [{host for slot in one.slots for host in slot.host_ids} for one in (offer, whole)]
    assert hosts[0] < hosts[1]


async def _durations(quirk: str, play: Play) -> None:
    await (_same if quirk == "other_duration" else raises(ResponseInvalidError, Played.book))(quirk, play)


async def _logo(quirk: str, play: Play) -> None:
    await _same(quirk, play)
    played = play()
    meeting = (await played.offer()).page.meeting
    assert meeting is not None
    assert (meeting.logo, meeting.page_style and meeting.page_style.logo) == (None, None)
    assert [one.path for one in played.client.odd_values if "logo" in one.path]


async def _differing(quirk: str, play: Play) -> None:
    played = play()
    assert isinstance(await (await played.offer()).refresh(), Offer)
    assert [(await played.link()).meeting_id] == played.meetings


async def _nothing_open(quirk: str, play: Play) -> None:
    assert isinstance(await play().client.availability(link_id="Over5Xx"), NoAvailability)


async def _any_status(quirk: str, play: Play) -> None:
    played = play()
    booked = await played.book()
    told = await played.client.meetings(ADA["Email"], start=booked.start, status="canceled")
    assert [one.id for one in told] == [booked.meeting_id]


async def _not_seen(quirk: str, play: Play) -> None:
    played = play("before")
    with pytest.raises(OutcomeUnknownError):
        await played.link()
    assert not played.meetings


async def _modification(quirk: str, play: Play) -> None:
    played = play()
    booked = await played.book()
    assert (await played.client.legacy.modification(booked.meeting_id)).offer is not None


async def _scheduled_time(quirk: str, play: Play) -> None:
    played = play()
    await played.client.legacy.modification((await played.book()).meeting_id)
    assert [one.path for one in played.client.odd_values if "scheduledTime" in one.path]


async def _organizer(quirk: str, play: Play) -> None:
    await (stays_open(Played.link) if quirk == "other_addresses" else lost(Played.book))(quirk, play)


async def _uid_once(quirk: str, play: Play) -> None:
    played = play()
    offer = await played.client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    with pytest.raises(APIStatusError):
        await played.client.route(NODE, ADA, uid=offer.uid)
    assert not played.meetings


async def _looked_up(quirk: str, play: Play) -> None:
    played = play()
    booked = await played.book()
    assert booked.meeting_id in played.meetings
    assert booked.recovered
    assert len(played.meetings) == 1


async def _past(quirk: str, play: Play) -> None:
    played = play("after", *["502 before"] * 99)
    played.transport.method = ""
    with pytest.raises(OutcomeUnknownError) as left:
        await played.link()
    played.transport.plan.clear()
    played.clock.now += 20 * 86_400
    assert await played.client.settle(left.value) is None
    assert len(played.meetings) == 1
    assert not played.client.unsettled


class Worded:
    """Routes to an outcome in a word that nobody knows, without a slot."""

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - as it is called
        answer: dict[str, Any] = {
            "routing": {"responseType": "schedule"},
            "scheduling": None,
            "name": NODE,
            "inputs": [],
        }
        return WireResponse(status=200, headers={}, body=json.dumps(answer).encode())

    async def close(self) -> None: ...


async def _outcome_words(quirk: str, play: Play) -> None:
    await _same(quirk, play)
    routed = await BookIt("k", transport=Worded()).route(NODE, ADA)
    assert isinstance(routed, NotRouted)
    assert routed.response_type == "schedule"


async def _selected(quirk: str, play: Play) -> None:
    played = play()
    booked = await played.link("Pool4Mm")
    assert booked.host_id == played.sandbox.meetings[0].host_id


async def _listed(quirk: str, play: Play) -> None:
    played = play("after")
    booked = await played.link()
    assert booked.recovered
    assert (await played.client.meeting(booked.meeting_id)).start == booked.start
    assert len(played.meetings) == 1
    await played.client.cancel(booked.meeting_id)
    assert not played.meetings


async def _taken(quirk: str, play: Play) -> None:
    played = play()
    offer = await played.offer()
    await someone_else_books(played.sandbox, offer.slots[0])
    booked = await offer.book(earliest(), timezone=ZONE, answers=ANSWERS)
    assert isinstance(booked, Booked)
    assert booked.start > offer.slots[0].start


async def _used(quirk: str, play: Play) -> None:
    played = play()
    await played.link("Once7Kd")
    with pytest.raises(APIStatusError) as told:
        await played.link("Once7Kd", slot=last)
    assert type(told.value) is APIStatusError
    assert len(played.meetings) == 1


async def _moved(quirk: str, play: Play) -> None:
    played = play()
    booked = await played.book()
    moved = await played.client.reschedule(booked.meeting_id, timezone=ZONE, slot=booked.start + timedelta(days=1))
    assert isinstance(moved, Meeting)
    assert [moved.id] == played.meetings != [booked.meeting_id]


async def _canceled(quirk: str, play: Play) -> None:
    played = play()
    booked = await played.book()
    plan: list[Fault] = ["after"]
    played.transport.method, played.transport.plan = "DELETE", plan
    with pytest.raises(OutcomeUnknownError):
        await played.client.cancel(booked.meeting_id)
    assert not played.meetings


async def _spent(quirk: str, play: Play) -> None:
    with pytest.raises(TokenSpentError):
        await play().client.availability(token="made-up")


def unfilled(played: Played) -> Awaitable[object]:
    async def book() -> object:
        offer = await played.offer()
        fields = tuple(one for one in offer.form_fields if one.name == "Email")
        answers = {"Email": ANSWERS["Email"]}
        return await evolve(offer, form_fields=fields).book(earliest(), timezone=ZONE, answers=answers)

    return book()


Row = Callable[[str, Play], Awaitable[None]]
ROWS: Mapping[str, Row] = {
    "clock": _same,
    "gateway-ids": _request_id,
    "media-type": _same,
    "no-limit-headers": _same,
    "wrong-key": raises(AuthenticationError, lambda one: BookIt("x", transport=one.transport).inputs(NODE)),
    "documented-answers": _documented,
    "error-envelope": raises(TriggerNodeNotFoundError, lambda one: one.client.inputs("no node")),
    "no-such-node": raises(APIStatusError, lambda one: one.client.inputs("no node")),
    "route-no-such-node": raises(APIStatusError, lambda one: one.client.route("no node", ADA)),
    "no-such-link": raises(APIStatusError, lambda one: one.client.availability(link_id="nolink")),
    "unsupported-link": raises(LinkUnsupportedError, lambda one: one.client.availability(link_id="Many8Tx")),
    "no-such-meeting": raises(APIStatusError, lambda one: one.client.meeting("nomeeting")),
    "exactly-one": raises(InvalidInputError, lambda one: one.client.availability()),
    "legacy-missing": raises(APIStatusError, unfilled),
    "made-up-token": _spent,
    "unknown-status": _same,
    "inputs-shape": _inputs_unread,
    "input-types": _unchecked,
    "node-case": _same,
    "page-shape": raises(ResponseInvalidError, Played.link),
    "index-map": _index_map,
    "host-info": stays_open(Played.link),
    "durations": _durations,
    "slot-order": _same,
    "milliseconds": raises(ResponseInvalidError, Played.book),
    "zones": _same,
    "pooled": lost(lambda one: one.link("Pool4Mm")),
    "form-labels": raises(InvalidInputError, Played.book),
    "logo": _logo,
    "same-twice": _differing,
    "nothing-open": _nothing_open,
    "list-shape": lost(Played.link),
    "list-notations": _same,
    "list-default": lost(Played.link),
    "status-filter": _any_status,
    "empty-list": _not_seen,
    "address-case": lost(Played.link),
    "past-listed": _past,
    "window-start": lost(Played.link),
    "window-filters": lost(Played.link),
    "list-whole": lost(Played.link),
    "ids-unique": lost(Played.book),
    "meeting-shape": _same,
    "event-id": _modification,
    "scheduled-time": _scheduled_time,
    "page-of-meeting": _same,
    "organizer-known": _organizer,
    "address-kept": lost(Played.link),
    "outcome-words": _outcome_words,
    "calendar-has-token": raises(ResponseInvalidError, Played.book),
    "missing-uid": _same,
    "same-submission": _uid_once,
    "refreshed": _differing,
    "slot-names": raises(MissingInputError, Played.book),
    "booking-answer": _looked_up,
    "selected-user": _selected,
    "token-spent": lost(Played.book),
    "token-told-soon": lost(Played.book),
    "list-told-soon": lost(Played.link),
    "token-once": lost(Played.book),
    "listed-id": _listed,
    "slot-taken": _taken,
    "link-once": lost(lambda one: one.link("Once7Kd")),
    "used-link": _used,
    "moved-id": _moved,
    "changes-read": _same,
    "cancel-empty": _same,
    "cancel-twice": _canceled,
    "canceled-readable": _canceled,
    "canceled-listed": lost(Played.link),
    "limited-changed-nothing": _looked_up,
    "refused-changed-nothing": _looked_up,
    "sent-once": _looked_up,
}
CANNOT_BE_PLAYED = {"https", "one-meeting-at-a-time", "lands-in-time", "not-sent"}
"""No quirk is of these: TLS is played in tests/transports, and the rest nobody can ask about."""


@pytest.mark.parametrize(("fact", "quirk"), [(one.id, quirk) for one in FACTS for quirk in one.quirks])
async def test_what_the_client_does_where_a_fact_is_otherwise(fact: str, quirk: str) -> None:
    values = {quirk: 1.0} if quirk in SHARES else {quirk: True}

    def play(*plan: Fault) -> Played:
        return Played(values, *plan)

    await ROWS[fact](quirk, play)


def test_every_row_of_the_table_is_played_or_named_as_one_that_cannot_be() -> None:
    assert {one.id for one in FACTS if one.quirks} == ROWS.keys()
    assert {one.id for one in FACTS} - ROWS.keys() == CANNOT_BE_PLAYED
    assert all(one.otherwise for one in FACTS)
