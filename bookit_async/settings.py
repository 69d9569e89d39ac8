"""A client's settings, and the only place of their defaults."""

import os
import re
from importlib.metadata import PackageNotFoundError, version
from typing import Self
from urllib.parse import urlsplit

from attrs import field, frozen

from .errors import InvalidInputError

BASE_URL = "https://api.leandata.com"
TIMEOUT = 30.0
"""Seconds; the gateway in front of the service gives up after 29."""
MAX_CONNECTIONS = 100

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_LOOPBACK = frozenset(("localhost", "127.0.0.1", "::1"))


@frozen(kw_only=True)
class Settings:
    """Checked settings of one client."""

    api_key: str = field(repr=False)
    base_url: str
    timeout: float
    """Seconds for one request, connecting included."""

    @classmethod
    def read(cls, *, api_key: str | None, base_url: str | None, timeout: float | None) -> Self:
        """Give the settings, from the environment (BOOKIT_API_KEY, BOOKIT_BASE_URL) or the defaults where None.

        InvalidInputError names every setting that cannot be used.
        """
        return cls(
            api_key=os.environ.get("BOOKIT_API_KEY", "") if api_key is None else api_key,
            base_url=(os.environ.get("BOOKIT_BASE_URL") or BASE_URL if base_url is None else base_url).rstrip("/"),
            timeout=TIMEOUT if timeout is None else timeout,
        )

    def changed(self, *, api_key: str | None, base_url: str | None, timeout: float | None) -> Self:
        """Give a copy with those settings that are not None changed, checked again."""
        return type(self)(
            api_key=self.api_key if api_key is None else api_key,
            base_url=self.base_url if base_url is None else base_url.rstrip("/"),
            timeout=self.timeout if timeout is None else timeout,
        )

    def __attrs_post_init__(self) -> None:
        problems: list[str] = []
        if not self.api_key:
            problems.append("api_key is missing: give it, or set BOOKIT_API_KEY; LeanData issues it")
        elif not _VISIBLE.fullmatch(self.api_key):
            problems.append("api_key holds spaces, line breaks or characters outside ASCII: copy it again")
        try:
            url = urlsplit(self.base_url)
            host = url.hostname
        except ValueError:
            host, url = None, urlsplit("")
        if not host or url.scheme not in ("http", "https") or url.query or url.fragment or url.username:
            problems.append(f"base_url is no URL of the form {BASE_URL}")
        elif url.scheme == "http" and host not in _LOOPBACK:
            problems.append(
                "base_url is http:// to another machine, which shows the API key to the network: use https://"
            )
        if not 0 < self.timeout < float("inf"):
            problems.append("timeout is no positive number of seconds")
        if problems:
            raise InvalidInputError(problems=problems)

    def headers(self, *, has_body: bool) -> dict[str, str]:
        """Give every header of a request."""
        headers = {"X-Api-Key": self.api_key, "Accept": "application/json", "User-Agent": USER_AGENT}
        return headers | {"Content-Type": "application/json"} if has_body else headers


def _version() -> str:
    try:
        return version("bookit-async")
    except PackageNotFoundError:
        return "vendored"


USER_AGENT = f"bookit-async/{_version()}"
