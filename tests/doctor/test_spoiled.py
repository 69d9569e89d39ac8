"""Whatever is answered, a diagnosis ends, tells what it saw, and leaves no meeting that it can cancel."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve

from bookit_async import Transport, TransportFailure, WireRequest, WireResponse
from bookit_async.doctor.diagnosis import report_of
from bookit_async.doctor.facts import FACTS

from .scene import seen_of

VALUES: tuple[Any, ...] = (None, [], {}, "x", 5, True, [None], {"x": 1}, 1.5)


class Spoiling:
    """Changes values in what is answered, and loses an answer now and then."""

    def __init__(self, inner: Transport, seed: int) -> None:
        self.inner, self.random = inner, Random(seed)  # noqa: S311 - the same on every run

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await self.inner.send(request, timeout=timeout)
        chance = self.random.random()
        if chance < 0.05:
            raise TransportFailure("lost", maybe_processed=True)
        if chance < 0.1:
            return evolve(answer, status=self.random.choice((500, 429, 502, 418)))
        if chance < 0.6 and answer.body:
            value: list[Any] = [json.loads(answer.body)]
            for _ in range(3):
                self.spoil(value)
            return evolve(answer, body=json.dumps(value[0]).encode())
        return answer

    def spoil(self, value: Any) -> None:
        """Change one value somewhere within."""
        while True:
            keys: list[Any] = [*value] if value.__class__ is dict else [*range(len(value))]
            if not keys:
                return
            key = self.random.choice(keys)
            if value[key].__class__ not in (dict, list) or self.random.random() < 0.15:
                value[key] = json.loads(json.dumps(self.random.choice(VALUES)))
                return
            value = value[key]

    async def close(self) -> None: ...


@pytest.mark.long
@pytest.mark.parametrize("seed", range(16))
async def test_an_answer_may_be_anything(seed: int, tmp_path: Path) -> None:
    seen, _, time = await seen_of(tmp_path, around=lambda inner: Spoiling(inner, seed))
    report = report_of(seen, time.now())
    assert [one.fact.id for one in report.findings] == [one.id for one in FACTS]
    assert json.loads(report.to_json())["facts"].keys() == {one.id for one in FACTS}


class Answering:
    """Answers everything alike."""

    def __init__(self, status: int, body: bytes) -> None:
        self.answer = WireResponse(status=status, headers={"date": "today"}, body=body)

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002
        return self.answer

    async def close(self) -> None: ...


@pytest.mark.parametrize("status", [200, 404, 503])
@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b"[]", b"{}", b"[5]", b'{"message": "x"}'])
async def test_it_may_be_another_service(status: int, body: bytes, tmp_path: Path) -> None:
    seen, _, time = await seen_of(tmp_path, around=lambda _: Answering(status, body))
    report = report_of(seen, time.now())
    assert {"gateway-ids", "wrong-key", "no-such-link"} <= {one.fact.id for one in report.broken}
