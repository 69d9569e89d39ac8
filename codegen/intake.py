"""Taking in a newer document as it was downloaded: normalised, in OpenAPI 3.0, with our own prose."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from codegen import documents, openapi_31, pipeline, prose
from codegen.documents import JsonObject, UnusableInputError
from codegen.operations import followed, relocated


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
    """Return the newer document at `path` beside `ours`, the one that is committed.

    Byte order mark, line ends, anchors, merge keys and path items elsewhere are normalised away, and OpenAPI 3.1 is
    written as 3.0; what that cannot say is left out, and noted. `shorter` accepts a document that is ours cut short.
    Raises UnusableInputError.
    """
    document, notes = documents.load(path), list[str]()
    document = followed(document, name=str(path)) if isinstance(document.get("paths"), dict) else document
    version = document.get("openapi")
    if isinstance(version, str) and re.fullmatch(r"3\.1\.\d+", version):
        document, notes = openapi_31.as_30(document, version=str(ours["openapi"]))
    documents.check_openapi(document, name=str(path))
    pipeline.validate(document, name=str(path), published=True)
    found = Intake(document=prose.ours(document, relocated(ours, document)), notes=notes)
    if documents.parsed(found.text, name=f"{path}, as it would be committed") != found.document:
        raise UnusableInputError(f"{path}: holds a text that would not be the same when it is written down")
    committed = documents.dump(ours, indented=True)
    if not shorter and found.text != committed and committed.startswith(found.text):
        line = found.text.count("\n") + 1
        missing = committed.splitlines()[line - 1].strip()
        raise UnusableInputError(
            f"{path}: ends where the committed document goes on with {missing!r} (line {line}), as a download that was "
            "cut off does; fetch it again, or give --shorter if upstream dropped the rest"
        )
    return found
