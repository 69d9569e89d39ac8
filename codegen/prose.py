"""Whose words a document carries: the structure is the vendor's, the prose and the values in examples are ours."""

from __future__ import annotations

from collections.abc import Callable

from codegen.documents import PROSE, Json, JsonObject, mapping

DATA = frozenset(("example", "x-examples", "value", "default", "enum", "const", "required"))
"""The keys that hold values of the API, not parts of a document."""

NAMED = frozenset(
    (
        *("properties", "patternProperties", "schemas", "responses", "parameters", "headers", "examples", "content"),
        *("requestBodies", "securitySchemes", "links", "callbacks", "variables", "encoding", "paths"),
    )
)
"""The keys below which each key is a name that somebody chose, whatever it reads like."""

_RESPONSE = "one of responses"


def ours(new: JsonObject, old: JsonObject) -> JsonObject:
    """Return `new` with the prose of `old` wherever both have the place, and with no prose elsewhere.

    The same goes for a value in an example, which is kept from `old` as long as its type is the same: tokens and dates
    change with every edition. A title is kept where it names a schema, and the description that a response must have is
    left empty.
    """
    return _node(new, old, below="")


def _node(new: JsonObject, old: JsonObject, *, below: str) -> JsonObject:
    found: JsonObject = {}
    for key, value in new.items():
        if key in ("example", "x-examples", "value"):
            found[key] = _example(value, old.get(key))
        elif key in DATA:
            found[key] = value
        elif key in PROSE:
            if key in old or (key == "title" and below != "info"):
                found[key] = old.get(key, value)
            elif key == "description" and below == _RESPONSE:
                found[key] = ""
        else:
            found[key] = _value(value, old.get(key), below=key)
    if "$ref" not in new:
        found |= {key: value for key, value in old.items() if key in PROSE and key not in found}
    return found


def _example(new: Json, old: Json) -> Json:
    if isinstance(new, dict):
        return {key: _example(value, mapping(old).get(key)) for key, value in new.items()}
    if isinstance(new, list):
        known = old if isinstance(old, list) else []
        return [_example(one, known[place] if place < len(known) else None) for place, one in enumerate(new)]
    return old if type(old) is type(new) else new


def _value(new: Json, old: Json, *, below: str) -> Json:
    if isinstance(new, list):
        known = {_identity(one, place): one for place, one in enumerate(old)} if isinstance(old, list) else {}
        return [_value(one, known.get(_identity(one, place)), below="") for place, one in enumerate(new)]
    if not isinstance(new, dict):
        return new
    if below in NAMED:
        inside = _RESPONSE if below == "responses" else ""
        return {name: _value(one, mapping(old).get(name), below=inside) for name, one in new.items()}
    return _node(new, mapping(old), below=below)


def _identity(node: Json, place: int) -> object:
    """What tells the elements of a list apart: tags and parameters by name, servers by URL, others by their place."""
    names = tuple(str(mapping(node).get(key)) for key in ("name", "in", "url") if key in mapping(node))
    return names or place


def walk(node: Json, rewrite: Callable[[JsonObject], JsonObject], *, below: str = "") -> Json:
    """Return `node` with every mapping that is part of a document, not of its data, replaced by its `rewrite`."""
    if isinstance(node, list):
        return [walk(one, rewrite) for one in node]
    if not isinstance(node, dict):
        return node
    if below in NAMED:
        return {name: walk(one, rewrite) for name, one in node.items()}
    return {
        key: one if key in DATA or key.startswith("x-") else walk(one, rewrite, below=key)
        for key, one in rewrite(node).items()
    }
