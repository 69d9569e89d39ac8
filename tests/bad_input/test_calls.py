"""Calls that cannot be right: one typed error before anything is sent, against a script and against the sandbox."""

from collections.abc import Callable, Coroutine, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import yaml

from bookit_async import (
    BookIt,
    InvalidInputError,
    LinkNotFoundError,
    Offer,
    Slot,
    TriggerInput,
    TriggerInputs,
    at,
    between,
    nearest,
)
from bookit_async._generated.api import OPERATIONS
from bookit_async._generated.models import NewTime, SelectedPoolTime, SelectedTime, UserField
from bookit_async.exchange.outgoing import ONE_OF
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE
from .script import CANARY, PAGE, client_of, shown

ROOT = Path(__file__).parents[2]
BAD: Any = object()
TIME = SelectedTime(start_time=1746547200000, end_time=1746548100000, timezone="UTC")
POOL_TIME = SelectedPoolTime(start_time=1746547200000, end_time=1746548100000, timezone="UTC", users=["h1"])
NEW_TIME = NewTime(start_time=1746547200000, end_time=1746548100000, timezone="UTC")


def anything(value: object) -> Any:
    """What a caller without a type checker may give."""
    return value


def choosing(given: object) -> Callable[[object], Any]:
    """A chooser that gives this, whatever it was given."""
    return lambda _slots: given


Call = Callable[[BookIt], Coroutine[Any, Any, Any]]
Row = tuple[str, Call, str]


class Loop(dict[str, Any]):
    """Holds itself."""

    def __init__(self) -> None:
        self["self"] = self


def with_prospect(prospect: Any, sentence: str, name: str) -> Iterator[Row]:
    """Every call that takes a prospect refuses it alike."""
    yield f"route: {name}", lambda client: client.route(NODE, prospect), sentence
    yield f"book: {name}", lambda client: client.book(NODE, prospect, timezone="UTC"), sentence
    yield f"legacy: {name}", lambda client: client.legacy.route(NODE, prospect), sentence
    yield (
        f"api: {name}",
        lambda client: client.api.route_and_fetch_availability(trigger_node=NODE, uid="u", prospect=prospect),
        sentence,
    )
    yield (
        f"legacy api: {name}",
        lambda client: client.api.legacy_route(ld_node_name=NODE, ld_uid="u", form_data=prospect),
        sentence,
    )


NO_MAPPING = "prospect must be a mapping from input names to values"
HALF = "holds half a character"
PROSPECTS: list[tuple[str, Any, str]] = [
    ("None", None, NO_MAPPING),
    ("text", CANARY, NO_MAPPING),
    ("pairs", [("Email", CANARY)], NO_MAPPING),
    ("a number", 5, NO_MAPPING),
    ("a class", dict, NO_MAPPING),
    ("NaN", {"Size": float("nan")}, r"prospect\['Size'\] is not a finite number"),
    ("infinity", {"Size": float("-inf")}, r"prospect\['Size'\] is not a finite number"),
    ("2 to the 64th", {"Size": 2**64}, "whole number of more than 64 bits: give it as text"),
    ("below 64 bits", {"Size": -(2**63) - 1}, "whole number of more than 64 bits"),
    ("ten to the 5,000th", {"Size": 10**5000}, "whole number of more than 64 bits"),
    ("a lone surrogate", {"Company": f"{CANARY}\ud83d"}, HALF),
    ("a lone surrogate in a name", {f"{CANARY}\udfff": "x"}, "a key with half a character"),
    ("a name that is no text", {5: CANARY}, "prospect has a key that is not text"),
    ("a name that is None", {None: CANARY}, "prospect has a key that is not text"),
    ("a list", {"Company": [CANARY]}, "is of type list: give text, a number, True, False or None"),
    ("an object", {"Company": {"Name": CANARY}}, "is of type dict"),
    ("a tuple", {"Company": (CANARY,)}, "is of type tuple"),
    ("itself", Loop(), "is of type Loop"),
    ("bytes", {"Company": CANARY.encode()}, "is of type bytes"),
    ("a datetime", {"Since": datetime(2025, 1, 1, tzinfo=UTC)}, "is of type datetime"),
    ("a decimal", {"Size": Decimal(5)}, "is of type Decimal"),
    ("an exception", {"Company": ValueError(CANARY)}, "is of type ValueError"),
]

INVISIBLE = "meeting_id holds line breaks or characters that cannot be seen"
IDS: list[tuple[str, Any, str]] = [
    ("empty", "", "meeting_id (is|must be a text, and not) empty"),
    ("blank", " \t", "meeting_id (is|must be a text, and not) empty"),
    ("a dot", ".", "meeting_id is a step in a path"),
    ("two dots", "..", "meeting_id is a step in a path"),
    ("a line break", f"{CANARY}\n", INVISIBLE),
    ("a header injected", f"{CANARY} HTTP/1.1\r\nX-Other: 1", INVISIBLE),
    ("NUL", f"{CANARY}\0", INVISIBLE),
    ("a zero-width space", f"{CANARY}\u200b", INVISIBLE),
    ("a no-break space", f"{CANARY}\u00a0", INVISIBLE),
    ("a line separator", f"{CANARY}\u2028", INVISIBLE),
    ("a lone surrogate", f"{CANARY}\ud800", INVISIBLE),
    ("very long", CANARY * 2000, "an id or address is too long"),
    ("long once encoded", "ü" * 2000, "an id or address is too long"),
]


def with_path_id(given: Any, sentence: str, name: str) -> Iterator[Row]:
    yield f"meeting: {name}", lambda client: client.meeting(given), sentence
    yield f"cancel: {name}", lambda client: client.cancel(given), sentence
    yield f"api get: {name}", lambda client: client.api.get_meeting(given), sentence
    yield f"api cancel: {name}", lambda client: client.api.cancel_meeting(given), sentence
    yield f"api move: {name}", lambda client: client.api.reschedule_meeting(given, scheduled_time=NEW_TIME), sentence


NAIVE = datetime(2025, 5, 6, 9, 0)  # noqa: DTZ001 - what is to be refused
FAR_EAST, FAR_WEST = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
TIMES: list[tuple[str, Any, str]] = [
    ("naive", NAIVE, "is a naive datetime"),
    ("year 1", datetime(1, 1, 1, tzinfo=UTC), "is not in the years 1970 to 9998"),
    ("year 1, before it in UTC", datetime(1, 1, 1, tzinfo=FAR_EAST), "is not in the years 1970 to 9998"),
    ("year 9999", datetime.max.replace(tzinfo=UTC), "is not in the years 1970 to 9998"),
    ("year 9999, after it in UTC", datetime.max.replace(tzinfo=FAR_WEST), "is not in the years 1970 to 9998"),
    ("before the epoch", datetime(1969, 12, 31, 23, 59, tzinfo=UTC), "is not in the years 1970 to 9998"),
]


def with_time(given: Any, sentence: str, name: str) -> Iterator[Row]:
    async def chosen(client: BookIt, choose: Callable[[Any], Any]) -> None:
        await client.book(NODE, ADA, timezone="UTC", slot=choose(given))

    yield f"start: {name}", lambda client: client.meetings("a@b.example", start=given), f"start {sentence}"
    yield f"end: {name}", lambda client: client.meetings("a@b.example", end=given), f"end {sentence}"
    yield f"book: {name}", lambda client: client.book(NODE, ADA, timezone="UTC", slot=given), f"slot {sentence}"
    yield f"link: {name}", lambda client: client.book_link("l", timezone="UTC", slot=given), f"slot {sentence}"
    yield f"move: {name}", lambda client: client.reschedule("m", timezone="UTC", slot=given), f"slot {sentence}"
    yield f"at: {name}", lambda client: chosen(client, at), f"start {sentence}"
    yield f"nearest: {name}", lambda client: chosen(client, nearest), f"start {sentence}"


ZONES: list[tuple[str, Any]] = [
    ("empty", ""),
    ("unknown", "America/Nowhere"),
    ("an abbreviation", "PT"),
    ("an offset", "+02:00"),
    ("another case", "america/new_york"),
    ("a folder", "America"),
    ("a path", "../../../etc/passwd"),
    ("an absolute path", "/etc/localtime"),
    ("a file that is no zone", "tzdata.zi"),
    ("NUL", f"{CANARY}\0"),
    ("a line break", "UTC\n"),
    ("a lone surrogate", f"{CANARY}\ud800"),
    ("very long", CANARY * 1000),
    ("None", None),
    ("a zone object", UTC),
]


def with_zone(given: Any) -> Iterator[tuple[str, Call]]:
    async def within(_client: BookIt) -> None:
        between(time(9), time(17), timezone=given)

    yield "book", lambda client: client.book(NODE, ADA, timezone=given)
    yield "link", lambda client: client.book_link("l", timezone=given)
    yield "move", lambda client: client.reschedule("m", timezone=given)
    yield "legacy", lambda client: client.legacy.book("p", timezone=given)
    yield "between", within


A_DATE, NAN = anything(date(2025, 5, 6)), anything(float("nan"))
EXACTLY_ONE = "give exactly one of token, link_id and"
OTHERS: list[Row] = [
    ("no mode", lambda client: client.availability(), EXACTLY_ONE),
    ("two modes", lambda client: client.availability(token=CANARY, link_id="l"), EXACTLY_ONE),
    ("three modes", lambda client: client.availability(token=CANARY, link_id="l", meeting_id="m"), EXACTLY_ONE),
    ("api: no mode", lambda client: client.api.fetch_availability(), EXACTLY_ONE),
    ("api: two modes", lambda client: client.api.fetch_availability(token=CANARY, meeting_id="m"), EXACTLY_ONE),
    (
        "api: booking without a mode",
        lambda client: client.api.book_meeting(scheduled_time=TIME, user_fields=[]),
        f"{EXACTLY_ONE} params",
    ),
    (
        "api: booking with a token and a link",
        lambda client: client.api.book_meeting(scheduled_time=TIME, user_fields=[], token=CANARY, link_id="l"),
        f"{EXACTLY_ONE} params",
    ),
    (
        "api: booking with a token and params",
        lambda client: client.api.book_meeting(scheduled_time=TIME, user_fields=[], token=CANARY, params="p"),
        f"{EXACTLY_ONE} params",
    ),
    (
        "api: booking from a pool with a link and params",
        lambda client: client.api.book_round_robin_meeting(
            scheduled_time=POOL_TIME, user_fields=[], link_id="l", params="p"
        ),
        f"{EXACTLY_ONE} params",
    ),
    ("an empty token", lambda client: client.availability(token=""), "token is empty"),
    ("a blank link", lambda client: client.availability(link_id=" \n"), "link_id is empty"),
    ("an empty meeting", lambda client: client.availability(meeting_id=""), "meeting_id is empty"),
    ("empty params", lambda client: client.legacy.availability(""), "params is empty"),
    ("an empty node", lambda client: client.inputs(""), "node_name is empty"),
    ("an empty node to route", lambda client: client.route("", ADA), "trigger_node is empty"),
    ("an empty uid", lambda client: client.route(NODE, ADA, uid=""), "uid must be a UUID"),
    ("a legacy uid", lambda client: client.legacy.route(NODE, ADA, uid=""), "uid must be a UUID"),
    ("a lone surrogate in a token", lambda client: client.availability(token=f"{CANARY}\ud800"), HALF),
    ("a lone surrogate in a link", lambda client: client.availability(link_id=f"{CANARY}\ud800"), HALF),
    ("a lone surrogate in params", lambda client: client.legacy.availability(f"{CANARY}\ud800"), HALF),
    ("a lone surrogate in a uid", lambda client: client.route(NODE, ADA, uid=f"{CANARY}\ud800"), "uid must be a UUID"),
    ("a lone surrogate in a node", lambda client: client.inputs(f"{CANARY}\ud800"), HALF),
    ("a token of another type", lambda client: client.availability(token=BAD), "token is of type object: give text"),
    ("a uid that is a number", lambda client: client.route(NODE, ADA, uid=anything(5)), "uid must be a UUID"),
    ("a node that is a list", lambda client: client.inputs(anything([CANARY])), "nodeName must be a string"),
    ("no address", lambda client: client.meetings(CANARY), "prospect_email must be an email address"),
    (
        "a line break in an address",
        lambda client: client.meetings(f"{CANARY}@b.example\r\nX: 1"),
        "prospect_email holds a line break",
    ),
    (
        "a lone surrogate in an address",
        lambda client: client.meetings(f"{CANARY}@b.example\ud800"),
        f"prospect_email {HALF}",
    ),
    (
        "NUL in an address",
        lambda client: client.meetings(f"{CANARY}@b.example\0"),
        "prospect_email holds a line break or another control character",
    ),
    ("a very long address", lambda client: client.meetings(f"{CANARY * 2000}@b.example"), "is longer than 320"),
    ("an empty filter", lambda client: client.api.list_meetings(prospect_email="a@b.example", start=""), "start is"),
    ("a start that is a number", lambda client: client.meetings("a@b.example", start=BAD), "start must be an aware"),
    ("a start that is a date", lambda client: client.meetings("a@b.example", start=A_DATE), "start must be an aware"),
    (
        "a start that is no time",
        lambda client: client.meetings("a@b.example", start="tomorrow"),
        "start must be an ISO 8601 time",
    ),
    (
        "a start after the last day",
        lambda client: client.meetings("a@b.example", start="9999-12-31T24:00:00Z"),
        "start must be an ISO 8601 time",
    ),
    ("a slot that is none", lambda client: client.book(NODE, ADA, timezone="UTC", slot=BAD), "slot must be a Slot"),
    ("a number too large for JSON", lambda client: client.api.book_meeting(
        scheduled_time=SelectedTime(start_time=2**64, end_time=1, timezone="UTC"), user_fields=[], token="t"
    ), "scheduled_time.start_time is a whole number of more than 64 bits"),
    ("a time that is no number", lambda client: client.api.book_meeting(
        scheduled_time=SelectedTime(start_time=anything("9"), end_time=1, timezone="UTC"), user_fields=[], token="t"
    ), "scheduledTime.start_time must be an integer"),
    ("a time that is not a number", lambda client: client.api.book_meeting(
        scheduled_time=SelectedTime(start_time=NAN, end_time=1, timezone="UTC"), user_fields=[], token="t"
    ), "scheduledTime.start_time is missing"),
    ("an answer that is an object", lambda client: client.api.book_meeting(
        scheduled_time=TIME, user_fields=[UserField(name="Email", type_="text", value=anything({CANARY: 1}))], token="t"
    ), r"userFields\[0\]\.value must be a string or array"),
]  # fmt: skip
ROWS: list[Row] = [
    *(row for name, prospect, sentence in PROSPECTS for row in with_prospect(prospect, sentence, name)),
    *(row for name, given, sentence in IDS for row in with_path_id(given, sentence, name)),
    *(row for name, given, sentence in TIMES for row in with_time(given, sentence, name)),
    *(
        (f"{where}: {name} as a zone", call, "timezone must be an IANA time zone name")
        for name, given in ZONES
        for where, call in with_zone(given)
    ),
    *OTHERS,
]


@pytest.mark.long
@pytest.mark.parametrize(("call", "sentence"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_nothing_is_sent(call: Call, sentence: str, client: BookIt, sandbox: Sandbox) -> None:
    scripted, script = client_of()
    for each in (scripted, client):
        with pytest.raises(InvalidInputError, match=sentence) as caught:
            await call(each)
        assert CANARY not in shown(caught.value)
        assert sandbox.api_key not in shown(caught.value)
        assert len(str(caught.value)) < 500
    assert script.sent == []
    assert sandbox.requests == []


class Node(StrEnum):
    """Text of a kind of its own."""

    WEBFORM = NODE


async def test_what_is_unusual_and_right_is_sent(client: BookIt, sandbox: Sandbox) -> None:
    prospect = {**ADA, "Company": "\0 ключ 🗓 %2F\r\n", "NumEmployees": 2**64 - 1, "Extra": -(2**63), "Other": None}
    assert isinstance(await client.route(Node.WEBFORM, prospect), Offer)
    assert [one.operation_id for one in sandbox.requests] == ["retrieveInputs", "routeAndFetchAvailability"]
    assert isinstance(await client.availability(link_id="Em30rva"), Offer)
    for link in ("Em30rva/../x", "%2e%2e", ".", "..", "\0", "Em30rva\n", "x" * 100_000):
        with pytest.raises(LinkNotFoundError):
            await client.availability(link_id=link)


async def test_a_body_beyond_the_gateways_limit_is_not_sent() -> None:
    client, script = client_of({"routing": {"responseType": "none"}})
    for size in (10 << 20, 11 << 20):
        with pytest.raises(InvalidInputError, match="larger than 10485760 bytes") as caught:
            await client.route(NODE, {"Company": CANARY * (size // len(CANARY))})
        assert CANARY not in shown(caught.value)
    assert script.sent == []
    await client.route(NODE, {"Company": CANARY * (9 * (1 << 20) // len(CANARY))})
    assert len(script.sent) == 1


# --- known only once there is an offer: nothing is booked ---

NAMES = {"First Name": "A", "Last Name": "B"}
ANSWERS: list[tuple[str, Mapping[str, Any], str]] = [
    ("an unknown field", {"answers": {"Shoe size": CANARY}}, r"answers\['Shoe size'\] is for no field of this form"),
    ("the wrong case", {"answers": {"email": CANARY}}, "is for no field"),
    ("a field that is no text", {"answers": {5: CANARY}}, r"answers\[5\] is for no field"),
    ("no mapping", {"answers": [CANARY]}, "answers must be a mapping"),
    ("text", {"answers": CANARY}, "answers must be a mapping"),
    ("NaN", {"answers": {"Email": float("nan")}}, r"answers\['Email'\] is not a finite number"),
    ("infinity", {"answers": {"Email": float("inf")}}, r"answers\['Email'\] is not a finite number"),
    (
        "ten to the 5,000th",
        {"answers": {"Email": 10**5000}},
        r"answers\['Email'\] is a whole number of more",
    ),
    ("an object", {"answers": {"Email": {CANARY: 1}}}, r"answers\['Email'\] is of type dict"),
    ("bytes", {"answers": {"Email": CANARY.encode()}}, r"answers\['Email'\] is of type bytes"),
    ("a lone surrogate", {"answers": {**NAMES, "Email": f"{CANARY}\ud800"}}, HALF),
    ("a required field left blank", {"answers": {"Email": "  "}}, r"answers\['Email'\] is required and missing"),
    (
        "guests as text",
        {"guests": f"{CANARY}@b.example"},
        "guests must be a list of email addresses: put",
    ),
    (
        "guests that are none",
        {"guests": [CANARY, 5]},
        r"guests\[0\] must be an email address.*; guests\[1\] must be an email address, and is of type int",
    ),
    ("guests with a line break", {"guests": [f"a@b.example\r\nBcc: {CANARY}"]}, r"guests\[0\] holds a line break"),
    ("guests with half a character", {"guests": [f"{CANARY}@b.example\ud800"]}, HALF),
    ("guests as None", {"guests": None}, "guests must be a list"),
    ("a slot not in the offer", {"slot": datetime(2025, 5, 6, 16, 1, tzinfo=UTC)}, "no open slot starts at"),
    ("a slot long ago", {"slot": datetime(1970, 1, 1, tzinfo=UTC)}, "no open slot starts at"),
    ("a slot in the far future", {"slot": datetime(9998, 12, 31, tzinfo=UTC)}, "no open slot starts at"),
    (
        "a slot of another offer",
        {"slot": Slot(start_milliseconds=1746547200000, end_milliseconds=1746548100001)},
        "no open slot starts at",
    ),
    (
        "a slot in no calendar",
        {"slot": Slot(start_milliseconds=10**30, end_milliseconds=10**30)},
        "no open slot starts",
    ),
    (
        "a chooser that makes up a slot",
        {"slot": choosing([Slot(start_milliseconds=1, end_milliseconds=2)])},
        "the chooser gave a slot that the offer does not hold",
    ),
    ("a chooser that gives something else", {"slot": choosing([[CANARY]])}, "the chooser gave"),
    ("a chooser that gives nothing iterable", {"slot": choosing(None)}, "the chooser gave"),
]


@pytest.mark.parametrize(("given", "sentence"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
async def test_nothing_is_booked(given: Mapping[str, Any], sentence: str, client: BookIt, sandbox: Sandbox) -> None:
    scripted, script = client_of(PAGE)
    for each, link in ((scripted, "l"), (client, "Em30rva")):
        offer = await each.availability(link_id=link)
        assert isinstance(offer, Offer)
        usual: dict[str, Any] = {
            "slot": offer.slots[0],
            "timezone": "UTC",
            "answers": {**NAMES, "Email": "a@b.example"},
        }
        with pytest.raises(InvalidInputError, match=sentence) as caught:
            await offer.book(**{**usual, **given})
        assert CANARY not in shown(caught.value)
    assert len(script.sent) == len(sandbox.requests) == 1
    assert sandbox.meetings == []


# --- what a prospect lacks, told without sending ---

INPUTS = TriggerInputs(name="Node", inputs=(TriggerInput(name="Size", type="DOUBLE"),))


@pytest.mark.parametrize("prospect", [None, 5, CANARY, ["Size"], {"Size"}])
def test_inputs_of_what_is_no_mapping(prospect: Any) -> None:
    assert INPUTS.problems(prospect) == (NO_MAPPING,)
    assert INPUTS.refusals(prospect)[0] == NO_MAPPING
    with pytest.raises(InvalidInputError, match=NO_MAPPING):
        INPUTS.missing(prospect)


@pytest.mark.parametrize("value", ["1_000", "١٢", "1,5", "0x10", "1e999", "infinity", "--1", "", "5" * 5000])
def test_text_that_reads_as_no_number(value: str) -> None:
    (problem,) = INPUTS.problems({"Size": value})
    assert problem == "prospect['Size'] must be a number" + ("" if value else " or None")


def test_a_name_that_is_no_text_does_not_hide_the_rest() -> None:
    found = INPUTS.problems(anything({5: CANARY, "size": 1, "Size": True}))
    assert [one.partition(" ")[0] for one in found] == ["prospect", "prospect['size']", "prospect['Size']"]


def test_the_modes_are_those_of_the_document() -> None:
    document = yaml.safe_load((ROOT / "openapi" / "bookit.enriched.yaml").read_text(encoding="utf-8"))
    found: dict[str, tuple[str, ...]] = {}
    for operation in OPERATIONS.values():
        described = document["paths"][operation.path][operation.method.lower()]
        schema: Any = described.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
        for rule in schema.get("allOf", ()):
            if "oneOf" in rule:
                found[operation.name] = tuple(key for one in rule["oneOf"] for key in one["required"])
    assert found == ONE_OF
