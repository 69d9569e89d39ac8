"""The README does what it says."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

from bookit_async.version import VERSION

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
HEAD = re.compile(r"^#+ (.*)$", flags=re.MULTILINE)
PAGES = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.subprocess
def test_the_example_books_a_meeting_in_15_lines() -> None:
    code, *_ = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    statements = [line for line in code.splitlines() if line.strip() and not line.startswith(("import", "from"))]
    assert len(statements) <= 15
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    assert run.returncode == 0, run.stderr
    assert re.fullmatch(
        r"\w{3} (0[5-9]|1\d):\d\d with eva\.lind@northwind\.example, meeting [a-z0-9]{52}\n", run.stdout
    )


@pytest.mark.parametrize("path", sorted(set(re.findall(r"`([a-z_-]+(?:/[a-z_]+)*/)`", PAGES))))
def test_every_folder_it_names_is_there(path: str) -> None:
    assert (ROOT / path).is_dir()


def test_it_names_every_folder_that_is_kept() -> None:
    kept = {path.parent.name for path in ROOT.glob("*/*") if path.parent.name[0] not in "._"}
    assert {name for name in kept if f"`{name}/" not in PAGES} <= {"build", "dist"}
    rooms = {path.parent.name for path in (ROOT / "bookit_async").glob("*/__init__.py")}
    assert {name for name in rooms if f"`bookit_async/{name}/`" not in PAGES} == set()


def test_it_fits_on_two_screens() -> None:
    assert len(README.splitlines()) <= 64


def test_what_it_leads_to_is_there() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)(?:#([^)]*))?\)", README)
    assert len(links) > 10
    for path, anchor in links:
        text = (ROOT / path).read_text(encoding="utf-8")
        heads = {
            re.sub(r"[^\w -]", "", head).strip().lower().replace(" ", "-")
            for head in re.findall(r"^#+ (.*)$", text, flags=re.MULTILINE)
        }
        assert not anchor or anchor in heads, (path, anchor)


def test_its_commands_are_targets() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", README)) <= targets


def test_the_version_is_the_changelogs_latest() -> None:
    latest = re.search(r"^## (\d\S*)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert latest is not None
    assert latest[1] == VERSION == version("bookit-async")


def test_every_dependency_has_an_upper_bound() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    listed = [one for group in (project["dependencies"], *project["optional-dependencies"].values()) for one in group]
    calendar_versioned = ("tzdata", "types-")
    unbounded = [
        one
        for one in listed
        if not re.search(r"<|==", one) and not one.startswith(("bookit-async[", *calendar_versioned))
    ]
    assert unbounded == []
