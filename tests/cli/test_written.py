"""What is made from the tree of commands is as the tree is, and what it says runs."""

import asyncio
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from bookit_async.cli.tree import COMMANDS, FORWARDS, OPTIONS

from ..conftest import ADA
from . import written
from .conftest import Run


@pytest.mark.parametrize(
    ("path", "text"), list(written.files()), ids=lambda one: one.name if isinstance(one, Path) else ""
)
def test_what_is_written_is_as_the_tree_is(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run `python -m tests.cli.written`"


def test_the_page_of_the_command_line_names_every_command_tool_and_option() -> None:
    page = (written.DOCS / "command-line.md").read_text(encoding="utf-8")
    for name in (*COMMANDS, *FORWARDS):
        assert f"`bookit {name}`" in page or f"({written.page_name(name)})" in page
    for option in OPTIONS:
        assert f"`{option.name}" in page


async def ctrl_c(_: float) -> None:
    raise asyncio.CancelledError


def test_every_example_runs(bookit: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "ada.json").write_text(json.dumps({**ADA, "Email": "ada@engines.example"}), encoding="utf-8")
    cells = [*ADA.items(), ("key", "1")]
    rows = [",".join(str(one[place]) for one in cells) for place in (0, 1)]
    (home / "prospects.csv").write_text("\n".join(rows), encoding="utf-8")
    monkeypatch.setattr("bookit_async.cli.commands.watch._sleep", ctrl_c)
    monkeypatch.setenv("BOOKIT_WEBHOOK_SECRET", "a-secret-that-nobody-guesses-4711")
    meeting = ""
    for one in COMMANDS.values():
        for example in one.examples:
            program, *arguments = shlex.split(example.replace("\\\n", " ").replace("$id", meeting))
            ran = bookit(*arguments)
            assert (program, ran.status) == ("bookit", 130 if arguments[0] == "watch" else 0), (example, ran)
            meeting = meeting or next(iter(re.findall(r"meeting (\w{52})", ran.out)), "")


@pytest.mark.subprocess
@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["bookit", "sl"], "slots"),
        (["bookit", "meetings", "mo"], "move"),
        (["bookit", "--json", "book", "--ea"], "--earliest"),
        (["bookit", "--qu"], "--quiet"),
    ],
    ids=str,
)
def test_bash_completes(words: list[str], offered: str) -> None:
    file = written.COMPLETIONS / "bookit.bash"
    code = (
        f"source {file}; COMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}; _bookit; echo ${{COMPREPLY[@]}}"
    )
    done = subprocess.run(["bash", "-ec", code], capture_output=True, text=True, check=True)  # noqa: S603, S607
    assert done.stdout.split() == [offered]
