"""Asking a service for what a world is made of, through the public client; only prospects are submitted."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from attrs import field, frozen

from ..client import BookIt
from ..errors import LinkUnsupportedError
from ..views.inputs import TriggerInputs
from ..views.offers import NoAvailability, Offer
from ..views.outcomes import NotRouted, Redirected


@frozen(kw_only=True)
class Wanted:
    """What is looked at."""

    nodes: Sequence[str] = ()
    links: Sequence[str] = ()
    prospects: Sequence[Mapping[str, Any]] = field(default=(), repr=False)
    """Each is submitted to each node."""


@frozen(kw_only=True)
class SeenLink:
    """What a link gave."""

    link_id: str
    offer: Offer | None = None
    """What it offers; None for nothing."""
    supported: bool = True
    """Whether its slots can be asked for at all."""


@frozen(kw_only=True)
class Submitted:
    """A prospect, and where the routing graph sent it."""

    prospect: Mapping[str, Any] = field(repr=False)
    outcome: Offer | NoAvailability | Redirected | NotRouted


@frozen(kw_only=True)
class SeenNode:
    """What a trigger node declares, and where it sent prospects."""

    name: str
    """As it was asked for."""
    inputs: TriggerInputs
    submitted: tuple[Submitted, ...] = ()


@frozen(kw_only=True)
class Answers:
    """All that was answered; it is for the memory of this process alone."""

    at: datetime
    """When asking began; aware."""
    nodes: tuple[SeenNode, ...] = field(default=(), repr=False)
    links: tuple[SeenLink, ...] = field(default=(), repr=False)

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Every page of slots."""
        routed = [one.outcome for node in self.nodes for one in node.submitted]
        linked = [link.offer for link in self.links]
        return tuple(one for one in (*linked, *routed) if isinstance(one, Offer))


async def ask(client: BookIt, wanted: Wanted, *, at: datetime, say: Callable[[str], None]) -> Answers:
    """Return what the service answers; raises the client's errors, those of a link of another kind excepted."""
    links: list[SeenLink] = []
    for link in wanted.links:
        say("slots of a link")
        links.append(await _link(client, link))
    nodes: list[SeenNode] = []
    for node in wanted.nodes:
        say("inputs of a node")
        inputs = await client.inputs(node, refresh=True)
        submitted: list[Submitted] = []
        for number, prospect in enumerate(wanted.prospects, start=1):
            say(f"where prospect {number} of {len(wanted.prospects)} is sent")
            submitted.append(Submitted(prospect=prospect, outcome=await client.route(node, prospect)))
        nodes.append(SeenNode(name=node, inputs=inputs, submitted=tuple(submitted)))
    return Answers(at=at, nodes=tuple(nodes), links=tuple(links))


async def _link(client: BookIt, link: str) -> SeenLink:
    try:
        found = await client.availability(link_id=link)
    except LinkUnsupportedError:
        return SeenLink(link_id=link, supported=False)
    return SeenLink(link_id=link, offer=found if isinstance(found, Offer) else None)
