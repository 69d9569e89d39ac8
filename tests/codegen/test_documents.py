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
        ('{"a": "\\ud83e\\udde0"}', {"a": "🧠"}),
        ('a: "\\ud83e\\udde0"\n', {"a": "🧠"}),
        ('{\n\t"a": "\x7f\x85\u2028",\n\t"b": {}\n}', {"a": "\x7f\x85\u2028", "b": {}}),
        ('{"' + "k" * 3000 + '": 1e2}', {"k" * 3000: 100.0}),
        ('\ufeff{"a": 2}\r\n', {"a": 2}),
        ("{a: 1, b: [yes,]}", {"a": 1, "b": ["yes"]}),
    ],
)
def test_yaml_is_read_as_json(tmp_path: Path, text: str, expected: Any) -> None:
    assert expected == documents.load(written(tmp_path, text))


@pytest.mark.parametrize(
    ("ref", "found"),
    [("#/a/1/b~1c", "x"), ("#/a/2", None), ("#/a/first", None), ("#/a/0/b", None), ("#/none", None), ("#/d%20e", 1)],
)
def test_a_pointer_leads_to_what_is_there_or_to_nothing(ref: str, found: Any) -> None:
    assert documents.at_pointer({"a": ["y", {"b/c": "x"}], "d e": 1}, ref) == found


def test_aliases_become_copies(tmp_path: Path) -> None:
    document = documents.load(written(tmp_path, "a: &x [1]\nb: *x\n"))
    assert document["a"] is not document["b"]


LAUGHS = "".join(f"k{n}: &k{n} [{', '.join([f'*k{n - 1}'] * 10)}]\n" for n in range(1, 10))
MERGES = "".join(f"k{n}: &k{n} {{<<: [{', '.join([f'*k{n - 1}'] * 10)}], x{n}: 1}}\n" for n in range(1, 10))


def test_what_is_merged_again_and_again_counts_once(tmp_path: Path) -> None:
    found: Any = documents.load(written(tmp_path, f"k0: &k0 {{x0: 1}}\n{MERGES}"))
    assert found["k9"] == {f"x{number}": 1 for number in range(10)}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"k0: &k0 [a]\n{LAUGHS}", id="lists"),
        pytest.param(f"a: &a {'x' * 100_000}\nb: [{'*a, ' * 2000}]\n", id="texts"),
        pytest.param(
            f"a: &a {{{', '.join(f'k{n}: 1' for n in range(3000))}}}\nb: {{<<: [{'*a, ' * 3000}]}}\n", id="merge-keys"
        ),
    ],
)
def test_a_bomb_is_refused_in_one_sentence(tmp_path: Path, text: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(UnusableInputError) as caught:
        documents.load(path)
    reason = "it is too large once its aliases are expanded: more than 64 million characters"
    assert str(caught.value) == f"{path}: is not usable YAML: {reason}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"a": 1, "a": 2}', "the key 'a' stands twice in one object"),
        ('{"a": [1', "line 1, column 9: Expecting ',' delimiter"),
        ('{"a": 1,}', "line 1, column 9: Expecting property name enclosed in double quotes"),
        ('{"a": "\t"}', "line 1, column 8: Invalid control character at"),
        ('{"a": NaN}', "NaN has no place in JSON"),
        ('{"a": 1e999}', "inf has no place in JSON"),
        ('{"a": {"b~": ["\\ud83e"]}}', "half a surrogate pair, which is no character, at #/a/b~0/0"),
        ('{"\\udde0": 1}', "half a surrogate pair, which is no character, at #"),
        ('{"a":' * 200 + "1" + "}" * 200, "it is nested too deeply or refers to itself"),
        ('{"a":' * 100_000, "it is nested too deeply or refers to itself"),
        ("a: 1", "line 1, column 1: Expecting value"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "d.json"
    path.write_text(text)
    with pytest.raises(UnusableInputError) as caught:
        documents.load(path)
    assert str(caught.value).startswith(f"{path}: is not usable JSON: {reason}")


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
        ("a: .inf", "is not usable YAML: inf has no place in JSON"),
        ('a: "\\ud83e"', "is not usable YAML: half a surrogate pair, which is no character, at #/a"),
        ("{a: 1", "is not usable YAML: line 1, column 6: expected ',' or '}', but got '<stream end>'"),
        ("a: &x {<<: *x}\n", "is not usable YAML: it is nested too deeply or refers to itself"),
        (
            "a: &x {<<: [{b: 1}, c]}\n",
            "is not usable YAML: line 1, column 21: expected a mapping for merging, but found scalar",
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
        ("openapi: 3.0.0-rc2\npaths: {}\n", "declares OpenAPI 3.0.0-rc2; this pipeline reads OpenAPI 3.0 only"),
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
    [
        *(
            "yes",
            "2025-05-06",
            "1e3",
            "0o7",
            "12:30",
            "~",
            "",
            "null",
            "<<",
            "=",
            "a: b",
            "- x",
            "#c",
            " x\n y ",
            "a\n",
        ),
        *("k" * 3000, "\n\x85", "a\n\u2028b", "a\n\tb", "\n\n a", "a\r\nb", "\x7f", "\ufeff", "\ufeff\n", "a \n"),
    ]
)
SPECIAL = st.text(st.sampled_from("a \n\t\r\x00\x07\x7f\x85\xa0\u2028\u2029\ufeff\ufffe\U0001f9e0:#-|>"), max_size=6)
TEXT = TRICKY | SPECIAL | st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TREES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
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


@pytest.mark.parametrize("node", ["text", None, {"a": [{"b": [1]}], "c": {}}, [[], {}]])
def test_a_copy_is_the_same_and_shares_nothing_that_can_change(node: Any) -> None:
    copy = documents.copied(node)
    assert copy == node
    assert copy is not node or not isinstance(node, (dict, list))
