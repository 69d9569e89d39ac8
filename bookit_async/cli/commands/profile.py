"""`bookit profile`."""

from attrs import asdict, evolve

from ...errors import refuse
from ...times import zone_problem
from .. import statuses
from ..failures import Failure
from ..output import columns
from ..parameters import Given
from ..profiles import Profile, Profiles, load, profiles_file, save
from ..session import Session


def list_(*, session: Given) -> int:
    """List the profiles, and say which is in use."""
    return _show(load(), session)


def add(
    name: str,
    /,
    *,
    base_url: str | None = None,
    api_key_file: str | None = None,
    api_key_command: str | None = None,
    default_zone: str | None = None,
    session: Given,
) -> int:
    """Add a profile, or change what is given of one that is there. The first one is in use from then on.

    It says where the key is to be had, and never holds it: a file, or a command that prints it, such as that of a
    password manager.

    Args:
        name: The profile's name.
        base_url: Another address than that of the service, such as a sandbox's.
        api_key_file: A file with the API key.
        api_key_command: A command that prints the API key; it is run without a shell.
        default_zone: IANA time zone name where --zone is not given.
    """
    if not name.isprintable() or name != name.strip():
        raise Failure("a profile's name must be printable characters")
    if default_zone is not None:
        refuse(zone_problem(default_zone))
    given = {
        "base_url": base_url,
        "api_key_file": api_key_file,
        "api_key_command": api_key_command,
        "zone": default_zone,
    }
    profiles = load()
    before = next((one for one in profiles.known if one.name == name), Profile(name=name))
    profiles = profiles.with_profile(evolve(before, **{key: one for key, one in given.items() if one is not None}))
    save(profiles)
    session.output.note(f"Wrote {profiles_file()}")
    return _show(profiles, session)


def use(name: str, /, *, session: Given) -> int:
    """Use a profile from now on.

    Args:
        name: The profile's name.
    """
    profiles = load()
    profiles.find(name)
    save(evolve(profiles, current=name))
    return _show(load(), session)


def remove(name: str, /, *, session: Given) -> int:
    """Remove a profile.

    Args:
        name: The profile's name.
    """
    save(load().without(name))
    return _show(load(), session)


def _show(profiles: Profiles, session: Session) -> int:
    known = [{**asdict(one), "in_use": one.name == profiles.current} for one in profiles.known]
    rows = [
        ("*" if one.name == profiles.current else "", one.name, one.base_url or "the service", one.zone or "")
        for one in profiles.known
    ]
    if not rows:
        session.output.note("No profile.")
    session.output.show({"file": str(profiles_file()), "profiles": known}, text=columns(rows), rows=rows)
    return statuses.DONE
