"""What a sandbox starts from, and where every change goes before it is answered."""

from random import Random

from attrs import define, field

from .meetings import Mail, MeetingRecord

TOKEN_KEY_BYTES = 64


@define(kw_only=True)
class Journal:
    """The start of a sandbox: its secrets, and what happened before. This journal keeps nothing of what comes."""

    api_key: str = field(repr=False)
    token_key: bytes = field(repr=False)
    meetings: list[MeetingRecord] = field(factory=list[MeetingRecord], repr=False)
    outbox: list[Mail] = field(factory=list[Mail], repr=False)
    spent: set[str] = field(factory=set[str], repr=False)

    def write(self, *meetings: MeetingRecord, mail: Mail, spends: str | None) -> None:
        """Keep new or changed meetings, the mail about them, and what a booking used up: all of it or nothing."""

    def close(self) -> None:
        """Let go of whatever holds the journal."""


def new_journal(random: Random) -> Journal:
    """The journal of a sandbox that starts afresh, with secrets of its own."""
    return Journal(api_key=f"sandbox-{random.getrandbits(64):016x}", token_key=random.randbytes(TOKEN_KEY_BYTES))
