"""How the command starts: what it loads, how long that takes, what it says without its extra, whom it hands on to."""

import os
import resource
import subprocess
import sys
from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

import pytest

from bookit_async.cli import __main__, running
from bookit_async.cli.__main__ import main
from bookit_async.cli.output import Output
from bookit_async.cli.tree import COMMANDS, FORWARDS, Forward

from .conftest import KEY, Run, plain_environment


@pytest.mark.subprocess
def test_help_loads_neither_http_nor_the_sandbox_nor_what_reads_arguments() -> None:
    unwanted = {"aiohttp", "httpx", "uvicorn", "yaml", "dbos", "mcp", "cyclopts", "rich", "attr", "asyncio"}
    code = (
        "import sys; from bookit_async.cli.__main__ import main; main(['--help']); "
        f"sys.exit(str({unwanted!r} & {{one.split('.')[0] for one in sys.modules}} or '') + "
        "('sandbox' if 'bookit_async.sandbox' in sys.modules else ''))"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=plain_environment(), capture_output=True, text=True, check=False)  # noqa: S603
    assert done.stderr == "\n"


@pytest.mark.subprocess
def test_help_takes_less_than_0_15_seconds_of_processor_time() -> None:
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        command = [sys.executable, "-m", "bookit_async.cli", "--help"]
        subprocess.run(command, stdout=subprocess.DEVNULL, env=plain_environment(), check=True)  # noqa: S603
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert any(seconds() < 0.15 for _ in range(20))  # a busy machine takes longer now and then


def test_every_command_is_where_the_tree_says() -> None:
    for one in COMMANDS.values():
        assert callable(getattr(import_module(f"bookit_async.cli.commands.{one.module}"), one.function))


def _without_cyclopts(name: str) -> object:
    return None if name == "cyclopts" else object()


def test_without_the_extra_it_names_the_command_for_pip(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(__main__, "find_spec", _without_cyclopts)
    assert main(["--help"]) == 2
    out, err = capsys.readouterr()
    assert (out, err) == ("", "bookit needs cyclopts, which is not installed: pip install 'bookit-async[cli]'\n")


def test_arguments_are_those_of_the_process_where_none_are_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bookit", "--version"])
    assert main() == 0
    assert capsys.readouterr().out.startswith("bookit ")


def test_a_tool_is_handed_its_arguments_as_they_are(bookit: Run) -> None:
    ran = bookit("--quiet", "vendor", "--plain", "x")
    assert ran.status == 2
    assert "unrecognized arguments: --plain" in ran.err
    assert "usage: python -m bookit_async.sandbox" in bookit("sandbox", "--help").out
    assert "usage: python -m bookit_async.record" in bookit("record", "--help").out
    assert bookit("sandbox", "--world", "nope.yaml").status == 2


@pytest.mark.parametrize(("ended", "status"), [(None, 0), (3, 3), ("no", 2)])
def test_a_tool_that_ends_the_process_ends_the_command(
    bookit: Run, monkeypatch: pytest.MonkeyPatch, ended: object, status: int
) -> None:
    seen: list[object] = []

    def tool(arguments: Sequence[str]) -> int:
        seen.extend([*arguments, os.environ["BOOKIT_API_KEY"], os.environ["BOOKIT_BASE_URL"][:11]])
        raise SystemExit(ended)

    module = ModuleType("tool")
    module.__dict__["main"] = tool
    monkeypatch.setattr(running, "import_module", {"bookit_async.vendor.__main__": module}.__getitem__)
    monkeypatch.setitem(FORWARDS, "doctor", Forward("", "vendor.__main__", talks=True))
    assert bookit("doctor", "look").status == status
    assert seen == ["look", KEY, "http://127."]


def test_a_tool_that_is_not_there_is_said(bookit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(FORWARDS, "doctor", Forward("", "nowhere.__main__"))
    assert "this installation has no 'doctor'" in bookit("doctor").err


def test_a_mistake_of_ours_is_one_line(bookit: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(running, "find")
    ran = bookit("slots")
    assert ran.status == 1
    assert "bookit: a mistake in this program: NameError at " in ran.err


class Closed:
    """A stream that nobody reads, with a file behind it or not."""

    def __init__(self, file: int | None = None) -> None:
        self._file = file

    def isatty(self) -> bool:
        return False

    def write(self, _: str) -> int:
        raise BrokenPipeError

    def flush(self) -> None:
        raise BrokenPipeError

    def fileno(self) -> int:
        if self._file is None:
            raise OSError
        return self._file


def test_what_nobody_reads_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Closed())
    monkeypatch.setattr("sys.stderr", Closed())
    printed = Output()
    printed.flush()
    assert printed.closed
    printed.flush()
    printed.print("x")
    printed.warn("x")
    reading, writing = os.pipe()
    monkeypatch.setattr("sys.stdout", Closed(writing))
    again = Output()
    again.record({})
    assert again.closed
    os.close(reading)
    os.write(writing, b"goes nowhere, and not into a pipe that is closed")
    os.close(writing)
