"""What journals are sealed with: BOOKIT_SECRETS, or a key file that the first use makes."""

from pathlib import Path

from ..desk.private_files import kept_secrets, key_file, make_key
from .failures import Failure
from .output import Output


def sealing_secrets(output: Output, *, sealed: Path | None) -> list[str]:
    """Return the secrets, the newest first; a key file is made where there is none, and named.

    Not where *sealed* is there already, for then the key that it was sealed with is lost: that is told.
    """
    if kept := kept_secrets():
        return kept
    path = key_file()
    if sealed is not None and sealed.exists():
        raise Failure(
            f"{sealed} was sealed with a key that is not here: there is no {path}, and BOOKIT_SECRETS is not set",
            advice="Bring the key file back. Without it nobody can tell what the journal holds; to begin a new one, "
            "move the journal away, and look with `bookit meetings list EMAIL` what it may have booked.",
            kind="KeyFileLost",
        )
    made = make_key()
    output.warn(f"Made {path}, which journals are sealed with: keep it, for nothing else opens them.")
    return made
