"""A world that cannot be played, and a file that cannot keep what happened in it."""


class WorldError(ValueError):
    """A world that cannot be played."""

    mistakes: list[str]
    """All that is wrong, one sentence each."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = mistakes
        listed = "".join(f"\n- {mistake}" for mistake in mistakes)
        super().__init__(f"The sandbox cannot play this world; put right:{listed}")

    def __reduce__(self) -> "tuple[type[WorldError], tuple[list[str]]]":
        return WorldError, (self.mistakes,)


class JournalError(Exception):
    """A file that the sandbox cannot keep its state in; the message says which and what to do."""
