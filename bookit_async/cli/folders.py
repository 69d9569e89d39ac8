"""The folders of the platform, and files in them that are nobody else's."""

import os
import tempfile
from pathlib import Path

from platformdirs import user_config_path, user_state_path

_NAME = "bookit"


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
    """Write a file whole or not at all, 0600 from its first byte on."""
    handle, name = tempfile.mkstemp(dir=private_folder(path.parent), prefix=path.name)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    Path(name).replace(path)
