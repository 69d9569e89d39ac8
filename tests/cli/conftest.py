"""One sandbox over TCP for all tests of a file, in a thread of its own, and the command in this process."""

import asyncio
import json
import os
import threading
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import bookit_async.cli
from bookit_async.cli.__main__ import main
from bookit_async.cli.options import read_options
from bookit_async.cli.tree import COMMANDS, find
from bookit_async.sandbox import Sandbox
from bookit_async.sandbox.faults.proxy import FaultProxy

SCHEMAS = Path(bookit_async.cli.__file__).parent / "schemas"
KEY = "qzxcanaryqzx-key-1815"
"""Of the sandbox; nothing that is printed may hold it."""
ANSWERS = ("--answer", "First Name=Ada", "--answer", "Last Name=Lovelace", "--answer")


class Ran(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Ran]


class Served(NamedTuple):
    sandbox: Sandbox
    url: str


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    started, ended = threading.Event(), threading.Event()
    found: list[Served] = []

    async def serve() -> None:
        async with Sandbox(api_key=KEY) as sandbox:
            found.append(Served(sandbox, sandbox.url))
            started.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait()
    yield found[0]
    ended.set()
    thread.join()


class Line(NamedTuple):
    """The way to the sandbox, where things can go wrong."""

    proxy: FaultProxy
    served: Served

    def booked(self, address: str) -> int:
        return sum(one.prospect_email == address for one in self.served.sandbox.meetings)


@pytest.fixture
def line(served: Served, monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    started, ended = threading.Event(), threading.Event()
    found: list[FaultProxy] = []

    async def serve() -> None:
        async with FaultProxy(served.url, stall_seconds=30) as proxy:
            found.append(proxy)
            started.set()
            await asyncio.to_thread(ended.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    started.wait()
    monkeypatch.setenv("BOOKIT_API_KEY", KEY)
    monkeypatch.setenv("BOOKIT_BASE_URL", found[0].url)
    yield Line(found[0], served)
    ended.set()
    thread.join()


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders of the person's that are this test's alone, and nothing of the environment."""
    for name in ("API_KEY_FILE", "PROFILE", "ZONE", "SECRETS", "ALLOW_INSECURE"):
        monkeypatch.delenv(f"BOOKIT_{name}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TZ", "America/Denver")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Carries a command line out in this process, and looks that no key is told."""

    def run(*arguments: str) -> Ran:
        capsys.readouterr()
        status = main(arguments)
        out, err = capsys.readouterr()
        assert KEY not in out + err
        if "--json" in arguments and out:
            for document in documents(out, arguments):
                validate(document, arguments)
        return Ran(status, out, err)

    return run


@pytest.fixture
def bookit(run: Run, served: Served, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The same with the key and the address of the sandbox."""
    monkeypatch.setenv("BOOKIT_API_KEY", KEY)
    monkeypatch.setenv("BOOKIT_BASE_URL", served.url)
    return run


def documents(out: str, arguments: tuple[str, ...]) -> list[Any]:
    """What a command printed as JSON: one document, or a line for each."""
    found = find([one for one in arguments if not one.startswith("-")])
    if found and found[0] in COMMANDS and COMMANDS[found[0]].lines and "--help" not in arguments:
        return [json.loads(line) for line in out.splitlines()]
    return [json.loads(out)]


@cache
def validator(name: str) -> Any:
    jsonschema: Any = import_module("jsonschema")  # neither is typed whole
    referencing: Any = import_module("referencing")
    contents = {path.name: json.loads(path.read_text(encoding="utf-8")) for path in SCHEMAS.glob("*.json")}
    known = [(uri, referencing.Resource.from_contents(one)) for uri, one in contents.items()]
    registry = referencing.Registry().with_resources(known)
    return jsonschema.Draft202012Validator(contents[f"{name}.json"], registry=registry)


def validate(document: Any, arguments: tuple[str, ...]) -> None:
    """Look that a document is as the schema of its command says."""
    kind = next((one for one in ("error", "help", "version") if one in document and len(document) == 1), None)
    if kind is None:
        found = find(read_options(arguments)[1])
        assert found
        kind = found[0].replace(" ", "-")
    validator(kind).validate(document)


def plain_environment(**more: str) -> dict[str, str]:
    """The environment of a process of its own, which need not measure what it covers."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COV")} | more
