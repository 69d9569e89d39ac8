"""Tokens that hold their own content, encrypted: they cannot be read, changed or made up without the key."""

import hmac
from base64 import b64decode, b64encode
from typing import Any

import orjson
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ..world.journal import TOKEN_KEY_BYTES

NONCE_BYTES = 12


class Tokens:
    """Seals JSON values and opens them again. `key` is 64 secret bytes; nothing else has to be remembered.

    The nonce is a keyed digest of the content: the same content gives the same token, and no two contents ever share
    a nonce, not even after a restart.
    """

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key[: TOKEN_KEY_BYTES // 2])
        self._nonce_key = key[TOKEN_KEY_BYTES // 2 :]

    def seal(self, content: object, *, kind: str) -> str:
        """A token, base64 with `+`, `/` and `=` like the service's own; only the same kind opens it."""
        plain, label = orjson.dumps(content, option=orjson.OPT_SORT_KEYS), kind.encode()
        nonce = hmac.digest(self._nonce_key, label + b"\0" + plain, "sha256")[:NONCE_BYTES]
        return b64encode(nonce + self._cipher.encrypt(nonce, plain, label)).decode()

    def open(self, token: str, *, kind: str) -> Any | None:
        """What was sealed; None when this is no token of this key and kind, to the last bit."""
        try:
            sealed = b64decode(token, validate=True)
            plain = self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], kind.encode())
        except (ValueError, InvalidTag):
            return None
        # Base64 has spare bits: two texts can mean the same bytes.
        return orjson.loads(plain) if b64encode(sealed).decode() == token else None
