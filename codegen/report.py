"""What a newer document changes, for people to read and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from codegen.contract import Change
from codegen.staleness import Finding

if TYPE_CHECKING:
    from codegen.surface import SurfaceChange  # griffe is loaded only where something changed


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """The findings; `surface` is None, with the reason in `surface_unknown`, where it cannot be told.

    Where `overlays` names actions, `surface` is what comes out without them.
    """

    spec: str
    against: str
    notes: list[str]
    notices: list[str]
    document: list[Change]
    overlays: list[Finding]
    hints: list[str]
    surface: list[SurfaceChange] | None
    surface_unknown: str | None = None

    @property
    def drifted(self) -> bool:
        """Whether anything but prose and example values changed."""
        return bool(self.document or self.overlays or self.surface or self.surface_unknown)

    @property
    def breaking(self) -> bool:
        """Whether code that uses the client may fail with the new one."""
        return any(change.breaking for change in self.surface or ())

    def to_json(self) -> str:
        """Return the report as JSON: its fields, with `drift` and `breaking`."""
        content = {"drift": self.drifted, "breaking": self.breaking} | asdict(self)
        return json.dumps(content, ensure_ascii=False, indent=2) + "\n"

    def to_markdown(self) -> str:
        """Return the same content as Markdown."""
        title = f"# {'Drift' if self.drifted else 'No drift'}: {self.against} against {self.spec}"
        return "\n".join([title, *self.sections()]) + "\n"

    def sections(self) -> list[str]:
        """Return the lines of the Markdown below its title."""
        surface = [f"It cannot be told: {self.surface_unknown}"]
        if self.surface is not None:
            surface = _listed([surface_line(one) for one in self.surface])
            without = "So far, without the actions above:"
            surface = [*([without, ""] if self.overlays else []), *surface]
        return [
            *("", "## The document", "", *self.notes, *([""] if self.notes else [])),
            *_listed([_line(change) for change in self.document]),
            *(("", "## What users have to know", "", *_listed(self.notices)) if self.notices else ()),
            *("", "## Overlay actions that need a person", "", *_listed([_stale(one) for one in self.overlays])),
            *(("", "## Worth an overlay action", "", *_listed(self.hints)) if self.hints else ()),
            *("", "## The Python surface", "", *surface),
        ]


def surface_line(change: SurfaceChange) -> str:
    """Return one line of Markdown for a change of the Python surface."""
    told = _line(change) if change.detail is None else f"changed {change.kind}: `{change.place}` {change.detail}"
    return f"{'**breaking** ' if change.breaking else ''}{told}"


def _stale(finding: Finding) -> str:
    place = "to be written" if finding.file is None else f"`{finding.file}`, action {finding.action}"
    return f"{place}, target `{finding.target}`: {finding.reason}. {finding.remedy}"


def _line(change: Change) -> str:
    values = "" if change.before is None and change.after is None else f": {_value(change.after or change.before)}"
    if change.change == "changed":
        values = f": {_value(change.before)} → {_value(change.after)}"
    return f"{change.change} {change.kind}: `{change.place}`{values}"


def _value(text: str | None) -> str:
    return "nothing" if text is None else f"`{text}`"


def _listed(lines: list[str]) -> list[str]:
    return [f"- {line}" for line in lines] or ["Nothing."]
