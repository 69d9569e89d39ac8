"""Booked exactly once, whatever is lost: against the sandbox, with time that passes only when somebody waits."""

import asyncio
import pickle
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookit_async import (
    Booked,
    BookIt,
    BookItError,
    InvalidInputError,
    LinkSpentError,
    Meeting,
    NoAvailability,
    NotSentError,
    Offer,
    OutcomeUnknownError,
    RetryPolicy,
    SlotTakenError,
    Unsettled,
    WireRequest,
    earliest,
)
from bookit_async.sandbox import Sandbox

from ..chaos.world import world
from ..clock import Clock
from ..conftest import ADA, NODE, NOW
from ..flaky import FAULTS, Fault, Flaky
from ..sampling import tries
from ..scenes import ANSWERS, MODES, ZONE, bookings, flaky, sandbox_of, someone_else_books

LOST: tuple[Fault, ...] = ("before", "after", "502 before", "502 after", "garbage", "shape", "late")


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", LOST)
async def test_a_lost_answer_is_recovered_and_nothing_is_booked_twice(mode: str, fault: Fault) -> None:
    client, sandbox, _, _ = flaky(fault, method="POST")
    booked = await MODES[mode](client)
    (held,) = sandbox.meetings
    assert isinstance(booked, Booked)
    assert (booked.meeting_id, booked.host_id, booked.start) == (held.id, held.host_id, held.start)
    assert booked.organizer_email == held.host_email
    assert booked.recovered is (fault in ("after", "502 after", "garbage", "shape", "late"))
    assert booked.uid == (None if "params" in mode else held.uid)


@pytest.mark.parametrize("token_fence", [True, False])
@pytest.mark.parametrize("mode", ["token", "pool", "link", "pooled link"])
async def test_a_lost_booking_must_settle_unless_its_token_is_a_fence(mode: str, token_fence: bool) -> None:
    client, _, transport, clock = flaky("before", method="POST", token_fence=token_fence)
    waits = 0.0 if token_fence and mode in ("token", "pool") else 30.0
    began = clock.now
    await MODES[mode](client)
    assert clock.now - began >= waits
    assert clock.now - began < waits + 6
    assert bookings(transport) == 2


@pytest.mark.parametrize("mode", MODES)
async def test_what_was_not_sent_is_sent_again(mode: str) -> None:
    client, sandbox, transport, _ = flaky("unsent", "429", "unsent", method="POST")
    booked = await MODES[mode](client)
    assert (booked.recovered, len(sandbox.meetings), bookings(transport)) == (False, 1, 4)


async def test_lost_again_and_again_it_is_still_booked_once() -> None:
    client, sandbox, _, _ = flaky("before", "502 before", "before", "after", method="POST", token_fence=True)
    booked = await MODES["token"](client)
    assert (booked.recovered, booked.request_id, len(sandbox.meetings)) == (True, "r-502", 1)


async def test_a_slot_lost_after_a_lost_answer_is_ours_if_the_meeting_is() -> None:
    client, sandbox, transport, _ = flaky("late", method="POST", settle=0.001)
    booked = await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS)
    assert isinstance(booked, Booked)
    assert (booked.recovered, len(sandbox.meetings)) == (True, 1)
    assert "GET meetings" in transport.sent


@pytest.mark.parametrize("plan", [(), ("before",)])
async def test_a_chooser_takes_its_next_preference_when_a_slot_is_lost(plan: tuple[Fault, ...]) -> None:
    client, sandbox, _, _ = flaky(*plan, method="POST")
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    await someone_else_books(sandbox, offer.slots[0])
    booked = await offer.book(earliest(), timezone=ZONE)
    assert isinstance(booked, Booked)
    assert booked.start > offer.slots[0].start
    assert [one.prospect_email for one in sandbox.meetings] == ["grace@engines.example", "ada@engines.example"]


@pytest.mark.parametrize("plan", [(), ("before",)])
async def test_an_explicit_slot_that_is_lost_is_told_with_a_fresh_offer(plan: tuple[Fault, ...]) -> None:
    client, sandbox, _, _ = flaky(*plan, method="POST")
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    slot = offer.slots[0]
    await someone_else_books(sandbox, slot)
    with pytest.raises(SlotTakenError) as caught:
        await offer.book(slot, timezone=ZONE)
    assert caught.value.offer is not None
    assert slot not in caught.value.offer.slots
    assert isinstance(await caught.value.offer.book(earliest(), timezone=ZONE), Booked)


async def test_a_chooser_that_runs_out_of_slots_finds_nothing() -> None:
    client, sandbox, _, _ = flaky()
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    await someone_else_books(sandbox, offer.slots[0])
    outcome = await offer.book(lambda slots: [slot for slot in slots if slot == offer.slots[0]], timezone=ZONE)
    assert isinstance(outcome, NoAvailability)


async def test_a_race_that_takes_the_last_slots_leaves_a_chooser_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    client, sandbox, _, _ = flaky()
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    await someone_else_books(sandbox, offer.slots[0])

    async def nothing_left(_offer: Offer) -> NoAvailability:
        return NoAvailability(uid=offer.uid)

    monkeypatch.setattr(client._bookings, "refresh", nothing_left)  # pyright: ignore[reportPrivateUsage]
    outcome = await offer.book(earliest(), timezone=ZONE)
    assert outcome == NoAvailability(uid=offer.uid)
    with pytest.raises(SlotTakenError) as caught:
        await offer.book(offer.slots[0], timezone=ZONE)
    assert caught.value.offer is None


async def test_a_slot_is_told_lost_even_when_no_fresh_offer_can_be_had() -> None:
    client, sandbox, _, _ = flaky(*_times(9, "before"), on="scheduling/fetch-availability")
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    await someone_else_books(sandbox, offer.slots[0])
    with pytest.raises(SlotTakenError) as caught:
        await offer.book(earliest(), timezone=ZONE)
    assert caught.value.offer is None


async def test_a_single_use_link_spent_by_the_lost_booking_is_no_error() -> None:
    for fault in ("after", "late"):
        client, sandbox, _, _ = flaky(fault, method="POST")
        booked = await client.book_link("Once7Kd", timezone=ZONE, answers=ANSWERS)
        assert isinstance(booked, Booked)
        assert (booked.recovered, len(sandbox.meetings)) == (True, 1)
        with pytest.raises(LinkSpentError):
            await client.book_link("Once7Kd", timezone=ZONE, answers={**ANSWERS, "Email": "grace@engines.example"})


def _times(count: int, fault: Fault) -> list[Fault]:
    return [fault] * count


async def open_outcome(
    *plan: Fault, mode: str = "token", **options: Any
) -> tuple[OutcomeUnknownError, BookIt, Sandbox]:
    client, sandbox, transport, _ = flaky(*plan, on="", check_inputs=False, **options)
    with pytest.raises(OutcomeUnknownError) as caught:
        await MODES[mode](client)
    transport.plan.clear()
    return caught.value, client, sandbox


@pytest.mark.parametrize("fault", ["before", "after"])
@pytest.mark.parametrize("mode", MODES)
async def test_at_the_deadline_the_outcome_is_left_open_and_settled_later(mode: str, fault: Fault) -> None:
    routing = _times(2 if "params" in mode else 1, "ok")
    plan: list[Fault] = [*routing, fault, *_times(500, "before")]
    error, client, sandbox = await open_outcome(*plan, mode=mode, deadline=20, settle=0.01)
    booking = error.booking
    assert booking is not None
    assert booking.slot.start >= NOW
    assert booking.prospect_email == "ada@engines.example"
    assert booking.host_ids
    assert "ada@" not in repr(error) + str(error) + repr(booking)
    assert (booking.token or "no token") not in repr(error) + str(error) + repr(booking)
    restored = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    found = await client.settle(restored)
    if fault == "after":
        (held,) = sandbox.meetings
        assert found is not None
        assert (found.meeting_id, found.recovered) == (held.id, True)
    else:
        assert found is None
        assert not sandbox.meetings


async def test_the_state_of_the_token_is_told() -> None:
    plan: list[Fault] = ["ok", "after"]
    for _ in range(20):
        plan.append("ok")  # the token's answer; then the list's, in this look and first in the next
        plan.extend(_times(8, "before"))
    error, _, _ = await open_outcome(*plan, deadline=20)
    assert error.booking is not None
    assert error.booking.token_state == "spent"


async def test_what_is_no_booking_cannot_be_settled() -> None:
    client, _, _, _ = flaky()
    with pytest.raises(InvalidInputError, match="not of a booking"):
        await client.settle(OutcomeUnknownError(reason="x"))


async def test_a_booking_is_not_started_with_too_little_left() -> None:
    clock, sandbox = Clock(), sandbox_of()
    transport = Flaky(sandbox.transport, _times(3, "429"), on="route")
    policy = RetryPolicy(first_wait=2.4, longest_wait=2.4)
    client = BookIt(
        sandbox.api_key,
        transport=transport,
        clock=clock,
        sleep=clock.sleep,
        jitter=lambda: 1.0,
        deadline=7.9,
        retries=policy,
    )
    with pytest.raises(NotSentError, match="too little time"):
        await client.book(NODE, ADA, timezone=ZONE)
    assert not sandbox.meetings


CHANGES: dict[str, Callable[[BookIt, Booked], Any]] = {
    "reschedule": lambda client, booked: client.reschedule(
        booked.meeting_id, timezone=ZONE, slot=booked.start + timedelta(days=1)
    ),
    "cancel": lambda client, booked: client.cancel(booked.meeting_id),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("fault", [*LOST, "unsent", "429"])
async def test_a_change_with_a_lost_answer_takes_effect_once(change: str, fault: Fault) -> None:
    client, sandbox, _, _ = flaky(fault, method="PATCH" if change == "reschedule" else "DELETE")
    booked = await MODES["token"](client)
    result = await CHANGES[change](client, booked)
    (held,) = sandbox.meetings
    if change == "cancel":
        assert held.status == "canceled"
    else:
        assert isinstance(result, Meeting)
        assert result.start == held.start == booked.start + timedelta(days=1)


@pytest.mark.parametrize("change", CHANGES)
async def test_a_change_that_cannot_be_seen_is_left_open(change: str) -> None:
    client, _, transport, _ = flaky(deadline=20)
    booked = await MODES["token"](client)
    transport.on, transport.plan = "meeting/", _times(500, "before")
    with pytest.raises(OutcomeUnknownError, match="could not be seen"):
        await CHANGES[change](client, booked)


async def test_a_moved_meeting_that_cannot_be_read_is_told_as_it_must_be() -> None:
    client, _, transport, _ = flaky()
    booked = await MODES["token"](client)
    transport.on, transport.method, transport.plan = "meeting/", "GET", _times(9, "502 before")
    moved = await CHANGES["reschedule"](client, booked)
    assert (moved.id, moved.status, moved.start) == (booked.meeting_id, "rescheduled", booked.start + timedelta(days=1))


async def test_a_slot_taken_while_rescheduling_is_told_with_a_fresh_offer_or_passed_over() -> None:
    client, sandbox, _, _ = flaky()
    booked = await MODES["token"](client)
    offer = await client.availability(meeting_id=booked.meeting_id)
    assert isinstance(offer, Offer)
    wanted = offer.slots[5]

    class Rushed(Flaky):
        async def send(self, request: Any, *, timeout: float) -> Any:
            if request.method == "PATCH" and not sandbox_rushed:
                sandbox_rushed.append(True)
                await someone_else_books(sandbox, wanted)
            return await super().send(request, timeout=timeout)

    sandbox_rushed: list[bool] = []
    rushed = BookIt(sandbox.api_key, transport=Rushed(sandbox.transport, ()))
    with pytest.raises(SlotTakenError) as caught:
        await rushed.reschedule(booked.meeting_id, timezone=ZONE, slot=wanted)
    assert caught.value.offer is not None
    sandbox_rushed.clear()
    wanted = offer.slots[9]
    moved = await rushed.reschedule(booked.meeting_id, timezone=ZONE, slot=lambda _: [wanted, offer.slots[13]])
    assert isinstance(moved, Meeting)
    assert moved.start == offer.slots[13].start


async def test_a_slot_taken_while_rescheduling_is_told_without_an_offer_where_none_can_be_had() -> None:
    client, sandbox, transport, _ = flaky()
    booked = await MODES["token"](client)
    offer = await client.availability(meeting_id=booked.meeting_id)
    assert isinstance(offer, Offer)
    wanted = offer.slots[5]

    async def rush(request: WireRequest) -> None:
        if request.method == "PATCH" and not transport.plan:
            transport.on, transport.plan = "scheduling/fetch-availability", _times(9, "before")
            await someone_else_books(sandbox, wanted)

    rushed = BookIt(sandbox.api_key, transport=transport, before_send=rush, retries=RetryPolicy(attempts=1))
    with pytest.raises(SlotTakenError) as caught:
        await rushed.reschedule(booked.meeting_id, timezone=ZONE, slot=wanted)
    assert caught.value.offer is None


def test_a_client_says_so_when_it_is_used_in_another_loop() -> None:
    sandbox = sandbox_of()
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    asyncio.run(_ask(client))
    with pytest.raises(InvalidInputError, match="another event loop"):
        asyncio.run(_ask(client))


async def _ask(client: BookIt) -> None:
    await client.availability(link_id="Em30rva")


async def test_thousands_of_tasks_book_at_once_through_one_client() -> None:
    """Over twenty connections, each of them its own prospect and slot."""
    count, desks = tries(2000), 20
    team = world(120 * desks)
    async with Sandbox(team, now=lambda: NOW, seed=1) as sandbox:
        async with BookIt(sandbox.api_key, base_url=sandbox.url, max_connections=20) as client:
            offers = [await client.availability(link_id=f"single{desk}") for desk in range(desks)]

            async def book(number: int) -> Any:
                offer = offers[number % desks]
                assert isinstance(offer, Offer)
                answers = {**ANSWERS, "Email": f"p{number}@engines.example"}
                return await offer.book(offer.slots[number // desks], timezone=ZONE, answers=answers)

            booked = await asyncio.gather(*(book(number) for number in range(count)))
        held = {one.prospect_email: one.id for one in sandbox.meetings}
        assert len(held) == len(sandbox.meetings) == count
        assert held == {f"p{number}@engines.example": one.meeting_id for number, one in enumerate(booked)}
        assert not any(one.recovered for one in booked)


def test_a_client_over_tcp_says_so_when_it_is_used_in_another_loop() -> None:
    async def first() -> BookIt:
        async with Sandbox(now=lambda: NOW, seed=1) as sandbox:
            client = BookIt(sandbox.api_key, base_url=sandbox.url)
            assert isinstance(await MODES["token"](client), Booked)
            await client.close()
        return client

    async def second(client: BookIt) -> None:
        for mode in MODES.values():
            with pytest.raises(InvalidInputError, match="another event loop: make one client for each loop"):
                await mode(client)

    asyncio.run(second(asyncio.run(first())))


class Step(NamedTuple):
    """A booking, what befalls its requests in turn, and the turn of the loop at which its caller is cancelled."""

    mode: str
    plan: list[Fault]
    on: str
    cancelled: int | None
    then: str


STEPS = st.builds(
    Step,
    mode=st.sampled_from(sorted(MODES)),
    plan=st.lists(st.sampled_from(FAULTS), max_size=12),
    on=st.sampled_from(["", "meeting", "meetings", "fetch-availability", "retrieve-info", "route"]),
    cancelled=st.none() | st.integers(min_value=0, max_value=30),
    then=st.sampled_from(["", "", *CHANGES]),
)


@settings(max_examples=tries(100))
@given(st.lists(STEPS, max_size=4))
def test_what_is_reported_is_what_is_held(schedule: list[Step]) -> None:
    """For any faults on any requests: the meetings held are those reported booked, or settled later."""
    asyncio.run(_run(schedule))


async def _run(schedule: list[Step]) -> None:
    client, sandbox, transport, _ = flaky()
    reported: list[str] = []
    for step in schedule:
        transport.plan, transport.on = list(step.plan), step.on
        task = asyncio.create_task(MODES[step.mode](client))
        if step.cancelled is not None:
            for _ in range(step.cancelled):
                await asyncio.sleep(0)
            task.cancel()
        outcome = (await asyncio.gather(task, return_exceptions=True))[0]
        transport.plan.clear()
        open_ones = [outcome] if isinstance(outcome, OutcomeUnknownError) and outcome.booking else client.unsettled
        found = [await client.settle(one) for one in open_ones]
        booked = [one for one in (outcome, *found) if isinstance(one, Booked)]
        reported += [one.meeting_id for one in booked]
        if booked and step.then:
            transport.plan = list(step.plan)
            await _change(client, booked[0], step.then, sandbox)
        assert client.unsettled == ()
    assert len(reported) == len(set(reported))
    assert set(reported) == {one.id for one in sandbox.meetings}


async def _change(client: BookIt, booked: Booked, change: str, sandbox: Sandbox) -> None:
    """Change a meeting; what is told to have happened has, and what was refused has not."""
    before = {one.id: (one.status, one.start) for one in sandbox.meetings}
    try:
        await CHANGES[change](client, booked)
    except OutcomeUnknownError:
        return
    except BookItError:
        assert before == {one.id: (one.status, one.start) for one in sandbox.meetings}
        return
    (held,) = [one for one in sandbox.meetings if one.id == booked.meeting_id]
    moved = booked.start + timedelta(days=1)
    assert held.status == "canceled" if change == "cancel" else held.start == moved


def test_the_list_of_the_unsettled_tells_no_secrets() -> None:
    assert "outcome=None" in repr(Unsettled(booking=None))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
