"""Where the service is otherwise than its documentation is read: nothing untrue is told, and nothing made twice."""

from datetime import timedelta
from typing import Any

import pytest

from bookit_async import (
    APIStatusError,
    Booked,
    BookIt,
    Meeting,
    Offer,
    WireRequest,
    WireResponse,
    earliest,
)
from bookit_async.sandbox import Sandbox

from ..clock import Clock
from ..conftest import ADA, NODE
from ..flaky import Fault, Flaky
from ..scenes import ANSWERS, ZONE, someone_else_books


def otherwise(
    *plan: Fault, quirks: Any = (), method: str = "POST", **options: Any
) -> tuple[BookIt, Sandbox, Flaky, Clock]:
    clock = Clock()
    sandbox = Sandbox(now=clock.wall, seed=1, tcp=False, quirks=quirks)
    transport = Flaky(sandbox.transport, plan, on="meeting", method=method)
    patient: dict[str, Any] = {"clock": clock, "now": clock.wall, "sleep": clock.sleep, "jitter": lambda: 1.0}
    return BookIt(sandbox.api_key, transport=transport, **patient, **options), sandbox, transport, clock


async def booked_by(client: BookIt) -> Booked:
    booked = await client.book(NODE, ADA, timezone=ZONE)
    assert isinstance(booked, Booked)
    return booked


@pytest.mark.parametrize("lag", [0.3, 1000.0])
async def test_what_was_accepted_is_told_not_a_stale_read(lag: float) -> None:
    client, _, _, clock = otherwise(quirks={"stale_reads": lag})
    booked = await booked_by(client)
    clock.now += 2000
    moved = await client.reschedule(booked.meeting_id, timezone=ZONE, slot=booked.start + timedelta(days=1))
    assert isinstance(moved, Meeting)
    assert (moved.id, moved.start) == (booked.meeting_id, booked.start + timedelta(days=1))
    assert moved.organizer_email == booked.organizer_email


@pytest.mark.parametrize("fault", ["ok", "after", "502 after"])
async def test_a_move_may_give_a_new_id(fault: Fault) -> None:
    client, sandbox, transport, _ = otherwise(quirks=["moved_gets_new_id"])
    booked = await booked_by(client)
    plan: list[Fault] = [fault]
    transport.method, transport.plan = "PATCH", plan
    moved = await client.reschedule(booked.meeting_id, timezone=ZONE, slot=booked.start + timedelta(days=1))
    assert isinstance(moved, Meeting)
    standing = [one for one in sandbox.meetings if one.status != "canceled"]
    assert [moved.id] == [one.id for one in standing] != [booked.meeting_id]
    assert moved.start == booked.start + timedelta(days=1)


class Refusing(Flaky):
    """Answers the first booking with a refusal in words that nobody knows."""

    refused = False

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        if request.url.endswith("/v1/meeting") and not self.refused:
            self.refused = True
            return WireResponse(status=409, headers={}, body=b'{"error": "Sorry, try another one."}')
        return await super().send(request, timeout=timeout)


async def test_an_unknown_refusal_is_asked_about() -> None:
    _, sandbox, _, clock = otherwise()
    refusing = BookIt(
        sandbox.api_key, transport=Refusing(sandbox.transport, ()), clock=clock, now=clock.wall, sleep=clock.sleep
    )
    offer = await refusing.route(NODE, ADA)
    assert isinstance(offer, Offer)
    with pytest.raises(APIStatusError) as same:
        await offer.book(earliest(), timezone=ZONE)
    assert (type(same.value), same.value.status) == (APIStatusError, 409)
    assert not sandbox.meetings


async def test_a_slot_that_is_gone_was_taken_whatever_the_words() -> None:
    _, sandbox, _, clock = otherwise()
    refusing = BookIt(
        sandbox.api_key, transport=Refusing(sandbox.transport, ()), clock=clock, now=clock.wall, sleep=clock.sleep
    )
    offer = await refusing.route(NODE, ADA)
    assert isinstance(offer, Offer)
    await someone_else_books(sandbox, offer.slots[0])
    booked = await offer.book(earliest(), timezone=ZONE)
    assert isinstance(booked, Booked)
    assert booked.start > offer.slots[0].start


QUIRKS = ["booked_despite_429", "booked_despite_400"]


@pytest.mark.parametrize("mode", ["token", "pooled link"])
@pytest.mark.parametrize("quirk", QUIRKS)
async def test_a_refusal_that_booked_after_all_is_found(quirk: str, mode: str) -> None:
    client, sandbox, _, _ = otherwise(quirks={quirk: 1.0})
    booked = await (
        client.book(NODE, ADA, timezone=ZONE)
        if mode == "token"
        else client.book_link("Pool4Mm", timezone=ZONE, answers=ANSWERS)
    )
    assert isinstance(booked, Booked)
    assert [one.id for one in sandbox.meetings] == [booked.meeting_id]


@pytest.mark.parametrize("mode", ["Em30rva", "Pool4Mm"])
@pytest.mark.parametrize("once", [True, False])
async def test_under_other_addresses_nothing_is_booked_twice(mode: str, once: bool) -> None:
    client, sandbox, _, _ = otherwise("after", quirks=["other_addresses"])
    booking = client.book_link(mode, timezone=ZONE, answers=ANSWERS, once=once)
    if once:
        booked = await booking
        assert isinstance(booked, Booked)
        assert booked.recovered
    else:
        with pytest.raises(Exception, match="the offer does not tell its organizer's address"):
            await booking
    assert len(sandbox.meetings) == 1


async def test_a_service_that_answers_404_for_no_meetings_can_be_booked_on() -> None:
    client, sandbox, _, _ = otherwise(quirks=["empty_list_is_404"])
    booked = await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS, once=True)
    assert isinstance(booked, Booked)
    assert len(sandbox.meetings) == 1
