"""What no port of this machine does by itself."""

import contextlib
import socket
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port that lets nobody in any more: its queue is full, which Linux answers with silence."""
    if sys.platform != "linux":
        pytest.skip("a full queue is silent on Linux only")
    with contextlib.ExitStack() as sockets:
        listener = sockets.enter_context(socket.socket())
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for _ in range(4):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
