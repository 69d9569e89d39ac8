"""The page tells what was seen from what is assumed; `python -m tests.docs.test_verified_page` writes it anew."""

import json
from collections.abc import Sequence
from pathlib import Path

from bookit_async.doctor.facts import FACTS, Fact
from codegen import documents, observed
from codegen.pipeline import Project

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "verified.md"
NOBODY = (
    "**No report from the real service has been committed yet: all of the {facts} facts below are assumed.** They were "
    "read in the documentation, or follow from it; the sandbox plays them, which proves nothing about the service."
)
HEAD = """\
# What is verified, and what is assumed

This package rests on facts about BookIt. Each is asked by the [doctor](doctor.md), whose page also says what happens if
it is otherwise. *held* means: seen in reports of the real service that a maintainer has committed, under
`openapi/observed/`; *broken*: seen otherwise there; *assumed*: nobody has seen it.

{told}

If you have a key, a minute is enough: `python -m bookit_async.doctor -o report.json`, and send us the report, which
holds no value of anybody's.
"""
HEADS = "| fact | what is taken for true | verified? |\n| --- | --- | --- |\n"


def drawn(reports: Sequence[observed.Report]) -> str:
    told = observed.facts_told(reports)
    head = HEAD.format(told=counts(told, len(reports)) if reports else NOBODY.format(facts=len(FACTS)))
    groups = dict.fromkeys(one.group for one in FACTS)
    rows = {group: "".join(row(one, told.get(one.id)) for one in FACTS if one.group == group) for group in groups}
    return "\n".join([head, *(f"## {group}\n\n{HEADS}{rows[group]}" for group in groups)])


def counts(told: dict[str, observed.Told], reports: int) -> str:
    broken = sum(one.broken for one in told.values())
    held, assumed = len(told) - broken, len(FACTS) - len(told)
    return f"Of {len(FACTS)} facts {held} held, {broken} are broken and {assumed} assumed; reports: {reports}."


def row(fact: Fact, told: observed.Told | None) -> str:
    said = "assumed" if told is None else f"{'**broken**' if told.broken else 'held'} {told.words}"
    instead = f": {'; '.join(told.seen)}" if told and told.broken else ""
    return f"| `{fact.id}` | {fact.claim} | {said}{instead.replace('|', ' ')} |\n"


def committed() -> list[Path]:
    return sorted((ROOT / "openapi" / "observed").glob("*.json"))


def reports(paths: Sequence[Path]) -> list[observed.Report]:
    return observed.read(paths, documents.load(ROOT / "openapi" / "bookit.enriched.yaml"))


def test_the_page_says_what_the_committed_reports_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == drawn(reports(committed()))


def test_what_was_seen_is_in_the_document_if_and_only_if_there_are_reports() -> None:
    assert Project(ROOT).observed.exists() == bool(committed())


def test_a_report_changes_the_page(tmp_path: Path) -> None:
    facts = {
        "https": {"verdict": "held", "seen": "", "looks": 3},
        "media-type": {"verdict": "broken", "seen": "text/html | once", "looks": 3},
        "clock": {"verdict": "not seen", "seen": "no Date", "looks": 0},
    }
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"format": 1, "date": "2026-05-04", "facts": facts, "differences": []}))
    page = drawn(reports([path]))
    assert f"Of {len(FACTS)} facts 1 held, 1 are broken and {len(FACTS) - 2} assumed; reports: 1." in page
    assert "| held in 1 report, last on 2026-05-04 |" in page
    assert "| **broken** in 1 report, last on 2026-05-04: text/html   once |" in page
    assert page.count("| assumed |") == len(FACTS) - 2
    assert "No report from the real service" not in page


if __name__ == "__main__":
    PAGE.write_text(drawn(reports(committed())), encoding="utf-8")
