"""What a client like `httpx.AsyncClient` has to offer for the adapter to send through it."""

from collections.abc import Mapping
from typing import Any, Protocol


class HttpxClient(Protocol):
    """What is used of `httpx.AsyncClient`."""

    @property
    def is_closed(self) -> bool:
        """Whether it can send no more."""
        ...

    def build_request(
        self,
        method: str,
        url: str,
        *,
        content: bytes | None,
        headers: Mapping[str, str],
        timeout: float,
        extensions: Mapping[str, Any],
    ) -> Any:
        """A request with the client's own headers added."""
        ...

    async def send(self, request: Any, *, auth: None, follow_redirects: bool, stream: bool) -> Any:
        """The answer: `status_code`, `headers`, `is_stream_consumed`, `content`, `aiter_raw()` and `aclose()`."""
        ...

    async def aclose(self) -> None:
        """Closes every connection."""
        ...
