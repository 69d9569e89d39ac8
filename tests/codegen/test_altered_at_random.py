"""Documents altered at random are taken in and looked at, or refused in words; nothing else ever comes of them."""

import copy
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from codegen import contract, documents, intake, names, notices, pipeline, schemas, seen, staleness, support
from codegen.documents import UnusableInputError

PROJECT = pipeline.Project(Path(__file__).parent / "fixtures" / "project")
OURS: Any = documents.load(PROJECT.spec)
A: Any = {"$ref": "#/components/schemas/A"}
VALUES: list[Any] = [
    *(None, True, False, 0, 1.5, "", "x", [], {}, ["x"], [None]),
    *({"type": "null"}, {"type": ["string", "null"]}, {"type": []}, {"type": ["object", "array", "null"]}),
    *({"type": "array"}, {"required": True}),
    *(A, {"$ref": "#/nope"}, {"$ref": "#"}, {"$ref": 7}, {"$defs": {"A": {"type": "object"}}, "$ref": "#/$defs/A"}),
    *({"anyOf": [{"type": "object"}, {"type": "null"}]}, {"allOf": [A]}, {"oneOf": []}, {"anyOf": [A, A]}),
    *({"type": "object", "properties": {"a": True}}, {"enum": [None]}, {"const": 1}, {"examples": {"a": 1}}),
]  # fmt: skip
KEYS = (
    *("type", "properties", "items", "allOf", "anyOf", "oneOf", "not", "enum", "const", "example", "examples", "$ref"),
    *("required", "nullable", "parameters", "responses", "requestBody", "content", "schema", "servers", "deprecated"),
    *("in", "name", "x-a", "additionalProperties", "if", "exclusiveMinimum", "default", "headers", "webhooks", "tags"),
)


def places(node: Any, *way: str | int) -> Iterator[tuple[str | int, ...]]:
    yield way
    inner: Any = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    for key, one in inner:  # pyright: ignore[reportUnknownVariableType]
        yield from places(one, *way, key)


def at(node: Any, way: tuple[str | int, ...]) -> Any:
    for key in way:
        node = node[key]
    return node


def altered(random: Random) -> Any:
    document = copy.deepcopy(OURS)
    document["openapi"] = random.choice(("3.0.0", "3.1.0"))
    document["components"] = {"schemas": {"A": {"type": "object", "properties": {"a": dict(A)}}}}
    for _ in range(random.randint(1, 3)):
        way = random.choice(list(places(document))[1:])
        parent, node, value = at(document, way[:-1]), at(document, way), copy.deepcopy(random.choice(VALUES))
        if isinstance(node, dict) and random.random() < 0.5:
            node[random.choice(KEYS)] = value
        elif random.random() < 0.8:
            parent[way[-1]] = value
        else:
            del parent[way[-1]]
    return document


@settings(
    max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
@given(seed=st.integers(0, 10**9))
def test_it_is_followed_or_refused_in_words(tmp_path: Path, seed: int) -> None:
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps(altered(Random(seed))))  # noqa: S311 - no secret
    with suppress(UnusableInputError):
        taken = intake.read(newer, ours=OURS)
        review = staleness.review(OURS, taken.document, PROJECT.overlays())
        notices.of(contract.changes(OURS, taken.document), review.document)
        document = seen.with_seen(review.document)
        pipeline.validate(document, name="it")
        names.problems(document)
        support.without_passed_over(schemas.without_limits(document))
        support.check(document, name="it")


def test_what_nobody_altered_is_followed(tmp_path: Path) -> None:
    newer = tmp_path / "newer.json"
    newer.write_text(json.dumps(OURS))
    assert intake.read(newer, ours=OURS).document == OURS
    newer.write_text(json.dumps({**OURS, "paths": 7}))
    with pytest.raises(UnusableInputError):
        intake.read(newer, ours=OURS)
