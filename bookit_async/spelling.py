"""Names as people compare them: without case, spaces and punctuation; and which one was probably meant."""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_LONGEST = 100
"""Characters; nobody means a name with something longer."""


@lru_cache(maxsize=1024)
def folded(name: str) -> str:
    """Return a name without case, spaces and punctuation, all else kept; empty when it holds nothing else.

    Marks stay, for in many scripts a word without its vowel signs is another word.
    """
    text = unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
    return "".join(one for one in text if not one.isspace() and not unicodedata.category(one).startswith("P"))


def meant(name: str, known: Iterable[str]) -> str | None:
    """Return the known name that was probably meant: one that folds alike, else one that is close; None for none."""
    if len(name) > _LONGEST:
        return None
    from difflib import get_close_matches  # loads slowly, and only mistakes need it

    by_fold = {folded(one): one for one in known}
    wanted = folded(name)
    close = [wanted] if wanted in by_fold else get_close_matches(wanted, by_fold, n=1, cutoff=0.75)
    return by_fold[close[0]] if wanted and close else None


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `: did you mean 'First Name'?`, empty when nothing is close."""
    found = meant(name, known)
    return "" if found is None else f": did you mean {found!r}?"
