"""How fast all workers may go together: half as fast when the service complains, and a little faster while it does not.

The service tells no limits, so they are felt for, within those that the user gives. Pure.
"""

from math import ceil

FULL = 1.0
"""The share of the user's limits that counts when nothing is wrong."""
LEAST = 1 / 16
UP = 0.1
"""Added to the share after a second without complaints."""
DOWN = 2.0
"""The share is divided by this, at most once a second."""
BETWEEN = 1.0
"""Seconds between two changes."""


def is_complaint(status: int) -> bool:
    """Return whether the status of an answer says that it is too much."""
    return status == 429 or 500 <= status <= 599


def next_share(share: float, *, complaints: int, answers: int) -> float:
    """Return the share of the limits that counts from now on, after so many complaints and good answers."""
    if complaints:
        return max(LEAST, share / DOWN)
    return min(FULL, share + UP) if answers else share


def room_of_each(concurrency: int, share: float, workers: int) -> int:
    """Return how many intents each of the workers may carry out at once; one at least."""
    return ceil(max(1, int(concurrency * share)) / max(1, workers))
