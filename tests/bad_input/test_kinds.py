"""What people pass in is taken for what it is, whatever its exact type, or refused with the true reason."""

import json
import numbers
import signal
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from multidict import MultiDict

from bookit_async import Booked, BookIt, InvalidInputError, Offer, RetryPolicy, at, between, earliest, nearest, on
from bookit_async._generated.models import SelectedTime, UserField
from bookit_async.hidden import HiddenText
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from ..kinds import NOTHING, PLAIN, REFUSED, Choices, Key, MixedText, Whole, mappings, np, pd, pendulum
from .script import PAGE, client_of

ZONE = "America/Denver"
ROUTED: dict[str, Any] = {
    "responseType": "none",
    "routing": {"responseType": "calendar", "token": "t"},
    "scheduling": PAGE,
}
START = datetime.fromtimestamp(1746547200, UTC)


@pytest.fixture(autouse=True)
def no_hanging() -> Iterator[None]:
    """A walk through 2 to the 64th numbers holds up the loop, so that no deadline ends it."""
    signal.alarm(30)
    yield
    signal.alarm(0)


def ways(value: Any) -> dict[str, Callable[[BookIt], Any]]:
    prospect = {"Extra": value}
    return {
        "route": lambda client: client.route(NODE, prospect),
        "book": lambda client: client.book(NODE, prospect, timezone=ZONE),
        "legacy": lambda client: client.legacy.route(NODE, prospect),
        "api": lambda client: client.api.route_and_fetch_availability(trigger_node=NODE, uid="u", prospect=prospect),
        "legacy api": lambda client: client.api.legacy_route(ld_node_name=NODE, ld_uid="u", form_data=prospect),
    }


@pytest.mark.parametrize("way", ways(0))
@pytest.mark.parametrize("kind", PLAIN)
async def test_a_value_is_sent_as_what_it_is(kind: str, way: str) -> None:
    value, expected = PLAIN[kind]
    client, script = client_of(ROUTED, {"meetingId": "m"})
    await ways(value)[way](client)
    body = json.loads(script.sent[0].content or b"")
    assert body.get("prospect", body.get("formData")) == {"Extra": expected}


@pytest.mark.parametrize("way", ways(0))
@pytest.mark.parametrize("kind", REFUSED)
async def test_what_is_no_plain_value_is_told_with_the_reason(kind: str, way: str) -> None:
    value, reason = REFUSED[kind]
    client, script = client_of()
    with pytest.raises(InvalidInputError) as caught:
        await ways(value)[way](client)
    assert caught.value.problems[0].startswith(f"prospect['Extra'] {reason}")
    assert script.sent == []


@pytest.mark.parametrize("kind", mappings(ADA))
async def test_every_kind_of_mapping_books(kind: str, client: BookIt, sandbox: Sandbox) -> None:
    prospect = mappings(ADA)[kind]
    assert isinstance(await client.book(NODE, prospect, timezone=ZONE), Booked)
    inputs = await client.inputs(NODE)
    assert [one.name for one in inputs.missing(prospect)] == ["ld_bookit_log_id"]
    assert inputs.problems(prospect) == ()
    assert len(await client.meetings(ADA["Email"])) == 1


async def test_a_name_that_is_given_twice_is_refused() -> None:
    client, script = client_of()
    with pytest.raises(InvalidInputError, match=r"prospect\['Email'\] is given more than once"):
        await client.route(NODE, MultiDict([*ADA.items(), ("Email", "other@example.com")]))
    assert script.sent == []


@pytest.mark.parametrize("kind", NOTHING)
async def test_what_stands_for_nothing_is_missing(kind: str, client: BookIt) -> None:
    inputs = await client.inputs(NODE)
    missing = [one.name for one in inputs.missing({**ADA, "Company": NOTHING[kind]})]
    assert missing == ["Company", "ld_bookit_log_id"]


@pytest.mark.parametrize("kind", PLAIN)
async def test_an_answer_is_sent_as_what_it_is(kind: str) -> None:
    value, expected = PLAIN[kind]
    client, script = client_of(PAGE, {"meetingId": "m"})
    offer = await client.availability(link_id="l")
    assert isinstance(offer, Offer)
    answers = {"First Name": value, "Last Name": "B", Key.EMAIL: MixedText.BIG and "a@b.example"}
    await offer.book(offer.slots[0], timezone=ZONE, answers=answers)
    sent = {one["name"]: one["value"] for one in json.loads(script.sent[1].content or b"")["userFields"]}
    assert sent["First Name"] == ("true" if expected is True else str(expected))
    assert sent["Email"] == "a@b.example"


@pytest.mark.parametrize("kind", REFUSED)
async def test_an_answer_that_is_no_plain_value_is_told(kind: str) -> None:
    value, reason = REFUSED[kind]
    client, script = client_of(PAGE)
    offer = await client.availability(link_id="l")
    assert isinstance(offer, Offer)
    with pytest.raises(InvalidInputError) as caught:
        await offer.book(offer.slots[0], timezone=ZONE, answers={"First Name": value, "Email": "a@b.example"})
    assert f"answers['First Name'] {reason}" in str(caught.value)
    assert "Nothing was booked" in str(caught.value)
    assert len(script.sent) == 1


API_ROWS: list[tuple[str, Any, Any, str]] = [
    ("a number of numpy", np.int64(5), "lAsT", ""),
    ("a whole number of an enum", Whole.BIG, "l", ""),
    ("a decimal", REFUSED["Decimal"][0], "l", r"scheduled_time.start_time is of type Decimal"),
    ("half a character", 5, "\ud800", r"user_fields\[0\].value holds half a character"),
    ("a list in a list", 5, [["x"]], r"userFields\[0\]\.value\[0\] must be a string"),
]


@pytest.mark.parametrize(
    ("start", "value", "sentence"), [row[1:] for row in API_ROWS], ids=[row[0] for row in API_ROWS]
)
async def test_the_typed_operations_tell_which_value_cannot_be_sent(start: Any, value: Any, sentence: str) -> None:
    client, script = client_of({"meetingId": "m"})
    fields = [UserField(name="Email", type_="text", value=value)]
    call = client.api.book_meeting(
        scheduled_time=SelectedTime(start_time=start, end_time=6, timezone="UTC"), user_fields=fields, token="t"
    )
    if not sentence:
        assert (await call).meeting_id == "m"
        assert json.loads(script.sent[0].content or b"")["scheduledTime"]["start_time"] == int(start)
        return
    with pytest.raises(InvalidInputError, match=sentence):
        await call
    assert script.sent == []


# --- names, ids, zones and settings that are text of another kind ---


class Name(str):
    """Text that formats as something else, as members of (str, Enum) do."""

    __slots__ = ()

    def __str__(self) -> str:
        return "Name.OTHER"

    def __format__(self, _: str) -> str:
        return "Name.OTHER"


async def test_names_and_ids_of_another_kind_are_the_text_that_they_are(sandbox: Sandbox) -> None:
    client = BookIt(
        Name(sandbox.api_key), base_url=Name("http://localhost:5"), transport=sandbox.transport, timeout=np.int64(5)
    )
    assert isinstance(await client.route(Name(NODE), ADA), Offer)
    booked = await client.book(Name(NODE), ADA, timezone=Name(ZONE), uid=Name(UUID(int=7)))
    assert isinstance(booked, Booked)
    assert booked.uid == str(UUID(int=7))
    assert (await client.meeting(Name(booked.meeting_id))).id == booked.meeting_id
    assert len(await client.meetings(Name(ADA["Email"]))) == 1
    assert isinstance(await client.availability(link_id=Name("Em30rva")), Offer)
    await client.cancel(Name(booked.meeting_id))
    assert client.settings.base_url == "http://localhost:5"
    assert type(client.settings.api_key) is HiddenText


ZONES: list[Any] = [ZONE, ZoneInfo(ZONE), pendulum.timezone(ZONE), Choices.BIG]


@pytest.mark.parametrize("zone", ZONES[:3], ids=lambda zone: type(zone).__name__)
async def test_a_zone_object_stands_for_its_name_wherever_a_zone_is_asked_for(
    zone: Any, client: BookIt, sandbox: Sandbox
) -> None:
    booked = await client.book(NODE, ADA, timezone=zone, slot=on(datetime(2025, 5, 6, tzinfo=UTC), timezone=zone))
    assert isinstance(booked, Booked)
    link = {"First Name": "A", "Last Name": "B", "Email": "a@b.example"}
    clock = (datetime.min.time(), datetime.min.time())
    assert isinstance(
        await client.book_link("Em30rva", timezone=zone, answers=link, slot=between(*clock, timezone=zone)), Booked
    )
    moved = await client.reschedule(booked.meeting_id, timezone=zone, slot=nearest(booked.start))
    assert not hasattr(moved, "offer")
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    assert list(offer.days(zone)) == list(offer.days(ZONE))
    assert offer.slots[0].local(zone).start.tzinfo == ZoneInfo(ZONE)


async def test_datetimes_of_other_kinds_are_the_instants_that_they_are(client: BookIt) -> None:
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    slot = offer.slots[3]
    for same in (pendulum.instance(slot.start), pd.Timestamp(slot.start), slot.local(ZONE).start):
        assert offer.pick(same) == offer.pick(at(same)) == offer.pick(nearest(same)) == slot
        local = on(same, timezone=ZONE)
        assert offer.pick(local) in offer.days(ZONE)[slot.local(ZONE).start.date()]
    booked = await offer.book(pendulum.instance(slot.start), timezone=ZONE)
    assert isinstance(booked, Booked)
    found = await client.meetings(ADA["Email"], start=pendulum.instance(slot.start), end=pd.Timestamp(slot.end))
    assert [one.id for one in found] == [booked.meeting_id]
    with pytest.raises(InvalidInputError, match="slot is of type NaTType, which names no instant"):
        await client.book(NODE, ADA, timezone=ZONE, slot=pd.NaT)


async def test_a_clock_of_another_kind_tells_the_time(sandbox: Sandbox) -> None:
    client = BookIt(sandbox.api_key, transport=sandbox.transport, now=lambda: pendulum.datetime(2025, 5, 5, 12))
    assert isinstance(await client.book(NODE, ADA, timezone=ZONE), Booked)


def test_settings_of_other_kinds_are_the_numbers_that_they_are() -> None:
    given: Mapping[str, Any] = {"timeout": np.float32(5), "deadline": Whole.BIG, "max_connections": np.int64(3)}
    settings = BookIt("k", **given).settings
    assert [(type(one), one) for one in (settings.timeout, settings.deadline, settings.max_connections)] == [
        (float, 5.0),
        (int, 4200),
        (int, 3),
    ]
    assert BookIt("k", retries=RetryPolicy(attempts=np.int64(2))).settings.retries.attempts == 2


class Refuser:
    """Says that it is real, and raises when it is asked for its value."""

    def __float__(self) -> float:
        raise OverflowError("too large")


numbers.Real.register(Refuser)


async def test_a_number_that_raises_is_told_by_its_type(client: BookIt) -> None:
    with pytest.raises(InvalidInputError, match=r"prospect\['NumEmployees'\] is of type Refuser"):
        await client.route(NODE, {**ADA, "NumEmployees": Refuser()})


async def test_a_key_with_half_a_character_is_told(client: BookIt) -> None:
    with pytest.raises(InvalidInputError, match="a key with half a character"):
        await client.route(NODE, {**ADA, "\ud800": 1})


async def test_a_value_that_is_nested_without_end_is_told() -> None:
    client, script = client_of()
    deep: Any = np.int64(1)
    for _ in range(50):
        deep = [deep]
    with pytest.raises(InvalidInputError, match="is nested too deeply"):
        await client.api.book_meeting(
            scheduled_time=SelectedTime(start_time=5, end_time=6, timezone="UTC"),
            user_fields=[UserField(name="Email", type_="text", value=deep)],
            token="t",
        )
    assert script.sent == []


@pytest.mark.parametrize("address", ["ada@engines.example\u200b", "ada\n@engines.example"])
async def test_an_address_that_cannot_be_seen_is_not_asked_for(address: str) -> None:
    client, script = client_of()
    with pytest.raises(InvalidInputError, match="prospect_email holds a character that cannot be seen"):
        await client.api.list_meetings(prospect_email=address)
    assert script.sent == []


@pytest.mark.parametrize("choice", [earliest, None, "09:00", [1]], ids=["a maker", "None", "text", "a list"])
async def test_an_offer_books_by_no_choice_that_cannot_work(choice: Any, client: BookIt, sandbox: Sandbox) -> None:
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    with pytest.raises(InvalidInputError, match="slot must be"):
        await offer.book(choice, timezone=ZONE)
    with pytest.raises(InvalidInputError):
        offer.prepare(choice, timezone=ZONE)
    assert sandbox.meetings == []


async def test_inputs_tell_a_name_that_is_given_twice(client: BookIt) -> None:
    inputs = await client.inputs(NODE)
    (problem,) = inputs.problems(MultiDict([*ADA.items(), ("Email", "other@example.com")]))
    assert problem == "prospect['Email'] is given more than once: give each input once"
