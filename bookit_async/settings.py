"""A client's settings, and the only place of their defaults."""

import os
import re
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from typing import Any, Self, cast
from urllib.parse import urlsplit

from attrs import Attribute, evolve, field, frozen

from .fittings import suggesting
from .hidden import HiddenText
from .scalars import plain_or_same
from .transports.limits import KEEP_ALIVE, MAX_CONNECTIONS
from .transports.proxies import environment_proxy, proxy_problems
from .version import PACKAGE, VERSION

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
"""Seconds without which nothing is booked or moved, or a tenth of the deadline if that is less."""
INPUTS_TTL = 300.0
"""Seconds for which the inputs of a trigger node are kept."""

_TRUE, _FALSE = ("1", "true", "yes", "on"), ("", "0", "false", "no", "off")
_OWN = ("api_key", "base_url")
"""Fields with converters of their own, which do that too."""
_VISIBLE = re.compile(r"[\x21-\x7e]+")
_MAX_KEY = 1024
_DAY = 86_400
_PORTS = 65_535


def _plainly(_: type, fields: "list[Attribute[Any]]") -> "list[Attribute[Any]]":
    """Have the fields of a class take numbers and text of other kinds for the plain ones that they are."""
    return [one if one.name in _OWN else one.evolve(converter=plain_or_same) for one in fields]


@frozen(kw_only=True, field_transformer=_plainly)
class RetryPolicy:
    """How often, how long apart, and how much of it in all."""

    __module__ = PACKAGE

    attempts: int = 4
    """Sendings of one request at most, the first included; 1 repeats nothing."""
    first_wait: float = 0.2
    """Seconds before the first repetition; each further one doubles it."""
    longest_wait: float = 5.0
    """Seconds between repetitions at most, unless Retry-After asks for more."""
    budget: int = 100
    """Repetitions that a client may owe, as in the AWS SDKs: each costs one; a success at the first try gives a fifth
    of one back, a later success the last one. An outage empties it, so that it is not multiplied."""

    def wait(self, attempt: int, *, jitter: float) -> float:
        """Return the seconds to wait after the *attempt*-th sending, from 1; *jitter* from 0 to 1 spreads them."""
        return self._growing(attempt, self.longest_wait) * (0.5 + jitter / 2)

    def pause(self, look: int, *, jitter: float, slow: bool = False) -> float:
        """Return the seconds to wait after the *look*-th look for a lost booking; *slow* is as if after many."""
        longest = 3 * self.longest_wait
        return (longest if slow else self._growing(look, longest)) * (0.5 + jitter / 2)

    def _growing(self, attempt: int, longest: float) -> float:
        return min(longest, self.first_wait * 2.0 ** min(attempt - 1, 30))


setattr(RetryPolicy, "__init__", suggesting(RetryPolicy.__init__))  # noqa: B010 - its signature stays as it is

RETRIES = RetryPolicy()
"""What a client does unless it is told otherwise."""


def _hidden(api_key: Any) -> Any:
    api_key = plain_or_same(api_key)
    return HiddenText(api_key) if isinstance(api_key, str) else api_key


def _trimmed(base_url: Any) -> Any:
    base_url = plain_or_same(base_url)
    return base_url.rstrip("/") if isinstance(base_url, str) else base_url


def _insecure() -> bool | str:
    """Return whether the environment allows http:// to other machines; what can be neither yes nor no as it is."""
    text = os.environ.get("BOOKIT_ALLOW_INSECURE", "")
    word = text.strip().casefold()
    return word in _TRUE if word in (*_TRUE, *_FALSE) else text


@frozen(kw_only=True, field_transformer=_plainly)
class Settings:
    """Settings of one client; what is left out comes from the environment or is the default."""

    api_key: str = field(factory=lambda: os.environ.get("BOOKIT_API_KEY", ""), repr=False, converter=_hidden)
    base_url: str = field(factory=lambda: os.environ.get("BOOKIT_BASE_URL") or BASE_URL, converter=_trimmed)
    timeout: float = TIMEOUT
    """Seconds for one request, connecting included."""
    deadline: float = DEADLINE
    """Seconds for a whole call."""
    settle: float = SETTLE
    """Seconds to wait for a booking without a witness to show up."""
    token_fence: bool = False
    """Whether a good token is reason enough to send a lost booking again at once."""
    retries: RetryPolicy = RETRIES
    grace: float = GRACE
    """Seconds that a booking in flight is given; 0 for none."""
    max_connections: int = MAX_CONNECTIONS
    keep_alive: float = KEEP_ALIVE
    """Seconds that a connection is kept without a request; 0 keeps none."""
    proxy: str | None = field(default=None, repr=False)
    """The URL of a proxy; None takes the environment's if that is trusted."""
    trust_env: bool = True
    """Whether HTTPS_PROXY, ALL_PROXY and NO_PROXY count."""
    inputs_ttl: float = INPUTS_TTL
    """Seconds; 0 keeps nothing."""
    check_inputs: bool = True
    """Whether a prospect is checked against the inputs of its trigger node before it is routed."""
    allow_insecure: bool = field(factory=cast("Callable[[], bool]", _insecure))
    """Whether `http://` may go to another machine than this one; the problems tell what is neither True nor False."""

    @classmethod
    def read(cls, **given: Any) -> Self:
        """Return the settings of those that are not None."""
        return cls(**_without_none(given))

    def changed(self, **given: Any) -> Self:
        """Return a copy with those changed that are not None."""
        return evolve(self, **_without_none(given))

    def problems(self) -> Iterator[str]:
        """Yield a sentence for every setting that cannot be used."""
        yield from _key_problems(self.api_key)
        for name in ("allow_insecure", "check_inputs", "token_fence", "trust_env"):
            if not isinstance(getattr(self, name), bool):
                where = " (or BOOKIT_ALLOW_INSECURE 1 or 0)" if name == "allow_insecure" else ""
                yield f"{name} must be True or False{where}"
        yield from _url_problems(self.base_url, allow_insecure=self.allow_insecure)
        for name in ("timeout", "deadline", "settle"):
            if not is_seconds(getattr(self, name)) or not getattr(self, name):
                yield f"{name} must be a positive number of seconds, a day at most{_number_hint(getattr(self, name))}"
        for name in ("grace", "inputs_ttl", "keep_alive"):
            if not is_seconds(getattr(self, name)):
                yield f"{name} must be a number of seconds from 0 to a day{_number_hint(getattr(self, name))}"
        if not is_count(self.max_connections) or not 1 <= self.max_connections <= _PORTS:
            yield f"max_connections must be a whole number from 1 to {_PORTS}"
        yield from _retries_problems(self.retries)

    def proxy_problems(self) -> Iterator[str]:
        """Yield a sentence if the proxy, given or of the environment, cannot be used."""
        if self.proxy is not None:
            yield from (problems := [*proxy_problems("proxy", self.proxy)])
            if not problems and urlsplit(self.base_url).scheme == "http":
                yield "proxy cannot be used with an http:// base_url, which would show the API key to the proxy"
        elif self.trust_env and (found := environment_proxy()) and urlsplit(self.base_url).scheme != "http":
            yield from (f"{problem}, or trust_env=False" for problem in proxy_problems(*found))

    def headers(self, *, has_body: bool) -> dict[str, str]:
        """Return every header of a request."""
        headers = {"X-Api-Key": HiddenText(self.api_key), "Accept": "application/json", "User-Agent": USER_AGENT}
        return headers | {"Content-Type": "application/json"} if has_body else headers


def _without_none(given: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if value is not None}


def _key_problems(api_key: object) -> Iterator[str]:
    if not isinstance(api_key, str):
        hint = ": give its .get_secret_value()" if hasattr(api_key, "get_secret_value") else ""
        yield f"api_key must be a string{hint}"
    elif api_key.startswith(("http://", "https://")):
        yield "api_key is a URL: give that as base_url="
    elif not api_key:
        yield "api_key is missing: give it, or set BOOKIT_API_KEY; LeanData issues it"
    elif not _VISIBLE.fullmatch(api_key):
        yield "api_key holds spaces, line breaks or characters outside ASCII: copy it again"
    elif len(api_key) > _MAX_KEY:
        yield f"api_key is longer than {_MAX_KEY} characters: copy it again"


def _url_problems(base_url: object, *, allow_insecure: bool) -> Iterator[str]:
    scheme, host = _scheme_and_host(base_url)
    if scheme not in ("http", "https") or not host:
        yield f"base_url must be a URL of the form {BASE_URL}{_url_hint(base_url)}"
    elif re.search(r"/v\d+(/|$)", str(base_url)):
        yield f"base_url must end before the version, which every path begins with, as {BASE_URL} does"
    elif scheme == "http" and not allow_insecure and not _is_loopback(host):
        yield (
            "base_url is http:// to another machine, which shows the API key to the network: use https://, "
            "or allow_insecure=True or BOOKIT_ALLOW_INSECURE=1 if that network is yours alone"
        )


def _url_hint(base_url: object) -> str:
    if not isinstance(base_url, str):
        return ", as a string"
    if "://" not in base_url:
        return ": it lacks https://"
    if set(base_url) & set("?#"):
        return ", without ? and #"
    return ", without a user" if "@" in base_url else ""


def _number_hint(value: object) -> str:
    """Return what to do about something that is not a number of seconds."""
    if hasattr(value, "total_seconds"):
        return ": give its .total_seconds()"
    return ": give float(...)" if isinstance(value, str) else ""


def _scheme_and_host(base_url: object) -> tuple[str, str | None]:
    """Return both parts of a URL that holds nothing but scheme, host, port and path; anything else has no host.

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


def _retries_problems(retries: object) -> Iterator[str]:
    if not isinstance(retries, RetryPolicy):
        hint = "RetryPolicy(attempts=4)"
        if type(retries) is int and retries >= 0:
            hint = f"RetryPolicy(attempts={min(retries, 100) + 1}), which counts the first sending too"
        yield f"retries must be a RetryPolicy: give one, such as {hint}"
        return
    if not is_count(retries.attempts) or not retries.attempts:
        yield "retries.attempts must be a whole number from 1 on"
    for name in ("first_wait", "longest_wait"):
        if not is_seconds(getattr(retries, name)):
            yield f"retries.{name} must be a number of seconds from 0 to a day"
    if not is_count(retries.budget):
        yield "retries.budget must be a whole number from 0 on"


def is_seconds(value: object) -> bool:
    """Return whether a value is a number of seconds from 0 to a day."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _DAY


def is_count(value: object) -> bool:
    """Return whether a value is a whole number from 0 on."""
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


USER_AGENT = f"bookit-async/{VERSION}"
