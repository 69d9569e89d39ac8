"""The operations of a document, and which of them moved to another path in a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import cast

from codegen.contract import METHODS, table
from codegen.documents import Json, JsonObject, UnusableInputError, at_pointer, mapping

_MUCH = 0.6
"""How much of an operation, and of its path, has to be the same for it to be the same one elsewhere."""


def operations(document: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    """Return path, method in lower case and operation, in the order of the document."""
    for path, item in mapping(document.get("paths")).items():
        for method, operation in mapping(item).items():
            if method in METHODS:
                yield path, method, mapping(operation)


def parameters(document: JsonObject, path: str, method: str) -> list[JsonObject]:
    """Return the parameters of an operation, in the order of the document, those of its path among them."""
    item = mapping(mapping(document["paths"])[path])
    found: dict[tuple[str, str], JsonObject] = {}
    for whole in (item, mapping(item.get(method.lower()))):
        for one in cast("list[Json]", whole.get("parameters") or []):
            parameter = resolved(document, one)
            found[str(parameter.get("in")), str(parameter.get("name"))] = parameter
    return list(found.values())


def resolved(document: JsonObject, node: Json) -> JsonObject:
    """Return what stands where the references of `node` lead, or `node` itself."""
    while "$ref" in mapping(node):
        node = at_pointer(document, str(mapping(node)["$ref"]))
    return mapping(node)


def followed(document: JsonObject, *, name: str) -> JsonObject:
    """Return `document`, called `name` in errors, with each path item that refers to another replaced by that one.

    What stands beside the reference goes before. Raises UnusableInputError where it leads nowhere in the document.
    """
    paths = {path: _followed(document, path, name=name) for path in mapping(document.get("paths"))}
    return {**document, "paths": {**paths}} if "paths" in document else document


def _followed(document: JsonObject, path: str, *, name: str) -> JsonObject:
    item, seen = mapping(mapping(document["paths"])[path]), set[str]()
    while "$ref" in item:
        ref = str(item["$ref"])
        target = at_pointer(document, ref) if ref.startswith("#/") else None
        if not isinstance(target, dict) or ref in seen:
            where = "itself" if ref in seen else f"{ref}, which is not there"
            raise UnusableInputError(f"{name}: the path {path} refers to {where}")
        seen.add(ref)
        item = target | {key: value for key, value in item.items() if key != "$ref"}
    return item


def moved(old: JsonObject, new: JsonObject) -> dict[tuple[str, str], str]:
    """Return the new path of each operation, by its old path and method, that `new` has elsewhere.

    Unchanged, or else much the same on a path that is much the same. Of several that would do, the one whose path is
    most alike.
    """
    before = {(path, method): operation for path, method, operation in operations(old)}
    after = {(path, method): operation for path, method, operation in operations(new)}
    found: dict[tuple[str, str], str] = {}
    for enough in (1.0, _MUCH):
        free = sorted(after.keys() - before.keys() - {(now, method) for (_, method), now in found.items()})
        for path, method in sorted(before.keys() - after.keys() - found.keys()):
            likeness = {
                other: SequenceMatcher(None, path, other).ratio()
                for other, same in free
                if same == method and _likeness(before[path, method], after[other, method]) >= enough
            }
            likeness = {other: ratio for other, ratio in likeness.items() if enough == 1 or ratio >= _MUCH}
            if likeness:
                found[path, method] = max(likeness, key=lambda other: likeness[other])
    return found


def relocated(old: JsonObject, new: JsonObject) -> JsonObject:
    """Return `old` with every operation on the path where `new` has it."""
    moves = moved(old, new)
    if not moves:
        return old
    paths: dict[str, Json] = {}
    for path, item in mapping(old.get("paths")).items():
        whole = mapping(item)
        rest = {key: value for key, value in whole.items() if key not in METHODS}
        here = {method: moves.get((path, method), path) for method in whole if method in METHODS}
        for place in dict.fromkeys(here.values()) or [path]:
            those = {method: whole[method] for method, now in here.items() if now == place}
            paths[place] = {**mapping(paths.get(place)), **rest, **those}
    return {**old, "paths": paths}


def _likeness(one: JsonObject, other: JsonObject) -> float:
    """How much of what two operations promise is the same, from 0 to 1."""
    facts = [set(table({"paths": {"/": {"get": operation}}}).items()) for operation in (one, other)]
    return len(facts[0] & facts[1]) / len(facts[0] | facts[1])
