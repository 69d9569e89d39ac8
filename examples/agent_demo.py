"""From "find Ada a slot on Tuesday" to the meeting: a scripted agent, the MCP server, and a person who is asked.

Run it with `python examples/agent_demo.py`. The server is started as a program with agents starts it, over stdin and
stdout, and books on the embedded sandbox. What the agent says and calls is written down here, as a model might do it.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from secrets import token_urlsafe
from tempfile import TemporaryDirectory
from typing import Any

from mcp import Client, StdioServerParameters
from mcp_types import ElicitRequestParams, ElicitResult

from bookit_async.sandbox import Sandbox

LINK = "Em30rva"
TIMEZONE = "America/Denver"
ANSWERS = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@example.com"}
LONGEST = 400


def say(who: str, text: str) -> None:
    print(f"{who:>7}  {text}")


async def ask_person(context: object, params: ElicitRequestParams) -> ElicitResult:  # noqa: ARG001 - the SDK names it
    """Be the host: show the server's question to the person. The agent sees neither this nor the answer."""
    for line in params.message.splitlines():
        say("asked", line)
    say("person", "yes")
    return ElicitResult(action="accept", content={"agree": True})


async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    """Be the agent: call a tool, and read what it says."""
    shown = ", ".join(f"{name}={'…' if name.endswith('_id') else json.dumps(it)}" for name, it in arguments.items())
    say("agent", f"{tool}({shown})")
    result = await client.call_tool(tool, arguments)
    told = dict(result.structured_content or {})
    short = {name: "…" if name.endswith(("_id", "_ref")) else value for name, value in told.items() if name != "next"}
    text = json.dumps(short, ensure_ascii=False)
    say("server", text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
    return told


async def book(client: Client) -> None:
    """Find Ada a slot on Tuesday, and book it."""
    say("person", "Find Ada a slot on Tuesday. She is in Denver: ada@example.com.")
    await call(client, "list_entry_points")
    day = datetime.now(UTC).date() + timedelta(days=2)
    tuesday = (day + timedelta(days=(1 - day.weekday()) % 7)).isoformat()
    offer = await call(
        client,
        "find_slots",
        link=LINK,
        timezone=TIMEZONE,
        from_day=tuesday,
        to_day=tuesday,
        between="08:00-18:00",
        limit=3,
    )
    slot = offer["slots"][0]
    proposal = await call(
        client,
        "propose_booking",
        offer_id=offer["offer_id"],
        start=slot["start"],
        timezone=TIMEZONE,
        answers=ANSWERS,
    )
    booked = await call(client, "book", proposal_id=proposal["proposal_id"])
    await call(client, "book", proposal_id=proposal["proposal_id"])  # as after an answer that was lost: nothing new
    say("agent", f"Ada is booked: {booked['local']}.")


async def main() -> None:
    with TemporaryDirectory() as folder:
        async with Sandbox() as sandbox:
            server = StdioServerParameters(
                command=sys.executable,
                args=["-m", "bookit_async.mcp", "serve", "--link", LINK, "--for", f"{LINK}=a first talk"],
                env={
                    "BOOKIT_API_KEY": sandbox.api_key,
                    "BOOKIT_BASE_URL": sandbox.url,
                    "BOOKIT_DATABASE": f"sqlite:///{folder}/agents.db",
                    "BOOKIT_SECRETS": token_urlsafe(32),
                },
            )
            async with Client(server, elicitation_callback=ask_person) as client:
                await book(client)
        print(f"\nThe sandbox has {len(sandbox.meetings)} meeting.")


if __name__ == "__main__":
    asyncio.run(main())
