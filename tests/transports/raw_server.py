"""A server that does with each connection exactly what a test says, whatever HTTP thinks of it."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Literal

import attrs

AMPLE = 5.0  # seconds: never reached
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"

Reads = Literal["nothing", "the head", "everything"]
Behaviour = Callable[["Exchange"], Awaitable[None]]


@attrs.define
class Exchange:
    """One request as the server sees it; `number` counts those of all connections, from 1, `connection` these."""

    number: int
    connection: int
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
async def serving(
    behaviour: Behaviour, *, reads: Reads = "everything", tls: ssl.SSLContext | None = None
) -> AsyncGenerator[Server, None]:
    """A server that reads each request before `behaviour` has its way; *reads* holds for the first connection only."""
    server = Server("")
    talks: list[asyncio.Task[None]] = []

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        talks.append(asyncio.create_task(talk(reader, writer, server.connections)))

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> None:
        try:
            with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
                while not writer.is_closing():
                    exchange = await read(reader, writer, connection)
                    await behaviour(exchange)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, connection: int) -> Exchange:
        wanted = reads if connection == 1 else "everything"
        head = await reader.readuntil(b"\r\n\r\n") if wanted != "nothing" else b""
        lines = head.lower().split(b"\r\n") if wanted == "everything" else []
        length = next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)
        exchange = Exchange(len(server.seen) + 1, connection, head, await reader.readexactly(length), writer)
        server.seen.append(exchange)
        return exchange

    listener = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    server.url = f"http{'s' if tls else ''}://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
    try:
        yield server
    finally:
        listener.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def first(behaviour: Behaviour) -> Behaviour:
    """Do this to the first request, and answer every other well."""

    async def behave(exchange: Exchange) -> None:
        await (behaviour(exchange) if exchange.number == 1 else exchange.answer(OK))

    return behave


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
