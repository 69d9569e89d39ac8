"""The legacy calls, through every adapter, and their rules as tables."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from bookit_async import (
    Booked,
    BookIt,
    InvalidInputError,
    LegacyRouted,
    MeetingNotFoundError,
    NoAvailability,
    NotRouted,
    Offer,
    Redirected,
    TokenSpentError,
    at,
)
from bookit_async.legacy import link_problem, read_scheduled_time
from bookit_async.sandbox import Sandbox

from . import paths
from .conftest import ADA, NODE
from .scripted import client_of

ZONE = "America/Los_Angeles"
Served = tuple[Sandbox, BookIt]


async def routed(client: BookIt, **changes: Any) -> LegacyRouted:
    outcome = await client.legacy.route(NODE, {**ADA, **changes})
    assert isinstance(outcome, LegacyRouted)
    return outcome


async def test_a_meeting_is_booked_with_params_and_links(served: Served) -> None:
    sandbox, client = served
    outcome = await routed(client)
    booked = await client.legacy.book(
        outcome.params,
        timezone=ZONE,
        guests=["cfo@engines.example"],
        cancel_link="https://example.com/cancel/",
        reschedule_link="https://example.com/move?utm=mail&meetingId=",
    )
    assert isinstance(booked, Booked)
    (held,) = sandbox.meetings
    assert (held.id, held.uid) == (booked.meeting_id, outcome.uid)
    assert held.cancel_link == f"https://example.com/cancel/{held.id}"
    assert held.reschedule_link == f"https://example.com/move?utm=mail&meetingId={held.id}"
    with pytest.raises(TokenSpentError):
        await client.legacy.availability(outcome.params)


async def test_params_give_an_offer_that_can_be_refreshed_and_booked(served: Served) -> None:
    sandbox, client = served
    offer = await client.legacy.availability((await routed(client, NumEmployees=300)).params)
    assert isinstance(offer, Offer)
    assert offer.pooled
    assert len(offer.form_fields) == 4
    fresh = await offer.refresh()
    assert isinstance(fresh, Offer)
    assert isinstance(await fresh.book(fresh.slots[0], timezone=ZONE), Booked)
    assert [one.path for one in sandbox.requests[-2:]] == [paths.LEGACY_INFO, "/v1/round-robin-meeting"]


@pytest.mark.parametrize(
    ("changes", "expected"), [({"NumEmployees": 8}, Redirected), ({"Email": "ada@gmail.com"}, NotRouted)]
)
async def test_legacy_routing_has_the_other_outcomes(served: Served, changes: dict[str, Any], expected: type) -> None:
    _, client = served
    assert type(await client.legacy.route(NODE, {**ADA, **changes})) is expected


async def test_an_empty_input_is_named(client: BookIt) -> None:
    with pytest.raises(InvalidInputError, match="ld_node_name is empty"):
        await client.legacy.route("", ADA)


async def test_a_modification_tells_the_meeting_and_where_it_could_go(served: Served) -> None:
    sandbox, client = served
    booked = await client.book(NODE, ADA, timezone=ZONE)
    assert isinstance(booked, Booked)
    modification = await client.legacy.modification(booked.meeting_id)
    sent = json.loads(sandbox.requests[-1].body)
    assert sent == {"eventId": booked.meeting_id, "meetingId": booked.meeting_id}
    assert (modification.meeting.id, modification.meeting.start) == (booked.meeting_id, booked.start)
    assert modification.meeting.organizer_email == booked.organizer_email
    assert (modification.host_id, modification.is_reschedule) == (booked.host_id, True)
    assert (modification.scheduled_start, modification.scheduled_end) == (booked.start, booked.end)
    assert modification.timezone == ZONE
    assert modification.offer is not None
    assert not modification.offer.pooled
    later = booked.start + timedelta(days=1)
    assert at(later)(modification.offer.slots)
    with pytest.raises(InvalidInputError, match="use client"):
        await modification.offer.book(later, timezone=ZONE)
    with pytest.raises(MeetingNotFoundError):
        await client.legacy.modification("0" * 52)


async def test_a_modification_that_tells_nothing_is_still_read() -> None:
    client, _ = client_of({"availability": {}})
    modification = await client.legacy.modification("m1")
    assert (modification.meeting.id, modification.offer, modification.host_id) == ("m1", None, None)
    assert (modification.scheduled_start, modification.scheduled_end, modification.timezone) == (None, None, None)


async def test_nothing_to_offer_for_params_is_an_outcome() -> None:
    client, script = client_of({"availability": {}})
    assert await client.legacy.book("p", timezone="UTC") == NoAvailability()
    assert len(script.sent) == 1


GOOD_LINKS = [
    None,
    "https://example.com/cancel/",
    "https://example.com/",
    "https://example.com/cancel?meetingId=",
    "https://example.com/cancel?utm_source=email&meetingId=",
    "http://localhost:8000/cancel?x=/&id=",
    "https://example.com/cancel?next=/",
]
BAD_LINKS = [
    "https://testdomain.com/cancel?=",
    "https://example.com/cancel",
    "https://example.com/cancel?meetingId=1",
    "https://example.com/cancel?a=1&=",
    "https://example.com/cancel#id=",
    "example.com/cancel/",
    "ftp://example.com/",
    "https:///cancel/",
    "https://[x/",
    "",
    5,
]


@pytest.mark.parametrize("link", GOOD_LINKS)
def test_a_link_to_which_an_id_can_be_appended_is_no_problem(link: str | None) -> None:
    assert list(link_problem("cancel_link", link)) == []


@pytest.mark.parametrize("link", BAD_LINKS)
def test_any_other_link_is_refused_with_right_ones_shown(link: Any) -> None:
    (sentence,) = link_problem("cancel_link", link)
    assert sentence.startswith("cancel_link must be a URL")
    assert "https://example.com/cancel/" in sentence
    assert "https://example.com/cancel?meetingId=" in sentence


async def test_links_are_checked_before_anything_is_sent(client: BookIt, sandbox: Sandbox) -> None:
    with pytest.raises(InvalidInputError) as caught:
        await client.legacy.book("p", timezone="x", cancel_link="https://testdomain.com/cancel?=", reschedule_link="x")
    assert len(caught.value.problems) == 3
    for call in (client.legacy.route(NODE, 5), client.legacy.modification("..")):  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        with pytest.raises(InvalidInputError):
            await call
    assert not sandbox.requests


NINE = "2025-05-06T09:00:00-07:00"
SCHEDULED: list[tuple[str, Any, tuple[str | None, str | None]]] = [
    ("with a zone's offset", {"startDateTime": NINE, "timezone": ZONE}, (NINE, ZONE)),
    ("in UTC", {"startDateTime": "2025-05-06T16:00:00.000Z", "timezone": ZONE}, (NINE, ZONE)),
    ("naive, in the zone", {"startDateTime": "2025-05-06T09:00:00", "timezone": ZONE}, (NINE, ZONE)),
    ("milliseconds", {"startDateTime": 1746547200000, "timezone": ZONE}, (NINE, ZONE)),
    ("no zone", {"startDateTime": NINE}, (NINE, None)),
    ("an unknown zone", {"startDateTime": NINE, "timezone": "Mars/Base"}, (NINE, None)),
    ("naive, without a zone", {"startDateTime": "2025-05-06T09:00:00"}, (None, None)),
    ("no time", {"startDateTime": "soon", "timezone": ZONE}, (None, ZONE)),
    ("absurd", {"startDateTime": 10**18, "timezone": ZONE}, (None, ZONE)),
    ("another type", {"startDateTime": True, "timezone": 5}, (None, None)),
    ("no object", [1], (None, None)),
]


@pytest.mark.parametrize(("data", "expected"), [row[1:] for row in SCHEDULED], ids=[row[0] for row in SCHEDULED])
def test_the_time_inside_a_string_is_decoded(data: Any, expected: tuple[str | None, str | None]) -> None:
    start, end, timezone = read_scheduled_time(json.dumps(data))
    assert (start.isoformat() if isinstance(start, datetime) else None, timezone) == expected
    assert end is None


@pytest.mark.parametrize("text", [None, "", "{", "no JSON"])
def test_a_string_that_holds_no_json_tells_nothing(text: str | None) -> None:
    assert read_scheduled_time(text) == (None, None, None)
