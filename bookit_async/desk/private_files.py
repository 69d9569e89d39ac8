"""The folders of the platform, and files in them that are nobody else's, such as the key of what is sealed."""

import os
from pathlib import Path
from secrets import token_urlsafe

from platformdirs import user_config_path, user_state_path

from .whole_files import write_whole

_NAME = "bookit"
_BYTES = 32


def config_folder() -> Path:
    """Return where profiles and the key file are."""
    return user_config_path(_NAME, appauthor=False)


def state_folder() -> Path:
    """Return where bookings are kept that may be open."""
    return user_state_path(_NAME, appauthor=False)


def private_folder(folder: Path) -> Path:
    """Return a folder that is there now, and that only its owner may look into."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def write_private(path: Path, text: str) -> None:
    """Write a file as `write_whole` does, in a folder that is made where it is missing."""
    private_folder(path.parent)
    write_whole(path, text)


def key_file() -> Path:
    """Return where the key is that is sealed with where BOOKIT_SECRETS is not set."""
    return config_folder() / "sealing.key"


def kept_secrets() -> list[str]:
    """Return the secrets of BOOKIT_SECRETS, the newest first, else the key file's; empty where there is neither."""
    given = [one.strip() for one in os.environ.get("BOOKIT_SECRETS", "").split(",") if one.strip()]
    if not given and key_file().exists():
        return [key_file().read_text(encoding="utf-8").strip()]
    return given


def make_key() -> list[str]:
    """Make the key file, and return its secret."""
    write_private(key_file(), f"{token_urlsafe(_BYTES)}\n")
    return kept_secrets()
