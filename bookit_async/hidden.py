"""Values whose repr tells nothing: what error trackers capture of our frames has no prospect and no key in it."""

from collections.abc import Mapping, Sequence
from typing import Any, cast


class HiddenText(str):
    """A text that is not told."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<hidden text>"


class HiddenBytes(bytes):
    """Bytes that are not told."""

    def __repr__(self) -> str:
        return f"<{len(self)} hidden bytes>"


class HiddenMapping(dict[str, Any]):
    """A mapping of which nothing is told but how much it holds."""

    repeated: tuple[str, ...] = ()
    """Names that what it is a copy of gives more than once, as a multidict may."""

    def __repr__(self) -> str:
        return f"<{len(self)} hidden values>"


class HiddenList(list[Any]):
    """A list of which nothing is told but how much it holds."""

    def __repr__(self) -> str:
        return f"<{len(self)} hidden values>"


def hidden(value: Any) -> Any:
    """Return a copy that equals a mapping, list, tuple or text and tells nothing; anything else as it is."""
    if isinstance(value, (list, tuple)):
        return HiddenList(cast("Sequence[Any]", value))
    if isinstance(value, str):
        return HiddenText(str.__str__(value))
    if isinstance(value, (dict, Mapping)):  # the first is found at once, where the second asks a registry
        return _hidden_mapping(cast("Mapping[str, Any]", value))
    return value


def _hidden_mapping(value: Mapping[str, Any]) -> HiddenMapping:
    made = HiddenMapping(value.items())
    if len(made) != len(value):
        names = [name for name, _ in value.items()]
        made.repeated = tuple(name for name in made if names.count(name) > 1)
    return made
