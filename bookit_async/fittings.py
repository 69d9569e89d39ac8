"""What a client is given beside its settings: what sends, what remembers, and the clocks. What cannot work is told."""

import asyncio
import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from .hidden import hidden
from .spelling import did_you_mean
from .times import is_aware

_Given = ParamSpec("_Given")
_Made = TypeVar("_Made")

_TRANSPORT = ("send", "close")
_HTTP_CLIENT = ("is_closed", "build_request", "send", "aclose")
_LEDGER = ("owner", "unsettled", "send", "answered", "has_rival", "report", "leave", "settle")


def fitting_problems(fittings: Mapping[str, Any]) -> Iterator[str]:
    """Yield a sentence for each of the fittings, by name, that cannot do what it is for; None is for the usual one."""
    transport, http_client, ledger = (fittings[name] for name in ("transport", "http_client", "ledger"))
    if transport is not None and http_client is not None:
        yield "transport and http_client are both given: give one"
    elif transport is not None:
        yield from _lacks("transport", transport, _TRANSPORT, "a Transport, such as Sandbox().transport")
    elif http_client is not None:
        yield from _lacks("http_client", http_client, _HTTP_CLIENT, "an httpx.AsyncClient")
    if ledger is not None:
        yield from _lacks("ledger", ledger, _LEDGER, "a Ledger, such as MemoryLedger()")
    for name in ("before_send", "clock", "now", "sleep", "jitter"):
        function = fittings[name]
        if not callable(function) and not (name == "before_send" and function is None):
            yield f"{name} must be a function, and is of type {_type_of(function)}"
    yield from _time_problems(fittings["now"], fittings["sleep"])


def suggesting(function: Callable[_Given, _Made]) -> Callable[_Given, _Made]:
    """Return a function that tells which of its arguments was meant by one that it has not.

    No frame of it holds a value that tracebacks could show: the API key may be among them.
    """
    names = frozenset(inspect.signature(function).parameters)

    @wraps(function)
    def checked(*args: _Given.args, **given: _Given.kwargs) -> _Made:
        args, given = hidden(args), hidden(given)
        if unknown := [name for name in given if name not in names]:
            raise TypeError(unknown_settings(unknown, function))
        return function(*args, **given)

    return checked


def unknown_settings(unknown: Iterable[str], function: Callable[..., object]) -> str:
    """Return what is said of arguments that a function has not, with those that were probably meant."""
    names = [name for name in inspect.signature(function).parameters if name != "self"]
    told = [f"{name!r}{did_you_mean(name, names) or ': it has ' + ', '.join(names)}" for name in unknown]
    return f"{function.__qualname__.removesuffix('.__init__')} has no setting {'; and none '.join(told)}"


def _lacks(name: str, given: object, needed: Iterable[str], kind: str) -> Iterator[str]:
    """Yield a sentence if a thing has not all that is used of it, or is the class of such things."""
    if isinstance(given, type):
        yield f"{name} must be {kind}, not a class: make one, {given.__name__:.80}(...)"
    elif not _has(given, *needed) or (needed is _TRANSPORT and _is_client(given)):
        yield f"{name} must be {kind}{_instead_of(given)}"


def _has(given: object, *names: str) -> bool:
    return all(hasattr(given, name) for name in names)


def _is_client(given: object) -> bool:
    """Return whether this is an HTTP client of the kind that httpx or requests has."""
    return _has(given, "send", "build_request") or _has(given, "send", "prepare_request")


def _instead_of(given: object) -> str:
    """Return what to do with what was given in place of another thing."""
    if type(given).__module__.partition(".")[0] == "aiohttp":
        return ": leave aiohttp's out, for one is made here (max_connections, keep_alive and proxy set it up)"
    if _has(given, *_HTTP_CLIENT):
        return ": give this client as http_client"
    if _is_client(given):
        return f", and {_type_of(given)} is not async: give an httpx.AsyncClient as http_client"
    if _has(given, *_TRANSPORT):
        return ": give this one as transport"
    if _has(given, "transport"):
        return ": give its .transport as transport"
    return f", and is of type {_type_of(given)}"


def _type_of(given: object) -> str:
    kind = type(given)
    package = kind.__module__.partition(".")[0]
    return kind.__name__[:80] if package == "builtins" else f"{package}.{kind.__name__}"[:80]


def _time_problems(now: object, sleep: object) -> Iterator[str]:
    if callable(now):
        told: object = now()
        if not isinstance(told, datetime) or not is_aware(told):
            kind = "a naive datetime" if isinstance(told, datetime) else _type_of(told)
            yield f"now must return an aware datetime, as lambda: datetime.now(UTC) does, and returned {kind}"
    if sleep is time.sleep:
        yield f"sleep must be async, as asyncio.{asyncio.sleep.__name__} is: time.sleep stops all other tasks"
