"""Where a server on this machine has its key, its secrets and its database: in the environment, or in private files."""

import os
from pathlib import Path

from ..desk.private_files import kept_secrets, key_file, make_key, private_folder, state_folder
from ..errors import InvalidInputError


def secrets(*, stored: str) -> list[str]:
    """Return what ids and the store are sealed with, the newest first: of BOOKIT_SECRETS, else of a file made once.

    InvalidInputError where the file is gone that a database *stored* already was sealed with.
    """
    if kept := kept_secrets():
        return kept
    file = Path(stored.removeprefix("sqlite:///"))
    if stored.startswith("sqlite:///") and file.exists():
        problem = f"{file} was sealed with a key that is not here: bring {key_file()} back, or set BOOKIT_SECRETS"
        raise InvalidInputError(problems=[problem])
    return make_key()


def database(given: str | None) -> str:
    """Return the URL of the database: as given, of BOOKIT_DATABASE, else of a file of this user's own."""
    url = given or os.environ.get("BOOKIT_DATABASE")
    if url:
        return url
    return f"sqlite:///{private_folder(state_folder()) / 'agents.db'}"


def api_key(file: str | None) -> str:
    """Return the key: of the file that was named, of BOOKIT_API_KEY, or of the file that BOOKIT_API_KEY_FILE names."""
    path = file or (None if os.environ.get("BOOKIT_API_KEY") else os.environ.get("BOOKIT_API_KEY_FILE"))
    if path is None:
        return os.environ.get("BOOKIT_API_KEY", "")
    try:
        return Path(path).expanduser().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise InvalidInputError(problems=[f"the API key cannot be read from {path}: {reason}"]) from None
