"""Reading documents strictly and writing them always the same way."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from codegen import documents
from codegen.documents import UnusableInputError


def written(tmp_path: Path, content: str | bytes) -> Path:
    path = tmp_path / "d.yaml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 2025-05-06T09:00:00Z\nb: 2025-05-06\n", {"a": "2025-05-06T09:00:00Z", "b": "2025-05-06"}),
        ("a: yes\nb: on\nc: true\nd: FALSE\n", {"a": "yes", "b": "on", "c": True, "d": False}),
        (
            "a: 010\nb: 0o10\nc: 0x10\nd: 1e3\ne: 12:30\nf: -1\n",
            {"a": 10, "b": 8, "c": 16, "d": 1000.0, "e": "12:30", "f": -1},
        ),
        ("a:\nb: ~\nc: null\n", {"a": None, "b": None, "c": None}),
        ("responses:\n  200: {}\n", {"responses": {"200": {}}}),
        ("\ufeffa: 1\r\nb: |\r\n  x\r\n  y\r\n", {"a": 1, "b": "x\ny\n"}),
        ("a: &x [1]\nb: *x\nc: &y {d: 1}\ne: {<<: *y, d: 2}\n", {"a": [1], "b": [1], "c": {"d": 1}, "e": {"d": 2}}),
        ('{"a": ["\\u00e9", 1.5]}', {"a": ["é", 1.5]}),
    ],
)
def test_yaml_is_read_as_json(tmp_path: Path, text: str, expected: Any) -> None:
    assert expected == documents.load(written(tmp_path, text))


def test_aliases_become_copies(tmp_path: Path) -> None:
    document = documents.load(written(tmp_path, "a: &x [1]\nb: *x\n"))
    assert document["a"] is not document["b"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"a: \xff", "is not UTF-8 text (byte 3)"),
        ("a: [1", "is not usable YAML: line 1, column 6: expected ',' or ']', but got '<stream end>'"),
        ("a:\n  b: 1\n  b: 2\n", "is not usable YAML: line 3, column 3: the key 'b' stands twice in one mapping"),
        ("1.5: a\n", "is not usable YAML: line 1, column 1: a key that is not text"),
        ("[a]: b\n", "is not usable YAML: line 1, column 1: a key that is not text"),
        ("a: 1\nb: \x07\n", "is not usable YAML: line 2: the character U+0007 is not allowed"),
        ("a: &x [*x]\n", "is not usable YAML: it is nested too deeply or refers to itself"),
        ("a: !!set {b}\n", "is not usable YAML: a value of type set has no place in JSON"),
        (
            "a: !!python/name:os.system x\n",
            "is not usable YAML: line 1, column 4: could not determine a constructor",
        ),
        (
            "a: 1\n--- {}\n",
            "is not usable YAML: line 2, column 1: expected a single document",
        ),
        ("", "is empty; expected a document with keys and values"),
        ("- a\n", "is not a mapping; expected a document with keys and values"),
        ("<html>", "is not a mapping; expected a document with keys and values"),
    ],
)
def test_what_is_no_document_is_refused(tmp_path: Path, content: str | bytes, reason: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(UnusableInputError) as caught:
        documents.load(path)
    assert str(caught.value).startswith(f"{path}: {reason}")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.yaml", "no such file"),
        ("", "is a directory, not a file"),
        ("d.yaml/x", "cannot be read: Not a directory"),
    ],
)
def test_what_is_no_file_is_refused(tmp_path: Path, name: str, reason: str) -> None:
    written(tmp_path, "a: 1")
    path = tmp_path / name
    with pytest.raises(UnusableInputError) as caught:
        documents.load(path)
    assert f"{path}: {reason}" == str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("paths: {}\n", "is not an OpenAPI 3.0 document: the key 'openapi' is missing"),
        ("openapi: 3.1.0\npaths: {}\n", "declares OpenAPI 3.1.0; this pipeline reads OpenAPI 3.0 only"),
        ("openapi: 3.0\npaths: {}\n", "declares OpenAPI 3.0; this pipeline reads OpenAPI 3.0 only"),
        ("openapi: 3.0.0\n", "is not an OpenAPI 3.0 document: the mapping 'paths' is missing"),
    ],
)
def test_what_is_not_openapi_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UnusableInputError) as caught:
        documents.load_openapi(path)
    assert f"{path}: {reason}" == str(caught.value)


def test_dumping_keeps_order_unicode_and_long_lines() -> None:
    document: Any = {"z": "🧠 Scheduling", "a": "word " * 60 + "end", "m": "two\nlines", "e": [], "n": None}
    expected = f"z: 🧠 Scheduling\na: {document['a']}\nm: |-\n  two\n  lines\ne: []\nn: null\n"
    assert expected == documents.dump(document)


TRICKY = st.sampled_from(
    ["yes", "2025-05-06", "1e3", "0o7", "12:30", "~", "", "null", "<<", "=", "a: b", "- x", "#c", " x\n y ", "a\n"]
)
TEXT = TRICKY | st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


@given(tree=st.dictionaries(TEXT, TREES, max_size=3))
def test_what_is_dumped_is_read_back(tree: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    path = tmp_path_factory.mktemp("round") / "d.yaml"
    path.write_text(documents.dump(tree), encoding="utf-8")
    assert json.dumps(tree) == json.dumps(documents.load(path))
    assert tree == json.loads(documents.dump_json(tree))


def test_other_yaml_readers_read_the_same(tmp_path: Path) -> None:
    document: Any = {"a": "2025-05-06", "b": "yes", "c": "1e3", "d": "x\ny"}
    assert document == yaml.safe_load(documents.dump(document))


@pytest.mark.parametrize(
    ("way", "expected"),
    [((), "#"), (("paths", "/v1/meeting", "get"), "#/paths/~1v1~1meeting/get"), (("a~1/b", 0, ""), "#/a~01~1b/0/")],
)
def test_a_pointer_leads_to_the_place(way: tuple[str | int, ...], expected: str) -> None:
    assert documents.pointer(way) == expected
