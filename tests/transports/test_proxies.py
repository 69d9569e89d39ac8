"""Through a proxy, on real sockets: what it sees, and what is surely not sent when it fails."""

import re
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from bookit_async import BookIt, InvalidInputError, NotSentError, RetryPolicy
from bookit_async.transports import Transport, httpx_transport
from bookit_async.transports.aiohttp_transport import AiohttpTransport
from bookit_async.transports.proxies import environment_proxy, proxy_problems, read_proxy

from ..bad_input.script import KEY, Script, shown
from .adapters import AMPLE, CANARY, SOON, ClosingTransport, a_request, failure_of, opened
from .proxy_server import Talk, answering, hanging, hanging_in_the_tunnel, proxying
from .raw_server import OK, saying, serving

MakeProxied = Callable[[str, ssl.SSLContext], Transport]
VARIABLES = ("https_proxy", "all_proxy", "no_proxy", "http_proxy")


def over_aiohttp(proxy: str, _tls: ssl.SSLContext) -> Transport:
    return AiohttpTransport(proxy=proxy, max_connections=1)


def over_httpx(proxy: str, tls: ssl.SSLContext) -> Transport:
    limits = httpx.Limits(max_connections=1)
    secure: Any = {"ssl_context": tls} if proxy.startswith("https:") else {}
    return ClosingTransport(httpx.AsyncClient(proxy=httpx.Proxy(proxy, **secure), verify=tls, limits=limits))


BOTH = pytest.mark.parametrize("make", [pytest.param(over_aiohttp, id="aiohttp"), pytest.param(over_httpx, id="httpx")])


@pytest.fixture(autouse=True)
def no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr(httpx_transport, "_GRACE", AMPLE)


@contextmanager
def nobody() -> Generator[str]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}"


@BOTH
@pytest.mark.parametrize("secure", [False, True], ids=["http proxy", "https proxy"])
async def test_a_proxy_sees_the_host_and_nothing_else(
    make: MakeProxied, secure: bool, self_signed: ssl.SSLContext, vouched: ssl.SSLContext
) -> None:
    async with (
        serving(saying(OK, then=None), tls=self_signed) as server,
        proxying(tls=self_signed if secure else None) as proxy,
        opened(make(proxy.url.replace("://", "://us%40er:pass%3Aword@"), vouched)) as transport,
    ):
        for _ in range(2):
            assert (await transport.send(a_request(server.url), timeout=AMPLE)).status == 200
    (head,) = proxy.heads
    assert head.startswith(f"CONNECT {server.url.partition('://')[2]} HTTP/1.1\r\n")
    assert "proxy-authorization: Basic dXNAZXI6cGFzczp3b3Jk".casefold() in head.casefold()
    assert (server.connections, len(server.seen)) == (1, 2)
    for secret in (b"key-17", b"/v1/meeting", b"prospectEmail", b"X-Api-Key"):
        assert secret in server.seen[0].head
        assert secret not in head.encode() + proxy.through
    assert b"roxy-" not in server.seen[0].head


NO_WAY = r"the proxy answered {} and opened no way to the service"
CLOSED = r"the (server|connection|exchange|answer|proxy|host).*"
FAILURES: list[tuple[str, Talk, float, str]] = [
    (
        "407",
        answering(b"HTTP/1.1 407 Qzx\r\nContent-Length: 3\r\n\r\nqzx"),
        AMPLE,
        NO_WAY.format(407) + ": it wants a name and .*",
    ),
    ("503", answering(b"HTTP/1.1 503 Qzx\r\nContent-Length: 3\r\n\r\nqzx"), AMPLE, NO_WAY.format(503)),
    ("302", answering(b"HTTP/1.1 302 Qzx\r\nLocation: https://qzx.example\r\n\r\n"), AMPLE, NO_WAY.format(302)),
    ("hangs", hanging, SOON, "timed out.* through the proxy"),
    ("hangs in its answer", answering(b"HTTP/1.1 200 O", then_reads=True), SOON, ".* through the proxy"),
    ("hangs in the tunnel", hanging_in_the_tunnel, SOON, "timed out.* through the proxy"),
    ("closes at once", answering(), AMPLE, ".* through the proxy"),
    ("closes in its answer", answering(b"HTTP/1.1 2"), AMPLE, ".* through the proxy"),
    ("says what is no HTTP", answering(b"qzx qzx\r\n\r\n"), AMPLE, ".* through the proxy"),
    ("closes in the tunnel", answering(b"HTTP/1.1 200 OK\r\n\r\n"), AMPLE, ".* through the proxy"),
    ("closes in the hello", answering(b"HTTP/1.1 200 OK\r\n\r\n", then_reads=True), AMPLE, ".* through the proxy"),
    ("speaks in the tunnel", answering(b"HTTP/1.1 200 OK\r\n\r\n", b"qzx" * 20), AMPLE, ".* through the proxy"),
]


@BOTH
@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("row", FAILURES, ids=[row[0] for row in FAILURES])
async def test_what_a_proxy_does_not_let_through_is_not_sent(
    make: MakeProxied, method: str, row: tuple[str, Talk, float, str], vouched: ssl.SSLContext
) -> None:
    _, talk, timeout, reason = row
    async with proxying(talk) as proxy, opened(make(proxy.url, vouched)) as transport:
        failure = await failure_of(transport, a_request("https://127.0.0.1:9", method), timeout)
        assert len(proxy.heads) == 1
        again = await failure_of(transport, a_request("https://127.0.0.1:9", method), SOON)  # httpx may keep the wreck
    assert re.fullmatch(rf"({reason}) \(\w+\)", failure.reason), failure.reason
    assert not failure.maybe_processed
    assert not again.maybe_processed
    assert CANARY not in f"{failure.reason} {again.reason}"


@BOTH
async def test_a_proxy_that_refuses_is_told_as_one(make: MakeProxied, vouched: ssl.SSLContext) -> None:
    with nobody() as url:
        async with opened(make(url, vouched)) as transport:
            failure = await failure_of(transport, a_request("https://127.0.0.1:9"), AMPLE)
    assert not failure.maybe_processed
    assert failure.reason.startswith("the connection was refused")


@BOTH
async def test_what_fails_behind_the_tunnel_may_have_been_processed(
    make: MakeProxied, self_signed: ssl.SSLContext, vouched: ssl.SSLContext
) -> None:
    async with (
        serving(saying(), tls=self_signed) as server,
        proxying() as proxy,
        opened(make(proxy.url, vouched)) as transport,
    ):
        failure = await failure_of(transport, a_request(server.url), AMPLE)
    assert failure.maybe_processed
    assert "proxy" not in failure.reason
    assert len(server.seen) == 1


async def test_http_never_goes_through_a_proxy() -> None:
    async with (
        serving(saying(OK)) as server,
        proxying() as proxy,
        opened(AiohttpTransport(proxy=proxy.url)) as transport,
    ):
        assert (await transport.send(a_request(server.url), timeout=AMPLE)).status == 200
        assert proxy.heads == []


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
async def test_a_client_takes_the_proxy_of_the_environment(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with proxying(answering(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")) as proxy:
        monkeypatch.setenv(variable, proxy.url.removeprefix("http://"))
        policy = RetryPolicy(attempts=2, first_wait=0)
        async with BookIt(KEY, base_url="https://nobody.invalid", retries=policy) as client:
            with pytest.raises(NotSentError, match="the proxy answered 503"):
                await client.inputs("x")
        assert [head.split("\r\n")[0] for head in proxy.heads] == ["CONNECT nobody.invalid:443 HTTP/1.1"] * 2
        async with BookIt(KEY, base_url="https://127.0.0.1:9", trust_env=False, retries=policy) as client:
            with pytest.raises(NotSentError, match="refused"):
                await client.inputs("x")
        monkeypatch.setenv("NO_PROXY", "elsewhere.example,127.0.0.1")
        async with BookIt(KEY, base_url="https://127.0.0.1:9", retries=policy) as client:
            with pytest.raises(NotSentError, match="refused"):
                await client.inputs("x")
        assert len(proxy.heads) == 2
        async with BookIt(KEY, base_url="https://127.0.0.1:9", retries=policy, proxy=proxy.url) as client:
            with pytest.raises(NotSentError, match="the proxy answered 503"):
                await client.inputs("x")
            http = client.with_options(base_url="http://127.0.0.1:9")
            with pytest.raises(NotSentError, match="refused"):
                await http.inputs("x")
        assert len(proxy.heads) == 4


SERVED: list[tuple[str, str, bool]] = [
    ("", "https://api.leandata.com/v1/meeting", True),
    ("", "https://api.leandata.com", True),
    ("", "http://api.leandata.com/v1", False),
    ("", "https:///v1", False),
    ("*", "https://api.leandata.com/v1", False),
    ("leandata.com", "https://api.leandata.com/v1", False),
    (".leandata.com", "https://api.leandata.com/v1", False),
    ("data.com", "https://api.leandata.com/v1", True),
    ("api.leandata.com:8443", "https://api.leandata.com:8443/v1", False),
    ("api.leandata.com:8443", "https://api.leandata.com/v1", True),
    ("API.LeanData.com", "https://api.leandata.com/v1", False),
    ("api.leandata.com", "https://API.LeanData.com:443/v1", False),
    ("::1", "https://[::1]:8443/v1", False),
    ("a.example, 10.0.0.7", "https://10.0.0.7/v1", False),
]


@pytest.mark.parametrize(("no_proxy", "url", "served"), SERVED)
def test_what_goes_through_the_proxy_of_the_environment(
    no_proxy: str, url: str, served: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", no_proxy)
    found = read_proxy(None, trust_env=True)
    assert found is not None
    assert (found.serves(url), found.serves(url)) == (served, served)
    given = read_proxy("http://proxy.example:3128", trust_env=True)
    assert given is not None
    assert given.serves(url) is url.startswith(("https://a", "https://A", "https://[", "https://1"))


def test_the_first_variable_that_says_something_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_proxy(None, trust_env=True) is None
    monkeypatch.setenv("ALL_PROXY", "http://all.example")
    assert environment_proxy() == ("ALL_PROXY", "http://all.example")
    monkeypatch.setenv("HTTPS_PROXY", "http://upper.example")
    assert environment_proxy() == ("HTTPS_PROXY", "http://upper.example")
    monkeypatch.setenv("https_proxy", "")
    assert environment_proxy() == ("ALL_PROXY", "http://all.example")
    monkeypatch.setenv("https_proxy", "http://lower.example")
    assert environment_proxy() == ("https_proxy", "http://lower.example")
    assert read_proxy(None, trust_env=False) is None


FORM = "proxy must be a URL of the form http://proxy.example:3128"
BAD: list[tuple[object, str]] = [
    ("", FORM),
    (" ", FORM),
    (5, FORM),
    ("http://", FORM),
    ("http://proxy\n.example", FORM),
    ("http://proxy.example:port", FORM),
    ("http://proxy.example:65536", FORM),
    ("http://[::1", FORM),
    ("http://proxy.example/path", FORM),
    ("http://proxy.example?a=b", FORM),
    ("http://pröxy.example", FORM),
    ("ftp://proxy.example", FORM),
    ("socks5://proxy.example:1080", "proxy must be an http:// or https:// proxy: for SOCKS give an http_client"),
    ("socks5h://u:qzx@proxy.example:1080", "proxy must be an http:// or https:// proxy: for SOCKS"),
]


@pytest.mark.parametrize(("proxy", "sentence"), BAD)
def test_a_proxy_that_cannot_be_used(proxy: object, sentence: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (problem,) = proxy_problems("proxy", proxy)
    assert problem.startswith(sentence)
    with pytest.raises(InvalidInputError) as caught:
        BookIt(KEY, proxy=proxy)  # type: ignore[arg-type]
    assert caught.value.problems == (problem,)
    assert CANARY not in shown(caught.value)
    if isinstance(proxy, str) and proxy.strip():
        monkeypatch.setenv("HTTPS_PROXY", proxy)
        with pytest.raises(InvalidInputError) as caught:
            BookIt(KEY)
        assert caught.value.problems == (f"HTTPS_PROXY{problem[5:]}, or trust_env=False",)
        BookIt(KEY, trust_env=False)
        BookIt(KEY, base_url="http://localhost")
        BookIt(KEY, transport=Script())


def test_a_proxy_says_nothing_to_a_transport_of_ones_own() -> None:
    with pytest.raises(InvalidInputError, match="set it there"):
        BookIt(KEY, transport=Script(), proxy="http://proxy.example")


def test_a_proxy_is_no_way_to_http() -> None:
    with pytest.raises(InvalidInputError, match="show the API key to the proxy"):
        BookIt(KEY, base_url="http://localhost:8000", proxy="http://proxy.example")


def test_the_password_of_a_proxy_is_in_no_repr() -> None:
    client = BookIt(KEY, proxy=f"http://user:{CANARY}@proxy.example")
    for one in (client.settings, client, read_proxy(f"http://user:{CANARY}@proxy.example", trust_env=True)):
        assert CANARY not in repr(one)
