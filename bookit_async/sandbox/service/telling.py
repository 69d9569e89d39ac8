"""How the service tells a meeting: as it is stored, or as a quirk has it. Pure."""

from typing import Any

from attrs import evolve

from ..world.meetings import MeetingRecord
from ..world.quirks import Quirks


def told(meeting: MeetingRecord, quirks: Quirks) -> MeetingRecord:
    """Return a meeting with the id and the addresses that callers are told."""
    changed: dict[str, Any] = {}
    if meeting.told_id != meeting.id:
        changed["id"] = meeting.told_id
    if "other_addresses" in quirks:
        changed["host_email"] = calendar_address(meeting.host_email)
    if "addresses_lowered" in quirks:
        changed["prospect_email"] = meeting.prospect_email.lower()
        changed["guests"] = tuple(guest.lower() for guest in meeting.guests)
    return evolve(meeting, **changed) if changed else meeting


def listed(meeting: MeetingRecord, quirks: Quirks) -> MeetingRecord:
    """Return a meeting that is told already as the list has it."""
    return evolve(meeting, id=listed_id(meeting.id)) if "listed_under_another_id" in quirks else meeting


def listed_id(meeting_id: str) -> str:
    """Return the id under which a list tells a meeting that has another elsewhere, or the one behind such an id."""
    return meeting_id[::-1]


def calendar_address(email: str) -> str:
    """Return the address under which a calendar knows a host, where that is another than the service's."""
    name, _, domain = email.rpartition("@")
    return f"{name}@calendar.{domain}"
