"""The commands enrich, generate and check, through the front door."""

import contextlib
import io
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from codegen import documents, generator, pipeline
from codegen.__main__ import main
from codegen.pipeline import Project

PUBLISHED = Path(__file__).parents[3] / "shared" / "contract" / "published-leandata-bookit-openapi.yml"

Damage: TypeAlias = Callable[[Project], object]


def contents(*places: Path) -> dict[Path, bytes]:
    """Every file below the places, with its bytes."""
    files = [path for place in places for path in [place, *place.rglob("*")] if path.is_file()]
    return {path: path.read_bytes() for path in files if "__pycache__" not in path.parts}


def outputs(project: Project) -> dict[Path, bytes]:
    return contents(project.generated, project.enriched, project.lock)


def test_generate_writes_the_code_the_document_and_the_lock(generated: Project) -> None:
    assert (generated.generated / "api" / "berths" / "dock.py").is_file()
    document: Any = documents.load_openapi(generated.enriched)
    assert document["paths"]["/v1/dock"]["post"]["operationId"] == "dock"
    assert document == pipeline.enrich(generated.spec, generated.overlays())
    locked = generated.lock.read_text()
    for name in ("published", '"overlays/10-names.overlay.yaml"', '"openapi/ruff-generated.toml"', "enriched", "ruff"):
        assert f"\n{name} = " in locked
    assert list(generated.root.rglob(".*")) == []


def test_generate_replaces_the_whole_folder(generated: Project) -> None:
    before = outputs(generated)
    stray = generated.generated / "stray.py"
    stray.write_text("left = 1\n")
    (generated.generated / "client.py").unlink()
    assert main(["generate"], project=generated) == 0
    assert before == outputs(generated)


def test_another_folder_gets_the_code_and_nothing_else_is_written(project: Project, tmp_path: Path) -> None:
    before = contents(project.root)
    for name in ("first", "second"):
        assert main(["generate", "--out", str(tmp_path / name)], project=project) == 0
    first, second = (contents(tmp_path / name) for name in ("first", "second"))
    assert list(first.values()) == list(second.values())
    assert main(["generate", "--out", str(tmp_path / "first")], project=project) == 0
    assert first == contents(tmp_path / "first")
    assert before == contents(project.root)


def test_the_bytes_depend_neither_on_names_nor_on_surroundings(
    generated: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 40\n")
    (tmp_path / ".gitignore").write_text("*\n")
    spec, out = tmp_path / "other name.json", tmp_path / "elsewhere" / "out"
    spec.write_text(documents.dump_json(documents.load(generated.spec)))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUFF_LINE_LENGTH", "40")
    monkeypatch.setenv("PATH", os.defpath)
    assert main(["generate", "--spec", spec.name, "--out", str(out)], project=generated) == 0
    expected = {path.relative_to(generated.generated): text for path, text in contents(generated.generated).items()}
    assert expected == {path.relative_to(out): text for path, text in contents(out).items()}


def replaced(path: str, old: str, new: str) -> Damage:
    def damage(project: Project) -> None:
        file = project.root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return damage


def written(path: str, content: bytes) -> Damage:
    return lambda project: (project.root / path).write_bytes(content)


def removed(path: str) -> Damage:
    def damage(project: Project) -> None:
        target = project.root / path
        if target.is_dir():
            shutil.rmtree(target)
        else:
            target.unlink()

    return damage


SPEC, NAMES, TEMPLATES = "openapi/bookit.openapi.yaml", "overlays/10-names.overlay.yaml", "generator-templates"


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        pytest.param(removed(SPEC), f"{{root}}/{SPEC}: no such file", id="no-spec"),
        pytest.param(
            written(SPEC, b"\x00\x01"),
            f"{{root}}/{SPEC}: is not usable YAML: line 1: the character U+0000 is not allowed",
            id="binary",
        ),
        pytest.param(
            written(SPEC, b"a: [1"), f"{{root}}/{SPEC}: is not usable YAML: line 1, column 6: expected", id="not-yaml"
        ),
        pytest.param(
            written(SPEC, b"a: 1"),
            f"{{root}}/{SPEC}: is not an OpenAPI 3.0 document: the key 'openapi' is missing",
            id="not-openapi",
        ),
        pytest.param(
            replaced(NAMES, "/v1/dock", "/v2/dock"),
            f"{{root}}/{NAMES}, action 2, target $.paths['/v2/dock'].post: matches nothing",
            id="overlay-matches-nothing",
        ),
        pytest.param(
            replaced(NAMES, "actions:", "action:"),
            f"{{root}}/{NAMES}: the overlay has the unknown key 'action'",
            id="overlay-unknown-key",
        ),
        pytest.param(
            replaced(NAMES, "$.paths.*.*.tags[*]", "'$['"),
            f"{{root}}/{NAMES}, action 3, target $[: target is not a valid RFC 9535 JSONPath",
            id="overlay-path",
        ),
        pytest.param(
            replaced(SPEC, "type: integer", "type: number of berths"),
            f"{{root}}/{SPEC} after the overlays: is not valid OpenAPI 3.0 at #/paths/~1v1~1dock/post/responses/200/",
            id="invalid",
        ),
        pytest.param(
            replaced(
                NAMES,
                "operationId: listBerths",
                "responses: {'200': {content: {application/json: {schema: {$ref: '#/components/schemas/None'}}}}}",
            ),
            f"{{root}}/{SPEC} after the overlays: refers to #/components/schemas/None, which is not there",
            id="dangling",
        ),
        pytest.param(
            written(f"{TEMPLATES}/model.py.jinja", b"ok\n{% if %}\n"),
            f"the generator failed: {{root}}/{TEMPLATES}/model.py.jinja, line 2: jinja2.exceptions.TemplateSyntaxError",
            id="template-syntax",
        ),
        pytest.param(
            written(f"{TEMPLATES}/model.py.jinja", b"ok\n\n{{ model.a.b }}\n"),
            f"the generator failed: {{root}}/{TEMPLATES}/model.py.jinja, line 3: jinja2.exceptions.UndefinedError",
            id="template-name",
        ),
        pytest.param(
            written(f"{TEMPLATES}/errors.py.jinja", b"def broken(:\n"),
            "the generator failed: ruff failed",
            id="template-python",
        ),
        pytest.param(written(f"{TEMPLATES}/errors.py.jinja", b"return 1\n"), "errors.py", id="template-python-subtle"),
        pytest.param(
            written("openapi/generator.yaml", b"post_hooks: [oops]"),
            "the generator failed: Skipping Integration oops is not in PATH",
            id="hook-missing",
        ),
        pytest.param(
            written("openapi/generator.yaml", b"post_hooks: {}"), "the generator failed: ", id="generator-settings"
        ),
        pytest.param(
            replaced("openapi/generator.yaml", "literal_enums:", "literal_enum:"),
            "{root}/openapi/generator.yaml: has the unknown key 'literal_enum'",
            id="generator-settings-misspelt",
        ),
        pytest.param(
            removed("openapi/generator.yaml"), "{root}/openapi/generator.yaml: no such file", id="no-settings"
        ),
        pytest.param(
            removed("openapi/ruff-generated.toml"),
            "{root}/openapi/ruff-generated.toml: no such file",
            id="no-ruff-settings",
        ),
        pytest.param(
            written("openapi/ruff-generated.toml", b"lines = 1"),
            "the generator failed: ruff failed ruff failed",
            id="ruff-settings",
        ),
        pytest.param(removed("overlays"), "{root}/overlays: holds no overlays", id="no-overlays"),
        pytest.param(removed(TEMPLATES), f"{{root}}/{TEMPLATES}: no such folder", id="no-templates"),
        pytest.param(
            replaced(SPEC, "type: string\n", "type: array\n"),
            "the generator failed: WARNING parsing POST /v1/dock within berths. Cannot parse response",
            id="warning",
        ),
    ],
)
def test_bad_input_gives_one_sentence_and_leaves_the_old_output_whole(
    generated: Project, capsys: pytest.CaptureFixture[str], damage: Damage, sentence: str
) -> None:
    before = outputs(generated)
    damage(generated)
    capsys.readouterr()
    for command in ("generate", "check"):
        assert main([command], project=generated) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert len(err.splitlines()) == 1
        assert err.startswith("error: ")
        assert sentence.format(root=generated.root) in err
        assert "Traceback" not in err
    assert before == outputs(generated)
    assert list(generated.root.rglob(".*")) == []


def test_the_known_settings_are_those_of_the_generator() -> None:
    from openapi_python_client.config import ConfigFile  # slow to import

    assert ConfigFile.model_fields.keys() == generator.SETTINGS


def test_a_long_message_of_the_generator_is_cut(generated: Project, capsys: pytest.CaptureFixture[str]) -> None:
    written("openapi/generator.yaml", b"post_hooks: ['" + b"oops" * 400 + b"']")(generated)
    assert main(["generate"], project=generated) == 2
    assert capsys.readouterr().err.endswith("…\n")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("out", "is not a folder; nothing was generated"),
        ("out/mine.py", "holds files that were not generated; choose an empty or a new folder"),
    ],
)
def test_a_folder_of_somebody_else_is_left_alone(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, sentence: str
) -> None:
    out, mine = tmp_path / "out", tmp_path / name
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("x = 1\n")
    assert main(["generate", "--out", str(out)], project=project) == 2
    assert capsys.readouterr().err == f"error: {out}: {sentence}\n"
    assert mine.read_text() == "x = 1\n"


def test_the_old_folder_comes_back_when_the_new_one_cannot_be_placed(
    generated: Project, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, replace = outputs(generated), Path.replace

    def refuse(self: Path, target: Path) -> Path:
        if self.parent.name == "new":
            raise PermissionError(13, "Permission denied", str(target))
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", refuse)
    assert main(["generate"], project=generated) == 2
    assert f"error: {generated.generated}: Permission denied\n" == capsys.readouterr().err
    assert before == outputs(generated)
    shutil.rmtree(generated.generated)
    assert main(["generate"], project=generated) == 2
    assert not generated.generated.exists()


def test_it_runs_where_what_is_printed_goes_to_no_file(tmp_path: Path) -> None:
    told = io.StringIO()
    with contextlib.redirect_stdout(told), contextlib.redirect_stderr(told):
        assert main(["enrich"], project=Project(tmp_path)) == 2
    assert told.getvalue() == f"error: {tmp_path / 'overlays'}: holds no overlays\n"


def test_enrich_takes_the_overlays_named_in_their_order(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "new" / "enriched.yaml"
    named = [word for path in project.overlays() for word in ("--overlay", str(path))]
    assert main(["enrich", "--spec", str(project.spec), *named, "--out", str(out)], project=project) == 0
    assert main(["enrich"], project=project) == 0
    assert out.read_bytes() == project.enriched.read_bytes()
    assert not project.generated.exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--overlay", "none.yaml"], "none.yaml: no such file"),
        (["--spec", "none.yaml"], "none.yaml: no such file"),
        (
            ["--out", "{root}/openapi/bookit.openapi.yaml"],
            "{root}/openapi/bookit.openapi.yaml: is one of the inputs; choose another --out",
        ),
        (["--out", "{root}/openapi"], "{root}/openapi: Is a directory"),
    ],
)
def test_enrich_refuses_what_it_cannot_use(
    project: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    before = contents(project.root)
    assert main(["enrich", *(word.format(root=project.root) for word in arguments)], project=project) == 2
    assert sentence.format(root=project.root) in capsys.readouterr().err
    assert before == contents(project.root)


def test_check_is_content_with_what_generate_wrote(generated: Project, capsys: pytest.CaptureFixture[str]) -> None:
    cache = generated.generated / "__pycache__"
    cache.mkdir()
    (cache / "client.pyc").write_bytes(b"")
    assert main(["check"], project=generated) == 0
    assert "up to date" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("damage", "finding"),
    [
        (written("bookit_async/_generated/client.py", b"edited = 1\n"), "differs: bookit_async/_generated/client.py"),
        (removed("bookit_async/_generated/client.py"), "missing: bookit_async/_generated/client.py"),
        (written("bookit_async/_generated/note.txt", b"mine"), "stray: bookit_async/_generated/note.txt"),
        (replaced("openapi/bookit.enriched.yaml", "dock", "duck"), "differs: openapi/bookit.enriched.yaml"),
        (removed("openapi/bookit.enriched.yaml"), "missing: openapi/bookit.enriched.yaml"),
        (replaced("openapi/SOURCE.lock", "ruff = ", "ruff =  "), "differs: openapi/SOURCE.lock"),
        (
            replaced("openapi/bookit.openapi.yaml", "Berths and ships", "Ships and berths"),
            "differs: openapi/SOURCE.lock",
        ),
    ],
)
def test_check_names_each_difference_and_what_to_do(
    generated: Project, capsys: pytest.CaptureFixture[str], damage: Damage, finding: str
) -> None:
    damage(generated)
    assert main(["check"], project=generated) == 1
    lines = capsys.readouterr().out.splitlines()
    assert finding in lines
    assert "make generate" in lines[-1]


def test_check_without_any_output_names_all_as_missing(project: Project, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"], project=project) == 1
    assert "missing: bookit_async/_generated/client.py" in capsys.readouterr().out.splitlines()


def test_the_module_runs_from_the_project_and_from_elsewhere(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    for folder in (root, tmp_path):
        command = [sys.executable, "-m", "codegen", "enrich", "--out", str(tmp_path / f"{folder.name}.yaml")]
        run = subprocess.run(  # noqa: S603 - our own module
            command, cwd=folder, env=os.environ | {"PYTHONPATH": str(root)}, capture_output=True, check=False
        )
        assert (run.returncode, run.stderr) == (0, b"")
    assert len(set(tmp_path.glob("*.yaml"))) == 2
    assert len({path.read_bytes() for path in tmp_path.glob("*.yaml")}) == 1


def test_the_committed_output_is_what_the_pipeline_gives(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check"]) == 0, capsys.readouterr().out


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published document is not beside this checkout")
def test_the_published_document_gives_the_same_code(tmp_path: Path) -> None:
    folders = tmp_path / "ours", tmp_path / "published"
    assert main(["generate", "--out", str(folders[0])]) == 0
    assert main(["generate", "--spec", str(PUBLISHED), "--out", str(folders[1])]) == 0
    ours, published = (
        {path.relative_to(folder): text for path, text in contents(folder).items()} for folder in folders
    )
    assert ours == published
