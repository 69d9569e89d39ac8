"""Under which URL something that listens can be reached from this machine."""

import socket
from ipaddress import ip_address

ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing is bound here


def url_of(listener: socket.socket) -> str:
    """Return the base URL of a listening socket, without a slash at its end; of all addresses, this machine's own."""
    bound, port = listener.getsockname()[:2]
    host = ANY_ADDRESS.get(bound) or str(bound)
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach what listens there; a name counts as others'."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
