"""Both eras of the protocol, over stdin and stdout and over HTTP, by the official client."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Response
from mcp import Client, MCPError, StdioServerParameters

from bookit_async import BookIt, InvalidInputError
from bookit_async.durable import Durable
from bookit_async.mcp import mcp_app
from bookit_async.sandbox import Fault, FaultPlan, FaultProxy, Sandbox

from ..conftest import NODE
from ..serving import served
from .agents import ERAS, LINK, SECRET, Agent, Human


def started(url: str, key: str, database: str) -> StdioServerParameters:
    """Return how a host starts the server."""
    environment = {
        "BOOKIT_API_KEY": key,
        "BOOKIT_BASE_URL": url,
        "BOOKIT_DATABASE": database,
        "BOOKIT_SECRETS": SECRET,
        **{name: value for name, value in os.environ.items() if name.startswith(("COVERAGE", "PYTHON"))},
    }
    arguments = ["-m", "bookit_async.mcp", "serve", "--node", NODE, "--link", LINK, "--for", f"{LINK}=a demo"]
    return StdioServerParameters(command=sys.executable, args=arguments, env=environment)


@pytest.mark.subprocess
async def test_a_host_starts_the_server_and_two_of_them_share_a_store(tmp_path: Path) -> None:
    """Two hosts of a machine, each of another era: what one proposes the other books, and one of them works on it."""
    async with Sandbox() as sandbox:
        server = started(sandbox.url, sandbox.api_key, f"sqlite:///{tmp_path / 'agents.db'}")
        human, other = Human(), Human()
        async with Client(server, mode="legacy", elicitation_callback=human) as client:
            first = Agent(client)
            assert (await first.call("list_entry_points"))["links"] == [{"id": LINK, "for": "a demo"}]
            async with Client(server, mode="2026-07-28", elicitation_callback=other) as another:
                second = Agent(another)
                proposal_id = (await first.proposal())["proposal_id"]
                booked = await second.call("book", proposal_id=proposal_id)
                assert booked["status"] == "booked"
                assert (await first.call("book", proposal_id=proposal_id))["local"] == booked["local"]
        assert len(other.asked) == 1
        assert not human.asked
        assert len(sandbox.meetings) == 1


@pytest.mark.subprocess
async def test_a_booking_survives_kill_9_of_the_server(tmp_path: Path) -> None:
    """The server is killed while the answer of its booking is on the way; the next one tells of the same meeting."""
    database, pid = f"sqlite:///{tmp_path / 'agents.db'}", tmp_path / "pid"
    lost = FaultPlan([Fault(kind="stall", operation="book_meeting", when="after", times=1)])
    async with Sandbox() as sandbox, FaultProxy(sandbox.url, lost) as proxy:
        server = started(proxy.url, sandbox.api_key, database)
        noted = f"import os, pathlib; pathlib.Path({str(pid)!r}).write_text(str(os.getpid()))"
        run = f"{noted}; from bookit_async.mcp.__main__ import main; raise SystemExit(main({server.args[2:]!r}))"
        human = Human()
        first = server.model_copy(update={"args": ["-c", run]})
        async with Client(first, mode="legacy", elicitation_callback=human) as client:
            proposal_id = (await Agent(client).proposal())["proposal_id"]
            call = asyncio.create_task(client.call_tool("book", {"proposal_id": proposal_id}))
            while not sandbox.meetings:  # noqa: ASYNC110 - it is in another thread of the story
                await asyncio.sleep(0.01)
            os.kill(int(pid.read_text()), signal.SIGKILL)
            with pytest.raises(MCPError, match="Connection closed"):
                await call
        async with Client(server, mode="legacy", elicitation_callback=human) as client:
            booked = await Agent(client).call("book", proposal_id=proposal_id)
            assert booked["status"] == "booked"
            assert await Agent(client).call("outcome", proposal_id=proposal_id)
        assert len(human.asked) == len(sandbox.meetings) == 1


@pytest.mark.subprocess
async def test_stdout_has_nothing_but_the_protocol(tmp_path: Path) -> None:
    server = started("http://127.0.0.1:9", "key-1815", f"sqlite:///{tmp_path / 'agents.db'}")
    process = await asyncio.create_subprocess_exec(
        server.command,
        *server.args,
        env={**os.environ, **(server.env or {})},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    hello = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
    sent: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {
            "id": 2,
            "method": "tools/call",
            "params": {"name": "find_slots", "arguments": {"link": LINK, "timezone": "x"}},
        },
        {"id": 3, "method": "tools/list"},
    ]
    assert process.stdin is not None
    assert process.stdout is not None
    lines: list[dict[str, Any]] = []
    for message in sent:
        process.stdin.write(f"{json.dumps({'jsonrpc': '2.0', **message})}\n".encode())
        if "id" in message:
            lines.append(json.loads(await process.stdout.readline()))
    process.stdin.close()
    out, err = await process.communicate()
    lines += [json.loads(line) for line in out.splitlines()]
    assert {one["id"] for one in lines} == {1, 2, 3}
    assert all(one["jsonrpc"] == "2.0" for one in lines)
    assert process.returncode == 0
    assert b"key-1815" not in out + err


async def test_a_server_is_mounted_in_an_application_behind_its_authorization(tmp_path: Path) -> None:
    async with Sandbox() as sandbox:
        client = BookIt(sandbox.api_key, transport=sandbox.transport)
        database = f"sqlite:///{tmp_path / 'agents.db'}"
        durable = Durable(client, database=database, secrets=[SECRET])
        agents = mcp_app(client, durable, database=database, secrets=[SECRET], nodes=[NODE], links={LINK: "a demo"})

        @asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
            async with client, durable, agents.lifespan(app):
                yield

        app = FastAPI(lifespan=lifespan)

        @app.middleware("http")
        async def authorize(request: Any, proceed: Any) -> Any:
            if request.headers.get("user-agent") == "stranger":
                return Response(status_code=401)
            return await proceed(request)

        app.mount("/mcp", agents)
        human = Human()
        async with served(app) as url:
            async with httpx.AsyncClient() as http:
                refused = await http.post(f"{url}/mcp/", headers={"user-agent": "stranger"})
                elsewhere = await http.post(f"{url}/mcp/", headers={"host": "evil.example"}, json={})
            assert (refused.status_code, elsewhere.status_code) == (401, 421)
            proposals: list[str] = []
            for place, era in enumerate(ERAS):
                async with Client(f"{url}/mcp/", mode=era, elicitation_callback=human) as host:
                    agent = Agent(host)
                    proposal = await agent.proposal(6 * place, allow_second=True)
                    proposals.append(proposal["proposal_id"])
                    assert (await agent.call("book", proposal_id=proposals[-1]))["status"] == "booked"
                    assert (await agent.call("outcome", proposal_id=proposals[0]))["status"] == "booked"
        assert len(human.asked) == len(sandbox.meetings) == 2


def test_what_an_application_cannot_use_is_told_when_it_is_made() -> None:
    client = BookIt("key", base_url="http://127.0.0.1:9")
    database = "sqlite:///x.db"
    durable = Durable(client, database=database, secrets=[SECRET])
    with pytest.raises(InvalidInputError, match="nodes and links"):
        mcp_app(client, durable, database=database, secrets=[SECRET])
    with pytest.raises(InvalidInputError, match="nodes must be a list"):
        mcp_app(client, durable, database=database, secrets=[SECRET], nodes=NODE)
    made = mcp_app(
        client, durable, database=database, secrets=[SECRET], links=[LINK], allowed_hosts=["app.example.com"]
    )
    assert SECRET not in repr(made)
