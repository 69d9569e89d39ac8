"""Where programs keep which MCP servers they start, and how this one is written there: without a key."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from attrs import frozen

from ..errors import InvalidInputError

NAME = "bookit"


@frozen(kw_only=True)
class Host:
    """A program with agents."""

    title: str
    member: str = "mcpServers"
    """The member of its file that holds the servers."""
    typed: bool = False
    """Whether an entry says how the server is spoken to."""


HOSTS: Mapping[str, Host] = {
    "claude-code": Host(title="Claude Code, for this project"),
    "claude-desktop": Host(title="Claude Desktop"),
    "cursor": Host(title="Cursor"),
    "vscode": Host(title="VS Code, for this project", member="servers", typed=True),
}


def config_file(client: str, *, platform: str = sys.platform, environ: Mapping[str, str] = os.environ) -> Path:
    """Return the file of a program in which the server is written."""
    home = Path(environ.get("USERPROFILE") or environ.get("HOME") or Path.home())
    if client == "claude-code":
        return Path(".mcp.json")
    if client == "vscode":
        return Path(".vscode") / "mcp.json"
    if client == "cursor":
        return home / ".cursor" / "mcp.json"
    if platform == "darwin":
        folder = home / "Library" / "Application Support"
    elif platform == "win32":
        folder = Path(environ.get("APPDATA") or home / "AppData" / "Roaming")
    else:
        folder = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    return folder / "Claude" / "claude_desktop_config.json"


def entry(client: str, arguments: Sequence[str]) -> dict[str, Any]:
    """Return how a program starts the server with these arguments of `serve`."""
    command = {"command": sys.executable, "args": ["-m", "bookit_async.mcp", "serve", *arguments]}
    return {"type": "stdio", **command} if HOSTS[client].typed else command


def with_server(text: str, client: str, server: Mapping[str, Any]) -> str:
    """Return a program's file with this server in it, and all else as it was.

    InvalidInputError for a file that cannot be read.
    """
    try:
        content: object = json.loads(text) if text.strip() else {}
    except ValueError:
        content = None
    member = HOSTS[client].member
    servers = cast("dict[str, Any]", content).setdefault(member, {}) if isinstance(content, dict) else None
    if not isinstance(servers, dict):
        problem = "the file is not JSON of the kind that is expected: see what --print shows, and put it in by hand"
        raise InvalidInputError(problems=[problem])
    servers[NAME] = dict(server)
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def write(path: Path, text: str) -> None:
    """Write a file whole, or not at all."""
    target = path.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    new = target.with_name(f"{target.name}.new")
    new.write_text(text, encoding="utf-8")
    if target.exists():
        new.chmod(target.stat().st_mode & 0o777)
    new.replace(target)
