"""Whether the public interface still keeps what the last release promised, or says what it does not."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

from codegen import changelog
from codegen.compatibility import Member
from codegen.documents import UnusableInputError
from codegen.pipeline import Project
from codegen.surface import SurfaceChange, changes, exports, surface

_PACKAGE = "bookit_async"
_MODULES = ("sandbox", "fastapi_router")
"""The modules whose `__all__` is public beside the package's own; `client.api` and its models are, too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Comparison:
    """What breaks since the release `tag`, None if there is none: `told` stands in the changelog, `untold` does not."""

    tag: str | None
    told: list[SurfaceChange]
    untold: list[SurfaceChange]


def last_release(project: Project) -> str | None:
    """Return the last tag of the form v1.2.3 before the commit checked out; None without one, or without git."""
    if not (project.root / ".git").exists():
        return None
    tags = _git(project, "tag", "--merged", "HEAD", "--list", "v[0-9]*", "--sort=-version:refname").decode().split()
    return next((tag for tag in tags if re.fullmatch(r"v\d+(\.\d+)*", tag)), None)


def compare(project: Project, *, tag: str | None) -> Comparison:
    """Return what breaks since the release `tag`, by default the last one.

    Raises UnusableInputError where git, the tag or the changelog's section for it is not there.
    """
    tag = tag or last_release(project)
    if tag is None:
        return Comparison(tag=None, told=[], untold=[])
    with tempfile.TemporaryDirectory(prefix="bookit-release-") as scratch:
        archive = _git(project, "archive", "--format=tar", tag, _PACKAGE)
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(scratch, filter="data")
        before = _public(Path(scratch))
    breaking = [change for change in changes(before, _public(project.root)) if change.breaking]
    since = changelog.since(project.changelog, version=tag.removeprefix("v"))
    told = [change for change in breaking if _names(since, change)]
    return Comparison(tag=tag, told=told, untold=[change for change in breaking if change not in told])


def _public(root: Path) -> dict[str, Member]:
    package = root / _PACKAGE
    return exports(package, _MODULES) | surface(package / "_generated")


def _names(text: str, change: SurfaceChange) -> bool:
    """Whether `text` names the changed thing, or what it is a part of, as a word of its own."""
    return re.search(rf"(?<![\w.]){re.escape(change.place)}(?![\w]|\.\w)", text) is not None


def _git(project: Project, *words: str) -> bytes:
    try:
        run = subprocess.run(["git", "-C", str(project.root), *words], capture_output=True, check=False)  # noqa: S603, S607 - git is found where it is
    except FileNotFoundError:
        raise UnusableInputError("git is not installed; the last release is a tag") from None
    if run.returncode:
        raise UnusableInputError(f"git {words[0]}: {run.stderr.decode(errors='replace').strip().splitlines()[-1]}")
    return run.stdout
