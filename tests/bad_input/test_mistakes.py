"""A hundred and more mistakes that newcomers make: what each is told, in one sentence, before anything is booked."""

import inspect
import re
import time as clock_time
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from typing import Any

import aiohttp
import httpx
import pytest
from attrs import frozen

from bookit_async import (
    BookIt,
    BookItError,
    InvalidInputError,
    LinkNotFoundError,
    MemoryLedger,
    NotSentError,
    Offer,
    OutcomeUnknownError,
    PendingBooking,
    Prepared,
    RetryPolicy,
    Slot,
    SlotTakenError,
    TriggerNodeNotFoundError,
    all_of,
    at,
    between,
    earliest,
    first_of,
    nearest,
    on,
    read_chooser,
)
from bookit_async.sandbox import FaultPlan, FaultProxy, Sandbox
from bookit_async.spoken_times import read_time

from ..conftest import ADA, NODE
from .script import Script

Z = "America/Denver"
LINK = "Em30rva"
NAMES = {"First Name": "A", "Last Name": "B", "Email": "a@b.example"}
DAY = date(2025, 5, 6)
NOON = datetime(2025, 5, 6, 12, tzinfo=UTC)
NAIVE = datetime(2025, 5, 6, 12)  # noqa: DTZ001 - the mistake
NO_ZONE = "timezone must be an IANA time zone name such as 'America/Los_Angeles' or 'UTC'"
NO_SLOT = "slot must be a Slot, an aware datetime or a chooser such as earliest()"
IS_NAIVE = "is a naive datetime, which names no instant: give it a time zone"
NO_HTTP = "http_client must be an httpx.AsyncClient"
NO_SETTLE = "settle must be given an OutcomeUnknownError, an Unsettled or a PendingBooking"
NO_DAYS = "weekdays must be a list of numbers from 0, Monday, to 6, Sunday, such as [0, 2], or None for every day"
NO_START = "start must be an aware datetime, not"


def given(value: object) -> Any:
    """What a caller without a type checker may give."""
    return value


@frozen
class Scene:
    """What a mistake is made with."""

    sandbox: Sandbox
    client: BookIt
    offer: Offer
    prepared: Prepared

    def book(self, **given: Any) -> Any:
        """Book Ada with something else than usual."""
        usual: dict[str, Any] = {"trigger_node": NODE, "prospect": ADA, "timezone": Z}
        return self.client.book(**{**usual, **given})

    def take(self, **given: Any) -> Any:
        """Book the first slot of the offer with something else than usual."""
        usual: dict[str, Any] = {"slot": self.offer.slots[0], "timezone": Z}
        return self.offer.book(**{**usual, **given})

    def with_value(self, **values: Any) -> Any:
        """Route Ada with other data."""
        return self.client.route(NODE, {**ADA, **values})

    async def session(self) -> Any:
        async with aiohttp.ClientSession() as session:
            BookIt("k", http_client=given(session))

    async def after_closing(self) -> Any:
        client = BookIt("k")
        await client.close()
        await client.meeting("m")

    async def after_leaving(self) -> Any:
        async with BookIt("k") as client:
            pass
        await client.book(NODE, ADA, timezone=Z)


def nothing(_slots: Sequence[Slot]) -> None:
    """Forgets to return."""


def start_of_the_first(slots: Sequence[Slot]) -> datetime:
    return slots[0].start


def plain_with(thing: Any) -> None:
    with thing:
        raise AssertionError


Row = tuple[str, Callable[[Scene], Any], type[Exception], str]
WRONG, TYPE = InvalidInputError, TypeError
ROWS: list[Row] = [
    # what sends
    ("a session of aiohttp", Scene.session, WRONG, f"{NO_HTTP}: leave aiohttp's out, for one is made here"),
    ("a client that is not async", lambda _: BookIt("k", http_client=given(httpx.Client())), WRONG,
     f"{NO_HTTP}, and httpx.Client is not async: give an httpx.AsyncClient"),
    ("the class of clients", lambda _: BookIt("k", http_client=given(httpx.AsyncClient)), WRONG,
     f"{NO_HTTP}, not a class: make one, AsyncClient(...)"),
    ("something else that sends", lambda _: BookIt("k", http_client=given(5)), WRONG, f"{NO_HTTP}, and is of type int"),
    ("a transport as a client", lambda s: BookIt("k", http_client=given(s.sandbox.transport)), WRONG,
     f"{NO_HTTP}: give this one as transport"),
    ("a client as a transport", lambda _: BookIt("k", transport=given(httpx.AsyncClient())), WRONG,
     "transport must be a Transport, such as Sandbox().transport: give this client as http_client"),
    ("a client that is not async as a transport", lambda _: BookIt("k", transport=given(httpx.Client())), WRONG,
     "transport must be a Transport, such as Sandbox().transport, and httpx.Client is not async"),
    ("a sandbox as a transport", lambda s: BookIt("k", transport=given(s.sandbox)), WRONG,
     "transport must be a Transport, such as Sandbox().transport: give its .transport"),
    ("both", lambda s: BookIt("k", transport=s.sandbox.transport, http_client=httpx.AsyncClient()), WRONG,
     "transport and http_client are both given: give one"),
    ("limits of a transport", lambda s: BookIt("k", transport=s.sandbox.transport, max_connections=5), WRONG,
     "max_connections has no effect with your own transport or http_client: set it there"),
    # what remembers, and the clocks
    ("a ledger that is none", lambda _: BookIt("k", ledger=given({})), WRONG,
     "ledger must be a Ledger, such as MemoryLedger(), and is of type dict"),
    ("the class of ledgers", lambda _: BookIt("k", ledger=given(MemoryLedger)), WRONG,
     "ledger must be a Ledger, such as MemoryLedger(), not a class: make one, MemoryLedger(...)"),
    ("a naive present", lambda _: BookIt("k", now=datetime.now), WRONG,
     "now must return an aware datetime, as lambda: datetime.now(UTC) does, and returned a naive datetime"),
    ("the present in seconds", lambda _: BookIt("k", now=given(clock_time.time)), WRONG,
     "now must return an aware datetime, as lambda: datetime.now(UTC) does, and returned float"),
    ("the present as a value", lambda _: BookIt("k", now=given(NOON)), WRONG,
     "now must be a function, and is of type datetime.datetime"),
    ("a sleep that blocks", lambda _: BookIt("k", sleep=given(clock_time.sleep)), WRONG,
     "sleep must be async, as asyncio.sleep is: time.sleep stops all other tasks"),
    ("a clock that is none", lambda _: BookIt("k", clock=given(5)), WRONG,
     "clock must be a function, and is of type int"),
    ("an announcement that is none", lambda _: BookIt("k", before_send=given(True)), WRONG,
     "before_send must be a function, and is of type bool"),
    # settings
    ("a typo", lambda _: BookIt("k", **given({"timout": 5})), TYPE,
     "BookIt has no setting 'timout': did you mean 'timeout'?"),
    ("another case", lambda _: BookIt(**given({"apiKey": "s3cret"})), TYPE,
     "BookIt has no setting 'apiKey': did you mean 'api_key'?"),
    ("two typos", lambda _: BookIt("k", **given({"baseurl": "", "dead_line": 5})), TYPE,
     "BookIt has no setting 'baseurl': did you mean 'base_url'?; and none 'dead_line': did you mean 'deadline'?"),
    ("a setting that a copy keeps", lambda s: s.client.with_options(**given({"retries": RetryPolicy()})), TYPE,
     "BookIt.with_options has no setting 'retries': it has api_key, base_url, timeout, deadline"),
    ("a typo in a policy", lambda _: RetryPolicy(**given({"attemps": 3})), TYPE,
     "RetryPolicy has no setting 'attemps': did you mean 'attempts'?"),
    ("a number for retries", lambda _: BookIt("k", retries=given(3)), WRONG,
     "retries must be a RetryPolicy: give one, such as RetryPolicy(attempts=4), which counts the first sending too"),
    ("text for a number", lambda _: BookIt("k", timeout=given("5")), WRONG,
     "timeout must be a positive number of seconds, a day at most: give float(...)"),
    ("a timedelta for a number", lambda _: BookIt("k", deadline=given(timedelta(seconds=5))), WRONG,
     "deadline must be a positive number of seconds, a day at most: give its .total_seconds()"),
    ("milliseconds", lambda _: BookIt("k", timeout=100_000), WRONG,
     "timeout must be a positive number of seconds, a day at most"),
    ("no key", lambda _: BookIt(""), WRONG, "api_key is missing: give it, or set BOOKIT_API_KEY; LeanData issues it"),
    ("a URL for a key", lambda _: BookIt("https://api.leandata.com"), WRONG,
     "api_key is a URL: give that as base_url="),
    ("a key from a file", lambda _: BookIt("k\n"), WRONG,
     "api_key holds spaces, line breaks or characters outside ASCII: copy it again"),
    ("a URL without a scheme", lambda _: BookIt("k", base_url="api.leandata.com"), WRONG,
     "base_url must be a URL of the form https://api.leandata.com: it lacks https://"),
    ("a URL with the version", lambda _: BookIt("k", base_url="https://api.leandata.com/v1"), WRONG,
     "base_url must end before the version, which every path begins with, as https://api.leandata.com does"),
    ("a URL of httpx", lambda _: BookIt("k", base_url=given(httpx.URL("https://a.example"))), WRONG,
     "base_url must be a URL of the form https://api.leandata.com, as a string"),
    ("http to another machine", lambda _: BookIt("k", base_url="http://10.0.0.1"), WRONG,
     "base_url is http:// to another machine, which shows the API key to the network: use https://, "
     "or allow_insecure=True or BOOKIT_ALLOW_INSECURE=1 if that network is yours alone"),
    # opening and closing
    ("a plain with", lambda s: plain_with(s.client), TYPE,
     "a client is opened by `async with BookIt(...) as client:`, not by a plain `with`"),
    ("a plain with of a sandbox", lambda s: plain_with(s.sandbox), TYPE,
     "it is opened by `async with Sandbox() as sandbox:`, not by a plain `with`"),
    ("a plain with of a proxy", lambda _: plain_with(FaultProxy("http://127.0.0.1:1", FaultPlan())), TYPE,
     "it is opened by `async with FaultProxy(...) as proxy:`, not by a plain `with`"),
    ("used after close", Scene.after_closing, NotSentError,
     "get_meeting: not sent: the transport is closed. Nothing was processed: call before close(), inside `async with`,"
     " or make another client."),
    ("booked after the block", Scene.after_leaving, NotSentError, "not sent: the transport is closed. Nothing was"),
    ("a deadline that is used up", lambda s: s.client.with_options(deadline=1e-9).meeting("m"), NotSentError,
     "get_meeting: not sent: the deadline is over. Nothing was processed: call again, with a longer deadline= if"),
    ("no connections", lambda s: s.client.connect(connections=0), WRONG,
     "connections must be a whole number from 1 on"),
    ("one node to connect for", lambda s: s.client.connect(trigger_nodes=NODE), WRONG,
     "trigger_nodes must be a list of names of trigger nodes"),
    ("a number of nodes to connect for", lambda s: s.client.connect(trigger_nodes=given(2)), WRONG,
     "trigger_nodes must be a list of names of trigger nodes"),
    ("nodes that are no names", lambda s: s.client.connect(trigger_nodes=given([7])), WRONG,
     "trigger_nodes must be a list of names of trigger nodes"),
    # settling and sending
    ("settling an error of Python", lambda s: s.client.settle(given(ValueError())), WRONG,
     f"{NO_SETTLE}: this is of type ValueError"),
    ("settling a refusal", lambda s: s.client.settle(given(SlotTakenError(status=400))), WRONG,
     f"{NO_SETTLE}: this error leaves nothing open"),
    ("settling None", lambda s: s.client.settle(given(None)), WRONG, f"{NO_SETTLE}: there is nothing in None"),
    ("settling an id", lambda s: s.client.settle(given("m")), WRONG,
     f"{NO_SETTLE}: client.meeting(meeting_id) has a meeting by its id"),
    ("settling what was written down", lambda s: s.client.settle(given({})), WRONG,
     f"{NO_SETTLE}: BookItError.from_dict, Unsettled.from_dict or PendingBooking.from_dict reads"),
    ("settling what was prepared", lambda s: s.client.settle(given(s.prepared)), WRONG,
     f"{NO_SETTLE}: client.send(prepared, perhaps_sent=True) looks before it sends"),
    ("settling a change", lambda s: s.client.settle(OutcomeUnknownError(reason="x")), WRONG,
     "this error is not of a booking: client.meeting(meeting_id) tells whether the change took place"),
    ("one id for many", lambda s: s.client.settle(s.prepared.pending, not_ours="m"), WRONG,
     "not_ours must be a list of meeting ids: put a single one in brackets"),
    ("a booking for an id", lambda s: s.client.settle(s.prepared.pending, not_ours=given([s.prepared])), WRONG,
     "not_ours must be a list of meeting ids"),
    ("slots for no prospect", lambda s: s.client.availability(link_id="x", prospect=given(5), uid="x"), WRONG,
     "prospect must be a mapping from input names to values; uid must be a UUID"),
    ("a booking id of no text", lambda s: s.offer.prepare(s.offer.slots[0], timezone="x", booking_id=given(5)), WRONG,
     "booking_id must be text that no other booking has, or None to have one made; timezone"),
    ("sending an offer", lambda s: s.client.send(given(s.offer)), WRONG,
     "prepared must be what offer.prepare(slot, ...) returned, and is of type Offer"),
    ("sent at a naive time", lambda s: s.client.send(s.prepared, perhaps_sent=NAIVE), WRONG,
     f"perhaps_sent {IS_NAIVE}"),
    ("sent at a number", lambda s: s.client.send(s.prepared, perhaps_sent=given(5)), WRONG,
     "perhaps_sent must be True, False or an aware datetime, and is of type int"),
    # zones
    ("a zone of an offset", lambda s: s.book(timezone="-07:00"), WRONG, NO_ZONE),
    ("a zone's abbreviation", lambda s: s.book(timezone="PDT"), WRONG,
     f"{NO_ZONE}: did you mean 'America/Los_Angeles'?"),
    ("a city", lambda s: s.book(timezone="denver"), WRONG, f"{NO_ZONE}: did you mean 'America/Denver'?"),
    ("a zone with a space", lambda s: s.book(timezone="America/New York"), WRONG,
     f"{NO_ZONE}: did you mean 'America/New_York'?"),
    ("a typo in a zone", lambda s: s.take(timezone="America/Dever"), WRONG,
     f"{NO_ZONE}: did you mean 'America/Denver'?"),
    ("no zone", lambda s: s.book(timezone=None), WRONG, NO_ZONE),
    ("UTC as Python has it", lambda s: s.book(timezone=UTC), WRONG, f"{NO_ZONE}: write 'UTC'"),
    ("a fixed offset", lambda s: s.book(timezone=timezone(timedelta(hours=-7))), WRONG,
     f"{NO_ZONE}, and a timezone has none"),
    ("a zone for a slot", lambda s: s.offer.slots[0].local("Denver"), WRONG,
     f"{NO_ZONE}: did you mean 'America/Denver'?"),
    ("no zone for days", lambda s: s.offer.days(given(None)), WRONG, NO_ZONE),
    # the prospect
    ("no prospect", lambda s: s.book(prospect=None), WRONG, "prospect must be a mapping from input names to values"),
    ("arguments that changed places", lambda s: s.client.route(given(ADA), given(NODE)), WRONG,
     "prospect must be a mapping from input names to values"),
    ("an input in another case", lambda s: s.client.route(NODE, {"email": "a@b.example"}), WRONG,
     "prospect['email'] is not an input of this trigger node: did you mean 'Email'?"),
    ("an input with a space", lambda s: s.with_value(**{"Num Employees": 5}), WRONG,
     "prospect['Num Employees'] is not an input of this trigger node: did you mean 'NumEmployees'?"),
    ("text for a number of employees", lambda s: s.with_value(NumEmployees="many"), WRONG,
     "prospect['NumEmployees'] must be a number"),
    ("a number for text", lambda s: s.with_value(Company=5), WRONG, "prospect['Company'] must be text"),
    ("a decimal", lambda s: s.with_value(NumEmployees=Decimal(5)), WRONG,
     "prospect['NumEmployees'] is of type Decimal: give it as a float or as text"),
    ("a date", lambda s: s.with_value(Company=DAY), WRONG,
     "prospect['Company'] is of type date: give it as text, such as its .isoformat()"),
    ("a list", lambda s: s.with_value(Company=["A"]), WRONG,
     "prospect['Company'] is of type list: give text, a number, True, False or None"),
    ("a form in a form", lambda s: s.client.route(NODE, {"fields": ADA}), WRONG,
     "prospect['fields'] is of type dict: give text, a number, True, False or None"),
    ("a zero-width space", lambda s: s.book(prospect={**ADA, "Email": "ada@example.com\u200b"}), WRONG,
     "prospect['Email'] holds a character that cannot be seen, U+200B: type it again"),
    ("no address", lambda s: s.book(prospect={**ADA, "Email": "ada.example.com"}), WRONG,
     "prospect['Email'] must be an email address, such as ada@example.com"),
    ("two addresses", lambda s: s.book(prospect={**ADA, "Email": "a@b.example, c@d.example"}), WRONG,
     "prospect['Email'] must be an email address, such as ada@example.com"),
    ("an id of a row", lambda s: s.client.route(NODE, ADA, uid="row-17"), WRONG,
     "uid must be a UUID, such as str(uuid.uuid4()), new for each submission, or None to have one made"),
    ("an id of a row, booked", lambda s: s.book(uid="row-17"), WRONG, "uid must be a UUID, such as str(uuid.uuid4())"),
    ("an id of a row, legacy", lambda s: s.client.legacy.route(NODE, ADA, uid="row-17"), WRONG, "uid must be a UUID"),
    # answers and guests
    ("an answer in another case", lambda s: s.take(answers={"first name": "A"}), WRONG,
     "answers['first name'] is for no field of this form: did you mean 'First Name'?"),
    ("an answer by an input's name", lambda s: s.take(answers={"FirstName": "A"}), WRONG,
     "answers['FirstName'] is for no field of this form: did you mean 'First Name'?"),
    ("a typo in an answer", lambda s: s.take(answers={"Frist Name": "A"}), WRONG,
     "answers['Frist Name'] is for no field of this form: did you mean 'First Name'?"),
    ("an answer to nothing", lambda s: s.take(answers={"Shoe size": "A"}), WRONG,
     "answers['Shoe size'] is for no field of this form: offer.form_fields has them all"),
    ("answers in pairs", lambda s: s.take(answers=[("First Name", "A")]), WRONG,
     "answers must be a mapping from field names to answers"),
    ("a guest", lambda s: s.book(guests="a@b.example"), WRONG,
     "guests must be a list of email addresses: put a single one in brackets"),
    ("no guests", lambda s: s.book(guests=None), WRONG, "guests must be a list of email addresses"),
    ("a guest without an address", lambda s: s.book(guests=["Bo"]), WRONG,
     "guests[0] must be an email address, such as ada@example.com"),
    ("a link without a name", lambda s: s.client.book_link(LINK, timezone=Z, answers={"Email": "a@b.example"}), WRONG,
     "answers['First Name'] is required and missing; answers['Last Name'] is required and missing"),
    # slots and choosers
    ("a chooser's maker", lambda s: s.book(slot=earliest), WRONG,
     "slot must be a chooser, and earliest makes one: write earliest()"),
    ("another maker", lambda s: s.take(slot=between), WRONG,
     "slot must be a chooser, and between makes one: write between(time(9), time(12), timezone=...)"),
    ("a maker to move with", lambda s: s.client.reschedule("m", timezone=Z, slot=given(on)), WRONG,
     "slot must be a chooser, and on makes one: write on(day, timezone=...)"),
    ("a maker to pick by", lambda s: s.offer.pick(given(nearest)), WRONG,
     "slot must be a chooser, and nearest makes one: write nearest(start)"),
    ("no slot", lambda s: s.book(slot=None), WRONG, f"{NO_SLOT}: leave it out for the earliest"),
    ("words", lambda s: s.book(slot="tue 9am"), WRONG, f"{NO_SLOT}: datetime.fromisoformat(...) reads text"),
    ("a day", lambda s: s.book(slot=DAY), WRONG, f"{NO_SLOT}: on(day, timezone=...) chooses by the day"),
    ("a time of day", lambda s: s.book(slot=time(9)), WRONG,
     f"{NO_SLOT}: between(first, last, timezone=...) chooses by the time of day"),
    ("a place", lambda s: s.book(slot=0), WRONG,
     f"{NO_SLOT}: offer.slots[...] has slots by their place, at(...) chooses"),
    ("slots", lambda s: s.take(slot=s.offer.slots[:2]), WRONG, f"{NO_SLOT}: give one, or first_of(at(...), at(...))"),
    ("a naive start", lambda s: s.book(slot=NAIVE), WRONG, f"slot {IS_NAIVE}"),
    ("a function of nothing", lambda s: s.book(slot=lambda: None), WRONG,
     "slot must be a function that takes one argument, the slots, and returns those that will do"),
    ("a chooser that forgot to return", lambda s: s.take(slot=nothing), WRONG,
     "the chooser gave None: have it return the slots that will do, an empty list for none"),
    ("a chooser that gives a start", lambda s: s.take(slot=start_of_the_first), WRONG,
     "the chooser gave a value of type datetime: have it return the slots that will do"),
    ("a start that is not open", lambda s: s.take(slot=datetime(2025, 5, 6, 3, tzinfo=UTC)), WRONG,
     "no open slot starts at 2025-05-06T03:00:00+00:00: the nearest open one starts at"),
    ("a chooser to prepare", lambda s: s.offer.prepare(given(earliest()), timezone=Z), WRONG,
     "slot must be one slot, not a chooser: take the first that it gives of offer.slots"),
    ("a day as text", lambda _: on(given("2025-05-06"), timezone=Z), WRONG,
     "day must be a date: date.fromisoformat(...) reads text"),
    ("a day as a number", lambda _: on(given(6), timezone=Z), WRONG, "day must be a date, such as date(2025, 5, 6)"),
    ("clocks as text", lambda _: between(given("09:00"), given("12:00"), timezone=Z), WRONG,
     "first must be a datetime.time, not text: time.fromisoformat(...) reads it; last must be"),
    ("clocks as numbers", lambda _: between(given(9), given(12), timezone=Z), WRONG,
     "first must be a datetime.time, such as time(9, 30); last must be a datetime.time, such as time(9, 30)"),
    ("clocks with a zone", lambda _: between(time(9, tzinfo=UTC), time(12), timezone=Z), WRONG,
     "first must be a time of day on the clock of timezone: leave its tzinfo out"),
    ("a weekday", lambda _: between(time(9), time(12), timezone=Z, weekdays=given(0)), WRONG, NO_DAYS),
    ("a weekday's name", lambda _: between(time(9), time(12), timezone=Z, weekdays=given(["mon"])), WRONG, NO_DAYS),
    ("an eighth weekday", lambda _: between(time(9), time(12), timezone=Z, weekdays=[7]), WRONG, NO_DAYS),
    ("a naive instant", lambda _: at(NAIVE), WRONG, f"start {IS_NAIVE}"),
    ("an instant as text", lambda _: at(given("2025-05-06T09:00Z")), WRONG,
     f"{NO_START} text: datetime.fromisoformat(...) reads it"),
    ("an instant as a day", lambda _: nearest(given(DAY)), WRONG,
     f"{NO_START} a day: give it a time of day and a time zone, or choose by on(day, timezone=...)"),
    ("an instant as seconds", lambda _: nearest(given(1746547200)), WRONG,
     f"{NO_START} a number: datetime.fromtimestamp(seconds, tz=UTC) makes one of epoch seconds"),
    ("a spread of none", lambda _: earliest(spread=0), WRONG, "spread must be a whole number from 1 on"),
    ("makers in a chooser", lambda _: all_of(earliest(), given(on)), WRONG,
     "chooser 2 must be a chooser, and on makes one: write on(day, timezone=...)"),
    ("a slot in a chooser", lambda s: first_of(given(s.offer.slots[0]), earliest()), WRONG,
     "chooser 1 must be a function: use at(...) for a certain start"),
    # ids, bounds and what was written down
    ("no context", lambda s: s.client.availability(), WRONG, "give exactly one of token, link_id and meeting_id"),
    ("two contexts", lambda s: s.client.availability(token="t", link_id="l"), WRONG,
     "give exactly one of token, link_id"),
    ("a link's URL", lambda s: s.client.availability(link_id="https://a.example/l/Em30rva"), LinkNotFoundError,
     "no such BookIt Link. link_id is the path segment after /l/ in the link's URL."),
    ("a node that is not there", lambda s: s.client.inputs("new webform prospect"), TriggerNodeNotFoundError,
     "no such trigger node: 'new webform prospect'. Names are exact and case-sensitive: copy it from the trigger node"),
    ("no id", lambda s: s.client.meeting(""), WRONG, "meeting_id must be a text, and not empty"),
    ("a booking for its id", lambda s: s.client.cancel(given(MeetingLike())), WRONG,
     "meeting_id must be a text, and not empty: give its .meeting_id"),
    ("a name for an address", lambda s: s.client.meetings("Ada"), WRONG,
     "prospect_email must be an email address, such as ada@example.com"),
    ("a naive bound", lambda s: s.client.meetings("a@b.example", start=NAIVE), WRONG, f"start {IS_NAIVE}"),
    ("a bound as a word", lambda s: s.client.meetings("a@b.example", start="yesterday"), WRONG,
     "start must be an ISO 8601 time: write it like '2025-05-06T09:00:00-07:00'"),
    ("bounds that changed places", lambda s: s.client.meetings("a@b.example", start=NOON, end=NOON - timedelta(1)),
     WRONG,
     "end is before start, and no meeting starts between them"),
    ("two bounds that are none", lambda s: s.client.meetings("a@b.example", start=given(5), end=NAIVE), WRONG,
     f"{NO_START} a number: datetime.fromtimestamp(seconds, tz=UTC) makes one of epoch seconds; end {IS_NAIVE}"),
    ("a status in British", lambda s: s.client.meetings("a@b.example", status=given("cancelled")), WRONG,
     "status must be one of scheduled, rescheduled, canceled: did you mean 'canceled'?"),
    ("words counted from a naive present", lambda _: read_time("tue 9am", timezone=Z, now=NAIVE), WRONG,
     f"now {IS_NAIVE}"),
    ("words that are none", lambda _: read_time(given(9), timezone=Z, now=NOON), WRONG,
     "text must be words such as 'tue 9am', and is of type int"),
    ("a chooser from nothing", lambda _: read_chooser({}), WRONG,
     "this is not a chooser that this version knows: it may be from a newer one"),
    ("an error from nothing", lambda _: BookItError.from_dict(given(None)), WRONG,
     "this is not an error that was written down by to_dict, or a newer version wrote it"),
    ("a booking from nothing", lambda _: PendingBooking.from_dict(given(None)), WRONG,
     "this is not a PendingBooking that was written down by to_dict"),
]  # fmt: skip


class MeetingLike:
    """Has an id."""

    meeting_id = "m"


async def attempt(mistake: Callable[[Scene], Any], scene: Scene) -> None:
    made = mistake(scene)
    if inspect.isawaitable(made):
        await made


@pytest.mark.long
@pytest.mark.parametrize(("mistake", "kind", "sentence"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
async def test_a_mistake_is_told(
    mistake: Callable[[Scene], Any], kind: type[Exception], sentence: str, client: BookIt, sandbox: Sandbox
) -> None:
    offer = await client.route(NODE, ADA)
    assert isinstance(offer, Offer)
    scene = Scene(sandbox, client, offer, offer.prepare(offer.slots[0], timezone=Z))
    with pytest.raises(kind, match=re.escape(sentence)) as caught:
        await attempt(mistake, scene)
    told = str(caught.value)
    assert type(caught.value) is kind
    assert len(told) < 600
    assert "\n" not in told
    assert "?." not in told
    assert "s3cret" not in told
    assert sandbox.meetings == []


async def test_a_base_url_with_a_path_is_a_prefix() -> None:
    script = Script({}, {})
    for base_url in ("https://proxy.example/leandata", "https://proxy.example/leandata/"):
        await BookIt("k", base_url=base_url, transport=script).cancel("m")
    assert [one.url for one in script.sent] == ["https://proxy.example/leandata/v1/meeting/m"] * 2
