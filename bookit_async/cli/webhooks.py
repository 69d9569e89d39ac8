"""Posting changes to a webhook, signed as Standard Webhooks has it, so that receivers have a library for it."""

import base64
import binascii
import hmac
import os
from datetime import datetime
from urllib.parse import urlsplit

from ..transports import Transport, TransportFailure, WireRequest
from .failures import Failure

SECRET = "BOOKIT_WEBHOOK_SECRET"  # noqa: S105 - the name of a variable
_PREFIX = "whsec_"
_SHORTEST = 24
"""Bytes of a secret."""
_TIMEOUT = 15.0
_FIRST, _LONGEST = 1.0, 300.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


def webhook_key(url: str) -> bytes:
    """Return what signs what is posted to an address; Failure when it may not be posted there, or nothing signs."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
        raise Failure("--webhook must be an https:// address, without a user")
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        raise Failure("--webhook is http:// to another machine, which shows the network whom you meet: use https://")
    text = os.environ.get(SECRET, "")
    advice = f"Give {SECRET} the receiver's secret: whsec_ and base64, or any text of {_SHORTEST} characters or more."
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True) if text.startswith(_PREFIX) else text.encode()
    except binascii.Error:
        raise Failure(f"{SECRET} must be base64 behind {_PREFIX}", advice=advice) from None
    if len(key) < _SHORTEST:
        raise Failure(f"{SECRET} is {'too short' if text else 'not set'}, and signs what is posted", advice=advice)
    return key


def signed(body: bytes, *, message_id: str, at: datetime, key: bytes) -> dict[str, str]:
    """Return the headers of a message."""
    stamp = str(int(at.timestamp()))
    digest = hmac.digest(key, b".".join([message_id.encode(), stamp.encode(), body]), "sha256")
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": stamp,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }


def wait_after(failures: int) -> float:
    """Return the seconds before a message is posted again."""
    return min(_LONGEST, _FIRST * 2.0 ** min(failures - 1, 10))


class Webhook:
    """Posts messages to an address."""

    def __init__(self, transport: Transport, url: str, key: bytes) -> None:
        self._transport = transport
        self._url = url
        self._key = key

    async def close(self) -> None:
        """Disconnect."""
        await self._transport.close()

    async def post(self, body: bytes, *, message_id: str, at: datetime) -> str | None:
        """Return None once the receiver has taken a message, else why it did not."""
        headers = signed(body, message_id=message_id, at=at, key=self._key)
        try:
            answer = await self._transport.send(WireRequest("POST", self._url, headers, body), timeout=_TIMEOUT)
        except TransportFailure as failure:
            return failure.reason
        return None if 200 <= answer.status < 300 else f"status {answer.status}"
