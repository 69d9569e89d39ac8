"""The overlay step: the official sets, our own like them, the merge, and every strict error."""

import copy
from pathlib import Path
from typing import Any

import pytest

from codegen import documents, overlays
from codegen.__main__ import main
from codegen.overlays import OverlayError

OWN_SETS = Path(__file__).parent / "fixtures" / "overlay-sets"
OFFICIAL_SETS = Path(__file__).parents[3] / "shared" / "contract" / "overlay-compliant-sets"
SETS = [(folder.name, path) for folder in (OWN_SETS, OFFICIAL_SETS) if folder.is_dir() for path in folder.iterdir()]


def overlay(*actions: Any, version: Any = "1.1.0", **more: Any) -> Any:
    return {"overlay": version, "info": {"title": "t", "version": "1"}, "actions": list(actions)} | more


def applied(document: Any, *actions: Any) -> Any:
    return overlays.apply(document, overlay(*actions), file="o.yaml")


@pytest.mark.parametrize("folder", [pytest.param(path, id=f"{name}-{path.name}") for name, path in sorted(SETS)])
def test_a_compliant_set_gives_its_output(folder: Path) -> None:
    document, changes, output = (documents.load(folder / f"{name}.yaml") for name in ("openapi", "overlay", "output"))
    assert output == overlays.apply(document, changes, file="overlay.yaml")


@pytest.mark.parametrize("suffix", ["yaml", "json"])
@pytest.mark.parametrize("folder", [pytest.param(path, id=f"{name}-{path.name}") for name, path in sorted(SETS)])
def test_enrich_gives_the_output_of_a_compliant_set(folder: Path, tmp_path: Path, suffix: str) -> None:
    out = tmp_path / f"out.{suffix}"
    words = ["--spec", str(folder / "openapi.yaml"), "--overlay", str(folder / "overlay.yaml"), "--out", str(out)]
    assert main(["enrich", *words]) == 0
    assert documents.load(out) == documents.load(folder / "output.yaml")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a: 1\n", "is not an OpenAPI 3.x document: the key 'openapi' is missing"),
        ("openapi: 2.0.0\n", "declares OpenAPI 2.0.0; overlays are applied to OpenAPI 3.x, as '3.1.0'"),
        ("openapi: 3.1\n", "declares OpenAPI 3.1; overlays are applied to OpenAPI 3.x, as '3.1.0'"),
        ("openapi: 3.1.0-\n", "declares OpenAPI 3.1.0-; overlays are applied to OpenAPI 3.x, as '3.1.0'"),
    ],
)
def test_enrich_refuses_what_is_not_openapi_3(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, reason: str
) -> None:
    spec = tmp_path / "d.yaml"
    spec.write_text(content)
    assert main(["enrich", "--spec", str(spec), "--out", str(tmp_path / "out.yaml")]) == 2
    assert capsys.readouterr().err == f"error: {spec}: {reason}\n"


@pytest.mark.parametrize("version", ["3.0.4", "3.2.0", "3.1.0-rc1", "3.0.0-rc2"])
def test_enrich_takes_any_openapi_3_and_what_came_before_a_release(tmp_path: Path, version: str) -> None:
    spec, overlay, out = (tmp_path / name for name in ("d.yaml", "overlay.yaml", "out.yaml"))
    spec.write_text(f"openapi: {version}\n")
    overlay.write_text("overlay: 1.0.0\ninfo: {title: t, version: '1'}\nactions: [{target: $, update: {a: 1}}]\n")
    assert main(["enrich", "--spec", str(spec), "--overlay", str(overlay), "--out", str(out)]) == 0
    assert documents.load(out) == {"openapi": version, "a": 1}


@pytest.mark.skipif(not OFFICIAL_SETS.is_dir(), reason="the OpenAPI Initiative's sets are not beside this checkout")
def test_all_eight_official_sets_are_there() -> None:
    assert len(list(OFFICIAL_SETS.iterdir())) == 8


@pytest.mark.parametrize(
    ("document", "action", "expected"),
    [
        pytest.param({"a": {"b": 1}}, {"target": "$.a", "update": {"c": 2}}, {"a": {"b": 1, "c": 2}}, id="insert"),
        pytest.param(
            {"a": {"b": {"c": 1}}},
            {"target": "$", "update": {"a": {"b": {"d": 2}}}},
            {"a": {"b": {"c": 1, "d": 2}}},
            id="merge-deep",
        ),
        pytest.param({"a": [1]}, {"target": "$.a", "update": [2, 3]}, {"a": [1, 2, 3]}, id="concatenate"),
        pytest.param({"a": [1]}, {"target": "$", "update": {"a": [2]}}, {"a": [1, 2]}, id="concatenate-inside"),
        pytest.param({"a": [1]}, {"target": "$.a", "update": {"b": 2}}, {"a": [1, {"b": 2}]}, id="append-object"),
        pytest.param({"a": [1]}, {"target": "$.a", "update": None}, {"a": [1, None]}, id="append-null"),
        pytest.param({"a": 1}, {"target": "$.a", "update": "x"}, {"a": "x"}, id="replace"),
        pytest.param({"a": 1}, {"target": "$.a", "update": None}, {"a": None}, id="replace-by-null"),
        pytest.param({"a": None}, {"target": "$", "update": {"a": 1}}, {"a": 1}, id="replace-null-inside"),
        pytest.param({"a": [1, 2]}, {"target": "$.a[1]", "update": 3}, {"a": [1, 3]}, id="replace-element"),
        pytest.param(
            {"a": [1, 2, 3, 4]}, {"target": "$.a[0,2,2]", "remove": True}, {"a": [2, 4]}, id="remove-elements"
        ),
        pytest.param(
            {"a": {"x": {"x": 1}}, "b": 1}, {"target": "$..x", "remove": True}, {"a": {}, "b": 1}, id="remove-nested"
        ),
        pytest.param({"a": ["u", "v"]}, {"target": "$.a[?@ == 'u']", "remove": True}, {"a": ["v"]}, id="remove-text"),
        pytest.param(
            {"a": {"x": 1}, "b": {}}, {"target": "$.b", "copy": "$.a"}, {"a": {"x": 1}, "b": {"x": 1}}, id="copy"
        ),
        pytest.param({"a": [1], "b": [2]}, {"target": "$.b", "copy": "$.a"}, {"a": [1], "b": [2, 1]}, id="copy-array"),
        pytest.param({"a": 1, "b": 2}, {"target": "$.b", "copy": "$.a"}, {"a": 1, "b": 1}, id="copy-primitive"),
        pytest.param(
            {"a": {}},
            {"target": "$.a", "update": {"b": 1}, "x-why": 1, "description": "d"},
            {"a": {"b": 1}},
            id="extension",
        ),
    ],
)
def test_an_action_changes_a_copy(document: Any, action: Any, expected: Any) -> None:
    before = copy.deepcopy(document)
    assert expected == applied(document, action)
    assert before == document


def test_a_path_is_renamed_by_three_actions() -> None:
    document: Any = {"paths": {"/m/:id": {"get": {"tags": []}}}}
    actions: list[Any] = [
        {"target": "$.paths", "update": {"/m/{id}": {}}},
        {"target": "$.paths['/m/{id}']", "copy": "$.paths['/m/:id']"},
        {"target": "$.paths['/m/:id']", "remove": True},
    ]
    assert applied(document, *actions) == {"paths": {"/m/{id}": {"get": {"tags": []}}}}


def test_each_target_gets_its_own_copy() -> None:
    result = applied({"a": {}, "b": {}}, {"target": "$.*", "update": {"c": []}}, {"target": "$.a.c", "update": 1})
    assert result == {"a": {"c": [1]}, "b": {"c": []}}


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ({}, {"a": 1, "b": 2}),
        ({"description": "Later."}, {"a": 1, "b": 2}),
        ({"remove": False}, {"a": 1, "b": 2}),
        ({"remove": True, "update": 3}, {"b": 2}),
        ({"remove": True, "copy": "$.b"}, {"b": 2}),
        ({"remove": False, "update": 3}, {"a": 3, "b": 2}),
        ({"remove": False, "copy": "$.b"}, {"a": 2, "b": 2}),
        ({"update": 3, "copy": "$.b"}, {"a": 3, "b": 2}),
        ({"update": None, "copy": "$.b"}, {"a": None, "b": 2}),
    ],
)
def test_modifiers_rank_as_the_specification_says(action: Any, expected: Any) -> None:
    assert applied({"a": 1, "b": 2}, {"target": "$.a"} | action) == expected


def test_an_action_without_a_modifier_writes_over_nothing() -> None:
    (action,) = overlays.actions(overlay({"target": "$.a"}), file="o.yaml")
    assert action.overlaps({"a": 1}) == {}


@pytest.mark.parametrize("version", ["1.0.0", "1.0.7", "1.1.0", "1.0", "1.1", 1.0, 1.1])
def test_known_versions_are_accepted(version: Any) -> None:
    changes = overlay({"target": "$.a", "remove": True}, version=version)
    assert overlays.apply({"a": 1}, changes, file="o.yaml") == {}


DOCUMENT: dict[str, Any] = {"object": {"x": 1, "y": {}}, "array": [1], "text": "t"}


@pytest.mark.parametrize(
    ("action", "reason"),
    [
        ({"target": "$.none", "update": {}}, "matches nothing"),
        ({"target": "$.none", "remove": True}, "matches nothing"),
        ({"target": "$", "remove": True}, "the root of the document cannot be removed"),
        (
            {"target": "$.object", "update": 1},
            "cannot merge a primitive into an object at $['object']: a merge of unlike types",
        ),
        (
            {"target": "$.object", "update": None},
            "cannot merge a primitive into an object at $['object']: a merge of unlike types",
        ),
        (
            {"target": "$.object", "update": [1]},
            "cannot merge an array into an object at $['object']: a merge of unlike types",
        ),
        (
            {"target": "$.text", "update": {}},
            "cannot merge an object into a primitive at $['text']: a merge of unlike types",
        ),
        (
            {"target": "$.object", "update": {"x": {}}},
            "cannot merge an object into a primitive at @['x']: a merge of unlike types",
        ),
        (
            {"target": "$", "update": {"object": {"y": 1}}},
            "cannot merge a primitive into an object at @['object']['y']: a merge of unlike types",
        ),
        (
            {"target": "$", "update": {"array": 1}},
            "cannot merge a primitive into an array at @['array']: a merge of unlike types",
        ),
        (
            {"target": "$.*", "update": {}},
            "selects nodes of unlike types; all must be objects, or arrays, or primitives",
        ),
        ({"target": "$.object", "copy": "$.*"}, "copy must select exactly one node, but $.* selects 3"),
        ({"target": "$.object", "copy": "$.none"}, "copy must select exactly one node, but $.none selects 0"),
        ({"target": "$.object", "copy": "$["}, "copy is not a valid RFC 9535 JSONPath: unexpected end of query"),
        (
            {"target": "", "remove": True},
            "target is not a valid RFC 9535 JSONPath: expected 'TOKEN_ROOT', found 'TOKEN_EOF'",
        ),
        ({"target": "$.~", "remove": True}, "target is not a valid RFC 9535 JSONPath: unexpected token '~'"),
        ({"target": "$.none"}, "matches nothing"),
        ({"target": "$.text", "remove": "yes"}, "'remove' must be true or false, not 'yes'"),
        ({"target": "$.text", "update": 1, "copy": 1}, "'copy' must be a JSONPath, not 1"),
        ({"target": "$.text", "update": 1, "description": 5}, "'description' must be text, not 5"),
        ({"target": "$.text", "upadte": 1}, "the action has the unknown key 'upadte'"),
    ],
)
def test_an_action_at_fault_is_named(action: Any, reason: str) -> None:
    with pytest.raises(OverlayError) as caught:
        applied(DOCUMENT, {"target": "$.text", "update": "new"}, action)
    error = caught.value
    assert ("o.yaml", 2, action["target"], reason) == (error.file, error.action, error.target, error.reason)
    assert f"o.yaml, action 2, target {action['target']}: {reason}" == str(error)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({}, "o.yaml: 'overlay' must be version 1.0 or 1.1 of the specification, not None"),
        (overlay(version=True), "o.yaml: 'overlay' must be version 1.0 or 1.1 of the specification, not True"),
        (overlay(version=1.2), "o.yaml: 'overlay' must be version 1.0 or 1.1 of the specification, not 1.2"),
        (overlay(version="2.0.0"), "o.yaml: 'overlay' must be version 1.0 or 1.1 of the specification, not '2.0.0'"),
        (overlay({"target": "$", "update": {}}, surprise=1), "o.yaml: the overlay has the unknown key 'surprise'"),
        (overlay(info=None), "o.yaml: 'info' must be an object with the texts 'title' and 'version'"),
        (overlay(info={"title": "t"}), "o.yaml: 'info' must be an object with the texts 'title' and 'version'"),
        (overlay(info={"title": "t", "version": "1", "name": "n"}), "o.yaml: info has the unknown key 'name'"),
        (overlay(extends=5), "o.yaml: 'extends' must be text, not 5"),
        (
            overlay(info={"title": "t", "version": "1", "description": []}),
            "o.yaml: 'info.description' must be text, not []",
        ),
        (overlay(), "o.yaml: 'actions' must be a list of at least one action"),
        (overlay(actions={}), "o.yaml: 'actions' must be a list of at least one action"),
        (overlay("remove"), "o.yaml, action 1: an action must be an object"),
        (overlay({"remove": True}), "o.yaml, action 1: 'target' is missing or not text"),
        (
            overlay({"target": "$", "copy": "$"}, version=1.0),
            "o.yaml, action 1, target $: the action has the unknown key 'copy'",
        ),
        (
            overlay({"target": "$", "copy": "$"}, version="1.0.0"),
            "o.yaml, action 1, target $: the action has the unknown key 'copy'",
        ),
    ],
)
def test_an_overlay_at_fault_is_named(changes: Any, message: str) -> None:
    with pytest.raises(OverlayError) as caught:
        overlays.apply(DOCUMENT, changes, file="o.yaml")
    assert message == str(caught.value)
