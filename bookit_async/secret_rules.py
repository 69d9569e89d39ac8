"""What may be a secret that seals something. Pure."""

import re
from itertools import pairwise

SHORTEST_SECRET = 32
"""Characters: `secrets.token_urlsafe(32)` gives 43."""
FEWEST_CHARACTERS = 8
"""Different characters in a secret, and different steps from one character to the next, that chance always gives."""
_PLACEHOLDER = re.compile(
    r"replace-?me|change-?(me|this|it)|place-?holder|(your|my|the|some|super|top|insert|enter)-?(own-?)?(secret|key|password)"
    r"|(secret|key|password)-?(goes-?)?here|not-?(a-?|so-?)?secret|secrets?\.?token|correct-?horse|do-?not-?use",
    re.ASCII,
)


def is_good_secret(secret: str) -> bool:
    """Return whether a text may be a secret: long, no placeholder, and not a few characters or steps over and over."""
    steps = {ord(after) - ord(before) for before, after in pairwise(secret)}
    return (
        len(secret) >= SHORTEST_SECRET
        and min(len(set(secret)), len(steps)) >= FEWEST_CHARACTERS
        and secret not in f"{secret}{secret}"[1:-1]
        and _PLACEHOLDER.search(re.sub(r"[\s_-]+", "-", secret.casefold())) is None
    )
