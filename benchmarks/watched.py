"""What `ContractWatch` costs while it looks at nothing: the cheapest call through it, beside the bare transport."""

from collections.abc import AsyncGenerator

from bookit_async import BookIt, Transport
from bookit_async.doctor import ContractWatch

from .calls import SECONDS
from .contest import Contestant, Finding, race, ratios
from .measures import rates
from .pages import API_KEY, NODE
from .router import Answering


async def _calls(transport: Transport, seconds: float) -> AsyncGenerator[float]:
    """Measure the seconds of asking for a node's inputs, which are answered at once."""
    bookit = BookIt(API_KEY, base_url="http://localhost", transport=transport)

    async def inputs() -> None:
        assert (await bookit.inputs(NODE, refresh=True)).inputs

    async for rate in rates(inputs, concurrency=1, seconds=seconds):
        yield 1 / rate


async def bare(seconds: float = SECONDS) -> AsyncGenerator[float]:
    """Measure them over the transport alone."""
    async for each in _calls(Answering(), seconds):
        yield each


async def watched(seconds: float = SECONDS) -> AsyncGenerator[float]:
    """Measure them through a watch that looks at none of the answers."""
    async for each in _calls(ContractWatch(Answering(), sample=0.0), seconds):
        yield each


def run(*, turns: int) -> list[Finding]:
    """Race the two."""
    found = race([Contestant(name=name, source=f"watched:{name}") for name in ("bare", "watched")], turns=turns)
    return [
        Finding(
            what="time of client.inputs through a ContractWatch that looks at no answer",
            beside="client.inputs over the bare transport",
            values=ratios(found, "watched", "bare"),
            at_most=1.05,
        )
    ]
