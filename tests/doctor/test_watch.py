"""A watch finds in passing what a diagnosis finds, keeps counts only, and changes nothing."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from bookit_async import Booked, BookIt, WireRequest, WireResponse
from bookit_async.doctor import ContractWatch
from bookit_async.sandbox import Sandbox

from ..conftest import ADA, NODE, NOW
from ..scenes import ZONE

CANARY = "qzxcanaryqzx"


def watched(*quirks: str, sample: float = 1.0, draws: float = 0.0) -> tuple[ContractWatch, Sandbox]:
    sandbox = Sandbox(now=NOW, seed=1, tcp=False, quirks=quirks)
    watch = ContractWatch(sandbox.transport, sample=sample, random=lambda: draws, now=lambda: NOW)
    return watch, sandbox


async def test_what_is_not_as_documented_is_found_while_a_program_books() -> None:
    watch, sandbox = watched("new_fields", "limit_headers", "new_input_type")
    booked = await BookIt(sandbox.api_key, transport=watch).book(NODE, ADA, timezone=ZONE)
    assert isinstance(booked, Booked)
    report = watch.report()
    broken = {one.fact.id for one in report.broken}
    assert broken == {"documented-answers", "no-limit-headers"}
    found = {(one.operation, one.path, one.kind, one.found) for one in report.differences}
    assert ("retrieveInputs", "$.inputs[*].type", "new value", "PICKLIST") in found
    assert ("bookMeeting", "$.fieldOfALaterVersion", "new field", "boolean") in found
    assert report.statuses["bookMeeting"] == {200: 1}
    told = {one.fact.id: one for one in report.findings}
    assert (told["gateway-ids"].verdict, told["token-once"].seen) == ("held", "has to be asked")
    assert json.loads(report.to_json())["facts"].keys() == told.keys()
    assert report.on == NOW.date()


@pytest.mark.parametrize(("sample", "draws"), [(0.0, 0.0), (0.01, 0.5)])
async def test_what_it_does_not_sample_it_does_not_look_at(sample: float, draws: float) -> None:
    watch, sandbox = watched("new_fields", sample=sample, draws=draws)
    await BookIt(sandbox.api_key, transport=watch).inputs(NODE)
    report = watch.report()
    assert (report.differences, report.statuses) == ({}, {})
    assert not report.broken


class Speaking:
    """Answers anything, and can connect."""

    max_connections = 7

    def __init__(self, answer: WireResponse) -> None:
        self.answer = answer
        self.done: list[str] = []

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002
        return self.answer

    async def connect(self, url: str, *, timeout: float, connections: int) -> None:  # noqa: ARG002
        self.done.append("connect")

    async def close(self) -> None:
        self.done.append("close")


async def test_what_it_keeps_is_bounded_whatever_is_answered() -> None:
    inner = Speaking(WireResponse(status=200, headers={}, body=b""))
    watch = ContractWatch(inner, sample=1.0)
    request = WireRequest("GET", "https://api.leandata.com/v1/meeting/m", headers={})
    for number in range(2000):
        name = "".join(chr(97 + int(digit)) for digit in f"{number:04}")
        headers = {"content-type": f"application/{name}", "date": "never"}
        body = json.dumps({f"new_{name}": 1, f"{CANARY}@x.example": 2}).encode()
        inner.answer = WireResponse(status=200 + number, headers=headers, body=body)
        await watch.send(request, timeout=1)
        inner.answer = WireResponse(status=200, headers=headers, body=body)
        await watch.send(request, timeout=1)
    await watch.send(WireRequest("GET", "https://api.leandata.com/health", headers={}), timeout=1)
    report = watch.report()
    assert len(report.differences) == 1000
    assert len(report.statuses["getMeeting"]) == 50
    assert CANARY not in report.to_json() + report.to_markdown() + report.table() + repr(watch)


async def test_it_is_a_transport_like_the_one_in_it() -> None:
    inner = Speaking(WireResponse(status=200, headers={}, body=b""))
    watch = ContractWatch(inner)
    assert watch.max_connections == 7
    await watch.connect("https://x.example", timeout=1, connections=1)
    await watch.close()
    assert inner.done == ["connect", "close"]
    bare: Any = Sandbox(tcp=False).transport
    plain = ContractWatch(bare)
    assert plain.max_connections is None
    await plain.connect("https://x.example", timeout=1, connections=1)
    assert abs((plain.now() - datetime.now(UTC)).total_seconds()) < 60
