"""A transport that calls the sandbox's application directly: no port, no socket, no waiting."""

from urllib.parse import urlsplit

from ...transports import TransportFailure, WireRequest, WireResponse
from .app import App, Message, Scope


class InProcessTransport:
    """Sends every request to the sandbox, whatever host its URL names."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._closed = False

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:  # noqa: ARG002 - nothing here takes time
        """The sandbox's answer. It takes no time, so `timeout` is never reached."""
        if self._closed:
            raise TransportFailure("the transport is closed", maybe_processed=False)
        messages: list[Message] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": request.content or b"", "more_body": False}

        async def send(message: Message) -> None:
            messages.append(message)

        await self._app(_scope(request), receive, send)
        start, *bodies = messages
        return WireResponse(
            status=start["status"],
            headers={name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]},
            body=b"".join(message["body"] for message in bodies),
        )

    async def close(self) -> None:
        """Close this transport; the sandbox and its other transports stay as they are."""
        self._closed = True


def _scope(request: WireRequest) -> Scope:
    url = urlsplit(request.url)
    return {
        "type": "http",
        "method": request.method,
        "raw_path": url.path.encode("latin-1"),
        "query_string": url.query.encode("latin-1"),
        "headers": [(name.lower().encode(), value.encode()) for name, value in request.headers.items()],
    }
