"""The demo plays from "find Ada a slot on Tuesday" to the meeting."""

import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "examples" / "agent_demo.py"


@pytest.mark.subprocess
def test_a_scripted_agent_books_ada_on_tuesday() -> None:
    run = subprocess.run([sys.executable, DEMO], capture_output=True, text=True, check=False, timeout=120)  # noqa: S603
    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert "Find Ada a slot on Tuesday" in lines[0]
    asked = [line for line in lines if line.split()[:1] == ["asked"]]
    assert "Book Tuesday" in asked[0]
    assert "Prospect: ada@example.com" in asked[1]
    assert run.stdout.count('"status": "booked"') == 2
    assert "The sandbox has 1 meeting." in lines[-1]
    spoken = [line for line in lines if line.split()[:1] == ["server"]]
    assert "ada@example.com" not in "".join(spoken)
