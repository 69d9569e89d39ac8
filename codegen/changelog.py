"""Reading CHANGELOG.md, and drafting entries into its unreleased part."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from pathlib import Path

from codegen.documents import UnusableInputError
from codegen.surface import SurfaceChange

_SECTIONS = {"added": "Added", "changed": "Changed", "removed": "Removed"}


def since(path: Path, *, version: str) -> str:
    """Return what the changelog at `path` says above `version`'s section; raises UnusableInputError without one."""
    text = _read(path)
    heading = re.search(rf"^## \[?v?{re.escape(version)}\b", text, flags=re.MULTILINE)
    if heading is None:
        raise UnusableInputError(f"{path}: has no section for {version}, the last release")
    return text[: heading.start()]


def entries(changes: Iterable[SurfaceChange]) -> dict[str, list[str]]:
    """Return a line of Markdown for each change, by the section it belongs to."""
    found: dict[str, list[str]] = {}
    for change in changes:
        told = f"`{change.place}`"
        if change.detail is not None:
            told += f" {change.detail}"
        elif change.change == "changed":
            told += f" is `{change.after}` now (`{change.before}` before)"
        elif change.change == "added" and change.after is not None:
            told += f": `{change.after}`"
        line = f"- {'**Breaking:** ' if change.breaking else ''}{told}."
        found.setdefault(_SECTIONS[change.change], []).append(line)
    return found


def drafted(path: Path, lines: dict[str, list[str]]) -> str:
    """Return the text of the changelog at `path` with `lines`, by section, in its unreleased part, each once.

    A changelog whose first part is a release gets a part "Unreleased" above it.
    """
    text = _read(path)
    first = re.search(r"^## .*$", text, flags=re.MULTILINE)
    if first is None or "unreleased" not in first[0].lower():
        place = len(text) if first is None else first.start()
        text = f"{text[:place]}## Unreleased\n\n{text[place:]}"
        first = re.compile(r"^## .*$", flags=re.MULTILINE).search(text, place)
    start = first.end() if first is not None else len(text)
    following = re.compile(r"^## ", flags=re.MULTILINE).search(text, start)
    end = following.start() if following is not None else len(text)
    body = text[start:end].strip("\n")
    for section in _SECTIONS.values():
        wrapped = [
            textwrap.fill(line, 120, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
            for line in lines.get(section, [])
        ]
        fresh = [line for line in wrapped if line not in body]
        if fresh:
            body = _added(body, section, "\n".join(fresh))
    return f"{text[:start]}\n\n{body}\n{'' if following is None else chr(10)}{text[end:]}"


def _added(body: str, section: str, lines: str) -> str:
    heading = re.search(rf"^### {section}$", body, flags=re.MULTILINE)
    if heading is None:
        return f"{body}\n\n### {section}\n\n{lines}".strip("\n")
    following = re.compile(r"^### ", flags=re.MULTILINE).search(body, heading.end())
    if following is None:
        return f"{body}\n{lines}"
    return f"{body[: following.start()].rstrip()}\n{lines}\n\n{body[following.start() :]}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise UnusableInputError(f"{path}: no such file") from None
