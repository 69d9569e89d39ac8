"""The adapters that every row is run for, a request full of secrets, and the failure that it ends in."""

import contextlib
from collections.abc import AsyncGenerator, Callable

import pytest

from bookit_async.transports import Transport, TransportFailure, WireRequest
from bookit_async.transports.aiohttp_transport import AiohttpTransport
from bookit_async.transports.httpx_transport import HttpxTransport

SOON = 0.25  # seconds: what a test waits for a server that stays silent
AMPLE = 5.0  # seconds: never reached
SECRET = "ada%40example.com"

MakeTransport = Callable[..., Transport]

BOTH = pytest.mark.parametrize("make", [AiohttpTransport, HttpxTransport])


@contextlib.asynccontextmanager
async def opened(transport: Transport) -> AsyncGenerator[Transport, None]:
    try:
        yield transport
    finally:
        await transport.close()


def a_request(url: str, method: str = "POST") -> WireRequest:
    headers = {"X-Api-Key": "key-17", "User-Agent": "bookit-async", "Accept": "application/json"}
    content = b'{"token": "t"}' if method in ("POST", "PATCH", "PUT") else None
    if content:
        headers["Content-Type"] = "application/json"
    return WireRequest(method, f"{url}/v1/meeting?prospectEmail={SECRET}", headers, content)


async def failure_of(transport: Transport, request: WireRequest, timeout: float = SOON) -> TransportFailure:
    with pytest.raises(TransportFailure) as caught:
        await transport.send(request, timeout=timeout)
    return caught.value
