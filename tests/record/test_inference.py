"""A recorded world offers the slots that were offered: against sandboxes of every kind, and against made-up pages."""

import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from bookit_async import BookIt, WireRequest, WireResponse
from bookit_async._generated.api import OPERATIONS
from bookit_async.record.asking import Wanted, ask
from bookit_async.record.calendars import zone_of
from bookit_async.record.inference import Recording, infer
from bookit_async.sandbox import World, demo_world
from bookit_async.sandbox.world import Busy, DateRange, Host, Link, MeetingType, Question, Schedule, Vacation
from bookit_async.sandbox.world.calendar import Span

from ..conftest import NOW
from .scene import LINKS, NODE, PROSPECTS, answers_of, offered, renamed

SPRING = datetime(2025, 3, 5, 12, 7, tzinfo=UTC)
"""New York's clocks change on the 9th, Berlin's do not yet."""
AUTUMN = datetime(2025, 10, 22, 17, 0, 3, 500_000, tzinfo=UTC)
"""Berlin's change on the 26th, New York's on 2 November."""
OPEN = [one for one in LINKS if one != "Many8Tx"]


@pytest.mark.parametrize("now", [NOW, SPRING, AUTUMN], ids=["week", "spring", "autumn"])
@pytest.mark.parametrize("booked", [(), ("Em30rva", "Pool4Mm", "Em30rva")], ids=["free", "booked"])
async def test_it_offers_the_same_slots(now: datetime, booked: tuple[str, ...]) -> None:
    answers = await answers_of(demo_world(), now, booked=booked)
    recording = infer(answers)
    assert recording.fits
    assert recording.slots > 500
    for link, seen in zip(OPEN, answers.links, strict=False):
        assert seen.offer is not None
        was = [(one.start_milliseconds, one.end_milliseconds, list(one.host_ids)) for one in seen.offer.slots]
        assert renamed(await offered(recording.world, now, link)) == renamed(was)


async def test_it_tells_hours_and_what_is_kept_free_of_them() -> None:
    recording = infer(await answers_of(demo_world(), NOW, links=["Pool4Mm", "Em30rva"]))
    by_zone = {(one.timezone, one.hours["fri"]) for one in recording.world.hosts}
    assert ("America/New_York", "08:30-12:00, 13:00-17:30") in by_zone
    assert ("America/Los_Angeles", "10:00-15:00") in by_zone
    assert {one.slot_step for one in recording.world.meeting_types} == {30}


def host(zone: str = "Europe/Berlin", **more: Any) -> Host:
    return Host(user_id="h1", first_name="Ada", last_name="Osei", email="ada@host.example", timezone=zone, **more)


def played(*kinds: MeetingType, of: Host) -> World:
    links = tuple(
        Link(link_id=f"L{n}", schedule=Schedule(meeting_type=one.name, host="h1")) for n, one in enumerate(kinds)
    )
    return World(hosts=(of,), meeting_types=kinds, links=links)


ALL_DAY = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
WORLDS: dict[str, World] = {
    "round the clock": played(MeetingType(name="A"), of=host(hours=ALL_DAY)),
    "a break that moves the grid": played(
        MeetingType(name="A", minutes=50, slot_step=60),
        of=host(hours=dict.fromkeys(("tue", "wed"), "08:30-12:10, 13:00-18:00")),
    ),
    "vacation": played(MeetingType(name="A"), of=host(vacations=(Vacation(first="2025-05-07", last="2025-05-11"),))),
    "a notice for one": played(
        MeetingType(name="Soon"), MeetingType(name="Late", minutes=45, slot_step=15, minimum_notice=3000), of=host()
    ),
    "steps that differ": played(
        MeetingType(name="A", slot_step=15), MeetingType(name="B", minutes=60, slot_step=60), of=host()
    ),
    "days that differ": played(MeetingType(name="A", days_ahead=3), MeetingType(name="B", days_ahead=20), of=host()),
    "a range": played(
        MeetingType(
            name="A", date_range=DateRange(start="2025-05-06T09:10+02:00", end="2025-05-08T12:10+02:00", timezone="UTC")
        ),
        of=host(),
    ),
    "one slot": played(MeetingType(name="A", days_ahead=1), of=host(hours={"tue": "09:00-09:30"}, busy=())),
}


@pytest.mark.parametrize("world", WORLDS.values(), ids=WORLDS.keys())
async def test_it_offers_the_same_slots_of(world: World) -> None:
    answers = await answers_of(world, NOW, links=[one.link_id for one in world.links])
    recording = infer(answers)
    assert recording.slots
    assert recording.fits, recording


@given(
    opens=st.integers(0, 40),
    length=st.integers(4, 40),
    minutes=st.sampled_from([15, 20, 30, 45, 60]),
    step=st.sampled_from([10, 15, 30, 60]),
    busy=st.lists(st.tuples(st.integers(0, 14 * 96), st.integers(1, 40)), max_size=12),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe"]),
    now=st.sampled_from([NOW, SPRING, AUTUMN]),
)
@settings(max_examples=40)
async def test_whenever_a_host_is_free_it_offers_the_same_slots(**drawn: Any) -> None:
    opens, closes = drawn["opens"], min(95, drawn["opens"] + drawn["length"])
    hours = dict.fromkeys(("mon", "tue", "wed", "sat", "sun"), f"{_clock(opens)}-{_clock(closes)}")
    begins = int(drawn["now"].timestamp()) // 900
    taken = tuple(
        Busy(start=_iso((begins + start) * 900), end=_iso((begins + start + length) * 900))
        for start, length in drawn["busy"]
    )
    kind = MeetingType(name="A", minutes=drawn["minutes"], slot_step=drawn["step"])
    world = played(kind, of=host(drawn["zone"], hours=hours, busy=taken))
    recording = infer(await answers_of(world, drawn["now"], links=["L0"]))
    assert recording.fits, recording


def _clock(quarter: int) -> str:
    return f"{quarter // 4:02}:{quarter % 4 * 15:02}"


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


async def test_what_offers_nothing_and_what_cannot_be_asked_is_recorded_as_that() -> None:
    closed = played(MeetingType(name="A"), of=host(hours={}))
    recording = infer(
        await answers_of(evolve(closed, links=(*closed.links, Link(link_id="M", kind="multi"))), NOW, links=["L0", "M"])
    )
    assert recording.fits
    assert [one.kind for one in recording.world.links] == ["single", "multi"]
    assert len(recording.notes) == 2
    with pytest.raises(AssertionError):
        await offered(recording.world, NOW, "L0")


async def test_a_node_sends_prospects_where_they_were_sent() -> None:
    recording = infer(await answers_of(demo_world(), NOW, links=[], nodes=[NODE], prospects=PROSPECTS))
    (node,) = recording.world.nodes
    assert [(one.when[0].value if one.when else None) for one in node.rules] == [4200, 300, 8, None]
    assert node.prefill == {"First Name": "FirstName", "Last Name": "LastName", "Email": "Email"}
    again = infer(await answers_of(recording.world, NOW, links=[], nodes=[NODE], prospects=PROSPECTS))
    assert again.world == recording.world


async def test_a_meeting_type_of_two_links_is_one_with_its_questions() -> None:
    kind = MeetingType(name="A", questions=tuple(Question(name=f"Q{n}", type="textarea") for n in range(3)))
    twice = played(kind, of=host())
    twice = evolve(twice, links=(*twice.links, evolve(twice.links[0], link_id="Again")))
    recording = infer(await answers_of(twice, NOW, links=["L0", "Again"]))
    assert recording.world.meeting_types[0].questions == kind.questions
    assert len(recording.world.meeting_types) == 1


class Scripted:
    """Answers each call as it is told to, the last answer again and again."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - as it is called
        path = urlsplit(request.url).path
        several = self.answers[next(one.name for one in OPERATIONS.values() if one.path == path)]
        body = several.pop(0) if len(several) > 1 else several[0]
        return WireResponse(status=200, headers={"content-type": "application/json"}, body=json.dumps(body).encode())

    async def close(self) -> None: ...


FIRST = int(NOW.timestamp()) * 1000 + 3_600_000


def page(*minutes: int, length: int = 30, questions: int = 0, users: tuple[int, ...] = (0,), **info: Any) -> Any:
    """Return a page with slots so many minutes after the first."""
    starts = [FIRST + one * 60_000 for one in minutes]
    slots = [{"start_time": one, "end_time": one + length * 60_000, "users": list(users)} for one in starts]
    fields = [{"name": name} for name in ("First Name", "Last Name", "Email", *(f"Q{n}" for n in range(questions)))]
    return {
        "meeting": {"name": "Demo", "formFields": fields},
        "pageInfo": info,
        "availability": {"timeSlots": slots, "indexToUserIdMap": {"0": "u0", "1": "u1"}},
        "userIdToInfoMap": {"u9": {"FirstName": "Al"}},
    }


async def recorded(transport: Any, **wanted: Any) -> Recording:
    client = BookIt("k", transport=transport, now=lambda: NOW)
    return infer(await ask(client, Wanted(**wanted), at=NOW, say=lambda _: None))


async def test_what_a_world_cannot_have_is_said() -> None:
    odd = page(0, 30, 60, questions=7, users=(0, 1), userIds=["u0", "u1"])
    odd["availability"]["timeSlots"][2]["end_time"] += 60_000
    recording = await recorded(Scripted(fetch_availability=[odd, page(120, 150, length=20)]), links=["A", "B"])
    assert [one.name for one in recording.world.meeting_types] == ["Demo", "Demo (2)"]
    assert [one.minutes for one in recording.world.meeting_types] == [30, 20]
    assert (recording.slots, recording.lost) == (5, 1)
    assert [note.partition(" ")[0] for note in recording.notes] == ["of", "meetings", "slots"]


async def test_a_pool_whose_slots_name_nobody_is_one_of_whoever_is_known() -> None:
    nobody = page(0, 30, users=(), displayAllPoolAvailability=True)
    recording = await recorded(Scripted(fetch_availability=[nobody]), links=["A"])
    assert len(recording.world.pools[0].members) == 1
    assert not recording.fits


async def test_meeting_types_whose_starts_do_not_meet_are_recorded_as_well_as_can_be() -> None:
    """No opening suits slots at 0, 20 and 40 past and, each hour, at 10 past."""
    pages = [page(0, 20, 40, length=20), page(10, 30, 50, 70, length=10)]
    recording = await recorded(Scripted(fetch_availability=pages), links=["A", "B"])
    assert recording.lost + recording.added > 0


async def test_types_and_prefilled_answers_that_nobody_knows_are_let_go() -> None:
    inputs = {"name": "N", "inputs": [{"name": "Size", "type": "PICKLIST"}, {"name": "Account", "type": "DOUBLE"}]}
    filled = page(0, prefillFields={"First Name": "Ada"})
    routed = {"routing": {"responseType": "calendar", "token": "t"}, "scheduling": filled}
    transport = Scripted(retrieve_inputs=[inputs], route_and_fetch_availability=[routed])
    recording = await recorded(transport, nodes=["N"], prospects=[{"Size": "big", "Account": 12_345_678}])
    (node,) = recording.world.nodes
    assert [one.type for one in node.inputs] == ["STRING", "DOUBLE"]
    assert (node.prefill, len(node.rules)) == ({}, 1)
    assert recording.notes[0].startswith("1 types of inputs")


async def test_prospects_are_told_apart_by_numbers_yes_and_no_and_what_is_missing() -> None:
    prospects: list[dict[str, Any]] = [
        {"IsAdmin": True, "Plan": "business"},
        {"IsAdmin": False, "Plan": "business"},
        {"IsAdmin": True},
        {"IsAdmin": True, "Plan": "free"},
    ]
    recording = infer(await answers_of(demo_world(), NOW, links=[], nodes=["Customer Check-in"], prospects=prospects))
    (node,) = recording.world.nodes
    tests = [[(one.input, one.test, one.value) for one in rule.when] for rule in node.rules]
    assert [("Plan", "given", None), ("IsAdmin", "is", False)] in tests
    assert [("Plan", "missing", None), ("IsAdmin", "is", True)] in tests
    assert "prospects that differ in words alone" in recording.notes[0]
    assert isinstance(node.rules[-1].then, Schedule)


async def test_a_prospect_for_whom_nothing_is_open_gets_nothing() -> None:
    demo = demo_world()
    closed = evolve(demo, hosts=tuple(evolve(one, hours={}) for one in demo.hosts))
    recording = infer(await answers_of(closed, NOW, links=[], nodes=[NODE], prospects=PROSPECTS[:1]))
    assert recording.fits
    assert recording.slots == 0
    assert "where nothing was open" in recording.notes[0]


@pytest.mark.parametrize(
    ("told", "start", "zone"),
    [("Asia/Tokyo", 0, "Asia/Tokyo"), ("Tokyo Standard Time", 0, "UTC"), (None, 23 * 60 + 45, "Etc/GMT+1")],
)
def test_a_zone_that_is_not_told_is_one_in_which_slots_lie_on_one_day(told: str | None, start: int, zone: str) -> None:
    assert zone_of(told, [Span(start * 60_000, (start + 30) * 60_000)]) == zone
