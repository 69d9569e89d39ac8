"""Where the service is otherwise than its documentation is read: nothing untrue is told, and nothing made twice."""

import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from attrs import evolve

from bookit_async import (
    APIStatusError,
    Booked,
    BookIt,
    InvalidInputError,
    Meeting,
    MissingInputError,
    NoAvailability,
    Offer,
    OutcomeUnknownError,
    ResponseInvalidError,
    ServerError,
    Slot,
    SlotChoice,
    TokenSpentError,
    TooSoonError,
    WireRequest,
    WireResponse,
    at,
    earliest,
    nearest,
    on,
)
from bookit_async.once.evidence import looks_cut
from bookit_async.sandbox import Sandbox

from ..clock import Clock
from ..conftest import ADA, NODE
from ..flaky import Fault, Flaky
from ..scenes import ANSWERS, MODES, ZONE, bookings, someone_else_books

SPENT = (
    b'{"error": "Meeting has already been booked. Please use meetingId or eventId (legacy) to refetch availability."}'
)
TAKEN = b'{"error": "The selected time is no longer available."}'


def otherwise(
    *plan: Fault, quirks: Any = (), method: str = "POST", **options: Any
) -> tuple[BookIt, Sandbox, Flaky, Clock]:
    clock = Clock()
    sandbox = Sandbox(now=clock.wall, seed=1, tcp=False, quirks=quirks)
    transport = Flaky(sandbox.transport, plan, on="meeting", method=method)
    patient: dict[str, Any] = {"clock": clock, "now": clock.wall, "sleep": clock.sleep, "jitter": lambda: 1.0}
    return BookIt(sandbox.api_key, transport=transport, **patient, **options), sandbox, transport, clock


_FAILING: tuple[Fault, ...] = ("502 before",) * 9


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


async def test_a_look_before_that_fails_is_told_and_nothing_is_sent() -> None:
    client, sandbox, transport, _ = otherwise(*_FAILING, method="GET")
    with pytest.raises(ServerError):
        await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS, once=True)
    assert not sandbox.meetings
    assert not any(one.startswith("POST meeting") for one in transport.sent)


async def test_without_an_address_nobody_is_asked_about() -> None:
    client, _, transport, _ = otherwise()
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    with pytest.raises(MissingInputError):
        await evolve(offer, form_fields=()).book(earliest(), timezone=ZONE, once=True)
    assert "GET meetings" not in transport.sent


@pytest.mark.parametrize("quirks", [["other_addresses"], []])
async def test_a_meeting_that_is_there_is_the_answer_unless_it_may_be_anothers(quirks: list[str]) -> None:
    client, sandbox, _, _ = otherwise(quirks=quirks)
    offer = await client.availability(link_id="Pool4Mm")
    assert isinstance(offer, Offer)
    first = await offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS)
    assert isinstance(first, Booked)
    again = offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS, once=True)
    if quirks:
        with pytest.raises(OutcomeUnknownError, match=r"nothing was sent, .* does not tell its organizer's address"):
            await again
    else:
        found = await again
        assert isinstance(found, Booked)
        assert found.meeting_id == first.meeting_id
    assert len(sandbox.meetings) == 1


async def test_a_list_that_may_be_cut_is_no_witness() -> None:
    client, sandbox, transport, _ = otherwise(quirks={"list_is_cut": 4})
    offer = await client.availability(link_id="Pool4Mm")
    assert isinstance(offer, Offer)
    for slot in offer.slots[:5]:
        await offer.book(slot, timezone=ZONE, answers=ANSWERS)
    plan: list[Fault] = ["before"]
    transport.plan = plan
    with pytest.raises(OutcomeUnknownError):
        await offer.book(offer.slots[5], timezone=ZONE, answers=ANSWERS)
    assert len(sandbox.meetings) == 5


@pytest.mark.parametrize(
    ("count", "whole", "cut"), [(0, 0, False), (3, 3, False), (4, 9, True), (7, 7, True), (7, 9, False), (10, 30, True)]
)
def test_which_parts_of_a_list_look_cut(count: int, whole: int, cut: bool) -> None:
    assert looks_cut(count, whole=whole) is cut


async def test_an_unknown_refusal_that_nobody_can_explain_is_told_as_it_came() -> None:
    _, sandbox, _, clock = otherwise()
    refusing = Refusing(sandbox.transport, (), on="availability")
    client = BookIt(sandbox.api_key, transport=refusing, clock=clock, now=clock.wall, sleep=clock.sleep)
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    plan: list[Fault] = ["502 before", "502 before", "502 before", "502 before"]
    refusing.plan = plan
    with pytest.raises(APIStatusError) as refused:
        await offer.book(earliest(), timezone=ZONE, answers=ANSWERS)
    assert refused.value.status == 409


async def test_prepared_bookings_know_what_was_there_before() -> None:
    client, *_ = otherwise()
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    prepared = offer.prepare(offer.slots[0], timezone=ZONE, answers=ANSWERS).knowing(["m1"])
    assert prepared.pending.before == ("m1",)


CAPITALS = {**ANSWERS, "Email": "Ada.L@Engines.example"}
WISHES: dict[str, Callable[[Offer], SlotChoice]] = {
    "earliest": lambda _: earliest(),
    "at": lambda offer: at(offer.slots[3].start),
    "nearest": lambda offer: nearest(offer.slots[3].start),
    "a time": lambda offer: offer.slots[3].start,
    "a slot": lambda offer: offer.slots[3],
    "its own": lambda offer: lambda slots: [slot for slot in slots if slot == offer.slots[3]],
}


@pytest.mark.long
@pytest.mark.parametrize("quirks", [[], ["other_addresses"], ["addresses_exact", "addresses_lowered"]], ids=str)
@pytest.mark.parametrize("link", ["Em30rva", "Pool4Mm"])
@pytest.mark.parametrize("wish", WISHES)
async def test_once_books_no_second_time_whether_its_slot_is_still_open_or_not(
    wish: str, link: str, quirks: list[str]
) -> None:
    client, sandbox, transport, _ = otherwise(quirks=quirks)
    offer = await client.availability(link_id=link)
    assert isinstance(offer, Offer)
    slot = WISHES[wish](offer)
    first = await client.book_link(link, timezone=ZONE, answers=CAPITALS, once=True, slot=slot)
    assert isinstance(first, Booked)
    sent = bookings(transport)
    again = client.book_link(link, timezone=ZONE, answers=CAPITALS, once=True, slot=slot)
    if "other_addresses" in quirks:
        with pytest.raises(OutcomeUnknownError, match="nothing was sent"):
            await again
    else:
        found = await again
        assert isinstance(found, Booked)
        assert (found.meeting_id, found.start, found.end) == (first.meeting_id, first.start, first.end)
        assert found.recovered
    assert (len(sandbox.meetings), bookings(transport)) == (1, sent)


async def test_once_finds_the_meeting_where_nothing_is_open_any_more() -> None:
    client, sandbox, transport, clock = otherwise()
    first = await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS)
    assert isinstance(first, Booked)
    closed = Closed(sandbox.transport, ())
    late = BookIt(sandbox.api_key, transport=closed, clock=clock, now=clock.wall, sleep=clock.sleep)
    found = await late.book_link("Em30rva", timezone=ZONE, answers=ANSWERS, once=True)
    assert isinstance(found, Booked)
    assert (found.meeting_id, found.recovered) == (first.meeting_id, True)
    grace = {**ANSWERS, "Email": "grace@engines.example"}
    for answers in (grace, {"Email": "no address"}):
        assert isinstance(await late.book_link("Em30rva", timezone=ZONE, answers=answers, once=True), NoAvailability)
    assert isinstance(await late.book_link("Em30rva", timezone=ZONE, answers=ANSWERS), NoAvailability)
    assert not bookings(closed)
    assert bookings(transport) == 1


class Closed(Flaky):
    """Offers no slots, but tells whose they would be."""

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await super().send(request, timeout=timeout)
        if not request.url.endswith("fetch-availability"):
            return answer
        page: dict[str, Any] = json.loads(answer.body)
        return evolve(answer, body=json.dumps({**page, "availability": {}}).encode())


@pytest.mark.parametrize("quirks", [[], ["other_addresses"]], ids=str)
async def test_once_books_beside_a_meeting_that_the_chooser_would_not_take(quirks: list[str]) -> None:
    client, sandbox, _, _ = otherwise(quirks=quirks)
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    assert isinstance(await offer.book(offer.slots[0], timezone=ZONE, answers=ANSWERS), Booked)
    last = on(offer.slots[-1].start.astimezone(ZoneInfo(ZONE)).date(), timezone=ZONE)
    booked = await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS, once=True, slot=last)
    assert isinstance(booked, Booked)
    assert not booked.recovered
    assert len(sandbox.meetings) == 2


async def test_a_mistake_is_told_before_anything_is_looked_for() -> None:
    client, _, transport, _ = otherwise()
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    wrong: Any = "tomorrow"
    for slot, answers, zone in (
        (wrong, ANSWERS, ZONE),
        (earliest(), {"First Name": "Ada"}, ZONE),
        (earliest(), ANSWERS, "x"),
    ):
        with pytest.raises(InvalidInputError):
            await offer.book(slot, timezone=zone, answers=answers, once=True)
    with pytest.raises(InvalidInputError, match="not"):
        await offer.book(lambda _: [wrong], timezone=ZONE, answers=ANSWERS, once=True)
    assert transport.sent.count("GET meetings") == 1  # what a chooser gives is known when it has chosen


@pytest.mark.parametrize("mode", ["token", "link", "single-use link", "params"])
async def test_what_the_gateway_sent_twice_is_told_as_the_meeting_that_it_made(mode: str) -> None:
    client, sandbox, _, _ = otherwise(quirks={"sent_twice": 1.0})
    booked = await MODES[mode](client)
    assert [one.id for one in sandbox.meetings] == [booked.meeting_id]
    assert booked.recovered


@pytest.mark.parametrize("words", [TAKEN, b'{"error": "Sorry"}'], ids=["slot taken", "unknown words"])
@pytest.mark.parametrize("quirks", [[], ["other_addresses"]], ids=str)
async def test_a_token_that_turns_out_to_be_spent_tells_that_it_was_booked(words: bytes, quirks: list[str]) -> None:
    """The second answer of two may say that the slot is taken."""
    _, sandbox, _, clock = otherwise(quirks=quirks)
    twice = Twice(sandbox.transport, ())
    twice.words = words
    client = BookIt(sandbox.api_key, transport=twice, clock=clock, now=clock.wall, sleep=clock.sleep)
    if quirks and words is TAKEN:  # one look shows a meeting that may be another's
        with pytest.raises(TokenSpentError):
            await client.book(NODE, ADA, timezone=ZONE)
    else:
        booked = await client.book(NODE, ADA, timezone=ZONE)
        assert isinstance(booked, Booked)
        assert booked.recovered
    assert len(sandbox.meetings) == 1


class Twice(Flaky):
    """Books, and answers with a refusal."""

    words = b""

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await super().send(request, timeout=timeout)
        return WireResponse(status=400, headers={}, body=self.words) if request.url.endswith("/v1/meeting") else answer


async def test_a_loser_waits_only_for_its_next_slot() -> None:
    """What is no taken slot is told at once, however often one was taken before."""
    client, sandbox, transport, clock = otherwise()
    offer = await client.availability(link_id="Em30rva")
    assert isinstance(offer, Offer)
    refusals = [TAKEN, b'{"error": "Validation Error: Scheduled time is before the minimum booking notice"}']
    losing = Losing(sandbox.transport, ())
    losing.refusals = refusals
    loser = BookIt(sandbox.api_key, transport=losing, clock=clock, now=clock.wall, sleep=clock.sleep)
    began = clock.now
    with pytest.raises(TooSoonError):
        await loser.book_link("Em30rva", timezone=ZONE, answers=ANSWERS)
    assert clock.now == began
    assert not sandbox.meetings
    assert not bookings(transport)


async def test_a_loser_stands_back_before_each_further_slot() -> None:
    client, sandbox, _, clock = otherwise()
    losing = Losing(sandbox.transport, ())
    losing.refusals = [
        TAKEN,
        TAKEN,
        TAKEN,
        b'{"error": "Validation Error: Scheduled time is before the minimum booking notice"}',
    ]
    loser = BookIt(
        sandbox.api_key, transport=losing, clock=clock, now=clock.wall, sleep=clock.sleep, jitter=lambda: 1.0
    )
    began = clock.now
    with pytest.raises(TooSoonError):
        await loser.book_link("Em30rva", timezone=ZONE, answers=ANSWERS)
    assert clock.now > began
    assert not losing.refusals
    assert client.unsettled == ()


class Losing(Flaky):
    """Refuses bookings, and books none."""

    refusals: list[bytes]

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        if request.url.endswith("/v1/meeting"):
            return WireResponse(status=400, headers={}, body=self.refusals.pop(0))
        return await super().send(request, timeout=timeout)


@pytest.mark.parametrize("quirk", ["other_addresses", "addresses_lowered"])
async def test_a_token_that_always_looks_good_makes_no_second_meeting(quirk: str) -> None:
    """The list is asked, too, and counts."""
    client, sandbox, transport, _ = otherwise("after", quirks={quirk: 1.0, "lagging_token": 1000.0}, method="POST")
    booking = client.book(NODE, ADA, timezone=ZONE)
    if quirk == "other_addresses":
        with pytest.raises(OutcomeUnknownError, match="does not tell its organizer's address"):
            await booking
    else:
        assert (await booking_of(booking)).recovered
    assert (len(sandbox.meetings), bookings(transport)) == (1, 1)


async def booking_of(booking: Any) -> Booked:
    booked = await booking
    assert isinstance(booked, Booked)
    return booked


class Paged(Flaky):
    """Tells a list in pages, of which the first is empty."""

    beside: Mapping[str, Any]

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await super().send(request, timeout=timeout)
        if "/v1/meetings?" not in request.url:
            return answer
        return evolve(answer, body=json.dumps({"meetings": [], **self.beside}).encode())


PAGES: list[tuple[dict[str, Any], bool]] = [
    ({"nextToken": "t"}, True),
    ({"hasMore": True}, True),
    ({"total": 3}, True),
    ({"next": {"page": 2}, "cursor": "c"}, True),
    ({"next": None, "hasMore": False, "total": 0, "page": 1}, False),
]


@pytest.mark.parametrize(("beside", "more"), PAGES, ids=str)
async def test_a_page_of_a_list_is_no_whole_list(beside: dict[str, Any], more: bool) -> None:
    _, sandbox, _, clock = otherwise()
    paged = Paged(sandbox.transport, ("after",), on="round-robin-meeting")
    paged.beside = beside
    client = BookIt(sandbox.api_key, transport=paged, clock=clock, now=clock.wall, sleep=clock.sleep)
    booking = client.book_link("Pool4Mm", timezone=ZONE, answers=ANSWERS, slot=lambda slots: slots[-1:])
    if more:
        with pytest.raises(OutcomeUnknownError):
            await booking
        assert [one.found for one in client.odd_values] == ["a part of one"]
    else:
        await booking
        assert not client.odd_values
    assert (bookings(paged) == 1) is more


@pytest.mark.parametrize("words", [TAKEN, SPENT], ids=["slot taken", "token spent"])
async def test_whoever_may_be_somebody_else_is_not_answered_with_a_meeting(words: bytes) -> None:
    _, sandbox, _, clock = otherwise()
    twice = Twice(sandbox.transport, ())
    twice.words = words
    client = BookIt(sandbox.api_key, transport=twice, clock=clock, now=clock.wall, sleep=clock.sleep)
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    with pytest.raises(TokenSpentError):
        await client.legacy.book_offer(offer, offer.slots[0], timezone=ZONE, look_up=False)
    assert "GET meetings" not in twice.sent


async def test_once_sends_nothing_while_the_list_may_hold_what_cannot_be_read() -> None:
    _, sandbox, _, clock = otherwise()
    paged = Paged(sandbox.transport, ())
    paged.beside = {"hasMore": True}
    client = BookIt(sandbox.api_key, transport=paged, clock=clock, now=clock.wall, sleep=clock.sleep)
    with pytest.raises(OutcomeUnknownError, match=r"nothing was sent, .* cannot be read"):
        await client.book_link("Pool4Mm", timezone=ZONE, answers=ANSWERS, once=True)
    assert not sandbox.meetings
    assert paged.sent.count("GET meetings") == 3


@pytest.mark.parametrize("wish", ["nothing", "a slot of its own"])
async def test_once_asks_a_chooser_about_what_is_there_and_believes_it(wish: str) -> None:
    client, sandbox, _, _ = otherwise()
    assert isinstance(await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS), Booked)
    foreign = Slot(start_milliseconds=0, end_milliseconds=1)
    again = client.book_link(
        "Em30rva", timezone=ZONE, answers=ANSWERS, once=True, slot=lambda _: [] if wish == "nothing" else [foreign]
    )
    if wish == "nothing":
        assert isinstance(await again, NoAvailability)
    else:
        with pytest.raises(InvalidInputError):
            await again
    assert len(sandbox.meetings) == 1


class Formless(Flaky):
    """Gives pages without the form."""

    meeting: Any = None

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await super().send(request, timeout=timeout)
        return evolve(answer, body=json.dumps({**json.loads(answer.body), "meeting": self.meeting}).encode())


@pytest.mark.parametrize("once", [True, False])
@pytest.mark.parametrize(
    ("meeting", "path", "looked_for"),
    [(None, "$", "meeting"), ({"inner": {}}, "$.meeting", "formFields"), ({"formFields": []}, None, None)],
)
async def test_a_page_without_the_form_is_no_mistake_of_the_caller(
    meeting: Any, path: str | None, looked_for: str | None, once: bool
) -> None:
    _, sandbox, _, clock = otherwise()
    formless = Formless(sandbox.transport, ())
    formless.meeting = meeting
    client = BookIt(sandbox.api_key, transport=formless, clock=clock, now=clock.wall, sleep=clock.sleep)
    with pytest.raises(ResponseInvalidError if path else InvalidInputError) as caught:
        await client.book_link("Em30rva", timezone=ZONE, answers=ANSWERS, once=once)
    if isinstance(caught.value, ResponseInvalidError):
        assert (caught.value.path, caught.value.looked_for) == (path, looked_for)
    assert len(formless.sent) == 1


async def test_once_finds_a_meeting_behind_the_end_of_a_list_that_is_cut() -> None:
    client, sandbox, _, _ = otherwise(quirks={"list_is_cut": 4})
    offer = await client.availability(link_id="Pool4Mm")
    assert isinstance(offer, Offer)
    for slot in offer.slots[:6]:
        await offer.book(slot, timezone=ZONE, answers=ANSWERS)
    again = await offer.book(offer.slots[5], timezone=ZONE, answers=ANSWERS, once=True)
    assert isinstance(again, Booked)
    assert (again.recovered, again.start) == (True, offer.slots[5].start)
    assert len(sandbox.meetings) == 6
