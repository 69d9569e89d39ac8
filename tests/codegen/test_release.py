"""`check-api`: what breaks since the last release is named in the changelog, or it fails."""

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from codegen.__main__ import main
from codegen.pipeline import Project

Alter: TypeAlias = Callable[[Path], object]

INIT = """\
from .flows import BookIt, Chooser, Lost, earliest
from . import sandbox
__all__ = ["BookIt", "Chooser", "Lost", "earliest", "sandbox"]
"""
FLOWS = """\
from collections.abc import Callable
from typing import TypeAlias
Chooser: TypeAlias = Callable[[int], int]
class _Shared:
    def route(self, node: str) -> int: ...
class BookIt(_Shared):
    settings = 1
    def __init__(self, api_key: str | None = None) -> None: ...
    async def book(self, node: str, *, timezone: str) -> int: ...
class BookItError(Exception): ...
class Lost(BookItError, ValueError): ...
def earliest() -> Chooser: ...
def internal(a: int) -> None: ...
"""
CLIENT = """\
class Api:
    def __init__(self, execute) -> None: ...
    async def list_meetings(self, *, email: str) -> int: ...
"""
MODEL = """\
class Meeting:
    id: str | None = None
"""
CHANGELOG = """\
# Changelog

Everything is public.

## 0.1.0 - 2026-11-22

- `BookIt.route` is new.
"""


def git(root: Path, *words: str) -> None:
    command = ["git", "-C", str(root), "-c", "user.name=A", "-c", "user.email=a@example.com", *words]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own command line


@pytest.fixture
def released(tmp_path: Path) -> Project:
    """A small project whose last commit is tagged as release 0.1.0."""
    package = tmp_path / "bookit_async"
    for folder in ("sandbox", "_generated/models"):
        (package / folder).mkdir(parents=True)
    files = {"__init__.py": INIT, "flows.py": FLOWS, "_generated/client.py": CLIENT, "sandbox/__init__.py": ""}
    files |= {"_generated/__init__.py": "", "_generated/models/__init__.py": "", "_generated/models/meeting.py": MODEL}
    for name, text in files.items():
        (package / name).write_text(text)
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Release")
    git(tmp_path, "tag", "v0.1.0")
    git(tmp_path, "tag", "v0.1.0rc1")
    return Project(tmp_path)


def replaced(path: str, old: str, new: str) -> Alter:
    def alter(root: Path) -> None:
        file = root / path
        text = file.read_text()
        assert old in text
        file.write_text(text.replace(old, new))

    return alter


def without_a_changelog(root: Path) -> None:
    (root / "CHANGELOG.md").unlink()


def unchanged(_root: Path) -> None: ...


FLOWS_FILE, API, MODEL_FILE = (
    f"bookit_async/{name}" for name in ("flows.py", "_generated/client.py", "_generated/models/meeting.py")
)


@pytest.mark.parametrize(
    ("alter", "line"),
    [
        (replaced("bookit_async/__init__.py", ', "earliest"', ""), "removed function: `earliest`"),
        (replaced(FLOWS_FILE, "timezone: str", "zone: str"), "method: `BookIt.book` takes `timezone` no longer; takes"),
        (
            replaced(FLOWS_FILE, "timezone: str", "timezone: int"),
            "`BookIt.book` takes `timezone: int` now (`str` before",
        ),
        (
            replaced(FLOWS_FILE, "api_key: str | None = None", "api_key: str | None"),
            "`BookIt.__init__` needs `api_key`",
        ),
        (replaced(FLOWS_FILE, "async def book", "def book"), "`BookIt.book` is called in another way now"),
        (replaced(FLOWS_FILE, "-> Chooser: ...", "-> int: ..."), "`earliest` gives `int` now (`Chooser` before)"),
        (replaced(FLOWS_FILE, "def route", "def router"), "removed method: `BookIt.route`"),
        (replaced(FLOWS_FILE, ", ValueError", ""), "changed class: `Lost`: `ValueError` → "),
        (replaced(FLOWS_FILE, "Callable[[int], int]", "Callable[[str], int]"), "changed name: `Chooser`"),
        (replaced(API, "list_meetings", "meetings"), "removed method: `client.api.list_meetings`"),
        (replaced(MODEL_FILE, "id:", "key:"), "removed field: `models.Meeting.id`: `str | None`"),
    ],
)
def test_what_breaks_must_be_named(
    released: Project, capsys: pytest.CaptureFixture[str], alter: Alter, line: str
) -> None:
    alter(released.root)
    assert main(["check-api"], project=released) == 1
    out = capsys.readouterr().out
    assert line in out
    assert out.endswith(
        "Since v0.1.0 these break code that uses them: name each in the unreleased part of CHANGELOG.md.\n"
    )
    name = out.split("`")[1]
    replaced("CHANGELOG.md", "## 0.1.0", f"## Unreleased\n\n- `x.{name}` and `{name}.more` are gone.\n\n## 0.1.0")(
        released.root
    )
    assert main(["check-api"], project=released) == 1
    replaced("CHANGELOG.md", "are gone", f"are gone; `{name}` is other.")(released.root)
    assert main(["check-api"], project=released) == 0
    assert capsys.readouterr().out.endswith("what v0.1.0 promised, but for what CHANGELOG.md says.\n")


@pytest.mark.parametrize(
    "alter",
    [
        unchanged,
        replaced(FLOWS_FILE, "timezone: str", "timezone: str | None = None, more: int = 1"),
        replaced(FLOWS_FILE, "_Shared", "_Common"),
        replaced(FLOWS_FILE, "def internal(a: int)", "def internal()"),
        replaced(FLOWS_FILE, "settings = 1", "settings = 2"),
        replaced(API, "execute)", "execute, more)"),
    ],
)
def test_what_breaks_nothing_passes(released: Project, capsys: pytest.CaptureFixture[str], alter: Alter) -> None:
    alter(released.root)
    assert main(["check-api"], project=released) == 0
    assert capsys.readouterr().out == "The public interface keeps what v0.1.0 promised.\n"


def test_the_last_release_before_this_commit_counts(released: Project, capsys: pytest.CaptureFixture[str]) -> None:
    replaced(FLOWS_FILE, "def earliest() -> Chooser: ...", "def earliest(now: int) -> Chooser: ...")(released.root)
    git(released.root, "commit", "-q", "-a", "-m", "Change")
    git(released.root, "tag", "v0.10.0")
    replaced("CHANGELOG.md", "## 0.1.0", "## [0.10.0] - 2026-12-01\n\n## 0.1.0")(released.root)
    assert main(["check-api"], project=released) == 0
    assert "v0.10.0" in capsys.readouterr().out
    assert main(["check-api", "--tag", "v0.1.0"], project=released) == 1


@pytest.mark.parametrize(
    ("arguments", "alter", "sentence"),
    [
        (["--tag", "v9"], unchanged, "error: git archive: fatal: not a valid object name: v9"),
        ([], replaced("CHANGELOG.md", "0.1.0", "0.2.0"), "CHANGELOG.md: has no section for 0.1.0, the last release"),
        ([], without_a_changelog, "CHANGELOG.md: no such file"),
    ],
)
def test_what_it_cannot_compare_with_is_said(
    released: Project, capsys: pytest.CaptureFixture[str], arguments: list[str], alter: Alter, sentence: str
) -> None:
    alter(released.root)
    assert main(["check-api", *arguments], project=released) == 2
    assert sentence in capsys.readouterr().err


def test_git_must_be_there(
    released: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(released.root))
    assert main(["check-api"], project=released) == 2
    assert capsys.readouterr().err == "error: git is not installed; the last release is a tag\n"


def test_without_a_release_it_says_so_and_passes(
    released: Project, project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    git(released.root, "tag", "-d", "v0.1.0")
    for one in (released, project):
        assert main(["check-api"], project=one) == 0
        assert capsys.readouterr().out.startswith("Nothing is released yet: git has no tag such as v1.2.3 here")


def test_the_packages_own_promises_can_be_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-api"]) == 0, capsys.readouterr().out
