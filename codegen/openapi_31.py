"""OpenAPI 3.1 written as 3.0: said in its words where it has them, and otherwise left out and told."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from codegen import prose
from codegen.documents import Json, JsonObject, at_pointer, mapping

_REMARKS = frozenset(
    (
        *("$comment", "$id", "$schema", "$anchor", "$dynamicAnchor", "$vocabulary", "$defs"),
        *("contentEncoding", "contentMediaType", "contentSchema"),
    )
)
_LIMITS = frozenset(
    (
        *("$dynamicRef", "patternProperties", "propertyNames", "if", "then", "else", "dependentRequired"),
        *("dependentSchemas", "unevaluatedItems", "unevaluatedProperties", "prefixItems", "contains"),
        *("minContains", "maxContains"),
    )
)
_LISTS, _ONE = ("allOf", "anyOf", "oneOf"), ("items", "not", "schema")
_OF_TYPE = {"array": ("items",), "object": ("properties", "required", "additionalProperties")}
_NULL: JsonObject = {"type": "object", "nullable": True, "enum": [None]}


def as_30(document: JsonObject, *, version: str) -> tuple[JsonObject, list[str]]:
    """Return the OpenAPI 3.1 `document` as one of 3.0, `version`, and what a reader should know was left out."""
    reading = _Reading(document)
    found = mapping(prose.walk(_with_named_definitions(document), reading.node))
    notes = [f"It declares OpenAPI {document['openapi']}, and was read as 3.0."]
    if "webhooks" in document:
        notes.append("Its webhooks are left out: OpenAPI 3.0 has none.")
    found = {key: value for key, value in found.items() if key not in ("webhooks", "jsonSchemaDialect")}
    found["openapi"] = version
    reading.remarks.update(key for key in ("jsonSchemaDialect",) if key in document)
    for words, left_out in (("nothing rests on it", reading.remarks), ("more passes for valid", reading.limits)):
        if left_out:
            told = ", ".join(f"`{key}`" + (f" ({n} times)" if n > 1 else "") for key, n in sorted(left_out.items()))
            notes.append(f"Left out, for OpenAPI 3.0 cannot say it, and {words}: {told}.")
    return found, notes


@dataclass(frozen=True, slots=True)
class _Reading:
    """Rewrites one mapping after another, and counts what it leaves out."""

    document: JsonObject
    remarks: Counter[str] = field(default_factory=Counter)
    limits: Counter[str] = field(default_factory=Counter)

    def node(self, node: JsonObject) -> JsonObject:
        new = dict(node)
        self._leave_out(new)
        if isinstance(new.get("$ref"), str):
            return _reference(new)
        for rewrite in (_booleans, _types, _values, self._objects):
            rewrite(new)
        return new

    def _leave_out(self, new: JsonObject) -> None:
        for keys, told in ((_REMARKS, self.remarks), (_LIMITS, self.limits)):
            for key in keys & new.keys():
                del new[key]
                told[key] += 1
        for place, key in ((("info",), "summary"), (("info", "license"), "identifier"), (("components",), "pathItems")):
            self._leave_out_below(new, place, key)

    def _leave_out_below(self, new: JsonObject, place: tuple[str, ...], key: str) -> None:
        inside: Json = new if "openapi" in new else None
        for name in place:
            inside = mapping(inside).get(name)
            if isinstance(inside, dict):
                inside = dict(inside)
        if isinstance(inside, dict) and key in inside:
            del inside[key]
            _put(new, place, inside)
            if key != "pathItems":
                self.remarks[".".join((*place, key))] += 1

    def _objects(self, new: JsonObject) -> None:
        """Operations without answers, and a way to prove who calls that 3.0 does not know."""
        for method in ("get", "put", "post", "delete", "options", "head", "patch", "trace"):
            operation = new.get(method)
            if isinstance(operation, dict) and not operation.get("responses") and "properties" not in new:
                new[method] = {**operation, "responses": {"default": {"description": ""}}}
        schemes = new.get("securitySchemes")
        if isinstance(schemes, dict):
            kept = {name: one for name, one in schemes.items() if mapping(one).get("type") != "mutualTLS"}
            if len(kept) < len(schemes):
                new["securitySchemes"] = kept
                self.limits["mutualTLS"] += 1


def _put(new: JsonObject, place: tuple[str, ...], value: JsonObject) -> None:
    for name in place[:-1]:
        new[name] = dict(mapping(new[name]))
        new = mapping(new[name])
    new[place[-1]] = value


def _reference(new: JsonObject) -> JsonObject:
    ref = new.pop("$ref")
    rest = {key: value for key, value in new.items() if key not in ("summary", "description")}
    if rest and any(part in str(ref) for part in ("/schemas/", "/schema", "/properties/")):
        # OpenAPI 3.0 reads nothing that stands beside a reference
        return {**new, "allOf": [{"$ref": ref}]}
    return {**rest, "$ref": ref}


def _booleans(new: JsonObject) -> None:
    for key in _ONE:
        if isinstance(new.get(key), bool):
            new[key] = _schema(new[key])
    for key in _LISTS:
        listed = new.get(key)
        if isinstance(listed, list):
            new[key] = [_schema(one) for one in listed]
    for key in ("properties", "schemas"):
        named = new.get(key)
        if isinstance(named, dict):
            new[key] = {name: _schema(one) for name, one in named.items()}


def _schema(node: Json) -> Json:
    if isinstance(node, bool):
        return {} if node else {"not": {}}
    return node


def _types(new: JsonObject) -> None:
    for key in ("anyOf", "oneOf"):
        listed = new.get(key)
        if isinstance(listed, list) and any(mapping(one) == {"type": "null"} for one in listed):
            new |= {key: [one for one in listed if one != {"type": "null"}], "nullable": True}
    listed = new.get("type")
    if isinstance(listed, list) and "null" in listed:
        listed = [one for one in listed if one != "null"]
        new["nullable"] = True
    if listed in ("null", []):
        new.update(_NULL)
    elif isinstance(listed, list) and len(listed) == 1:
        new["type"] = listed[0]
    elif isinstance(listed, list):
        del new["type"]
        apart: list[Json] = []
        for one in listed:
            member: JsonObject = {"type": one}
            member |= {key: new.pop(key) for key in _OF_TYPE.get(str(one), ()) if key in new}
            apart.append(member | ({"items": {}} if one == "array" and "items" not in member else {}))
        if "anyOf" in new:
            new["allOf"] = [*(new.get("allOf") or []), {"anyOf": apart}]  # type: ignore[misc] # a list, or not valid
        else:
            new["anyOf"] = apart
    if new.get("type") == "array" and "items" not in new:
        new["items"] = {}


def _values(new: JsonObject) -> None:
    if "const" in new:
        new["enum"] = [new.pop("const")]
    listed = new.get("examples")
    if isinstance(listed, list):
        del new["examples"]
        new |= {"example": listed[0]} if listed else {}
        new |= {"x-examples": listed[1:]} if listed[1:] else {}
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(new.get(key), (int, float)) and not isinstance(new[key], bool):
            new |= {bound: new[key], key: True}


def _with_named_definitions(document: JsonObject) -> JsonObject:
    """Return `document` with every definition that something refers to among its components, where 3.0 looks for it."""
    names: dict[str, str] = {}
    schemas = dict(mapping(mapping(document.get("components")).get("schemas")))
    for ref in dict.fromkeys(_references(document)):
        target = at_pointer(document, ref) if "/$defs/" in ref else None
        if target is not None:
            name = wanted = re.sub(r"[^\w.-]", "_", ref.rpartition("/")[2], flags=re.ASCII)
            number = 2
            while name in schemas:
                name, number = f"{wanted}{number}", number + 1
            names[ref], schemas[name] = f"#/components/schemas/{name}", target
    if not names:
        return document

    def renamed(node: JsonObject) -> JsonObject:
        ref = node.get("$ref")
        return node | {"$ref": names[ref]} if isinstance(ref, str) and ref in names else node

    components: JsonObject = {**mapping(document.get("components")), "schemas": schemas}
    return mapping(prose.walk({**document, "components": components}, renamed))


def _references(node: Json) -> Iterator[str]:
    if isinstance(node, dict):
        ref = node.get("$ref")
        yield from [ref] if isinstance(ref, str) else []
        for one in node.values():
            yield from _references(one)
    elif isinstance(node, list):
        for one in node:
            yield from _references(one)
