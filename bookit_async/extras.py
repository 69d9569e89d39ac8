"""The extras of this package, and what is said when a library that one of them brings is missing."""

from collections.abc import Generator
from contextlib import contextmanager

PROJECT = "bookit-async"


@contextmanager
def needed_for(what: str, *, extra: str) -> Generator[None]:
    """Import what an extra brings, inside: ImportError names the library that is missing, and the command for it."""
    try:
        yield
    except ModuleNotFoundError as error:
        library = str(error.name).partition(".")[0]
        if library == __name__.partition(".")[0]:  # a part of our own, which a vendored copy may lack
            raise
        command = f"pip install '{PROJECT}[{extra}]'"
        raise ImportError(f"{what} needs {library}, which is not installed: {command}", name=library) from error
