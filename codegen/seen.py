"""Schemas that nobody publishes, read off the example beside them: what was seen is not promised."""

from __future__ import annotations

from codegen import prose
from codegen.documents import Json, JsonObject, mapping

_WORDS = "Seen in the published example; not promised."


def with_seen(document: JsonObject) -> JsonObject:
    """Return `document` with the fields that its examples show wherever a body is an object without any.

    Each is optional and marked `x-seen`.
    """
    return mapping(prose.walk(document, _media))


def _media(node: JsonObject) -> JsonObject:
    schema = node.get("schema")
    if not isinstance(schema, dict) or "name" in node or schema.keys() & _DECLARED or schema.get("type") != "object":
        return node
    examples = [one["example"] for one in (schema, node) if "example" in one]
    examples += [mapping(one)["value"] for one in mapping(node.get("examples")).values() if "value" in mapping(one)]
    seen = next((one for one in examples if isinstance(one, dict) and one), None)
    return node if seen is None else {**node, "schema": {**schema, **_schema(seen)}}


_DECLARED = {"properties", "additionalProperties", "allOf", "anyOf", "oneOf", "enum", "$ref"}


def _schema(value: Json) -> JsonObject:
    if isinstance(value, dict) and value:
        fields: JsonObject = {name: {"description": _WORDS, **_schema(one)} for name, one in value.items()}
        return {"type": "object", "x-seen": True, "description": _WORDS, "properties": fields}
    if isinstance(value, dict):
        return {"type": "object", "additionalProperties": True, "x-seen": True}
    if isinstance(value, list):
        kinds = {type(one) for one in value}
        plain = len(kinds) == 1 and not kinds & {list, type(None)}
        return {"type": "array", "x-seen": True, "items": _element(value) if plain else {}}
    names: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
    name = names.get(type(value))
    return {"x-seen": True, **({"type": name} if name else {})}


def _element(value: list[Json]) -> JsonObject:
    """What elements of one kind look like together."""
    if not isinstance(value[0], dict):
        return _schema(value[0])
    together: JsonObject = {}
    for one in value:
        together = {**mapping(one), **together}
    return _schema(together) if together else {}
