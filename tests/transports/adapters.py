"""The adapters that every row is run for, a request full of secrets, and the failure that it ends in."""

import contextlib
import traceback
from collections.abc import AsyncGenerator, Callable
from importlib import import_module
from importlib.util import find_spec

import pytest

from bookit_async.transports import Transport, TransportFailure, WireRequest
from bookit_async.transports.aiohttp_transport import AiohttpTransport
from bookit_async.transports.httpx_transport import HttpxTransport
from bookit_async.transports.limits import MAX_RESPONSE_BYTES

from ..conftest import TLS

SOON = 0.25  # seconds: what a test waits for a server that stays silent
AMPLE = 5.0  # seconds: never reached
SECRET = "ada%40example.com"
CANARY = "qzx"
"""In the head and the body of every answer that is spoiled."""
SECRETS = (SECRET, CANARY, "key-17", "token", "prospectEmail", "X-Api-Key", "/v1/", "://")

MakeTransport = Callable[..., Transport]


class ClosingTransport(HttpxTransport):
    """Closes the client that it was given."""

    async def close(self) -> None:
        await super().close()
        await self._client.aclose()


def over(library: str) -> MakeTransport:
    """Make the adapter of httpx over a client of that library, with the one TLS context."""

    def make(*, max_connections: int = 100, max_response_bytes: int = MAX_RESPONSE_BYTES) -> Transport:
        module = import_module(library)
        limits = module.Limits(max_connections=max_connections)
        client = module.AsyncClient(limits=limits, verify=TLS, trust_env=False)
        return ClosingTransport(client, max_response_bytes=max_response_bytes)

    return make


NO_HTTPX2 = pytest.mark.skipif(find_spec("httpx2") is None, reason="httpx2 is not installed")
TWO = [pytest.param(AiohttpTransport, id="aiohttp"), pytest.param(over("httpx"), id="httpx")]
BOTH = pytest.mark.parametrize("make", TWO)
EACH = pytest.mark.parametrize("make", [*TWO, pytest.param(over("httpx2"), id="httpx2", marks=NO_HTTPX2)])


@contextlib.asynccontextmanager
async def opened(transport: Transport) -> AsyncGenerator[Transport, None]:
    try:
        yield transport
    finally:
        await transport.close()


def a_request(url: str, method: str = "POST", *, padding: int = 0) -> WireRequest:
    headers = {"X-Api-Key": "key-17", "User-Agent": "bookit-async", "Accept": "application/json"}
    content = b'{"token": "t"}' + b" " * padding if method in ("POST", "PATCH", "PUT") else None
    if content:
        headers["Content-Type"] = "application/json"
    return WireRequest(method, f"{url}/v1/meeting?prospectEmail={SECRET}", headers, content)


async def failure_of(transport: Transport, request: WireRequest, timeout: float = SOON) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        await transport.send(request, timeout=timeout)
    shown = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert not [one for one in (*SECRETS, request.url.split("/")[2]) if one and one in shown]
    return caught.value
