"""`python -m bookit_async.sandbox --port 8080` serves the demo world until it is stopped."""

import argparse
import asyncio
import sys
from collections.abc import Sequence

from .server import Sandbox
from .world import World


def welcome(url: str, api_key: str, world: World) -> str:
    """One screen: where the sandbox is, the key, what can be asked of it, and a first call to paste."""
    nodes = "".join(
        f"\n  {node.name}: {', '.join(f'{declared.name} {declared.type}' for declared in node.inputs)}"
        for node in world.nodes
    )
    links = "".join(
        f"\n  {link.link_id}: {link.kind if link.schedule is None else link.schedule.meeting_type}"
        f"{', single use' if link.single_use else ''}"
        for link in world.links
    )
    first = world.nodes[0].name if world.nodes else ""
    return (
        f"BookIt sandbox on {url} (Ctrl-C stops it, and forgets everything)\n\n"
        f"  export BOOKIT_BASE_URL={url} BOOKIT_API_KEY={api_key}\n\n"
        f"Trigger nodes and their inputs:{nodes}\n\nLinks:{links}\n\nTry:\n"
        f"  curl -s {url}/v1/scheduling/retrieve-inputs -H 'X-Api-Key: {api_key}' "
        f'--json \'{{"nodeName": "{first}"}}\'\n'
    )


async def serve(host: str, port: int) -> None:
    """Serve until cancelled."""
    async with Sandbox(host=host, port=port) as sandbox:
        print(welcome(sandbox.url, sandbox.api_key, sandbox.world), flush=True)
        await asyncio.Event().wait()


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 after Ctrl-C, 2 when the address cannot be had."""
    parser = argparse.ArgumentParser(prog="python -m bookit_async.sandbox", description="Serve a BookIt sandbox.")
    parser.add_argument("--port", type=int, default=0, help="TCP port (default: any free one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        asyncio.run(serve(options.host, options.port))
    except KeyboardInterrupt:
        return 0
    except (OSError, OverflowError) as error:
        print(
            f"Cannot listen on {options.host} port {options.port}: {error}. Choose another --port or --host.",
            file=sys.stderr,
        )
        return 2
    return 0  # pragma: no cover - serving only ends by being stopped


if __name__ == "__main__":
    raise SystemExit(main())
