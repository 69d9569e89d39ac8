"""The recipes of docs/event-loops.md book a meeting, each in its framework where that is installed.

`make frameworks` installs them and runs this.
"""

import asyncio
import re
import subprocess
import sys
from collections.abc import AsyncGenerator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from bookit_async.sandbox import Sandbox

from .test_pages import BLOCK, DOCS, run

PAGE = (DOCS / "event-loops.md").read_text(encoding="utf-8")
RECIPES = {
    found[1]: code
    for language, code in BLOCK.findall(PAGE)
    if language == "python" and (found := re.match(r"# (\w+)\.py\n", code))
}
FORM = {
    "first_name": "Ada",
    "last_name": "Lovelace",
    "email": "ada@example.com",
    "employees": "4200",
    "timezone": "America/Denver",
}
ADA = {"FirstName": "Ada", "LastName": "Lovelace", "Email": "ada@example.com", "NumEmployees": 4200}


@pytest.fixture
async def sandbox(monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Sandbox]:
    async with Sandbox() as sandbox:
        monkeypatch.setenv("BOOKIT_API_KEY", sandbox.api_key)
        monkeypatch.setenv("BOOKIT_BASE_URL", sandbox.url)
        yield sandbox


def recipe(name: str) -> dict[str, Any]:
    module = sys.modules[f"recipe_{name}"] = ModuleType(f"recipe_{name}")  # where Litestar looks for types
    exec(RECIPES[name], vars(module))  # noqa: S102 - the page is ours
    return vars(module)


async def test_django_views_book_in_both_kinds_of_loop(sandbox: Sandbox) -> None:
    pytest.importorskip("django.conf").settings.configure(DEFAULT_CHARSET="utf-8", ALLOWED_HOSTS=["*"])
    requests = import_module("django.test")
    views = recipe("views")
    assert b"null" not in (await views["book"](requests.AsyncRequestFactory().post("/", FORM))).content
    answer = await asyncio.to_thread(lambda: views["book_sync"](requests.RequestFactory().post("/", FORM)))
    assert answer.status_code == 200
    assert len(sandbox.meetings) == 2


async def test_litestar_opens_a_client_in_its_lifespan(sandbox: Sandbox) -> None:
    testing = pytest.importorskip("litestar.testing")
    app = recipe("app")["app"]

    def visit() -> Any:
        with testing.TestClient(app) as browser:  # it blocks, and the sandbox is served by this loop
            return browser.post("/book", json=FORM)

    answer = await asyncio.to_thread(visit)
    assert answer.json().get("start") is not None, answer.text
    assert len(sandbox.meetings) == 1


async def test_a_celery_task_keeps_its_loop(sandbox: Sandbox) -> None:
    pytest.importorskip("celery")
    task = recipe("tasks")["book"]
    booked = await asyncio.to_thread(lambda: [task.apply((ADA, "America/Denver")).get() for _ in range(2)])
    assert booked == [meeting.id for meeting in sandbox.meetings]


async def test_a_function_keeps_its_loop_between_two_events(sandbox: Sandbox) -> None:
    handler = recipe("function")["handler"]
    event = {"prospect": ADA, "timezone": "America/Denver"}
    booked = await asyncio.to_thread(lambda: [handler(event, None)["meeting_id"] for _ in range(2)])
    assert booked == [meeting.id for meeting in sandbox.meetings]


async def test_a_notebook_awaits_in_its_cells(sandbox: Sandbox) -> None:
    names: dict[str, object] = {}
    (cells,) = (code for _, code in BLOCK.findall(PAGE) if "\nclient = await ensure_client()" in code)
    await run(cells, names, "notebook")
    assert [request.operation_id for request in sandbox.requests] == ["retrieveInputs"]


@pytest.mark.subprocess
async def test_a_script_runs(sandbox: Sandbox) -> None:
    (code,) = (code for _, code in BLOCK.findall(PAGE) if "asyncio.run(" in code)
    done = await asyncio.to_thread(
        lambda: subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    )
    assert done.stdout.strip() == sandbox.meetings[0].id, done.stderr


def test_each_recipe_has_a_test() -> None:
    assert set(RECIPES) == {"views", "app", "tasks", "function"}
