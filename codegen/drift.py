"""What a newer published document changes: in the contract, for the overlays, and for the Python surface."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from codegen import contract, documents, intake, notices, pipeline, staleness
from codegen.documents import JsonObject, UnusableInputError
from codegen.intake import Intake
from codegen.pipeline import Build, Project
from codegen.report import Report

if TYPE_CHECKING:
    from codegen.surface import SurfaceChange


@dataclass(frozen=True, kw_only=True, slots=True)
class Drift:
    """The report; the newer document as it would be committed; and what it gives, None where nothing can be made."""

    report: Report
    intake: Intake
    build: Build | None


def compare(project: Project, *, spec: Path, against: Path) -> Report:
    """Return what changes from the document at `spec` to the newer one at `against`.

    Raises UnusableInputError when either cannot be read, or `spec` itself does not pass the pipeline.
    """
    with comparing(project, spec=spec, against=against) as drift:
        return drift.report


@contextmanager
def comparing(
    project: Project, *, spec: Path, against: Path, before: Path | None = None, shorter: bool = False
) -> Generator[Drift]:
    """Return the same with everything made from the newer document, in a scratch folder that is gone afterwards.

    Actions that no longer fit are left out of it. `before` is the folder generated from `spec`, where there is one;
    `shorter` accepts a newer document that is the older one cut short.
    """
    old = documents.load_openapi(spec)
    taken = intake.read(against, ours=old, shorter=shorter)
    review = staleness.review(old, taken.document, project.overlays())
    changed = contract.changes(old, taken.document)
    report = Report(
        spec=str(spec),
        against=str(against),
        notes=taken.notes,
        notices=notices.of(changed, review.document),
        document=changed,
        overlays=review.findings,
        hints=review.hints,
        surface=[],
    )
    if not report.drifted:
        yield Drift(report=report, intake=taken, build=None)
        return
    with ExitStack() as stack:
        build, surface, unknown = None, None, None
        try:
            build = stack.enter_context(
                pipeline.building_enriched(
                    project,
                    review.document,
                    published=taken.text.encode(),
                    name=str(against),
                    tried=not review.findings,
                )
            )
        except UnusableInputError as error:
            unknown = f"no code can be generated from the newer document: {error}"
        else:
            surface, unknown = _surface(project, spec=spec, before=before, older=review.older, after=build.folder)
        yield Drift(report=replace(report, surface=surface, surface_unknown=unknown), intake=taken, build=build)


def _surface(
    project: Project, *, spec: Path, before: Path | None, older: JsonObject, after: Path
) -> tuple[list[SurfaceChange] | None, str | None]:
    from codegen.surface import changes, surface  # needed only when something changed

    if before is None and spec == project.spec and project.generated.is_dir():
        before = project.generated
    if before is not None:
        return changes(surface(before), surface(after)), None
    try:
        with pipeline.building_enriched(project, older, published=b"", name=str(spec), tried=False) as build:
            return changes(surface(build.folder), surface(after)), None
    except UnusableInputError as error:
        return None, f"no code can be generated from the older document: {error}"
