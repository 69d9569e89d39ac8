"""No value that was sent or received is shown by a repr or told by an error."""

from pathlib import Path
from typing import Any

import pytest

from bookit_async._generated import models
from bookit_async._generated.api import OPERATIONS
from bookit_async._generated.api.availability.fetch_availability import fetch_availability
from bookit_async._generated.api.meetings.get_meeting import get_meeting
from bookit_async._generated.api.meetings.list_meetings import list_meetings
from bookit_async._generated.errors import WrongTypeError
from bookit_async._generated.types import Call
from codegen import documents

CANARY, NUMBER = "CANARY-7f3a", 7304918273
DOCUMENT: dict[str, Any] = documents.load(Path(__file__).parents[2] / "openapi" / "bookit.enriched.yaml")
SCHEMAS: dict[str, dict[str, Any]] = DOCUMENT["components"]["schemas"] | {
    media["schema"]["title"]: media["schema"]
    for item in DOCUMENT["paths"].values()
    for operation in item.values()
    if "requestBody" in operation
    for media in operation["requestBody"]["content"].values()
}
MODELS = sorted(SCHEMAS.keys() - {"MeetingList"})


def filled(schema: dict[str, Any]) -> Any:
    """A document with every field and an unknown one, in which each value gives itself away."""
    if "$ref" in schema:
        return filled(SCHEMAS[schema["$ref"].rpartition("/")[2]])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return filled(schema[several][0])
    kind = schema.get("type")
    if kind == "array":
        return [filled(schema["items"])]
    if kind == "object":
        values: Any = schema.get("additionalProperties")
        fields = {key: filled(node) for key, node in schema.get("properties", {}).items()}
        return fields | {"unknown": [CANARY]} if fields else {"key": CANARY if values is True else filled(values)}
    return {"integer": NUMBER, "number": NUMBER, "boolean": True}.get(str(kind), CANARY)


def gives_away(text: str) -> bool:
    return CANARY in text or str(NUMBER) in text or CANARY.lower() in text.lower()


@pytest.mark.parametrize("name", MODELS)
def test_a_model_shows_its_keys_and_no_values(name: str) -> None:
    document = filled(SCHEMAS[name])
    assert gives_away(repr(document))
    read = getattr(models, name).read(document)
    assert read.to_dict() == document
    assert repr(read) == f"{name}({', '.join(read.to_dict())})"
    for text in (repr(read), str(read), f"{[read]}", f"{read!s:.5000}"):
        assert not gives_away(text)


@pytest.mark.parametrize(
    ("call", "shown"),
    [
        (get_meeting(CANARY), "Call(get_meeting)"),
        (list_meetings(prospect_email=CANARY, start=NUMBER), "Call(list_meetings)"),
        (fetch_availability(token=CANARY), "Call(fetch_availability)"),
    ],
)
def test_a_call_shows_the_name_of_its_operation_only(call: Call[Any], shown: str) -> None:
    assert gives_away(f"{call.path} {call.query} {call.body}")
    assert (repr(call), str(call), f"{[call]}") == (shown, shown, f"[{shown}]")


def test_an_operation_shows_what_it_is() -> None:
    assert repr(OPERATIONS["getMeeting"]) == (
        "Operation(id='getMeeting', name='get_meeting', method='GET', path='/v1/meeting/{meetingId}')"
    )


@pytest.mark.parametrize("value", [CANARY, [CANARY], {"a": CANARY}, NUMBER + 0.5])
def test_an_error_tells_the_place_and_the_types_only(value: Any) -> None:
    with pytest.raises(WrongTypeError) as caught:
        models.AvailabilityPage.read({"pageInfo": {"displayAllPoolAvailability": value}})
    error = caught.value
    for text in (str(error), repr(error), repr(error.args), repr(vars(error))):
        assert not gives_away(text)
