"""Entries drafted into CHANGELOG.md."""

from pathlib import Path

import pytest

from codegen import changelog
from codegen.surface import SurfaceChange

ADDED = {"Added": ["- `a`."]}
BOTH = {"Added": ["- `a`."], "Removed": ["- **Breaking:** `b`."]}
LONG = {"Added": ["- " + "word " * 30 + "end."]}


@pytest.mark.parametrize(
    ("before", "lines", "after"),
    [
        ("# C\n", ADDED, "# C\n## Unreleased\n\n### Added\n\n- `a`.\n"),
        (
            "# C\n\n## 1.0 - 2026-01-01\n\n- x\n",
            BOTH,
            "# C\n\n## Unreleased\n\n### Added\n\n- `a`.\n\n### Removed\n\n- **Breaking:** `b`.\n"
            "\n## 1.0 - 2026-01-01\n\n- x\n",
        ),
        (
            "## 1.1 - unreleased\n\n### Added\n\n- x\n\n### Fixed\n\n- y\n\n## 1.0\n",
            BOTH,
            "## 1.1 - unreleased\n\n### Added\n\n- x\n- `a`.\n\n### Fixed\n\n- y\n\n### Removed\n\n"
            "- **Breaking:** `b`.\n\n## 1.0\n",
        ),
        ("## Unreleased\n\n### Added\n\n- x\n", ADDED, "## Unreleased\n\n### Added\n\n- x\n- `a`.\n"),
        ("## Unreleased\n\n### Added\n\n- `a`.\n", ADDED, "## Unreleased\n\n### Added\n\n- `a`.\n"),
        ("## Unreleased\n\n## 1.0\n", {}, "## Unreleased\n\n\n\n## 1.0\n"),
        (
            "## Unreleased\n",
            LONG,
            "## Unreleased\n\n### Added\n\n- " + "word " * 22 + "word\n  " + "word " * 7 + "end.\n",
        ),
    ],
)
def test_entries_go_into_the_unreleased_part_once(
    tmp_path: Path, before: str, lines: dict[str, list[str]], after: str
) -> None:
    path = tmp_path / "CHANGELOG.md"
    path.write_text(before)
    assert changelog.drafted(path, lines) == after
    path.write_text(after)
    assert changelog.drafted(path, lines) == after


def test_each_change_becomes_a_line() -> None:
    assert changelog.entries(
        [
            SurfaceChange("added", "model", "models.Note"),
            SurfaceChange("added", "field", "models.Meeting.note", after="str | None"),
            SurfaceChange("changed", "field", "models.Meeting.id", before="str", after="int", breaking=True),
            SurfaceChange("changed", "method", "client.api.list", before="()", after="(a)", detail="takes `a` now"),
            SurfaceChange("removed", "method", "client.api.get", before="()", breaking=True),
        ]
    ) == {
        "Added": ["- `models.Note`.", "- `models.Meeting.note`: `str | None`."],
        "Changed": [
            "- **Breaking:** `models.Meeting.id` is `int` now (`str` before).",
            "- `client.api.list` takes `a` now.",
        ],
        "Removed": ["- **Breaking:** `client.api.get`."],
    }
