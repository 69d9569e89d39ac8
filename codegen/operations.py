"""The operations of a document, and which of them moved to another path in a newer one."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from codegen.contract import METHODS, changes
from codegen.documents import JsonObject, mapping


def operations(document: JsonObject) -> Iterator[tuple[str, str, JsonObject]]:
    """Give path, method in lower case and operation, in the order of the document."""
    for path, item in mapping(document.get("paths")).items():
        for method, operation in mapping(item).items():
            if method in METHODS:
                yield path, method, mapping(operation)


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
