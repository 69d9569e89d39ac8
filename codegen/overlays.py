"""OpenAPI Overlay 1.1 (https://spec.openapis.org/overlay/v1.1.0.html), applied strictly.

Stricter than the specification in one point: an action whose target selects nothing is an error.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Literal, TypeAlias, cast

import jsonpath

from codegen.documents import PROSE, Json, JsonObject, UnusableInputError, copied, mapping

_Modifier: TypeAlias = Literal["update", "copy", "remove", "nothing"]

_OVERLAY_KEYS = {"overlay", "info", "extends", "actions"}
_INFO_KEYS = {"title", "version", "description"}
_WORDS = {(key,) for key in PROSE}
_ACTION_KEYS = {"target", "description", "update", "copy", "remove"}


class OverlayError(UnusableInputError):
    """An overlay cannot be read or applied.

    `action` counts from 1 and is None, like `target`, where the overlay itself is at fault.
    """

    def __init__(self, reason: str, *, file: str, action: int | None = None, target: str | None = None) -> None:
        self.reason, self.file, self.action, self.target = reason, file, action, target
        place = file if action is None else f"{file}, action {action}"
        super().__init__(f"{place}, target {target}: {reason}" if target is not None else f"{place}: {reason}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Action:
    """One checked action of an overlay; `value` is the update, the copy's source path, or True for remove.

    The specification lets an action have no modifier, and then it does nothing.
    """

    file: str
    number: int
    target: str
    modifier: _Modifier
    value: Json

    def perform(self, document: JsonObject) -> None:
        """Change `document` in place; raises OverlayError, and then `document` may be half changed."""
        matches = self.matches(document)
        if not matches:
            raise self.error("matches nothing")
        if self.modifier == "remove":
            self._remove(matches)
        if self.modifier in ("remove", "nothing"):
            return
        value = self.value if self.modifier == "update" else self._copied(document)
        if len({_kind(match.obj) for match in matches}) > 1:
            raise self.error("selects nodes of unlike types; all must be objects, or arrays, or primitives")
        for match in matches:
            self._merge(match, copied(value))

    def error(self, reason: str) -> OverlayError:
        """Return the error that says `reason` and where this action stands."""
        return OverlayError(reason, file=self.file, action=self.number, target=self.target)

    def matches(self, document: JsonObject) -> list[jsonpath.JSONPathMatch]:
        """Return what the target selects in `document`, each node once; raises OverlayError for a path at fault."""
        return self._select(self.target, document, "target")

    def overlaps(self, document: JsonObject) -> dict[str, str]:
        """Return each place at which an update or a copy meets something else than itself, with what stands there.

        Prose does not count: it is ours to replace. Raises OverlayError for what cannot be carried out.
        """
        found: dict[str, str] = {}
        if self.modifier in ("update", "copy"):
            value = self.value if self.modifier == "update" else self._copied(document)
            for match in self.matches(document):
                if match.parts[-1:] not in _WORDS or not isinstance(match.obj, str):
                    found.update(_met(cast("Json", match.obj), value, match.path))
        return found

    def _select(self, path: str, document: JsonObject, field: str) -> list[jsonpath.JSONPathMatch]:
        try:
            found = {match.parts: match for match in jsonpath.compile(path, strict=True).finditer(document)}
        except jsonpath.JSONPathError as error:
            # str(error) itself fails on an empty path
            raise self.error(f"{field} is not a valid RFC 9535 JSONPath: {error.args[0]}") from None
        return list(found.values())

    def _copied(self, document: JsonObject) -> Json:
        source = cast("str", self.value)
        matches = self._select(source, document, "copy")
        if len(matches) != 1:
            raise self.error(f"copy must select exactly one node, but {source} selects {len(matches)}")
        return copied(cast("Json", matches[0].obj))

    def _remove(self, matches: list[jsonpath.JSONPathMatch]) -> None:
        doomed: dict[int, tuple[object, set[int | str]]] = {}
        for match in matches:
            if match.parent is None:
                raise self.error("the root of the document cannot be removed")
            doomed.setdefault(id(match.parent.obj), (match.parent.obj, set()))[1].add(match.parts[-1])
        for container, keys in doomed.values():
            if isinstance(container, list):
                elements = cast("list[Json]", container)
                elements[:] = [value for index, value in enumerate(elements) if index not in keys]
            else:
                for key in keys:
                    del cast("JsonObject", container)[cast("str", key)]

    def _merge(self, match: jsonpath.JSONPathMatch, value: Json) -> None:
        node = cast("Json", match.obj)
        if isinstance(node, dict) and isinstance(value, dict):
            self._merge_objects(node, value, "")
        elif isinstance(node, list):
            node.extend(value if isinstance(value, list) else [value])
        elif _kind(node) == _kind(value) == "primitive" and match.parent is not None:
            cast("dict[int | str, Json]", match.parent.obj)[match.parts[-1]] = value
        else:
            raise self.error(_unlike(value, node, match.path))

    def _merge_objects(self, node: JsonObject, value: JsonObject, place: str) -> None:
        for key, new in value.items():
            here, old = f"{place}[{key!r}]", node.get(key)
            if key not in node or _kind(old) == _kind(new) == "primitive":
                node[key] = new
            elif isinstance(old, dict) and isinstance(new, dict):
                self._merge_objects(old, new, here)
            elif isinstance(old, list) and isinstance(new, list):
                old.extend(new)
            else:
                raise self.error(_unlike(new, old, f"@{here}"))


def actions(overlay: JsonObject, *, file: str) -> list[Action]:
    """Return the actions of `overlay` in order; `file` is the name used in errors. Raises OverlayError."""
    version = overlay.get("overlay")
    # without quotes, 1.0 is a number
    if not isinstance(version, (str, float)) or not re.fullmatch(r"1\.[01](\.\d+)?", str(version)):
        raise OverlayError(f"'overlay' must be version 1.0 or 1.1 of the specification, not {version!r}", file=file)
    _refuse_unknown_keys(overlay, _OVERLAY_KEYS, "the overlay", file=file)
    info, listed = overlay.get("info"), overlay.get("actions")
    if not isinstance(info, dict) or not all(isinstance(info.get(key), str) for key in ("title", "version")):
        raise OverlayError("'info' must be an object with the texts 'title' and 'version'", file=file)
    _refuse_unknown_keys(info, _INFO_KEYS, "info", file=file)
    for name, value in (("extends", overlay.get("extends", "")), ("info.description", info.get("description", ""))):
        if not isinstance(value, str):
            raise OverlayError(f"'{name}' must be text, not {value!r}", file=file)
    if not isinstance(listed, list) or not listed:
        raise OverlayError("'actions' must be a list of at least one action", file=file)
    return [_action(item, number, file=file, version=str(version)) for number, item in enumerate(listed, 1)]


def apply(document: JsonObject, overlay: JsonObject, *, file: str) -> JsonObject:
    """Return a copy of `document` with every action of `overlay` carried out in order.

    `file` is the name used in errors. Neither argument is changed. Raises OverlayError.
    """
    result = mapping(copied(document))
    for action in actions(overlay, file=file):
        action.perform(result)
    return result


def _action(item: Json, number: int, *, file: str, version: str) -> Action:
    if not isinstance(item, dict):
        raise OverlayError("an action must be an object", file=file, action=number)
    target = item.get("target")
    if not isinstance(target, str):
        raise OverlayError("'target' is missing or not text", file=file, action=number)
    known = _ACTION_KEYS - {"copy"} if version.startswith("1.0") else _ACTION_KEYS
    _refuse_unknown_keys(item, known, "the action", file=file, action=number, target=target)
    for key, type_, words in (
        ("remove", bool, "true or false"),
        ("copy", str, "a JSONPath"),
        ("description", str, "text"),
    ):
        if key in item and not isinstance(item[key], type_):
            reason = f"'{key}' must be {words}, not {item[key]!r}"
            raise OverlayError(reason, file=file, action=number, target=target)
    # as the specification ranks them, where there are several
    modifier: _Modifier = "remove" if item.get("remove") is True else "nothing"
    if modifier == "nothing":
        modifier = "update" if "update" in item else "copy" if "copy" in item else "nothing"
    return Action(file=file, number=number, target=target, modifier=modifier, value=item.get(modifier))


def _refuse_unknown_keys(
    node: JsonObject, known: set[str], what: str, *, file: str, action: int | None = None, target: str | None = None
) -> None:
    unknown = [key for key in node if key not in known and not key.startswith("x-")]
    if unknown:
        reason = f"{what} has the unknown key {', '.join(map(repr, unknown))}"
        raise OverlayError(reason, file=file, action=action, target=target)


def _met(node: Json, value: Json, place: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if isinstance(node, dict) and isinstance(value, dict):
        # OpenAPI reads nothing that stands beside a reference
        if ("$ref" in value and node.keys() - {*PROSE, "$ref"}) or ("$ref" in node and value.keys() - {"$ref"}):
            found[place] = f"the keys {', '.join(node)}"
        for key in [key for key in node if key in value]:
            if key not in PROSE or not isinstance(value[key], str):
                found |= _met(node[key], value[key], f"{place}[{key!r}]")
    elif isinstance(node, list):
        added = value if isinstance(value, list) else [value]
        if any(_kind(one) != "primitive" or one in added for one in node):
            found[place] = json.dumps(node, ensure_ascii=False)
    elif node != value:
        found[place] = json.dumps(node, ensure_ascii=False)
    return found


def _kind(node: object) -> str:
    return "object" if isinstance(node, dict) else "array" if isinstance(node, list) else "primitive"


def _unlike(new: Json, old: Json, place: str) -> str:
    return f"cannot merge {_article(new)} into {_article(old)} at {place}: a merge of unlike types"


def _article(node: Json) -> str:
    return {"object": "an object", "array": "an array"}.get(_kind(node), "a primitive")
