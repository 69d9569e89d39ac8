"""Which overlay actions no longer fit a newer document and need a person, and what that person is to do."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen import documents, examples, overlays, prose
from codegen.documents import Json, JsonObject, mapping
from codegen.operations import moved, operations
from codegen.overlays import Action, OverlayError


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing for a person to do; `file` and `action` are None where an overlay has yet to be written."""

    file: str | None
    action: int | None
    target: str
    reason: str
    remedy: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Review:
    """`findings` need a person; `hints` can wait; `document` is the newer one after all actions that fit."""

    findings: list[Finding]
    hints: list[str]
    document: JsonObject


def review(old: JsonObject, new: JsonObject, overlay_files: Sequence[Path]) -> Review:
    """Tell how the overlays fare with `new`. Raises OverlayError where they do not apply to `old`."""
    before, after = copy.deepcopy(old), copy.deepcopy(new)
    listed = [one for path in overlay_files for one in overlays.actions(documents.load(path), file=str(path))]
    whereabouts = _Whereabouts(old, new)
    findings: list[Finding] = []
    for action in listed:
        known = action.overlaps(before)
        action.perform(before)
        attempt = copy.deepcopy(after)
        try:
            fresh = {place: what for place, what in action.overlaps(attempt).items() if known.get(place) != what}
            if fresh:
                findings.append(_overlapping(action, fresh))
                continue
            action.perform(attempt)
        except OverlayError as error:
            findings.append(_failing(action, error, whereabouts))
        else:
            after = attempt
    findings += _unnamed(before, after, whereabouts)
    findings += _contradicted(before, after, listed)
    unknown = sorted(examples.undeclared(after) - examples.undeclared(before))
    hints = [
        f"`{place}`: the published example has `{key}`, which no schema of ours declares." for place, key in unknown
    ]
    wordless = sorted(map(documents.pointer, {*_wordless(after)} - {*_wordless(before)}))
    hints += [f"`{place}` has no description: add one in our words." for place in wordless]
    return Review(findings=findings, hints=hints, document=after)


class _Whereabouts:
    """What became of the paths of the older document."""

    def __init__(self, old: JsonObject, new: JsonObject) -> None:
        was, now = ({path for path, _, _ in operations(document)} for document in (old, new))
        self.gone = was - now
        self.moved = moved(old, new)

    def of(self, texts: Sequence[str]) -> str | None:
        """Say where the first path named in `texts` is that is not where it was; None if all are."""
        for path in re.findall(r"'(/[^']*)'", " ".join(texts)):
            for (former, _), now in sorted(self.moved.items()):
                if former == path:
                    return f"`{path}` is `{now}` now: write that, or delete the action if nothing is left for it to do."
            if path in self.gone:
                return f"`{path}` is published no longer: delete the action."
        return None


def _failing(action: Action, error: OverlayError, whereabouts: _Whereabouts) -> Finding:
    texts = [action.target, *([action.value] if isinstance(action.value, str) else [])]
    remedy = whereabouts.of(texts)
    if remedy is None and error.reason == "matches nothing" and action.modifier == "remove":
        remedy = "Upstream has dropped what this removes: delete the action."
    if remedy is None and error.reason == "matches nothing":
        remedy = "What it points to is gone, or an action above that makes it is stale: mend that one first."
    remedy = remedy or "The place has another shape now: look at it in the new document and write the action anew."
    return _finding(action, error.reason, remedy)


def _overlapping(action: Action, fresh: dict[str, str]) -> Finding:
    met = "; ".join(f"{place} is {what if len(what) <= 80 else what[:80] + '…'}" for place, what in fresh.items())
    remedy = "Upstream publishes this itself: keep theirs where it is right, and take it out of the action."
    return _finding(action, f"would write over what is published now: {met}", remedy)


def _finding(action: Action, reason: str, remedy: str) -> Finding:
    return Finding(file=action.file, action=action.number, target=action.target, reason=reason, remedy=remedy)


def _unnamed(before: JsonObject, after: JsonObject, whereabouts: _Whereabouts) -> Iterator[Finding]:
    elsewhere = {(now, method) for (_, method), now in whereabouts.moved.items()}
    known = {(path, method) for path, method, _ in operations(before)} | elsewhere
    for path, method, operation in operations(after):
        missing = [name for name in ("operationId", "tags") if not operation.get(name)]
        if missing and (path, method) not in known:
            remedy = (
                "Write an action that adds them with a summary, and actions for its parameters, request and answers."
            )
            reason = f"is a new operation without {' and '.join(missing)}, so that its method has no name of ours"
            target = f"$.paths['{path}'].{method}"
            yield Finding(file=None, action=None, target=target, reason=reason, remedy=remedy)


def _contradicted(before: JsonObject, after: JsonObject, listed: Sequence[Action]) -> Iterator[Finding]:
    known = examples.contradictions(before)
    for (place, complaint), path in examples.contradictions(after).items():
        if (place, complaint) not in known:
            part = "requestBody" if " > request > " in place else "responses"
            about = [one for one in listed if f"'{path}'" in one.target and part in one.target]
            reason = f"the published example does not fit the schema: {complaint}"
            remedy = "Find out which is right; if it is the example, write the schema in this action anew."
            yield Finding(
                file=about[0].file if about else None,
                action=about[0].number if about else None,
                target=about[0].target if about else place,
                reason=reason,
                remedy=remedy,
            )


def _wordless(node: Json, *way: str | int) -> Iterator[tuple[str | int, ...]]:
    """The ways to the fields that nothing describes."""
    if isinstance(node, list):
        for number, one in enumerate(node):
            yield from _wordless(one, *way, number)
    elif isinstance(node, dict):
        for name, field in mapping(node.get("properties")).items():
            if not {"description", "$ref"} & mapping(field).keys():
                yield *way, "properties", name
        for key, one in node.items():
            if key not in prose.DATA:
                yield from _wordless(one, *way, key)
