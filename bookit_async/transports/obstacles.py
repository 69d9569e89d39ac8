"""What kept a connection from being made, in words that name no address."""

import errno
import socket
import ssl
from collections.abc import Iterator

__all__ = ["obstacle", "refusal"]

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN}
_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (socket.gaierror, "the host name did not resolve"),
    (ssl.SSLCertVerificationError, "the server's certificate was not accepted"),
    (ssl.SSLError, "no TLS connection with this server"),
    (ConnectionRefusedError, "the connection was refused"),
    (ConnectionError, "the connection was closed before it was ready"),
    (TimeoutError, "timed out while connecting"),
)


def obstacle(error: BaseException) -> str:
    """Return what stands behind a library's own exception; of several addresses, the first that tells."""
    known = (reason for cause in _causes(error) if (reason := _reason(cause)) is not None)
    return next(known, "no connection could be made")


def refusal(status: int) -> str:
    """Return what a proxy means that answers a CONNECT with another status than 200."""
    hint = ": it wants a name and password in the proxy's URL, or other ones" if status == 407 else ""
    return f"the proxy answered {status} and opened no way to the service{hint}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        for one in getattr(error, "exceptions", ()):
            yield from _causes(one)
        error = error.__cause__ or error.__context__


def _reason(error: BaseException) -> str | None:
    if isinstance(error, OSError) and error.errno in _UNREACHABLE:
        return "the host is unreachable"
    return next((words for kind, words in _WORDS if isinstance(error, kind)), None)
