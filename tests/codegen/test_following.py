"""The loop that a stale overlay asks for is closed by doing what it says; and nothing that changes is passed over."""

import copy
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from codegen import contract, documents, notices, staleness
from codegen.__main__ import main
from codegen.pipeline import Project

Alter: TypeAlias = Callable[[Any], object]
Findings: TypeAlias = list[tuple[int | None, str, str]]


def row(alter: Alter, *values: object, id: str | None = None) -> Any:  # noqa: A002 - as in pytest.param
    return pytest.param(alter, *values, id=id)


def place_in(before: Alter, place: Callable[[Any], Any]) -> Any:
    return pytest.param(before, place)


def request(document: Any, path: str = "/v1/dock") -> Any:
    return document["paths"][path]["post"]["requestBody"]["content"]["application/json"]


def found(project: Project, alter: Alter, *before: Alter) -> Findings:
    """What `drift` finds after `alter`, where the document was altered by `before` already when the overlays were."""
    old: Any = documents.load(project.spec)
    for one in before:
        one(old)
    new = copy.deepcopy(old)
    alter(new)
    review = staleness.review(old, new, project.overlays())
    return [(one.action, one.reason, one.remedy) for one in review.findings]


def extended(project: Project, actions: str) -> Project:
    names = project.overlays()[0]
    names.write_text(names.read_text() + actions)
    return project


def corrected(project: Project, old: str, new: str) -> None:
    for path in project.overlays():
        path.write_text(path.read_text().replace(old, new))


def move(document: Any) -> None:
    document["paths"]["/v2/dock"] = document["paths"].pop("/v1/dock")


def move_and_extend(document: Any) -> None:
    move(document)
    request(document, "/v2/dock")["schema"]["example"]["captain"] = "Ann"
    document["paths"]["/v2/dock"]["post"]["responses"]["404"] = {"description": "No berth"}


def move_and_add(document: Any) -> None:
    move(document)
    document["paths"]["/v1/ships"] = {"get": {"responses": {"200": {"description": "Ships"}}}}


NAMED = """\
  - target: $.paths['/v1/ships'].get
    update: {operationId: listShips, tags: [Berths]}
"""


@pytest.mark.parametrize(
    ("alter", "more", "code"),
    [(move, "", 10), (move_and_extend, "", 11), (move_and_add, NAMED, 10)],
    ids=["moved", "extended", "added"],
)
def test_what_is_corrected_as_told_is_followed(
    project: Project, capsys: pytest.CaptureFixture[str], alter: Alter, more: str, code: int
) -> None:
    (project.root / "CHANGELOG.md").write_text("# Changes\n\n## Unreleased\n")
    assert main(["generate"], project=project) == 0
    document: Any = documents.load(project.spec)
    alter(document)
    newer = project.root.parent / "newer.yaml"
    newer.write_text(documents.dump(document))
    command = ["regenerate", "--spec", str(newer), "--tests", f"{shlex.quote(sys.executable)} -c ''"]
    capsys.readouterr()
    assert main(command, project=project) == 12
    said = capsys.readouterr().out
    assert "matches nothing. `/v1/dock` is `/v2/dock` now: write that, or delete the action if nothing is left" in said
    corrected(project, "/v1/dock", "/v2/dock")
    extended(project, more)
    assert main(["drift", "--against", str(newer)], project=project) == 1
    assert "## Overlay actions that need a person\n\nNothing.\n" in capsys.readouterr().out
    assert main(command, project=project) == code, capsys.readouterr().out
    assert main(["check"], project=project) == 0, capsys.readouterr().out
    assert main(["drift", "--against", str(newer)], project=project) == 0


def test_a_correction_is_told_apart_without_code_of_the_older_document(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    document: Any = documents.load(project.spec)
    move(document)
    newer = project.root / "newer.yaml"
    newer.write_text(documents.dump(document))
    corrected(project, "/v1/dock", "/v2/dock")
    assert main(["drift", "--against", str(newer)], project=project) == 1
    assert "- **breaking** removed module: `api.berths.post_v1_dock`" in capsys.readouterr().out


def test_older_code_that_cannot_be_made_is_said(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    document: Any = documents.load(project.spec)
    document["paths"]["/v1/dock"]["post"]["requestBody"]["content"]["application/json"]["schema"]["type"] = "object"
    document["paths"]["/v1/dock"]["post"]["responses"]["404"] = {"description": "No berth"}
    newer = project.root / "newer.yaml"
    newer.write_text(documents.dump(document))
    project.spec.write_text(project.spec.read_text().replace("type: integer", "type: array"))
    assert main(["drift", "--against", str(newer)], project=project) == 1
    assert "It cannot be told: no code can be generated from the older document: the gen" in capsys.readouterr().out


WORDS = """\
  - target: $.paths.*.*.responses['200'].description
    update: Done.
  - target: $.paths.*.*.responses
    update: {'401': {description: No key.}}
"""
TAKEN = """\
  - target: $.paths['/v1/dock'].post.requestBody.content['application/json'].schema.example.token
    update: short
"""
UNION = """\
  - target: $.paths['/v1/berths', '/v1/dock'].*.responses
    update: {'401': {description: No key.}}
"""
WILD = """\
  - target: $.paths.*
    update: {x-ours: true}
  - target: $.paths.*.post.responses
    update: {'401': {description: No key.}}
"""


def add_operation(document: Any) -> None:
    document["paths"]["/v1/ships"] = {
        "get": {"operationId": "ships", "tags": ["x"], "responses": {"200": {"description": ""}}}
    }


def drop(document: Any) -> None:
    del document["paths"]["/v1/dock"]


STALE: Findings = [
    (
        action,
        "matches nothing",
        "`/v1/dock` is `/v2/dock` now: write that, or delete the action if nothing is left for it to do.",
    )
    for action in (2, 1, 2)
]
GONE: Findings = [
    (action, "matches nothing", "`/v1/dock` is published no longer: delete the action.") for action in (2, 1, 2)
]
ELSEWHERE = (5, "reaches `/v1/dock` no longer", "It is `/v2/dock` now: name that in its place.")


@pytest.mark.parametrize(
    ("actions", "alter", "findings"),
    [
        pytest.param(WORDS, add_operation, [], id="our-own-blank-of-a-new-operation"),
        pytest.param(WORDS, move, STALE, id="our-own-blank-of-a-moved-one"),
        pytest.param(UNION, move, [STALE[0], ELSEWHERE, *STALE[1:]], id="union-with-a-moved-member"),
        pytest.param(
            UNION,
            drop,
            [
                GONE[0],
                (5, "names `/v1/dock`, which is published no longer", "Take it out of the target."),
                *GONE[1:],
            ],
            id="union-with-a-dropped-member",
        ),
        pytest.param(WILD, move, STALE, id="wildcard-that-still-reaches-it"),
        pytest.param(
            UNION.replace("', '", "','").replace("'/v", '"/v').replace("',", '",').replace("']", '"]'),
            move,
            [STALE[0], ELSEWHERE, *STALE[1:]],
            id="union-in-double-quotes",
        ),
        pytest.param(
            WILD,
            drop,
            [
                GONE[0],
                (
                    6,
                    "matches nothing",
                    "What it points to is gone, or an action above that makes it is stale: mend that one first.",
                ),
                *GONE[1:],
            ],
            id="wildcard-without-anything-left",
        ),
    ],
)
def test_what_moved_or_went_is_told_once_and_truly(
    project: Project, actions: str, alter: Alter, findings: Findings
) -> None:
    assert found(extended(project, actions), alter) == findings


@pytest.mark.parametrize("actions", [WORDS, TAKEN, UNION, WILD])
def test_what_was_written_over_before_may_be_written_over_elsewhere(project: Project, actions: str) -> None:
    corrected(extended(project, actions), "/v1/dock", "/v2/dock")
    assert found(project, move) == []


RENAMED = """\
  - target: $.paths
    update: {'/v1/dock/{x}': {}}
  - target: $.paths['/v1/dock/{x}']
    copy: $.paths['/v1/dock']
  - target: $.paths['/v1/dock']
    remove: true
  - target: $.paths['/v1/dock/{x}'].post
    update: {x-renamed: true}
"""


def test_a_path_that_an_overlay_renames_is_followed_under_its_new_name(project: Project) -> None:
    project.overlays()[1].unlink()
    extended(project, RENAMED)
    told = found(project, move)
    assert [action for action, _, _ in told] == [2, 6, 7, 8]
    corrected(project, "$.paths['/v1/dock']", "$.paths['/v2/dock']")
    assert found(project, move) == []
    corrected(project, "/v1/dock/{x}", "/v2/dock/{x}")
    assert found(project, move) == []


def name_examples(document: Any) -> None:
    media = request(document)
    example = media["schema"].pop("example")
    media["examples"] = {"one": {"value": example}, "two": {"$ref": "#/components/examples/Two"}}
    document["components"] = {"examples": {"Two": {"value": copy.deepcopy(example)}}}


def list_examples(document: Any) -> None:
    schema = request(document)["schema"]
    schema["x-examples"] = [copy.deepcopy(schema["example"])]


def compose(key: str) -> Alter:
    def alter(document: Any) -> None:
        media = request(document)
        other: Any = {"type": "object"} if key == "allOf" else {"type": "array", "items": {}}
        media["schema"] = {key: [media["schema"], other]}

    return alter


def through_a_reference(document: Any) -> None:
    media = request(document)
    document["components"] = {"schemas": {"Dock": media["schema"]}}
    media["schema"] = {"allOf": [{"$ref": "#/components/schemas/Dock"}, {"type": "object"}]}


def as_component(document: Any) -> None:
    document["components"] = {"requestBodies": {"Dock": document["paths"]["/v1/dock"]["post"]["requestBody"]}}
    document["paths"]["/v1/dock"]["post"]["requestBody"] = {"$ref": "#/components/requestBodies/Dock"}


def rename(*places: Callable[[Any], Any]) -> Alter:
    def alter(document: Any) -> None:
        for place in places:
            example = place(document)
            example["vessel"] = example.pop("ship")

    return alter


CONTRADICTED: Findings = [
    (
        2,
        "the published example does not fit the schema: $: 'ship' is a required property",
        "Find out which is right; if it is the example, write the schema in this action anew.",
    )
]


@pytest.mark.parametrize(
    ("before", "place"),
    [
        place_in(lambda _: None, lambda d: request(d)["schema"]["example"]),
        place_in(name_examples, lambda d: request(d)["examples"]["one"]["value"]),
        place_in(name_examples, lambda d: d["components"]["examples"]["Two"]["value"]),
        place_in(list_examples, lambda d: request(d)["schema"]["x-examples"][0]),
        place_in(compose("allOf"), lambda d: request(d)["schema"]["allOf"][0]["example"]),
        place_in(compose("anyOf"), lambda d: request(d)["schema"]["anyOf"][0]["example"]),
        place_in(compose("oneOf"), lambda d: request(d)["schema"]["oneOf"][0]["example"]),
        place_in(through_a_reference, lambda d: d["components"]["schemas"]["Dock"]["example"]),
    ],
    ids=["example", "named", "named-elsewhere", "second", "allOf", "anyOf", "oneOf", "reference"],
)
def test_a_field_renamed_in_any_example_is_found_and_told(project: Project, before: Alter, place: Any) -> None:
    assert found(project, rename(place), before) == CONTRADICTED
    old: Any = documents.load(project.spec)
    before(old)
    new = copy.deepcopy(old)
    rename(place)(new)
    assert any("vessel" in one.place or "components" in one.place for one in contract.changes(old, new))


@pytest.mark.parametrize(
    ("before", "place"),
    [
        place_in(name_examples, lambda d: request(d)["examples"]["one"]["value"]),
        place_in(list_examples, lambda d: request(d)["schema"]["x-examples"][0]),
        place_in(compose("allOf"), lambda d: request(d)["schema"]["allOf"][0]["example"]),
    ],
)
def test_a_key_of_any_example_that_no_schema_declares_is_hinted_at(project: Project, before: Alter, place: Any) -> None:
    old: Any = documents.load(project.spec)
    before(old)
    new = copy.deepcopy(old)
    place(new)["captain"] = "Ann"
    review = staleness.review(old, new, project.overlays())
    assert [one.endswith("has `$.captain`, which no schema of ours declares.") for one in review.hints] == [True]


SHIP: Any = {"type": "object", "properties": {"ship": {"type": "string"}}}


@pytest.mark.parametrize(
    ("alter", "words"),
    [
        row(
            compose("anyOf"),
            "the published schema is one of several (anyOf), so that the properties beside it are",
        ),
        row(
            compose("oneOf"),
            "the published schema is one of several (oneOf), so that the properties beside it are",
        ),
        row(
            lambda d: (
                request(d).update(schema={"allOf": [{"$ref": "#/components/schemas/Dock"}]})
                or d.update(components={"schemas": {"Dock": SHIP}})
            ),
            "is one with #/components/schemas/Dock, so that the properties beside it are read by nobody",
        ),
    ],
    ids=["anyOf", "oneOf", "single-reference"],
)
def test_where_our_schema_would_be_passed_over_a_person_is_asked(project: Project, alter: Alter, words: str) -> None:
    told = found(project, alter)
    assert [action for action, reason, _ in told if reason.startswith(words)] == [2]


def limit(document: Any) -> None:
    request(document)["schema"]["anyOf"] = [{"required": ["ship"]}, {"not": {"required": ["token"]}}]


@pytest.mark.parametrize("alter", [compose("allOf"), limit], ids=["allOf", "which-properties"])
def test_where_our_schema_is_read_nobody_is_asked(project: Project, alter: Alter) -> None:
    assert found(project, alter) == []


def told(alter: Alter, project: Project) -> list[str]:
    old: Any = documents.load(project.spec)
    new = copy.deepcopy(old)
    alter(new)
    review = staleness.review(old, new, project.overlays())
    return notices.of(contract.changes(old, new), review.document)


@pytest.mark.parametrize(
    ("alter", "beginnings"),
    [
        row(lambda d: d.update(servers=[{"url": "https://eu.harbour.example"}]),
         ["The servers changed: `https://harbour.example` is gone, `https://eu.harbour.example` is new. Nobody is"]),
        row(lambda d: d["paths"]["/v1/dock"]["post"].update(deprecated=True),
         ["`dock` (`POST /v1/dock`) is deprecated: it works for now; say what to use instead before it goes."]),
        row(lambda d: d["paths"]["/v1/berths"]["get"]["parameters"][0].update(deprecated=True),
         ["`listBerths` (`GET /v1/berths`), `parameter free in query`, is deprecated: it works"]),
        row(lambda d: d["paths"]["/v1/dock"]["post"].update(deprecated=False),
         ["`dock` (`POST /v1/dock`) is deprecated no longer."]),
        row(lambda d: d["paths"]["/v1/dock"]["post"]["responses"].update(
            {status: {"description": ""} for status in ("201", "302", "409", "default")}),
         ["`dock` (`POST /v1/dock`) may answer 201 now: a success",
          "`dock` (`POST /v1/dock`) may answer 302 now: redirects are not followed, so",
          "`dock` (`POST /v1/dock`) may answer 409 now: it is raised as `APIStatusError`, from 500 on as",
          "`dock` (`POST /v1/dock`) may answer default now: whatever no other status stands for; it is raised as"]),
        row(lambda d: d["paths"]["/v1/dock"]["post"].update(responses={"404": {"description": ""}}),
         ["`dock` (`POST /v1/dock`) is said to answer 200 no longer", "`dock` (`POST /v1/dock`) may answer 404 now"]),
        row(lambda d: d["paths"]["/v1/berths"].update(put={"responses": {"2XX": {"description": ""}}}),
         []),
    ],
    ids=["server", "operation", "parameter", "no-longer", "statuses", "status-gone", "new-operation"],
)  # fmt: skip
def test_what_users_have_to_know_is_told(project: Project, alter: Alter, beginnings: list[str]) -> None:
    lines = told(alter, project)
    assert [line[: len(start)] for line, start in zip(lines, beginnings, strict=True)] == beginnings


def test_what_users_have_to_know_stands_in_the_summary(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    newer: Path = project.root / "newer.yaml"
    document: Any = documents.load(project.spec)
    document["paths"]["/v1/dock"]["post"]["deprecated"] = True
    newer.write_text(documents.dump(document))
    assert main(["drift", "--against", str(newer)], project=project) == 1
    assert "\n## What users have to know\n\n- `dock` (`POST /v1/dock`) is deprecated: it" in capsys.readouterr().out
