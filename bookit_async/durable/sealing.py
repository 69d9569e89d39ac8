"""Sealing: nothing of a person lies in the store in clear, and rows are named by keyed hashes."""

import hmac
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from cryptography.fernet import InvalidToken

from ..desk.sealing import checked_secrets, cipher
from ..errors import InvalidInputError
from ..secret_rules import SHORTEST_SECRET

_PURPOSE = "durable"
_BAD_SECRETS = (
    f"secrets must be one or more texts of at least {SHORTEST_SECRET} characters that nobody can guess: "
    "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one"
)
_OTHER_SECRETS = (
    "what is stored was sealed with a secret that is not among secrets: give the one that was used before, too, "
    "after the new one"
)


class OtherSecretsError(InvalidInputError):
    """What is stored was sealed with a secret that was not given."""

    def __init__(self, *, problems: Iterable[str] = (_OTHER_SECRETS,), operation: str | None = None) -> None:
        super().__init__(problems=problems, operation=operation)


class Vault:
    """Seals JSON values and opens them.

    Args:
        secrets: One or more texts of at least 32 characters. The first seals, all open: to rotate, put the new one
            first, and drop the old one once nothing that it sealed is needed any more.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self._fernet = cipher(checked_secrets(secrets, problem=_BAD_SECRETS), purpose=_PURPOSE)

    def seal(self, value: object) -> str:
        """Return JSON values as a text that only these secrets open."""
        return self._fernet.encrypt(orjson.dumps(value)).decode()

    def open(self, sealed: str) -> Any:
        """Return what was sealed; OtherSecretsError with none of the secrets that it was sealed with."""
        try:
            return orjson.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise OtherSecretsError from None


class Names:
    """Names rows by a key of the store's own, which does not change when secrets do."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def name(self, *parts: str) -> str:
        """Return the name of what these parts tell, the same in every process on the store."""
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(self._key, text.encode(), "sha256").hex()[:40]
