"""`bookit capabilities`."""

from typing import Any

from ...version import VERSION
from .. import statuses
from ..parameters import Given, Taken, described, options_of_all, taken, usage
from ..tree import COMMANDS, ENVIRONMENT, FORWARDS


def capabilities(*, session: Given) -> int:
    """Describe this command line to programs and agents: the tree, the exit statuses, the environment variables."""
    document = {
        "version": VERSION,
        "commands": [_command(name) for name in COMMANDS],
        "tools": [{"name": name, "summary": one.summary} for name, one in FORWARDS.items()],
        "options": [_taken(one) for one in options_of_all()],
        "exit_statuses": [{"status": number, "means": means} for number, means in statuses.MEANINGS.items()],
        "environment": [{"name": name, "means": means} for name, means in ENVIRONMENT.items()],
    }
    lines = [usage(name) for name in COMMANDS] + [f"bookit {name} ..." for name in FORWARDS]
    session.output.show(document, text=lines, rows=[[line] for line in lines])
    return statuses.DONE


def _command(name: str) -> dict[str, Any]:
    one = COMMANDS[name]
    return {
        "name": name,
        "summary": one.summary,
        "reads_only": one.reads_only,
        "usage": usage(name),
        "description": described(name),
        "takes": [_taken(each) for each in taken(name)],
    }


def _taken(one: Taken) -> dict[str, Any]:
    return {
        "names": list(one.names),
        "value": one.value or None,
        "summary": one.summary,
        "required": one.required,
        "several": one.several,
    }
