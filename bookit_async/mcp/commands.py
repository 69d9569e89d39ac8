"""What the commands do: serve, confirm, install."""

import argparse
import asyncio
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

from mcp.server.stdio import stdio_server

from ..client import BookIt
from ..desk.sealing import Seal
from ..durable import Durable
from ..errors import InvalidInputError
from .allowlist import Allowlist, read_allowlist
from .confirmations import Confirmations, Question
from .install import HOSTS, config_file, entry, with_server, write
from .keeping import api_key, database, secrets
from .office import READS, Office
from .proposals import read_any
from .server import booking_server
from .turns import Turns

NOT_AGREED = 3
AGREES = "yes"


def serve(options: argparse.Namespace) -> int:
    """Serve an agent over stdin and stdout, until it goes."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    asyncio.run(_serve(options))
    return 0


async def _serve(options: argparse.Namespace) -> None:
    allowlist = allowlist_of(options)
    url = database(options.database)
    sealing = secrets(stored=url)
    async with BookIt(api_key(options.key_file) or None) as client:
        confirmations = Confirmations(url)

        def store(*, worker: bool) -> Durable:
            return Durable(client, database=url, secrets=sealing, worker=worker)

        turns = Turns(store)
        await turns.open()
        try:
            await confirmations.open()
            office = Office(
                client=client.with_options(deadline=READS),
                durable=turns.durable,
                confirmations=confirmations,
                seal=Seal(sealing),
                allowlist=allowlist,
                confirmed_by_host=options.confirm == "host",
            )
            server = booking_server(office, secrets=sealing)
            async with stdio_server() as (reads, writes):
                await server.run(reads, writes, server.create_initialization_options())
        finally:
            await confirmations.close()
            await turns.close()


def confirm(options: argparse.Namespace) -> int:
    """Show a person what was proposed, and keep their answer."""
    if not in_terminal():
        problem = "confirm needs a terminal, for a person has to answer: run it in one yourself"
        raise InvalidInputError(problems=[problem])
    return asyncio.run(_confirm(options))


def in_terminal() -> bool:
    """Return whether a person may be there: no agent's pipe has a terminal at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()


async def _confirm(options: argparse.Namespace) -> int:
    url = database(options.database)
    seal = Seal(secrets(stored=url))
    confirmations = Confirmations(url)
    await confirmations.open()
    try:
        question = await confirmations.by_code(options.code)
        if question is None or question.until <= seal.now():
            problem = "no proposal waits under this code: it may be too old. Let the agent propose it once more"
            raise InvalidInputError(problems=[problem])
        print(f"{shown_question(seal, question)}\n")
        said = await asyncio.to_thread(input, f"Type {AGREES} to agree, anything else not to: ")
        if said.strip().casefold() != AGREES:
            print("You did not agree: nothing is done.")
            return NOT_AGREED
        await confirmations.agree(question.intent)
        print("Agreed. Tell the agent to go on: nothing is done before it does.")
        return 0
    finally:
        await confirmations.close()


def shown_question(seal: Seal, question: Question) -> str:
    """Return what a person is asked, of the sealed proposal alone."""
    return read_any(seal, question.sealed).question()


def install(options: argparse.Namespace) -> int:
    """Write the server into a program's configuration, or show it."""
    allowlist_of(options)
    path = config_file(options.client)
    server = entry(options.client, [*serve_arguments(options)])
    if options.shows:
        print(with_server("", options.client, server), end="")
        return 0
    text = with_server(path.read_text(encoding="utf-8") if path.exists() else "", options.client, server)
    write(path, text)
    print(f"Wrote the server into {path} ({HOSTS[options.client].title}). Start the program anew.")
    if not options.key_file:
        print("It has no key in it: set BOOKIT_API_KEY where the program starts, or install with --key-file PATH.")
    return 0


def serve_arguments(options: argparse.Namespace) -> Iterator[str]:
    """Yield the arguments of `serve` that say the same."""
    for flag, values in (
        ("--node", options.node),
        ("--link", options.link),
        ("--for", options.purposes),
        ("--redirect", options.redirect),
    ):
        for value in values:
            yield from (flag, value)
    if options.confirm == "host":
        yield from ("--confirm", "host")
    if options.key_file:
        yield from ("--key-file", str(Path(options.key_file).expanduser().absolute()))
    if options.database:
        yield from ("--database", options.database)


def allowlist_of(options: argparse.Namespace) -> Allowlist:
    """Return what agents may use; InvalidInputError where a purpose is of nothing that they may."""
    purposes = dict(one.partition("=")[::2] for one in options.purposes)
    unknown = sorted(purposes.keys() - {*options.node, *options.link})
    if unknown:
        raise InvalidInputError(problems=[f"--for {name!r}: name it with --node or --link, too" for name in unknown])
    return read_allowlist(
        {name: purposes.get(name, "") for name in options.node},
        {id_: purposes.get(id_, "") for id_ in options.link},
        options.redirect,
    )
