"""What a diagnosis found: as JSON for `python -m codegen observe`, as Markdown, and as a table for a terminal.

Made of names that stand in the document, types, counts, statuses, media types, header names and classes of ours.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import orjson
from attrs import asdict, field, frozen

from ..version import VERSION
from .answers import Told
from .differences import Difference
from .facts import FACTS
from .judging import Advice, Finding

FORMAT = 1
MARKS: Mapping[str, str] = {"held": "held", "broken": "BROKEN", "not asked": "-", "not seen": "?"}
MOST = 1000
"""Differences that are kept; a service with more is another service."""


@frozen(kw_only=True)
class Report:
    """What was found, without a word of what was said."""

    on: date
    findings: tuple[Finding, ...] = ()
    differences: Mapping[Difference, int] = field(factory=dict[Difference, int])
    """In what answers were not as documented, and how often."""
    statuses: Mapping[str, Mapping[int, int]] = field(factory=dict[str, Mapping[int, int]])
    """How often each operation was answered with each status."""
    advice: Advice = field(factory=Advice)
    unanswered: int = 0
    standing: int = 0
    """Meetings that were booked to look, and could not be canceled."""

    @property
    def broken(self) -> tuple[Finding, ...]:
        """What is otherwise than it is taken for."""
        return tuple(one for one in self.findings if one.verdict == "broken")

    @property
    def counts(self) -> Mapping[str, int]:
        """How many facts came out which way."""
        counted = Counter(one.verdict for one in self.findings)
        return {verdict: counted[verdict] for verdict in ("held", "broken", "not asked", "not seen")}

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "date": self.on.isoformat(),
            "facts": {
                one.fact.id: {"verdict": one.verdict, "looks": one.looks, "seen": one.seen} for one in self.findings
            },
            "differences": [{**asdict(one), "times": times} for one, times in self.differences.items()],
            "statuses": {
                operation: {str(status): times for status, times in sorted(counted.items())}
                for operation, counted in sorted(self.statuses.items())
            },
            "advice": asdict(self.advice),
            "unanswered": self.unanswered,
            "standing": self.standing,
        }

    def to_json(self) -> str:
        """Return the text of a report file."""
        return orjson.dumps(self.to_dict(), option=orjson.OPT_INDENT_2).decode() + "\n"

    def to_markdown(self) -> str:
        """Return the same for people."""
        lines = [f"# BookIt as it was seen on {self.on.isoformat()}", "", self.summary, ""]
        for group, found in self.groups():
            lines += [f"## {group}", "", "| fact | | seen |", "| --- | --- | --- |"]
            lines += [f"| {one.fact.claim} | {one.verdict} | {one.seen} |" for one in found]
            lines.append("")
        if self.differences:
            lines += ["## Not as documented", "", "| operation | where | what | found | times |"]
            lines.append("| --- | --- | --- | --- | --- |")
            lines += [
                f"| {one.operation} | `{one.path}` | {one.kind} | {one.found} | {times} |"
                for one, times in self.differences.items()
            ]
            lines.append("")
        lines += ["## Answers", "", "| operation | statuses |", "| --- | --- |"]
        lines += [
            f"| {operation} | {', '.join(f'{status}: {times}' for status, times in sorted(counted.items()))} |"
            for operation, counted in sorted(self.statuses.items())
        ]
        lines += ["", f"Settings: {self.settings}", ""]
        return "\n".join(lines)

    @property
    def summary(self) -> str:
        """One sentence."""
        told = ", ".join(f"{count} {verdict}" for verdict, count in self.counts.items())
        more = f"; {self.unanswered} requests got no answer" if self.unanswered else ""
        return f"{len(self.findings)} facts: {told}{more}."

    @property
    def settings(self) -> str:
        """Which settings to set, and why."""
        given = [
            f"{name}={value}"
            for name, value in (("token_fence", self.advice.token_fence), ("settle", self.advice.settle))
            if value is not None
        ]
        return f"{', '.join(given)}: {self.advice.why}." if given else f"{self.advice.why}."

    def groups(self) -> Iterator[tuple[str, list[Finding]]]:
        """Yield the findings by group, in the order of the table."""
        for group in dict.fromkeys(one.group for one in FACTS):
            if found := [one for one in self.findings if one.fact.group == group]:
                yield group, found

    def table(self) -> str:
        """Return the findings for a terminal, and what follows from them."""
        width = max((len(one.fact.id) for one in self.findings), default=0)
        lines: list[str] = []
        for group, found in self.groups():
            lines += ["", group]
            for one in found:
                mark = MARKS[one.verdict]
                said = one.fact.claim if one.verdict == "held" else one.seen
                lines.append(f"  {mark:<6}  {one.fact.id:<{width}}  {said}")
                if one.verdict == "broken":
                    lines.append(f"  {'':<6}  {'':<{width}}  claimed: {one.fact.claim}")
                    lines.append(f"  {'':<6}  {'':<{width}}  so: {one.fact.otherwise}")
        for other, times in self.differences.items():
            where = f"{other.operation} {other.path}"
            lines.append(f"  not as documented: {where}: {other.kind}, {other.found} ({times} times)")
        return "\n".join([*lines, "", self.summary, f"Settings: {self.settings}"])

    def issue(self) -> str:
        """Return what an issue about it would say."""
        title = f"BookIt differs from what is taken for true: {len(self.broken)} facts broken"
        return f"{title}\n\n{self.to_markdown()}"


def counted(answers: Iterable[Told]) -> tuple[dict[Difference, int], dict[str, dict[int, int]]]:
    """Return in what answers differ from the document, and how often each operation had which status."""
    found: Counter[Difference] = Counter()
    statuses: dict[str, dict[int, int]] = {}
    for told in answers:
        of_one = statuses.setdefault(told.operation.id, {})
        of_one[told.status] = of_one.get(told.status, 0) + 1
        for one in told.differences:
            found[one] += 1
    return dict(found), statuses
