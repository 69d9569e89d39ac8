"""The page about testing does what it says."""

import re
from pathlib import Path

import pytest

from bookit_async.sandbox.world.quirks import QUIRKS

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")


def test_the_code_of_the_page_runs(project: pytest.Pytester) -> None:
    blocks: list[tuple[str, str]] = re.findall(r"```\w+\n# (\S+)\n(.*?)```", PAGE, flags=re.DOTALL)
    assert {name for name, _ in blocks} == {"booking.py", "pyproject.toml", "test_booking.py"}
    for name, code in blocks:
        with (project.path / name).open("a", encoding="utf-8") as file:
            file.write(code)
    project.runpytest_subprocess().assert_outcomes(passed=5)


def test_the_first_test_of_the_page_has_ten_lines() -> None:
    (code,) = re.findall(r"```python\n# test_booking.py\n(from booking .*?)```", PAGE, flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10


def test_the_page_lists_every_quirk_as_the_code_has_it() -> None:
    rows = [
        f"| `{name}`{f' ({quirk.default:g} {quirk.unit})' if quirk.unit else ''} | {quirk.stands_for} | {quirk.guess} |"
        for name, quirk in QUIRKS.items()
    ]
    header = "| quirk | what it stands for | the guess that it contradicts |\n| --- | --- | --- |"
    assert "\n".join([header, *rows, ""]) in PAGE
