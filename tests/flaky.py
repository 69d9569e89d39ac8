"""A transport into a sandbox that loses requests and answers by a plan, without a network."""

import asyncio
from collections.abc import Iterable
from typing import Literal, get_args

from bookit_async import Transport, TransportFailure, WireRequest, WireResponse

Ending = Literal["ok", "unsent", "before", "after", "502 before", "502 after", "garbage", "shape", "late", "429"]
Fault = Ending | Literal["hang", "hang after"]
FAULTS: tuple[Ending, ...] = get_args(Ending)
"""Those that end by themselves."""

PASSES = {"ok", "after", "502 after", "garbage", "shape", "hang after"}


class Flaky:
    """Does to the requests of matching paths, one after the other, what the plan says; then all is well.

    `before` and `after` say whether the answer was lost before or after the request took effect; `late` takes effect
    only with the next request; `hang` never answers.
    """

    def __init__(self, inner: Transport, plan: Iterable[Fault], *, on: str = "meeting", method: str = "") -> None:
        self._inner = inner
        self.plan = list(plan)
        self.on = on
        self.method = method
        self._late: list[WireRequest] = []
        self.sent: list[str] = []

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        path = request.url.partition("?")[0].rpartition("/v1/")[2]
        self.sent.append(f"{request.method} {path}")
        late, self._late = self._late, []
        for one in late:
            await self._inner.send(one, timeout=timeout)
        matches = self.on in path and request.method.startswith(self.method)
        fault: Fault = self.plan.pop(0) if matches and self.plan else "ok"
        answer = await self._inner.send(request, timeout=timeout) if fault in PASSES else None
        if fault == "late":
            self._late.append(request)
        if fault.startswith("hang"):
            await asyncio.Event().wait()
        if fault == "ok" and answer is not None:
            return answer
        return _spoiled(fault)

    async def close(self) -> None:
        await self._inner.close()


def _spoiled(fault: Fault) -> WireResponse:
    if fault == "unsent":
        raise TransportFailure("connection refused", maybe_processed=False)
    if fault.startswith("502"):
        return WireResponse(status=502, headers={"x-amzn-requestid": "r-502"}, body=b'{"message": "Bad Gateway"}')
    if fault == "429":
        return WireResponse(status=429, headers={}, body=b'{"message": "Too Many Requests"}')
    if fault == "garbage":
        return WireResponse(status=200, headers={}, body=b"<html>")
    if fault == "shape":
        return WireResponse(status=200, headers={}, body=b"[5]")
    raise TransportFailure("timed out waiting for the answer", maybe_processed=True)
