"""The page about testing does what it says."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")


def test_the_code_of_the_page_runs(project: pytest.Pytester) -> None:
    blocks: list[tuple[str, str]] = re.findall(r"```\w+\n# (\S+)\n(.*?)```", PAGE, flags=re.DOTALL)
    assert {name for name, _ in blocks} == {"booking.py", "pyproject.toml", "test_booking.py"}
    for name, code in blocks:
        with (project.path / name).open("a", encoding="utf-8") as file:
            file.write(code)
    project.runpytest_subprocess().assert_outcomes(passed=4)


def test_the_first_test_of_the_page_has_ten_lines() -> None:
    (code,) = re.findall(r"```python\n# test_booking.py\n(from booking .*?)```", PAGE, flags=re.DOTALL)
    assert len([line for line in code.splitlines() if line.strip()]) <= 10
