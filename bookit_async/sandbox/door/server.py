"""The sandbox's application over TCP."""

import socket
from typing import Self

import uvicorn

from ..address import url_of
from .app import App


class Server:
    """uvicorn in the loop that is running, without its signal handlers, and without its main loop, which only ticks."""

    def __init__(self, server: uvicorn.Server, listener: socket.socket) -> None:
        self._server = server
        self._listener = listener
        self.url = url_of(listener)

    @classmethod
    async def start(cls, app: App, address: tuple[str, int]) -> Self:
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        # The protocol is named because asyncio turns off Nagle's delay (40 ms a call) only where it is.
        listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            config = uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_graceful_shutdown=1,
            )
            config.load()
            server = uvicorn.Server(config)
            server.lifespan = config.lifespan_class(config)
            await server.startup(sockets=[listener])
        except BaseException:
            listener.close()
            raise
        return cls(server, listener)

    async def stop(self) -> None:
        await self._server.shutdown(sockets=[self._listener])
