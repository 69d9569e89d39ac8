"""A proxy that makes a fault plan happen, on real sockets, between any client and a sandbox.

```python
plan = FaultPlan([Fault("reset", operation="book_meeting", when="after", times=1)])
async with Sandbox() as sandbox, FaultProxy(sandbox.url, plan) as proxy:
    client = BookIt(sandbox.api_key, base_url=proxy.url)
```
"""

import asyncio
import contextlib
import socket
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Callable
from datetime import UTC, datetime
from types import TracebackType
from typing import NamedTuple, Never, Self
from uuid import uuid4

from ..address import url_of
from .http_messages import MAX_HEAD, Message, MessageError, read_head, read_request
from .kinds import Fault, Kind, When
from .late_requests import LateRequests
from .operations import find_operation
from .plan import FaultPlan
from .spoiled_answers import Spoiled, from_gateway, read, spoil
from .upstream import Upstream, UpstreamError

GATEWAY_SECONDS = 29.0
"""The real gateway gives up on the service after these, while the service goes on."""
STALL_SECONDS = 1.0
LATE_SECONDS = 1.0
BACKLOG = 1024
"""Connections that may wait to be accepted: a burst must not be a fault that nobody planned."""
ACCEPTING = 4
"""Turns of the event loop from a connection's coming to the first step of its task."""
BEFORE_THE_BODY = ("reset_after_head", "close_on_reuse")
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Handled(NamedTuple):
    """What became of a request: its operation (None when it is none), the fault's kind and when, None without."""

    operation: str | None
    kind: Kind | None = None
    when: When | None = None


class FaultProxy:
    """Passes requests on to `upstream_url`, such as `sandbox.url`, except for what `plan` spoils.

    Entering serves it on `host` and `port` (0: any free one); leaving cuts what is under way. `plan` None spoils
    nothing, and `proxy.plan` can be set anew at any time. `stall_seconds` bounds each `stall` and each `drip`: a client
    with a shorter timeout gives up first. What is late reaches the service `late_seconds` after its client lost the
    answer; what is still to come when the proxy is left never does. Without an answer for `gateway_seconds` it answers
    504, and 502 when the service cannot be reached. `now` gives the aware datetime that dates in `Retry-After` count
    from.

    `log` has an entry for each request and each connection that was reset, oldest first, and nothing of what was in
    them. What is not spoiled passes byte for byte, but whole: no answer is passed on before its end.
    """

    def __init__(
        self,
        upstream_url: str,
        plan: FaultPlan | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        stall_seconds: float = STALL_SECONDS,
        late_seconds: float = LATE_SECONDS,
        gateway_seconds: float = GATEWAY_SECONDS,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.plan = FaultPlan() if plan is None else plan
        self.log: list[Handled] = []
        self._upstream = Upstream(upstream_url, seconds=gateway_seconds)
        self._late = LateRequests(self._upstream, seconds=late_seconds)
        self._address = host, port
        self._stall_seconds = stall_seconds
        self._now = now
        self._listener: asyncio.Server | None = None
        self._url: str | None = None
        self._clients: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Never:
        raise TypeError("it is opened by `async with FaultProxy(...) as proxy:`, not by a plain `with`")

    __exit__ = None  # so that type checkers refuse it, too

    async def __aenter__(self) -> Self:
        """Serve; OSError when the port cannot be had."""
        host, port = self._address
        self._listener = await asyncio.start_server(self._accept, host, port, limit=MAX_HEAD, backlog=BACKLOG)
        self._url = url_of(self._listener.sockets[0])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop serving. `url` and `log` can still be read."""
        if self._listener is not None:
            # Neither a server that is closed half way through accepting a connection closes that connection, nor does
            # a task that is cancelled before its first step.
            await _turns(ACCEPTING)
            self._listener.close()
            await _turns(ACCEPTING)
            clients = list(self._clients)
            for client in clients:
                client.cancel()
            await asyncio.gather(*clients, return_exceptions=True)
            await self._late.close()
            await self._upstream.close()
            await self._listener.wait_closed()

    @property
    def url(self) -> str:
        """The base URL for a client, without a slash at its end; RuntimeError before the proxy was entered."""
        if self._url is None:
            raise RuntimeError("The proxy has no URL yet: enter it with `async with FaultProxy(...) as proxy`.")
        return self._url

    @property
    def connections(self) -> int:
        """How many clients are connected now, those included that a stall holds up."""
        return len(self._clients)

    @property
    def slowest_landing(self) -> float:
        """Seconds that a late request took from the loss of its answer to its end, the most so far; 0 without any.

        A client must `settle` for longer, or the late one may come after it was taken for dead. On a busy machine that
        is more than `late_seconds`.
        """
        return self._late.slowest

    async def landed(self) -> None:
        """Wait until every request that was to be late has reached the service and was answered, to nobody."""
        await self._late.landed()

    def __repr__(self) -> str:
        return f"<FaultProxy {self._url or 'not served'}>"

    def _accept(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._clients.add(task)
        task.add_done_callback(self._clients.discard)

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            try:
                await self._converse(reader, writer)
            except MessageError:
                writer.write(from_gateway(400, request_id=_new_id()).raw)
            writer.close()
            await writer.wait_closed()
        except OSError:
            pass  # the client went away, as clients may
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    async def _converse(self, reader: StreamReader, writer: StreamWriter) -> None:
        if (fault := self.plan.decide_connection()) is not None:
            self._note(None, fault)
            _reset(writer)
            return
        reused = False
        while (head := await read_head(reader)) is not None:
            method, path, _ = head.first
            fault = self.plan.decide(method, path, reused=reused)
            self._note(find_operation(method, path), fault)
            if fault is not None and fault.kind in BEFORE_THE_BODY:
                if fault.kind == "reset_after_head":
                    _reset(writer)
                return
            if (head.get("expect") or "").lower() == "100-continue":
                writer.write(CONTINUE)
            request = await read_request(reader, head)
            late = fault is not None and fault.when == "late"
            with self._late.landing(request) if late else contextlib.nullcontext():
                answer = await self._answer(request, fault)
                goes_on = await self._send(answer, reader, writer)
            if not goes_on or not head.keeps_connection:
                return
            reused = True

    def _note(self, operation: str | None, fault: Fault | None) -> None:
        self.log.append(Handled(operation, fault.kind, fault.when) if fault else Handled(operation))

    async def _answer(self, request: Message, fault: Fault | None) -> Spoiled:
        message, answer = None, from_gateway(502, request_id=_new_id())
        if fault is None or fault.when == "after":
            try:
                message = await self._upstream.exchange(request)
                answer = read(message)
            except UpstreamError as error:
                answer = from_gateway(error.status, request_id=_new_id(), message=str(error))
        if fault is not None:
            return spoil(fault, answer, request_id=answer.request_id or _new_id(), now=self._now())
        if message is None:
            return Spoiled((answer.raw,), "close")
        return Spoiled((message.raw,), "close" if message.last else "keep")

    async def _send(self, answer: Spoiled, reader: StreamReader, writer: StreamWriter) -> bool:
        """Whether the connection goes on."""
        for piece in answer.pieces:
            writer.write(piece)
            await writer.drain()
            if answer.slow and await _left(reader, self._stall_seconds / len(answer.pieces)):
                return False
        if answer.ending == "reset":
            _reset(writer)
        elif answer.ending == "stall":
            await _left(reader, self._stall_seconds)
        return answer.ending == "keep"


async def _turns(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def _left(reader: StreamReader, seconds: float) -> bool:
    """Whether the client went away, or spoke out of turn, within these seconds; waits no longer."""
    try:
        async with asyncio.timeout(seconds):
            await reader.read(1)
    except TimeoutError:
        return False
    return True


def _reset(writer: StreamWriter) -> None:
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _new_id() -> str:
    return str(uuid4())
