"""Words that stand for a value where text is all that can be given."""

from typing import Any

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def as_flag(value: Any) -> Any:
    """Return what a word for yes or no means; anything else as it is, for the SDK to judge."""
    return _WORDS.get(value.strip().casefold(), value) if isinstance(value, str) else value
