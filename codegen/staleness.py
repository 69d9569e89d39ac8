"""Which overlay actions no longer fit a newer document and need a person, and what that person is to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codegen import documents, examples, overlays, prose, schemas
from codegen.documents import Json, JsonObject, mapping
from codegen.operations import moved, operations, relocated
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
    """`findings` need a person; `hints` can wait; the documents are those after all actions that fit each of them."""

    findings: list[Finding]
    hints: list[str]
    document: JsonObject
    older: JsonObject


def review(old: JsonObject, new: JsonObject, overlay_files: Sequence[Path]) -> Review:
    """Tell how the overlays fare with `new`.

    They were written for `old`, but for those actions that fit `new` only: these a person has corrected already.
    Raises OverlayError where an overlay cannot be read.
    """
    listed = [one for path in overlay_files for one in overlays.actions(documents.load(path), file=str(path))]
    # the older document, the same with every operation where it is now, and the newer one
    before, here, after = old, relocated(old, new), new
    findings: list[Finding] = []
    for action in listed:
        was, same, now = (_attempted(action, one) for one in (before, here, after))
        if fresh := _fresh(was, same, now):
            findings.append(_overlapping(action, fresh))
        elif now.error is not None:
            findings.append(_failing(action, now.error, _Whereabouts(before, after, of=(old, new))))
        else:
            after = now.document
            findings += _unreached(action, was, now, (before, after), of=(old, new))
        before, here = was.document, same.document
    whereabouts = _Whereabouts(before, after, of=(old, new))
    known = (before, here)
    findings += _unnamed(known, after, whereabouts)
    findings += _contradicted(known, after, listed)
    findings += _ignored(known, after, listed)
    unknown = sorted(examples.undeclared(after).difference(*map(examples.undeclared, known)))
    hints = [
        f"`{place}`: the published example has `{key}`, which no schema of ours declares." for place, key in unknown
    ]
    wordless = sorted(map(documents.pointer, {*_wordless(after)}.difference(*map(_wordless, known))))
    hints += [f"`{place}` has no description: add one in our words." for place in wordless]
    return Review(findings=findings, hints=hints, document=after, older=before)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Attempt:
    """What came of an action: the document after it, what it met, and the places that it reached."""

    document: JsonObject
    met: dict[str, str]
    reached: frozenset[tuple[int | str, ...]]
    error: OverlayError | None = None


def _attempted(action: Action, document: JsonObject) -> _Attempt:
    result, met, reached = mapping(documents.copied(document)), dict[str, str](), frozenset[tuple[int | str, ...]]()
    try:
        met = action.overlaps(result)
        reached = frozenset(match.parts for match in action.matches(result))
        action.perform(result)
    except OverlayError as error:
        return _Attempt(document=document, met=met, reached=reached, error=error)
    return _Attempt(document=result, met=met, reached=reached)


def _fresh(was: _Attempt, same: _Attempt, now: _Attempt) -> dict[str, str]:
    """What the action meets that it did not meet when it was written; one that fits the newer document only is new."""
    if was.error is not None and same.error is not None:
        return {}
    known = was.met | same.met
    return {place: what for place, what in now.met.items() if known.get(place) != what}


class _Whereabouts:
    """What became of the paths of the older document, whose names an overlay may have changed."""

    def __init__(self, before: JsonObject, after: JsonObject, *, of: tuple[JsonObject, JsonObject]) -> None:
        was, now = ({path for path, _, _ in operations(document)} for document in (before, after))
        old, new = ({path for path, _, _ in operations(document)} for document in of)
        self.gone = (was - now) | (old - new)
        self.moved = moved(before, after) | moved(*of)

    def of(self, texts: Sequence[str]) -> str | None:
        """Say where the first path named in `texts` is that is not where it was; None if all are."""
        for path in re.findall(r"""['"](/[^'"]*)['"]""", " ".join(texts)):
            for (former, _), now in sorted(self.moved.items()):
                if former == path:
                    return f"`{path}` is `{now}` now: write that, or delete the action if nothing is left for it to do."
            if path in self.gone:
                return f"`{path}` is published no longer: delete the action."
        return None


def _unreached(
    action: Action,
    was: _Attempt,
    now: _Attempt,
    state: tuple[JsonObject, JsonObject],
    *,
    of: tuple[JsonObject, JsonObject],
) -> Iterator[Finding]:
    """An action for several operations that goes on without one of them, because that is elsewhere or gone."""
    lost = {str(place[1]): place for place in was.reached - now.reached if place[:1] == ("paths",) and len(place) > 1}
    if not lost:
        return
    whereabouts = _Whereabouts(*state, of=of)
    for path, place in sorted(lost.items()):
        homes = {there for (former, _), there in whereabouts.moved.items() if former == path}
        if homes and not any((place[0], there, *place[2:]) in now.reached for there in homes):
            there = min(homes)
            yield _finding(action, f"reaches `{path}` no longer", f"It is `{there}` now: name that in its place.")
        elif path in whereabouts.gone and f"{path}'" in action.target.replace('"', "'") and not homes:
            yield _finding(action, f"names `{path}`, which is published no longer", "Take it out of the target.")


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


def _unnamed(known: Sequence[JsonObject], after: JsonObject, whereabouts: _Whereabouts) -> Iterator[Finding]:
    elsewhere = {(now, method) for (_, method), now in whereabouts.moved.items()}
    named = {(path, method) for document in known for path, method, _ in operations(document)} | elsewhere
    for path, method, operation in operations(after):
        missing = [name for name in ("operationId", "tags") if not operation.get(name)]
        if missing and (path, method) not in named:
            remedy = (
                "Write an action that adds them with a summary, and actions for its parameters, request and answers."
            )
            reason = f"is a new operation without {' and '.join(missing)}, so that its method has no name of ours"
            target = f"$.paths['{path}'].{method}"
            yield Finding(file=None, action=None, target=target, reason=reason, remedy=remedy)


def _contradicted(known: Sequence[JsonObject], after: JsonObject, listed: Sequence[Action]) -> Iterator[Finding]:
    before = {found for document in known for found in examples.contradictions(document)}
    for (place, complaint), path in examples.contradictions(after).items():
        if (place, complaint) not in before:
            part = "requestBody" if " > request > " in place else "responses"
            reason = f"the published example does not fit the schema: {complaint}"
            remedy = "Find out which is right; if it is the example, write the schema in this action anew."
            yield _about(listed, path, part, place, reason=reason, remedy=remedy)


def _ignored(known: Sequence[JsonObject], after: JsonObject, listed: Sequence[Action]) -> Iterator[Finding]:
    before = {way for document in known for way in schemas.unread(document)}
    for way, words in schemas.unread(after).items():
        if way not in before:
            path, part = (str(way[1]), str(way[3])) if len(way) > 3 else ("", "")
            reason = f"{words}, so that the properties beside it are read by nobody"
            remedy = "Write the schema in the shape that is published now, or take that out with an action of its own."
            yield _about(listed, path, part, documents.pointer(way), reason=reason, remedy=remedy)


def _about(listed: Sequence[Action], path: str, part: str, place: str, *, reason: str, remedy: str) -> Finding:
    """A finding about the first action for a part of a path; where there is none, about the place."""
    about = [one for one in listed if f"'{path}'" in one.target and part in one.target]
    return Finding(
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
