"""What a command works with: its options, what it prints with, the client, and the person, if there is one."""

import json
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import statuses
from .api_keys import Access, access
from .failures import Failure
from .options import Options
from .output import Output
from .zones import zone_of

if TYPE_CHECKING:
    from ..client import BookIt

_YES = ("y", "yes")


class Session:
    """One call of the command line."""

    def __init__(self, options: Options, output: Output) -> None:
        self.options = options
        self.output = output

    @cached_property
    def access(self) -> Access:
        """Return whose key is used, and where."""
        return access(self.options.profile)

    @cached_property
    def zone(self) -> str:
        """Return the zone in which times are read and shown."""
        profile = self.access.profile
        return zone_of(self.options.zone, profile.zone if profile else None)

    def environment(self) -> dict[str, str]:
        """Return the key and the address as a tool reads them; no key where none is found, which it tells itself."""
        found = self.access
        key = {"BOOKIT_API_KEY": found.api_key()} if found.sources else {}
        return {**key, "BOOKIT_BASE_URL": found.base_url}

    @property
    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.now(UTC)

    @property
    def interactive(self) -> bool:
        """Return whether there is a person to ask."""
        return sys.stdin.isatty() and sys.stdout.isatty() and not self.output.as_json

    @asynccontextmanager
    async def client(self, **settings: Any) -> "AsyncGenerator[BookIt]":
        """Open the client."""
        from ..client import BookIt

        api_key = self.access.api_key()
        async with BookIt(api_key, base_url=self.access.base_url, deadline=self._deadline(), **settings) as client:
            yield client

    def _deadline(self) -> float | None:
        given = self.options.deadline
        try:
            return None if given is None else float(given)
        except ValueError:
            raise Failure("--deadline must be a number of seconds") from None

    def must_be_meant(self, *, yes: bool, dry_run: bool = False) -> None:
        """Fail where nobody can be asked, and nothing says that a write is meant."""
        if not (yes or dry_run or self.interactive):
            advice = "Add --yes where nobody can be asked, or --dry-run to see what would be done."
            raise Failure("this changes something, and there is no terminal to ask on", advice=advice)

    def say_where(self) -> None:
        """Say where a write goes."""
        self.output.note(f"To {self.access.where}")

    def confirm(self, question: str, *, yes: bool) -> None:
        """Ask the person, unless it was said before; Failure when the answer is not yes."""
        if not yes and self.output.ask(f"{question} [y/N] ").casefold() not in _YES:
            raise Failure("not done, for the answer was not yes", status=statuses.NO_MEETING, kind="Declined")

    def read(self, name: str) -> str:
        """Return the text of a file, or of stdin for `-`."""
        if name == "-":
            return sys.stdin.read()
        try:
            return Path(name).read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise Failure(f"{name} must be UTF-8 text") from None

    def prospect(self, name: str | None, settings: Sequence[str]) -> dict[str, Any]:
        """Return a prospect's data: that of a JSON file, and what was set one by one. Empty text leaves one empty."""
        data: Any = {}
        if name is not None:
            try:
                data = json.loads(self.read(name))
            except ValueError as error:
                where = f": see line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
                raise Failure(f"{name} must be JSON{where}", advice=_OBJECT) from None
            if not isinstance(data, Mapping):
                raise Failure(f"{name} must be a JSON object", advice=_OBJECT)
        return {**data, **{key: value or None for key, value in pairs("--set", settings).items()}}


_OBJECT = 'Give an object from input names to values, such as {"Email": "ada@engines.example"}.'


def pairs(option: str, given: Sequence[str]) -> dict[str, str]:
    """Return what is given as Name=Value, each name once."""
    found: dict[str, str] = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise Failure(f"{option} must be given as Name=Value")
        if name in found:
            raise Failure(f"{option} {name!r} is given more than once")
        found[name] = value
    return found
