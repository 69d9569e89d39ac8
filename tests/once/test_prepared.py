"""A booking in two halves: prepared, and sent later, perhaps by another process that may not be the first."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from bookit_async import (
    Booked,
    BookIt,
    InvalidInputError,
    MemoryLedger,
    NotSentError,
    Offer,
    OutcomeUnknownError,
    PendingBooking,
    Prepared,
    SlotTakenError,
    WireRequest,
    earliest,
)
from bookit_async.sandbox import Sandbox

from .. import paths
from ..conftest import ADA, NODE
from ..flaky import Flaky
from ..scenes import ANSWERS, ZONE, bookings, flaky, someone_else_books


async def offer_of(client: BookIt, mode: str) -> Offer:
    links = {"link": "Em30rva", "pooled link": "Pool4Mm"}
    offer = await client.availability(link_id=links[mode]) if mode in links else await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    return offer


def prepared_of(offer: Offer, **options: Any) -> Prepared:
    answers = None if offer.token else ANSWERS
    return offer.prepare(offer.slots[0], timezone=ZONE, answers=answers, **options)


MODES = ["token", "link", "pooled link"]


@pytest.mark.parametrize("mode", MODES)
async def test_a_prepared_booking_is_sent_once(mode: str) -> None:
    client, sandbox, transport, _ = flaky()
    prepared = prepared_of(await offer_of(client, mode))
    assert bookings(transport) == 0
    booked = await client.send(prepared)
    assert (booked.start, booked.recovered) == (prepared.slot.start, False)
    assert len(sandbox.meetings) == bookings(transport) == 1


@pytest.mark.parametrize("mode", MODES)
async def test_one_that_was_sent_before_is_found_and_not_sent_again(mode: str) -> None:
    client, sandbox, transport, _ = flaky()
    prepared = prepared_of(await offer_of(client, mode))
    first = await client.send(prepared)
    again = Prepared.from_dict(prepared.to_dict())
    found = await BookIt(sandbox.api_key, transport=transport).send(again, perhaps_sent=True)
    assert (found.meeting_id, found.recovered) == (first.meeting_id, True)
    assert len(sandbox.meetings) == bookings(transport) == 1


@pytest.mark.parametrize("mode", MODES)
async def test_one_that_was_never_sent_is_sent_after_the_look(mode: str) -> None:
    client, sandbox, transport, clock = flaky(settle=10.0)
    prepared = prepared_of(await offer_of(client, mode))
    ago = clock.wall() - timedelta(seconds=10)
    booked = await client.send(prepared, perhaps_sent=ago)
    assert (booked.recovered, len(sandbox.meetings), bookings(transport)) == (False, 1, 1)
    assert clock.slept == []


async def test_without_a_time_it_waits_until_nothing_can_land_any_more() -> None:
    client, _, _, clock = flaky(settle=10.0)
    prepared = prepared_of(await offer_of(client, "link"))
    await client.send(prepared, perhaps_sent=True)
    assert 10.0 <= sum(clock.slept) < 11.0


async def test_a_slot_that_is_gone_is_told_without_an_offer() -> None:
    client, sandbox, _, _ = flaky()
    prepared = prepared_of(await offer_of(client, "token"))
    await someone_else_books(sandbox, prepared.slot)
    with pytest.raises(SlotTakenError) as taken:
        await client.send(prepared)
    assert taken.value.offer is None


async def test_only_one_explicit_slot_can_be_prepared() -> None:
    client, *_ = flaky()
    offer = await offer_of(client, "token")
    with pytest.raises(InvalidInputError, match="one slot, not a chooser"):
        offer.prepare(earliest(), timezone=ZONE)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInputError, match=r"timezone must be .*; no open slot starts at "):
        offer.prepare(offer.slots[0].start - timedelta(days=900), timezone="Mars/Base")


async def test_the_id_given_is_the_bookings() -> None:
    client, *_ = flaky()
    assert prepared_of(await offer_of(client, "token"), booking_id="lead-4711").pending.id == "lead-4711"


@pytest.mark.parametrize("once", [True, False])
async def test_looking_before_sending_finds_what_another_process_booked(once: bool) -> None:
    client, sandbox, _, _ = flaky()
    first = await client.book_link("Pool4Mm", timezone=ZONE, answers=ANSWERS, once=once)
    assert isinstance(first, Booked)
    restarted = BookIt(sandbox.api_key, transport=sandbox.transport)
    offer = await restarted.availability(link_id="Pool4Mm")
    assert isinstance(offer, Offer)
    if not any(slot.start == first.start for slot in offer.slots):
        pytest.fail("the pool has nobody left at that time")
    again = await offer.book(first.start, timezone=ZONE, answers=ANSWERS, once=once)
    assert isinstance(again, Booked)
    assert (again.meeting_id == first.meeting_id) is once
    assert len(sandbox.meetings) == 2 - once


async def test_settle_takes_a_pending_booking_and_can_be_told_whose_meetings_are_not_its_own() -> None:
    client, _, _, _ = flaky(settle=1.0)
    prepared = prepared_of(await offer_of(client, "link"))
    booked = await client.send(prepared)
    pending = PendingBooking.from_dict(prepared.pending.to_dict())
    found = await client.settle(pending)
    assert found is not None
    assert found.meeting_id == booked.meeting_id
    assert await client.settle(pending, not_ours=[booked.meeting_id]) is None


async def test_before_send_runs_before_each_request_and_stops_it() -> None:
    seen: list[str] = []
    stop = False

    async def before_send(request: WireRequest) -> None:
        seen.append(f"{request.method} {urlsplit(request.url).path}")
        if stop:
            raise PermissionError("the lease is over")

    client, sandbox, transport, _ = flaky("unsent", before_send=before_send, deadline=5.0, check_inputs=False)
    offer = await offer_of(client, "token")
    prepared = prepared_of(offer)
    assert isinstance(await client.send(prepared), Booked)
    assert seen == [f"POST {paths.ROUTE}", f"POST {paths.BOOK}", f"POST {paths.BOOK}"]
    stop = True
    second = prepared_of(await offer_of(BookIt(sandbox.api_key, transport=sandbox.transport), "token"))
    before = bookings(transport)
    with pytest.raises(NotSentError, match=r"before_send raised PermissionError.*why your before_send let nothing out"):
        await client.send(second)
    assert bookings(transport) == before


async def test_what_before_send_keeps_until_the_deadline_is_not_sent(sandbox: Sandbox) -> None:
    async def before_send(_: WireRequest) -> None:
        await asyncio.sleep(60)

    transport = Flaky(sandbox.transport, [])
    client = BookIt(sandbox.api_key, transport=transport, before_send=before_send, deadline=0.1, check_inputs=False)
    with pytest.raises(NotSentError):
        await client.route(NODE, ADA)
    assert transport.sent == []
    assert sandbox.meetings == []


async def test_a_ledger_or_a_transport_that_holds_nothing_yet_is_taken(sandbox: Sandbox) -> None:
    class Empty(MemoryLedger):
        def __len__(self) -> int:
            return len(self.unsettled)

    class Counting(Flaky):
        def __len__(self) -> int:
            return len(self.sent)

    ledger, transport = Empty(), Counting(sandbox.transport, [])
    client = BookIt(sandbox.api_key, transport=transport, ledger=ledger)
    booked = await client.send(prepared_of(await offer_of(client, "link"), booking_id="one"))
    pending = prepared_of(await offer_of(client, "link"), booking_id="two").pending
    assert ledger.owner(booked.meeting_id, pending) == "one"
    assert len(transport) > 0


async def test_clients_that_share_a_ledger_know_each_others_meetings() -> None:
    ledger = MemoryLedger()
    client, sandbox, transport, clock = flaky(ledger=ledger)
    booked = await client.send(prepared_of(await offer_of(client, "link"), booking_id="one"))
    other = BookIt(
        sandbox.api_key, transport=transport, ledger=ledger, clock=clock, now=clock.wall, sleep=clock.sleep, settle=1.0
    )
    pending = prepared_of(await offer_of(other, "link"), booking_id="two").pending
    assert ledger.owner(booked.meeting_id, pending) == "one"
    with pytest.raises(OutcomeUnknownError):
        await other.with_options(deadline=0.5).settle(
            PendingBooking.from_dict({**pending.to_dict(), "prospect_email": None})
        )
    assert await other.settle(pending) is None
