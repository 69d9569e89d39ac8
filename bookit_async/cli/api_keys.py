"""Where the API key comes from: the environment, a file, or a profile's file or command; never an argument."""

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from attrs import field, frozen

from ..settings import BASE_URL
from . import statuses
from .failures import Failure
from .profiles import Profile, used

_PATIENCE = 30.0
"""Seconds that a command may take to say the key."""


@frozen(kw_only=True)
class Source:
    """A place that may have the key."""

    name: str
    why: str
    """When it counts."""
    read: Callable[[], str] = field(repr=False)


@frozen(kw_only=True)
class Access:
    """Whose key is used, and where."""

    base_url: str
    base_url_from: str
    sources: tuple[Source, ...]
    """Those that have a key, the first of which counts."""
    profile: Profile | None
    profile_why: str

    def api_key(self) -> str:
        """Return the key; Failure when there is none."""
        if not self.sources:
            advice = "Set BOOKIT_API_KEY or BOOKIT_API_KEY_FILE, or `bookit profile add` one that says where it is."
            raise Failure("no API key", status=statuses.KEY, advice=advice, kind="KeyMissing")
        return self.sources[0].read()

    @property
    def where(self) -> str:
        """Return where a request goes, for people."""
        host = self.base_url.partition("://")[2]
        kind = "LIVE" if self.base_url == BASE_URL else "sandbox" if host.startswith(_LOOPBACK) else "NOT LIVE"
        return f"{kind} {host}" + (f" (profile {self.profile.name})" if self.profile else "")


_LOOPBACK = ("127.", "localhost", "[::1]")


def access(profile_name: str | None, environ: Mapping[str, str] | None = None) -> Access:
    """Return which key and which address count.

    What `--profile` names comes before the environment, which comes before the profile that is in use.
    """
    environ = os.environ if environ is None else environ
    profile, why = used(profile_name)
    of_profile = [] if profile is None else [*_of_profile(profile, why)]
    of_environment = [*_of_environment(environ)]
    named = profile_name is not None
    sources = [*of_profile, *of_environment] if named else [*of_environment, *of_profile]
    urls = [("BOOKIT_BASE_URL", environ.get("BOOKIT_BASE_URL"))]
    if profile is not None:
        urls.insert(0 if named else 1, (f"profile {profile.name}", profile.base_url))
    url_from, url = next(((name, one) for name, one in urls if one), ("the default", BASE_URL))
    return Access(
        base_url=url.rstrip("/"), base_url_from=url_from, sources=tuple(sources), profile=profile, profile_why=why
    )


def _of_environment(environ: Mapping[str, str]) -> Iterator[Source]:
    if key := environ.get("BOOKIT_API_KEY"):
        yield Source(name="BOOKIT_API_KEY", why="it is set", read=lambda: key)
    if path := environ.get("BOOKIT_API_KEY_FILE"):
        yield Source(name=f"BOOKIT_API_KEY_FILE, {path}", why="it is set", read=lambda: _of_file(path))


def _of_profile(profile: Profile, why: str) -> Iterator[Source]:
    name = f"profile {profile.name}"
    path, command = profile.api_key_file, profile.api_key_command
    if path is not None:
        yield Source(name=f"{name}, {path}", why=why, read=lambda: _of_file(path))
    if command is not None:
        yield Source(name=f"{name}, its api_key_command", why=why, read=lambda: _of_command(command))


def _of_file(path: str) -> str:
    try:
        key = Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise _no_key(f"the API key cannot be read from {path}: {reason}") from None
    if not key:
        raise _no_key(f"there is no API key in {path}, which is empty")
    return key


def _of_command(command: str) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - the command is the person's own
            shlex.split(command), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=_PATIENCE, check=False
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise _no_key(f"api_key_command could not be run: {type(error).__name__}") from None
    key = done.stdout.decode(errors="replace").strip()
    if done.returncode or not key:
        raise _no_key(f"api_key_command gave no key, and exit status {done.returncode}")
    return key


def _no_key(message: str) -> Failure:
    advice = "`bookit auth status` says where the key is looked for."
    return Failure(message, status=statuses.KEY, advice=advice, kind="KeyMissing")
