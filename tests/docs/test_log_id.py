"""The recipes of docs/log-id.md write the id of the newest submission to the prospect's record."""

import re
import sys
from types import ModuleType
from typing import Any

import httpx
import orjson
import pytest
import respx
from fastapi import FastAPI

from bookit_async.sandbox import Sandbox

from .test_pages import BLOCK, DOCS

FILES = {
    found[1]: code
    for _, code in BLOCK.findall((DOCS / "log-id.md").read_text(encoding="utf-8"))
    if (found := re.match(r"# (\w+)\.py\n", code))
}
CRM = "https://northwind.my.salesforce.example"
UID = "0f6d8a3e-7a55-4be0-9c0b-4e9b7e6b8a11"


def module(name: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    made = ModuleType(name)
    monkeypatch.setitem(sys.modules, name, made)
    exec(FILES[name], vars(made))  # noqa: S102 - the page is ours
    return vars(made)


@pytest.mark.parametrize(("found", "kind"), [(["Contact"], "Contact"), (["Lead"], "Lead"), ([], None)])
async def test_salesforce_has_it_on_the_contact_or_the_lead(
    found: list[str], kind: str | None, monkeypatch: pytest.MonkeyPatch, respx_mock: respx.MockRouter
) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        query = request.url.params["q"]
        assert r"WHERE Email = 'o\'hara@example.com'" in query
        return httpx.Response(200, json={"records": [{"Id": "00Q1"} for one in found if f"FROM {one} " in query]})

    respx_mock.get(f"{CRM}/services/data/v64.0/query").mock(side_effect=answer)
    place = respx_mock.patch(url__startswith=f"{CRM}/services/data/v64.0/sobjects/{kind}/00Q1") if kind else None
    async with httpx.AsyncClient(base_url=CRM) as crm:
        written = await module("salesforce", monkeypatch)["write_log_id"](crm, "o'hara@example.com", UID)
    assert written is (kind is not None)
    assert place is None or place.calls.last.request.content == f'{{"BookIt_Log_ID__c":"{UID}"}}'.encode()


@pytest.mark.parametrize(("status", "written"), [(200, True), (404, False)])
async def test_hubspot_has_it_on_the_contact(
    status: int, written: bool, monkeypatch: pytest.MonkeyPatch, respx_mock: respx.MockRouter
) -> None:
    place = respx_mock.patch("https://hubspot.example/crm/v3/objects/contacts/ada%2B1%40example.com").respond(status)
    async with httpx.AsyncClient(base_url="https://hubspot.example") as crm:
        assert await module("hubspot", monkeypatch)["write_log_id"](crm, "ada+1@example.com", UID) is written
    assert f'"bookit_log_id":"{UID}"'.encode() in place.calls.last.request.content


async def test_the_router_tells_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[tuple[str, str]] = []

    async def write_log_id(_: httpx.AsyncClient, email: str, uid: str) -> None:
        told.append((email, uid))

    module("salesforce", monkeypatch)["write_log_id"] = write_log_id
    monkeypatch.setenv("BOOKIT_WEB_SECRETS", "u4Wq9-Zt7yB2_cV8nM1xK6pL3rD5sF0gHjQwEaTy")
    async with Sandbox() as sandbox:
        monkeypatch.setenv("BOOKIT_API_KEY", sandbox.api_key)
        monkeypatch.setenv("BOOKIT_BASE_URL", sandbox.url)
        app: FastAPI = module("shop", monkeypatch)["app"]
        prospect = {
            "FirstName": "Ada",
            "LastName": "Lovelace",
            "Email": "ada@example.com",
            "Company": "Engines",
            "NumEmployees": 4200,
            "PhoneNumber": None,
        }
        browser = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://site.example/bookit/")
        async with app.router.lifespan_context(app), browser:
            routed = await browser.post("offers", json={"trigger_node": "New Webform Prospect", "prospect": prospect})
            offer = routed.json()["offer"]
            start, length = offer["slots"]["starts"][0], offer["slots"]["lengths"][0]
            slot = {"start": start, "end": start + length}
            wanted = {"offer_id": offer["offer_id"], "slot": slot, "timezone": "Europe/Berlin"}
            assert (await browser.post("bookings", json=wanted)).status_code == 200
        (request,) = (one for one in sandbox.requests if one.operation_id == "routeAndFetchAvailability")
    assert told == [("ada@example.com", orjson.loads(request.body)["uid"])]
