"""Sealing: nothing of a person lies in the store in clear, and rows are named by keyed hashes."""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import InvalidInputError
from ..secret_rules import SHORTEST_SECRET, is_good_secret

_KEY_BYTES = 32
_BAD_SECRETS = (
    f"secrets must be one or more texts of at least {SHORTEST_SECRET} characters that nobody can guess: "
    "python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one"
)
_OTHER_SECRETS = (
    "what is stored was sealed with a secret that is not among secrets: give the one that was used before, too, "
    "after the new one"
)


class Vault:
    """Seals JSON values and opens them.

    Args:
        secrets: One or more texts of at least 32 characters. The first seals, all open: to rotate, put the new one
            first, and drop the old one once nothing that it sealed is needed any more.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        given = [secrets] if isinstance(secrets, str) else list(secrets)
        if not given or not all(isinstance(one, str) and is_good_secret(one) for one in given):  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
            raise InvalidInputError(problems=[_BAD_SECRETS])
        self._fernet = MultiFernet([Fernet(_key(one)) for one in given])

    def seal(self, value: object) -> str:
        """Return JSON values as a text that only these secrets open."""
        return self._fernet.encrypt(orjson.dumps(value)).decode()

    def open(self, sealed: str) -> Any:
        """Return what was sealed; InvalidInputError with none of the secrets that it was sealed with."""
        try:
            return orjson.loads(self._fernet.decrypt(sealed.encode()))
        except InvalidToken:
            raise InvalidInputError(problems=[_OTHER_SECRETS]) from None


class Names:
    """Names rows by a key of the store's own, which does not change when secrets do."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()

    def name(self, *parts: str) -> str:
        """Return the name of what these parts tell, the same in every process on the store."""
        text = "".join(f"{len(part)}:{part}" for part in parts)
        return hmac.digest(self._key, text.encode(), "sha256").hex()[:40]


def _key(secret: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"bookit-async durable")
    return urlsafe_b64encode(derived.derive(secret.encode()))
