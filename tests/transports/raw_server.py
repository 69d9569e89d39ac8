"""A server that does with each connection exactly what a test says, whatever HTTP thinks of it."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable

import attrs

AMPLE = 5.0  # seconds: never reached
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Behaviour = Callable[["Exchange"], Awaitable[None]]


@attrs.define
class Exchange:
    """One request as the server sees it: `number` counts those of all connections from 1."""

    number: int
    head: bytes
    body: bytes
    writer: asyncio.StreamWriter

    async def answer(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
        await self.writer.drain()

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@attrs.define
class Server:
    """Keeps what came in. `url` has no path."""

    url: str
    seen: list[Exchange] = attrs.field(factory=list)
    connections: int = 0


@contextlib.asynccontextmanager
async def serving(behaviour: Behaviour | None) -> AsyncGenerator[Server, None]:
    """A server that reads each request whole before `behaviour` has its way; None closes at once, unread."""
    server = Server("")
    talks: list[asyncio.Task[None]] = []

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        talks.append(asyncio.create_task(talk(reader, writer)))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await converse(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if behaviour is None:
            return
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    (int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
                )
                exchange = Exchange(len(server.seen) + 1, head, await reader.readexactly(length), writer)
                server.seen.append(exchange)
                await behaviour(exchange)

    listener = await asyncio.start_server(begin, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def saying(*pieces: bytes, then: Callable[[Exchange], None] | None = Exchange.close) -> Behaviour:
    async def behave(exchange: Exchange) -> None:
        await exchange.answer(*pieces)
        if then:
            then(exchange)

    return behave


async def silent(_exchange: Exchange) -> None:
    await asyncio.sleep(AMPLE)


async def trickling(exchange: Exchange) -> None:
    await exchange.answer(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n")
    while True:
        await exchange.answer(b" ")
        await asyncio.sleep(0.02)
