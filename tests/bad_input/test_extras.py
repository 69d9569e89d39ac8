"""A library that is missing is told with the command that brings it."""

import subprocess
import sys
import tomllib
from pathlib import Path
from subprocess import PIPE, STDOUT

import pytest

from bookit_async.extras import needed_for

ROOT = Path(__file__).parents[2]
TOOLS = {"dev", "demo"}
"""Extras that nothing in the package imports."""
ROWS = [
    ("sandbox", "uvicorn", "from bookit_async.sandbox import Sandbox", "the sandbox"),
    ("sandbox", "cryptography", "import bookit_async.sandbox", "the sandbox"),
    ("sandbox", "yaml", "from bookit_async.sandbox import load_world; load_world('world.yaml')", "a world from a file"),
    ("cli", "cyclopts", "from bookit_async.cli.__main__ import main; main(['slots'])", "bookit"),
    ("mcp", "mcp", "from bookit_async.mcp import mcp_app", "the server for agents"),
    ("durable", "dbos", "from bookit_async.durable import Durable", "durable"),
    ("fastapi", "fastapi", "from bookit_async.fastapi_router import bookit_router", "the router"),
    ("fastapi", "cryptography", "import bookit_async.fastapi_router", "the router"),
    (
        "httpx",
        "httpx",
        "from bookit_async.transports.httpx_transport import HttpxTransport as T; T()",
        "HttpxTransport",
    ),
]
CODE = (
    "import sys; sys.modules[{library!r}] = None\ntry:\n    {statement}\nexcept ImportError as error:\n    print(error)"
)


@pytest.mark.subprocess
@pytest.mark.parametrize(("extra", "library", "statement", "what"), ROWS, ids=[f"{row[0]}: {row[1]}" for row in ROWS])
def test_a_missing_library_is_told_with_the_command_that_brings_it(
    extra: str, library: str, statement: str, what: str
) -> None:
    code = CODE.format(library=library, statement=statement)
    run = subprocess.run([sys.executable, "-c", code], stdout=PIPE, stderr=STDOUT, text=True, check=True)  # noqa: S603
    assert run.stdout == f"{what} needs {library}, which is not installed: pip install 'bookit-async[{extra}]'\n"


@pytest.mark.subprocess
def test_the_command_says_it_in_one_line() -> None:
    code = (
        "import runpy, sys; sys.modules['uvicorn'] = None\n"
        "try:\n    runpy.run_module('bookit_async.sandbox')\nexcept ImportError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert "pip install 'bookit-async[sandbox]'" in run.stdout
    assert run.stdout.count("\n") == 1


def test_every_extra_has_a_row() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {row[0] for row in ROWS} == project["optional-dependencies"].keys() - TOOLS


def test_a_part_of_our_own_that_a_copy_lacks_is_told_as_it_is() -> None:
    with pytest.raises(ModuleNotFoundError, match="no part"), needed_for("a copy", extra="sandbox"):
        raise ModuleNotFoundError("no part", name="bookit_async.sandbox")


def test_a_library_is_told_by_its_package() -> None:
    with (
        pytest.raises(ImportError, match=r"^the page needs fancy, .*: pip install 'bookit-async\[x\]'$") as caught,
        needed_for("the page", extra="x"),
    ):
        raise ModuleNotFoundError("No module named 'fancy.part'", name="fancy.part")
    assert caught.value.name == "fancy"
