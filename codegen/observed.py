"""From the reports of doctors to an overlay: what was seen of the service, in how many reports, and when last.

A report only ever adds: what was seen otherwise than documented is noted in the document, for a person to decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from typing import Literal, TypeAlias

from bookit_async.doctor.facts import BY_ID, FACTS, Fact
from bookit_async.doctor.names import JSON_TYPES
from bookit_async.doctor.report import FORMAT
from codegen import documents, names, overlays, pipeline, seen, support
from codegen.documents import Json, JsonObject, UnusableInputError, mapping
from codegen.operations import followed, operations

Verdict: TypeAlias = Literal["held", "broken"]
Key: TypeAlias = tuple[str, str, str, str]
"""The operation, unless it is of a schema; the schema; the field; the kind of difference."""

VERDICTS = ("held", "broken", "not asked", "not seen")
SUM = "documented-answers"
"""The fact that sums up all differences: one who asked less may hold it without contradicting one who asked more."""
_TYPES = tuple(JSON_TYPES.values())
_FOUND: Mapping[str, re.Pattern[str]] = {
    "new field": re.compile("|".join(_TYPES)),
    "other type": re.compile("|".join(_TYPES)),
    "new value": re.compile(r"[A-Za-z][A-Za-z_-]{1,24}|\*"),
    "new status": re.compile(r"[1-9][0-9]{2}"),
    "other media type": re.compile(r"[a-z]{1,20}/[a-z.+-]{1,40}|none|no media type"),
}
"""What each kind of difference may have found: a report comes from anybody."""
_FIELD = re.compile(r"[A-Za-z_][A-Za-z_]{0,39}|\*|")
_MOST = 20
_LONGEST = 300


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """What one report says that matters here."""

    name: str
    on: str
    verdicts: Mapping[str, tuple[Verdict, str]]
    """By fact, with what was seen instead; only those that held or did not."""
    differences: Mapping[Key, frozenset[str]]
    """What was found."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What some reports say of one thing."""

    reports: int
    on: str
    """The day of the last of them."""
    broken: bool = False
    seen: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """How many, and when."""
        return f"in {self.reports} report{'s' if self.reports > 1 else ''}, last on {self.on}"

    @property
    def noted(self) -> JsonObject:
        """The same for the document."""
        return {"reports": self.reports, "on": self.on}


def observe(project: pipeline.Project, paths: Sequence[Path]) -> str:
    """Write the overlay that says what the reports at `paths` saw, and return a sentence about it.

    Without paths, those that are committed. Raises UnusableInputError, with every problem, and writes nothing then.
    """
    base = _base(project)
    reports = read(paths or project.reports(), base)
    found = [*_findings(base, reports)]
    if not found:
        raise UnusableInputError("the reports tell nothing: each fact was not asked, or not seen; nothing was written")
    overlay: JsonObject = {
        "overlay": "1.1.0",
        "info": {"title": "What was seen of the service; written by `python -m codegen observe`", "version": "1.0.0"},
        "actions": [*found],
    }
    _try(overlays.apply(base, overlay, file=str(project.observed)), name=f"{project.spec} with what was seen")
    pipeline.write(project.observed, documents.dump(overlay))
    return f"{project.observed}: {len(found)} findings, of reports: {len(reports)}. Now run `make generate`."


def read(paths: Iterable[Path], document: JsonObject) -> list[Report]:
    """Return the reports at `paths`, each once, as far as `document` knows what they speak of.

    Raises UnusableInputError that names everything that is wrong with any of them, or between them.
    """
    found: dict[str, Report] = {}
    problems: list[str] = []
    for path in paths:
        try:
            given = documents.load(path)
        except UnusableInputError as error:
            problems.append(str(error))
            continue
        wrong = [*_problems(given, document)]
        problems += [f"{path}: {one}" for one in wrong]
        if not wrong:
            found.setdefault(documents.dump_json(given), _report(given, str(path)))
    _refuse(problems)
    _refuse([*_contradictions([*found.values()])])
    return [*found.values()]


def facts_told(reports: Sequence[Report]) -> dict[str, Told]:
    """Return what reports that do not contradict each other say of each fact, in the order of the table."""
    told: dict[str, Told] = {}
    for fact in FACTS:
        said = [(one.on, *one.verdicts[fact.id]) for one in reports if fact.id in one.verdicts]
        broken = [(on, instead) for on, verdict, instead in said if verdict == "broken"]
        if broken:
            instead = tuple(sorted({one for _, one in broken}))
            told[fact.id] = Told(reports=len(broken), on=max(broken)[0], broken=True, seen=instead)
        elif said:
            told[fact.id] = Told(reports=len(said), on=max(said)[0])
    return told


def _base(project: pipeline.Project) -> JsonObject:
    """Return the document as it is without what was seen."""
    document = followed(documents.load_openapi(project.spec), name=str(project.spec))
    for path in project.overlays():
        if path != project.observed:
            document = overlays.apply(document, documents.load(path), file=str(path))
    return document


def _try(document: JsonObject, *, name: str) -> None:
    """Raise UnusableInputError where nothing could be generated from `document`."""
    document = seen.with_seen(document)
    pipeline.validate(document, name=name)
    support.check(document, name=name)
    support.refuse(names.problems(document), name=name)


def _refuse(problems: Sequence[str]) -> None:
    if problems:
        more = f"; and {len(problems) - _MOST} more" if len(problems) > _MOST else ""
        raise UnusableInputError(f"{'; '.join(problems[:_MOST])}{more}; nothing was written")


def _problems(given: JsonObject, document: JsonObject) -> Iterator[str]:
    """Yield what is wrong with what should be a report."""
    version, told, listed = given.get("format"), given.get("facts"), given.get("differences")
    if type(version) is not int:
        yield "is not a report of the doctor, which has a 'format'"
    elif version != FORMAT:
        yield f"is a report of format {version}, and this reads format {FORMAT}"
    elif not isinstance(told, dict) or not isinstance(listed, list):
        yield "must have facts, an object, and differences, a list"
    else:
        if not _is_day(given.get("date")):
            yield "its date must be a day such as 2026-05-04"
        yield from _problems_of_facts(told)
        known = {str(one.get("operationId")) for _, _, one in operations(document)}
        for number, one in enumerate(listed, 1):
            for problem in _problems_of(mapping(one), known, _schemas(document)):
                yield f"difference {number} {problem}"


def _is_day(on: Json) -> bool:
    try:
        return isinstance(on, str) and date.fromisoformat(on).isoformat() == on
    except ValueError:
        return False


def _problems_of_facts(told: JsonObject) -> Iterator[str]:
    for id_, one in told.items():
        if id_ not in BY_ID:
            yield f"has the unknown fact {id_[:_LONGEST]!r}"
        elif mapping(one).get("verdict") not in VERDICTS or not isinstance(mapping(one).get("seen"), str):
            yield f"the fact {id_} must have a verdict ({', '.join(VERDICTS)}), and what was seen, a text"


def _problems_of(one: JsonObject, known: set[str], schemas: JsonObject) -> Iterator[str]:
    texts = {key: one.get(key) for key in ("operation", "schema", "field", "kind", "found")}
    if not all(isinstance(text, str) for text in texts.values()):
        yield f"must have the texts {', '.join(texts)}"
        return
    operation, schema, field, kind, found = (str(text)[:_LONGEST] for text in texts.values())
    if operation not in known:
        yield f"is of the unknown operation {operation!r}"
    if schema and schema not in schemas:
        yield f"is of the unknown schema {schema!r}"
    elif bool(schema) != bool(field):
        yield "must name a schema and its field, or neither"
    elif not _FIELD.fullmatch(field) and field not in mapping(mapping(schemas.get(schema)).get("properties")):
        yield f"has the field {field!r}, which is no name"
    if kind not in _FOUND:
        yield f"is of the unknown kind {kind!r}"
    elif not _FOUND[kind].fullmatch(found):
        yield f"of the kind {kind} cannot have found {found!r}"


def _report(given: JsonObject, name: str) -> Report:
    verdicts: dict[str, tuple[Verdict, str]] = {}
    for id_, one in mapping(given["facts"]).items():
        verdict, instead = mapping(one)["verdict"], " ".join(str(mapping(one)["seen"]).split())[:_LONGEST]
        if verdict in ("held", "broken"):
            verdicts[id_] = ("held", "") if verdict == "held" else ("broken", instead)
    found: dict[Key, frozenset[str]] = {}
    listed = given["differences"]
    for one in map(mapping, listed if isinstance(listed, list) else ()):
        schema = str(one["schema"])
        key = ("" if schema else str(one["operation"]), schema, str(one["field"]), str(one["kind"]))
        found[key] = found.get(key, frozenset()) | {str(one["found"])}
    return Report(name=name, on=str(given["date"]), verdicts=verdicts, differences=found)


def _contradictions(reports: Sequence[Report]) -> Iterator[str]:
    """Yield where two reports cannot both be of one service."""
    for one, other in combinations(reports, 2):
        for id_, (verdict, _) in one.verdicts.items():
            said = other.verdicts.get(id_, (verdict, ""))[0]
            if said != verdict and id_ != SUM:
                yield f"{one.name} and {other.name} contradict each other: {id_} is {verdict} and {said}"
        for key in one.differences.keys() & other.differences.keys():
            ours, theirs = (_types(each.differences[key]) for each in (one, other))
            if key[3] in ("new field", "other type") and ours and theirs and not ours & theirs:
                place = ".".join(part for part in key[:3] if part)
                told = f"{', '.join(sorted(ours))} and {', '.join(sorted(theirs))}"
                yield f"{one.name} and {other.name} contradict each other: {place} is {told}"


def _types(found: Iterable[str]) -> set[str]:
    """Return JSON types without null, which any of them may be, and with integers as the numbers that they are."""
    return {"number" if one == "integer" else one for one in found} - {"null"}


def _findings(base: JsonObject, reports: Sequence[Report]) -> Iterator[JsonObject]:
    """Yield an action for each finding."""
    for id_, told in facts_told(reports).items():
        yield _of_fact(BY_ID[id_], told)
    schemas = _schemas(base)
    targets = {
        str(one.get("operationId")): f"$.paths[{_quoted(path)}].{method}" for path, method, one in operations(base)
    }
    for key in sorted({key for one in reports for key in one.differences}):
        operation, schema, field, kind = key
        target = f"$.components.schemas[{_quoted(schema)}]" if schema else targets[operation]
        fields = mapping(mapping(schemas.get(schema)).get("properties"))
        of_key = [one for one in reports if key in one.differences]
        found = sorted({what for one in of_key for what in one.differences[key]})
        if kind == "new field" and schema and field != "*":
            if field not in fields:  # else it has been documented since
                told = _told(of_key)
                yield _action(target, "new field", field, told, {"properties": {field: _typed(found, told)}})
            continue
        for what in found:
            told = _told([one for one in of_key if what in one.differences[key]])
            if kind == "new value" and what != "*":
                words = mapping(fields.get(field)).get("enum")
                if isinstance(words, list) and what not in words:
                    more: JsonObject = {"enum": [what], "x-seen": {what: told.noted}}
                    yield _action(target, "new value", f"{field}: {what}", told, {"properties": {field: more}})
            elif kind != "other type" or not schema or field in fields:
                place = f"{field}: {kind}, {what}" if field else f"{kind}, {what}"
                yield _action(target, "not as documented", place, told, {"x-otherwise": {place: told.noted}})


def _of_fact(fact: Fact, told: Told) -> JsonObject:
    if not told.broken:
        return _action(fact.place, "held", fact.claim, told, {"x-seen": {fact.id: told.noted}})
    noted: JsonObject = {**told.noted, "seen": [*told.seen]}
    return _action(fact.place, "broken", fact.claim, told, {"x-broken": {fact.id: noted}})


def _action(target: str, what: str, which: str, told: Told, update: JsonObject) -> JsonObject:
    return {"target": target, "description": f"{what.capitalize()} {told.words}: {which}", "update": update}


def _told(reports: Sequence[Report]) -> Told:
    return Told(reports=len(reports), on=max(one.on for one in reports))


def _typed(found: Sequence[str], told: Told) -> JsonObject:
    """Return the schema of a field of which values of these types were seen: nothing of it is promised."""
    words: JsonObject = {"description": f"Seen {told.words}; not promised.", "x-seen": told.noted}
    kinds = {*found} - {"null"}
    kinds -= {"integer"} if "number" in kinds else set()
    if len(kinds) != 1:
        return words
    more: Mapping[str, JsonObject] = {"object": {"additionalProperties": True}, "array": {"items": {}}}
    (kind,) = kinds
    typed: JsonObject = {"type": kind, "nullable": True, **more.get(kind, {})}
    return {**typed, **words}


def _schemas(document: JsonObject) -> JsonObject:
    return mapping(mapping(document.get("components")).get("schemas"))


def _quoted(name: Json) -> str:
    return "'" + str(name).replace("\\", "\\\\").replace("'", "\\'") + "'"
