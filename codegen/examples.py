"""What the examples of a document tell about its schemas: where they contradict them, and which keys these lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codegen.documents import Json, JsonObject, mapping
from codegen.operations import operations


def contradictions(document: JsonObject) -> dict[tuple[str, str], str]:
    """Give the path of its operation for each way in which an example does not fit its schema, by place and complaint.

    `document` is a valid OpenAPI 3.0 document.
    """
    from openapi_schema_validator import OAS30Validator  # slow to import

    found: dict[tuple[str, str], str] = {}
    for path, place, schema, example in _examples(document):
        rooted = {**schema, "components": document.get("components", {})}
        validator: Any = OAS30Validator(rooted)
        for error in validator.iter_errors(example):
            found[place, f"{error.json_path}: {error.message[:200]}"] = path
    return found


def undeclared(document: JsonObject) -> set[tuple[str, str]]:
    """Give the place and the JSON path of each key that stands in an example and that no schema declares."""
    return {
        (place, key)
        for _, place, schema, example in _examples(document)
        for key in _unknown_keys(document, schema, example, "$")
    }


def _examples(document: JsonObject) -> Iterator[tuple[str, str, JsonObject, Json]]:
    for path, method, operation in operations(document):
        bodies = {"request": operation.get("requestBody")}
        bodies |= {f"response {status}": one for status, one in mapping(operation.get("responses")).items()}
        for name, body in bodies.items():
            for kind, media in mapping(mapping(body).get("content")).items():
                place = f"{method.upper()} {path} > {name} > {kind}"
                schema = mapping(mapping(media).get("schema"))
                for node in (schema, mapping(media)):
                    if "example" in node:
                        yield path, place, schema, node["example"]


def _unknown_keys(document: JsonObject, schema: JsonObject, example: Json, place: str) -> Iterator[str]:
    name = schema.get("$ref")
    if isinstance(name, str):
        schema = mapping(mapping(mapping(document.get("components")).get("schemas")).get(name.rpartition("/")[2]))
    if isinstance(example, list):
        for one in example:
            yield from _unknown_keys(document, mapping(schema.get("items")), one, f"{place}[]")
    elif isinstance(example, dict) and "properties" in schema:
        known = mapping(schema["properties"])
        for key, value in example.items():
            if key in known:
                yield from _unknown_keys(document, mapping(known[key]), value, f"{place}.{key}")
            else:
                yield f"{place}.{key}"
