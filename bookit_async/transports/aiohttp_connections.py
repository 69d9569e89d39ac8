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

__all__ = ["Given", "QuietConnector"]

Given: TypeAlias = dict["asyncio.Task[Any] | None", ResponseHandler]
"""What speaks on the connection that a task's request was given; nothing for one that was given none."""


class QuietConnector(aiohttp.TCPConnector):
    """Notes in *given* what a task's request is given; a kept connection only while nothing came on it unasked.

    aiohttp itself does not look. What came may be the end, and the request would be lost with it; or an answer, such as
    the 408 with which load balancers leave, and it would pass for the answer to the request.
    """

    def __init__(self, *, limit: int, given: Given) -> None:
        super().__init__(limit=limit)  # pyright: ignore[reportUnknownMemberType] - an argument not given here
        self.given = given
        self._ears = WeakKeyDictionary[ResponseHandler, Callable[[], bool]]()

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """A new connection, or a kept one on which all is quiet."""
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = cast("ResponseHandler", connection.protocol)  # until it is given back
            if not self._is_spoiled(protocol):
                self.given[asyncio.current_task()] = protocol
                return connection
            connection.close()

    def _is_spoiled(self, protocol: ResponseHandler) -> bool:
        hears = self._ears.get(protocol)
        if hears is None:  # new: a server that speaks first is heard, or connecting would never end
            self._ears[protocol] = (lambda: True) if protocol.transport is None else _ear(protocol.transport)
            return False
        return protocol.should_close or protocol.transport is None or hears()


def _ear(transport: asyncio.Transport) -> Callable[[], bool]:
    """Give what tells whether something came that the event loop has not looked at yet."""
    socket = transport.get_extra_info("socket")
    if not hasattr(select, "poll"):  # select itself takes no large file numbers
        return lambda: bool(select.select([socket], [], [], 0)[0])
    poll = select.poll()
    poll.register(socket, select.POLLIN)
    return lambda: bool(poll.poll(0))
