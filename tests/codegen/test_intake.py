"""What becomes of a newer document on its way in."""

import copy
from pathlib import Path
from typing import Any

import pytest

from codegen import documents, intake
from codegen.documents import UnusableInputError

OURS: Any = documents.load_openapi(Path(__file__).parent / "fixtures" / "project" / "openapi" / "bookit.openapi.yaml")


def taken(tmp_path: Path, document: Any) -> intake.Intake:
    path = tmp_path / "newer.yaml"
    path.write_text(documents.dump(document))
    return intake.read(path, ours=OURS)


def answer(document: Any) -> Any:
    return document["paths"]["/v1/dock"]["post"]["responses"]["200"]["content"]["application/json"]["schema"]


def test_the_words_and_the_values_of_examples_stay_ours(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    theirs["info"].update(title="Port", description="Theirs.")
    del theirs["paths"]["/v1/dock"]["post"]["description"]
    theirs["paths"]["/v1/dock"]["post"]["requestBody"]["content"]["application/json"]["schema"]["example"].update(
        ship="Borealis", token="secret" * 20
    )
    found = taken(tmp_path, theirs)
    assert (found.document, found.notes) == (OURS, [])
    assert list(found.document) == list(OURS)


def test_no_words_of_theirs_come_in(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    theirs["tags"].insert(0, {"name": "New", "description": "Theirs."})
    theirs["externalDocs"] = {"url": "https://example.com"}
    answer(theirs)["properties"].update(
        description={"type": "string", "description": "Theirs."},
        example={"type": "array", "items": {"title": "Line", "type": "string", "description": "Theirs."}},
    )
    theirs["paths"]["/v1/new"] = {
        "get": {
            "summary": "Theirs.",
            "responses": {
                "default": {
                    "description": "Theirs.",
                    "content": {"application/json": {"examples": {"one": {"summary": "Theirs.", "value": {"a": [1]}}}}},
                },
                "404": {"$ref": "#/components/responses/Gone"},
            },
        }
    }
    theirs["components"] = {"responses": {"Gone": {"description": "Theirs."}}}
    found: Any = taken(tmp_path, theirs).document
    assert "Theirs" not in str(found)
    assert found["tags"] == [{"name": "New"}, *OURS["tags"]]
    assert answer(found)["properties"] == answer(OURS)["properties"] | {
        "description": {"type": "string"},
        "example": {"type": "array", "items": {"title": "Line", "type": "string"}},
    }
    assert found["paths"]["/v1/new"]["get"]["responses"] == {
        "default": {"description": "", "content": {"application/json": {"examples": {"one": {"value": {"a": [1]}}}}}},
        "404": {"$ref": "#/components/responses/Gone"},
    }
    assert found["components"]["responses"] == {"Gone": {"description": ""}}


def test_what_openapi_3_1_says_otherwise_is_read_as_3_0(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    theirs |= {"openapi": "3.1.1", "webhooks": {"docked": {}}, "jsonSchemaDialect": "https://example.com"}
    theirs["components"] = {"schemas": {"Ship": {"type": "object"}, "Berth": {"type": "integer"}}}
    answer(theirs)["properties"].update(
        a={"type": ["string", "null"], "examples": ["x", "y"]},
        b={"type": ["integer"], "exclusiveMinimum": 0, "exclusiveMaximum": 9.5},
        c={"anyOf": [{"$ref": "#/components/schemas/Ship", "description": "Theirs."}, {"type": "null"}]},
        d={"type": "string", "const": "only"},
        e={"type": "string", "examples": []},
        const={"type": "string", "enum": ["const"]},
    )
    found = taken(tmp_path, theirs)
    assert found.notes == [
        "It declares OpenAPI 3.1.1, and was read as 3.0.",
        "Its webhooks are left out: OpenAPI 3.0 has none.",
    ]
    document: Any = found.document
    assert document["openapi"] == OURS["openapi"]
    assert document.keys() == OURS.keys() | {"components"}
    assert answer(document)["properties"] == answer(OURS)["properties"] | {
        "a": {"type": "string", "nullable": True, "example": "x"},
        "b": {
            "type": "integer",
            "minimum": 0,
            "exclusiveMinimum": True,
            "maximum": 9.5,
            "exclusiveMaximum": True,
        },
        "c": {"anyOf": [{"$ref": "#/components/schemas/Ship"}], "nullable": True},
        "d": {"type": "string", "enum": ["only"]},
        "e": {"type": "string"},
        "const": {"type": "string", "enum": ["const"]},
    }


def test_what_only_openapi_3_1_can_say_is_refused_with_its_place(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    theirs["openapi"] = "3.1.0"
    answer(theirs)["properties"]["state"] = {"type": ["string", "integer"]}
    with pytest.raises(UnusableInputError, match=r"is not valid OpenAPI 3\.0 at #/paths/.*/properties/state"):
        taken(tmp_path, theirs)


def test_a_document_cut_short_is_accepted_on_request(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    del theirs["paths"]["/v1/dock"]
    with pytest.raises(UnusableInputError, match="--shorter"):
        taken(tmp_path, theirs)
    assert intake.read(tmp_path / "newer.yaml", ours=OURS, shorter=True).document == theirs
