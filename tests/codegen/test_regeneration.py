"""`regenerate` on altered documents: each gives the right report, exit code and client, or changes nothing at all."""

import copy
import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import yaml

from codegen import documents, pipeline, regeneration
from codegen.__main__ import main
from codegen.outcomes import TOLD, Outcome
from codegen.pipeline import Project

from . import obedience

ROOT = Path(__file__).parents[2]
PARTS = ("openapi", "overlays", "generator-templates", "bookit_async/_generated", "CHANGELOG.md")
PASS, FAIL = (f"{shlex.quote(sys.executable)} -c {shlex.quote(code)}" for code in ("", "print('1 failed'); exit(1)"))

Alter: TypeAlias = Callable[[Any], object]
Write: TypeAlias = Callable[[Any], bytes]

METHOD = "client.api.fetch_availability"
INPUTS, AVAILABILITY = "/v1/scheduling/retrieve-inputs", "/v1/scheduling/fetch-availability"
INFO, MODIFICATION = "/v1/scheduling/retrieve-info", "/v1/scheduling/retrieve-modification-info"


def copied(root: Path, source: Path = ROOT) -> Project:
    for part in PARTS:
        if (source / part).is_dir():
            shutil.copytree(source / part, root / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source / part, root / part)
    return Project(root)


def contents(project: Project) -> dict[str, bytes]:
    files = (path for path in project.root.rglob("*") if path.is_file())
    return {path.relative_to(project.root).as_posix(): path.read_bytes() for path in files}


def as_yaml(document: Any) -> bytes:
    return documents.dump(document).encode()


def regenerated(project: Project, alter: Alter, write: Write = as_yaml, *more: str) -> tuple[int, str]:
    """Alter the project's document, regenerate from it, and give the exit code and the summary."""
    document: Any = documents.load(project.spec)
    alter(document)
    newer, summary = project.root.parent / "newer.yaml", project.root.parent / "summary.md"
    newer.write_bytes(write(document))
    words = ["regenerate", "--spec", str(newer), "--summary", str(summary), "--tests", PASS, *more]
    return main(words, project=project), summary.read_text()


def client(project: Project) -> str:
    """The signatures of the client's methods, without blanks."""
    return "".join((project.generated / "client.py").read_text().split())


@pytest.fixture
def ours(tmp_path: Path) -> Project:
    """A copy of this project."""
    root = tmp_path / "project"
    (root / "bookit_async").mkdir(parents=True)
    return copied(root)


@dataclass(frozen=True, slots=True)
class Member:
    """One altered document: the exit code, what the summary says, and what the new client has; nothing for none."""

    code: int
    alter: Alter
    told: tuple[str, ...] = ()
    client: str = ""
    write: Write = as_yaml
    more: tuple[str, ...] = ()
    published: bool = False
    """Whether it follows on the document in which two fields of a request are published already."""


def body(document: Any, path: str = AVAILABILITY) -> Any:
    return document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]


def example(document: Any, path: str) -> Any:
    return body(document, path)["example"]


def answer(document: Any, path: str, method: str) -> Any:
    return document["paths"][path][method]["responses"]["200"]["content"]["application/json"]


def nothing(_document: Any) -> None: ...


def publish_fields(document: Any) -> None:
    body(document)["properties"] = {
        "notes": {"type": "string", "description": "The vendor's words."},
        "mood": {"type": "string", "enum": ["calm", "keen"]},
    }


@pytest.fixture(scope="module")
def published_once(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, int, str]:
    root = tmp_path_factory.mktemp("published") / "project"
    (root / "bookit_async").mkdir(parents=True)
    project = copied(root)
    return project, *regenerated(project, publish_fields)


@pytest.fixture
def published(published_once: tuple[Project, int, str], tmp_path: Path) -> Project:
    """The same after upstream has published two fields of a request itself, and we have followed."""
    root = tmp_path / "project"
    (root / "bookit_async").mkdir(parents=True)
    return copied(root, published_once[0].root)


def test_a_field_added_is_followed(
    published_once: tuple[Project, int, str], capsys: pytest.CaptureFixture[str]
) -> None:
    project, code, summary = published_once
    assert code == 10
    assert summary.startswith("# The client was regenerated, and breaks nothing\n")
    field = "POST /v1/scheduling/fetch-availability > request > application/json > field"
    assert f"- added field: `{field} notes`: `string, optional`\n" in summary
    assert f'- added field: `{field} mood`: `string, optional, one of "calm", "keen"`\n' in summary
    assert (
        "- changed method: `client.api.fetch_availability` takes `notes: str | None` now, optional; takes `mood"
        in summary
    )
    assert "\n## Overlay actions that need a person\n\nNothing.\n" in summary
    place = "#/paths/~1v1~1scheduling~1fetch-availability/post/requestBody/content/application~1json/schema/properties"
    assert f"- `{place}/mood` has no description: add one in our words.\n- `{place}/notes` has no desc" in summary
    assert "\n## The tests\n\nThey pass. `make check` also runs those that hold what people know of the" in summary
    assert "notes:str|None=None,mood:Literal['calm','keen']|None=None" in client(project).replace('"', "'")
    entry = "- `client.api.fetch_availability` takes `notes: str | None` now, optional; takes"
    assert entry in project.changelog.read_text().partition("\n## ")[2].partition("\n## ")[0]
    assert "vendor's words" not in project.spec.read_text()
    assert main(["check"], project=project) == 0, capsys.readouterr().out
    shutil.copy(project.spec, project.root.parent / "again.yaml")
    assert main(["regenerate", "--spec", str(project.root.parent / "again.yaml")], project=project) == 0


def rename_field(document: Any) -> None:
    fields = body(document)["properties"]
    fields["remarks"] = fields.pop("notes")


def require_field(document: Any) -> None:
    body(document)["required"] = ["notes"]
    example(document, AVAILABILITY)["notes"] = "Call first."


def retype_example(document: Any) -> None:
    example(document, AVAILABILITY)["token"] = 7


def add_operation(document: Any) -> None:
    document["paths"]["/v1/hosts"] = {
        "get": {
            "summary": "v1/hosts",
            "parameters": [{"name": "email", "in": "query", "required": True, "schema": {"type": "string"}}],
            "responses": {"200": {"description": "Hosts", "content": {"application/json": {}}}},
        }
    }


def move_operation(document: Any) -> None:
    document["paths"]["/v1/prospect-meetings"] = document["paths"].pop("/v1/meetings")


def rename_path(document: Any) -> None:
    document["paths"]["/v1/meeting/{meetingId}"] = document["paths"].pop("/v1/meeting/:meetingId")


def publish_request(document: Any) -> None:
    body(document, INPUTS).update(required=["nodeName"], properties={"nodeName": {"type": "string"}})


def publish_answer(document: Any) -> None:
    answer(document, "/v1/meetings", "get")["schema"] = {"type": "array", "items": {"type": "object"}}


def drop_header(document: Any) -> None:
    for item in document["paths"].values():
        for operation in item.values():
            operation.pop("parameters", None)


def loosen(document: Any) -> None:
    body(document)["properties"] = {"many": {"type": "array"}}


def test_a_field_that_only_an_example_names_is_hinted_at(ours: Project) -> None:
    before = contents(ours)
    code, summary = regenerated(ours, lambda d: example(d, AVAILABILITY).update(notes="Call first."))
    assert code == 10
    assert (
        "\n## Worth an overlay action\n\n- `POST /v1/scheduling/fetch-availability > request > application/json`: "
        "the published example has `$.notes`, which no schema of ours declares.\n"
    ) in summary
    assert "\n## The changelog\n\nNothing to say to users.\n" in summary
    changed = {name for name, content in contents(ours).items() if before[name] != content}
    assert changed == {"openapi/bookit.openapi.yaml", "openapi/bookit.enriched.yaml", "openapi/SOURCE.lock"}


def reword(document: Any) -> None:
    document["info"].update(title="BookIt", description="Other words.", version="1.0.1")
    document["paths"][AVAILABILITY]["post"].update(summary="Other words.", description="Other words.")
    example(document, AVAILABILITY)["token"] = "another"


def share(document: Any) -> None:
    """Make equal parts one object, which PyYAML writes with an anchor."""
    shared = answer(document, "/v1/meetings", "get")
    for item in document["paths"].values():
        for operation in item.values():
            operation["responses"]["200"]["content"]["application/json"] = shared


def with_anchors(document: Any) -> bytes:
    text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)  # pyright: ignore[reportUnknownMemberType]
    assert "&id001" in text
    return text.encode()


BOMB = "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 10))


def cut(at: str) -> Write:
    return lambda document: as_yaml(document).partition(at.encode())[0]


OVERLAY = "{root}/overlays"


def count_in_3_1(document: Any) -> None:
    document["openapi"] = "3.1.0"
    body(document)["properties"]["count"] = {"type": ["integer", "null"], "exclusiveMinimum": 0, "examples": [1]}


def parameter(document: Any, one: Any) -> None:
    document["paths"][INFO]["post"].setdefault("parameters", []).append(one)


def add_in_their_style(document: Any) -> None:
    document["paths"]["/v1/hosts"] = copy.deepcopy({"post": document["paths"][INPUTS]["post"]})


FAMILY: dict[str, Member] = {
    "field-removed": Member(
        11,
        lambda d: body(d)["properties"].pop("notes"),
        (
            f"**breaking** changed method: `{METHOD}` takes `notes` no longer",
            "- **Breaking:** `client.api.fetch_av",
        ),
        "mood:",
        published=True,
    ),
    "field-renamed": Member(
        11,
        rename_field,
        (f"**breaking** changed method: `{METHOD}` takes `notes` no longer; takes `remarks: str | None` now, opt",),
        "remarks:str|None=None",
        published=True,
    ),
    "field-retyped": Member(
        11,
        lambda d: body(d)["properties"]["notes"].update(type="integer"),
        (
            f"**breaking** changed method: `{METHOD}` takes `notes: int | None` now (`str | None` before)",
            "field notes > type`: `string` → `integer`",
        ),
        "notes:int|None=None",
        published=True,
    ),
    "field-made-required": Member(
        11,
        require_field,
        (
            f"**breaking** changed method: `{METHOD}` takes `notes: str` now (`str | None` before)",
            "added required: `POST /v1/scheduling/fetch-availability > request > application/json > required ",
        ),
        "notes:str,",
        published=True,
    ),
    "enum-value-added": Member(
        10,
        lambda d: body(d)["properties"]["mood"]["enum"].append("shy"),
        (
            "added enum: ",
            "- changed method: `client.api.fetch_availability` takes `mood: Literal['calm', 'keen', 'shy']",
        ),
        '"shy"]|None',
        published=True,
    ),
    "field-removed-that-we-require": Member(
        12,
        lambda d: example(d, INPUTS).pop("nodeName"),
        (
            f"`{OVERLAY}/30-requests.overlay.yaml`, action 2, target `$.paths['{INPUTS}'].post.requestBody.content",
            "the published example does not fit the schema: $: 'nodeName' is a required property. Find out which",
            "- removed example: ",
        ),
    ),
    "field-retyped-in-an-example": Member(
        12,
        retype_example,
        (
            "does not fit the schema: $.token: 7 is not of type 'string'",
            "> example > token`: `string` → `integer`",
        ),
    ),
    "operation-added": Member(
        12,
        add_operation,
        (
            "- added operation: `GET /v1/hosts`: `parameter email in query (string, required); response 200`",
            "to be written, target `$.paths['/v1/hosts'].get`: is a new operation without operationId and tags, so",
        ),
    ),
    "operation-removed": Member(
        12,
        lambda d: d["paths"].pop(INFO),
        (
            f"- removed operation: `POST {INFO}`",
            f"target `$.paths['{INFO}'].post`: matches nothing. `{INFO}` is published no longer: delete",
            "So far, without the actions above:\n\n",
            "- **breaking** removed method: `client.api.legacy_retrieve_info`",
        ),
    ),
    "operation-moved": Member(
        12,
        move_operation,
        (
            "`/v1/meetings` is `/v1/prospect-meetings` now: write that, or delete the action if nothing is left",
            "- removed operation: `GET /v1/meetings`",
            "- added operation: `GET /v1/prospect-meetings`",
        ),
    ),
    "path-renamed": Member(
        12,
        rename_path,
        (
            f"`{OVERLAY}/10-paths.overlay.yaml`, action 2, target `$.paths['/v1/meeting/{{meetingId}}']`: copy "
            "must select exactly one node, but $.paths['/v1/meeting/:meetingId'] selects 0. "
            "`/v1/meeting/:meetingId` is `/v1/meeting/{meetingId}` now",
            f"`{OVERLAY}/10-paths.overlay.yaml`, action 3, ",
            "parameter meetingId in path, declared nowhere",
            "So far, without the actions above:\n\nNothing.\n",
        ),
    ),
    "request-published-itself": Member(
        12,
        publish_request,
        (
            "action 2, target",
            "would write over what is published now: $['paths']",
            "['required'] is [\"nodeName\"]. Upstream publishes this itself: keep theirs where it is right",
        ),
    ),
    "answer-published-itself": Member(
        12,
        publish_answer,
        ("['schema'] is the keys type, items. Upstream publishes this itself: keep theirs where it is right",),
    ),
    "mistake-mended": Member(
        12, drop_header, ("`: matches nothing. Upstream has dropped what this removes: delete the action.\n",)
    ),
    "not-generated": Member(
        12,
        loosen,
        ("It cannot be told: no code can be generated from the newer document: the generator failed: WARNING",),
    ),
    "the-same": Member(0, nothing, ()),
    "prose-and-values": Member(0, reword, ()),
    "crlf": Member(0, nothing, (), write=lambda d: as_yaml(d).replace(b"\n", b"\r\n")),
    "bom": Member(0, nothing, (), write=lambda d: b"\xef\xbb\xbf" + as_yaml(d)),
    "json": Member(0, nothing, (), write=lambda d: documents.dump_json(d).encode()),
    "json-as-python-writes-it": Member(0, nothing, (), write=lambda d: json.dumps(d).encode()),
    "json-with-tabs": Member(0, nothing, (), write=lambda d: json.dumps(d, indent="\t").encode()),
    "anchors": Member(0, share, (), write=with_anchors),
    "openapi-3.1": Member(
        0, lambda d: d.update(openapi="3.1.0"), ("It declares OpenAPI 3.1.0, and was read as 3.0.\n",)
    ),
    "truncated-in-an-operation": Member(
        2, nothing, ("newer.yaml: ",), write=cut(" example:\n                nodeName")
    ),
    "truncated-between": Member(2, nothing, ("as a download that was cut off does",), write=cut(f"  {MODIFICATION}")),
    "not-yaml": Member(2, nothing, ("is not a mapping",), write=lambda _: b"<html>Bad gateway</html>"),
    "empty": Member(2, nothing, ("newer.yaml: is empty",), write=lambda _: b""),
    "no-openapi-3.1": Member(
        2,
        lambda d: body(d).update(type=["objects"]) or d.update(openapi="3.1.0"),
        ("is not valid OpenAPI 3.0 at #/paths/~1v1~1scheduling~1fetch-availability/post/requestBody",),
    ),
    "surrogate": Member(
        2, nothing, ("half a surrogate pair",), write=lambda _: b'{"openapi": "3.0.0", "info": {"title": "\\ud83e"}}'
    ),
    "bomb": Member(2, nothing, ("it is too large once its aliases are expanded",), write=lambda _: BOMB.encode()),
    "openapi-4": Member(2, lambda d: d.update(openapi="4.0.0"), ("declares OpenAPI 4.0.0",)),
    "more-of-openapi-3.1": Member(
        10,
        count_in_3_1,
        ("It declares OpenAPI 3.1.0, and was read as 3.0.\n\n- added field: ",),
        "count:int|None=None",
        write=lambda d: as_yaml(d).replace(b"\n", b"\r\n"),
        published=True,
    ),
    "openapi-3.1-in-json": Member(
        0, lambda d: d.update(openapi="3.1.0"), ("and was read as 3.0.\n",), write=lambda d: json.dumps(d).encode()
    ),
    "field-added": Member(10, publish_fields, ("takes `notes: str | None` now, optional",), "notes:str|None=None"),
    "field-added-that-only-an-example-names": Member(
        10, lambda d: example(d, AVAILABILITY).update(notes="Call first."), ("has `$.notes`, which no schema",), "class"
    ),
    "tests-fail": Member(3, publish_fields, ("exit(1)'` gave 1:\n\n    1 failed\n",), more=("--tests", FAIL)),
    "cut-short-on-purpose": Member(
        12,
        nothing,
        (f"- removed operation: `POST {MODIFICATION}`",),
        write=cut(f"  {MODIFICATION}"),
        more=("--shorter",),
    ),
    "header-parameter-added": Member(
        10,
        lambda d: parameter(d, {"name": "X-Trace", "in": "header", "schema": {"type": "string"}}),
        ("takes `x_trace: str | None` now, optional",),
        "x_trace:str|None=None",
    ),
    "cookie-parameter-added": Member(
        12,
        lambda d: parameter(d, {"name": "c", "in": "cookie", "schema": {"type": "string"}}),
        (f"POST {INFO} takes the cookie parameter c, and no cookies are sent",),
    ),
    "status-added": Member(
        10,
        lambda d: d["paths"]["/v1/meetings"]["get"]["responses"].update({"409": {"description": ""}}),
        ("`listMeetings` (`GET /v1/meetings`) may answer 409 now",),
        "class",
    ),
    "server-moved": Member(
        10, lambda d: d.update(servers=[{"url": "https://eu.example"}]), ("The servers changed: ",), "class"
    ),
    "operation-added-with-a-body": Member(
        12,
        add_in_their_style,
        ("target `$.paths['/v1/hosts'].post`: is a new operation without operationId and tags, so",),
    ),
}


@pytest.mark.parametrize("name", FAMILY)
def test_each_member_of_the_family_ends_as_its_row_says(
    request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    member = FAMILY[name]
    project: Project = request.getfixturevalue("published" if member.published else "ours")
    before = contents(project)
    code, summary = regenerated(project, member.alter, member.write, *member.more)
    said = capsys.readouterr().err
    assert [line for line in member.told if line.replace("{root}", str(project.root)) not in summary] == []
    assert code == member.code
    title = "The document cannot be used" if code == 2 else TOLD[Outcome(code)]
    assert summary.startswith(f"# {title[0].upper()}{title[1:]}\n")
    assert said.endswith(f"(exit code {code})\n") or (code == 2 and all(line in said for line in member.told))
    assert ("\n## The tests\n\nNot run.\n" in summary) == (code in (0, 12))
    assert (contents(project) != before) == (code in (10, 11)) == bool(member.client)
    assert member.client in client(project)
    assert code not in (10, 11) or main(["check"], project=project) == 0, capsys.readouterr().out


def test_nothing_is_replaced_when_the_tests_fail(ours: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(ours)
    code, summary = regenerated(ours, publish_fields, as_yaml, "--tests", FAIL)
    assert code == 3
    assert summary.startswith("# The tests fail with the new client; nothing was written\n")
    assert "exit(1)'` gave 1:\n\n    1 failed\n" in summary
    assert capsys.readouterr().err == "the tests fail with the new client; nothing was written (exit code 3)\n"
    assert contents(ours) == before


SHORT_SUMMARY = """\
E   AssertionError: long
=== short test summary info ===
FAILED tests/test_a.py::test_one[x y] - AssertionError: first of a
FAILED tests/test_a.py::test_two - AssertionError: second of a
ERROR tests/test_b.py - ImportError: b cannot be imported
{more}2 failed, 1 error in 0.10s
"""


@pytest.mark.parametrize(
    ("files", "told"),
    [
        (0, []),
        (60, [*(f"tests/m{n:02}.py: 1, the first tests/m{n:02}.py::t" for n in range(38)), "and 22 more files"]),
    ],
)  # fmt: skip
def test_of_a_failed_suite_the_first_failure_of_each_file_and_the_count_are_told(
    ours: Project, files: int, told: list[str]
) -> None:
    more = "".join(f"FAILED tests/m{number:02}.py::t\n" for number in range(files))
    script = ours.root.parent / "suite.py"
    script.write_text(f"print({SHORT_SUMMARY.format(more=more)!r}, end='')\nexit(1)\n")
    command = f"{shlex.quote(sys.executable)} {shlex.quote(str(script))}"
    code, summary = regenerated(ours, publish_fields, as_yaml, "--tests", command)
    assert code == 3
    lines = [
        "tests/test_a.py: 2, the first tests/test_a.py::test_one[x y] - AssertionError: first of a",
        "tests/test_b.py: 1, the first tests/test_b.py - ImportError: b cannot be imported",
        *told,
        "2 failed, 1 error in 0.10s",
    ]
    assert summary.endswith("` gave 1:\n\n" + "".join(f"    {line}\n" for line in lines))


@pytest.mark.parametrize("place", ["folder", "folder/file/summary.md"])
def test_a_summary_that_cannot_be_written_is_said_before_anything_else(
    ours: Project, capsys: pytest.CaptureFixture[str], place: str
) -> None:
    (ours.root.parent / "folder").mkdir()
    (ours.root.parent / "folder" / "file").touch()
    before = contents(ours)
    words = ["regenerate", "--spec", "none.yaml", "--summary", str(ours.root.parent / place)]
    assert main(words, project=ours) == 2
    assert capsys.readouterr().err.startswith(f"error: {ours.root.parent}/folder")
    assert contents(ours) == before


def test_a_summary_that_fails_at_the_end_undoes_everything(
    ours: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, write = contents(ours), pipeline.write

    def failing(path: Path, text: str) -> None:
        if text.startswith("# The client"):
            raise OSError(28, "No space left on device", str(path))
        write(path, text)

    monkeypatch.setattr(pipeline, "write", failing)
    code, summary = regenerated(ours, publish_fields)
    assert (code, summary) == (2, "# Broken off; nothing was written\n")
    assert capsys.readouterr().err.endswith("summary.md: No space left on device\n")
    assert contents(ours) == before


def test_a_document_nested_too_deeply_is_one_sentence(
    ours: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def deep(_path: Path) -> Any:
        raise RecursionError

    monkeypatch.setattr(documents, "load", deep)
    assert main(["regenerate", "--spec", "x.yaml"], project=ours) == 2
    assert capsys.readouterr().err == "error: the document is nested too deeply to be worked with\n"


def test_a_terminal_without_its_letters_gets_the_summary(ours: Project) -> None:
    newer = ours.root.parent / "newer.json"
    document: Any = documents.load(ours.spec)
    document["tags"].append({"name": "🪐"})
    newer.write_text(json.dumps(document))
    command = [
        sys.executable,
        "-c",
        "import sys, pathlib; from codegen.__main__ import main; from codegen.pipeline import Project; "
        f"sys.exit(main(sys.argv[1:], project=Project(pathlib.Path({str(ours.root)!r}))))",
    ]
    run = subprocess.run(  # noqa: S603 - our own module
        [*command, "drift", "--against", str(newer)], cwd=ROOT, env=os.environ | {"PYTHONIOENCODING": "ascii"},
        capture_output=True, check=False,
    )  # fmt: skip
    assert (run.returncode, run.stderr) == (1, b"")
    assert b"- added tag: `tag \\U0001fa90`" in run.stdout


def test_tests_that_cannot_be_run_are_said(ours: Project, capsys: pytest.CaptureFixture[str]) -> None:
    before = contents(ours)
    code, _ = regenerated(ours, publish_fields, as_yaml, "--tests", "no-such-program -q")
    assert code == 2
    assert capsys.readouterr().err == "error: the tests cannot be run: no-such-program: No such file or directory\n"
    assert contents(ours) == before


SELECTION = """\
import sys
from pathlib import Path
import bookit_async
from bookit_async._generated.client import Api

def test_it_is_the_staged_package_with_the_new_client() -> None:
    assert Path(bookit_async.__file__).is_relative_to(Path(__file__).parent.parent)
    assert "notes" in Api.fetch_availability.__kwdefaults__
"""


def test_the_tests_run_on_the_staged_package(
    ours: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # the staged copy is gone when coverage would look at it
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    shutil.copytree(
        ROOT / "bookit_async",
        ours.root / "bookit_async",
        ignore=shutil.ignore_patterns("__pycache__", "_generated"),
        dirs_exist_ok=True,
    )
    shutil.copy(ROOT / "pyproject.toml", ours.root)
    for name in ("generated", "conftest.py", "__init__.py", "clock.py", "paths.py", "sampling.py"):
        source, target = ROOT / "tests" / name, ours.root / "tests" / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    (ours.root / "tests" / "test_staged.py").write_text(SELECTION)
    selection = "tests/test_staged.py tests/generated/test_requests.py"
    command = f"{shlex.quote(sys.executable)} -m pytest -q -p no:cacheprovider {selection}"
    code, summary = regenerated(ours, publish_fields, as_yaml, "--tests", command)
    assert code == 10, summary
    assert main(["check"], project=ours) == 0, capsys.readouterr().out
    assert list(ours.root.glob(".*")) == []


def test_json_of_3_1_with_the_longest_path_moved_is_followed_by_what_the_summary_says(
    ours: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """In short; `make follow` does so in a fresh clone, with the whole suite."""
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    left_out = shutil.ignore_patterns("__pycache__", "_generated", "codegen", "browser", "chaos", "durable")
    for name in ("bookit_async", "tests"):
        shutil.copytree(ROOT / name, ours.root / name, ignore=left_out, dirs_exist_ok=True)
    shutil.copy(ROOT / "pyproject.toml", ours.root)
    selection = "-m pytest -q -p no:cacheprovider tests/generated/test_requests.py tests/sandbox/door/test_gateway.py"
    more = ("--tests", f"{shlex.quote(sys.executable)} {selection}")
    places: list[str] = []

    def alter(document: Any) -> None:
        places.extend(obedience.moved(document))

    code, summary = regenerated(ours, alter, lambda d: json.dumps(d).encode(), *more)
    longest, there = places
    assert (code, there in client(ours)) == (12, False)
    assert obedience.corrected(ours.root, summary) == summary.count(f"`{longest}`: matches nothing") + summary.count(
        f"`{there}` now"
    )
    document = ours.root.parent / "newer.yaml"
    tell = ours.root.parent / "summary.md"
    code = main(["regenerate", "--spec", str(document), "--summary", str(tell), *more], project=ours)
    assert code == 10, tell.read_text()
    assert main(["check"], project=ours) == 0, capsys.readouterr().out
    assert there in (ours.generated / "api" / "availability" / "route_and_fetch_availability.py").read_text()


def test_without_a_summary_file_it_is_printed(ours: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["regenerate", "--spec", str(ours.spec)], project=ours) == 0
    out, err = capsys.readouterr()
    assert out.startswith("# Nothing changed but prose and example values; nothing was written\n")
    assert err == "nothing changed but prose and example values; nothing was written (exit code 0)\n"


def test_its_help_lists_the_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["regenerate", "--help"])
    shown = capsys.readouterr().out
    assert [line.split()[0] for line in shown.partition("exit codes:\n")[2].splitlines()] == [
        *("0", "2", "3", "10", "11", "12")
    ]


def test_what_the_suite_leaves_out_is_there() -> None:
    left_out = [word.partition("=")[2] for word in regeneration.SUITE if word.startswith("--ignore=")]
    assert [name for name in left_out if not (ROOT / name).exists()] == []
    assert len(left_out) == 4
