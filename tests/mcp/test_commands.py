"""`bookit mcp serve | confirm | install`."""

import asyncio
import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from platformdirs import user_config_path

from bookit_async.desk.sealing import Seal
from bookit_async.durable import StoreLostError
from bookit_async.errors import AuthenticationError, InvalidInputError, NotSentError
from bookit_async.mcp import commands, keeping
from bookit_async.mcp.__main__ import main
from bookit_async.mcp.confirmations import Confirmations
from bookit_async.mcp.install import config_file, with_server
from bookit_async.mcp.proposals import AgentOffer, ChangeProposal, Proposal, seal_proposal

from .agents import LINK, SECRET, ZONE

CLIENTS = ("claude-code", "claude-desktop", "cursor", "vscode")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("BOOKIT_SECRETS", "BOOKIT_DATABASE", "BOOKIT_API_KEY_FILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("client", CLIENTS)
def test_the_server_is_written_beside_what_is_there_and_without_a_key(
    client: str, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BOOKIT_API_KEY", "key-1815")
    path = config_file(client)
    member = "servers" if client == "vscode" else "mcpServers"
    given = ["--link", LINK, "--for", f"{LINK}=a demo", "--node", "A node", "--redirect", "x.example"]
    assert main(["install", "--client", client, "--print", *given]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert not path.exists()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"theme": "dark", member: {"other": {"command": "x"}}}))
    path.chmod(0o600)
    assert main(["install", "--client", client, *given]) == 0
    written = json.loads(path.read_text())
    assert written["theme"] == "dark"
    assert written[member].keys() == {"other", "bookit"}
    assert written[member]["bookit"] == shown[member]["bookit"]
    entry = written[member]["bookit"]
    assert entry["command"] == sys.executable
    assert entry["args"][:5] == ["-m", "bookit_async.mcp", "serve", "--node", "A node"]
    assert ("type" in entry) == (client == "vscode")
    assert "key-1815" not in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600
    assert "BOOKIT_API_KEY" in capsys.readouterr().out


def test_what_is_installed_says_where_the_key_is_and_who_confirms(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["--key-file", "~/key", "--confirm", "host", "--database", "sqlite:///x.db", "--link", LINK]
    assert main(["install", "--client", "cursor", *given]) == 0
    args = json.loads((home / ".cursor" / "mcp.json").read_text())["mcpServers"]["bookit"]["args"]
    assert args[-6:] == ["--confirm", "host", "--key-file", str(home / "key"), "--database", "sqlite:///x.db"]
    assert "BOOKIT_API_KEY" not in capsys.readouterr().out


@pytest.mark.parametrize("text", ["// no JSON", "[]", '{"mcpServers": []}'])
def test_a_file_that_cannot_be_read_stays_as_it_is(home: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (home / ".mcp.json").write_text(text)
    assert main(["install", "--client", "claude-code", "--link", LINK]) == 2
    assert (home / ".mcp.json").read_text() == text
    assert "by hand" in capsys.readouterr().err


def test_nothing_is_installed_that_allows_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "--client", "cursor"]) == 2
    assert "nodes and links" in capsys.readouterr().err
    assert main(["install", "--client", "cursor", "--link", LINK, "--for", "x=y"]) == 2
    assert "--for 'x'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("platform", "environ", "folder"),
    [
        ("darwin", {"HOME": "/h"}, "/h/Library/Application Support"),
        ("linux", {"HOME": "/h"}, "/h/.config"),
        ("linux", {"HOME": "/h", "XDG_CONFIG_HOME": "/c"}, "/c"),
        ("win32", {"USERPROFILE": "/h"}, "/h/AppData/Roaming"),
        ("win32", {"USERPROFILE": "/h", "APPDATA": "/a"}, "/a"),
    ],
)
def test_claude_desktop_has_its_file_where_the_platform_has_such_files(
    platform: str, environ: dict[str, str], folder: str
) -> None:
    path = config_file("claude-desktop", platform=platform, environ=environ)
    assert path == Path(folder) / "Claude" / "claude_desktop_config.json"
    assert json.loads(with_server("", "cursor", {"a": 1})) == {"mcpServers": {"bookit": {"a": 1}}}


def test_secrets_are_those_that_are_set_or_of_a_file_that_is_made_once(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = keeping.secrets(stored="sqlite:///x.db")
    path = user_config_path("bookit", appauthor=False) / "sealing.key"
    assert made == [path.read_text().strip()] == keeping.secrets(stored="sqlite:///x.db")
    assert path.stat().st_mode & 0o777 == 0o600
    path.unlink()
    (home / "x.db").touch()
    with pytest.raises(InvalidInputError, match="sealed with a key that is not here"):
        keeping.secrets(stored="sqlite:///x.db")
    monkeypatch.setenv("BOOKIT_SECRETS", " new , old")
    assert keeping.secrets(stored="sqlite:///x.db") == ["new", "old"]


def test_the_database_and_the_key_are_looked_for_in_their_order(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert keeping.database("sqlite:///a.db") == "sqlite:///a.db"
    own = keeping.database(None)
    assert own.startswith("sqlite:///")
    assert own.endswith("agents.db")
    assert Path(own.removeprefix("sqlite:///")).parent.stat().st_mode & 0o777 == 0o700
    monkeypatch.setenv("BOOKIT_DATABASE", "postgresql://x/y")
    assert keeping.database(None) == "postgresql://x/y"
    assert keeping.api_key(None) == ""
    (home / "key").write_text("key-1815\n")
    monkeypatch.setenv("BOOKIT_API_KEY_FILE", "~/key")
    assert keeping.api_key(None) == "key-1815"
    monkeypatch.setenv("BOOKIT_API_KEY", "key-1816")
    assert keeping.api_key(None) == "key-1816"
    assert keeping.api_key("~/key") == "key-1815"
    (home / "odd").write_bytes(b"\xff\xfe")
    for path, why in (("nowhere", "No such file"), ("odd", "no text")):
        with pytest.raises(InvalidInputError, match=why):
            keeping.api_key(path)


def proposal(*, until: float = 4e9, **more: Any) -> Proposal:
    offer, email = AgentOffer(link=LINK), "ada@engines.example"
    return Proposal(
        until=until, offer=offer, email=email, timezone=ZONE, start=1746550800000, end=1746554400000, **more
    )


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A terminal, and what a person types there."""
    typed: list[str] = []
    monkeypatch.setattr(commands, "in_terminal", lambda: True)

    def answer(_: str) -> str:
        return typed.pop(0)

    monkeypatch.setattr("builtins.input", answer)
    monkeypatch.setenv("BOOKIT_SECRETS", SECRET)
    return typed


async def asked(url: str, one: Proposal | ChangeProposal) -> str:
    store = Confirmations(url)
    await store.open()
    sealed = seal_proposal(Seal([SECRET]), one)
    question = await store.ask(one.intent, sealed, until=one.until, now=0)
    await store.close()
    return question.code


async def agreed(url: str, one: Proposal | ChangeProposal) -> bool:
    store = Confirmations(url)
    try:
        return await store.agreed(one.intent)
    finally:
        await store.close()


def test_a_person_sees_the_proposal_and_agrees(terminal: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    url, one = keeping.database(None), proposal(guests=["cfo@e.example"], answers={"Why?": "x\x1b[31m"}, second=True)
    code = asyncio.run(asked(url, one))
    terminal += ["no", " Yes "]
    assert main(["confirm", code]) == 3
    assert not asyncio.run(agreed(url, one))
    assert main(["confirm", code.lower()]) == 0
    assert asyncio.run(agreed(url, one))
    shown = capsys.readouterr().out
    assert one.question() in shown
    assert "Prospect: ada@engines.example" in shown
    assert "\x1b" not in shown


@pytest.mark.subprocess
def test_a_person_agrees_in_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOOKIT_SECRETS", SECRET)
    url, one = keeping.database(None), proposal()
    code = asyncio.run(asked(url, one))
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "bookit_async.mcp", "confirm", code]
    with subprocess.Popen(command, stdin=theirs, stdout=theirs) as process:  # noqa: S603
        os.write(ours, b"yes\n")
        assert process.wait(60) == 0
    os.close(theirs)
    shown = os.read(ours, 10_000).decode()
    os.close(ours)
    assert "Prospect: ada@engines.example" in shown
    assert "Agreed." in shown
    assert asyncio.run(agreed(url, one))


def test_a_change_is_confirmed_likewise(terminal: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    url, one = keeping.database(None), ChangeProposal(until=4e9, meeting_id="m", was=1746550800000, timezone=ZONE)
    terminal.append("yes")
    assert main(["confirm", asyncio.run(asked(url, one))]) == 0
    assert "CANCEL the meeting of Tuesday 06 May 2025" in capsys.readouterr().out


def test_what_is_too_old_or_made_up_cannot_be_confirmed(
    terminal: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    code = asyncio.run(asked(keeping.database(None), proposal(until=1.0)))
    assert main(["confirm", code]) == 2
    assert main(["confirm", "AAAA-AAAA"]) == 2
    assert capsys.readouterr().err.count("no proposal waits") == 2


def test_confirming_needs_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["confirm", "AAAA-AAAA"]) == 2
    assert "needs a terminal" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("raised", "status"),
    [
        (InvalidInputError(problems=["x"]), 2),
        (AuthenticationError(status=401), 4),
        (StoreLostError(reason="x"), 75),
        (NotSentError(reason="x"), 1),
        (ImportError("x needs y"), 2),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda one: type(one).__name__ if isinstance(one, BaseException) else str(one),
)
def test_how_a_command_ends(
    raised: BaseException, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def serve(_: object) -> int:
        raise raised

    monkeypatch.setattr(commands, "serve", serve)
    assert main(["serve", "--link", LINK]) == status
    assert bool(capsys.readouterr().err) == (status != 130)
