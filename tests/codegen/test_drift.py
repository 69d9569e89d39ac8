"""What `drift` tells about altered documents."""

import copy
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from codegen import contract, documents
from codegen.__main__ import main
from codegen.pipeline import Project

PUBLISHED = Path(__file__).parents[3] / "shared" / "contract" / "published-leandata-bookit-openapi.yml"
BERTHS, DOCK = "GET /v1/berths", "POST /v1/dock"
REQUEST, ANSWER = f"{DOCK} > request > application/json", f"{DOCK} > response 200 > application/json"

Alter = Callable[[Any], object]


def drift(project: Project, capsys: pytest.CaptureFixture[str], alter: Alter) -> tuple[int, dict[str, Any]]:
    document: Any = documents.load(project.spec)
    alter(document)
    newer = project.root / "newer.yaml"
    newer.write_text(documents.dump(document))
    capsys.readouterr()
    code = main(["drift", "--against", str(newer), "--format", "json"], project=project)
    return code, json.loads(capsys.readouterr().out)


def told(changes: list[dict[str, Any]]) -> list[str]:
    return [
        f"{change['change']} {change['kind']} {change['place']}: {change['before']} → {change['after']}"
        for change in changes
    ]


def get(document: Any) -> Any:
    return document["paths"]["/v1/berths"]["get"]


def post(document: Any) -> Any:
    return document["paths"]["/v1/dock"]["post"]


def example(document: Any) -> Any:
    return post(document)["requestBody"]["content"]["application/json"]["schema"]["example"]


def answer(document: Any) -> Any:
    return post(document)["responses"]["200"]["content"]["application/json"]["schema"]


def rename_field(document: Any) -> None:
    fields = answer(document)["properties"]
    fields["status"] = fields.pop("state")


def add_operation(document: Any) -> None:
    document["paths"]["/v1/berths"]["post"] = {"summary": "More", "responses": {"200": {"description": "Done"}}}


NAMED: dict[str, Any] = {
    "operationId": "look",
    "parameters": [{"name": "berth", "in": "path", "required": True, "schema": {"type": "integer"}}],
    "responses": {"200": {"description": "Seen", "content": {"application/json": {}}}},
}


def declare_components(document: Any) -> None:
    document["components"] = {
        "schemas": {
            "Ship": {"type": "object", "allOf": [{"type": "object"}], "additionalProperties": {"type": "string"}}
        },
        "parameters": {"Page": {"name": "page", "in": "query", "schema": {"type": "integer"}}},
        "responses": {"Gone": {"description": "Gone", "headers": {"X-Id": {"schema": {"type": "string"}}}}},
        "requestBodies": {"Ship": {"content": {"application/json": {"example": 1}}}},
        "securitySchemes": {"key": {"type": "apiKey", "name": "X-Key", "in": "header"}},
    }


def case(alter: Alter, changes: list[str], *, id: str) -> Any:  # noqa: A002 - as in pytest.param
    return pytest.param(alter, changes, id=id)


@pytest.mark.parametrize(
    ("alter", "changes"),
    [
        case(
            lambda d: answer(d)["properties"].update(depth={"type": "integer", "description": "Metres."}),
            [f"added field {ANSWER} > field depth: None → integer, optional"],
            id="field-added",
        ),
        case(
            lambda d: (
                answer(d)["properties"].update(depth={"type": "string", "format": "date", "enum": ["a", "b"]})
                or answer(d)["required"].append("depth")
            ),
            [
                f"added required {ANSWER} > required depth: None → None",
                f'added field {ANSWER} > field depth: None → string (date), required, one of "a", "b"',
            ],
            id="field-added-required",
        ),
        case(
            lambda d: answer(d)["properties"].pop("state"),
            [f"removed field {ANSWER} > field state: None → None"],
            id="field-removed",
        ),
        case(
            rename_field,
            [
                f"removed field {ANSWER} > field state: None → None",
                f"added field {ANSWER} > field status: None → string, optional",
            ],
            id="field-renamed",
        ),
        case(
            lambda d: answer(d)["properties"]["berth"].update(type="string"),
            [f"changed type {ANSWER} > field berth > type: integer → string"],
            id="field-retyped",
        ),
        case(
            lambda d: answer(d)["properties"]["state"].update(nullable=True, maxLength=3),
            [
                f"added type {ANSWER} > field state > nullable: None → true",
                f"added setting {ANSWER} > field state > maxLength: None → 3",
            ],
            id="field-nullable",
        ),
        case(
            lambda d: answer(d)["required"].append("state"),
            [f"added required {ANSWER} > required state: None → None"],
            id="field-required",
        ),
        case(
            lambda d: answer(d)["properties"].update(title={"type": "string"}),
            [f"added field {ANSWER} > field title: None → string, optional"],
            id="field-named-like-prose",
        ),
        case(
            lambda d: get(d)["parameters"][0]["schema"]["enum"].append("taken"),
            [f'added enum {BERTHS} > parameter free in query > enum value "taken": None → None'],
            id="enum-value-added",
        ),
        case(
            lambda d: get(d)["parameters"][0].update(required=True),
            [f"added setting {BERTHS} > parameter free in query > required: None → true"],
            id="parameter-required",
        ),
        case(
            lambda d: get(d)["parameters"].append({"$ref": "#/components/parameters/Page"}),
            [f"added parameter {BERTHS} > parameter #/components/parameters/Page: None → None"],
            id="parameter-referred-to",
        ),
        case(
            lambda d: d["paths"]["/v1/berths"].update(parameters=[{"name": "dock", "in": "header", "example": 1}]),
            [f"added parameter {BERTHS} > parameter dock in header: None → any type, optional"],
            id="parameter-of-the-path",
        ),
        case(add_operation, ["added operation POST /v1/berths: None → response 200"], id="operation-added"),
        case(
            lambda d: d["paths"].update({"/v2/{berth}/{ship}": {"get": NAMED, "head": {"responses": {}}}}),
            [
                "added operation GET /v2/{berth}/{ship}: None → parameter berth in path (integer, required); "
                "response 200; operationId (look); parameter ship in path, declared nowhere",
                "added operation HEAD /v2/{berth}/{ship}: None → parameter berth in path, declared nowhere; "
                "parameter ship in path, declared nowhere",
            ],
            id="operation-added-with-a-name",
        ),
        case(
            lambda d: get(d).update(operationId="look"),
            [f"added setting {BERTHS} > operationId: None → look"],
            id="operation-named",
        ),
        case(lambda d: d["paths"].pop("/v1/dock"), [f"removed operation {DOCK}: None → None"], id="operation-removed"),
        case(
            lambda d: d["paths"].update({"/v2/dock": d["paths"].pop("/v1/dock")}),
            [
                f"removed operation {DOCK}: None → None",
                "added operation POST /v2/dock: None → request with ship, token, lines; response 200 with berth, state",
            ],
            id="operation-moved",
        ),
        case(
            lambda d: example(d).update(captain="Ann"),
            [f"added example {REQUEST} > example > captain: None → string"],
            id="example-key-added",
        ),
        case(
            lambda d: example(d)["lines"].append({"number": "two", "wet": None, "long": 1.5}),
            [
                f"changed example {REQUEST} > example > lines > [] > number: integer → integer | string",
                f"changed example {REQUEST} > example > lines > [] > wet: boolean → boolean | null",
                f"added example {REQUEST} > example > lines > [] > long: None → number",
            ],
            id="example-types",
        ),
        case(
            lambda d: post(d)["responses"]["200"]["content"]["application/json"].update(
                examples={"one": {"summary": "One", "value": {"berth": 1}}}
            ),
            [f"added example {ANSWER} > example one: None → object"],
            id="example-named",
        ),
        case(
            lambda d: post(d)["requestBody"]["content"].update({"text/plain": {"schema": {"type": "string"}}}),
            [f"added media type {DOCK} > request > text/plain: None → None"],
            id="media-type-added",
        ),
        case(
            lambda d: post(d)["responses"].update({"404": {"description": "No berth"}}),
            [f"added response {DOCK} > response 404: None → None"],
            id="response-added",
        ),
        case(
            lambda d: d.update(servers=[{"url": "https://new.example", "variables": {"a": {"default": "b"}}}]),
            [
                "removed server server https://harbour.example: None → None",
                "added server server https://new.example: None → None",
            ],
            id="server",
        ),
        case(
            lambda d: d.update(security=[{"key": []}]), ['added security security: None → [{"key": []}]'], id="security"
        ),
        case(
            lambda d: (d["tags"].append({"name": "Ships"}), get(d)["tags"].append("Ships")),
            ["added tag tag Ships: None → None", f"added tag {BERTHS} > tag Ships: None → None"],
            id="tags",
        ),
        case(
            lambda d: get(d).update(deprecated=True),
            [f"added setting {BERTHS} > deprecated: None → true"],
            id="deprecated",
        ),
        case(
            declare_components,
            [
                "added component components/schemas/Ship: None → None",
                "added component components/responses/Gone: None → None",
                "added component components/requestBodies/Ship: None → None",
                "added parameter components/parameters > parameter page in query: None → integer, optional",
                "added component components > securitySchemes: None → None",
            ],
            id="components",
        ),
        case(
            lambda d: answer(d)["properties"].update(
                state={"oneOf": [{"type": "string"}], "items": {"type": "string"}}
            ),
            [
                f"removed type {ANSWER} > field state > type: string → None",
                f"added schema {ANSWER} > field state > (items): None → None",
                f"added schema {ANSWER} > field state > (oneOf 1): None → None",
            ],
            id="composition",
        ),
    ],
)
def test_a_change_of_the_document_is_told(project: Project, alter: Alter, changes: list[str]) -> None:
    document = documents.load(project.spec)
    newer = copy.deepcopy(document)
    alter(newer)
    assert changes == told([asdict(change) for change in contract.changes(document, newer)])


def test_a_change_of_the_document_is_drift(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = drift(project, capsys, lambda d: example(d).update(captain="Ann"))
    assert [f"added example {REQUEST} > example > captain: None → string"] == told(report["document"])
    assert [] == report["overlays"] == report["surface"]
    assert (code, report["drift"]) == (1, True)


def reword(document: Any) -> None:
    document["info"].update(title="Port", description="Other words.", version="1.0.1")
    document["tags"][0].update(description="Other words.", externalDocs={"url": "https://example.com"})
    get(document).update(summary="All berths", description="Other words.")
    post(document).pop("description")
    answer(document)["properties"]["berth"].update(description="Its number.", title="Berth")
    example(document).update(ship="Borealis", token="abcdef" * 9)


def test_prose_and_example_values_are_no_drift(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = drift(project, capsys, reword)
    assert [] == report["document"] == report["overlays"] == report["surface"]
    assert (code, report["drift"]) == (0, False)


@pytest.mark.parametrize(("start", "line_end"), [(b"\xef\xbb\xbf", b"\n"), (b"", b"\r\n")])
def test_line_ends_and_byte_order_marks_are_no_drift(
    project: Project, capsys: pytest.CaptureFixture[str], start: bytes, line_end: bytes
) -> None:
    newer = project.root / "newer.yaml"
    newer.write_bytes(start + project.spec.read_bytes().replace(b"\n", line_end))
    assert main(["drift", "--against", str(newer)], project=project) == 0
    assert capsys.readouterr().out.startswith("# No drift: ")


def test_what_it_does_to_the_python_surface_is_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    def alter(document: Any) -> None:
        answer(document)["properties"].update(depth={"type": "integer"}, berth={"type": "string"})
        answer(document)["properties"].pop("state")
        get(document)["parameters"].append({"name": "limit", "in": "query", "schema": {"type": "integer"}})
        document["paths"]["/v1/berths"]["delete"] = {
            "tags": ["Berths"],
            "operationId": "leave",
            "responses": {"200": {"description": "Gone"}},
        }

    _, report = drift(project, capsys, alter)
    lines = told(report["surface"])
    assert "changed field models.docked.Docked.berth: int → str" in lines
    assert "added field models.docked.Docked.depth: None → int | Unset" in lines
    assert any(line.startswith("removed field models.docked.Docked.state: ") for line in lines)
    assert any(line.startswith("changed function api.berths.list_berths.sync_detailed: (*, client") for line in lines)
    assert "added module api.berths.leave: None → None" in lines
    assert not any("api.berths.leave." in line for line in lines)


def test_a_new_and_a_gone_model_are_told_once(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    def alter(document: Any) -> None:
        get(document)["responses"]["200"]["content"]["application/json"] = {
            "schema": {"title": "BerthList", "type": "object", "properties": {"count": {"type": "integer"}}}
        }

    _, report = drift(project, capsys, alter)
    assert "added model models.berth_list.BerthList: None → None" in told(report["surface"])
    assert not any("BerthList." in line for line in told(report["surface"]))
    document = project.root / "openapi" / "older.yaml"
    (project.root / "newer.yaml").rename(document)
    main(["drift", "--spec", str(document), "--against", str(project.spec), "--format", "json"], project=project)
    back = told(json.loads(capsys.readouterr().out)["surface"])
    assert "removed model models.berth_list.BerthList: None → None" in back
    assert not any("BerthList." in line for line in back)


def test_overlay_actions_that_no_longer_apply_are_all_told(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    def alter(document: Any) -> None:
        document["paths"]["/v2/dock"] = document["paths"].pop("/v1/dock")

    code, report = drift(project, capsys, alter)
    assert code == 1
    assert [(failure["action"], failure["target"], failure["reason"]) for failure in report["overlays"]] == [
        (2, "$.paths['/v1/dock'].post", "matches nothing"),
        (1, "$.paths['/v1/dock'].post.responses['200'].content['application/json'].schema", "matches nothing"),
        (2, "$.paths['/v1/dock'].post.requestBody.content['application/json']", "matches nothing"),
    ]
    assert {failure["remedy"] for failure in report["overlays"]} == {
        "`/v1/dock` is `/v2/dock` now: write that, or delete the action if nothing is left for it to do."
    }
    told_without_them = told(report["surface"])
    assert "removed module api.berths.dock: None → None" in told_without_them
    assert "added module api.berths.post_v2_dock: None → None" in told_without_them
    assert report["breaking"] is True


def test_a_document_that_cannot_be_generated_from_is_told(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = drift(project, capsys, lambda d: answer(d)["properties"]["state"].update(type="array"))
    assert (code, report["surface"]) == (1, None)
    main(["drift", "--against", str(project.root / "newer.yaml")], project=project)
    assert "## The Python surface\n\nIt cannot be told: no code can be generated" in capsys.readouterr().out
    assert report["surface_unknown"].startswith(
        "no code can be generated from the newer document: the generator failed: WARNING parsing POST /v1/dock"
    )


def gone(document: Any) -> None:
    document["paths"].pop("/v1/dock")
    document["paths"]["/v1/ships"] = {"get": {"responses": {"200": {"description": "Ships"}}}}


def test_markdown_says_the_same(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    def alter(document: Any) -> None:
        answer(document)["properties"]["berth"]["type"] = "string"
        answer(document)["properties"].pop("state")

    drift(project, capsys, alter)
    newer = project.root / "newer.yaml"
    assert main(["drift", "--against", str(newer)], project=project) == 1
    text = capsys.readouterr().out
    assert text.startswith(f"# Drift: {newer} against {project.spec}\n\n## The document\n\n")
    assert f"- changed type: `{ANSWER} > field berth > type`: `integer` → `string`\n" in text
    assert f"- removed field: `{ANSWER} > field state`\n" in text
    assert "## Overlay actions that need a person\n\nNothing.\n" in text
    assert "- **breaking** changed field: `models.docked.Docked.berth`: `int` → `str`\n" in text
    drift(project, capsys, gone)
    main(["drift", "--against", str(newer)], project=project)
    text = capsys.readouterr().out
    assert (
        "action 2, target `$.paths['/v1/dock'].post`: matches nothing. "
        "`/v1/dock` is published no longer: delete the action.\n"
    ) in text
    assert (
        "\n- to be written, target `$.paths['/v1/ships'].get`: is a new operation without operationId and tags," in text
    )
    assert (
        "## The Python surface\n\nSo far, without the actions above:\n\n"
        "- **breaking** removed module: `api.berths.dock`\n"
    ) in text


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "no such file"),
        (b"openapi: 3.0.0\npaths: {a: [", "is not usable YAML: line 2, column 13: "),
        (b"openapi: 3.2.0\npaths: {}\n", "declares OpenAPI 3.2.0; this pipeline reads OpenAPI 3.0 only"),
        (
            b"openapi: 3.0.0\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get: {}\n",
            "is not valid OpenAPI 3.0 at #/paths/~1a/get: 'responses' is a required property",
        ),
        (b"swagger: '2.0'\n", "is not an OpenAPI 3.0 document: the key 'openapi' is missing"),
    ],
)
def test_an_unusable_newer_document_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str], content: bytes | None, reason: str
) -> None:
    newer = project.root / "newer.yaml"
    if content is not None:
        newer.write_bytes(content)
    assert main(["drift", "--against", str(newer)], project=project) == 2
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines())) == ("", 1)
    assert err.startswith(f"error: {newer}: {reason}")


@pytest.mark.parametrize(
    ("cut", "reason"),
    [
        ("all, free]", "is not usable YAML"),
        ("      responses:", "~1v1~1berths/get: 'responses' is a required property"),
        (
            "  /v1/dock",
            "ends where the committed document goes on with '/v1/dock:' (line 31), as a download that was cut off does",
        ),
    ],
    ids=["within-a-word", "within-an-operation", "between-operations"],
)
def test_a_truncated_document_is_refused(
    project: Project, capsys: pytest.CaptureFixture[str], cut: str, reason: str
) -> None:
    newer = project.root / "newer.yaml"
    newer.write_text(project.spec.read_text().partition(cut)[0])
    assert main(["drift", "--against", str(newer)], project=project) == 2
    assert reason in capsys.readouterr().err


def test_a_path_parameter_that_is_declared_nowhere_is_told(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    look = {"operationId": "look", "tags": ["⚓ Berths"], "responses": {"200": {"description": "Seen"}}}
    code, report = drift(project, capsys, lambda d: d["paths"].update({"/v1/berths/{berth}": {"get": look}}))
    assert code == 1
    assert told(report["document"]) == [
        "added operation GET /v1/berths/{berth}: None → response 200; operationId (look); "
        "parameter berth in path, declared nowhere"
    ]
    assert report["surface"] is None
    assert "Path parameter 'berth' for 'get' operation in '/v1/berths/{berth}'" in report["surface_unknown"]


def rename_required(document: Any) -> None:
    example(document)["vessel"] = example(document).pop("ship")


def retype_example(document: Any) -> None:
    example(document)["ship"] = 7


def publish_the_request(document: Any) -> None:
    schema = post(document)["requestBody"]["content"]["application/json"]["schema"]
    schema.update(required=["ship"], properties={"ship": {"type": "string"}})


def refer(document: Any) -> None:
    document["components"] = {"schemas": {"Taken": answer(document)}}
    post(document)["responses"]["200"]["content"]["application/json"]["schema"] = {"$ref": "#/components/schemas/Taken"}


@pytest.mark.parametrize(
    ("alter", "finding"),
    [
        pytest.param(
            rename_required,
            (
                2,
                "the published example does not fit the schema: $: 'ship' is a required property",
                "Find out which is right; if it is the example, write the schema in this action anew.",
            ),
            id="example-lacks-what-ours-requires",
        ),
        pytest.param(
            retype_example,
            (
                2,
                "the published example does not fit the schema: $.ship: 7 is not of type 'string'",
                "Find out which is right; if it is the example, write the schema in this action anew.",
            ),
            id="example-of-another-type",
        ),
        pytest.param(
            publish_the_request,
            (
                2,
                "would write over what is published now: "
                "$['paths']['/v1/dock']['post']['requestBody']['content']['application/json']['schema']['required'] "
                'is ["ship"]',
                "Upstream publishes this itself: keep theirs where it is right, and take it out of the action.",
            ),
            id="published-itself",
        ),
        pytest.param(
            refer,
            (
                1,
                "would write over what is published now: "
                "$['paths']['/v1/dock']['post']['responses']['200']['content']['application/json']['schema'] "
                "is the keys $ref",
                "Upstream publishes this itself: keep theirs where it is right, and take it out of the action.",
            ),
            id="published-as-a-component",
        ),
    ],
)
def test_what_needs_a_person_is_told_with_what_to_do(
    project: Project, capsys: pytest.CaptureFixture[str], alter: Alter, finding: tuple[int, str, str]
) -> None:
    _, report = drift(project, capsys, alter)
    assert [(str(project.overlays()[1]), *finding)] == [
        (one["file"], one["action"], one["reason"], one["remedy"]) for one in report["overlays"]
    ]


def test_each_stale_action_says_what_to_do(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    names = project.overlays()[0]
    names.write_text(
        names.read_text()
        + """\
  - target: $.paths
    update: {/v2/dock: {}}
  - target: $.paths['/v2/dock']
    copy: $.paths['/v1/dock'].post.responses
  - target: $.paths['/v1/berths'].get.parameters[0].schema.enum
    remove: true
  - target: $.info.version
    update: '2'
  - target: $.paths['/v1/berths'].get.parameters[0].schema
    update: {x-depth: {unit: m}}
"""
    )

    def alter(document: Any) -> None:
        get(document)["parameters"][0]["schema"] = {"type": "string", "x-depth": 7}
        document["paths"]["/v1/dock"]["post"]["responses"]["201"] = document["paths"]["/v1/dock"]["post"][
            "responses"
        ].pop("200")

    _, report = drift(project, capsys, alter)
    assert [(one["action"], one["reason"], one["remedy"]) for one in report["overlays"][:3]] == [
        (7, "matches nothing", "Upstream has dropped what this removes: delete the action."),
        (
            9,
            "would write over what is published now: "
            "$['paths']['/v1/berths']['get']['parameters'][0]['schema']['x-depth'] is 7",
            "Upstream publishes this itself: keep theirs where it is right, and take it out of the action.",
        ),
        (
            1,
            "matches nothing",
            "What it points to is gone, or an action above that makes it is stale: mend that one first.",
        ),
    ]


def test_a_key_that_only_the_example_has_is_hinted_at(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    code, report = drift(project, capsys, lambda d: example(d).update(captain="Ann"))
    assert (code, report["overlays"]) == (1, [])
    assert report["hints"] == [f"`{REQUEST}`: the published example has `$.captain`, which no schema of ours declares."]
    main(["drift", "--against", str(project.root / "newer.yaml")], project=project)
    assert "## Worth an overlay action\n\n- `POST /v1/dock" in capsys.readouterr().out


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published document is not beside this checkout")
def test_the_published_document_is_no_drift(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["drift", "--against", str(PUBLISHED)]) == 0, capsys.readouterr().out
