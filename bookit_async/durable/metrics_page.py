"""A page for Prometheus on loopback, with what is under way in the store."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from ..errors import InvalidInputError
from .durable import Durable
from .store import StoreLostError


@asynccontextmanager
async def metrics_page(durable: Durable, *, port: int | None) -> AsyncGenerator[str | None]:
    """Serve the page, and give its URL; None without a port serves nothing."""
    if port is None:
        yield None
        return

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(5):
                first = await reader.readline()
                while (await reader.readline()).strip():
                    pass
            status, text = await _page(durable, first.split(b" ")[1:2] == [b"/metrics"])
            body = text.encode()
            head = f"HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {len(body)}\r\n"
            writer.write(head.encode() + b"Connection: close\r\n\r\n" + body)
            await writer.drain()
        except (OSError, TimeoutError, ValueError):
            pass  # whoever asked went away, or said what is no request
        finally:
            writer.close()

    try:
        server = await asyncio.start_server(answer, "127.0.0.1", port)
    except (OSError, OverflowError) as error:
        problem = f"metrics cannot be served on port {port}: {getattr(error, 'strerror', None) or error}"
        raise InvalidInputError(problems=[problem]) from error
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/metrics"


async def _page(durable: Durable, wanted: bool) -> tuple[str, str]:  # noqa: FBT001 - what was asked for
    if not wanted:
        return "404 Not Found", "ask for /metrics\n"
    try:
        return "200 OK", (await durable.status()).metrics(datetime.now(UTC))
    except StoreLostError as error:
        return "503 Service Unavailable", f"{error}\n"
