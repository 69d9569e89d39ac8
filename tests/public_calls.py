"""Every public call, ready to be made, and the requests that it is made of."""

from collections.abc import Awaitable, Callable
from typing import Any

import attrs

from bookit_async import Booked, BookIt, LegacyRouted, Offer, OutcomeUnknownError, Slot, Unsettled, earliest
from bookit_async._generated.models import NewTime, SelectedPoolTime, SelectedTime, UserField
from bookit_async.sandbox import Sandbox, demo_world

from .clock import Clock
from .conftest import ADA, NODE
from .flaky import Fault, Flaky

LOST: list[Fault] = ["before"]
ZONE = "America/Los_Angeles"
POOL = {**ADA, "NumEmployees": 300}
ANSWERS = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}
FIELDS = [UserField(name=name, value=value, type_="text") for name, value in ANSWERS.items()]
LINK = "Em30rva"
SMALL = attrs.evolve(
    demo_world(), meeting_types=tuple(attrs.evolve(one, days_ahead=1) for one in demo_world().meeting_types)
)
"""The demo world with few slots."""


@attrs.frozen
class Desk:
    """Prepares what a call needs, on a good line to a sandbox of its own."""

    sandbox: Sandbox

    @property
    def client(self) -> BookIt:
        return BookIt(self.sandbox.api_key, transport=self.sandbox.transport)

    async def offer(self, prospect: dict[str, Any] = ADA) -> Offer:
        offer = await self.client.route(NODE, prospect)
        assert isinstance(offer, Offer)
        return offer

    async def meeting_id(self) -> str:
        booked = await (await self.offer()).book(earliest(), timezone=ZONE)
        assert isinstance(booked, Booked)
        return booked.meeting_id

    async def params(self) -> str:
        routed = await self.client.legacy.route(NODE, ADA)
        assert isinstance(routed, LegacyRouted)
        return routed.params

    async def taken(self) -> tuple[Offer, Slot]:
        """An offer, and one of its slots that someone else has booked since."""
        offer, other = await self.offer(), await self.offer({**ADA, "Email": "grace@engines.example"})
        slot = offer.slots[0]
        await other.book(slot, timezone=ZONE)
        return offer, slot

    async def lost(self) -> OutcomeUnknownError:
        """A booking whose answer was lost, and every look for it."""
        clock, plan = Clock(), 100 * LOST
        plan[:2] = ["ok", "after"]
        transport = Flaky(self.sandbox.transport, plan, on="")
        options: dict[str, Any] = {"deadline": 5, "check_inputs": False}
        client = BookIt(self.sandbox.api_key, transport=transport, clock=clock, sleep=clock.sleep, **options)
        try:
            await client.book(NODE, ADA, timezone=ZONE)
        except OutcomeUnknownError as error:
            return error
        raise AssertionError("it was not lost")

    async def left(self) -> Unsettled:
        """The same, had its caller been cancelled."""
        lost = (await self.lost()).booking
        assert lost is not None
        return Unsettled(booking=lost)


async def _nothing(_: Desk) -> None: ...


def kept(offer: Offer, client: BookIt) -> Offer:
    """The offer as if that client had given it."""
    return attrs.evolve(offer, keeper=client._bookings)  # pyright: ignore[reportPrivateUsage]


@attrs.frozen
class PublicCall:
    """A call, which of its requests may fail, and what it needs beforehand."""

    make: Callable[[BookIt, Any], Awaitable[object]]
    """With the client and what was prepared."""
    requests: tuple[str, ...]
    """Operations; behind `>`, one that is only sent once the answer of the one before it was lost."""
    prepare: Callable[[Desk], Awaitable[Any]] = _nothing


ROUTING = "route_and_fetch_availability"
SLOTS = "fetch_availability"
SPENT = ("book_meeting", "book_meeting>fetch_availability", "book_meeting>list_meetings")
POOLED = tuple(one.replace("book_meeting", "book_round_robin_meeting") for one in SPENT)
UNSEEN = ("book_meeting", "book_meeting>list_meetings")
SELECTED = SelectedTime(start_time=1, end_time=2, timezone=ZONE)
FROM_POOL = SelectedPoolTime(start_time=1, end_time=2, timezone=ZONE, users=["h"])
CALLS: dict[str, PublicCall] = {
    "inputs": PublicCall(lambda client, _: client.inputs(NODE), ("retrieve_inputs",)),
    "route": PublicCall(lambda client, _: client.route(NODE, ADA), (ROUTING,)),
    "availability(token)": PublicCall(
        lambda client, offer: client.availability(token=offer.token), (SLOTS,), Desk.offer
    ),
    "availability(link)": PublicCall(lambda client, _: client.availability(link_id=LINK), (SLOTS,)),
    "availability(meeting)": PublicCall(
        lambda client, meeting_id: client.availability(meeting_id=meeting_id), (SLOTS,), Desk.meeting_id
    ),
    "book": PublicCall(lambda client, _: client.book(NODE, ADA, timezone=ZONE), (ROUTING, *SPENT)),
    "book, pooled": PublicCall(lambda client, _: client.book(NODE, POOL, timezone=ZONE), (ROUTING, *POOLED)),
    "book_link": PublicCall(
        lambda client, _: client.book_link(LINK, timezone=ZONE, answers=ANSWERS),
        (SLOTS, *UNSEEN),
    ),
    "Offer.book": PublicCall(
        lambda client, offer: kept(offer, client).book(earliest(), timezone=ZONE),
        SPENT,
        Desk.offer,
    ),
    "Offer.book, taken": PublicCall(
        lambda client, taken: kept(taken[0], client).book(taken[1], timezone=ZONE),
        (SLOTS,),
        Desk.taken,
    ),
    "Offer.refresh": PublicCall(lambda client, offer: kept(offer, client).refresh(), (SLOTS,), Desk.offer),
    "meeting": PublicCall(lambda client, meeting_id: client.meeting(meeting_id), ("get_meeting",), Desk.meeting_id),
    "meetings": PublicCall(lambda client, _: client.meetings("ada@engines.example"), ("list_meetings",)),
    "reschedule": PublicCall(
        lambda client, meeting_id: client.reschedule(meeting_id, timezone=ZONE, slot=lambda slots: slots[-1:]),
        (SLOTS, "reschedule_meeting", "reschedule_meeting>get_meeting"),
        Desk.meeting_id,
    ),
    "cancel": PublicCall(
        lambda client, meeting_id: client.cancel(meeting_id),
        ("cancel_meeting", "cancel_meeting>get_meeting"),
        Desk.meeting_id,
    ),
    "settle(error)": PublicCall(lambda client, lost: client.settle(lost), (SLOTS, "list_meetings"), Desk.lost),
    "settle(unsettled)": PublicCall(lambda client, left: client.settle(left), (SLOTS, "list_meetings"), Desk.left),
    "legacy.route": PublicCall(lambda client, _: client.legacy.route(NODE, ADA), ("legacy_route",)),
    "legacy.availability": PublicCall(
        lambda client, params: client.legacy.availability(params), ("legacy_retrieve_info",), Desk.params
    ),
    "legacy.modification": PublicCall(
        lambda client, meeting_id: client.legacy.modification(meeting_id),
        ("legacy_retrieve_modification_info",),
        Desk.meeting_id,
    ),
    "legacy.book": PublicCall(
        lambda client, params: client.legacy.book(params, timezone=ZONE, answers=ANSWERS),
        ("legacy_retrieve_info", *UNSEEN),
        Desk.params,
    ),
    "api.retrieve_inputs": PublicCall(
        lambda client, _: client.api.retrieve_inputs(node_name=NODE), ("retrieve_inputs",)
    ),
    "api.route_and_fetch_availability": PublicCall(
        lambda client, _: client.api.route_and_fetch_availability(trigger_node=NODE, uid="u", prospect=ADA),
        (ROUTING,),
    ),
    "api.fetch_availability": PublicCall(lambda client, _: client.api.fetch_availability(link_id=LINK), (SLOTS,)),
    "api.list_meetings": PublicCall(
        lambda client, _: client.api.list_meetings(prospect_email="ada@engines.example"), ("list_meetings",)
    ),
    "api.get_meeting": PublicCall(lambda client, _: client.api.get_meeting("m"), ("get_meeting",)),
    "api.book_meeting": PublicCall(
        lambda client, _: client.api.book_meeting(scheduled_time=SELECTED, user_fields=FIELDS, link_id=LINK),
        ("book_meeting",),
    ),
    "api.book_round_robin_meeting": PublicCall(
        lambda client, _: client.api.book_round_robin_meeting(
            scheduled_time=FROM_POOL, user_fields=FIELDS, link_id=LINK
        ),
        ("book_round_robin_meeting",),
    ),
    "api.reschedule_meeting": PublicCall(
        lambda client, _: client.api.reschedule_meeting(
            "m", scheduled_time=NewTime(start_time=1, end_time=2, timezone=ZONE)
        ),
        ("reschedule_meeting",),
    ),
    "api.cancel_meeting": PublicCall(lambda client, _: client.api.cancel_meeting("m"), ("cancel_meeting",)),
    "api.legacy_route": PublicCall(
        lambda client, _: client.api.legacy_route(ld_node_name=NODE, ld_uid="u", form_data=ADA), ("legacy_route",)
    ),
    "api.legacy_retrieve_info": PublicCall(
        lambda client, _: client.api.legacy_retrieve_info(params="p"), ("legacy_retrieve_info",)
    ),
    "api.legacy_retrieve_modification_info": PublicCall(
        lambda client, _: client.api.legacy_retrieve_modification_info(event_id="m", meeting_id="m"),
        ("legacy_retrieve_modification_info",),
    ),
}
