"""A sandbox that stands for an account, and the command that records it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from attrs import evolve

from bookit_async import BookIt, Offer
from bookit_async.record.asking import Answers, Wanted, ask
from bookit_async.sandbox import Sandbox, World, demo_world

from ..conftest import ADA, NODE

CANARY = "qzxcanaryqzx"
LINKS = ("Em30rva", "Once7Kd", "Pool4Mm", "Many8Tx")
PROSPECTS = (ADA, {**ADA, "NumEmployees": 300}, {**ADA, "NumEmployees": 8})


def client_of(sandbox: Sandbox) -> BookIt:
    return BookIt(sandbox.api_key, transport=sandbox.transport, now=sandbox.clock)


async def answers_of(
    world: World,
    now: datetime,
    *,
    links: Sequence[str] = LINKS,
    nodes: Sequence[str] = (),
    prospects: Sequence[Mapping[str, Any]] = (),
    booked: Sequence[str] = (),
) -> Answers:
    """Return what an account of this world answers at a time, after a meeting through each of these links."""
    sandbox = Sandbox(world, now=now, seed=1, tcp=False)
    async with client_of(sandbox) as client:
        for number, link in enumerate(booked):
            offer = await client.availability(link_id=link)
            assert isinstance(offer, Offer)
            person = {"First Name": "Ada", "Last Name": "Lovelace", "Email": "ada@engines.example"}
            await offer.book(offer.slots[4 + 7 * number], timezone="UTC", answers=person)
        return await ask(client, Wanted(nodes=nodes, links=links, prospects=prospects), at=now, say=lambda _: None)


async def offered(world: World, now: datetime, link: str) -> list[tuple[int, int, list[str]]]:
    """Return what a sandbox of this world offers through a link: start, end, and the hosts by their place."""
    async with client_of(Sandbox(world, now=now, tcp=False)) as client:
        offer = await client.availability(link_id=link)
    assert isinstance(offer, Offer)
    return [(one.start_milliseconds, one.end_milliseconds, list(one.host_ids)) for one in offer.slots]


def renamed(slots: Sequence[tuple[int, int, list[str]]]) -> list[tuple[int, int, list[int]]]:
    """Return slots with the hosts numbered as they come, so that those of two worlds can be compared."""
    numbers: dict[str, int] = {}
    return [(start, end, [numbers.setdefault(one, len(numbers)) for one in hosts]) for start, end, hosts in slots]


def with_canaries() -> World:
    """Return the demo world with canaries in all that has a name or an address of somebody."""
    demo = demo_world()
    hosts = tuple(
        evolve(
            one,
            user_id=f"{CANARY}{one.user_id}",
            first_name=f"{CANARY}First",
            last_name=f"{CANARY}Last{number}",
            email=f"{CANARY}{number}@host.example",
            conference_link=f"https://meet.example/{CANARY}",
            phone=f"+1 {CANARY}",
        )
        for number, one in enumerate(demo.hosts)
    )
    members = tuple(evolve(one, user_id=f"{CANARY}{one.user_id}") for one in demo.pools[0].members)
    pool = evolve(demo.pools[0], pool_id=f"{CANARY}pool", name=CANARY, members=members)
    kinds = tuple(
        evolve(
            one,
            description=CANARY,
            logo=f"https://{CANARY}.example/l.png",
            redirect_url=f"https://{CANARY}.example/",
            internal_name=CANARY,
        )
        for one in demo.meeting_types
    )
    data = evolve(demo, hosts=hosts, pools=(pool,), meeting_types=kinds).to_dict()
    return World.from_dict(_with_canaries(data))


def _with_canaries(data: Any) -> Any:
    """Return the same with canaries in the outcomes, too."""
    if data.__class__ is list:
        return [_with_canaries(one) for one in data]
    if data.__class__ is not dict:
        return data
    return {
        key: f"{CANARY}{value}"
        if key == "host"
        else f"{CANARY}pool"
        if key == "pool"
        else f"https://{CANARY}.example/away"
        if key == "url"
        else _with_canaries(value)
        for key, value in data.items()
    }


def prospects_file(folder: Path) -> Path:
    path = folder / "prospects.json"
    person = {**ADA, "Email": f"{CANARY}@prospect.example", "LastName": f"{CANARY}Love", "Company": f"{CANARY} Ltd"}
    path.write_text(json.dumps([{**person, "NumEmployees": one} for one in (4200, 300, 8)]))
    return path


__all__ = ["ADA", "NODE"]
