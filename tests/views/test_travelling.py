"""Everything that a call comes to is data: it can be pickled and copied, and an offer goes on with another client."""

import copy
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve

from bookit_async import (
    Booked,
    BookIt,
    InvalidInputError,
    Meeting,
    NoAvailability,
    NotRouted,
    Offer,
    Redirected,
    SlotTakenError,
)
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE

ZONE = "UTC"
FORM = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}


def pickled(value: Any) -> Any:
    found = pickle.dumps(value)
    if getattr(value, "meeting", None) is None and not isinstance(value, Meeting):  # which hold what was generated
        assert b"bookit_async.views" not in found
    return pickle.loads(found)  # noqa: S301 - our own


async def routed(client: BookIt) -> Any:
    return await client.route(NODE, ADA)


async def pooled(client: BookIt) -> Any:
    return await client.route(NODE, {**ADA, "NumEmployees": 300})


async def elsewhere(client: BookIt) -> Any:
    return await client.route(NODE, {**ADA, "NumEmployees": 8})


async def linked(client: BookIt) -> Any:
    return await client.availability(link_id="Pool4Mm")


async def legacy(client: BookIt) -> Any:
    found: Any = await client.legacy.route(NODE, ADA)
    return await client.legacy.availability(found.params)


async def moving(client: BookIt) -> Any:
    booked = await client.book(NODE, ADA, timezone=ZONE)
    assert isinstance(booked, Booked)
    return await client.availability(meeting_id=booked.meeting_id)


async def booked(client: BookIt) -> Any:
    return await client.book(NODE, ADA, timezone=ZONE)


async def unwanted(client: BookIt) -> Any:
    return await client.book(NODE, ADA, timezone=ZONE, slot=lambda _: ())


async def a_meeting(client: BookIt) -> Any:
    outcome = await client.book(NODE, ADA, timezone=ZONE)
    assert isinstance(outcome, Booked)
    return await client.meeting(outcome.meeting_id)


async def inputs(client: BookIt) -> Any:
    return await client.inputs(NODE)


CALLS = [routed, pooled, elsewhere, linked, legacy, moving, booked, unwanted, a_meeting, inputs]
OFFERS = [routed, pooled, linked, legacy]


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, pickled])
@pytest.mark.parametrize("call", CALLS)
async def test_what_a_call_comes_to_can_be_copied(
    client: BookIt, call: Callable[[BookIt], Any], again: Callable[[Any], Any]
) -> None:
    outcome = await call(client)
    other = again(outcome)
    assert other == outcome
    assert repr(other) == repr(outcome)
    if isinstance(outcome, Offer):
        assert [(one, one.host_ids) for one in other.slots] == [(one, one.host_ids) for one in outcome.slots]
        assert other.page == outcome.page


@pytest.mark.parametrize("call", OFFERS)
async def test_an_offer_that_has_travelled_is_booked_with_the_client_that_resumes_it(
    sandbox: Sandbox, call: Callable[[BookIt], Any]
) -> None:
    offer = pickled(await call(BookIt(sandbox.api_key, transport=sandbox.transport)))
    own: dict[str, Any] = {"timezone": ZONE, "answers": FORM if call is linked else None}
    for doing in (lambda: offer.book(offer.slots[0], **own), offer.refresh):
        with pytest.raises(InvalidInputError, match=r"client\.resume\(offer\)"):
            await doing()
    with pytest.raises(InvalidInputError, match=r"client\.resume\(offer\)"):
        offer.prepare(offer.slots[0], **own)
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    resumed = client.resume(offer)
    assert resumed == offer
    slot = next(one for one in resumed.slots if one.host_ids)
    assert isinstance(await resumed.refresh(), Offer)
    outcome = await resumed.book(slot, **own)
    assert isinstance(outcome, Booked)
    assert outcome.start == slot.start
    assert len(sandbox.meetings) == 1


async def test_one_without_a_slot_that_is_wanted_holds_an_offer_to_go_on_with(sandbox: Sandbox) -> None:
    outcome = pickled(await unwanted(BookIt(sandbox.api_key, transport=sandbox.transport)))
    assert isinstance(outcome, NoAvailability)
    assert outcome.offer is not None
    offer = BookIt(sandbox.api_key, transport=sandbox.transport).resume(outcome.offer)
    assert isinstance(await offer.book(offer.slots[3], timezone=ZONE), Booked)


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy])
async def test_a_copy_keeps_its_client_and_shares_nothing_that_changes(
    client: BookIt, again: Callable[[Any], Any]
) -> None:
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    other = again(offer)
    if again is copy.deepcopy:
        assert other.prospect is not offer.prospect
    assert isinstance(await other.book(other.slots[0], timezone=ZONE), Booked)


async def test_slots_that_were_left_out_stay_left_out(client: BookIt) -> None:
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    few = evolve(offer, slots=offer.slots[2:5])
    again = pickled(few)
    assert tuple(again.slots) == tuple(few.slots)
    assert again == few


async def test_a_taken_slot_leaves_its_offer_behind_in_a_pickle(client: BookIt) -> None:
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    await offer.book(offer.slots[0], timezone=ZONE, answers=FORM)
    with pytest.raises(SlotTakenError) as caught:
        await offer.book(offer.slots[0], timezone=ZONE, answers={**FORM, "Email": "b@engines.example"})
    assert caught.value.offer is not None
    for other in (copy.deepcopy(caught.value), pickle.loads(pickle.dumps(caught.value))):  # noqa: S301 - our own
        assert str(other) == str(caught.value)


@pytest.mark.parametrize("wrong", [None, "token", NotRouted(), Redirected(url="https://x.example"), NoAvailability()])
def test_only_an_offer_is_resumed(sandbox: Sandbox, wrong: Any) -> None:
    with pytest.raises(InvalidInputError, match="offer must be an Offer"):
        BookIt(sandbox.api_key, transport=sandbox.transport).resume(wrong)
