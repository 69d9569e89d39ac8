"""One answer of the service as the doctor looks at it, and what may be told of it: never a value."""

from collections.abc import Mapping
from datetime import datetime
from functools import cached_property
from typing import Any

import orjson
from attrs import define, field

from .._generated.errors import WrongTypeError
from .._generated.models import Meeting as WireMeeting
from .._generated.types import Operation
from ..errors import APIStatusError
from ..exchange.error_rules import classify
from ..times import to_milliseconds
from ..views.meetings import Meeting, read_meeting, read_meetings
from .differences import Difference, differences

REQUEST_ID, GATEWAY_ID = "x-amzn-requestid", "x-amz-apigw-id"
_HOUR = 3_600_000
_APART = (4 * _HOUR, 2 * _HOUR, _HOUR, 0)
"""How far from each other slots are to start, the best first: hosts may want time between meetings."""


@define(kw_only=True, slots=False, eq=False)
class Told:
    """What one request was answered. The repr shows no value."""

    probe: str
    """What was asked, in a word of ours."""
    operation: Operation[Any]
    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    about: Mapping[str, Any] = field(factory=dict[str, Any], repr=False)
    """What was asked for."""
    at: float = 0.0
    """When, in seconds of the examination's clock."""
    wall: datetime | None = None
    """When, on this machine's clock; aware."""

    @cached_property
    def json(self) -> Any:
        """The decoded body; None for one that is no JSON."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None

    @cached_property
    def error(self) -> APIStatusError:
        """The error that it means, as a client would raise it."""
        return classify(self.operation.name, self.status, self.headers, self.body)

    def at_path(self, *keys: str) -> Any:
        """The value under some keys, None where there is none."""
        return under(self.json, *keys)

    @cached_property
    def differences(self) -> tuple[Difference, ...]:
        """In what it is not as documented, each once."""
        document = self.json if self.status == 200 and self.body else None
        return tuple(differences(self.operation, self.status, self.headers, self.body, document))

    @property
    def outcome(self) -> str:
        """The status, and the class of the error that it means."""
        if self.status == 200:
            return "200"
        kind = type(self.error)
        return f"{self.status} {'in unknown words' if kind is APIStatusError else kind.__name__}"


def meeting_id(told: Told | None) -> str | None:
    """Return the id that a booking or a move was answered with."""
    found = told.at_path("meetingId") if told is not None and told.status == 200 else None
    return found if isinstance(found, str) and found else None


def meeting_of(told: Told) -> Meeting | None:
    """Return the meeting in an answer, None for none that can be read."""
    try:
        return read_meeting(WireMeeting.read(told.json), asked=str(told.about["path"]))
    except WrongTypeError:
        return None


def listed(told: Told | None) -> list[Meeting]:
    """Return the meetings in an answer; none where they cannot be read."""
    if told is None or told.status != 200:
        return []
    try:
        return list(read_meetings(told.json))
    except WrongTypeError:
        return []


def page_of(told: Told) -> Any:
    """Return the page in an answer, that of a submission too."""
    scheduling = told.at_path("scheduling")
    return scheduling if scheduling is not None else told.json


def under(value: Any, *keys: str) -> Any:
    """Return the value under some keys, None where there is none."""
    for key in keys:
        value = value.get(key) if value.__class__ is dict else None
    return value


def slots_of(told: Told) -> list[dict[str, Any]]:
    """Return the slots of a page that can be booked as they stand, in the order of their starts."""
    slots = under(page_of(told), "availability", "timeSlots")
    whole = [
        one
        for one in (slots if slots.__class__ is list else ())
        if one.__class__ is dict and type(one.get("start_time")) is int and type(one.get("end_time")) is int
    ]
    return sorted(whole, key=lambda one: int(one["start_time"]))


def ids_at(told: Told | None, start: int) -> list[str]:
    """Return the ids of the meetings in an answer that start then, in milliseconds."""
    return [str(one.id) for one in listed(told) if one.start is not None and to_milliseconds(one.start) == start]


def object_at(value: Any, *keys: str) -> dict[str, Any]:
    """Return the object under some keys, an empty one where there is none."""
    found = under(value, *keys)
    return found if found.__class__ is dict else {}


def list_at(value: Any, *keys: str) -> list[Any]:
    """Return the list under some keys, an empty one where there is none."""
    found = under(value, *keys)
    return found if found.__class__ is list else []


def apart(slots: list[dict[str, Any]], *, wanted: int) -> list[dict[str, Any]]:
    """Return the last slot and some before it, none of which takes the time of another.

    They start as far apart as leaves as many as are *wanted*: four hours at best, right after each other at worst.
    """
    chosen: list[dict[str, Any]] = []
    for gap in _APART:
        chosen = []
        for slot in reversed(slots):
            least = max(gap, slot["end_time"] - slot["start_time"])
            if not chosen or chosen[-1]["start_time"] - slot["start_time"] >= least:
                chosen.append(slot)
        if len(chosen) >= wanted:
            break
    return chosen


def is_single(told: Told) -> bool:
    """Return whether a page is that of one host."""
    users = list_at(page_of(told), "pageInfo", "userIds")
    return not under(page_of(told), "pageInfo", "displayAllPoolAvailability") and len(users) == 1
