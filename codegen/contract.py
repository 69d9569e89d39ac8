"""What an OpenAPI document promises, as a flat table without its prose, and the difference of two such tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from codegen.documents import PROSE, Json, JsonObject, mapping
from codegen.sketch import Place, Table, sketch

_Facts: TypeAlias = Iterator[tuple[Place, tuple[str, str | None]]]

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_ELSEWHERE = {"openapi", "info", "tags", "servers", "security", "paths", "components"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference; `before` and `after` are None for something that merely is or is not there."""

    change: Literal["added", "removed", "changed"]
    kind: str
    place: str
    before: str | None = None
    after: str | None = None


def changes(old: JsonObject, new: JsonObject) -> list[Change]:
    """Return what `new` promises differently from `old`; what is new or gone as a whole is told once."""
    before, after = table(old), table(new)
    found: list[Change] = []
    for place, (kind, value) in before.items():
        if place not in after:
            if place[:-1] in after or place[:-1] not in before:
                found.append(Change("removed", kind, " > ".join(place), before=value))
        elif after[place] != (kind, value):
            found.append(Change("changed", kind, " > ".join(place), before=value, after=after[place][1]))
    for place, (kind, value) in after.items():
        if place not in before and (place[:-1] in before or place[:-1] not in after):
            found.append(Change("added", kind, " > ".join(place), after=value or sketch(after, place)))
    return found


def table(document: JsonObject) -> Table:
    """Return what `document` promises, by place."""
    found: Table = {}
    for place, (kind, value) in _document(document):
        # the elements of an example list share one place
        types = {value or "", *((found[place][1] or "").split(" | ") if place in found else ())}
        found[place] = (kind, " | ".join(sorted(types)) if kind == "example" else value)
    return found


def _document(document: JsonObject) -> _Facts:
    for tag in _items(document.get("tags")):
        yield (f"tag {mapping(tag).get('name')}",), ("tag", None)
    yield from _context((), document)
    for path, item in mapping(document.get("paths")).items():
        yield from _path(path, mapping(item))
    components = mapping(document.get("components"))
    for section, walk in (("schemas", _schema), ("responses", _response), ("requestBodies", _body)):
        for name, node in mapping(components.get(section)).items():
            place = (f"components/{section}/{name}",)
            yield place, ("component", None)
            yield from walk(place, mapping(node))
    for parameter in mapping(components.get("parameters")).values():
        yield from _parameter(("components/parameters",), mapping(parameter))
    known = {"schemas", "responses", "requestBodies", "parameters"}
    yield from _generic(("components",), {key: value for key, value in components.items() if key not in known})
    yield from _generic(("document",), {key: value for key, value in document.items() if key not in _ELSEWHERE})


def _context(place: Place, node: JsonObject) -> _Facts:
    for server in _items(node.get("servers")):
        url = (*place, f"server {mapping(server).get('url')}")
        yield url, ("server", None)
        yield from _generic(url, {key: value for key, value in mapping(server).items() if key != "url"})
    if "security" in node:
        yield (*place, "security"), ("security", json.dumps(node["security"], sort_keys=True))


def _path(path: str, item: JsonObject) -> _Facts:
    for method in METHODS:
        if method in item:
            operation, place = mapping(item[method]), (f"{method.upper()} {path}",)
            yield place, ("operation", None)
            yield from _operation(place, operation, _items(item.get("parameters")))
            declared = [*_items(item.get("parameters")), *_items(operation.get("parameters"))]
            names = {str(mapping(one).get("name")) for one in declared if mapping(one).get("in") == "path"}
            referred = any("$ref" in mapping(one) for one in declared)
            for name in () if referred else re.findall(r"\{([^{}]+)\}", path):
                if name not in names:
                    yield (*place, f"parameter {name} in path, declared nowhere"), ("parameter", None)
            yield from _context(place, {key: item[key] for key in ("servers",) if key in item} | operation)
    rest = {key: value for key, value in item.items() if key not in {*METHODS, "parameters", "servers"}}
    yield from _generic((f"path {path}",), rest)


def _operation(place: Place, operation: JsonObject, inherited: list[Json]) -> _Facts:
    for tag in _items(operation.get("tags")):
        yield (*place, f"tag {tag}"), ("tag", None)
    for parameter in (*inherited, *_items(operation.get("parameters"))):
        yield from _parameter(place, mapping(parameter))
    if "requestBody" in operation:
        yield (*place, "request"), ("request", None)
        yield from _body((*place, "request"), mapping(operation["requestBody"]))
    for status, response in mapping(operation.get("responses")).items():
        here = (*place, f"response {status}")
        yield here, ("response", None)
        yield from _response(here, mapping(response))
    apart = {"tags", "parameters", "requestBody", "responses", "servers", "security"}
    yield from _generic(place, {key: value for key, value in operation.items() if key not in apart})


def _parameter(place: Place, parameter: JsonObject) -> _Facts:
    if "$ref" in parameter:
        yield (*place, f"parameter {parameter['$ref']}"), ("parameter", None)
        return
    here = (*place, f"parameter {parameter.get('name')} in {parameter.get('in')}")
    yield here, ("parameter", None)
    yield from _described(here, parameter, {"name", "in"})


def _described(place: Place, node: JsonObject, known: set[str]) -> _Facts:
    """Parameters, headers and media types: a schema, examples, and plain settings."""
    yield from _schema(place, mapping(node.get("schema")))
    if "example" in node:
        yield from _example((*place, "example"), node["example"])
    for name, example in mapping(node.get("examples")).items():
        yield from _example((*place, f"example {name}"), mapping(example).get("value"))
    yield from _content(place, node)
    apart = known | {"schema", "example", "examples", "content"}
    yield from _generic(place, {key: value for key, value in node.items() if key not in apart})


def _body(place: Place, body: JsonObject) -> _Facts:
    yield from _content(place, body)
    yield from _generic(place, {key: value for key, value in body.items() if key != "content"})


def _response(place: Place, response: JsonObject) -> _Facts:
    for name, header in mapping(response.get("headers")).items():
        here = (*place, f"header {name}")
        yield here, ("header", None)
        yield from _described(here, mapping(header), set())
    yield from _content(place, response)
    yield from _generic(place, {key: value for key, value in response.items() if key not in ("content", "headers")})


def _content(place: Place, node: JsonObject) -> _Facts:
    for name, media in mapping(node.get("content")).items():
        here = (*place, name)
        yield here, ("media type", None)
        yield from _described(here, mapping(media), set())


def _schema(place: Place, schema: JsonObject) -> _Facts:
    for name in _items(schema.get("required")):
        yield (*place, f"required {name}"), ("required", None)
    for value in _items(schema.get("enum")):
        yield (*place, f"enum value {json.dumps(value, ensure_ascii=False)}"), ("enum", None)
    for name, node in mapping(schema.get("properties")).items():
        here = (*place, f"field {name}")
        yield here, ("field", None)
        yield from _schema(here, mapping(node))
    for key in ("items", "additionalProperties", "not"):
        if isinstance(schema.get(key), dict):
            yield (*place, f"({key})"), ("schema", None)
            yield from _schema((*place, f"({key})"), mapping(schema[key]))
    for key in ("allOf", "oneOf", "anyOf"):
        for index, node in enumerate(_items(schema.get(key)), 1):
            yield (*place, f"({key} {index})"), ("schema", None)
            yield from _schema((*place, f"({key} {index})"), mapping(node))
    yield from _examples(place, schema)
    apart = {"required", "enum", "properties", "items", "not", "allOf", "oneOf", "anyOf", "example", "x-examples"}
    if isinstance(schema.get("additionalProperties"), dict):
        apart.add("additionalProperties")
    yield from _generic(place, {key: value for key, value in schema.items() if key not in apart})


def _examples(place: Place, schema: JsonObject) -> _Facts:
    if "example" in schema:
        yield from _example((*place, "example"), schema["example"])
    for number, example in enumerate(_items(schema.get("x-examples")), 2):
        yield from _example((*place, f"example {number}"), example)


def _example(place: Place, value: Json) -> _Facts:
    """Keys and types only: values such as tokens and dates change with every edition of the document."""
    if isinstance(value, dict):
        yield place, ("example", "object")
        for key, node in value.items():
            yield from _example((*place, key), node)
    elif isinstance(value, list):
        yield place, ("example", "array")
        for node in value:
            yield from _example((*place, "[]"), node)
    else:
        yield place, ("example", _type_name(value))


def _generic(place: Place, node: JsonObject) -> _Facts:
    for key, value in node.items():
        if key in PROSE:
            continue
        here = (*place, key)
        if isinstance(value, dict):
            yield here, ("component" if place == ("components",) else "setting", None)
            yield from _generic(here, value)
        else:
            yield here, ("type" if key in ("type", "format", "nullable", "$ref") else "setting", _scalar(value))


def _scalar(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _type_name(value: Json) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    return "string" if isinstance(value, str) else "integer" if isinstance(value, int) else "number"


def _items(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []
