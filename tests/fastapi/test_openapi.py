"""The application's own OpenAPI document tells the router in full, and the answers are as it says."""

from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import validate

from bookit_async import BookIt
from tests.conftest import NODE

from .page import Page, application, opened, wanted


@pytest.fixture
def document(client: BookIt) -> Any:
    return application(client, authorize=lambda: None).openapi()


def test_the_document_is_valid(document: Any) -> None:
    validate(document)


def test_every_operation_has_an_id_a_text_and_its_problems(document: Any) -> None:
    operations = {
        operation["operationId"]: operation for path in document["paths"].values() for operation in path.values()
    }
    assert set(operations) == {
        "bookit_inputs",
        "bookit_offer",
        "bookit_refresh_offer",
        "bookit_book",
        "bookit_settle",
        "bookit_meeting",
        "bookit_moves",
        "bookit_reschedule",
        "bookit_cancel",
        "bookit_meetings",
    }
    for operation in operations.values():
        assert operation["description"]
        assert operation["tags"] == ["BookIt"]
        for status in ("422", "502", "503", "504"):
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    taken = operations["bookit_book"]["responses"]["409"]["content"]["application/problem+json"]["schema"]
    assert "SlotTakenError" in taken["properties"]["error"]["enum"]
    assert taken["properties"]["offer"] == {"$ref": "#/components/schemas/OfferView"}


async def test_answers_are_as_documented(client: BookIt, document: Any) -> None:
    async with opened(application(client)) as page:
        await page.inputs(NODE)
        offer, other = await page.offer(), await page.offer()
        await page.ask("offers/refresh", {"offer_id": offer["offer_id"]})
        booked = await page.book(offer)
        await page.book(offer, 3, status=409)
        await page.book(other, status=409)
        await page.book(other, 3, status=422, answers={"Shoe size": 43})
        await page.ask("offers/refresh", {"offer_id": offer["offer_id"]})
        await page.ask("meetings/show", {"meeting_ref": booked["meeting_ref"]})
        await page.ask("meetings/moves", {"meeting_ref": booked["meeting_ref"]})
        await page.ask("meetings/show", {"meeting_ref": "x"}, status=404)
    for response in page.seen:
        _check(document, response)


def _check(document: Any, response: httpx.Response) -> None:
    request = response.request
    operation = document["paths"][request.url.path][request.method.lower()]
    (content,) = operation["responses"][str(response.status_code)]["content"].values()
    schema = {**content["schema"], "components": document["components"]}
    OAS31Validator(schema).validate(response.json())


async def test_what_a_page_sends_is_as_documented(page: Page, document: Any) -> None:
    operation = document["paths"]["/bookit/bookings"]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    OAS31Validator({**schema, "components": document["components"]}).validate(wanted(await page.offer()))
