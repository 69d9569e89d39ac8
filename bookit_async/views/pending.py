"""A booking whose outcome is not known: all that it takes to look it up, here or in another process."""

from collections.abc import Mapping
from datetime import datetime
from os import urandom
from typing import Literal

from attrs import evolve, field, frozen

from .outcomes import Booked
from .slots import Slot

TokenState = Literal["good", "spent", "unknown"]


@frozen(kw_only=True)
class PendingBooking:
    """A booking that was sent and whose outcome is not known: what is needed to look it up, in its repr or not."""

    slot: Slot
    """The slot that was asked for."""
    host_ids: tuple[str, ...]
    """User ids of the hosts who may have got the meeting; empty when nobody can tell."""
    host_emails: Mapping[str, str] = field(repr=False)
    """Email addresses of the offer's hosts in lower case, and whose they are, as far as the offer told them."""
    prospect_email: str | None = field(repr=False)
    """The prospect's email address as it stood in the form; None when it had none, and then nothing can be found."""
    token: str | None = field(repr=False)
    """The one-shot token of the offer; None in link and params mode."""
    link_id: str | None
    """The BookIt Link that was booked through; None otherwise."""
    uid: str | None
    """The BookIt Log ID of the submission; None when nothing was routed."""
    lost_at: datetime
    """When it was last sent and lost, aware."""
    token_state: TokenState = "unknown"  # noqa: S105 - a state, not a secret
    """What was last heard of the token: `good` means that nothing was booked with it, `spent` that a meeting exists."""
    request_ids: tuple[str, ...] = ()
    """The gateway's ids of the answers that came, if any did."""
    id: str = field(factory=lambda: urandom(16).hex())
    """Tells this booking from all others, also in another process."""

    def host_of(self, email: str | None) -> str | None:
        """Give the user id of the host with an email address, or of the only host; None when nobody can tell."""
        by_email = self.host_emails.get((email or "").casefold())
        return by_email or (self.host_ids[0] if len(self.host_ids) == 1 else None)

    def heard(
        self,
        *,
        token_state: TokenState | None = None,
        request_id: str | None = None,
        lost_at: datetime | None = None,
    ) -> "PendingBooking":
        """Give a copy that knows more; a spent token stays spent."""
        ids = self.request_ids if request_id is None else (*self.request_ids, request_id)
        state = self.token_state if self.token_state == "spent" else token_state or self.token_state  # noqa: S105
        return evolve(self, token_state=state, request_ids=ids, lost_at=lost_at or self.lost_at)


@frozen(kw_only=True)
class Unsettled:
    """A booking whose caller was cancelled while it was in flight."""

    booking: PendingBooking
    """What was asked for; `client.settle` takes the whole of this and finds out."""
    outcome: Booked | None = None
    """The meeting, when the answer came within the grace; None when it is still open."""
