"""The inputs that trigger nodes declare: asked for once, kept for a while, and a prospect checked against them."""

import asyncio
import math
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from attrs import define, field

from .._generated.api.inputs.retrieve_inputs import retrieve_inputs
from ..errors import BookItError, refuse
from ..views.inputs import TriggerInputs, bare_address, known_inputs, read_inputs, read_prospect
from .calls import Calls
from .deadlines import Deadline

_PART = 0.1
"""Of the deadline of a whole call, what a check may wait for inputs; of `inputs_ttl`, how long it is known that there
are none to be had."""
_MOST = 1000
"""Trigger nodes of which something is kept."""

Key = tuple[str, str, str]
"""Key, URL and trigger node: a client of another account has others."""


@define(eq=False)
class KnownInputs:
    """What a client and its copies know of trigger nodes."""

    kept: dict[Key, tuple[float, TriggerInputs | None]] = field(factory=dict)
    """Inputs and until when they are good, on the clock; None where they could not be had."""
    asked: "dict[tuple[Key, float], asyncio.Task[TriggerInputs | None]]" = field(factory=dict)
    """The questions under way, by the seconds that they may take too: all share one who need the answer."""

    def close(self) -> None:
        """Cancel what is under way."""
        for task in self.asked.values():
            task.cancel()


class NodeInputs:
    """Asks for the inputs of trigger nodes with one set of settings."""

    def __init__(self, calls: Calls, known: KnownInputs) -> None:
        self._calls = calls
        self.known = known

    async def ask(self, trigger_node: str) -> TriggerInputs:
        """Return the inputs as the service tells them now, and keep them."""
        call = retrieve_inputs(node_name=trigger_node)
        found = await self._calls.view(call, lambda wire: read_inputs(known_inputs(wire), asked=trigger_node))
        self._keep(self._key(trigger_node), found)
        return found

    async def learn(self, trigger_nodes: Collection[str]) -> None:
        """Ask for the inputs of nodes that are not known yet, all at once; those that cannot be had are passed over."""
        if self._calls.settings.check_inputs:
            await asyncio.gather(*map(self._had, trigger_nodes))

    def kept(self, trigger_node: str) -> TriggerInputs | None:
        """Return the inputs that are kept, None for none."""
        return self._kept(self._key(trigger_node))[1]

    async def checked(
        self, trigger_node: str, prospect: Mapping[str, Any], *, others: Iterable[str] = (), strictly: bool
    ) -> dict[str, Any]:
        """Return a prospect's data as it can be sent; InvalidInputError with what is wrong with it, and the *others*.

        Where the node's inputs cannot be had, they are not looked at. *strictly* says that there has to be an address
        to book with, if there is any.
        """
        data, problems = read_prospect(prospect)
        problems += [*bare_address(data, strictly=strictly), *others]
        if self._calls.settings.check_inputs and self._key(trigger_node)[2].strip():
            inputs = self.kept(trigger_node) if problems else await self._had(trigger_node)
            problems += () if inputs is None else inputs.differences(data)
        refuse(problems, operation="route_and_fetch_availability")
        return data

    async def _had(self, trigger_node: str) -> TriggerInputs | None:
        """Return the inputs, kept or asked for, together with all who ask at the same time; None if not to be had."""
        key = self._key(trigger_node)
        is_known, found = self._kept(key)
        if is_known:
            return found
        seconds = self._calls.settings.deadline * _PART
        asking = self.known.asked.get((key, seconds))
        if asking is None:
            asking = self.known.asked[key, seconds] = asyncio.create_task(self._asked(trigger_node, key, seconds))
            asking.add_done_callback(lambda _: self.known.asked.pop((key, seconds)))
        try:
            return await asyncio.shield(asking)
        except asyncio.CancelledError:
            if asking.cancelled():  # the client was closed, and what is sent next says so
                return None
            raise

    async def _asked(self, trigger_node: str, key: Key, seconds: float) -> TriggerInputs | None:
        call = retrieve_inputs(node_name=trigger_node)
        try:
            answer = await self._calls.answer(
                call,
                lambda content: read_inputs(known_inputs(call.operation.decode(content)), asked=trigger_node),
                deadline=Deadline(self._calls.clock() + seconds, self._calls.clock),
                needed=math.inf,  # for anything to be sent again: whoever waits would rather go on without
            )
            found = answer.value
        except BookItError:
            found = None
        self._keep(key, found)
        return found

    def _keep(self, key: Key, found: TriggerInputs | None) -> None:
        seconds = self._calls.settings.inputs_ttl * (_PART if found is None else 1.0)
        kept = self.known.kept
        kept.pop(key, None)
        kept[key] = self._calls.clock() + seconds, found
        if len(kept) > _MOST:
            del kept[next(iter(kept))]

    def _kept(self, key: Key) -> tuple[bool, TriggerInputs | None]:
        until, found = self.known.kept.get(key, (-math.inf, None))
        known = self._calls.clock() < until
        return known, found if known else None

    def _key(self, trigger_node: str) -> Key:
        settings = self._calls.settings
        name = str.__str__(trigger_node) if isinstance(trigger_node, str) else ""  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        return settings.api_key, settings.base_url, name
