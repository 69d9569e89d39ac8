"""Doing what the summary of a regeneration says, to the letter and nothing else."""

import re
from pathlib import Path
from typing import Any

_STALE = re.compile(
    r"- `(?P<file>\S+\.yaml)`, action (?P<action>\d+), target `.*?`: .*?"
    r"(?:`(?P<before>/\S*)` is `(?P<now>/\S*)` now: write that"
    r"|reaches `(?P<member>/\S*)` no longer\. It is `(?P<there>/\S*)` now: name that in its place)"
)


def corrected(root: Path, summary: str) -> int:
    """Write the path that the summary names in the place of each that moved; return how many actions that changed."""
    changed = 0
    for line in summary.splitlines():
        if found := _STALE.match(line):
            before, now = found["before"] or found["member"], found["now"] or found["there"]
            path = root / found["file"]
            head, *actions = re.split(r"(?m)^(?=  - target:)", path.read_text())
            number = int(found["action"]) - 1
            actions[number] = actions[number].replace(f"'{before}'", f"'{now}'")
            path.write_text("".join((head, *actions)))
            changed += 1
    return changed


def moved(document: Any) -> tuple[str, str]:
    """Make of a document one of OpenAPI 3.1 whose longest path is elsewhere; return where it was and where it is."""
    longest = max(document["paths"], key=len)
    there = re.sub(r"^/v\d+", "/v2", longest) + "-now"
    document["openapi"] = "3.1.0"
    document["info"] |= {"summary": "Scheduling.", "license": {"name": "MIT", "identifier": "MIT"}}
    document["paths"][there] = document["paths"].pop(longest)
    return longest, there
