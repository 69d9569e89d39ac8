"""The fault proxy's connections to the service behind it: kept open, shared by all clients; nothing is sent twice."""

import asyncio
import contextlib
from asyncio import StreamReader, StreamWriter
from urllib.parse import urlsplit

from attrs import frozen

from .http_messages import MAX_HEAD, Message, MessageError, read_answer

IDLE_SECONDS = 1.0
"""A connection that was idle for longer is not used again: the service may be closing it."""


class UpstreamError(Exception):
    """The service gave no usable answer; `status` is what a gateway says then."""

    def __init__(self, message: str, *, status: int) -> None:
        super().__init__(message)
        self.status = status


@frozen(eq=False)
class _Connection:
    reader: StreamReader
    writer: StreamWriter
    idle_since: float


class Upstream:
    """Sends whole requests to `url`, which is `http://host:port`; ValueError otherwise.

    Without an answer after `seconds` it gives up, and the service may go on.
    """

    def __init__(self, url: str, *, seconds: float) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname or parts.path not in ("", "/") or parts.query:
            raise ValueError("upstream_url must be http://host:port, without a path: give sandbox.url")
        self._address = parts.hostname, parts.port or 80
        self._seconds = seconds
        self._idle: list[_Connection] = []

    async def exchange(self, request: Message) -> Message:
        """The answer; UpstreamError without one."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._exchange(request)
        except TimeoutError:
            raise UpstreamError("the service behind the proxy was too slow", status=504) from None
        except OSError:
            raise UpstreamError("the service behind the proxy could not be reached", status=502) from None
        except MessageError as error:
            raise UpstreamError(f"no answer of the service behind the proxy: {error}", status=502) from None

    async def close(self) -> None:
        """Close the connections that nobody is using."""
        while self._idle:
            await _drop(self._idle.pop().writer)

    async def _exchange(self, request: Message) -> Message:
        reader, writer = await self._connection()
        try:
            writer.write(request.raw)
            await writer.drain()
            answer = await read_answer(reader, request.head.first[0])
        except BaseException:
            await _drop(writer)
            raise
        if answer.last or request.last:
            await _drop(writer)
        else:
            self._idle.append(_Connection(reader, writer, asyncio.get_running_loop().time()))
        return answer

    async def _connection(self) -> tuple[StreamReader, StreamWriter]:
        latest = asyncio.get_running_loop().time() - IDLE_SECONDS
        while self._idle:
            kept = self._idle.pop()
            if kept.idle_since > latest and not kept.reader.at_eof():
                return kept.reader, kept.writer
            await _drop(kept.writer)
        return await asyncio.open_connection(*self._address, limit=MAX_HEAD)


async def _drop(writer: StreamWriter) -> None:
    writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
