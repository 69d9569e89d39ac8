"""What the generator does with the schemas of a document: which parts of one it does not read."""

from __future__ import annotations

from collections.abc import Iterator

from codegen import prose
from codegen.documents import Json, JsonObject, mapping

Way = tuple[str | int, ...]

_ONLY_LIMITS = frozenset(("required", "not", "type", "anyOf", "oneOf", "allOf", "minProperties", "maxProperties"))


def unread(document: JsonObject) -> dict[Way, str]:
    """Return the way to each schema whose properties the generator would pass over, and what stands in their way."""
    return {way: words for way, schema in walked(document) if (words := in_the_way(schema)) is not None}


def only_limits(schema: Json) -> bool:
    """Tell whether a schema says merely which of somebody else's properties there must be."""
    parts = [one for key in ("allOf", "anyOf", "oneOf") for one in _listed(mapping(schema).get(key))]
    return (
        isinstance(schema, dict)
        and schema.keys() <= _ONLY_LIMITS
        and schema.get("type", "object") == "object"
        and all(only_limits(one) for one in parts)
    )


def without_limits(document: JsonObject) -> JsonObject:
    """Return `document` without what says merely which properties there must be: the generator takes it for a union."""

    def rewrite(node: JsonObject) -> JsonObject:
        limits = [
            key
            for key in ("anyOf", "oneOf")
            if mapping(node.get("properties")) and all(only_limits(one) for one in _listed(node.get(key)))
        ]
        return {key: value for key, value in node.items() if key not in limits}

    return mapping(prose.walk(document, rewrite))


def in_the_way(schema: JsonObject) -> str | None:
    """Return what keeps the generator from the properties of `schema`; None where it reads them, or there are none."""
    if not mapping(schema.get("properties")):
        return None
    whole = [one for key in ("allOf", "anyOf", "oneOf") for one in _listed(schema.get(key))]
    if len(whole) == 1 and "$ref" in mapping(whole[0]):
        return f"is one with {mapping(whole[0])['$ref']}"
    for key in ("anyOf", "oneOf"):
        if not all(only_limits(one) for one in _listed(schema.get(key))):
            return f"the published schema is one of several ({key})"
    return None


def _listed(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []


def walked(node: Json, *way: str | int, below: str = "") -> Iterator[tuple[Way, JsonObject]]:
    """Yield the mappings that are parts of a document, schemas among them, each with the way to it."""
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from walked(one, *way, number)
    elif isinstance(node, dict):
        named = below in prose.NAMED
        if not named:
            yield way, node
        for key, one in node.items():
            if named or (key not in prose.DATA and not key.startswith("x-")):
                yield from walked(one, *way, key, below="" if named else key)
