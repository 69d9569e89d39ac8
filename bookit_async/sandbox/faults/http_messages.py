"""HTTP/1.1 messages read whole off a stream, with a bound, and kept byte for byte to be passed on as they came."""

from asyncio import IncompleteReadError, LimitOverrunError, StreamReader
from typing import Self

from attrs import field, frozen

MAX_HEAD = 64 * 1024
"""Bytes; the limit that a stream to be read here has to have."""
MAX_BODY = 16 * 1024 * 1024
"""Bytes, with the framing of chunks."""


class MessageError(Exception):
    """What came is no message of HTTP/1.1, is too large, or broke off."""


@frozen(repr=False)
class Head:
    """A first line and headers, names in lower case. `raw` is how they came, with the empty line."""

    raw: bytes
    first: tuple[str, str, str]
    headers: tuple[tuple[str, str], ...]

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """From the bytes up to and with the empty line; MessageError when they are no head."""
        first, *lines = raw[:-4].decode("latin-1").split("\r\n")
        parts = [*first.split(" ", 2), ""][:3]
        headers = [(name.lower(), colon, value.strip()) for name, colon, value in (one.partition(":") for one in lines)]
        if len(parts) != 3 or not all(name and colon for name, colon, _ in headers):
            raise MessageError("no head of HTTP/1.1")
        return cls(raw, (parts[0], parts[1], parts[2]), tuple((name, value) for name, _, value in headers))

    def get(self, name: str) -> str | None:
        """The value of a header, equal ones joined by commas; None without."""
        return ", ".join(value for key, value in self.headers if key == name) or None

    @property
    def status(self) -> int:
        """Of an answer; MessageError when there is none."""
        if not (self.first[0].startswith("HTTP/1.") and self.first[1].isdecimal()):
            raise MessageError("no answer of HTTP/1.1")
        return int(self.first[1])

    @property
    def keeps_connection(self) -> bool:
        """Whether the connection goes on after this message."""
        said = (self.get("connection") or "").lower()
        return "close" not in said if "HTTP/1.1" in self.first else "keep-alive" in said


@frozen(repr=False)
class Message:
    """A whole message. `framed` is the body as it came, `body` what it holds, `last` that nothing can follow it."""

    head: Head
    framed: bytes = field(default=b"")
    body: bytes = field(default=b"")
    last: bool = field(default=False)

    @property
    def raw(self) -> bytes:
        """All of it as it came."""
        return self.head.raw + self.framed


async def read_head(reader: StreamReader) -> Head | None:
    """The next head; None when the stream ends instead."""
    first = await reader.read(1)
    if not first:
        return None
    if not first.isalpha():
        # The greeting of TLS would have no end.
        raise MessageError("not HTTP")
    try:
        return Head.parse(first + await reader.readuntil(b"\r\n\r\n"))
    except IncompleteReadError:
        raise MessageError("the head broke off") from None
    except LimitOverrunError:
        raise MessageError("the head is too large") from None


async def read_request(reader: StreamReader, head: Head) -> Message:
    """The request that begins with this head."""
    return await _read(reader, head) or Message(head, last=not head.keeps_connection)


async def read_answer(reader: StreamReader, method: str) -> Message:
    """The answer to a request of that method; interim ones are left out."""
    while (head := await read_head(reader)) is not None:
        if 100 <= head.status < 200:
            continue
        if method == "HEAD" or head.status in (204, 304):
            return Message(head, last=not head.keeps_connection)
        return await _read(reader, head) or await _read_to_end(reader, head)
    raise MessageError("the stream ended without an answer")


async def _read(reader: StreamReader, head: Head) -> Message | None:
    """The message by its own framing; None when it has none."""
    last = not head.keeps_connection
    coding, length = head.get("transfer-encoding"), head.get("content-length")
    try:
        if coding is not None:
            framed, body = await _read_chunks(reader, coding)
            return Message(head, framed, body, last)
        if length is not None:
            body = await reader.readexactly(_checked(length, 10))
            return Message(head, body, body, last)
    except IncompleteReadError:
        raise MessageError("the body broke off") from None
    return None


async def _read_chunks(reader: StreamReader, coding: str) -> tuple[bytes, bytes]:
    if coding.lower() != "chunked":
        raise MessageError("no transfer coding but chunked is known")
    framed, body = bytearray(), bytearray()
    while True:
        line = await _read_line(reader)
        size = _checked(line.partition(b";")[0].decode("latin-1").strip(), 16)
        framed += line
        if size == 0:
            break
        chunk = await reader.readexactly(size + 2)
        framed += chunk
        body += chunk[:-2]
        _bound(len(framed))
    while True:
        line = await _read_line(reader)
        framed += line
        _bound(len(framed))
        if line == b"\r\n":
            return bytes(framed), bytes(body)


async def _read_line(reader: StreamReader) -> bytes:
    try:
        return await reader.readuntil(b"\r\n")
    except LimitOverrunError:
        raise MessageError("a line is too long") from None


async def _read_to_end(reader: StreamReader, head: Head) -> Message:
    body = bytearray()
    while piece := await reader.read(MAX_HEAD):
        body += piece
        _bound(len(body))
    return Message(head, bytes(body), bytes(body), last=True)


def _checked(number: str, base: int) -> int:
    if not number.isalnum():
        raise MessageError("no length")
    try:
        size = int(number, base)
    except ValueError:
        raise MessageError("no length") from None
    _bound(size)
    return size


def _bound(size: int) -> None:
    if size > MAX_BODY:
        raise MessageError("the body is too large")
