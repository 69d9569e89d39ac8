"""The command: what it sends, what it writes, and that nobody is in it."""

import asyncio
import logging
import os
import stat
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bookit_async import Booked, BookIt, Offer, TransportFailure, WireRequest, WireResponse, at
from bookit_async.desk.whole_files import write_whole as write
from bookit_async.record import __main__ as command
from bookit_async.record.masks import LeakError, checked
from bookit_async.sandbox import Sandbox, World, demo_world, load_world

from ..conftest import NOW
from .scene import ADA, CANARY, NODE, answers_of, offered, prospects_file, renamed, with_canaries

EVERYTHING = ["--link", "Em30rva", "--link", "Pool4Mm", "--link", "Many8Tx", "--node", NODE]


class Wired:
    """What the command finds: a sandbox without a port, and a clock."""

    def __init__(self, world: World) -> None:
        self.sandbox = Sandbox(world, now=NOW, seed=1, tcp=False, api_key=f"{CANARY}-key")
        self.transport: Any = self.sandbox.transport
        self.key = self.sandbox.api_key


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Wired:
    found = Wired(with_canaries())

    async def at_once(_: float) -> None: ...

    monkeypatch.setattr(command, "BookIt", lambda: BookIt(found.key, transport=found.transport, sleep=at_once))
    monkeypatch.setattr(command, "now", lambda: NOW)
    return found


def test_a_recording_is_played_and_books_the_same(wired: Wired, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "team.yaml"
    given = ["--prospects", str(prospects_file(tmp_path)), "--route"]
    assert command.main([*EVERYTHING, *given, "-o", str(path)]) == 0
    told = capsys.readouterr()
    assert told.out == ""
    assert "This sends 3 submissions" in told.err.splitlines()[0]
    assert "slots that were offered, and no other." in told.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sorted(one.name for one in tmp_path.iterdir()) == ["prospects.json", "team.yaml"]
    assert not wired.sandbox.meetings
    assert path.read_text().startswith("# A world for the sandbox, recorded by bookit-async")
    assert "# What could not be had:\n# - routing rules" in path.read_text()


@pytest.mark.parametrize("employees", [4200, 300])
async def test_the_same_slot_is_booked_with_the_same_host(employees: int, wired: Wired, tmp_path: Path) -> None:
    path = tmp_path / "team.yaml"
    arguments = [*EVERYTHING, "--prospects", str(prospects_file(tmp_path)), "--route", "-o", str(path), "--quiet"]
    assert await asyncio.to_thread(command.main, arguments) == 0
    booked: list[tuple[datetime, int]] = []
    for world in (with_canaries(), load_world(path)):
        sandbox = Sandbox(world, now=NOW, seed=1, tcp=False)
        client = BookIt(sandbox.api_key, transport=sandbox.transport, now=lambda: NOW)
        offer = await client.route(NODE, {**ADA, "NumEmployees": employees})
        assert isinstance(offer, Offer)
        slot = offer.slots[20]
        done = await client.book(NODE, {**ADA, "NumEmployees": employees}, timezone="UTC", slot=at(slot.start))
        assert isinstance(done, Booked)
        booked.append((done.start, [*slot.host_ids].index(str(done.host_id))))
    assert booked[0] == booked[1]
    for link in ("Em30rva", "Pool4Mm"):
        was, now_ = [renamed(await offered(one, NOW, link)) for one in (with_canaries(), load_world(path))]
        assert was == now_


@pytest.mark.parametrize("more", [[], ["--mask-names"], ["--blur"], ["--mask-names", "--blur"]], ids="+".join)
def test_nobody_is_in_what_is_written_and_said(
    more: list[str], wired: Wired, tmp_path: Path, capsys: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    path = tmp_path / "team.yaml"
    given = [*EVERYTHING, "--prospects", str(prospects_file(tmp_path)), "--route", *more]
    assert command.main([*given, "-o", str(path)]) == 0
    assert command.main(given) == 0
    told = capsys.readouterr()
    texts = [path.read_text(), told.out, told.err, caplog.text]
    assert [one for one in texts if CANARY in one.casefold() or "prospect.example" in one] == []
    assert ("Discovery" in told.out, "Em30rva" in told.out, NODE in told.out) == 3 * ("--mask-names" not in more,)
    assert ("12:00:00" in told.out.splitlines()[0]) is ("--blur" not in more)
    assert load_world(path).hosts


def test_names_in_which_somebody_may_stand_are_replaced(wired: Wired, tmp_path: Path, capsys: Any) -> None:
    demo = demo_world().to_dict()
    text = (
        str(demo)
        .replace("Enterprise Discovery", "Call with Eva Lind")
        .replace("Anything to prepare?", "Write to x@y.example")
    )
    wired.sandbox = Sandbox(World.from_dict(eval(text)), now=NOW, tcp=False)  # noqa: S307 - a literal of our own
    wired.transport, wired.key = wired.sandbox.transport, wired.sandbox.api_key
    assert command.main(["--link", "Em30rva", "--link", "Once7Kd", "--node", NODE, "--node", "Customer Check-in"]) == 0
    told = capsys.readouterr()
    assert "name: Meeting type 1\n" in told.out
    assert "Question 2" in told.out
    assert "2 names in which somebody may stand were replaced" in told.err
    assert "without --route nothing is known" in told.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "give a --node or a --link"),
        (["--link", "x", "--route"], "--prospects and --route go together"),
        (["--node", "x", "--prospects", "list.json"], "--prospects and --route go together"),
        (["--link", "x", "--prospects", "list.json", "--route"], "--route needs a --node"),
        (["--node", "x", "--prospects", "missing.json", "--route"], "cannot be read: No such file"),
        (["--node", "x", "--prospects", "words.json", "--route"], "is not JSON"),
        (["--node", "x", "--prospects", "list.json", "--route"], "must hold a list of objects"),
        (["--link", "x", "-o", "nowhere/team.yaml"], "there is no folder nowhere"),
        (["--link", "Em30rva", "-o", "folder"], "folder cannot be written: Is a directory"),
        (["--node", NODE, "--prospects", "wrong.json", "--route"], "NumEmployees"),
    ],
)
def test_what_cannot_be_carried_out_is_said(
    wired: Wired, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, *, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.json").write_text("no")
    (tmp_path / "list.json").write_text("[]")
    (tmp_path / "wrong.json").write_text('{"NumEmployees": "many"}')
    (tmp_path / "folder").mkdir()
    before = sorted(tmp_path.iterdir())
    assert command.main(arguments) == 2
    assert words in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
    assert not [one for one in wired.sandbox.requests if one.operation_id == "routeAndFetchAvailability"]


class Answering:
    """Answers each request in one way."""

    def __init__(self, status: int, body: bytes) -> None:
        self.status, self.body = status, body

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - as it is called
        if not self.status:
            raise TransportFailure("no route", maybe_processed=False)
        return WireResponse(status=self.status, headers={"content-type": "application/json"}, body=self.body)

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("status", "body", "ends"),
    [
        (0, b"", 75),
        (503, b"{}", 75),
        (401, b'{"message": "Unauthorized"}', 4),
        (404, b'{"error": "link not found"}', 5),
        (400, b'{"error": "Sorry"}', 1),
        (200, b'{"availability": []}', 1),
        (200, b"<html>", 1),
    ],
)
def test_a_wrong_answer_is_told_and_nothing_is_written(
    wired: Wired, tmp_path: Path, capsys: Any, *, status: int, body: bytes, ends: int
) -> None:
    wired.transport = Answering(status, body)
    path = tmp_path / "team.yaml"
    path.write_text("the last one")
    assert command.main(["--link", "Em30rva", "-o", str(path), "--quiet"]) == ends
    assert "Nothing was written." in capsys.readouterr().err
    assert path.read_text() == "the last one"
    assert [one.name for one in tmp_path.iterdir()] == ["team.yaml"]


def test_an_empty_answer_is_recorded_as_nothing_to_book(wired: Wired, tmp_path: Path, capsys: Any) -> None:
    wired.transport = Answering(200, b'{"availability": {}}')
    assert command.main(["--link", "Em30rva", "-o", str(tmp_path / "team.yaml"), "--quiet"]) == 0
    assert "where nothing was open, neither" in capsys.readouterr().err


def test_slots_that_a_world_cannot_have_are_counted(wired: Wired, capsys: Any) -> None:
    starts = [1_746_525_600_000 + 60_000 * one for one in (0, 30, 37, 67, 120)]
    slots = ", ".join(f'{{"start_time": {one}, "end_time": {one + 1_800_000}, "users": [0]}}' for one in starts)
    offered = f'{{"timeSlots": [{slots}], "indexToUserIdMap": {{"0": "u1"}}}}'
    page = f'{{"meeting": {{"formFields": []}}, "availability": {offered}}}'
    wired.transport = Answering(200, page.encode())
    assert command.main(["--link", "Em30rva", "--quiet"]) == 8
    told = capsys.readouterr()
    assert "does not quite offer the 5 slots that were offered" in told.err
    assert "every form of a sandbox asks for First Name" in told.err


def test_without_a_key_it_says_so_and_it_can_be_interrupted(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    assert command.main(["--link", "x"]) == 4
    assert command.now().tzinfo is not None

    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_prospects", interrupted)
    assert command.main([]) == 130


def test_without_the_extra_it_says_what_is_missing_before_it_asks(
    wired: Wired, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    monkeypatch.delitem(sys.modules, "bookit_async.record.world_file")
    assert command.main(["--link", "Em30rva"]) == 2
    assert "pip install 'bookit-async[sandbox]'" in capsys.readouterr().err
    assert not wired.sandbox.requests


LEAKS = ["ada@host.example", "https://elsewhere.example/x", "005Hs00000Eva05IAA", "Eva.Lind@Northwind.example"]


@pytest.mark.parametrize("leak", LEAKS)
async def test_a_text_with_somebody_in_it_is_never_written(leak: str) -> None:
    answers = await answers_of(demo_world(), NOW, links=["Em30rva"])
    assert checked("host1@recorded.example https://recorded.example/redirected", answers)
    with pytest.raises(LeakError):
        checked(f"name: {leak}", answers)


def test_a_world_that_would_tell_of_somebody_is_not_written(
    wired: Wired, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setattr("bookit_async.record.masks.DOMAIN", "another.example")
    assert command.main(["--link", "Em30rva", "-o", str(tmp_path / "team.yaml")]) == 1
    assert "Nothing was written." in capsys.readouterr().err
    assert not [*tmp_path.iterdir()]


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "team.yaml"
    write(path, "first")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(path, "second")
    assert path.read_text() == "first"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.subprocess
def test_it_runs_as_a_module_and_loads_no_more_than_a_client() -> None:
    code = (
        "import sys, runpy; sys.argv = ['record', '--help']\n"
        "try: runpy.run_module('bookit_async.record', run_name='__main__')\n"
        "except SystemExit as end: code = end.code\n"
        "print({'rich', 'yaml', 'uvicorn', 'cryptography', 'pydantic', 'aiohttp'} & {*sys.modules}, code)"
    )
    run = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert run.stdout.endswith("set() 0\n")
    assert "--mask-names" in run.stdout
