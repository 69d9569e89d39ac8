"""What keeps a request from leaving, provoked on real sockets."""

import asyncio
import socket
from typing import NoReturn

import pytest

from .adapters import AMPLE, BOTH, MakeTransport, a_request, failure_of, opened
from .raw_server import Exchange, serving, silent


@BOTH
async def test_refused(make: MakeTransport) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        async with opened(make()) as transport:
            failure = await failure_of(transport, a_request(f"http://127.0.0.1:{port}"), AMPLE)
    assert not failure.maybe_processed
    assert "refused" in failure.reason


@BOTH
async def test_the_name_does_not_resolve(make: MakeTransport, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> NoReturn:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    async with opened(make()) as transport:
        failure = await failure_of(transport, a_request("http://bookit.invalid"), AMPLE)
    assert not failure.maybe_processed
    assert "did not resolve" in failure.reason


@BOTH
@pytest.mark.parametrize("words", [b"", b"HTTP/1.1 400 Bad Request\r\n\r\n"], ids=["closes", "speaks no TLS"])
async def test_tls_fails(make: MakeTransport, words: bytes) -> None:
    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(words)
        writer.close()

    listener = await asyncio.start_server(plain, "127.0.0.1", 0)
    async with listener, opened(make()) as transport:
        url = f"https://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        failure = await failure_of(transport, a_request(url), AMPLE)
    assert not failure.maybe_processed


@BOTH
async def test_tls_never_answers(make: MakeTransport) -> None:
    async with serving(silent) as server, opened(make()) as transport:
        failure = await failure_of(transport, a_request(server.url.replace("http:", "https:")))
    assert not failure.maybe_processed


@BOTH
async def test_connecting_times_out(make: MakeTransport, full_port: int) -> None:
    async with opened(make()) as transport:
        failure = await failure_of(transport, a_request(f"http://127.0.0.1:{full_port}"))
    assert not failure.maybe_processed
    assert "timed out" in failure.reason


@BOTH
async def test_no_connection_comes_free(make: MakeTransport) -> None:
    arrived = asyncio.Event()

    async def keeps_waiting(exchange: Exchange) -> None:
        arrived.set()
        await silent(exchange)

    async with serving(keeps_waiting) as server, opened(make(max_connections=1)) as transport:
        first = asyncio.create_task(transport.send(a_request(server.url), timeout=AMPLE))
        await arrived.wait()
        second = await failure_of(transport, a_request(server.url))
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
    assert not second.maybe_processed
    assert "timed out waiting for a" in second.reason
    assert len(server.seen) == 1
