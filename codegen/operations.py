"""The operations of a document, and which of them moved to another path in a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from codegen.contract import METHODS, changes
from codegen.documents import JsonObject, UnusableInputError, at_pointer, mapping


def operations(document: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    """Give path, method in lower case and operation, in the order of the document."""
    for path, item in mapping(document.get("paths")).items():
        for method, operation in mapping(item).items():
            if method in METHODS:
                yield path, method, mapping(operation)


def followed(document: JsonObject, *, name: str) -> JsonObject:
    """Give `document`, called `name` in errors, with each path item that is a reference replaced by what it refers to.

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
    """Give the new path of each operation, by its old path and method, that `new` has unchanged elsewhere.

    Of several that would do, the one whose path is most alike.
    """
    before = {(path, method): operation for path, method, operation in operations(old)}
    after = {(path, method): operation for path, method, operation in operations(new)}
    found: dict[tuple[str, str], str] = {}
    for path, method in before.keys() - after.keys():
        alike = {
            other: SequenceMatcher(None, path, other).ratio()
            for other, same in after.keys() - before.keys()
            if same == method and _equal(before[path, method], after[other, method])
        }
        if alike:
            found[path, method] = max(sorted(alike), key=lambda other: alike[other])
    return found


def _equal(one: JsonObject, other: JsonObject) -> bool:
    return not changes({"paths": {"/": {"get": one}}}, {"paths": {"/": {"get": other}}})
