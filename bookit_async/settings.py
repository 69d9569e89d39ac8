"""A client's settings, and the only place of their defaults."""

import os
import re
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from attrs import field, frozen

from .errors import InvalidInputError
from .version import VERSION

BASE_URL = "https://api.leandata.com"
TIMEOUT = 30.0
"""Seconds; the gateway in front of the service gives up after 29."""
DEADLINE = 90.0
"""Seconds for a whole call, however many requests it makes."""
SETTLE = 30.0
"""Seconds after which a booking that has no witness, and is not among the meetings, counts as not processed."""
GRACE = 5.0
"""Seconds that a booking in flight is given when its caller is cancelled or the client is closed."""
BOOKING_NEEDS = 1.0
"""Seconds without which no booking is started, or a tenth of the deadline if that is less."""
MAX_CONNECTIONS = 100
INPUTS_TTL = 300.0
"""Seconds for which the inputs of a trigger node are kept."""

MAX_URL_BYTES = 8 * 1024
"""The gateway takes 10,240 bytes of request line and headers together."""
MAX_REQUEST_BYTES = 10 * 1024 * 1024
"""The gateway takes no larger body."""
MAX_RESPONSE_BYTES = 32 * 1024 * 1024
"""Bytes of an answer after decompression; the gateway itself gives no more than 10 MiB."""

_VISIBLE = re.compile(r"[\x21-\x7e]+")
_MAX_KEY = 1024
_DAY = 86_400


@frozen(kw_only=True)
class Settings:
    """Checked settings of one client."""

    api_key: str = field(repr=False)
    base_url: str
    timeout: float
    """Seconds for one request, connecting included."""
    deadline: float
    """Seconds for a whole call."""
    settle: float
    """Seconds to wait for a booking without a witness to show up."""
    allow_insecure: bool = False
    """Whether `http://` may go to another machine than this one."""

    @classmethod
    def read(
        cls,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout: float | None,
        deadline: float | None,
        settle: float | None,
        allow_insecure: bool = False,
    ) -> Self:
        """Give the settings, from the environment (BOOKIT_API_KEY, BOOKIT_BASE_URL) or the defaults where None.

        InvalidInputError names every setting that cannot be used.
        """
        return cls(
            api_key=os.environ.get("BOOKIT_API_KEY", "") if api_key is None else api_key,
            base_url=_trimmed(os.environ.get("BOOKIT_BASE_URL") or BASE_URL if base_url is None else base_url),
            timeout=TIMEOUT if timeout is None else timeout,
            deadline=DEADLINE if deadline is None else deadline,
            settle=SETTLE if settle is None else settle,
            allow_insecure=allow_insecure,
        )

    def changed(
        self,
        *,
        api_key: str | None,
        base_url: str | None,
        timeout: float | None,
        deadline: float | None,
        settle: float | None,
    ) -> Self:
        """Give a copy with those settings that are not None changed, checked again."""
        return type(self)(
            api_key=self.api_key if api_key is None else api_key,
            base_url=self.base_url if base_url is None else _trimmed(base_url),
            timeout=self.timeout if timeout is None else timeout,
            deadline=self.deadline if deadline is None else deadline,
            settle=self.settle if settle is None else settle,
            allow_insecure=self.allow_insecure,
        )

    def __attrs_post_init__(self) -> None:
        url = _url_problems(self.base_url, allow_insecure=self.allow_insecure)
        seconds = _seconds_problems(timeout=self.timeout, deadline=self.deadline, settle=self.settle)
        problems = [*_key_problems(self.api_key), *url, *seconds]
        if problems:
            raise InvalidInputError(problems=problems)

    def headers(self, *, has_body: bool) -> dict[str, str]:
        """Give every header of a request."""
        headers = {"X-Api-Key": self.api_key, "Accept": "application/json", "User-Agent": USER_AGENT}
        return headers | {"Content-Type": "application/json"} if has_body else headers


def _trimmed(base_url: str) -> str:
    return base_url.rstrip("/") if isinstance(base_url, str) else base_url  # pyright: ignore[reportUnnecessaryIsInstance] - the checks tell


def _key_problems(api_key: object) -> Iterator[str]:
    if not isinstance(api_key, str):
        yield "api_key is no text"
    elif not api_key:
        yield "api_key is missing: give it, or set BOOKIT_API_KEY; LeanData issues it"
    elif not _VISIBLE.fullmatch(api_key):
        yield "api_key holds spaces, line breaks or characters outside ASCII: copy it again"
    elif len(api_key) > _MAX_KEY:
        yield f"api_key is longer than {_MAX_KEY} characters: copy it again"


def _url_problems(base_url: object, *, allow_insecure: bool) -> Iterator[str]:
    scheme, host = _scheme_and_host(base_url)
    if scheme not in ("http", "https") or not host:
        yield f"base_url is no URL of the form {BASE_URL}"
    elif scheme == "http" and not allow_insecure and not _is_loopback(host):
        yield (
            "base_url is http:// to another machine, which shows the API key to the network: use https://, "
            "or allow_insecure=True if that network is yours alone"
        )


def _scheme_and_host(base_url: object) -> tuple[str, str | None]:
    """Give both parts of a URL that holds nothing but scheme, host, port and path; anything else has no host.

    urlsplit leaves out line breaks and tabs without a word, and a backslash ends the host for some readers.
    """
    if not isinstance(base_url, str) or not _VISIBLE.fullmatch(base_url) or set(base_url) & set("?#@\\"):
        return "", None
    try:
        url = urlsplit(base_url)
        _ = url.port  # reading it checks it
    except ValueError:
        return "", None
    return url.scheme, url.hostname


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def _seconds_problems(**seconds: object) -> Iterator[str]:
    for name, value in seconds.items():
        if not isinstance(value, (int, float)) or not 0 < value <= _DAY:
            yield f"{name} is no positive number of seconds, a day at most"


USER_AGENT = f"bookit-async/{VERSION}"
