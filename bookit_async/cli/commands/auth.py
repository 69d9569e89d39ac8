"""`bookit auth`."""

from contextlib import suppress
from typing import Any

from ...errors import AuthenticationError, MeetingNotFoundError
from .. import statuses
from ..output import columns
from ..parameters import Given
from ..session import Session

_NO_MEETING = "bookit-auth-status"


async def status(*, check: bool = False, session: Given) -> int:
    """Say where the API key comes from, why from there, and where it goes. The key itself is never shown.

    --profile comes before the environment, which comes before the profile that is in use. Exit status 4 when there is
    no key, or when it is refused.

    Args:
        check: Ask the service, too, whether it takes the key; reads only.
    """
    found = session.access
    first = found.sources[0] if found.sources else None
    key = found.api_key()
    accepted = await _accepted(session) if check else None
    document: dict[str, Any] = {
        "source": first and first.name,
        "why": first and first.why,
        "others": [one.name for one in found.sources[1:]],
        "characters": len(key),
        "profile": found.profile and found.profile.name,
        "profile_why": found.profile_why,
        "base_url": found.base_url,
        "base_url_from": found.base_url_from,
        "accepted": accepted,
    }
    lines = [
        ("key", f"from {document['source']}, for {document['why']}; {len(key)} characters"),
        *(("passed over", one.name) for one in found.sources[1:]),
        ("profile", f"{document['profile'] or 'none'}, for {found.profile_why}"),
        ("address", f"{found.base_url}, from {found.base_url_from}"),
        ("accepted", {True: "yes", False: "no", None: "not asked; --check asks"}[accepted]),
    ]
    session.output.show(document, text=columns(lines), rows=lines)
    return statuses.KEY if accepted is False else statuses.DONE


async def _accepted(session: Session) -> bool:
    async with session.client() as client:
        try:
            with suppress(MeetingNotFoundError):
                await client.meeting(_NO_MEETING)
        except AuthenticationError:
            return False
    return True
