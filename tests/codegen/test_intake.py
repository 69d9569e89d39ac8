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
        "Left out, for OpenAPI 3.0 cannot say it, and nothing rests on it: `jsonSchemaDialect`.",
    ]
    document: Any = found.document
    assert document["openapi"] == OURS["openapi"]
    assert document.keys() == OURS.keys() | {"components"}
    assert answer(document)["properties"] == answer(OURS)["properties"] | {
        "a": {"type": "string", "nullable": True, "example": "x", "x-examples": ["y"]},
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


ANYTHING: Any = {}
AN_ARRAY: Any = {"type": "array", "items": {}}
SHIP = "#/components/schemas/Ship"


AS_30: list[tuple[Any, Any, str]] = [
    ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}, ""),
    (
        {"type": ["array", "null"], "items": True, "maxItems": 2},
        {"type": "array", "items": {}, "maxItems": 2, "nullable": True},
        "",
    ),
    (
        {"type": ["object", "array"], "properties": {"a": True}, "required": ["a"], "anyOf": [{}]},
        {
            "anyOf": [{}],
            "allOf": [{"anyOf": [{"type": "object", "properties": {"a": {}}, "required": ["a"]}, AN_ARRAY]}],
        },
        "",
    ),
    ({"type": "array"}, AN_ARRAY, ""),
    ({"type": "null"}, {"type": "object", "nullable": True, "enum": [None]}, ""),
    ({"oneOf": [{"type": "string"}, {"type": "null"}]}, {"oneOf": [{"type": "string"}], "nullable": True}, ""),
    (True, ANYTHING, ""),
    (False, {"not": {}}, ""),
    ({"not": True, "allOf": [True, {"type": "string"}]}, {"not": {}, "allOf": [{}, {"type": "string"}]}, ""),
    (
        {"type": "object", "additionalProperties": False, "properties": {"if": False}},
        {"type": "object", "additionalProperties": False, "properties": {"if": {"not": {}}}},
        "",
    ),
    (
        {"type": "string", "contentEncoding": "base64", "contentMediaType": "image/png", "$comment": "No."},
        {"type": "string"},
        "nothing rests on it: `$comment`, `contentEncoding`, `contentMediaType`.",
    ),
    (
        {"$id": "x", "$anchor": "y", "$defs": {"A": {"$comment": "z"}}, "type": "string"},
        {"type": "string"},
        "nothing rests on it: `$anchor`, `$defs`, `$id`.",
    ),
    (
        {"type": "object", "patternProperties": {"^a": {}}, "if": {}, "then": {}, "else": {}},
        {"type": "object"},
        "more passes for valid: `else`, `if`, `patternProperties`, `then`.",
    ),
    (
        {"type": "array", "prefixItems": [{}], "contains": {}, "unevaluatedItems": False},
        AN_ARRAY,
        "more passes for valid: `contains`, `prefixItems`, `unevaluatedItems`.",
    ),
    ({"$ref": SHIP, "description": "Theirs."}, {"$ref": SHIP}, ""),
    ({"$ref": SHIP, "$comment": "No."}, {"$ref": SHIP}, "nothing rests on it: `$comment`."),
    ({"$ref": SHIP, "deprecated": True}, {"allOf": [{"$ref": SHIP}], "deprecated": True}, ""),
    (
        {"type": "object", "x-if": {"if": 1}, "example": {"if": 1}},
        {"type": "object", "x-if": {"if": 1}, "example": {"if": 1}},
        "",
    ),
]


@pytest.mark.parametrize(
    ("schema", "expected", "left_out"),
    AS_30,
)
def test_a_schema_of_openapi_3_1_is_written_as_3_0(tmp_path: Path, schema: Any, expected: Any, left_out: str) -> None:
    theirs = copy.deepcopy(OURS)
    theirs |= {"openapi": "3.1.0", "components": {"schemas": {"Ship": {"type": "object"}}}}
    answer(theirs)["properties"]["state"] = schema
    found = taken(tmp_path, theirs)
    document: Any = found.document
    assert answer(document)["properties"]["state"] == expected
    notes = [f"Left out, for OpenAPI 3.0 cannot say it, and {left_out}"] if left_out else []
    assert found.notes == ["It declares OpenAPI 3.1.0, and was read as 3.0.", *notes]


def test_what_only_a_document_of_openapi_3_1_has_is_left_out_and_told(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    theirs["openapi"] = "3.1.0"
    theirs["info"] |= {"summary": "Theirs.", "license": {"name": "MIT", "identifier": "MIT"}}
    theirs["components"] = {
        "schemas": {"Any": True, "Ship": {"type": "object", "$defs": {"A~b": {"type": "integer"}}}},
        "securitySchemes": {"tls": {"type": "mutualTLS"}, "key": {"type": "apiKey", "name": "k", "in": "header"}},
        "pathItems": {
            "Fleet": {"$ref": "#/components/pathItems/Ships", "summary": "Theirs."},
            "Ships": {"get": {"description": "Theirs."}, "summary": "Ships"},
        },
    }
    theirs["paths"]["/v1/fleet"] = {"$ref": "#/components/pathItems/Fleet", "put": {"responses": {}}}
    answer(theirs)["properties"]["draught"] = {"$ref": "#/components/schemas/Ship/$defs/A~0b"}
    found = taken(tmp_path, theirs)
    document: Any = found.document
    assert document["info"] == OURS["info"] | {"license": {"name": "MIT"}}
    assert document["components"] == {
        "schemas": {"Any": {}, "Ship": {"type": "object"}, "A_0b": {"type": "integer"}},
        "securitySchemes": {"key": {"type": "apiKey", "name": "k", "in": "header"}},
    }
    assert document["paths"]["/v1/fleet"] == {
        "get": {"responses": {"default": {"description": ""}}},
        "put": {"responses": {"default": {"description": ""}}},
    }
    assert answer(document)["properties"]["draught"] == {"$ref": "#/components/schemas/A_0b"}
    assert found.notes[1:] == [
        "Left out, for OpenAPI 3.0 cannot say it, and nothing rests on it: `$defs`, `info.license.identifier`, "
        "`info.summary`.",
        "Left out, for OpenAPI 3.0 cannot say it, and more passes for valid: `mutualTLS`.",
    ]


def test_definitions_of_the_same_name_stay_apart(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    theirs |= {"openapi": "3.1.0", "components": {"schemas": {"Mast": {"type": "object"}}}}
    fields = answer(theirs)["properties"]
    fields["state"] = {"type": "object", "$defs": {"Mast": {"type": "integer"}}, "properties": {}}
    ref = "#/paths/~1v1~1dock/post/responses/200/content/application~1json/schema/properties/state/$defs/Mast"
    fields["masts"] = {"type": "array", "items": {"$ref": ref}}
    document: Any = taken(tmp_path, theirs).document
    assert document["components"]["schemas"] == {"Mast": {"type": "object"}, "Mast2": {"type": "integer"}}
    assert answer(document)["properties"]["masts"]["items"] == {"$ref": "#/components/schemas/Mast2"}


def test_a_path_item_elsewhere_is_followed_in_openapi_3_0_too(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    theirs["paths"] |= {"/v2/dock": {"$ref": "#/paths/~1v1~1dock"}}
    document: Any = taken(tmp_path, theirs).document
    assert document["paths"]["/v2/dock"]["post"].keys() >= {"requestBody", "responses"}


@pytest.mark.parametrize(
    ("ref", "told"),
    [
        ("#/paths/~1a", "refers to itself"),
        ("#/components/pathItems/None", "refers to #/components/pathItems/None, which is not there"),
        ("other.yaml#/dock", "refers to other.yaml#/dock, which is not there"),
    ],
)
def test_a_path_item_that_leads_nowhere_is_refused(tmp_path: Path, ref: str, told: str) -> None:
    theirs = copy.deepcopy(OURS)
    theirs["paths"] = {"/a": {"$ref": ref}}
    with pytest.raises(UnusableInputError, match=f"newer.yaml: the path /a {told}"):
        taken(tmp_path, theirs)


def test_what_is_no_openapi_3_1_either_is_refused_with_its_place(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    theirs["openapi"] = "3.1.0"
    answer(theirs)["properties"]["state"] = {"type": ["text"]}
    with pytest.raises(UnusableInputError, match=r"is not valid OpenAPI 3\.0 at #/paths/.*/properties/state"):
        taken(tmp_path, theirs)


def test_what_would_be_committed_is_read_again_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "newer.yaml"
    path.write_text(documents.dump(OURS))
    dump = documents.dump

    def spoilt(document: Any, *, indented: bool = False) -> str:
        return dump(document, indented=indented).replace("berth", "birth")

    monkeypatch.setattr(documents, "dump", spoilt)
    with pytest.raises(UnusableInputError, match="holds a text that would not be the same when it is written down"):
        intake.read(path, ours=OURS)


def test_a_document_cut_short_is_accepted_on_request(tmp_path: Path) -> None:
    theirs = copy.deepcopy(OURS)
    del theirs["paths"]["/v1/dock"]
    with pytest.raises(UnusableInputError, match="--shorter"):
        taken(tmp_path, theirs)
    assert intake.read(tmp_path / "newer.yaml", ours=OURS, shorter=True).document == theirs
