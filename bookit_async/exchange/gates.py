"""Letting requests out under a rule that more than one client keeps, such as a limit that several processes share."""

import asyncio
from typing import Protocol

from attrs import frozen

from ..transports import Transport, TransportFailure, WireRequest, WireResponse


class Turns(Protocol):
    """Whose turn it is to send: an `asyncio.Semaphore`, or what works alike."""

    def locked(self) -> bool:
        """Return whether a turn has to be waited for."""
        ...

    async def acquire(self) -> object:
        """Wait for a turn."""
        ...

    def release(self) -> None:
        """Give the turn back."""
        ...


class Gate(Protocol):
    """What each request of a client passes, repetitions too."""

    async def enter(self) -> None:
        """Return when one more request may go out; it has no connection yet, and waits until its deadline at most."""
        ...

    async def leave(self, request: WireRequest) -> None:
        """Return when this request may still go out, right before it does; what is raised is a request not sent."""
        ...

    def answered(self, status: int) -> None:
        """Note the status of an answer."""
        ...


@frozen
class GatedTurns:
    """Turns that the gate gives first, and then the connections."""

    gate: Gate
    inner: Turns

    def locked(self) -> bool:
        """Return True: the gate is always asked."""
        return True

    async def acquire(self) -> None:
        """Wait for the gate, then for a connection."""
        await self.gate.enter()
        await self.inner.acquire()

    def release(self) -> None:
        """Give the connection back."""
        self.inner.release()


@frozen
class GatedTransport:
    """Sends through another transport what the gate lets out."""

    gate: Gate
    inner: Transport

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        """Return the answer; a TransportFailure that says so when the gate did not let it out."""
        try:
            async with asyncio.timeout(timeout):
                await self.gate.leave(request)
        except Exception as error:
            raise TransportFailure(f"the gate raised {type(error).__name__}", maybe_processed=False) from error
        answer = await self.inner.send(request, timeout=timeout)
        self.gate.answered(answer.status)
        return answer

    async def close(self) -> None:
        """Close the inner transport."""
        await self.inner.close()
