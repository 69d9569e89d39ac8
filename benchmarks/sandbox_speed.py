"""Full bookings against the sandbox in process, a second of one core: what users' tests wait for."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from time import process_time

from bookit_async import Booked, BookIt
from bookit_async.sandbox import Sandbox

from .contest import Contestant, Finding, race
from .pages import NODE, PROSPECT, TIMEZONE

NOW = datetime(2030, 1, 7, 12, tzinfo=UTC)
BOOKINGS = 60
EMPLOYEES = (4200, 200)
"""By turns, companies for one host and for a pool of four."""


async def ours() -> AsyncGenerator[float]:
    """Route, choose and book in the world that the sandbox plays by default, a fresh one every turn."""
    while True:
        sandbox = Sandbox(now=NOW, seed=1, tcp=False)
        client = BookIt(sandbox.api_key, base_url="https://sandbox.invalid", transport=sandbox.transport)
        began = process_time()
        for number in range(BOOKINGS):
            prospect = {**PROSPECT, "NumEmployees": EMPLOYEES[number % len(EMPLOYEES)]}
            assert isinstance(await client.book(NODE, prospect, timezone=TIMEZONE), Booked)
        yield BOOKINGS / (process_time() - began)


def run(*, turns: int) -> list[Finding]:
    """Book turn by turn."""
    found = race([Contestant(name="ours", source="sandbox_speed:ours")], turns=turns)
    return [
        Finding(
            what="full bookings, one after the other, sandbox in process",
            beside="a second of one core",
            values=tuple(found["ours"]),
            at_least=100,
        )
    ]
