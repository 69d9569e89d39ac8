"""Trying generated code before it is placed: imported, type-checked, and round-tripped on what its schemas describe."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from codegen.documents import Json, JsonObject, UnusableInputError, mapping
from codegen.operations import operations, parameters, resolved
from codegen.support import is_passed_over

_DEEPEST = 8
_MOST = 8
_ROOT = Path(__file__).parent.parent
_TRIED: set[bytes] = set()
"""Digests of what was tried and is good."""


def check(folder: Path, document: Path) -> None:
    """Raise UnusableInputError unless the code in `folder`, made from the JSON `document`, does what that says.

    The same code made from the same document is tried once in a process.
    """
    files = sorted(path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    parts = [part for path in files for part in (str(path.relative_to(folder)).encode(), path.read_bytes())]
    made = sha256(b"\0".join([*parts, document.read_bytes()])).digest()
    if made in _TRIED:
        return
    command = [sys.executable, "-m", "codegen.trial", str(folder), str(document)]
    run = subprocess.run(command, cwd=_ROOT, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - ours
    if run.returncode:
        (*_, last) = run.stderr.strip().splitlines() or ["it ended without a word"]
        raise UnusableInputError(f"the generated code does not work: {last[:300]}")
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary", "--no-color-output"]
    command += ["--cache-dir", str(_ROOT / ".mypy_cache" / "generated"), folder.name]
    run = subprocess.run(command, cwd=folder.parent, capture_output=True, encoding="utf-8", check=False)  # noqa: S603 - ours
    if run.returncode:
        (first, *_) = (run.stdout + run.stderr).strip().splitlines() or ["the type checker ended without a word"]
        raise UnusableInputError(f"the generated code is not typed: {first[:300]}")
    _TRIED.add(made)


def sample(document: JsonObject, schema: JsonObject, pick: int = 0, depth: int = 0) -> Json:
    """Return a value that `schema` describes, with every field that it knows; of alternatives, the one at `pick`."""
    schema = resolved(document, schema)
    members = [one for key in ("anyOf", "oneOf") for one in cast("list[Json]", schema.get(key) or [])]
    known = [one for one in members if mapping(one).get("enum") != [None]]
    if "enum" in schema:
        values = [one for one in cast("list[Json]", schema["enum"]) if one is not None]
        return values[min(pick, len(values) - 1)] if values else None
    fields = _fields(document, schema)
    if fields:
        return {name: sample(document, one, pick, depth + 1) for name, one in fields.items() if depth < _DEEPEST}
    if known:
        return sample(document, mapping(known[min(pick, len(known) - 1)]), pick, depth)
    if schema.get("type") == "array":
        return [sample(document, mapping(schema.get("items")), pick, depth + 1)] if depth < _DEEPEST else []
    if schema.get("type") == "object":
        return {"key": sample(document, mapping(schema.get("additionalProperties")), pick, depth + 1)}
    return {"integer": 7, "number": 1.5, "boolean": True}.get(str(schema.get("type")), "text")


def _fields(document: JsonObject, schema: JsonObject) -> dict[str, JsonObject]:
    found = {name: mapping(one) for name, one in mapping(schema.get("properties")).items()}
    for part in cast("list[Json]", schema.get("allOf") or []):
        found = {**_fields(document, resolved(document, part)), **found}
    return found


def _alternatives(node: Json) -> int:
    """Return how many alternatives there are where there are most of them."""
    if isinstance(node, list):
        return max(map(_alternatives, node), default=1)
    if not isinstance(node, dict):
        return 1
    here = [len(one) for key in ("anyOf", "oneOf") if isinstance(one := node.get(key), list)]
    return max([sum(here), *map(_alternatives, node.values())], default=1)


def _written(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, dict):
        return {key: _written(one) for key, one in cast("dict[str, Any]", value).items()}
    return [_written(one) for one in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]


def _is_known(value: Any) -> bool:
    """Whether no model in `value` has a key that it does not know."""
    if hasattr(value, "to_dict"):
        return not value.additional and all(_is_known(getattr(value, name)) for name in value.attributes.values())
    if isinstance(value, dict):
        return all(map(_is_known, cast("dict[str, Any]", value).values()))
    return not isinstance(value, list) or all(map(_is_known, value))  # pyright: ignore[reportUnknownArgumentType]


class _Mark:
    """Stands for an argument of whatever type, and is known again where that is sent."""

    def to_dict(self) -> _Mark:
        return self

    def __iter__(self) -> Iterator[_Mark]:
        yield self

    def items(self) -> Iterator[tuple[str, _Mark]]:
        yield "mark", self


def _arrivals(call: Any) -> dict[str, tuple[str, str]]:
    """Return where each mark that a call was made with is sent, by its text: in what, and as what."""
    found: dict[str, tuple[str, str]] = {text: ("query", name) for name, text in call.query}
    found |= {text: ("header", name) for name, text in call.headers}
    body: dict[str, Any] = call.body or {}
    for name, value in body.items():
        inner: Any = cast("dict[str, Any]", value).values() if isinstance(value, dict) else value
        found[str(next(iter(inner)))] = ("body", name)
    return found


def _texts(value: Json) -> list[str]:
    if isinstance(value, list):
        return [text for one in value for text in _texts(one)]
    return [value if isinstance(value, str) else json.dumps(value)]


@dataclass(frozen=True, slots=True)
class _Trial:
    """Tries what is imported as `package`, made from `document`."""

    package: str
    document: JsonObject

    def run(self) -> None:
        """Raise SystemExit that says what does not do what the document says."""
        known = {
            (one.method, one.path): one for one in importlib.import_module(f"{self.package}.api").OPERATIONS.values()
        }
        importlib.import_module(f"{self.package}.client")
        for path, method, operation in operations(self.document):
            one, label = known.get((method.upper(), path)), f"{method.upper()} {path}"
            if one is None:
                raise SystemExit(f"{label} is not there")
            for pick in range(min(_alternatives(self.document), _MOST)):
                for status, answer in mapping(operation.get("responses")).items():
                    if status.startswith("2") and (schema := self._schema(answer)):
                        content = sample(self.document, schema, pick)
                        read = one.decode(json.dumps(content).encode())
                        if _written(read) != content or not _is_known(read):
                            raise SystemExit(f"the answer {status} of {label} is not read as its schema says")
                schema = self._schema(operation.get("requestBody"))
                content = sample(self.document, schema, pick) if schema else None
                read = one.request(content) if one.request is not None else None
                if _written(read) != content or not _is_known(read):
                    raise SystemExit(f"the body of {label} is not sent as its schema says")
                self._call(one, read, label)

    def _schema(self, node: Json) -> JsonObject:
        media = mapping(resolved(self.document, node).get("content")).get("application/json")
        return mapping(mapping(media).get("schema"))

    def _call(self, one: Any, read: Any, label: str) -> None:
        """Give each argument a value of its own, and see that it is sent where and as the document has it."""
        (module,) = (
            name for name in sys.modules if name.startswith(f"{self.package}.api.") and name.endswith(f".{one.name}")
        )
        function = getattr(importlib.import_module(module), one.name)
        names = list(inspect.signature(function).parameters)
        in_path, others = names[: one.path.count("{")], names[one.path.count("{") :]
        ids = [f"{name}/?" for name in in_path]
        values: dict[tuple[str, str], Any] = {
            (str(parameter["in"]), str(parameter["name"])): sample(self.document, mapping(parameter.get("schema")))
            for parameter in parameters(self.document, one.path, one.method)
            if parameter["in"] == "query" or (parameter["in"] == "header" and not is_passed_over(parameter))
        }
        pairs = [(*place, text) for place, value in values.items() for text in _texts(value)]
        fields: dict[str, str] = {} if read is None else read.attributes
        values |= {("body", key): getattr(read, name) for key, name in fields.items()}
        marks = {name: _Mark() for name in others}
        places = _arrivals(function(*ids, **marks))
        arrived = {name: places.get(str(mark)) for name, mark in marks.items()}
        if sorted(map(str, arrived.values())) != sorted(map(str, values)):
            raise SystemExit(f"{label} does not send what it is called with")
        call = function(*ids, **{name: values[place] for name, place in arrived.items() if place is not None})
        path = re.sub(r"{[^}]*}", lambda _: quote(ids.pop(0), safe=""), one.path)
        sent = [("query", *pair) for pair in call.query] + [("header", *pair) for pair in call.headers]
        if (call.path, sorted(sent), call.body) != (path, sorted(pairs), _written(read)):
            raise SystemExit(f"{label} does not send what it is called with")


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    _folder = Path(sys.argv[1])
    sys.path.insert(0, str(_folder.parent))
    _Trial(_folder.name, json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))).run()
