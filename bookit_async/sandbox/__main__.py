"""`python -m bookit_async.sandbox --port 8080` serves a sandbox until it is stopped."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Sequence

from .._generated.api import OPERATIONS
from . import JournalError, Sandbox, World, WorldError, demo_world, load_world
from .address import is_loopback
from .door.app import LOGGER
from .world import quirks

EPILOG = """\
examples:
  python -m bookit_async.sandbox --port 8080
      the demo world on http://127.0.0.1:8080; it prints the API key and a first call to paste
  python -m bookit_async.sandbox --world team.yaml --db team.db
      your own world, and meetings that are there again after a restart or a crash

A world lists hosts, meeting_types, pools, nodes and links; bookit_async/sandbox/world/parts.py documents each key. To
begin with the demo world as a file:
  python -c "import yaml; from bookit_async.sandbox import demo_world
  print(yaml.safe_dump(demo_world().to_dict(), sort_keys=False))" > team.yaml

quirks, each a guess about the service gone wrong; docs/testing.md says more:"""


QUIRKS = "".join(
    f"\n  {name}{f'={quirk.default:g}' if quirk.unit else ''}: {quirk.stands_for}"
    for name, quirk in quirks.QUIRKS.items()
)


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
        f"BookIt sandbox on {url} (Ctrl-C stops it)\n\n"
        f"  export BOOKIT_BASE_URL={url} BOOKIT_API_KEY={api_key}\n\n"
        f"Trigger nodes and their inputs:{nodes}\n\nLinks:{links}\n\nTry:\n"
        f"  curl -s {url}{OPERATIONS['retrieveInputs'].path} -H 'X-Api-Key: {api_key}' "
        f'--json \'{{"nodeName": "{first}"}}\'\n'
    )


def warning(host: str) -> str | None:
    """Return what whoever lets other machines in has to know; None for an address of this machine alone."""
    if is_loopback(host):
        return None
    return (
        f"Careful: other machines can reach this sandbox, on {host}. Whoever has the key can book, and http:// shows\n"
        "the key to the network. There, a client needs this machine's address in base_url, and allow_insecure=True."
    )


async def serve(sandbox: Sandbox, host: str) -> None:
    """Serve until cancelled."""
    async with sandbox:
        print(welcome(sandbox.url, sandbox.api_key, sandbox.world), flush=True)
        if said := warning(host):
            print(said, file=sys.stderr, flush=True)
        await asyncio.Event().wait()


def _quirk(text: str) -> tuple[str, float | bool]:
    """Return a quirk's name and value, of `name` or `name=2`."""
    name, equals, value = text.partition("=")
    try:
        return name, float(value) if equals else True
    except ValueError:
        raise argparse.ArgumentTypeError(f"the value of {name} must be a number, such as {name}=2") from None


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status 0 after Ctrl-C, 2 when world, file or address cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m bookit_async.sandbox",
        description="Serve a BookIt sandbox: a stateful stand-in for the service, to try and to test against.",
        epilog=EPILOG + QUIRKS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--world", metavar="FILE", help="YAML file with the world to play (default: the demo world)")
    parser.add_argument("--db", metavar="FILE", help="SQLite file that keeps its state (default: memory only)")
    parser.add_argument("--port", type=int, default=0, help="TCP port (default: any free one)")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--quirk",
        metavar="NAME[=VALUE]",
        action="append",
        default=[],
        type=_quirk,
        help="play one guess about the service gone wrong; as often as you like, see below",
    )
    parser.add_argument("--quiet", action="store_true", help="print no line for each request")
    options = parser.parse_args(arguments)
    if not options.quiet:
        logging.basicConfig(format="%(asctime)s  %(message)s", datefmt="%H:%M:%S")
        LOGGER.setLevel(logging.INFO)
    try:
        world = demo_world() if options.world is None else load_world(options.world)
        sandbox = Sandbox(world, quirks=dict(options.quirk), db=options.db, host=options.host, port=options.port)
        asyncio.run(serve(sandbox, options.host))
    except KeyboardInterrupt:
        return 0
    except (WorldError, JournalError) as error:
        print(error, file=sys.stderr)
        return 2
    except (OSError, OverflowError) as error:
        print(
            f"Cannot listen on {options.host} port {options.port}: {error}. Choose another --port or --host.",
            file=sys.stderr,
        )
        return 2
    return 0  # pragma: no cover - serving only ends by being stopped


if __name__ == "__main__":
    raise SystemExit(main())
