"""`bookit completion`."""

from importlib.resources import files
from typing import Literal

from .. import statuses
from ..parameters import Given

PACKAGE = str(__package__).rpartition(".")[0]
FILES = {"bash": "bookit.bash", "zsh": "_bookit", "fish": "bookit.fish"}


def completion(shell: Literal["bash", "zsh", "fish"], /, *, session: Given) -> int:
    """Print the completion file for a shell: a static file, which starts nothing while you type.

    For bash, write it to ~/.local/share/bash-completion/completions/bookit; for zsh, to a file _bookit in a folder of
    your fpath; for fish, to ~/.config/fish/completions/bookit.fish.

    Args:
        shell: bash, zsh or fish.
    """
    text = files(PACKAGE).joinpath("completions", FILES[shell]).read_text(encoding="utf-8")
    session.output.show({"shell": shell, "file": text}, text=text.splitlines(), rows=None)
    return statuses.DONE
