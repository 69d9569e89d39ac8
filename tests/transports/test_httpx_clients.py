"""What only the httpx adapter does: the clients of its callers."""

import sys
from typing import Any

import httpx
import pytest
import respx

from bookit_async.transports import httpx_transport
from bookit_async.transports.httpx_transport import HttpxTransport

from .adapters import AMPLE, EACH, MakeTransport, a_request, failure_of, opened
from .raw_server import OK, saying, serving


@respx.mock
async def test_respx_sees_the_request_and_gives_the_answer(respx_mock: respx.MockRouter) -> None:
    route = respx_mock.post("https://api.leandata.com/v1/meeting").respond(
        400, json={"error": "link not found"}, headers={"X-Amzn-RequestId": "6f0c"}
    )
    async with opened(HttpxTransport()) as transport:
        answer = await transport.send(a_request("https://api.leandata.com"), timeout=AMPLE)
    assert (answer.status, answer.headers["x-amzn-requestid"]) == (400, "6f0c")
    assert b"link not found" in answer.body
    sent = route.calls.last.request
    assert (sent.headers["x-api-key"], sent.headers["user-agent"]) == ("key-17", "bookit-async")
    assert sent.content == b'{"token": "t"}'


@pytest.mark.parametrize(
    ("error", "maybe_processed"),
    [
        (httpx.ConnectError, False),
        (httpx.ConnectTimeout, False),
        (httpx.PoolTimeout, False),
        (httpx.ReadTimeout, True),
        (httpx.ReadError, True),
        (httpx.RemoteProtocolError, True),
    ],
)
async def test_respx_raises(respx_mock: respx.MockRouter, error: type[Exception], maybe_processed: bool) -> None:
    respx_mock.post("https://api.leandata.com/v1/meeting").mock(side_effect=error)
    async with httpx.AsyncClient() as client:
        failure = await failure_of(HttpxTransport(client), a_request("https://api.leandata.com"))
    assert failure.maybe_processed is maybe_processed


@EACH
async def test_a_connection_that_takes_longer_than_all_may_is_not_sent(
    make: MakeTransport, full_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(httpx_transport, "_GRACE", -0.2)  # the own limit of the client comes too late
    async with serving(saying(OK, then=None)) as good, opened(make(max_connections=1)) as transport:
        failure = await failure_of(transport, a_request(f"http://127.0.0.1:{full_port}"))
        assert (await transport.send(a_request(good.url), timeout=AMPLE)).status == 200
    assert not failure.maybe_processed


async def test_a_given_client_stays_open() -> None:
    async with serving(saying(OK)) as server, httpx.AsyncClient(follow_redirects=True) as client:
        await HttpxTransport(client).close()
        assert not client.is_closed
        assert (await HttpxTransport(client).send(a_request(server.url), timeout=AMPLE)).status == 200


async def test_a_given_client_may_be_closed_by_its_owner() -> None:
    client = httpx.AsyncClient()
    await client.aclose()
    failure = await failure_of(HttpxTransport(client), a_request("http://127.0.0.1"))
    assert not failure.maybe_processed


async def test_an_auth_of_the_client_sends_nothing_twice() -> None:
    challenge = (
        b'HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm="r", nonce="n"\r\nContent-Length: 0\r\n\r\n'
    )
    async with serving(saying(challenge)) as server, httpx.AsyncClient(auth=httpx.DigestAuth("u", "p")) as client:
        answer = await HttpxTransport(client).send(a_request(server.url), timeout=AMPLE)
    assert (answer.status, len(server.seen)) == (401, 1)


class ConnectError(Exception):
    """As a successor of httpx would name it."""


class LookAlike:
    """Has what is used of an httpx client, and no class of httpx."""

    is_closed = False

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error

    def build_request(self, method: str, url: str, **rest: object) -> dict[str, object]:
        return {"method": method, "url": url, **rest}

    async def send(self, request: dict[str, object], **rest: object) -> Any:
        if self.error:
            raise self.error
        assert rest == {"auth": None, "follow_redirects": False, "stream": True}
        return httpx.Response(200, headers={"Seen": str(request["method"])}, content=b"{}")

    async def aclose(self) -> None:
        raise AssertionError("not ours to close")


async def test_a_client_that_only_looks_like_one_of_httpx() -> None:
    async with opened(HttpxTransport(LookAlike())) as transport:
        answer = await transport.send(a_request("http://127.0.0.1"), timeout=AMPLE)
    assert (answer.headers["seen"], answer.body) == ("POST", b"{}")
    failure = await failure_of(HttpxTransport(LookAlike(ConnectError())), a_request("http://127.0.0.1"))
    assert not failure.maybe_processed


def test_without_httpx_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "httpx", None)
    with pytest.raises(ImportError, match=r"pip install 'bookit-async\[httpx\]'"):
        HttpxTransport()
    HttpxTransport(LookAlike())
