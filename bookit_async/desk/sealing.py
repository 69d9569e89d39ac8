"""Sealed references: what a browser is given instead of tokens and meeting ids, encrypted, signed and expiring.

Everything that a reference stands for is inside it, so any process with the same secrets can open it.
"""

import hmac
import os
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ..errors import BookItError, InvalidInputError
from ..secret_rules import SHORTEST_SECRET, is_good_secret

_KEY_BYTES = 32
_PURPOSE = "references"
_BAD_SECRETS = (
    f"secrets are missing, shorter than {SHORTEST_SECRET} characters, or a placeholder or pattern that can be guessed: "
    "give some, or set BOOKIT_WEB_SECRETS; python -c 'import secrets; print(secrets.token_urlsafe(32))' makes one"
)


class ReferenceInvalidError(BookItError):
    """A reference that was not given out here: changed, made up, or sealed with a secret that is no longer known."""

    what = "the reference cannot be opened"
    advice = "Begin anew: route the prospect again, or use the link in the mail."


class ReferenceExpiredError(BookItError):
    """A reference whose time is over."""

    what = "the reference has expired"
    advice = "Begin anew: route the prospect again, or use the link in the mail."


class ReferenceLimitedError(BookItError):
    """A reference that tells when a meeting is, and is not good to change it."""

    what = "the reference is not good to change the meeting"
    advice = "Use the link in the mail about it."


class Seal:
    """Makes references and opens them.

    Args:
        secrets: One or more texts of at least 32 characters, from
            `python -c 'import secrets; print(secrets.token_urlsafe(32))'`. The first seals, all
            open: to rotate, put the new one first and drop the old one when the longest time of a reference has passed.
            None reads BOOKIT_WEB_SECRETS, where a comma separates them.
        now: Gives seconds since the epoch.

    InvalidInputError when there is no secret, or one is too short, a known placeholder, or made of too little.
    """

    def __init__(self, secrets: Sequence[str] | None = None, *, now: Callable[[], float] = time.time) -> None:
        if secrets is None:
            secrets = [one.strip() for one in os.environ.get("BOOKIT_WEB_SECRETS", "").split(",") if one.strip()]
        given = checked_secrets(secrets, problem=_BAD_SECRETS)
        self.now = now
        self._fernet = cipher(given, purpose=_PURPOSE)
        self._naming = _key(given[0], "names")

    def close(self, content: Mapping[str, Any], *, kind: str, until: float) -> str:
        """Return a reference to JSON values that only the same kind opens, good *until* so many epoch seconds."""
        return self._fernet.encrypt(orjson.dumps([kind, until, content])).decode()

    def name(self, text: str) -> str:
        """Return what names a text in a store, the same for all who have the first secret; nothing tells the text."""
        return hmac.digest(self._naming, text.encode(), "sha256").hex()[:40]

    def open(self, reference: str, *, kind: str) -> dict[str, Any]:
        """Return what was sealed; ReferenceInvalidError or ReferenceExpiredError when it is not to be had."""
        try:
            sealed_kind, until, content = orjson.loads(self._fernet.decrypt(reference.encode()))
        except (InvalidToken, ValueError):
            raise ReferenceInvalidError from None
        if sealed_kind != kind:
            raise ReferenceInvalidError
        if until <= self.now():
            raise ReferenceExpiredError
        return dict(content)


def checked_secrets(secrets: Sequence[str], *, problem: str) -> list[str]:
    """Return secrets as a list; InvalidInputError with the *problem* when there is none, or one can be guessed."""
    given = [secrets] if isinstance(secrets, str) else list(secrets)
    if not given or not all(isinstance(one, str) and is_good_secret(one) for one in given):  # pyright: ignore[reportUnnecessaryIsInstance] - anything may come
        raise InvalidInputError(problems=[problem])
    return given


def cipher(secrets: Sequence[str], *, purpose: str) -> MultiFernet:
    """Return what seals with the first of these secrets and opens with all, each text for one purpose only."""
    return MultiFernet([Fernet(_key(secret, purpose)) for secret in secrets])


def _key(secret: str, purpose: str) -> bytes:
    derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=f"bookit-async {purpose}".encode())
    return urlsafe_b64encode(derived.derive(secret.encode()))
