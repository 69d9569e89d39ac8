"""Inputs, offers and refreshes: what a browser learns, and what it does not."""

from datetime import timedelta
from typing import Any

import pytest
from attrs import evolve

from bookit_async import BookIt, Offer, ResponseInvalidError
from bookit_async.desk.submissions import is_web_url
from bookit_async.fastapi_router import MailedLinks
from bookit_async.sandbox import Sandbox, World, demo_world
from bookit_async.sandbox.world import DateRange
from bookit_async.web.views import checked_redirect, offer_view, shown
from tests.conftest import ADA, NODE, NOW

from .page import BEN, Page, application, opened, slot, slots


async def test_the_inputs_are_what_to_ask_for(page: Page) -> None:
    found = await page.inputs(NODE)
    assert found["trigger_node"] == NODE
    assert {"name": "NumEmployees", "type": "DOUBLE"} in found["inputs"]
    assert "ld_bookit_log_id" not in {one["name"] for one in found["inputs"]}


async def test_an_offer_has_slots_hosts_and_a_form(page: Page) -> None:
    offer = await page.offer()
    assert offer["meeting_type"] == "Enterprise Discovery"
    assert offer["minutes"] == 60
    assert offer["color"] == "#1f6feb"
    assert not offer["pooled"]
    assert slot(offer) == {"start": 1746464400000, "end": 1746468000000, "hosts": [0]}
    assert offer["slots"]["lengths"] == [3_600_000], "what is the same for all is told once"
    assert offer["teams"] == [[0]]
    assert offer["hosts"] == [{"name": "Eva Lind", "timezone": "America/Los_Angeles"}]
    assert offer["expires_at"] == "2025-05-05T13:00:00Z"
    fields = {one["name"]: one for one in offer["form_fields"]}
    assert fields["Email"]["value"] == ADA["Email"]
    assert fields["Email"]["required"]
    assert fields["Additional Guest Emails"]["guests"]
    assert fields["What would you like to solve?"]["value"] is None


async def test_a_pool_says_that_it_is_one(page: Page) -> None:
    offer = await page.offer(BEN)
    assert offer["pooled"]
    assert len(offer["hosts"]) == 4
    assert max(len(slot["hosts"]) for slot in slots(offer)) > 1


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        ({"NumEmployees": 8}, {"outcome": "redirect", "url": "https://www.northwind.example/self-service"}),
        ({"Email": "ada@gmail.com"}, {"outcome": "not_routed"}),
    ],
)
async def test_what_is_no_offer_is_told(page: Page, change: dict[str, Any], outcome: dict[str, Any]) -> None:
    found = await page.ask("offers", {"trigger_node": NODE, "prospect": {**ADA, **change}})
    assert found.items() >= outcome.items()
    assert len(found["uid"]) == 36


def this_week() -> World:
    """Everything can be booked until Saturday."""
    week = DateRange(start="2025-05-05T00:00Z", end="2025-05-10T00:00Z", timezone="UTC")
    world = demo_world()
    return evolve(world, meeting_types=tuple(evolve(one, date_range=week) for one in world.meeting_types))


@pytest.mark.parametrize(
    "mailed", [None, MailedLinks(cancel="https://a.example/c/", reschedule="https://a.example/r/")]
)
async def test_nothing_open_is_told_at_first_and_later(mailed: MailedLinks | None) -> None:
    sandbox = Sandbox(this_week(), now=NOW, tcp=False)
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    async with opened(application(client, mailed_links=mailed)) as page:
        offer = await page.offer()
        sandbox.clock.advance(timedelta(days=7))
        assert (await page.ask("offers/refresh", {"offer_id": offer["offer_id"]}))["outcome"] == "no_availability"
        assert (await page.book(offer, status=409))["error"] == "SlotTakenError"
        found = await page.ask("offers", {"trigger_node": NODE, "prospect": ADA})
        assert found["outcome"] == "no_availability"
        assert found["uid"]


async def test_the_log_id_is_made_here_and_told(page: Page, sandbox: Sandbox) -> None:
    found = await page.ask("offers", {"trigger_node": NODE, "prospect": ADA})
    sent = next(one for one in sandbox.requests if one.operation_id == "routeAndFetchAvailability")
    assert sent.body.count(found["uid"].encode()) == 2  # as the uid, and as the input that the node declares for it


async def test_a_link_is_offered(page: Page) -> None:
    offer = await page.link_offer("Em30rva")
    assert offer["meeting_type"] == "Enterprise Discovery"
    assert all(one["value"] is None for one in offer["form_fields"])


async def test_a_refresh_gives_the_slots_that_are_open_now(page: Page, client: BookIt) -> None:
    offer = await page.offer()
    found = await client.route(NODE, ADA)
    assert isinstance(found, Offer)
    await found.book(found.slots[0], timezone="UTC")
    fresh = (await page.ask("offers/refresh", {"offer_id": offer["offer_id"]}))["offer"]
    assert slot(fresh)["start"] > slot(offer)["start"]
    assert fresh["expires_at"] == offer["expires_at"]
    assert [one["value"] for one in fresh["form_fields"]] == [one["value"] for one in offer["form_fields"]]


@pytest.mark.parametrize(
    ("prospect", "problem"),
    [
        ({}, "prospect['Email'] is missing: ask for it, or give None to leave it empty"),
        ({**ADA, "NumEmployees": "many"}, "prospect['NumEmployees'] must be a number"),
        ({**ADA, "IsVip": True}, "prospect['IsVip'] is not an input of this trigger node"),
        ({**ADA, "ld_bookit_log_id": "mine"}, "prospect['ld_bookit_log_id'] is not an input of this trigger node"),
        (
            {**ADA, "email": "x@y.example"},
            "prospect['email'] is not an input of this trigger node: did you mean 'Email'?",
        ),
    ],
)
async def test_a_prospect_is_checked_against_the_inputs(
    page: Page, sandbox: Sandbox, prospect: dict[str, Any], problem: str
) -> None:
    found = await page.ask("offers", {"trigger_node": NODE, "prospect": prospect}, status=422)
    assert found["error"] == "InvalidInputError"
    assert problem in found["problems"]
    assert "routeAndFetchAvailability" not in {one.operation_id for one in sandbox.requests}


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        ({"trigger_node": "Customer Check-in", "prospect": {}}, "TriggerNodeNotFoundError"),
        ({"link_id": "Rout3Ng"}, "LinkNotFoundError"),
        ({"link_id": "Gone0Xx"}, "LinkNotFoundError"),
        ({"link_id": "Many8Tx"}, "LinkUnsupportedError"),
    ],
)
async def test_what_is_not_for_use_does_not_exist(page: Page, asked: dict[str, Any], error: str) -> None:
    assert (await page.ask("offers", asked, status=404))["error"] == error


async def test_inputs_of_a_trigger_node_that_is_not_for_use(page: Page) -> None:
    assert (await page.inputs("Customer Check-in", status=404))["error"] == "TriggerNodeNotFoundError"


async def test_the_form_shows_only_what_the_prospect_said(client: BookIt) -> None:
    """The service may fill a form from the CRM, and whoever types an address is not yet its owner."""
    found = await client.route(NODE, {**ADA, "FirstName": "Augusta"})
    assert isinstance(found, Offer)
    crm = evolve(found, prefill={**found.prefill, "Last Name": "King"}, form_fields=found.form_fields)
    values = {one.name: one.value for one in offer_view(crm, shown(crm), offer_id="", expires_at=0).form_fields}
    assert values["First Name"] == "Augusta"
    assert values["Last Name"] is None


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://a.example/x", True),
        ("http://a.example", True),
        ("javascript:alert(1)", False),
        ("//a.example", False),
        ("https://[", False),
        ("", False),
        (None, False),
    ],
)
def test_a_browser_is_sent_to_web_pages_only(url: str | None, good: bool) -> None:
    assert is_web_url(url) == good
    if not good and url:
        with pytest.raises(ResponseInvalidError):
            checked_redirect(url)


async def test_a_meeting_type_of_unknown_length_is_shown_without(client: BookIt) -> None:
    found = await client.route(NODE, ADA)
    assert isinstance(found, Offer)
    assert offer_view(evolve(found, duration=None), shown(found), offer_id="", expires_at=0).minutes is None
    assert found.source.head.meeting is not None
    found.source.head.meeting.page_style = None
    assert offer_view(found, shown(found), offer_id="", expires_at=0).color is None


async def test_hosts_of_whom_the_service_tells_nothing_have_no_name(client: BookIt) -> None:
    found = await client.route(NODE, BEN)
    assert isinstance(found, Offer)
    nameless = evolve(found, hosts=(evolve(found.hosts[0], first_name=None, last_name=None),))
    view = offer_view(nameless, shown(nameless), offer_id="", expires_at=0)
    assert {one.name for one in view.hosts} == {""}, "their user ids stay here"
    assert len(view.hosts) == 4


PNG = "iVBORw0KGgoAAAANSUhEUg=="


@pytest.mark.parametrize(
    ("logo", "shown_as"),
    [
        (None, None),
        ("", None),
        ("https://cdn.example/logo.png", None),
        ("javascript:alert(1)", None),
        ("data:text/html;base64,AAAA", None),
        (f'{PNG}"onerror=x', None),
        ("x" * 40, None),
        (f"{PNG}{'A' * 40_000}", None),
        (PNG, f"data:image/png;base64,{PNG}"),
        (f"data:image/png;base64,{PNG}", f"data:image/png;base64,{PNG}"),
    ],
)
@pytest.mark.parametrize("place", ["style", "meeting"])
async def test_a_logo_is_shown_that_nobody_else_need_be_asked_for(
    client: BookIt, logo: str | None, shown_as: str | None, place: str
) -> None:
    found = await client.route(NODE, ADA)
    assert isinstance(found, Offer)
    kind = found.source.head.meeting
    assert kind is not None
    assert kind.page_style is not None
    kind.logo = logo if place == "meeting" else None
    kind.page_style.logo = logo if place == "style" else None
    assert offer_view(found, shown(found), offer_id="", expires_at=0).logo == shown_as


async def test_slots_that_are_no_columns_are_told_alike(client: BookIt) -> None:
    found = await client.route(NODE, BEN)
    assert isinstance(found, Offer)
    assert shown(evolve(found, slots=tuple(found.slots))) == shown(found)
