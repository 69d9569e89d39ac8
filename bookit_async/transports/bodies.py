"""The body of an answer, unpacked here and not by the HTTP library, so that a small one cannot become a huge one."""

import zlib

ACCEPT_ENCODING = "gzip"
"""What an adapter asks for: all that `Body` can unpack."""

_GZIP = 16 + zlib.MAX_WBITS


class UnusableBodyError(Exception):
    """The body cannot be given; the message says why, without a byte of it."""


class Body:
    """Collects the pieces of a body of at most `limit` bytes after unpacking.

    `encoding` is the answer's `Content-Encoding`, empty for none. Everything here raises UnusableBodyError.
    """

    def __init__(self, encoding: str, *, limit: int) -> None:
        self._limit = limit
        self._pieces: list[bytes] = []
        self._size = 0
        self._empty = True
        match encoding.strip().lower():
            case "" | "identity":
                self._gzip = None
            case "gzip" | "x-gzip":
                self._gzip = zlib.decompressobj(_GZIP)
            case _:
                raise UnusableBodyError("the answer is packed in a way that was not asked for")

    def add(self, piece: bytes) -> None:
        """Take the next piece as it came from the network."""
        self._empty = self._empty and not piece
        unpacked = self._unpacked(piece)
        self._pieces.append(unpacked)
        self._size += len(unpacked)
        if self._size > self._limit:
            raise UnusableBodyError(f"the answer is larger than {self._limit} bytes")

    def whole(self) -> bytes:
        """Return the body once every piece has been added."""
        if self._gzip is not None and not self._gzip.eof and not self._empty:
            raise UnusableBodyError("the answer broke off")
        return b"".join(self._pieces)

    def _unpacked(self, piece: bytes) -> bytes:
        if self._gzip is None or not piece:
            return piece
        pieces: list[bytes] = []
        size = self._size
        while True:
            if self._gzip.eof:
                self._gzip = zlib.decompressobj(_GZIP)  # a body may be packed in several parts, one after the other
            try:
                # One byte more than fits is enough to see that it does not.
                pieces.append(self._gzip.decompress(piece, self._limit + 1 - size))
            except zlib.error as error:
                problem = "goes on after its end" if self._size or pieces else "could not be unpacked"
                raise UnusableBodyError(f"the answer {problem}") from error
            size += len(pieces[-1])
            piece = self._gzip.unused_data
            if not piece or size > self._limit:
                return b"".join(pieces)
