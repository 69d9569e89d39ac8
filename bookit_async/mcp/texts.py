"""Texts that others wrote, made harmless before a model reads them. Pure."""

import re
import unicodedata
from collections.abc import Iterable

LONGEST = 60
"""Characters of such a text."""
_ADDRESS = re.compile(r"://|^www\.|@|[\w-]\.[a-z]{2,}(?=$|[/:?#.,;!)\]}>\"'])", re.IGNORECASE)
"""In a word: it is a URL, a domain's name, or an email address."""
_LEFT_OUT = "[…]"


def harmless(text: object, *, longest: int = LONGEST) -> str:
    """Return a text without control characters, URLs and addresses, in one line of so many characters at most.

    What is left is still somebody else's words: it goes into fields whose names say so.
    """
    plain = unicodedata.normalize("NFKC", text) if isinstance(text, str) else ""
    seen = "".join(" " if one.isspace() else one for one in plain if one.isspace() or _is_seen(one))
    words = [_LEFT_OUT if _ADDRESS.search(word) else word for word in seen.split()]
    line = " ".join(words)
    return line if len(line) <= longest else f"{line[: longest - 1].rstrip()}…"


def labels(names: Iterable[str]) -> dict[str, str]:
    """Return what is shown for each name, and the name that it stands for: another one where two look the same."""
    found: dict[str, str] = {}
    for number, name in enumerate(names, 1):
        shown = harmless(name)
        found[shown if shown and shown not in found else f"{shown[: LONGEST - 8]} ({number})".strip()] = name
    return found


def _is_seen(one: str) -> bool:
    return unicodedata.category(one)[0] != "C" and unicodedata.category(one) not in ("Zl", "Zp")
