"""`bookit`, and `python -m bookit_async.cli`: reads the command line, carries it out, returns the exit status."""

import sys
from collections.abc import Sequence
from importlib.util import find_spec

from ..extras import PROJECT

EXTRA = ("cyclopts", "platformdirs", "rich", "cryptography")


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command, and return its exit status: `statuses.py` says which means what."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        sys.stderr.write(f"bookit needs {missing[0]}, which is not installed: pip install '{PROJECT}[cli]'\n")
        return 2
    from .running import run  # what follows needs the extra

    return run(given)


if __name__ == "__main__":
    raise SystemExit(main())
