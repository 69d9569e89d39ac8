"""What is asked and told in other ways than documented, where the world has such quirks: plain JSON there and back.

A function a quirk. Each changes only the operations that it is of, and nothing of what happens.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from email.utils import format_datetime
from random import Random
from typing import Any, cast

from attrs import evolve, frozen

from ..service import refusals
from ..service.refusals import Refusal
from ..service.service import Service
from ..world.quirks import Quirks
from .dispatch import Incoming
from .tolerance import MAPS

Json = Any
Change = Callable[[Json, Random], Json]

PAGES = ("routeAndFetchAvailability", "fetchAvailability", "legacyRetrieveInfo", "legacyRetrieveModificationInfo")
BOOKINGS = ("bookMeeting", "bookRoundRobinMeeting")
AHEAD = timedelta(seconds=300)
_TELLING_NOTHING = "Sorry, this cannot be done"

# quirk: whose refusals it changes, and the status that it gives them, None to keep theirs
SAID: Mapping[str, tuple[str, int | None]] = {
    "node_in_other_words": (r"Validation Error: No prospect trigger node .*|Invalid Node name provided", None),
    "link_in_other_words": (r"link not found", None),
    "meeting_in_other_words": (r"Meeting not found", None),
    "missing_in_other_words": (r"Validation Error: Missing required .*", None),
    "spent_in_other_words": (r"Meeting has already been booked.*", None),
    "taken_in_other_words": (r"The selected time is no longer available.*", None),
    "used_link_in_other_words": (r"This link only allows one booking.*", None),
    "unsupported_link_is_400": (r"Validation Error: Unsupported link type.*", 400),
}


def refused(refusal: Refusal, quirks: Quirks) -> Refusal:
    """Return a refusal as it is said."""
    sentence, status = refusal.sentence, refusal.status
    for name, (pattern, other_status) in SAID.items():
        if name in quirks and re.fullmatch(pattern, sentence):
            return Refusal(_TELLING_NOTHING if other_status is None else sentence, status=other_status or status)
    if "made_up_token_is_spent" in quirks and sentence == "Validation Error: Invalid token":
        return refusals.token_spent()
    return refusal


class Asked:
    """What a call is taken for."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._uids: set[object] = set()

    def __call__(self, incoming: Incoming) -> Incoming:
        """Return the call as the service takes it; raises a refusal for what it takes no longer."""
        quirks = self._service.quirks
        for name, change in _ASKED.items():
            if name in quirks and incoming.operation_id in change.of:
                incoming = change.apply(incoming, self._service)
        if "uid_once" in quirks and incoming.operation_id == "routeAndFetchAvailability":
            uid = _object(incoming.body).get("uid")
            if uid in self._uids:
                raise refusals.invalid("uid was used before")
            self._uids.add(uid)
        return incoming


@frozen
class _Taken:
    of: tuple[str, ...]
    apply: Callable[[Incoming, Service], Incoming]


def _node_without_case(incoming: Incoming, service: Service) -> Incoming:
    body = _object(incoming.body)
    asked = str(body.get("nodeName", "")).casefold()
    name = next((node.name for node in service.world.nodes if node.name.casefold() == asked), None)
    return incoming if name is None else evolve(incoming, body={**body, "nodeName": name})


def _iso_only(incoming: Incoming, _: Service) -> Incoming:
    if any(incoming.query.get(name, "").lstrip("-").isdecimal() for name in ("start", "end")):
        raise refusals.invalid("start and end must be ISO 8601")
    return incoming


def _from_ever(incoming: Incoming, _: Service) -> Incoming:
    bounded = incoming.query.keys() & {"start", "end"}
    return incoming if bounded else evolve(incoming, query={**incoming.query, "start": "0"})


def _any_status(incoming: Incoming, _: Service) -> Incoming:
    known = incoming.query.get("status", "scheduled") in ("scheduled", "rescheduled", "canceled")
    return incoming if known else evolve(incoming, query={**incoming.query, "status": "canceled", "end": "0"})


def _without_status(incoming: Incoming, _: Service) -> Incoming:
    query = {name: value for name, value in incoming.query.items() if name != "status"}
    known = incoming.query.get("status", "scheduled") in ("scheduled", "rescheduled", "canceled")
    return evolve(incoming, query=query) if known else incoming


def _wants_meeting_id(incoming: Incoming, _: Service) -> Incoming:
    if not _object(incoming.body).get("meetingId"):
        raise refusals.invalid("meetingId is needed")
    return incoming


def _wants_start(incoming: Incoming, _: Service) -> Incoming:
    time = _object(_object(incoming.body).get("scheduledTime"))
    if "startTime" not in time:
        raise refusals.missing_input("scheduledTime.startTime")
    return incoming


_ASKED: Mapping[str, _Taken] = {
    "nodes_without_case": _Taken(("retrieveInputs",), _node_without_case),
    "start_in_iso_only": _Taken(("listMeetings",), _iso_only),
    "list_begins_ever": _Taken(("listMeetings",), _from_ever),
    "any_status": _Taken(("listMeetings",), _any_status),
    "status_ignored": _Taken(("listMeetings",), _without_status),
    "modification_wants_meeting_id": _Taken(("legacyRetrieveModificationInfo",), _wants_meeting_id),
    "booking_wants_start": _Taken(BOOKINGS, _wants_start),
}


def told(operation_id: str, answer: Json, quirks: Quirks, random: Random) -> Json:
    """Return an answer, None for an empty one, as it is told."""
    for name, (operations, change) in _TOLD.items():
        if name in quirks and operation_id in operations:
            answer = change(answer, random)
    return _with_new_field(answer) if "new_fields" in quirks else answer


def headers(given: list[tuple[bytes, bytes]], quirks: Quirks, service: Service) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer as they are."""
    if "no_gateway_ids" in quirks:
        given = [(name, value) for name, value in given if not name.startswith(b"x-am")]
    if "limit_headers" in quirks:
        given = [*given, (b"ratelimit-limit", b"100"), (b"ratelimit-remaining", b"99")]
    if "clock_is_off" in quirks:
        given = [*given, (b"date", format_datetime(service.desk.time() + AHEAD, usegmt=True).encode())]
    return given


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if value.__class__ is dict else {}


def _page(change: Callable[[dict[str, Any], Random], None]) -> Change:
    """Return what changes a page in place, the one beside a routing too."""

    def changed(answer: Json, random: Random) -> Json:
        page = _object(answer.get("scheduling")) if "routing" in answer else answer
        if page:
            change(page, random)
        return answer

    return changed


def _slots(page: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = page["availability"].get("timeSlots", [])
    return found


def _without_form(page: dict[str, Any], _: Random) -> None:
    del page["meeting"]["formFields"]


def _incomplete_map(page: dict[str, Any], _: Random) -> None:
    if indices := page["availability"].get("indexToUserIdMap"):
        del indices[max(indices)]


def _hosts_untold(page: dict[str, Any], _: Random) -> None:
    page["userIdToInfoMap"] = {}


def _other_duration(page: dict[str, Any], _: Random) -> None:
    page["meeting"]["duration"]["value"] += 5


def _unordered(page: dict[str, Any], _: Random) -> None:
    _slots(page).reverse()


def _in_seconds(page: dict[str, Any], _: Random) -> None:
    for slot in _slots(page):
        slot["start_time"] //= 1000
        slot["end_time"] //= 1000


def _zones_of_windows(page: dict[str, Any], _: Random) -> None:
    for host in page["userIdToInfoMap"].values():
        host["TimeZoneSidKey"] = "Pacific Standard Time"


def _named_hosts(page: dict[str, Any], _: Random) -> None:
    if page["pageInfo"].get("displayAllPoolAvailability"):
        page["pageInfo"]["userIds"] = [*page["userIdToInfoMap"]]


_GERMAN = {"First Name": "Vorname", "Last Name": "Nachname", "Email": "Mail"}


def _in_german(page: dict[str, Any], _: Random) -> None:
    for field in page["meeting"]["formFields"]:
        field["name"] = _GERMAN.get(field["name"], field["name"])


def _logo_as_object(page: dict[str, Any], _: Random) -> None:
    page["meeting"]["logo"] = {"url": page["meeting"].get("logo")}


def _one_less(page: dict[str, Any], random: Random) -> None:
    if slots := _slots(page):
        slots.pop(random.randrange(len(slots)))


def _nothing_as_a_list(page: dict[str, Any], _: Random) -> None:
    if not page["availability"]:
        page["availability"] = {"indexToUserIdMap": {}, "timeSlots": []}


def _without_event(page: dict[str, Any], _: Random) -> None:
    page.pop("calendarEvent", None)


def _time_as_object(answer: Json, _: Random) -> Json:
    answer["pageInfo"]["scheduledTime"] = {"startDateTime": None}
    return answer


def _picklists(answer: Json, _: Random) -> Json:
    for one in answer["inputs"]:
        one["type"] = "PICKLIST" if one["type"] == "STRING" else one["type"]
    return answer


def _by_name(answer: Json, _: Random) -> Json:
    return {**answer, "inputs": {one["name"]: one["type"] for one in answer["inputs"]}}


def _in_object(answer: Json, _: Random) -> Json:
    return {"meetings": answer} if answer.__class__ is list else answer


def _outcome(answer: Json, _: Random) -> Json:
    if answer["routing"]["responseType"] == "calendar":
        answer["routing"]["responseType"] = "schedule"
    return answer


def _without(*path: str) -> Change:
    def changed(answer: Json, _: Random) -> Json:
        inner = answer
        for key in path[:-1]:
            inner = inner[key]
        inner.pop(path[-1], None)
        return answer

    return changed


_TOLD: Mapping[str, tuple[tuple[str, ...], Change]] = {
    "new_input_type": (("retrieveInputs",), _picklists),
    "inputs_by_name": (("retrieveInputs",), _by_name),
    "page_without_form": (PAGES, _page(_without_form)),
    "index_map_incomplete": (PAGES, _page(_incomplete_map)),
    "other_duration": (PAGES, _page(_other_duration)),
    "slots_unordered": (PAGES, _page(_unordered)),
    "times_in_seconds": (PAGES, _page(_in_seconds)),
    "zones_of_windows": (PAGES, _page(_zones_of_windows)),
    "pool_names_hosts": (PAGES, _page(_named_hosts)),
    "hosts_untold": (PAGES, _page(_hosts_untold)),
    "labels_translated": (PAGES, _page(_in_german)),
    "logo_is_object": (PAGES, _page(_logo_as_object)),
    "pages_differ": (PAGES, _page(_one_less)),
    "nothing_is_a_list": (PAGES, _page(_nothing_as_a_list)),
    "page_without_event": (PAGES, _page(_without_event)),
    "list_in_object": (("listMeetings",), _in_object),
    "scheduled_time_is_object": (("legacyRetrieveModificationInfo",), _time_as_object),
    "outcome_in_other_words": (("routeAndFetchAvailability",), _outcome),
    "calendar_without_token": (("routeAndFetchAvailability",), _without("routing", "token")),
    "booked_without_id": (BOOKINGS, _without("meetingId")),
    "selected_user_untold": (BOOKINGS, _without("selectedUserId")),
    "cancel_answers": (("cancelMeeting",), lambda _answer, _random: {"canceled": True}),
}


def _with_new_field(value: Json) -> Json:
    if value.__class__ is list:
        return [_with_new_field(one) for one in value]
    if value.__class__ is not dict:
        return value
    return {**dict(_inside(cast("dict[str, Json]", value))), "fieldOfALaterVersion": True}


def _inside(value: dict[str, Json]) -> Iterator[tuple[str, Json]]:
    for key, one in value.items():
        if key in MAPS:
            yield key, {name: _with_new_field(inner) for name, inner in one.items()}
        else:
            yield key, one if key == "prefillFields" else _with_new_field(one)
