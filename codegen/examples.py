"""What the examples of a document tell about its schemas: where they contradict them, and which keys these lack."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from codegen.documents import Json, JsonObject, at_pointer, mapping
from codegen.operations import operations

_COMPOSED = ("allOf", "anyOf", "oneOf")


def contradictions(document: JsonObject) -> dict[tuple[str, str], str]:
    """Return the operation's path for each way in which an example does not fit its schema, by place and complaint.

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
    """Return the place and the JSON path of each key that stands in an example and that no schema declares."""
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
            for kind, media in mapping(_resolved(document, body).get("content")).items():
                place = f"{method.upper()} {path} > {name} > {kind}"
                schema = mapping(mapping(media).get("schema"))
                for example in (*_of_schema(document, schema), *_of_media(document, mapping(media))):
                    yield path, place, schema, example


def _of_schema(document: JsonObject, schema: JsonObject, seen: frozenset[str] = frozenset()) -> Iterator[Json]:
    """The examples of a schema and of everything that it is put together from: they stand for the whole."""
    if isinstance(schema.get("$ref"), str):
        ref = str(schema["$ref"])
        if ref not in seen:
            yield from _of_schema(document, mapping(at_pointer(document, ref)), seen | {ref})
        return
    yield from [schema["example"]] if "example" in schema else []
    for key in ("x-examples", *_COMPOSED):
        listed = schema.get(key)
        for one in listed if isinstance(listed, list) else []:
            yield from [one] if key == "x-examples" else _of_schema(document, mapping(one), seen)


def _of_media(document: JsonObject, media: JsonObject) -> Iterator[Json]:
    yield from [media["example"]] if "example" in media else []
    for named in mapping(media.get("examples")).values():
        example = _resolved(document, named)
        yield from [example["value"]] if "value" in example else []


def _resolved(document: JsonObject, node: Json) -> JsonObject:
    ref = mapping(node).get("$ref")
    return mapping(at_pointer(document, ref) if isinstance(ref, str) else node)


def _unknown_keys(document: JsonObject, schema: JsonObject, example: Json, place: str) -> Iterator[str]:
    if isinstance(example, list):
        (items, *_) = [mapping(part["items"]) for part in _parts(document, schema) if "items" in part] or [{}]
        for one in example:
            yield from _unknown_keys(document, items, one, f"{place}[]")
    elif isinstance(example, dict):
        known: JsonObject = {}
        for part in _parts(document, schema):
            known = {**mapping(part.get("properties")), **known}
        for key, value in example.items() if known else ():
            if key in known:
                yield from _unknown_keys(document, mapping(known[key]), value, f"{place}.{key}")
            else:
                yield f"{place}.{key}"


def _parts(document: JsonObject, schema: JsonObject, seen: frozenset[str] = frozenset()) -> Iterator[JsonObject]:
    """A schema and all those that it is put together from."""
    if isinstance(schema.get("$ref"), str):
        ref = str(schema["$ref"])
        if ref not in seen:
            yield from _parts(document, mapping(at_pointer(document, ref)), seen | {ref})
        return
    yield schema
    for key in _COMPOSED:
        listed = schema.get(key)
        for one in listed if isinstance(listed, list) else []:
            yield from _parts(document, mapping(one), seen)
