"""Each how-to page does what it says: its code runs, in the order of the page, against a sandbox."""

import ast
import asyncio
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from secrets import token_urlsafe

import pytest

from bookit_async.sandbox import Sandbox

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
ELSEWHERE = {"testing.md", "event-loops.md", "log-id.md", *(path.name for path in DOCS.glob("command-line-*.md"))}
"""Pages whose code tests of their own run."""
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
PAGES = sorted(path.name for path in DOCS.glob("*.md") if path.name not in ELSEWHERE)


@pytest.mark.parametrize("page", PAGES)
async def test_the_code_of_a_page_runs(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names: dict[str, object] = {"__name__": page}
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path / "src"), *sys.path])
    for folder in ("CONFIG", "STATE"):
        monkeypatch.setenv(f"XDG_{folder}_HOME", str(tmp_path / folder))
    async with Sandbox() as sandbox:
        monkeypatch.setenv("BOOKIT_API_KEY", sandbox.api_key)
        monkeypatch.setenv("BOOKIT_BASE_URL", sandbox.url)
        monkeypatch.setenv("BOOKIT_WEB_SECRETS", token_urlsafe(32))
        for language, code in BLOCK.findall((DOCS / page).read_text(encoding="utf-8")):
            if language == "python" and "asyncio.run(" in code:
                await asyncio.to_thread(shell, sys.executable, "-c", code)
            elif language == "python":
                await run(code, names, page)
            elif language == "sh":
                await asyncio.to_thread(shell, "bash", "-ec", code)


async def run(code: str, names: dict[str, object], page: str) -> None:
    compiled = compile(code, page, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    waiting = eval(compiled, names)  # noqa: S307 - the page is ours
    if inspect.isawaitable(waiting):
        await waiting


def shell(*command: str) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(  # noqa: S603
        command, env={**os.environ, "PATH": path}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_page_is_in_the_navigation() -> None:
    named = re.findall(r'= "([\w/-]+\.md)"', (ROOT / "zensical.toml").read_text(encoding="utf-8"))
    assert sorted(named) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))


@pytest.mark.parametrize("page", sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md")))
def test_its_code_fits_a_block(page: str) -> None:
    blocks = BLOCK.findall((DOCS / page).read_text(encoding="utf-8"))
    assert [line for _, code in blocks for line in code.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("page", [*PAGES, *sorted(ELSEWHERE)])
def test_the_targets_it_names_exist(page: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", (DOCS / page).read_text(encoding="utf-8"))) <= targets
