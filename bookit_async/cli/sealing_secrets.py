"""What journals are sealed with: BOOKIT_SECRETS, or a key file that the first use makes."""

import os
from pathlib import Path
from secrets import token_urlsafe

from .failures import Failure
from .folders import config_folder, write_private
from .output import Output

_BYTES = 32


def key_file() -> Path:
    """Return where the key is that journals are sealed with where BOOKIT_SECRETS is not set."""
    return config_folder() / "sealing.key"


def sealing_secrets(output: Output, *, sealed: Path | None) -> list[str]:
    """Return the secrets, the newest first; a key file is made where there is none, and named.

    Not where *sealed* is there already, for then the key that it was sealed with is lost: that is told.
    """
    given = [one.strip() for one in os.environ.get("BOOKIT_SECRETS", "").split(",") if one.strip()]
    if given:
        return given
    path = key_file()
    if path.exists():
        return [path.read_text(encoding="utf-8").strip()]
    if sealed is not None and sealed.exists():
        raise Failure(
            f"{sealed} was sealed with a key that is not here: there is no {path}, and BOOKIT_SECRETS is not set",
            advice="Bring the key file back. Without it nobody can tell what the journal holds; to begin a new one, "
            "move the journal away, and look with `bookit meetings list EMAIL` what it may have booked.",
            kind="KeyFileLost",
        )
    write_private(path, f"{token_urlsafe(_BYTES)}\n")
    output.warn(f"Made {path}, which journals are sealed with: keep it, for nothing else opens them.")
    return [path.read_text(encoding="utf-8").strip()]
