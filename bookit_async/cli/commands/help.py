"""`bookit help`."""

from .. import statuses
from ..failures import Failure
from ..help_pages import command_page, exit_page, group_page, root_page
from ..parameters import Given
from ..tree import COMMANDS, GROUPS


def help_(*topic: str, session: Given) -> int:
    """Show the list of commands, a command's page, or what the exit statuses mean.

    Args:
        topic: A command, such as "meetings move", or "exit".
    """
    name = " ".join(topic)
    if not name:
        lines = root_page()
    elif name == "exit":
        lines = exit_page()
    elif name in COMMANDS:
        lines = command_page(name)
    elif name in GROUPS:
        lines = group_page(name)
    else:
        raise Failure(f"there is no help on {name!r}", advice="`bookit help` lists the commands.")
    session.output.show({"help": lines}, text=lines, rows=[[line] for line in lines])
    return statuses.DONE
