"""Booking by an offer id: what is sent back is checked, and it happens once."""

import asyncio
from typing import Any

import pytest

from bookit_async import BookIt, Offer
from bookit_async.desk.booking_desk import BookingDesk
from bookit_async.sandbox import Sandbox
from bookit_async.web.models import BookingView
from tests.conftest import ADA, NODE

from .line import Line
from .page import BEN, FORM, Page, Time, application, iso, opened, slot, slots, wanted


async def test_a_slot_is_booked(page: Page, sandbox: Sandbox) -> None:
    offer = await page.offer()
    booked = await page.book(
        offer, answers={**FORM, "What would you like to solve?": "Routing"}, guests=["cfo@e.example"]
    )
    assert booked["start"] == iso(slot(offer)["start"])
    assert booked["host"]["name"] == "Eva Lind"
    assert booked["meeting_type"] == "Enterprise Discovery"
    assert booked["redirect_url"] == "https://www.northwind.example/thank-you"
    assert not booked["recovered"]
    (meeting,) = sandbox.meetings
    assert meeting.answers["What would you like to solve?"] == "Routing"
    assert meeting.guests == ("cfo@e.example",)
    assert meeting.timezone == "Europe/London"
    assert meeting.uid == booked["uid"]


async def test_a_pool_is_booked_with_the_hosts_of_the_slot(page: Page, sandbox: Sandbox) -> None:
    offer = await page.offer(BEN)
    index = next(index for index, one in enumerate(slots(offer)) if len(one["hosts"]) > 1)
    booked = await page.book(offer, index)
    host = next(one for one in sandbox.world.hosts if one.user_id == sandbox.meetings[0].host_id)
    assert booked["host"]["name"] == f"{host.first_name} {host.last_name}"
    assert booked["host"] == offer["hosts"][slot(offer, index)["hosts"][0]]
    assert booked["redirect_url"] is None


async def test_a_link_is_booked_with_what_the_form_says(page: Page, sandbox: Sandbox) -> None:
    await page.book(await page.link_offer("Em30rva"))
    assert sandbox.meetings[0].prospect_email == FORM["Email"]


async def test_a_single_use_link_is_booked_once(page: Page) -> None:
    first, second = await page.link_offer("Once7Kd"), await page.link_offer("Once7Kd")
    await page.book(first)
    assert (await page.book(second, 5, status=409))["error"] == "LinkSpentError"


def lie(offer: Any, **changes: Any) -> Any:
    return {**slot(offer), **changes}


async def test_slot_hosts_and_pool_flag_are_compared_with_what_is_open(page: Page, sandbox: Sandbox) -> None:
    offer = await page.offer()
    lies = lie(offer, end=slot(offer, 2)["end"], hosts=[0, 7])
    found = await page.book(offer, slot=lies, pooled=True, status=422)
    assert found["problems"] == [
        "slot.end: this slot ends at another time",
        "slot.hosts must be hosts of this offer",
        "pooled: this offer is not of that kind",
    ]
    assert not sandbox.meetings
    await page.book(offer, pooled=None, slot=lie(offer, hosts=None))


async def test_a_slot_that_is_not_in_the_offer_is_not_booked(page: Page, sandbox: Sandbox) -> None:
    offer = await page.offer()
    night = lie(offer, start=1746500400000, end=1746504000000)
    found = await page.book(offer, slot=night, status=409)
    assert found["error"] == "SlotTakenError"
    assert found["offer"]["slots"] == offer["slots"]
    assert not sandbox.meetings


async def test_a_slot_that_someone_took_comes_with_those_that_are_left(page: Page, client: BookIt) -> None:
    offer = await page.offer()
    other = await client.route(NODE, ADA)
    assert isinstance(other, Offer)
    await other.book(other.slots[0], timezone="UTC")
    found = await page.book(offer, status=409)
    assert found["error"] == "SlotTakenError"
    assert slot(found["offer"])["start"] > slot(offer)["start"]
    assert (await page.book(found["offer"]))["start"] == iso(slot(found["offer"])["start"])


async def test_a_slot_of_a_pool_none_of_whose_shown_hosts_is_left_is_taken(page: Page, sandbox: Sandbox) -> None:
    offer = await page.offer(BEN)
    index = next(index for index, one in enumerate(slots(offer)) if len(one["hosts"]) == 2)
    shown = slot(offer, index)["hosts"][:1]
    other = await page.offer(BEN)
    await page.book(other, index)
    fewer = {**slot(offer, index), "hosts": shown}
    assert (await page.book(offer, slot=fewer, status=409))["error"] == "SlotTakenError"
    await page.book(offer, index)
    assert len({one.host_id for one in sandbox.meetings}) == 2


async def test_a_slot_that_is_lost_in_the_last_moment_is_taken(
    far_page: Page, line: Line, client: BookIt, sandbox: Sandbox
) -> None:
    offer = await far_page.offer()
    booking = asyncio.create_task(far_page.book(offer, status=409))
    await line.reached.wait()
    await client.book_link("Em30rva", timezone="UTC", answers=FORM)
    line.gate.set()
    found = await booking
    assert found["error"] == "SlotTakenError"
    assert slot(found["offer"])["start"] > slot(offer)["start"]


async def test_a_form_that_is_not_filled_says_all_that_is_wrong(page: Page) -> None:
    offer = await page.offer({**ADA, "FirstName": None})
    found = await page.book(
        offer, status=422, timezone="Mars/Phobos", answers={"Shoe size": 43, "Last Name": ""}, guests=["nobody"]
    )
    assert found["problems"] == [
        "timezone must be an IANA time zone name such as 'America/Los_Angeles' or 'UTC'",
        "answers['Shoe size'] is for no field of this form: offer.form_fields has them all",
        "answers['First Name'] is required and missing",
        "answers['Last Name'] is required and missing",
        "guests[0] must be an email address, such as ada@example.com",
    ]
    assert (await page.book(offer))["start"]


async def test_a_double_submit_books_once(far_page: Page, line: Line, sandbox: Sandbox) -> None:
    offer = await far_page.offer()
    both = [asyncio.create_task(far_page.book(offer)) for _ in range(5)]
    await line.reached.wait()
    line.gate.set()
    found = await asyncio.gather(*both)
    assert found == [found[0]] * 5
    assert len(sandbox.meetings) == line.booked == 1
    assert await far_page.book(offer) == found[0]


async def test_an_offer_is_good_for_one_meeting(page: Page, sandbox: Sandbox) -> None:
    offer = await page.link_offer("Em30rva")
    booked = await page.book(offer)
    found = await page.book(offer, 5, status=409)
    assert found["error"] == "TokenSpentError"
    assert found["booking"] == booked
    assert len(sandbox.meetings) == 1


async def test_a_reload_during_a_booking_waits_for_it(far_page: Page, line: Line) -> None:
    offer = await far_page.offer()
    booking = asyncio.create_task(far_page.book(offer))
    await line.reached.wait()
    reload = asyncio.create_task(far_page.ask("offers/refresh", {"offer_id": offer["offer_id"]}))
    await asyncio.sleep(0)
    line.gate.set()
    assert await reload == {"outcome": "booked", "booking": await booking}


async def test_another_process_knows_that_the_token_is_spent(page: Page, client: BookIt, sandbox: Sandbox) -> None:
    offer = await page.offer()
    await page.book(offer)
    async with opened(application(client)) as other:
        assert (await other.book(offer, 5, status=409))["error"] == "TokenSpentError", "that is another slot"
        found = await other.ask("offers/refresh", {"offer_id": offer["offer_id"]}, status=409)
        assert found["error"] == "TokenSpentError"
    assert len(sandbox.meetings) == 1


async def test_what_became_of_bookings_is_forgotten_in_time() -> None:
    desk = BookingDesk[BookingView](keep=10, clock=(clock := Time(0)), most=2)
    gate = asyncio.Event()

    async def book() -> BookingView:
        return BookingView.model_construct()

    async def slow() -> BookingView:
        await gate.wait()
        return BookingView.model_construct()

    async def never(_: object) -> None: ...

    async def kept() -> str:
        await desk.outcome("", never)
        return "".join([nonce for nonce in "abcd" if nonce != "d" and await desk.outcome(nonce, never)])

    under_way = asyncio.create_task(desk.book("d", "slot", slow, never))
    await asyncio.sleep(0)
    for nonce in "abc":
        await desk.book(nonce, nonce, book, never)
    assert await kept() == "c", "the oldest go first, and what is under way stays"
    clock.now = 10
    assert await kept() == ""
    gate.set()
    assert (await under_way).slot == "slot"


@pytest.mark.parametrize("arrives", [True, False])
async def test_a_lost_booking_can_be_settled_and_sent_again(
    far_page: Page, line: Line, sandbox: Sandbox, arrives: bool
) -> None:
    offer = await far_page.offer()
    line.gate.set()
    line.cut, line.arrives = True, arrives
    lost = await far_page.book(offer, status=504)
    assert lost["error"] == "OutcomeUnknownError"
    assert far_page.seen[-1].headers["retry-after"] == "5"
    assert (await far_page.ask("bookings/settle", {"settle_id": lost["settle_id"]}, status=504))["settle_id"]
    line.cut = False
    found = await far_page.ask("bookings/settle", {"settle_id": lost["settle_id"]})
    again = await far_page.book(offer)
    assert again["start"] == iso(slot(offer)["start"])
    assert again["recovered"] == arrives
    assert found == ({"outcome": "booked", "booking": again} if arrives else {"outcome": "not_booked"})
    assert len(sandbox.meetings) == 1


async def test_sending_a_lost_booking_again_settles_it_first(far_page: Page, line: Line, sandbox: Sandbox) -> None:
    offer = await far_page.link_offer("Em30rva")
    line.gate.set()
    line.cut = True
    await far_page.book(offer, status=504)
    line.cut = False
    assert (await far_page.book(offer))["recovered"]
    assert len(sandbox.meetings) == line.booked == 1


async def test_another_process_can_settle(far_page: Page, line: Line, client: BookIt) -> None:
    offer = await far_page.offer()
    line.gate.set()
    line.cut = True
    lost = await far_page.book(offer, status=504)
    async with opened(application(client)) as other:
        found = await other.ask("bookings/settle", {"settle_id": lost["settle_id"]})
    assert found["outcome"] == "booked"
    assert found["booking"]["recovered"]


async def test_a_lost_question_is_no_lost_booking(far_page: Page, line: Line, sandbox: Sandbox) -> None:
    offer = await far_page.offer()
    line.cut = True
    line.down = True
    found = await far_page.book(offer, status=504)
    assert "settle_id" not in found
    line.cut = False
    line.gate.set()
    await far_page.book(offer)
    assert len(sandbox.meetings) == 1


async def test_a_booking_goes_on_when_its_request_is_cancelled(far_page: Page, line: Line, sandbox: Sandbox) -> None:
    offer = await far_page.offer()
    request = asyncio.create_task(far_page.http.post("/bookit/bookings", json=wanted(offer)))
    await line.reached.wait()
    request.cancel()
    line.gate.set()
    with pytest.raises(asyncio.CancelledError):
        await request
    found = await far_page.ask("offers/refresh", {"offer_id": offer["offer_id"]})
    assert found["outcome"] == "booked"
    assert len(sandbox.meetings) == 1
