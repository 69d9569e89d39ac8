"""Sealing: what is kept of a prospect lies nowhere in clear."""

from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.fernet import InvalidToken

from ..desk.sealing import checked_secrets, cipher
from ..secret_rules import SHORTEST_SECRET
from .failures import Failure

_BAD_SECRETS = (
    f"BOOKIT_SECRETS must be texts of at least {SHORTEST_SECRET} characters that nobody can guess: "
    "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one"
)


class Seal:
    """Seals JSON values with the first of some secrets, and opens them with any."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._cipher = cipher(checked_secrets(secrets, problem=_BAD_SECRETS), purpose="command line")

    def close(self, value: object) -> str:
        """Return JSON values sealed."""
        return self._cipher.encrypt(orjson.dumps(value)).decode()

    def open(self, sealed: str) -> Any:
        """Return what was sealed; Failure when it was sealed with another secret."""
        try:
            return orjson.loads(self._cipher.decrypt(sealed.encode()))
        except InvalidToken:
            advice = "Put the secret back that it was sealed with: BOOKIT_SECRETS takes several, the newest first."
            raise Failure("what is kept was sealed with another secret", advice=advice, kind="KeyFileLost") from None
