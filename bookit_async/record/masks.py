"""What of names may stand in a file, and a last look at a text before it is written. Pure."""

import re
from collections.abc import Iterable, Mapping

from ..spelling import folded
from .asking import Answers

DOMAIN = "recorded.example"
"""Where made-up people have their addresses."""
_ADDRESS = re.compile(r"[^\s@\"'<>:,;()]+@[^\s@\"'<>,;()]+")
_URL = re.compile(r"[a-z][a-z0-9+.-]*://\S+", re.IGNORECASE)
_SHORTEST = 3
_LEAST_ID = 8
_KEPT_INPUTS = frozenset(("email", "firstname", "lastname", "name", "phone", "phonenumber", "company", "ldbookitlogid"))


class LeakError(Exception):
    """Something of somebody's would have been written."""


class Masks:
    """Replaces each name by the one that stands in the file: itself, or a made-up one."""

    def __init__(self, answers: Answers, *, all_names: bool = False) -> None:
        self._all = all_names
        self._people = _people(answers)
        self._known: dict[tuple[str, str], str] = {}
        self.masked = 0
        """How many names were replaced because somebody may stand in them."""

    def of(self, kind: str, name: str) -> str:
        """Return what stands for a name of this kind (`Node`, `Link`, ...); the same for the same."""
        if (kind, name) not in self._known:
            told = self._tells(name)
            self.masked += told and not self._all
            number = sum(one == kind for one, _ in self._known) + 1
            hidden = told or (self._all and not (kind == "Input" and folded(name) in _KEPT_INPUTS))
            self._known[kind, name] = f"{kind} {number}" if hidden else name
        return self._known[kind, name]

    def _tells(self, name: str) -> bool:
        """Return whether a name has an address, a URL or a person in it."""
        return "@" in name or "://" in name or any(one.search(name) for one in self._people)


def _people(answers: Answers) -> list[re.Pattern[str]]:
    """Return what finds a person in a text: the hosts' names and addresses, and what prospects say."""
    words: dict[str, None] = {}
    for offer in answers.offers:
        for host in offer.hosts:
            words.update(dict.fromkeys(filter(None, (host.first_name, host.last_name, host.email))))
            words.update(dict.fromkeys((host.email or "").partition("@")[:1]))
    for value in _values(one.prospect for node in answers.nodes for one in node.submitted):
        words[value] = None
    long = {one.strip().casefold() for one in words if len(one.strip()) >= _SHORTEST}
    return [re.compile(rf"(?<!\w){re.escape(one)}(?!\w)", re.IGNORECASE) for one in sorted(long)]


def _values(prospects: Iterable[Mapping[str, object]]) -> Iterable[str]:
    for prospect in prospects:
        yield from (value for value in prospect.values() if isinstance(value, str))


def checked(text: str, answers: Answers) -> str:
    """Return a text in which nobody stands; LeakError for one with an address, a URL or an id of somebody's."""
    addresses = [one for one in _ADDRESS.findall(text) if not one.endswith(f"@{DOMAIN}")]
    urls = [one for one in _URL.findall(text) if DOMAIN not in one]
    secrets: set[str] = set()
    for offer in answers.offers:
        secrets |= {one for host in offer.hosts for one in (host.user_id, host.email or "", host.conference_link or "")}
        secrets |= {offer.token or "", offer.uid or "", offer.calendar_link or ""}
    known = [one for one in secrets if len(one) >= _LEAST_ID and one.casefold() in text.casefold()]
    if addresses or urls or known:
        raise LeakError("an address, a URL or an id of somebody would stand in it")
    return text
