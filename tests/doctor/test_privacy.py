"""A report is made of what is on a list: no key, token, address, name, id or sentence is in anything that is told."""

import logging
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from bookit_async import BookIt
from bookit_async.doctor import Asked
from bookit_async.doctor.diagnosis import diagnose, examine, report_of
from bookit_async.sandbox import Sandbox, demo_world

from .scene import Time

CANARY = "qzxcanaryqzx"
EMAIL = f"{CANARY}.person@canary.example"
PROSPECT: dict[str, Any] = {
    "Company": f"{CANARY} Ltd",
    "NumEmployees": 4200,
    "PhoneNumber": f"+1 {CANARY}",
    "FirstName": f"{CANARY}First",
    "LastName": f"{CANARY}Last",
    "Email": EMAIL,
}
QUIRKS = [[], ["new_fields", "inputs_by_name", "logo_is_object"], ["meetings_flat", "labels_translated", "uid_once"]]


def world() -> Any:
    """The demo world with canaries in everything that has a name."""
    demo = demo_world()
    hosts = [
        evolve(
            one, first_name=f"{CANARY}Host", email=f"{CANARY}{number}@host.example", conference_link=f"https://{CANARY}"
        )
        for number, one in enumerate(demo.hosts)
    ]
    types = [evolve(one, description=CANARY, logo=f"https://{CANARY}.example/l.png") for one in demo.meeting_types]
    nodes = [
        evolve(one, name=f"{CANARY} {one.name}", prefill={**one.prefill, f"{CANARY}Label": "Email"})
        for one in demo.nodes
    ]
    links = [evolve(one, link_id=f"{CANARY}{one.link_id}") for one in demo.links]
    return evolve(demo, hosts=tuple(hosts), meeting_types=tuple(types), nodes=tuple(nodes), links=tuple(links))


@pytest.mark.parametrize("quirks", QUIRKS, ids=len)
async def test_no_canary_is_told(quirks: list[str], caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    time = Time()
    played = world()
    sandbox = Sandbox(played, now=time.now, seed=1, tcp=False, api_key=f"{CANARY}-key", quirks=quirks)
    client = BookIt(sandbox.api_key, transport=sandbox.transport)
    asked = Asked(
        nodes=[played.nodes[0].name],
        links=[one.link_id for one in played.links],
        meetings=[f"{CANARY}meeting"],
        emails=[EMAIL],
        used_links=[f"{CANARY}Once7Kd"],
        prospect=PROSPECT,
        route=True,
        address=EMAIL,
    )
    told: list[str] = []
    seen = await examine(client, asked, clock=time, now=time.now, sleep=time.sleep, say=told.append)
    report = report_of(seen, time.now())
    texts = [report.to_json(), report.to_markdown(), report.table(), report.issue(), *told, caplog.text]
    texts += [repr(seen), repr(asked), repr(report), *map(repr, seen.answers)]
    secrets = [CANARY, *(one.id for one in sandbox.meetings), *(one.host_id for one in sandbox.meetings)]
    assert sandbox.meetings or "labels_translated" in quirks
    assert [text for text in texts for secret in secrets if secret.casefold() in text.casefold()] == []


async def test_whoever_has_a_client_can_ask() -> None:
    sandbox = Sandbox(tcp=False)
    told: list[str] = []
    report = await diagnose(BookIt(sandbox.api_key, transport=sandbox.transport), say=told.append)
    assert not report.broken
    assert report.counts["held"] > 10
    assert told == ["what it says to what is wrong", "meetings"]
    assert (await diagnose(BookIt(sandbox.api_key, transport=sandbox.transport), Asked())).counts == report.counts
