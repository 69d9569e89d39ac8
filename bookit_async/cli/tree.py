"""What can be called: the commands, where each is, and the tools that are handed their arguments. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Command(NamedTuple):
    """One command: what it does, and the module below `commands` whose function carries it out."""

    summary: str
    module: str
    function: str
    reads_only: bool = True
    examples: tuple[str, ...] = ()
    lines: bool = False
    """Whether its JSON is a line for each record, and not one document."""


class Forward(NamedTuple):
    """A tool of its own, which is handed all the arguments behind its name."""

    summary: str
    module: str
    extra: str = ""
    talks: bool = False
    """Whether it talks to the service, so that it is given the key and the address that this command line found."""


COMMANDS: Mapping[str, Command] = {
    "inputs": Command(
        "what a trigger node asks of a prospect", "inputs", "inputs", examples=("bookit inputs 'New Webform Prospect'",)
    ),
    "slots": Command(
        "the open slots of a link, or of a meeting to move",
        "slots",
        "slots",
        examples=("bookit slots --link Em30rva", "bookit slots --link Em30rva --zone America/Denver --json"),
    ),
    "route": Command(
        "route a prospect, which is a submission, and show what is offered",
        "route",
        "route",
        reads_only=False,
        examples=(
            "bookit route 'New Webform Prospect' --set FirstName=Ada \\\n"
            "  --set LastName=Lovelace --set Email=ada@engines.example \\\n"
            "  --set NumEmployees=4200",
        ),
    ),
    "book": Command(
        "book a meeting, by a trigger node or through a link",
        "book",
        "book",
        reads_only=False,
        examples=(
            "bookit book --link Em30rva --earliest --yes --answer 'First Name=Ada' \\\n"
            "  --answer 'Last Name=Lovelace' --answer Email=ada@engines.example",
            "bookit book 'New Webform Prospect' --prospect ada.json \\\n  --between 9:00-17:00 --id lead-4711 --yes",
            "bookit book 'New Webform Prospect' --prospect ada.json \\\n  --between 9:00-17:00 --dry-run",
        ),
    ),
    "meetings list": Command(
        "the meetings of a prospect", "meetings", "list_", examples=("bookit meetings list ada@engines.example",)
    ),
    "meetings show": Command(
        "one meeting",
        "meetings",
        "show",
        examples=('bookit meetings show "$id"',),
    ),
    "meetings move": Command(
        "move a meeting to another time",
        "meetings",
        "move",
        reads_only=False,
        examples=('bookit meetings move "$id" --earliest --yes',),
    ),
    "meetings cancel": Command(
        "cancel a meeting", "meetings", "cancel", reads_only=False, examples=('bookit meetings cancel "$id" --yes',)
    ),
    "meetings ics": Command(
        "a meeting as a calendar file",
        "meetings",
        "ics",
        examples=('bookit meetings ics "$id" -o meeting.ics',),
    ),
    "bulk check": Command(
        "look for all that is wrong with the rows of a file, before anything is sent",
        "bulk",
        "check",
        examples=("bookit bulk check prospects.csv --node 'New Webform Prospect'",),
    ),
    "bulk run": Command(
        "book the rows of a file, each once, however often it is begun",
        "bulk",
        "run",
        reads_only=False,
        examples=(
            "bookit bulk run prospects.csv --node 'New Webform Prospect' \\\n  --journal may.db --limit 1 --yes",
            "bookit bulk run prospects.csv --node 'New Webform Prospect' \\\n"
            "  --journal may.db --failed failed.csv --yes",
        ),
        lines=True,
    ),
    "bulk status": Command(
        "what a journal holds: how many rows came to what, and what is open",
        "bulk_journal",
        "status",
        examples=("bookit bulk status may.db",),
    ),
    "bulk export": Command(
        "what the rows of a journal came to, with the ids for the CRM",
        "bulk_journal",
        "export",
        examples=("bookit bulk export may.db", "bookit bulk export may.db --format jsonl"),
    ),
    "settle": Command(
        "what became of bookings that were left open",
        "settle",
        "settle",
        reads_only=False,
        examples=("bookit settle", "bookit settle may.db"),
    ),
    "watch": Command(
        "tell what changes of meetings, as JSON lines, until Ctrl-C",
        "watch",
        "watch",
        examples=(
            "bookit watch ada@engines.example --every 10m",
            "bookit watch --journal may.db --webhook https://crm.example/meetings",
        ),
        lines=True,
    ),
    "profile list": Command("the profiles, and which is in use", "profile", "list_", examples=("bookit profile list",)),
    "profile add": Command(
        "add a profile, or change one",
        "profile",
        "add",
        examples=("bookit profile add work --api-key-file ~/.bookit-key \\\n  --default-zone America/Denver",),
    ),
    "profile use": Command("use a profile from now on", "profile", "use", examples=("bookit profile use work",)),
    "profile remove": Command("remove a profile", "profile", "remove", examples=("bookit profile remove work",)),
    "auth status": Command(
        "where the API key comes from, and why from there", "auth", "status", examples=("bookit auth status --check",)
    ),
    "completion": Command(
        "the completion file for bash, zsh or fish", "completion", "completion", examples=("bookit completion bash",)
    ),
    "capabilities": Command(
        "the tree, the exit statuses and the environment variables, for programs and agents",
        "capabilities",
        "capabilities",
        examples=("bookit capabilities --json",),
    ),
    "help": Command("this list, a command's page, or `help exit`", "help", "help_", examples=("bookit help exit",)),
}

FORWARDS: Mapping[str, Forward] = {
    "doctor": Forward("look whether the service is as this version knows it", "doctor.__main__", talks=True),
    "record": Forward(
        "record the account as a world that the sandbox plays, with nobody in it", "record.__main__", talks=True
    ),
    "sandbox": Forward("serve a stand-in for the service", "sandbox.__main__", extra="sandbox"),
    "mcp": Forward("serve agents", "mcp.__main__", extra="mcp", talks=True),
    "vendor": Forward("copy the SDK into a program", "vendor.__main__"),
}

GROUPS: Mapping[str, str] = {
    "bulk": "many bookings, from a file",
    "meetings": "list, show, move, cancel meetings, or write a calendar file",
    "profile": "which key and which address is used, by name",
    "auth": "the API key",
}


class Option(NamedTuple):
    """An option of every command."""

    name: str
    value: str
    """What its value is called; empty for none."""
    summary: str


OPTIONS: Sequence[Option] = (
    Option("--profile", "NAME", "use this profile's key, address and zone"),
    Option("--json", "", "print one JSON document, of an error too"),
    Option("--plain", "", "print a record a line, with tabs in between and without colours"),
    Option("--quiet", "", "say nothing but what was asked for, and errors"),
    Option("--zone", "ZONE", "IANA time zone of the prospect: for reading and showing times"),
    Option("--deadline", "SECONDS", "for each call, however many requests it takes (90)"),
)

ENVIRONMENT: Mapping[str, str] = {
    "BOOKIT_API_KEY": "the API key",
    "BOOKIT_API_KEY_FILE": "a file with the API key",
    "BOOKIT_BASE_URL": "another address than that of the service, such as a sandbox's",
    "BOOKIT_PROFILE": "the profile to use where --profile is not given",
    "BOOKIT_ZONE": "the time zone where --zone is not given",
    "BOOKIT_SECRETS": "what journals are sealed with, the newest first; a comma separates several",
    "BOOKIT_WEBHOOK_SECRET": "what `watch --webhook` signs with",
    "BOOKIT_ALLOW_INSECURE": "1 to let http:// go to another machine",
    "HTTPS_PROXY": "a proxy to go through; ALL_PROXY and NO_PROXY count, too",
    "NO_COLOR": "anything, to print without colours",
    "COLUMNS": "the width to print in",
}


def find(arguments: Sequence[str]) -> tuple[str, Sequence[str]] | None:
    """Return the command or the tool that arguments begin with, and those behind it; None for none."""
    for length in (2, 1):
        name = " ".join(arguments[:length])
        if name in COMMANDS or name in FORWARDS:
            return name, arguments[length:]
    return None


def names() -> list[str]:
    """Return every name that can stand first."""
    return list(dict.fromkeys([name.partition(" ")[0] for name in COMMANDS] + [*FORWARDS]))


def below(group: str) -> Mapping[str, Command]:
    """Return the commands of a group by their last word."""
    return {name.partition(" ")[2]: one for name, one in COMMANDS.items() if name.startswith(f"{group} ")}
