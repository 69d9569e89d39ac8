"""The sandbox as an ASGI application: gateway in front, service behind, routed by the generated table of operations."""

import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from random import Random
from typing import Any
from urllib.parse import parse_qsl, unquote
from uuid import UUID

import orjson
from attrs import evolve, field, frozen

from ..._generated.api import OPERATIONS
from ..._generated.models import GatewayError, ServiceError
from ..service.refusals import Refusal, invalid
from ..service.service import Service
from . import otherwise
from .dispatch import Incoming, answer
from .hosted import hosted_page

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Headers = list[tuple[bytes, bytes]]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

LOGGER = logging.getLogger("bookit_async.sandbox")
"""One INFO line a request, without anything that was in it."""
MAX_BODY = 10 * 1024 * 1024
BOOKINGS = ("bookMeeting", "bookRoundRobinMeeting")
# The address of a hosted page is all that it takes to cancel a meeting.
PAGE_HEADERS = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
)
ROUTES = {
    operation_id: (operation.method, tuple(operation.path.split("/"))) for operation_id, operation in OPERATIONS.items()
}


@frozen(kw_only=True)
class ReceivedRequest:
    """A request that reached the sandbox, and the status it was answered with; `operation_id` None: no such operation.

    The API key is not kept. The repr shows neither query nor body.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    operation_id: str | None = None
    status: int = 200
    request_id: str


class GatewayRefusal(Exception):
    """An answer of the gateway, in its own envelope."""

    def __init__(self, status: int, message: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(message)
        self.headers = headers
        self.status = status
        self.message = message


class App:
    """The ASGI application. `requests` holds what was received, oldest first, without what had no valid API key."""

    def __init__(self, service: Service, *, api_key: str, random: Random) -> None:
        self._service = service
        self._api_key = api_key.encode()
        self._random = random
        self.requests: list[ReceivedRequest] = []
        self._taken = otherwise.Asked(service)
        self._media_type = b"text/plain" if "other_media_type" in service.quirks else b"application/json"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one HTTP request; nothing else is spoken here."""
        if scope["type"] != "http":
            raise NotImplementedError(f"The sandbox speaks HTTP only, no {scope['type']}.")
        body = await _body(receive)
        page = hosted_page(self._service, scope["method"], _raw_path(scope), body or b"")
        if page is not None:
            status, content, headers = page.status, page.html.encode(), [*PAGE_HEADERS]
            LOGGER.info("%s %-6s page behind a link in a mail", status, scope["method"])
        else:
            status, content, headers = self._answer(scope, body)
            if content:
                headers.append((b"content-type", self._media_type))
            headers = otherwise.headers(headers, self._service.quirks, self._service)
        headers.append((b"content-length", str(len(content)).encode()))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else content})

    def _answer(self, scope: Scope, body: bytes | None) -> tuple[int, bytes, Headers]:
        request_id = str(UUID(int=self._random.getrandbits(128), version=4))
        headers = [(b"x-amzn-requestid", request_id.encode()), (b"x-amz-apigw-id", request_id[-12:].encode())]
        if not self._authenticated(scope):
            status, words = (403, "Forbidden") if "wrong_key_is_403" in self._service.quirks else (401, "Unauthorized")
            LOGGER.info("%s        X-Api-Key is missing or wrong", status)
            return status, _gateway_says(words), headers
        received = ReceivedRequest(
            method=scope["method"],
            path=_raw_path(scope),
            query=dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)),
            body=body or b"",
            request_id=request_id,
        )
        try:
            operation_id, in_path = _find(received.method, received.path)
            received = evolve(received, operation_id=operation_id)
            if body is None:
                raise _too_long()
            if received.body and any(name == b"content-encoding" for name, _ in scope["headers"]):
                raise invalid("the request body must not be compressed")
            result = self._result(_incoming(received, operation_id, in_path))
            content = b"" if result is None else orjson.dumps(result)
        except GatewayRefusal as refusal:
            received = evolve(received, status=refusal.status)
            content = _gateway_says(refusal.message)
            headers += refusal.headers
        except Refusal as refusal:
            said = otherwise.refused(refusal, self._service.quirks)
            received = evolve(received, status=said.status)
            content = orjson.dumps(ServiceError(error=said.sentence).to_dict())
            if "errors_in_message" in self._service.quirks:
                content = _gateway_says(said.sentence)
        self.requests.append(received)
        _log(received)
        return received.status, content, headers

    def _result(self, incoming: Incoming) -> object:
        """Return the service's answer, as the gateway has it where the world has quirks."""
        quirks, method = self._service.quirks, OPERATIONS[incoming.operation_id].method
        books = incoming.operation_id in BOOKINGS
        incoming = self._taken(incoming)
        if (books or method in ("PATCH", "DELETE")) and quirks.happens("sent_twice", self._random):
            answer(self._service, incoming)
        result = otherwise.told(incoming.operation_id, answer(self._service, incoming), quirks, self._random)
        if books and quirks.happens("booked_despite_429", self._random):
            raise GatewayRefusal(429, "Too Many Requests")
        return result

    def _authenticated(self, scope: Scope) -> bool:
        given = [value for name, value in scope["headers"] if name == b"x-api-key"]
        return len(given) == 1 and hmac.compare_digest(given[0], self._api_key)


def _log(received: ReceivedRequest) -> None:
    operation = OPERATIONS.get(received.operation_id or "")
    what = ("", "", "no such operation") if operation is None else (operation.method, operation.path, operation.id)
    LOGGER.info("%s %-6s %s  %s", received.status, *what)


def _too_long() -> GatewayRefusal:
    return GatewayRefusal(413, "Request Too Long")


def _gateway_says(message: str) -> bytes:
    return orjson.dumps(GatewayError(message=message).to_dict())


async def _body(receive: Receive) -> bytes | None:
    """The whole body; None when it is larger than the gateway takes, or the caller went away before its end."""
    parts: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size <= MAX_BODY:
            parts.append(part)
        more = message.get("more_body", False)
    return b"".join(parts) if size <= MAX_BODY else None


def _raw_path(scope: Scope) -> str:
    """The path still encoded, so that an encoded slash stays inside its segment."""
    raw: bytes = scope["raw_path"]
    return raw.partition(b"?")[0].decode("latin-1")


def _find(method: str, path: str) -> tuple[str, tuple[str, ...]]:
    segments = path.split("/")
    allowed: list[str] = []
    for operation_id, (wanted, template) in ROUTES.items():
        if len(template) != len(segments):
            continue
        in_path: list[str] = []
        for part, segment in zip(template, segments, strict=True):
            if part.startswith("{") and segment:
                in_path.append(unquote(segment))
            elif part != segment:
                break
        else:
            allowed.append(wanted)
            if wanted == method:
                return operation_id, tuple(in_path)
    if not allowed:
        raise GatewayRefusal(404, "Not Found")
    raise GatewayRefusal(405, "Method Not Allowed", (b"allow", ", ".join(allowed).encode()))


def _incoming(received: ReceivedRequest, operation_id: str, in_path: tuple[str, ...]) -> Incoming:
    body: object = None
    if OPERATIONS[operation_id].request is not None:
        body = _decoded(received.body)
    return Incoming(operation_id=operation_id, in_path=in_path, query=received.query, body=body)


def _decoded(body: bytes) -> object:
    """The JSON value, which is sure to be written again; raises a refusal for what readers could take differently."""
    try:
        value = orjson.loads(body)
        orjson.dumps(value)
        json.loads(body, object_pairs_hook=_without_twins)
    except ValueError:
        raise invalid("the request body is not JSON") from None
    except (TypeError, RecursionError):
        raise invalid("the request body is nested too deeply") from None
    return value


def _without_twins(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) != len(pairs):
        raise invalid("the request body has a key twice in one object")
