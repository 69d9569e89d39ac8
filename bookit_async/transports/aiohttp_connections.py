"""The connections of the aiohttp adapter: which task has one, and which may be used again."""

import asyncio
import select
from collections.abc import Callable
from typing import Any, TypeAlias, cast
from weakref import WeakKeyDictionary

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace

__all__ = ["Given", "OpenedError", "QuietConnector"]

Given: TypeAlias = dict["asyncio.Task[Any] | None", ResponseHandler]
"""What speaks on the connection that a task's request was given; nothing for one that was given none."""


class OpenedError(Exception):
    """Carries a new connection past aiohttp, which would send a request on it."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.connection = connection


class QuietConnector(aiohttp.TCPConnector):
    """Notes in *given* what a task's request is given; a kept connection only while nothing came on it unasked.

    aiohttp itself does not look. What came may be the end, and the request would be lost with it; or an answer, such as
    the 408 with which load balancers leave, and it would pass for the answer to the request.
    """

    def __init__(self, *, limit: int, keep_alive: float, given: Given) -> None:
        kept: dict[str, Any] = {"keepalive_timeout": keep_alive} if keep_alive else {"force_close": True}
        super().__init__(limit=limit, **kept)  # pyright: ignore[reportUnknownMemberType] - an argument not given here
        self._running = asyncio.get_running_loop()
        self.given = given
        self.kept_from: dict[asyncio.Task[Any] | None, Exception] = {}
        """What kept a task's request from being given a connection."""
        self.opening = set[asyncio.Task[Any] | None]()
        """Tasks that want a connection and nothing sent on it."""
        self._ears = WeakKeyDictionary[ResponseHandler, Callable[[], bool]]()

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Return a new connection, or a kept one on which all is quiet."""
        task = asyncio.current_task(self._running)
        while True:
            try:
                connection = await super().connect(req, traces, timeout)
            except Exception as error:
                self.kept_from[task] = error
                raise
            protocol = cast("ResponseHandler", connection.protocol)  # until it is given back
            if self._is_spoiled(protocol):
                connection.close()
            elif task in self.opening:
                raise OpenedError(connection)
            else:
                self.given[task] = protocol
                return connection

    def _is_spoiled(self, protocol: ResponseHandler) -> bool:
        hears = self._ears.get(protocol)
        if hears is None:  # new: a server that speaks first is heard, or connecting would never end
            self._ears[protocol] = (lambda: True) if protocol.transport is None else _ear(protocol.transport)
            return False
        return protocol.should_close or protocol.transport is None or hears()


def _ear(transport: asyncio.Transport) -> Callable[[], bool]:
    """Return what tells whether something came that the event loop has not looked at yet."""
    socket = transport.get_extra_info("socket")
    if not hasattr(select, "poll"):  # select itself takes no large file numbers
        return lambda: bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return lambda: bool(poll.poll(0))
