"""Following a newer published document: drift, code, tests, changelog, and only then in place of what is committed."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from codegen import changelog, drift, placement
from codegen.documents import UnusableInputError
from codegen.outcomes import TOLD, Outcome
from codegen.pipeline import Project
from codegen.report import Report

_OF_THE_DOCUMENT = ("tests/codegen", "tests/contract/test_document.py", "tests/contract/test_facts.py")
SUITE = (
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-p",
    "no:cacheprovider",
    *(f"--ignore={one}" for one in _OF_THE_DOCUMENT),
)
"""What the staged project is tested with: its suite, without the tests that hold what people know of the document.

Those are for a person to bring up to date with the change.
"""

_NOT_STAGED = (
    *(".git", ".venv", "*_cache", "__pycache__", ".hypothesis", ".coverage*", ".placement*", "build", "dist"),
    *("*.egg-info", "node_modules"),
)
_LAST_LINES = 40
_PASSED = (
    "They pass. `make check` also runs those that hold what people know of the document "
    f"({', '.join(f'`{one}`' for one in _OF_THE_DOCUMENT)}): bring them up to date where they fail."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Regeneration:
    """The outcome, and the summary in Markdown for those who are to look at it."""

    outcome: Outcome
    summary: str


def regenerate(project: Project, *, spec: Path, tests: Sequence[str] = SUITE, shorter: bool = False) -> Regeneration:
    """Take in the newer published document at `spec`, and replace document, code, lock and changelog together.

    They are replaced only when all overlays fit and the command `tests` passes in a staged copy of the project. What is
    drafted for the changelog goes into its unreleased part, whether it breaks something or not. `shorter` accepts a
    document that is the committed one cut short. Raises UnusableInputError.
    """
    before = project.generated if project.generated.is_dir() else None
    with drift.comparing(project, spec=project.spec, against=spec, before=before, shorter=shorter) as found:
        report = found.report
        if not report.drifted:
            return _told(Outcome.UNCHANGED, report)
        if report.overlays or found.build is None:
            return _told(Outcome.NEEDS_A_PERSON, report)
        lines = changelog.entries(report.surface or ())
        fresh: dict[Path, Path | str] = {
            project.generated: found.build.folder,
            project.spec: found.intake.text,
            project.enriched: found.build.enriched,
            project.lock: found.build.lock,
        }
        if lines:
            fresh[project.changelog] = changelog.drafted(project.changelog, lines)
        with _staged(project, fresh) as copy:
            failure = _failure(copy, tests)
        if failure is not None:
            return _told(Outcome.TESTS_FAILED, report, tested=failure)
        placement.place(project.root, fresh)
    outcome = Outcome.BREAKING if report.breaking else Outcome.CHANGED
    drafted = [line for section, found_lines in lines.items() for line in ("", f"### {section}", "", *found_lines)]
    return _told(outcome, report, tested=_PASSED, drafted=drafted or ["", "Nothing to say to users."])


@contextmanager
def _staged(project: Project, fresh: Mapping[Path, Path | str]) -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="bookit-staged-") as scratch:
        copy = Path(scratch).resolve() / "project"
        shutil.copytree(project.root, copy, ignore=shutil.ignore_patterns(*_NOT_STAGED))
        placement.place(copy, {copy / path.relative_to(project.root): content for path, content in fresh.items()})
        yield copy


def _failure(folder: Path, tests: Sequence[str]) -> str | None:
    """Give Markdown that tells how `tests` fail in `folder`, or None if they pass."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        run = subprocess.run(  # noqa: S603 - the command that the caller gave
            list(tests),
            cwd=folder,
            env=environment,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError as error:
        raise UnusableInputError(f"the tests cannot be run: {tests[0]}: {error.strerror}") from None
    if run.returncode == 0:
        return None
    last = (run.stdout + run.stderr).rstrip().splitlines()[-_LAST_LINES:]
    return "\n".join([f"`{shlex.join(tests)}` gave {run.returncode}:", "", *(f"    {line}" for line in last)])


def _told(outcome: Outcome, report: Report, *, tested: str = "", drafted: Sequence[str] = ()) -> Regeneration:
    sentence = TOLD[outcome]
    lines = [f"# {sentence[0].upper()}{sentence[1:]}", "", f"The newer document: {report.against}.", *report.sections()]
    lines += ["", "## The changelog", *drafted] if drafted else []
    lines += ["", "## The tests", "", tested or "Not run."]
    return Regeneration(outcome=outcome, summary="\n".join(lines) + "\n")
