"""Trying generated code before it is placed: imported, type-checked, and round-tripped on what its schemas describe."""

from __future__ import annotations

import importlib
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote

from codegen.documents import Json, JsonObject, UnusableInputError, at_pointer, mapping
from codegen.operations import operations, parameters

_DEEPEST = 8
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


def sample(document: JsonObject, schema: JsonObject, depth: int = 0) -> Json:
    """Return a value that `schema` describes, with every field that it knows."""
    while "$ref" in schema:
        schema = mapping(at_pointer(document, str(schema["$ref"])))
    members = [one for key in ("anyOf", "oneOf") for one in cast("list[Json]", schema.get(key) or [])]
    known = [one for one in members if mapping(one).get("enum") != [None]]
    if "enum" in schema:
        return next((one for one in cast("list[Json]", schema["enum"]) if one is not None), None)
    fields = _fields(document, schema)
    if fields:
        return {name: sample(document, one, depth + 1) for name, one in fields.items() if depth < _DEEPEST}
    if known:
        return sample(document, mapping(known[0]), depth)
    if schema.get("type") == "array":
        return [sample(document, mapping(schema.get("items")), depth + 1)] if depth < _DEEPEST else []
    if schema.get("type") == "object":
        return {"key": sample(document, mapping(schema.get("additionalProperties")), depth + 1)}
    return {"integer": 7, "number": 1.5, "boolean": True}.get(str(schema.get("type")), "text")


def _fields(document: JsonObject, schema: JsonObject) -> dict[str, JsonObject]:
    found = {name: mapping(one) for name, one in mapping(schema.get("properties")).items()}
    for part in cast("list[Json]", schema.get("allOf") or []):
        inner = mapping(part)
        while "$ref" in inner:
            inner = mapping(at_pointer(document, str(inner["$ref"])))
        found = {**_fields(document, inner), **found}
    return found


def _written(value: Any) -> Any:
    if hasattr(value, "to_dict"):
        return value.to_dict()
    return [_written(one) for one in value] if isinstance(value, list) else value  # pyright: ignore[reportUnknownVariableType]


def _try(package: str, document: JsonObject) -> None:
    known = {(one.method, one.path): one for one in importlib.import_module(f"{package}.api").OPERATIONS.values()}
    importlib.import_module(f"{package}.client")
    for path, method, operation in operations(document):
        one, label = known.get((method.upper(), path)), f"{method.upper()} {path}"
        if one is None:
            raise SystemExit(f"{label} is not there")
        for answer in mapping(operation.get("responses")).items():
            _try_answer(document, one, label, *answer)
        body = mapping(mapping(mapping(operation.get("requestBody")).get("content")).get("application/json"))
        content = sample(document, mapping(body.get("schema"))) if "schema" in body else None
        read = one.request(content) if one.request is not None else None
        if content is not None and _written(read) != content:
            raise SystemExit(f"the body of {label} is not sent as its schema says")
        _try_call(package, document, one, read, label)


def _try_answer(document: JsonObject, one: Any, label: str, status: str, answer: Json) -> None:
    while "$ref" in mapping(answer):
        answer = at_pointer(document, str(mapping(answer)["$ref"]))
    media = mapping(mapping(mapping(answer).get("content")).get("application/json"))
    if status.startswith("2") and mapping(media.get("schema")):
        content = sample(document, mapping(media["schema"]))
        if _written(one.decode(json.dumps(content).encode())) != content:
            raise SystemExit(f"the answer {status} of {label} is not read as its schema says")


class _Mark:
    """Stands for an argument of whatever type, and is known again where that is sent."""

    def to_dict(self) -> _Mark:
        return self

    def __iter__(self) -> Iterator[_Mark]:
        yield self

    def items(self) -> Iterator[tuple[str, _Mark]]:
        yield "mark", self


def _arrivals(call: Any) -> dict[str, tuple[str, str]]:
    """Return where each mark that a call was made with is sent, by its text: in the query or the body, and as what."""
    found = {text: ("query", name) for name, text in call.query}
    for name, value in (call.body or {}).items():
        found[str(next(iter(value.values() if isinstance(value, dict) else value)))] = ("body", name)
    return found


def _try_call(package: str, document: JsonObject, one: Any, read: Any, label: str) -> None:
    """Give each argument a value of its own, and see that it is sent where and as the document has it."""
    (module,) = (name for name in sys.modules if name.startswith(f"{package}.api.") and name.endswith(f".{one.name}"))
    function = getattr(importlib.import_module(module), one.name)
    names = list(inspect.signature(function).parameters)
    in_path, others = names[: one.path.count("{")], names[one.path.count("{") :]
    ids = [f"{name}/?" for name in in_path]
    values: dict[tuple[str, str], Any] = {
        (str(parameter["in"]), str(parameter["name"])): sample(document, mapping(parameter.get("schema")))
        for parameter in parameters(document, one.path, one.method)
        if parameter["in"] == "query"
    }
    pairs = [(name, text) for (_, name), value in values.items() for text in _texts(value)]
    values |= {
        ("body", key): getattr(read, name) for key, name in (read.attributes if read is not None else {}).items()
    }
    marks = {name: _Mark() for name in others}
    places = _arrivals(function(*ids, **marks))
    arrived = {name: places.get(str(mark)) for name, mark in marks.items()}
    if sorted(map(str, arrived.values())) != sorted(map(str, values)):
        raise SystemExit(f"{label} does not send what it is called with")
    call = function(*ids, **{name: values[place] for name, place in arrived.items() if place is not None})
    path = re.sub(r"{[^}]*}", lambda _: quote(ids.pop(0), safe=""), one.path)
    if (call.path, sorted(call.query), call.body) != (path, sorted(pairs), _written(read)):
        raise SystemExit(f"{label} does not send what it is called with")


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for one in cast("list[Any]", value) for text in _texts(one)]
    return [value if isinstance(value, str) else json.dumps(value)]


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    _folder = Path(sys.argv[1])
    sys.path.insert(0, str(_folder.parent))
    _try(_folder.name, json.loads(Path(sys.argv[2]).read_text(encoding="utf-8")))
