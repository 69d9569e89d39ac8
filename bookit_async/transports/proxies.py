"""The proxy that a request goes through: one that was given, or the environment's. Pure but for the environment.

Only `https://` goes through it, in a tunnel (CONNECT), so that no proxy sees the API key.
"""

import os
from base64 import b64encode
from collections.abc import Iterator, Mapping
from urllib.parse import SplitResult, unquote_to_bytes, urlsplit

from attrs import field, frozen

__all__ = ["Proxy", "environment_proxy", "proxy_problems", "read_proxy"]

_VARIABLES = ("https_proxy", "all_proxy")


@frozen
class Proxy:
    """A proxy. Its repr tells nothing, for a URL of a proxy may hold a password."""

    url: str = field(repr=False)
    """`http://` or `https://`, without name and password."""
    headers: Mapping[str, str] | None = field(repr=False)
    """What the proxy is told besides: name and password, None without."""
    heeds_no_proxy: bool = field(repr=False)
    """Whether NO_PROXY takes hosts out, as it does for the environment's proxy."""
    _served: dict[str, bool] = field(factory=dict[str, bool], init=False, repr=False, eq=False)

    def serves(self, url: str) -> bool:
        """Return whether a request to *url* goes through it."""
        origin = url[: url.find("/", 8)] if "/" in url[8:] else url
        served = self._served.get(origin)
        if served is None:
            served = self._served[origin] = self._serves(urlsplit(origin))
        return served

    def _serves(self, origin: SplitResult) -> bool:
        if origin.scheme != "https" or not origin.hostname:
            return False
        from urllib.request import proxy_bypass  # loads slowly, and few need it

        hosts = (origin.netloc.lower(), origin.hostname)
        return not (self.heeds_no_proxy and any(map(proxy_bypass, hosts)))


def environment_proxy() -> tuple[str, str] | None:
    """Return the variable that names a proxy for https://, and what it says; None without one.

    As elsewhere, the name in lower case counts first, and HTTPS_PROXY before ALL_PROXY.
    """
    for variable in _VARIABLES:
        name = variable if variable in os.environ else variable.upper()
        if value := os.environ.get(name, "").strip():
            return name, value
    return None


def read_proxy(proxy: str | None, *, trust_env: bool) -> Proxy | None:
    """Return the proxy that is given, else the environment's if that is trusted; None without one that can be used."""
    found = ("proxy", proxy) if proxy else environment_proxy() if trust_env else None
    if found is None or (not proxy and any(proxy_problems(*found))):
        return None
    url = _split(found[1])
    headers = None
    if url.username is not None:
        pair = unquote_to_bytes(url.username) + b":" + unquote_to_bytes(url.password or "")
        headers = {"Proxy-Authorization": f"Basic {b64encode(pair).decode()}"}
    bare = f"{url.scheme}://{url.netloc.rpartition('@')[2]}"
    return Proxy(bare, headers, heeds_no_proxy=not proxy)


def proxy_problems(name: str, proxy: object) -> Iterator[str]:
    """Yield a sentence if *proxy*, from the setting or variable *name*, cannot be used."""
    form = f"{name} must be a URL of the form http://proxy.example:3128 or http://user:password@proxy.example:3128"
    if not isinstance(proxy, str) or not proxy.isascii() or not proxy.isprintable() or set(proxy) & set(" ?#\\"):
        yield form
        return
    try:
        url = _split(proxy)
        _ = url.port  # reading it checks it
    except ValueError:
        yield form
        return
    if url.scheme.startswith("socks"):
        yield f"{name} must be an http:// or https:// proxy: for SOCKS give an http_client of yours that speaks it"
    elif url.scheme not in ("http", "https") or not url.hostname or url.path.strip("/"):
        yield form


def _split(proxy: str) -> SplitResult:
    return urlsplit(proxy if "://" in proxy else f"http://{proxy}")
