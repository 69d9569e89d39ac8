"""What agents may use: trigger nodes and links, and what each is for, in the words of whoever set the server up."""

from collections.abc import Collection, Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

from attrs import frozen

from ..desk.submissions import is_web_url
from ..errors import InvalidInputError
from .problems import ToolError

EntryPoints: TypeAlias = Mapping[str, str] | Collection[str]
"""Names or ids, or for each what it is for."""


@frozen(kw_only=True)
class Allowlist:
    """The trigger nodes and links for use; others do not exist."""

    nodes: Mapping[str, str]
    links: Mapping[str, str]
    redirects: frozenset[str]
    """Hosts of which a whole URL is told where routing redirects to them."""

    def node(self, name: str) -> str:
        """Return a trigger node's name; ToolError when it is not for use."""
        if name not in self.nodes:
            raise ToolError("no such trigger node is for use here", next="list_entry_points names those that are.")
        return name

    def link(self, link_id: str) -> str:
        """Return a link's id; ToolError when it is not for use."""
        if link_id not in self.links:
            raise ToolError("no such link is for use here", next="list_entry_points names those that are.")
        return link_id

    def redirect(self, url: str) -> dict[str, str]:
        """Return what is told of a redirect: the URL where its host is allowed, else the host alone."""
        host = (urlsplit(url).hostname or "").lower() if is_web_url(url) else ""
        return {"url": url} if host in self.redirects else {"untrusted_host": host[:253]}


def read_allowlist(nodes: EntryPoints, links: EntryPoints, redirects: Collection[str] = ()) -> Allowlist:
    """Return an allowlist; InvalidInputError when it is none, or allows nothing."""
    lists = {"nodes": nodes, "links": links, "redirects": redirects}
    problems = [f"{name} must be a list of texts, not one text" for name, one in lists.items() if isinstance(one, str)]
    if not nodes and not links:
        problems.append("nodes and links: name at least one that agents may use")
    if problems:
        raise InvalidInputError(problems=problems)
    return Allowlist(
        nodes=_purposes(nodes), links=_purposes(links), redirects=frozenset(one.lower() for one in redirects)
    )


def _purposes(given: EntryPoints) -> dict[str, str]:
    if isinstance(given, Mapping):
        return {str(name): str(purpose) for name, purpose in given.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - its isinstance loses them
    return dict.fromkeys(given, "")
