"""What people who use the client have to know of a newer document, beyond what its types tell them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from codegen.contract import Change
from codegen.documents import JsonObject
from codegen.operations import operations


def of(changes: Sequence[Change], document: JsonObject) -> list[str]:
    """Return a sentence or two for each of `changes` that concerns people, with the names that `document` has."""
    names = {f"{method.upper()} {path}": one.get("operationId") for path, method, one in operations(document)}
    found = [*_servers(changes)]
    for change in changes:
        operation, _, place = change.place.partition(" > ")
        name = f"`{names[operation]}` (`{operation}`)" if names.get(operation) else f"`{operation}`"
        if change.place.endswith("> deprecated"):
            what = place.removesuffix("deprecated").removesuffix(" > ")
            told = f"{name}{f', `{what}`,' if what else ''}"
            if change.change == "removed" or change.after != "true":
                found.append(f"{told} is deprecated no longer.")
            else:
                found.append(f"{told} is deprecated: it works for now; say what to use instead before it goes.")
        status = re.fullmatch(r"response (\w+)", place)
        if status and change.change == "added":
            found.append(f"{name} may answer {status[1]} now: {_status(status[1])}")
        if status and change.change == "removed":
            found.append(f"{name} is said to answer {status[1]} no longer; what handles it may stay.")
    return found


def _servers(changes: Sequence[Change]) -> Iterator[str]:
    urls = {
        how: [one.place.removeprefix("server ") for one in changes if one.kind == "server" and one.change == how]
        for how in ("removed", "added")
    }
    told = [f"`{url}` is {'gone' if how == 'removed' else 'new'}" for how, found in urls.items() for url in found]
    if told:
        yield (
            f"The servers changed: {', '.join(told)}. Nobody is moved by that: a client calls `BASE_URL` of "
            "`bookit_async/settings.py` unless `base_url=` or `BOOKIT_BASE_URL` says otherwise. Change it there when "
            "the new address answers, and let a firewall pass it."
        )


def _status(status: str) -> str:
    if status.startswith("2"):
        return "a success, read by the schema of the first success that has one."
    if status.startswith("3"):
        return "redirects are not followed, so it is raised as `APIStatusError`."
    if status == "default":
        return "whatever no other status stands for; it is raised as `APIStatusError`."
    return "it is raised as `APIStatusError`, from 500 on as `ServerError`, until `error_rules.py` has a rule for it."
