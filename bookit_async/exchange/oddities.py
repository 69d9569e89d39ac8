"""What answers held that is not as documented, and was no reason to fail: noted once, for the log and for who asks."""

import logging
from collections.abc import Iterable, Iterator

from attrs import frozen

from .._generated.errors import path_of
from .._generated.types import Odd, odd_values
from ..version import PACKAGE
from ..views.meetings import Meetings
from ..views.pages import Page, odd_of

LOGGER = logging.getLogger("bookit_async")
MOST = 1000
"""How many are kept; a service that sends more of them is another service."""


@frozen(kw_only=True)
class OddValue:
    """A place in the answers of the service whose value is not as documented. Never the value itself."""

    __module__ = PACKAGE

    operation: str
    """The operation's Python name."""
    path: str
    """The JSON path, with `*` for any entry of a list or a map."""
    expected: str
    """The JSON type that is documented, or what was looked for."""
    found: str
    """The JSON type that came."""


class OddValues:
    """The odd values that a client and its copies came across, each once."""

    def __init__(self) -> None:
        self._seen: dict[OddValue, None] = {}

    def __iter__(self) -> Iterator[OddValue]:
        return iter(tuple(self._seen))

    def note(self, operation: str, value: object) -> None:
        """Note what is odd in what an operation gave."""
        for odd in _odd(value):
            self.note_one(operation, odd)

    def note_one(self, operation: str, odd: Odd) -> None:
        """Note one odd value."""
        seen = OddValue(operation=operation, path=path_of(odd.segments), expected=odd.expected, found=odd.found)
        if seen not in self._seen and len(self._seen) < MOST:
            self._seen[seen] = None
            LOGGER.warning(
                "%s: %s is not as documented (expected %s, found %s), and was passed over",
                operation,
                seen.path,
                seen.expected,
                seen.found,
            )


def _odd(value: object) -> Iterable[Odd]:
    if isinstance(value, Page):
        return odd_of(value)
    if isinstance(value, Meetings):
        return value.odd
    if isinstance(value, tuple):  # what was routed
        routing, page = value  # pyright: ignore[reportUnknownVariableType]
        return (*(one.under("routing") for one in odd_values(routing)), *_odd(page))  # pyright: ignore[reportUnknownArgumentType]
    return odd_values(value)
