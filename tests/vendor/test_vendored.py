"""A vendored copy in somebody's program, under another name: it books, it is typed, and it minds its own business."""

import asyncio
import importlib
import json
import re
import shutil
import subprocess
import sys
import venv
from importlib.metadata import distribution
from pathlib import Path

import httpx
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bookit_async
from bookit_async.vendor.__main__ import main

TESTS = Path(__file__).parent.parent
NAME = "northwind.vendor.bookit"
FLOWS = (
    *("__init__.py", "conftest.py", "clock.py", "flaky.py", "paths.py", "sampling.py", "test_flows.py"),
    *(f"fastapi/{name}.py" for name in ("__init__", "conftest", "line", "page", "test_bookings", "test_meetings")),
)
WITHOUT_THE_INSTALLED = """
import sys, pytest
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "bookit_async":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Absent())
sys.exit(pytest.main(sys.argv[1:]))
"""
PROGRAM = '''\
"""A FastAPI backend that holds the SDK."""

from fastapi import FastAPI
from northwind.vendor.bookit import Booked, BookIt, BookItError, earliest
from northwind.vendor.bookit.fastapi_router import Seal, bookit_router, lifespan

app = FastAPI(lifespan=lifespan())
app.include_router(bookit_router(trigger_nodes=["Inbound"], seal=Seal(["s" * 32])), prefix="/bookit")


async def book(client: BookIt, email: str) -> str | None:
    try:
        outcome = await client.book("Inbound", {"Email": email}, timezone="Europe/Paris", slot=earliest())
    except BookItError as error:
        return str(error)
    return outcome.meeting_id if isinstance(outcome, Booked) else None
'''


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a program with a copy: sandbox, pytest plugin and router included."""
    root = tmp_path_factory.mktemp("backend")
    for folder in (root / "northwind", root / "northwind" / "vendor"):
        folder.mkdir()
        (folder / "__init__.py").touch()
    (root / "northwind" / "booking.py").write_text(PROGRAM, encoding="utf-8")
    assert (
        main(
            [str(root / "northwind" / "vendor" / "bookit"), "--package", NAME, "--with", "testing", "fastapi", "httpx"]
        )
        == 0
    )
    return root


def run(shop: Path, *command: str) -> str:
    done = subprocess.run([sys.executable, *command], cwd=shop, capture_output=True, text=True, check=False)  # noqa: S603
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_flow_suite_passes_on_it_without_the_installed_package(shop: Path) -> None:
    for name in FLOWS:
        text = (TESTS / name).read_text(encoding="utf-8")
        (shop / "tests" / name).parent.mkdir(parents=True, exist_ok=True)
        (shop / "tests" / name).write_text(re.sub(r"\bbookit_async(?=[. ])", NAME, text), encoding="utf-8")
    shutil.copy(TESTS.parent / "pyproject.toml", shop)
    said = run(shop, "-c", WITHOUT_THE_INSTALLED, "-q", "-p", "no:cacheprovider", "-o", "testpaths=tests")
    assert re.search(r"[1-9]\d\d passed", said)


def test_it_is_typed_where_it_is(shop: Path) -> None:
    said = run(shop, "-m", "mypy", "--strict", "--config-file=", "-p", "northwind")
    assert said.startswith("Success")


def needed(names: list[str]) -> set[str]:
    """The distributions that these requirements bring, all the way down."""
    found, waiting = set[str](), list(names)
    while waiting:
        one = Requirement(waiting.pop())
        name = canonicalize_name(one.name)
        if name not in found and (one.marker is None or one.marker.evaluate({"extra": ""})):
            found.add(name)
            waiting += distribution(name).requires or []
    return found


def bare_environment(folder: Path, names: list[str]) -> Path:
    """An environment that has these requirements and nothing else; give its interpreter."""
    venv.create(folder, with_pip=False, symlinks=True)
    (site,) = folder.glob("lib/python*/site-packages")
    for name in needed(names):
        files = distribution(name).files or []
        for top in {file.parts[0] for file in files} - {"..", "__pycache__"}:
            place = Path(str(distribution(name).locate_file(top)))
            if not (site / top).exists():
                (site / top).symlink_to(place)
    return folder / "bin" / "python"


USE: dict[tuple[str, ...], str] = {
    (): "",
    ("fastapi", "httpx", "testing"): "from shop.bookit.fastapi_router import bookit_router as bookit_router\n",
}


@pytest.mark.parametrize("extras", list(USE), ids=["runtime", "everything"])
def test_it_is_typed_with_nothing_but_what_it_asks_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], extras: tuple[str, ...]
) -> None:
    folder = tmp_path / "shop" / "bookit"
    assert main([str(folder), "--package", "shop.bookit", *(("--with", *extras) if extras else ())]) == 0
    asked = re.findall(r'^  "(.+)",$', capsys.readouterr().out, flags=re.MULTILINE)
    (tmp_path / "shop" / "__init__.py").write_text(f"from shop.bookit import BookIt as BookIt\n{USE[extras]}")
    # pytest is what a plugin for it runs in
    python = bare_environment(tmp_path / "env", [*asked, *(["pytest"] if "testing" in extras else [])])
    settings = {"include": ["shop"], "typeCheckingMode": "standard", "pythonVersion": "3.11"}
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    said = run(tmp_path, "-m", "mypy", "--strict", "--config-file=", f"--python-executable={python}", "-p", "shop")
    assert said.startswith("Success")
    said = run(tmp_path, "-m", "basedpyright", "--pythonpath", str(python))
    assert "0 errors, 0 warnings" in said


async def test_without_the_adapter_a_client_of_httpx_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "bookit_async.transports.httpx_transport", None)
    client = httpx.AsyncClient()
    with pytest.raises(ImportError, match="vendor it, too, with `--with httpx`"):
        bookit_async.BookIt("key", http_client=client)


def test_it_lives_beside_the_installed_one(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(shop), *sys.path])
    theirs = importlib.import_module(NAME)
    sandbox_of = importlib.import_module(f"{NAME}.sandbox").Sandbox
    assert theirs.BookIt is not bookit_async.BookIt

    async def both() -> None:
        async with sandbox_of() as sandbox:
            for package in (theirs, bookit_async):
                async with package.BookIt(sandbox.api_key, base_url=sandbox.url) as client:
                    outcome = await client.book_link(
                        "Em30rva",
                        timezone="America/Denver",
                        answers={"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"},
                    )
                    assert type(outcome) is package.Booked
            assert len(sandbox.meetings) == 2

    asyncio.run(both())


def test_the_plugin_of_the_copy_gives_its_fixtures(shop: Path) -> None:
    folder = shop / "plugin"
    folder.mkdir()
    (folder / "conftest.py").write_text(f'pytest_plugins = ["{NAME}.testing"]\n', encoding="utf-8")
    (folder / "test_it.py").write_text(
        f"from {NAME} import BookIt\n\n\ndef test_it(bookit_client):\n    assert type(bookit_client) is BookIt\n",
        encoding="utf-8",
    )
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    said = run(
        shop, "-m", "pytest", "-q", "-p", "no:bookit_async", "-p", "no:schemathesis", "--rootdir=plugin", "plugin"
    )
    assert "1 passed" in said


def test_the_command_looks_after_it(shop: Path) -> None:
    assert "unedited" in run(shop, "-m", "bookit_async.vendor", "northwind/vendor/bookit", "--check")
