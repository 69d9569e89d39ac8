"""Profiles: which address and whose key, by name, in the platform's configuration folder. They hold no secrets."""

import json
import os
from pathlib import Path
from typing import Any

from attrs import asdict, fields, frozen

from ..desk.private_files import config_folder, write_private
from .failures import Failure


@frozen(kw_only=True)
class Profile:
    """Where the key is to be had and where to go; what is None is taken from elsewhere."""

    name: str
    base_url: str | None = None
    api_key_file: str | None = None
    api_key_command: str | None = None
    zone: str | None = None


@frozen(kw_only=True)
class Profiles:
    """All profiles, and which of them is used."""

    current: str | None = None
    known: tuple[Profile, ...] = ()

    def find(self, name: str) -> Profile:
        """Return a profile; Failure when there is none of that name."""
        found = next((one for one in self.known if one.name == name), None)
        if found is None:
            names = ", ".join(one.name for one in self.known) or "none yet; `bookit profile add` makes one"
            raise Failure(f"there is no profile {name!r}", advice=f"Profiles: {names}.")
        return found

    def with_profile(self, profile: Profile) -> "Profiles":
        """Return them with one more, or one changed."""
        others = [one for one in self.known if one.name != profile.name]
        return Profiles(current=self.current or profile.name, known=(*others, profile))

    def without(self, name: str) -> "Profiles":
        """Return them without one."""
        known = tuple(one for one in self.known if one is not self.find(name))
        return Profiles(current=None if self.current == name else self.current, known=known)


def profiles_file() -> Path:
    """Return where they are."""
    return config_folder() / "profiles.json"


def load() -> Profiles:
    """Return the profiles; none when there is no file, Failure when it cannot be read."""
    path = profiles_file()
    try:
        data: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Profiles()
    except ValueError:
        raise Failure(f"{path} cannot be read", advice="Correct or delete it.") from None
    names = [one.name for one in fields(Profile)]
    try:
        known = [Profile(**{key: one.get(key) for key in names}) for one in data["profiles"]]
        return Profiles(current=data["current"], known=tuple(known))
    except (KeyError, TypeError, AttributeError):
        raise Failure(f"{path} is not as this version writes it", advice="Correct or delete it.") from None


def save(profiles: Profiles) -> None:
    """Write the profiles."""
    data = {"current": profiles.current, "profiles": [asdict(one) for one in profiles.known]}
    write_private(profiles_file(), json.dumps(data, indent=2) + "\n")


def used(name: str | None) -> tuple[Profile | None, str]:
    """Return the profile that counts, and why it does; None when there is none."""
    if name is not None:
        return load().find(name), "--profile names it"
    if chosen := os.environ.get("BOOKIT_PROFILE"):
        return load().find(chosen), "BOOKIT_PROFILE names it"
    profiles = load()
    if profiles.current is None:
        return None, "none is in use"
    return profiles.find(profiles.current), "`bookit profile use` chose it"
