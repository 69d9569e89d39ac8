"""The workflows are what GitHub reads, ask for little, and run what a person can run, too."""

import re
import subprocess
import sysconfig
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from codegen.__main__ import main
from codegen.outcomes import Outcome

ROOT = Path(__file__).parents[2]
FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FOLLOWING = ROOT / ".github" / "workflows" / "regenerate.yml"
REGENERATE = FOLLOWING.read_text(encoding="utf-8")
FROM = r"(?:actions/[a-z-]+|pypa/gh-action-pypi-publish)"

each = pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]
    return found


def scripts(path: Path) -> list[str]:
    return [step["run"] for job in jobs(path).values() for step in job["steps"] if "run" in step]


@each
def test_it_passes_the_linter(path: Path) -> None:
    program = Path(sysconfig.get_path("scripts")) / "zizmor"
    run = subprocess.run(  # noqa: S603 - our own command line
        [program, "--offline", "--no-progress", "--quiet", path], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


@each
def test_it_may_do_only_what_a_job_asks_for(path: Path) -> None:
    assert yaml.safe_load(path.read_text(encoding="utf-8"))["permissions"] == {}
    assert [name for name, job in jobs(path).items() if "permissions" not in job or "timeout-minutes" not in job] == []


@each
def test_its_actions_are_pinned_by_hash_and_say_which_version_that_is(path: Path) -> None:
    uses = re.findall(r"uses: (.*)", path.read_text(encoding="utf-8"))
    assert uses != []
    assert [one for one in uses if not re.fullmatch(rf"{FROM}@[0-9a-f]{{40}} # v\d+\.\d+\.\d+", one)] == []


@each
def test_what_it_runs_is_there(path: Path) -> None:
    targets = set(re.findall(r"^([./a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    for script in scripts(path):
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)  # noqa: S607 - found where it is
        assert set(re.findall(r"\bmake ([./a-z-]+)", script)) <= targets
        assert [name for name in re.findall(r"^\.ci/\w+", script) if not (ROOT / name).is_file()] == []


def test_the_regeneration_is_one_that_the_command_line_knows(capsys: pytest.CaptureFixture[str]) -> None:
    (command,) = re.findall(r"python -m codegen (.*)", REGENERATE)
    words = command.split()
    with pytest.raises(SystemExit):
        main([words[0], "--help"])
    shown = capsys.readouterr().out
    assert [word for word in words if word.startswith("--") and word not in shown] == []


def test_it_branches_on_every_exit_code() -> None:
    comments = " ".join(re.findall(r"^ +# (.*)$", REGENERATE, flags=re.MULTILINE))
    told = re.findall(r"\b(\d+) (?:nothing|document|tests|regenerated|overlays)", comments)
    assert told == [str(code.value) for code in Outcome]
    conditions = " ".join(str(job.get("if", "")) for job in jobs(FOLLOWING).values())
    followed = {str(code.value) for code in (Outcome.CHANGED, Outcome.BREAKING)}
    assert set(re.findall(r"code == '(\d+)'", conditions)) == followed
    assert set(re.findall(r"code != '(\d+)'", conditions)) == followed | {str(Outcome.UNCHANGED.value)}


def test_a_release_is_built_once_tested_attested_and_published_without_a_secret() -> None:
    path = ROOT / ".github" / "workflows" / "release.yml"
    text = path.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "password" not in text
    found = jobs(path)
    assert {name: job.get("needs") for name, job in found.items()} == {
        "build": None,
        "test": "build",
        "attest": "test",
        "publish": "attest",
    }
    assert [name for name, job in found.items() if "make dist" in str(job)] == ["build"]
    assert [name for name, job in found.items() if job["permissions"].get("id-token")] == ["attest", "publish"]


def test_every_python_that_is_promised_is_tested() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    promised = [found[1] for one in project["classifiers"] if (found := re.search(r":: (3\.\d+)$", one))]
    for name, job in (("check.yml", "check"), ("release.yml", "test")):
        assert jobs(ROOT / ".github" / "workflows" / name)[job]["strategy"]["matrix"]["python"] == promised
    assert ", ".join(promised) in (ROOT / "SECURITY.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[!c]*.yml")), ids=lambda path: path.name
)
def test_an_issue_form_asks_what_it_can_read(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert {"name", "description", "body"} <= set(form)
    asked = [field for field in form["body"] if field["type"] != "markdown"]
    assert len({field["id"] for field in asked}) == len(asked) > 0
    assert all(field["attributes"]["label"] for field in asked)
    assert any(field.get("validations", {}).get("required") for field in asked)
