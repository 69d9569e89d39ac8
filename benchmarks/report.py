"""What was found, in words: lines for the terminal, `RESULTS.md` and `results.json`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from attrs import asdict

from .contest import Finding

HERE = Path(__file__).parent
_JSON = HERE / "results.json"
_MARKS = {True: "yes", False: "no", None: ""}
_ABOUT = """# Results

Written by `make bench`; do not edit. Every figure is a ratio, or a count, of things done turn by turn in one run on one
machine, each in a process of its own: the median of the turns, and where the middle half of them lies. On another
machine the ratios differ somewhat; the times differ wholly, so none are given. A row that is measured again takes the
place of the last; above each table stands on what it was measured.
"""


def about(machine: Mapping[str, str]) -> str:
    """Return the machine and the versions in one line."""
    return ", ".join(f"{name} {value}" for name, value in machine.items())


def line(finding: Finding) -> str:
    """Return a finding in one line."""
    low, high = finding.spread
    target = f"  [{finding.target}: {'met' if finding.met else 'MISSED'}]" if finding.target else ""
    return f"{finding.median:10.2f} ({low:.2f} to {high:.2f})  {finding.what}, beside {finding.beside}{target}"


def keep(row: str, findings: Sequence[Finding], machine: Mapping[str, str], *, rows: Sequence[str]) -> None:
    """Put a row among those measured before, and write both files; `rows` is the order in which they stand."""
    kept: dict[str, dict[str, Any]] = {}
    if _JSON.exists():
        kept |= json.loads(_JSON.read_text(encoding="utf-8"))["rows"]
    kept[row] = {"machine": dict(machine), "findings": [asdict(one) for one in findings]}
    kept = {name: kept[name] for name in rows if name in kept}
    _JSON.write_text(f"{json.dumps({'rows': kept}, indent=1)}\n", encoding="utf-8")
    (HERE / "RESULTS.md").write_text(markdown(kept), encoding="utf-8")


def markdown(kept: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the tables of what was kept, one for each machine, and why targets are missed."""
    tables: dict[str, list[Finding]] = {}
    for one in kept.values():
        on = about({name: value for name, value in one["machine"].items() if name != "load"})
        tables.setdefault(on, []).extend(_finding(dict(each)) for each in one["findings"])
    head = "| what | beside | median | middle half | target | met |\n| --- | --- | ---: | --- | --- | --- |"
    told = ["\n".join([f"\n{on}\n\n{head}", *map(_row, findings), ""]) for on, findings in tables.items()]
    return "".join([_ABOUT, *told, *_missed([one for findings in tables.values() for one in findings])])


def _finding(kept: dict[str, Any]) -> Finding:
    values: tuple[float, ...] = tuple(kept.pop("values"))
    return Finding(**kept, values=values)


def _missed(findings: Sequence[Finding]) -> Iterator[str]:
    reasons: dict[str, list[str]] = {}
    for one in findings:
        if one.met is False:
            reasons.setdefault(one.short_of_it or "not known yet", []).append(f"{one.what} ({one.median:.2f})")
    if reasons:
        yield "\n## What misses its target, and why\n\n"
    for why, missed in reasons.items():
        yield f"- {', '.join(missed)}: {why}.\n"


def _row(finding: Finding) -> str:
    low, high = finding.spread
    cells = (finding.what, finding.beside, f"{finding.median:.2f}", f"{low:.2f} to {high:.2f}", finding.target)
    return f"| {' | '.join(cells)} | {_MARKS[finding.met]} |"
