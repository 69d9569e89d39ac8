"""`python -m bookit_async.mcp serve | confirm | install`, which is `bookit mcp ...`."""

import argparse
import sys
from collections.abc import Sequence

from ..errors import AuthenticationError, BookItError, InvalidInputError

EPILOG = """\
settings are read from the environment:
  BOOKIT_API_KEY, BOOKIT_API_KEY_FILE, BOOKIT_BASE_URL   as for any client
  BOOKIT_DATABASE   sqlite:///file.db or postgresql://user@host/name; left out, a file in your state folder
  BOOKIT_SECRETS    what ids and the store are sealed with, the newest first; left out, a file in your config folder

examples:
  bookit mcp install --client claude-code --link Em30rva --for "Em30rva=a demo of the product"
      writes the server into .mcp.json, without a key; --print only shows what it would write
  bookit mcp confirm ABCD-EFGH
      shows what an agent proposed and asks you, where the agent's program cannot

exit status: 0 done; 2 cannot be carried out as written; 3 you did not agree; 4 the key is missing or refused;
75 the database is away; 1 anything else"""
CLIENTS = ("claude-code", "claude-desktop", "cursor", "vscode")
NOT_AGREED = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry a command out, and return the exit status."""
    options = _parser().parse_args(arguments)
    try:
        return _run(options)
    except BookItError as error:
        print(f"error: {error}", file=sys.stderr)
        kinds = ((InvalidInputError, 2), (AuthenticationError, 4))
        return next((status for kind, status in kinds if isinstance(error, kind)), _other(error))
    except ImportError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _run(options: argparse.Namespace) -> int:
    from .commands import confirm, install, serve

    return {"serve": serve, "confirm": confirm, "install": install}[options.command](options)


def _other(error: BookItError) -> int:
    return 75 if type(error).__name__ == "StoreLostError" else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="bookit mcp",
        description="Let agents book meetings: once, and what a person agreed to.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command", required=True)
    serving = commands.add_parser("serve", help="serve one agent over stdin and stdout")
    _add_allowlist(serving)
    confirming = commands.add_parser("confirm", help="agree to what an agent proposed, in a terminal")
    confirming.add_argument("code", help="the code that the agent was given")
    confirming.add_argument("--database", metavar="URL", help="instead of BOOKIT_DATABASE")
    installing = commands.add_parser("install", help="write the server into the configuration of a program")
    installing.add_argument("--client", choices=CLIENTS, required=True, help="the program")
    installing.add_argument("--print", action="store_true", dest="shows", help="show it, and write nothing")
    _add_allowlist(installing)
    return parser


def _add_allowlist(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--node", action="append", default=[], metavar="NAME", help="a node that agents may use")
    parser.add_argument("--link", action="append", default=[], metavar="ID", help="a BookIt Link that they may use")
    parser.add_argument(
        "--for", action="append", default=[], dest="purposes", metavar="NAME=TEXT", help="what a node or a link is for"
    )
    parser.add_argument(
        "--redirect", action="append", default=[], metavar="HOST", help="a host of which whole URLs may be told"
    )
    parser.add_argument(
        "--confirm",
        choices=("person", "host"),
        default="person",
        help="host: nobody is asked here, for you know that the program asks before every call (%(default)s)",
    )
    parser.add_argument("--key-file", metavar="PATH", help="the file with the API key, instead of BOOKIT_API_KEY_FILE")
    parser.add_argument("--database", metavar="URL", help="instead of BOOKIT_DATABASE")


if __name__ == "__main__":
    raise SystemExit(main())
