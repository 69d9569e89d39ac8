"""What a newer published document changes: in the contract, for the overlays, and for the Python surface."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from codegen import contract, documents, overlays, pipeline
from codegen.contract import Change
from codegen.documents import JsonObject, UnusableInputError
from codegen.overlays import OverlayError
from codegen.pipeline import Project


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The three findings; `surface` is None, with the reason in `surface_unknown`, where it cannot be told."""

    spec: str
    against: str
    document: list[Change]
    overlays: list[OverlayError]
    surface: list[Change] | None
    surface_unknown: str | None

    @property
    def drifted(self) -> bool:
        """Whether anything but prose and example values changed."""
        return bool(self.document or self.overlays or self.surface or self.surface_unknown)

    def to_json(self) -> str:
        """Give the report as JSON: spec, against, drift, document, overlays, surface, surface_unknown."""
        content = {
            "spec": self.spec,
            "against": self.against,
            "drift": self.drifted,
            "document": [asdict(change) for change in self.document],
            "overlays": [
                {"file": error.file, "action": error.action, "target": error.target, "reason": error.reason}
                for error in self.overlays
            ],
            "surface": None if self.surface is None else [asdict(change) for change in self.surface],
            "surface_unknown": self.surface_unknown,
        }
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    def to_markdown(self) -> str:
        """Give the same content as Markdown."""
        surface = [f"It cannot be told: {self.surface_unknown}"]
        if self.surface is not None:
            surface = _listed([_line(change) for change in self.surface])
        failures = [f"`{e.file}`, action {e.action}, target `{e.target}`: {e.reason}" for e in self.overlays]
        lines = [
            f"# {'Drift' if self.drifted else 'No drift'}: {self.against} against {self.spec}",
            *("", "## The document", "", *_listed([_line(change) for change in self.document])),
            *("", "## Overlay actions that no longer apply", "", *_listed(failures)),
            *("", "## The Python surface", "", *surface),
        ]
        return "\n".join(lines) + "\n"


def compare(project: Project, *, spec: Path, against: Path) -> Report:
    """Give what changes from the document at `spec` to the newer one at `against`.

    Raises UnusableInputError when either cannot be read, or `spec` itself does not pass the pipeline.
    """
    old, new = documents.load_openapi(spec), documents.load_openapi(against)
    pipeline.validate(new, name=str(against))
    pipeline.enrich(spec, project.overlays())
    changed = contract.changes(old, new)
    failed = failing_actions(new, project.overlays())
    surface: list[Change] | None = []
    unknown = None
    if failed:
        surface, unknown = None, f"{len(failed)} overlay actions no longer apply, so there is no code to compare."
    elif changed:
        surface, unknown = _surface(project, spec=spec, against=against)
    return Report(
        spec=str(spec),
        against=str(against),
        document=changed,
        overlays=failed,
        surface=surface,
        surface_unknown=unknown,
    )


def failing_actions(document: JsonObject, overlay_files: Sequence[Path]) -> list[OverlayError]:
    """Give an error for each action that does not apply to `document`, the others being carried out."""
    failed: list[OverlayError] = []
    for path in overlay_files:
        for action in overlays.actions(documents.load(path), file=str(path)):
            attempt = copy.deepcopy(document)
            try:
                action.perform(attempt)
            except OverlayError as error:
                failed.append(error)
            else:
                document = attempt
    return failed


def _surface(project: Project, *, spec: Path, against: Path) -> tuple[list[Change] | None, str | None]:
    from codegen.surface import changes, surface  # needed only when something changed

    with pipeline.building(project, spec) as build:
        before = surface(build.folder)
    try:
        with pipeline.building(project, against) as build:
            after = surface(build.folder)
    except UnusableInputError as error:
        return None, f"no code can be generated from the newer document: {error}"
    return changes(before, after), None


def _line(change: Change) -> str:
    values = "" if change.before is None and change.after is None else f": {_value(change.after or change.before)}"
    if change.change == "changed":
        values = f": {_value(change.before)} → {_value(change.after)}"
    return f"{change.change} {change.kind}: `{change.place}`{values}"


def _value(text: str | None) -> str:
    return "nothing" if text is None else f"`{text}`"


def _listed(lines: list[str]) -> list[str]:
    return [f"- {line}" for line in lines] or ["Nothing."]
