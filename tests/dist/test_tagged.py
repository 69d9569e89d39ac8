"""What may be released, as a table."""

import pytest

from .tagged import refusal

DATED = "# Changelog\n\n## 1.2.3 - 2026-12-01\n\n- x\n"


@pytest.mark.parametrize(
    ("tag", "changelog", "why"),
    [
        ("v1.2.3", DATED, None),
        ("v1.2.3", DATED.replace("1.2.3", "[1.2.3]"), None),
        ("v1.2.4", DATED, "the tag must be v1.2.3"),
        ("1.2.3", DATED, "the tag must be v1.2.3"),
        ("v1.2.3", DATED.replace("2026-12-01", "unreleased"), "CHANGELOG.md must have a section"),
        ("v1.2.3", DATED.replace("1.2.3", "1.2.30"), "CHANGELOG.md must have a section"),
        ("v1.2.3", "", "CHANGELOG.md must have a section"),
    ],
)
def test_a_tag_is_released_if_it_is_the_version_and_the_changelog_says_when(
    tag: str, changelog: str, why: str | None
) -> None:
    said = refusal(tag, version="1.2.3", changelog=changelog)
    assert said is why is None or (said or "").startswith(why or "?")
