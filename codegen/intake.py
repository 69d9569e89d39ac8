"""Taking in a newer document as it was downloaded: normalised, in OpenAPI 3.0, with our own prose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from codegen import documents, pipeline, prose
from codegen.documents import Json, JsonObject, UnusableInputError, mapping


@dataclass(frozen=True, kw_only=True, slots=True)
class Intake:
    """The document, ready to be committed as `text`, and what was done to it that a reader should know."""

    document: JsonObject
    notes: list[str]

    @property
    def text(self) -> str:
        """The document as YAML in the form of the committed one."""
        return documents.dump(self.document, indented=True)


def read(path: Path, *, ours: JsonObject, shorter: bool = False) -> Intake:
    """Give the newer document at `path` beside `ours`, the one that is committed.

    Byte order mark, line ends, anchors and merge keys are normalised away, and OpenAPI 3.1 is written as 3.0 where that
    says the same. `shorter` accepts a document that is ours cut short. Raises UnusableInputError.
    """
    document, notes = documents.load(path), []
    version = document.get("openapi")
    if isinstance(version, str) and re.fullmatch(r"3\.1\.\d+", version):
        document, notes = _downgraded(document), [f"It declares OpenAPI {version}, and was read as 3.0."]
        if "webhooks" in document:
            notes.append("Its webhooks are left out: OpenAPI 3.0 has none.")
        document = {key: value for key, value in document.items() if key not in ("webhooks", "jsonSchemaDialect")}
        document["openapi"] = ours["openapi"]
    documents.check_openapi(document, name=str(path))
    pipeline.validate(document, name=str(path), published=True)
    found = Intake(document=prose.ours(document, ours), notes=notes)
    committed = documents.dump(ours, indented=True)
    if not shorter and found.text != committed and committed.startswith(found.text):
        line = found.text.count("\n") + 1
        missing = committed.splitlines()[line - 1].strip()
        raise UnusableInputError(
            f"{path}: ends where the committed document goes on with {missing!r} (line {line}), as a download that was "
            "cut off does; fetch it again, or give --shorter if upstream dropped the rest"
        )
    return found


def _downgraded(document: JsonObject) -> JsonObject:
    return mapping(prose.walk(document, _as_30))


def _as_30(node: JsonObject) -> JsonObject:
    """Give one mapping of an OpenAPI 3.1 document as 3.0 spells it; what has no such spelling is left as it is."""
    new = dict(node)
    if new.keys() - {"summary", "description"} == {"$ref"}:
        return {"$ref": new["$ref"]}
    for key, null in (("type", "null"), ("anyOf", {"type": "null"}), ("oneOf", {"type": "null"})):
        listed = new.get(key)
        if isinstance(listed, list):
            rest: list[Json] = [one for one in listed if one != null]
            new[key] = rest[0] if key == "type" and len(rest) == 1 else rest
            if len(rest) < len(listed):
                new["nullable"] = True
    if "const" in new:
        new["enum"] = [new.pop("const")]
    listed = new.get("examples")
    if isinstance(listed, list):
        del new["examples"]
        new |= {"example": listed[0]} if listed else {}
    for key, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(new.get(key), (int, float)) and not isinstance(new[key], bool):
            new |= {bound: new[key], key: True}
    return new
