"""Opaque tokens: unreadable names for a scheduling context that stays on the server."""

import base64
from random import Random
from typing import Generic, TypeVar

Context = TypeVar("Context")

TOKEN_BYTES = 239


class Tokens(Generic[Context]):
    """Issues tokens and finds what they stand for. Only an issued one is found, whatever was changed in it."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._contexts: dict[str, Context] = {}

    def issue(self, context: Context) -> str:
        """A fresh token, base64 with `+`, `/` and `=` like the service's own."""
        token = base64.b64encode(self._random.randbytes(TOKEN_BYTES)).decode()
        self._contexts[token] = context
        return token

    def find(self, token: str) -> Context | None:
        """What the token was issued for; None when it was not issued here."""
        return self._contexts.get(token)
