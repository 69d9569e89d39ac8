"""From a call to the request that is sent for it, and the last look at what a caller gave.

What is checked is what goes out, so that every way in is covered: the flows, the methods and `client.api`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, cast
from urllib.parse import unquote_to_bytes, urlencode

import orjson
from msgspec import ValidationError
from msgspec.json import Decoder

from .._generated.errors import WrongTypeError
from .._generated.types import Call, Operation
from ..errors import InvalidInputError
from ..hidden import HiddenBytes, HiddenText
from ..scalars import NotPlainError, is_unicode, pairs, plain
from ..settings import Settings
from ..transports import WireRequest
from ..transports.limits import MAX_REQUEST_BYTES, MAX_URL_BYTES
from ..views.addresses import is_invisible
from ..views.inputs import read_prospect

_CONTEXTS = ("token", "linkId", "params")
ONE_OF: Mapping[str, tuple[str, ...]] = {
    "fetch_availability": ("token", "linkId", "meetingId"),
    "book_meeting": _CONTEXTS,
    "book_round_robin_meeting": _CONTEXTS,
}
"""By operation, the keys of which a request body holds exactly one: they say what is booked."""

_PROSPECTS = frozenset(("prospect", "formData"))
_ADDRESSES = ("prospect_email",)
_DEEPEST = 20
"""Levels of JSON in JSON; no request has more than five."""


def outgoing(call: Call[Any], settings: Settings) -> WireRequest:
    """Return the request for a call. InvalidInputError names everything that the service could not take."""
    query = HiddenText(f"?{urlencode(call.query, errors='surrogatepass')}" if call.query else "")
    url = HiddenText(f"{settings.base_url}{call.path}{query}")
    problems = [] if call.path == call.operation.path else [*_path_problems(call)]
    for name, text in call.query:
        problems += _text_problems(_python_name(name), text)
        del text
    for name, text in call.headers:
        problems += _header_problems(_python_name(name.replace("-", "_")).lower(), text)
        del text
    if len(url) > MAX_URL_BYTES:
        problems.append(f"an id or address is too long: the URL would be longer than {MAX_URL_BYTES} bytes")
    body = call.body
    if body is not None and not _PROSPECTS.isdisjoint(body):
        for name in _PROSPECTS.intersection(body):
            data, more = read_prospect(body[name])
            body = {**body, name: data}
            problems += more
    content = None
    if not problems:
        content, more = _content(call, body)
        problems += more
    if problems:
        raise InvalidInputError(problems=problems, operation=call.operation.name)
    headers = settings.headers(has_body=content is not None)
    if call.headers:
        headers |= {name: HiddenText(text) for name, text in call.headers}
    return WireRequest(
        method=call.operation.method,
        url=str(url),
        headers=headers,
        content=None if content is None else HiddenBytes(content),
    )


def _content(call: Call[Any], body: dict[str, Any] | None) -> tuple[bytes | None, list[str]]:
    if body is None:
        return None, []
    try:
        content = orjson.dumps(body)
    except TypeError:  # of a value, a key or a class that it does not write
        problems: list[str] = []
        content = orjson.dumps({_text(name): _plain(_text(name), value, problems) for name, value in body.items()})
        if problems:
            return None, problems
    if len(content) > MAX_REQUEST_BYTES:
        return None, [f"the request body would be larger than {MAX_REQUEST_BYTES} bytes: send less"]
    return content, [*_body_problems(call, content)]


def _plain(path: str, value: object, problems: list[str], depth: int = 0) -> Any:
    """Return JSON values for what was given under a path; what has none is told, and left out."""
    if depth > _DEEPEST:
        problems.append(f"{path:.80} is nested too deeply")
        return None
    named = pairs(value)
    if named is not None:
        return {_text(name): _plain(f"{path}.{_text(name)}", one, problems, depth + 1) for name, one in named}
    if isinstance(value, (list, tuple)):
        several = cast("Sequence[object]", value)
        return [_plain(f"{path}[{index}]", one, problems, depth + 1) for index, one in enumerate(several)]
    try:
        return plain(value)
    except NotPlainError as error:
        problems.append(f"{_python_name(path):.80} {error}")
        return None


def _text(name: object) -> str:
    """Return a key as text that can be sent: one that cannot is known by that."""
    return name if isinstance(name, str) and is_unicode(name) else f"<{type(name).__name__}>"


@lru_cache
def _decoder(operation: Operation[Any]) -> Decoder[dict[str, Any]]:
    return Decoder(operation.body or dict[str, Any])


def _body_problems(call: Call[Any], content: bytes) -> Iterator[str]:
    try:
        body = _decoder(call.operation).decode(content)
    except ValidationError:  # does not say what is wrong as briefly, and minds what the reader leaves out
        body = orjson.loads(content)
        try:
            (call.operation.request or dict)(body)
        except WrongTypeError as error:
            where = error.path.removeprefix("$.")
            article = "an" if error.expected[0] in "aio" else "a"
            wrong = "is missing" if error.expected == "present" else f"must be {article} {error.expected}"
            yield f"{where} {wrong}"
    for name, value in body.items():
        if isinstance(value, str) and not value.strip():
            yield f"{_python_name(name)} is empty"
    names = ONE_OF.get(call.operation.name)
    if names and [*map(body.get, names)].count(None) != len(names) - 1:
        first, second, third = map(_python_name, names)
        yield f"give exactly one of {first}, {second} and {third}"


def _path_problems(call: Call[Any]) -> Iterator[str]:
    for part, segment in zip(call.operation.path.split("/"), call.path.split("/"), strict=True):
        if part.startswith("{"):
            name = _python_name(part.strip("{}"))
            text = unquote_to_bytes(segment).decode(errors="surrogatepass")
            yield from _text_problems(name, text)
            if text in (".", ".."):
                yield f"{name} is a step in a path, not an id"


def _text_problems(name: str, text: str) -> Iterator[str]:
    if not text.strip():
        yield f"{name} is empty"
    elif name in _ADDRESSES:
        if any(is_invisible(text, index) or ord(one) < 32 for index, one in enumerate(text)):
            yield f"{name} holds a character that cannot be seen: type it again"
    elif not text.isprintable():  # line breaks, NUL, lone surrogates, what a copy from a web page brings along
        yield f"{name} holds line breaks or characters that cannot be seen: copy it again"


def _header_problems(name: str, text: str) -> Iterator[str]:
    if not text.isascii():
        yield f"{name} holds characters outside ASCII, which no header can carry"
    else:
        yield from _text_problems(name, text)


def _python_name(wire_name: str) -> str:
    return re.sub(r"(?<=[a-z])[A-Z]", lambda match: f"_{match[0].lower()}", wire_name).lstrip("_")
