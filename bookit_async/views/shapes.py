"""What is not understood of an answer: what was looked for, and which keys were there."""

from collections.abc import Iterable, Mapping
from typing import Any

from .._generated.errors import WrongTypeError


class UnknownShapeError(WrongTypeError):
    """What a flow needs is not there, though it may be there under another key."""

    def __init__(self, looked_for: str, there: Mapping[str, Any], *, under: Iterable[str | int] = ()) -> None:
        super().__init__(None, looked_for, there)
        self.segments = [*under]
        self.keys = tuple(key for key, value in there.items() if value is not None)
        """The keys that were there in its place and held something, as they were sent."""
