"""The command: what it asks before it books, what it prints and writes, and how it ends."""

import asyncio
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bookit_async import BookIt, TransportFailure, WireRequest, WireResponse
from bookit_async.doctor import __main__ as command
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE, NOW
from .scene import world

CANARY = "qzxcanaryqzx"
KEY = f"{CANARY}-key"
ADDRESS = f"{CANARY}.doctor@Engines.example"


class Wired:
    """What the command finds: a sandbox without a port."""

    def __init__(self, *quirks: str) -> None:
        self.sandbox = Sandbox(world(), now=NOW, tcp=False, api_key=KEY, quirks=quirks)
        self.transport: Any = self.sandbox.transport
        self.key = KEY


@pytest.fixture
def wired(monkeypatch: pytest.MonkeyPatch) -> Wired:
    found = Wired()
    monkeypatch.setattr(command, "BookIt", lambda: BookIt(found.key, transport=found.transport))
    return found


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_it_ends_with_0_where_all_that_was_asked_held(wired: Wired, capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["--node", NODE, "--link", "Em30rva"]) == 0
    told = capsys.readouterr()
    assert "held    page-shape" in told.out
    assert "-       token-once               needs --book-and-cancel" in told.out
    assert "asking: inputs\nasking: pages\n" in told.err
    assert not wired.sandbox.meetings


def test_it_ends_with_8_and_says_what_is_otherwise(wired: Wired, tmp_path: Path, capsys: Any) -> None:
    wired.transport = Wired("node_in_other_words", "new_fields", "nodes_without_case").sandbox.transport
    output = tmp_path / "report.json"
    arguments = ["--node", NODE, "--link", "Em30rva", "--quiet", "-o", str(output), "--issue"]
    assert command.main(arguments) == 8
    told = capsys.readouterr()
    assert told.err == ""
    assert "BROKEN  no-such-node" in told.out
    assert "not as documented: retrieveInputs $.fieldOfALaterVersion: new field, boolean" in told.out
    assert "Sentences that are not known:\n  retrieveInputs 400: 26 characters, closest to" in told.out
    assert "Sorry" not in told.out
    assert "BookIt differs from what is taken for true: 4 facts broken" in told.out
    assert "Nothing was sent." in told.out
    report = json.loads(output.read_text())
    assert report["facts"]["no-such-node"]["verdict"] == "broken"
    assert (tmp_path / "report.md").read_text() in told.out
    assert command.main(["--node", NODE, "--quiet", "--show-sentences"]) == 8
    assert "'Sorry, this cannot be done'" in capsys.readouterr().out


def test_it_books_for_an_address_that_is_typed_twice(
    wired: Wired, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    typed(monkeypatch, ADDRESS, "y")
    assert command.main(["--link", "Em30rva", "--book-and-cancel", ADDRESS]) == 0
    told = capsys.readouterr()
    assert "The address again: Book? [y/N]" in told.err
    assert "This books a meeting" in told.err
    assert "held    moved-id" in told.out
    assert [one.status for one in wired.sandbox.meetings] == ["canceled"]


@pytest.mark.parametrize(
    ("lines", "status", "words"),
    [
        (["me@else.example"], 3, "the two addresses are not the same; nothing was sent"),
        ([ADDRESS, "n"], 3, "nothing was sent"),
        ([ADDRESS], 2, "there is nobody to ask"),
    ],
)
def test_it_books_nothing_unless_it_is_told_so(
    wired: Wired, monkeypatch: pytest.MonkeyPatch, capsys: Any, *, lines: list[str], status: int, words: str
) -> None:
    typed(monkeypatch, *lines)
    assert command.main(["--link", "Em30rva", "--book-and-cancel", ADDRESS]) == status
    assert words in capsys.readouterr().err
    assert not wired.sandbox.requests


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--book-and-cancel", "nobody", "--link", "x"], "must be an address"),
        (["--book-and-cancel", ADDRESS], "needs a --node or a --link"),
        (["--prospect", "missing.json"], "cannot be read: No such file"),
        (["--prospect", "words.json"], "is not JSON"),
        (["--prospect", "list.json"], "must hold an object"),
        (["--quiet", "-o", "nowhere/report.json"], "cannot be written"),
    ],
)
def test_what_cannot_be_carried_out_is_said(
    wired: Wired, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any, *, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "words.json").write_text("no")
    (tmp_path / "list.json").write_text("[]")
    assert command.main(arguments) == 2
    assert words in capsys.readouterr().err


def test_it_submits_what_it_is_given(wired: Wired, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "me.json"
    path.write_text(json.dumps({**ADA, "Email": ADDRESS}))
    arguments = ["--node", NODE, "--prospect", str(path), "--route", "--book-and-cancel", ADDRESS, "--yes"]
    assert command.main(arguments) == 0
    assert "Settings: token_fence=" in capsys.readouterr().out
    assert {one.status for one in wired.sandbox.meetings} == {"canceled"}


def anything(_: WireRequest) -> bool:
    return True


def cancels(request: WireRequest) -> bool:
    return request.method == "DELETE"


class Failing:
    """Passes on what a rule lets through, and fails with the rest."""

    def __init__(self, inner: Any, *, fails: Callable[[WireRequest], bool] = anything, status: int = 0) -> None:
        self.inner, self.fails, self.status = inner, fails, status

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        if not self.fails(request):
            answer: WireResponse = await self.inner.send(request, timeout=timeout)
            return answer
        if self.status:
            return WireResponse(status=self.status, headers={}, body=b"{}")
        raise TransportFailure("no route", maybe_processed=False)

    async def close(self) -> None: ...


def test_a_service_that_cannot_be_reached_and_a_refused_key_are_said(
    wired: Wired, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    async def at_once(_: float) -> None: ...

    monkeypatch.setattr(asyncio, "sleep", at_once)
    wired.key = "another"
    assert command.main([]) == 4
    wired.transport = Failing(wired.transport)
    assert command.main([]) == 75
    monkeypatch.setattr(command, "BookIt", BookIt)
    assert command.main([]) == 4
    monkeypatch.setenv("BOOKIT_BASE_URL", "ftp://nowhere")
    monkeypatch.setenv("BOOKIT_API_KEY", "k")
    assert command.main([]) == 2
    told = capsys.readouterr().err
    assert "the key was refused" in told
    assert "the service cannot be reached" in told


def test_a_meeting_that_cannot_be_canceled_is_told_on_the_screen(wired: Wired, capsys: Any) -> None:
    wired.transport = Failing(wired.transport, fails=cancels, status=500)
    assert command.main(["--link", "Em30rva", "--book-and-cancel", ADDRESS, "--yes", "--quiet"]) == 8
    (meeting,) = wired.sandbox.meetings
    told = capsys.readouterr()
    assert f"could not be canceled, do it by hand: {meeting.id}" in told.err
    assert meeting.id not in told.out


def test_it_is_interrupted(wired: Wired, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "_asked", interrupted)
    assert command.main([]) == 130
