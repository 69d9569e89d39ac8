"""What the tools work with, and who can be asked."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Protocol

from attrs import field, frozen

from ..client import BookIt
from ..desk.sealing import Seal
from ..durable import Durable
from .allowlist import Allowlist
from .confirmations import Confirmations
from .problems import ToolError
from .proposals import AnyProposal

READS = 10.0
"""Seconds for a call of the client."""
ASKING = 25.0
"""Seconds that a person has for an answer where the call waits for it; then a code is given."""
PATIENCE = 10.0
"""Seconds that a call waits for a booking; then `outcome` tells."""
WHOLE = 55.0
"""Seconds of a whole call: hosts give up after 60."""


class Answer(Enum):
    """What a person said."""

    YES = "yes"
    NO = "no"
    NOBODY = "nobody"
    """Nobody can be asked from here, or nobody answered."""


class Person(Protocol):
    """Whoever sits before the host."""

    async def ask(self, proposal: AnyProposal) -> Answer:
        """Return what the person says to a proposal."""
        ...

    async def tell(self, message: str) -> None:
        """Say how far a call has come."""
        ...


@frozen(kw_only=True)
class Office:
    """What the tools work with."""

    client: BookIt = field(repr=False)
    durable: Callable[[], Awaitable[Durable]]
    confirmations: Confirmations
    seal: Seal
    allowlist: Allowlist
    confirmed_by_host: bool = False
    """Whether the host's own question before a call counts as the person's answer."""

    def now(self) -> datetime:
        """Return the time of day."""
        return datetime.fromtimestamp(self.seal.now(), UTC)

    async def unconfirmed(self, proposal: AnyProposal, proposal_id: str, person: Person) -> dict[str, Any] | None:
        """Ask a person about a proposal; None once it is agreed to, else what the model is told."""
        if self.seal.now() >= proposal.until:
            raise ToolError("this proposal is too old to be agreed to", next="Nothing was done. Propose it once more.")
        if await self.confirmations.agreed(proposal.intent):
            return None
        question = await self.confirmations.ask(proposal.intent, proposal_id, until=proposal.until, now=self.seal.now())
        answer = Answer.YES if self.confirmed_by_host else await person.ask(proposal)
        if answer is Answer.YES:
            await self.confirmations.agree(proposal.intent)
            return None
        command = f"bookit mcp confirm {question.code}"
        if answer is Answer.NO:
            return {
                "status": "not_confirmed",
                "confirm_command": command,
                "next": "Nothing was done. Tell the person that it was not confirmed: some programs answer so without "
                "showing the question. If the person wants it, they can run confirm_command in a terminal themselves; "
                "then call this again.",
            }
        return {
            "status": "confirmation_needed",
            "code": question.code,
            "confirm_command": command,
            "next": "Nothing was done. Show the person the command: they run it in a terminal themselves and agree; "
            "then call this again with the same proposal_id.",
        }
