"""The code of README and of the how-to pages type-checks, as a reader's editor would check it."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from textwrap import indent
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bookit_async import Booked

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", flags=re.DOTALL | re.MULTILINE)
FRAMEWORKS = ("asgiref", "celery", "django", "litestar")
"""Of recipes that run where they are installed."""
FILE = re.compile(r"# (\w+\.py)\n")


def programs(page: Path) -> Iterator[tuple[str, str]]:
    """Yield a page's code as files: those that it names, whole programs, and in one function all that awaits."""
    name = "page_" + page.stem.replace("-", "_").lower()
    files: dict[str, list[str]] = {}
    for number, code in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
        named = FILE.match(code)
        if named:
            files.setdefault(f"{name}/{named[1]}", []).append(code)
        elif "asyncio.run(" in code:
            files[f"{name}_{number}.py"] = [code]
        else:
            files.setdefault(f"{name}.py", ["async def page() -> None:\n"]).append(indent(code, "    "))
    for path, parts in files.items():
        yield path, "\n".join(parts)


@pytest.mark.subprocess
def test_the_code_of_the_pages_type_checks(tmp_path: Path) -> None:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for name, code in programs(page):
            path = tmp_path / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(code, encoding="utf-8")
    missing = "".join(f"[mypy-{one}.*]\nignore_missing_imports = True\n" for one in FRAMEWORKS)
    (tmp_path / "mypy.ini").write_text(f"[mypy]\n{missing}", encoding="utf-8")
    copy = tmp_path / "shop" / "vendor" / "bookit"
    copy.mkdir(parents=True)
    (copy / "__init__.py").write_text("from bookit_async import *\n", encoding="utf-8")
    folders = [str(tmp_path), *(str(path) for path in tmp_path.glob("page_*/"))]
    command = [sys.executable, "-m", "mypy", "--no-error-summary", "--check-untyped-defs", "--cache-dir", ".mypy_cache"]
    for folder in folders:
        files = sorted(str(path) for path in Path(folder).glob("*.py"))
        run = subprocess.run([*command, *files], cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S603
        assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize("page", ["README.md", *sorted(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md"))])
def test_a_time_that_is_shown_is_the_prospects(page: str) -> None:
    code = "\n".join(BLOCK.findall((ROOT / page).read_text(encoding="utf-8")))
    shown = re.findall(r"\{([^{}:]*):[^{}]*%[HMdaAB][^{}]*\}", code)
    local = {"slot.start"} if ".days(" in code else set[str]()  # those of a day are on its clock
    assert [one for one in shown if "astimezone(" not in one and ".local(" not in one and one not in local] == []
    assert not re.search(r"\bUTC\b.*\bwith\b", code)


async def test_an_evening_in_denver_is_not_told_as_the_day_after() -> None:
    class Client:
        """Books an evening whose day in UTC is the next."""

        async def book(self, *_: object, **__: object) -> Booked:
            start = datetime(2025, 5, 7, 1, 30, tzinfo=UTC)
            end = start + timedelta(minutes=30)
            return Booked(meeting_id="m", organizer_email="eva", host_id=None, start=start, end=end, uid=None)

    code = next(one for one in BLOCK.findall((ROOT / "docs/service.md").read_text(encoding="utf-8")) if "%d %B" in one)
    names: dict[str, Any] = {}
    exec(code.partition("ADA = ")[0], names)  # noqa: S102 - the page is ours
    assert (
        await names["after_the_form"](Client(), {}, ZoneInfo("America/Denver"))
        == "see you on 06 May at 19:30, says eva"
    )
