"""What a prospect says before routing, and what of a routed answer may be followed. Pure."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ..errors import InvalidInputError
from ..views.addresses import is_address
from ..views.inputs import LOG_ID, TriggerInputs


def submission(inputs: TriggerInputs, prospect: Mapping[str, Any], *, uid: str) -> dict[str, Any]:
    """Return a prospect as it is routed: only what the trigger node declares, and the BookIt Log ID where it wants it.

    InvalidInputError with everything that is missing, of the wrong type, or not asked for.
    """
    declared = {one.name for one in inputs.inputs}
    problems = [*inputs.refusals(prospect)]
    asked = {name.casefold() for name in declared - {LOG_ID}}
    problems += [
        f"prospect[{name!r:.80}] is not an input of this trigger node"
        for name in prospect
        if name.casefold() not in asked
    ]
    if problems:
        raise InvalidInputError(problems=problems, operation="route_and_fetch_availability")
    return {**prospect, LOG_ID: uid} if LOG_ID in declared else dict(prospect)


def prospect_email(prospect: Mapping[str, Any], answers: Mapping[str, Any]) -> str | None:
    """Return the address that a meeting is booked under: the form's, else the prospect's; None when neither has one."""
    known = {name.casefold(): value for name, value in prospect.items()}
    found = answers.get("Email") or known.get("email")
    return found if is_address(found) else None


def is_web_url(url: str | None) -> bool:
    """Tell whether this is an `http` or `https` URL, and not a script in disguise."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.netloc)
