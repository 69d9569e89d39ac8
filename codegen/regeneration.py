"""Following a newer published document: drift, code, tests, changelog, and only then in place of what is committed."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from codegen import changelog, drift, placement
from codegen.documents import UnusableInputError
from codegen.outcomes import TOLD, Outcome
from codegen.pipeline import Project
from codegen.report import Report

_OF_THE_DOCUMENT = (
    *("tests/codegen", "tests/contract/test_document.py", "tests/contract/test_facts.py"),
    "tests/generated/test_operations.py",
)
SUITE = (
    sys.executable,
    "-m",
    "pytest",
    *("-q", "-p", "no:cacheprovider"),
    *("-n", "auto", "--dist", "worksteal"),
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


def regenerate(
    project: Project,
    *,
    spec: Path,
    tell: Callable[[str], None],
    tests: Sequence[str] = SUITE,
    shorter: bool = False,
) -> Outcome:
    """Take in the newer published document at `spec`, and replace document, code, lock and changelog together.

    They are replaced only when all overlays fit, the command `tests` passes in a staged copy of the project, and `tell`
    has taken the summary, in Markdown for those who are to look at it. What is drafted for the changelog goes into its
    unreleased part, whether it breaks something or not. `shorter` accepts a document that is the committed one cut
    short. Raises UnusableInputError, and what `tell` raises.
    """
    before = project.generated if project.generated.is_dir() else None
    with drift.comparing(project, spec=project.spec, against=spec, before=before, shorter=shorter) as found:
        report = found.report
        lines = changelog.entries(report.surface or ())
        drafted = [line for section, some in lines.items() for line in ("", f"### {section}", "", *some)]
        outcome = Outcome.BREAKING if report.breaking else Outcome.CHANGED
        if not report.drifted:
            outcome = Outcome.UNCHANGED
        elif report.overlays or found.build is None:
            outcome = Outcome.NEEDS_A_PERSON
        if outcome not in (Outcome.BREAKING, Outcome.CHANGED) or found.build is None:
            tell(_summary(outcome, report))
            return outcome
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
            tell(_summary(Outcome.TESTS_FAILED, report, tested=failure))
            return Outcome.TESTS_FAILED
        summary = _summary(outcome, report, tested=_PASSED, drafted=drafted or ["", "Nothing to say to users."])
        placement.place(project.root, fresh, last=lambda: tell(summary))
    return outcome


@contextmanager
def _staged(project: Project, fresh: Mapping[Path, Path | str]) -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="bookit-staged-") as scratch:
        copy = Path(scratch).resolve() / "project"
        shutil.copytree(project.root, copy, ignore=shutil.ignore_patterns(*_NOT_STAGED))
        placement.place(copy, {copy / path.relative_to(project.root): content for path, content in fresh.items()})
        yield copy


def _failure(folder: Path, tests: Sequence[str]) -> str | None:
    """Return Markdown that tells how `tests` fail in `folder`, or None if they pass."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    environment["COLUMNS"] = "400"  # or pytest cuts off the reasons
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
    told = _told(run.stdout + run.stderr)
    return "\n".join([f"`{shlex.join(tests)}` gave {run.returncode}:", "", *(f"    {line}" for line in told)])


def _told(output: str) -> list[str]:
    """Return what a person needs of a test run's output: of each file the first failure and their number, and the end.

    The last lines, where it is not pytest's.
    """
    lines = output.rstrip().splitlines()
    files: dict[str, list[str]] = {}
    for line in lines:
        if found := re.match(r"(?:FAILED|ERROR) ((\S+\.py)\b.*)", line):
            files.setdefault(found[2], []).append(found[1])
    if not files:
        return lines[-_LAST_LINES:]
    firsts = [f"{name}: {len(failures)}, the first {failures[0]}" for name, failures in files.items()]
    more = [f"and {len(firsts) - _LAST_LINES} more files"] if len(firsts) > _LAST_LINES else []
    return [*firsts[:_LAST_LINES], *more, lines[-1]]


def _summary(outcome: Outcome, report: Report, *, tested: str = "", drafted: Sequence[str] = ()) -> str:
    sentence = TOLD[outcome]
    lines = [f"# {sentence[0].upper()}{sentence[1:]}", "", f"The newer document: {report.against}.", *report.sections()]
    lines += ["", "## The changelog", *drafted] if drafted else []
    lines += ["", "## The tests", "", tested or "Not run."]
    return "\n".join(lines) + "\n"
