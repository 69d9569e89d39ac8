"""Where a server on this machine has its key, its secrets and its database: in the environment, or in private files."""

import os
import tempfile
from pathlib import Path
from secrets import token_urlsafe

from platformdirs import user_config_path, user_state_path

from ..errors import InvalidInputError

_NAME = "bookit"
_BYTES = 32


def secrets(*, stored: str) -> list[str]:
    """Return what ids and the store are sealed with, the newest first: of BOOKIT_SECRETS, else of a file made once.

    InvalidInputError where the file is gone that a database *stored* already was sealed with.
    """
    given = [one.strip() for one in os.environ.get("BOOKIT_SECRETS", "").split(",") if one.strip()]
    if given:
        return given
    path = user_config_path(_NAME, appauthor=False) / "sealing.key"
    if not path.exists():
        file = Path(stored.removeprefix("sqlite:///"))
        if stored.startswith("sqlite:///") and file.exists():
            problem = f"{file} was sealed with a key that is not here: bring {path} back, or set BOOKIT_SECRETS"
            raise InvalidInputError(problems=[problem])
        _write_private(path, f"{token_urlsafe(_BYTES)}\n")
    return [path.read_text(encoding="utf-8").strip()]


def database(given: str | None) -> str:
    """Return the URL of the database: as given, of BOOKIT_DATABASE, else of a file of this user's own."""
    url = given or os.environ.get("BOOKIT_DATABASE")
    if url:
        return url
    folder = user_state_path(_NAME, appauthor=False)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return f"sqlite:///{folder / 'agents.db'}"


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


def _write_private(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
