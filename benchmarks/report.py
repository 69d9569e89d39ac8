"""What was found, in words: lines for the terminal, `RESULTS.md` and `results.json`."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from .contest import Finding

HERE = Path(__file__).parent
_MARKS = {True: "yes", False: "no", None: ""}
_ABOUT = """# Results

Written by `make bench`; do not edit. Every figure is a ratio, or a count, of things done turn by turn in one run on one
machine, each in a process of its own: the median of the turns, and where the middle half of them lies. On another
machine the ratios differ somewhat; the times differ wholly, so none are given.

"""


def about(machine: Mapping[str, str]) -> str:
    """Return the machine and the versions in one line."""
    return ", ".join(f"{name} {value}" for name, value in machine.items())


def line(finding: Finding) -> str:
    """Return a finding in one line."""
    low, high = finding.spread
    target = f"  [{finding.target}: {'met' if finding.met else 'MISSED'}]" if finding.target else ""
    return f"{finding.median:10.2f} ({low:.2f} to {high:.2f})  {finding.what}, beside {finding.beside}{target}"


def write(found: Mapping[str, Sequence[Finding]], machine: Mapping[str, str]) -> None:
    """Write both files."""
    (HERE / "RESULTS.md").write_text(markdown(found, machine), encoding="utf-8")
    rows = {row: [_as_json(one) for one in findings] for row, findings in found.items()}
    text = json.dumps({"machine": machine, "rows": rows}, indent=1)
    (HERE / "results.json").write_text(f"{text}\n", encoding="utf-8")


def markdown(found: Mapping[str, Sequence[Finding]], machine: Mapping[str, str]) -> str:
    """Return the table."""
    head = ["| what | beside | median | middle half | target | met |", "| --- | --- | ---: | --- | --- | --- |"]
    every = [one for findings in found.values() for one in findings]
    table = "\n".join([*head, *map(_row, every)])
    return f"{_ABOUT}{about(machine)}\n\n{table}\n{''.join(_missed(every))}"


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


def _as_json(finding: Finding) -> dict[str, object]:
    return {
        "what": finding.what,
        "beside": finding.beside,
        "values": [round(value, 4) for value in finding.values],
        "median": round(finding.median, 4),
        "target": finding.target,
        "met": finding.met,
    }
