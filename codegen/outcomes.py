"""What can come of a regeneration, as exit codes that a workflow branches on."""

from __future__ import annotations

from enum import IntEnum


class Outcome(IntEnum):
    """What came of it; the number is the exit code."""

    UNCHANGED = 0
    UNUSABLE = 2
    TESTS_FAILED = 3
    CHANGED = 10
    BREAKING = 11
    NEEDS_A_PERSON = 12


TOLD = {
    Outcome.UNCHANGED: "nothing changed but prose and example values; nothing was written",
    Outcome.UNUSABLE: "the document cannot be used; nothing was written",
    Outcome.TESTS_FAILED: "the tests fail with the new client; nothing was written",
    Outcome.CHANGED: "the client was regenerated, and breaks nothing",
    Outcome.BREAKING: "the client was regenerated, and breaks code that uses it",
    Outcome.NEEDS_A_PERSON: "overlays need a person first; nothing was written",
}
"""What each exit code means."""
