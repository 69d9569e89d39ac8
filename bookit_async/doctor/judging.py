"""What the answers say of each fact: a judge a row, pure. Told are types, counts, statuses and classes."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from email.utils import parsedate_to_datetime
from math import ceil
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import orjson
from attrs import frozen

from ..errors import (
    APIStatusError,
    BookItError,
    LinkNotFoundError,
    LinkSpentError,
    LinkUnsupportedError,
    MeetingNotFoundError,
    MissingInputError,
    SlotTakenError,
    TokenSpentError,
    TriggerNodeNotFoundError,
)
from ..settings import SETTLE
from ..times import to_milliseconds
from ..views.meetings import Meeting
from .answers import (
    GATEWAY_ID,
    REQUEST_ID,
    Told,
    ids_at,
    list_at,
    listed,
    meeting_id,
    meeting_of,
    object_at,
    page_of,
    slots_of,
    under,
)
from .examination import Asked, Seen
from .facts import FACTS, NEEDS, Fact, Need
from .names import json_type, limit_headers, media_type

Verdict = Literal["held", "broken", "not asked", "not seen"]
Seeing: TypeAlias = Iterator[str | None]
"""For each look at a fact None if it held, else what was seen instead."""

PAGES = ("page", "route", "refreshed")
LISTS = (
    "list",
    "list from milliseconds",
    "list without bounds",
    "list of canceled",
    "list of nobody",
    "before booking",
)
GATEWAY_SECONDS = 30
"""After which the gateway has given up on a request."""
CLOCK_SECONDS = 5
SLOT_SECONDS = 300
"""Slots, and the notice before them, begin at multiples of this."""
AT_ONCE = 1.0
"""Seconds within which a token is told as spent at once."""


@frozen(kw_only=True)
class Finding:
    """What was seen of one fact."""

    fact: Fact
    verdict: Verdict
    seen: str = ""
    """What was seen instead, or why nothing was."""
    looks: int = 0
    """How many times it was looked at."""


@frozen(kw_only=True)
class Advice:
    """Which settings to set, as far as a booking has told."""

    token_fence: bool | None = None
    settle: int | None = None
    """Seconds."""
    why: str = "no meeting was booked: leave both as they are"


def findings(seen: Seen) -> tuple[Finding, ...]:
    """Return what was seen of every fact, in the order of the table."""
    looks = {name: Counter(judge(seen)) for name, judge in JUDGES.items()}
    return tuple(finding(fact, looks.get(fact.id, Counter()), _lacking(fact, seen)) for fact in FACTS)


def passing(told: Told) -> dict[str, Counter[str | None]]:
    """Return what one answer says of the facts that any answer tells of."""
    seen = Seen(asked=Asked(), base_url="", answers=[told])
    return {name: Counter(JUDGES[name](seen)) for name in PASSING}


def finding(fact: Fact, looks: "Counter[str | None]", lacking: str = "") -> Finding:
    """Return what was seen of one fact, of so many looks; *lacking* says what was not given for it."""
    count = looks.total()
    wrong = [(what, times) for what, times in looks.most_common() if what is not None]
    if wrong:
        said = "; ".join(f"{what} ({times} of {count})" for what, times in wrong[:3])
        return Finding(fact=fact, verdict="broken", seen=said, looks=count)
    if count:
        return Finding(fact=fact, verdict="held", looks=count)
    if lacking:
        return Finding(fact=fact, verdict="not asked", seen=lacking)
    return Finding(fact=fact, verdict="not seen", seen="nothing that was answered tells")


def _lacking(fact: Fact, seen: Seen) -> str:
    missing = [NEEDS[need] for need in fact.needs if not _has(seen, need)]
    return f"needs {' and '.join(missing)}" if missing else ""


def _has(seen: Seen, need: Need) -> bool:
    asked = seen.asked
    given: Mapping[Need, bool] = {
        "node": bool(asked.nodes),
        "link": bool(asked.links),
        "meeting": bool(asked.meetings),
        "email": bool(asked.emails),
        "two emails": len(asked.emails) > 1,
        "route": asked.route,
        "book": asked.address is not None,
        "used link": bool(asked.used_links),
        "time": False,
    }
    return given[need]


def advice(seen: Seen) -> Advice:
    """Return which of `token_fence` and `settle` to set."""
    if seen.list_lag is None and seen.token_lag is None:
        if seen.of("token of booking", "list with booking"):
            return Advice(token_fence=False, why="neither token nor list told of the booking: set settle longer")
        return Advice()
    lag = max(seen.list_lag or 0.0, seen.token_lag or 0.0)
    settle = max(ceil(SETTLE), ceil(lag) + GATEWAY_SECONDS if lag > AT_ONCE else 0)
    judged = [*_token_once(seen)]
    if any(judged):
        return Advice(token_fence=False, settle=settle, why="a spent token booked again")
    if len(judged) < 2:  # one after the other, and at once
        return Advice(settle=settle, why="whether a spent token is refused was not seen, both ways: leave token_fence")
    if seen.token_lag is None or seen.token_lag > AT_ONCE:
        return Advice(token_fence=False, settle=settle, why="the token was not told as spent at once")
    return Advice(
        token_fence=True,
        settle=settle,
        why="a spent token was refused, also when two bookings arrived together, and told as spent at once",
    )


# One judge a fact. Each yields nothing where nothing that was answered tells.


def _each(probes: Iterable[str], look: Callable[[Told], str | None]) -> Callable[[Seen], Seeing]:
    """Return a judge that looks at each answer to these."""
    wanted = tuple(probes)

    def judge(seen: Seen) -> Seeing:
        for told in seen.of(*wanted):
            yield look(told)

    return judge


def _refused(probes: Iterable[str], kind: type[BookItError], status: int) -> Callable[[Seen], Seeing]:
    """Return a judge that wants each of these refused as one error, with one status."""

    def look(told: Told) -> str | None:
        return None if told.status == status and told.status != 200 and type(told.error) is kind else told.outcome

    return _each(probes, look)


def _https(seen: Seen) -> Seeing:
    if seen.answers and seen.base_url.startswith("https://"):
        yield None


def _clock(seen: Seen) -> Seeing:
    for told in seen.answers:
        date = next((value for name, value in told.headers.items() if name.lower() == "date"), None)
        try:
            off = None if date is None or told.wall is None else abs(parsedate_to_datetime(date) - told.wall)
        except (ValueError, TypeError):
            continue
        if off is not None:
            yield None if off.total_seconds() <= CLOCK_SECONDS else f"{round(off.total_seconds())} seconds apart"


def _gateway_ids(seen: Seen) -> Seeing:
    for told in seen.answers:
        missing = [name for name in (REQUEST_ID, GATEWAY_ID) if not told.headers.get(name)]
        yield f"no {' and no '.join(missing)}" if missing else None


def _media_types(seen: Seen) -> Seeing:
    for told in seen.answers:
        if told.body:
            found = media_type(told.headers)
            yield None if found == "application/json" else found


def _no_limits(seen: Seen) -> Seeing:
    for told in seen.answers:
        yield ", ".join(limit_headers(told.headers)) or None


def _wrong_key(told: Told) -> str | None:
    right = told.status == 401 and told.json == {"message": "Unauthorized"}
    return None if right else f"{told.status} with {json_type(told.json)}" if told.status != 401 else "another body"


def _documented(seen: Seen) -> Seeing:
    for told in seen.answers:
        if told.status == 200:
            count = sum(1 for one in told.differences if one.kind in ("new field", "new value", "other type"))
            yield f"differences in {told.operation.id}" if count else None


def _envelope(seen: Seen) -> Seeing:
    for told in seen.answers:
        if told.status in (400, 404):
            body = told.json
            if body.__class__ is dict and body.keys() == {"error"} and isinstance(body["error"], str):
                yield None
            else:
                known = [key for key in ("error", "message", "errors", "code") if under(body, key) is not None]
                yield f"{json_type(body)} with {', '.join(known) or 'other keys'}"


def _made_up_token(told: Told) -> str | None:
    return None if 400 <= told.status < 500 and not isinstance(told.error, TokenSpentError) else told.outcome


def _unsupported(seen: Seen) -> Seeing:
    for told in seen.of("page"):
        if told.status != 200 and type(told.error) in (LinkUnsupportedError, APIStatusError):
            yield None if (told.status, type(told.error)) == (404, LinkUnsupportedError) else told.outcome


def _exactly_one(told: Told) -> str | None:
    return None if told.status == 400 and type(told.error) is MissingInputError else told.outcome


def _inputs_shape(told: Told) -> str | None:
    if told.status != 200:
        return told.outcome
    inputs = told.at_path("inputs")
    if inputs.__class__ is not list:
        return f"inputs are {json_type(inputs)}"
    whole = all(isinstance(under(one, key), str) for one in inputs for key in ("name", "type"))
    return None if whole else "an entry without name or type"


def _input_types(seen: Seen) -> Seeing:
    for told in seen.good("inputs"):
        inputs = told.at_path("inputs")
        for one in inputs if inputs.__class__ is list else ():
            kind = under(one, "type")
            if isinstance(kind, str):
                yield None if kind in ("STRING", "PHONE", "DOUBLE", "BOOLEAN") else "another type"


def _node_case(told: Told) -> str | None:
    return None if 400 <= told.status < 500 else "found" if told.status == 200 else told.outcome


def _pages(seen: Seen) -> Iterator[tuple[Told, Any]]:
    for told in seen.good(*PAGES):
        page = page_of(told)
        if page.__class__ is dict and "meeting" in page:
            yield told, page


def _page_shape(seen: Seen) -> Seeing:
    for _, page in _pages(seen):
        parts = (("meeting", "formFields"), list), (("pageInfo",), dict), (("availability",), dict)
        missing = ["meeting.formFields", "pageInfo", "availability"]
        lacking = [
            name for name, (path, kind) in zip(missing, parts, strict=True) if not isinstance(under(page, *path), kind)
        ]
        yield f"no {', no '.join(lacking)}" if lacking else None


def _index_map(seen: Seen) -> Seeing:
    for told, page in _pages(seen):
        known = object_at(page, "availability", "indexToUserIdMap")
        for slot in slots_of(told):
            missing = [one for one in list_at(slot, "users") if str(one) not in known]
            yield "an index that is not in the map" if missing else None


def _host_info(seen: Seen) -> Seeing:
    for _, page in _pages(seen):
        known = object_at(page, "userIdToInfoMap")
        hosts = object_at(page, "availability", "indexToUserIdMap")
        for user_id in hosts.values():
            yield None if str(user_id) in known else "a host of whom nothing is told"


def _durations(seen: Seen) -> Seeing:
    for told, page in _pages(seen):
        unit, value = under(page, "meeting", "duration", "unit"), under(page, "meeting", "duration", "value")
        if unit is None or not isinstance(value, (int, float)):
            continue
        for slot in slots_of(told):
            right = unit == "min" and slot["end_time"] - slot["start_time"] == value * 60_000
            yield None if right else "a slot of another length"


def _order(seen: Seen) -> Seeing:
    for told, page in _pages(seen):
        starts = [one["start_time"] for one in slots_of(told)]
        sent = [under(one, "start_time") for one in list_at(page, "availability", "timeSlots")]
        if len(starts) > 1 and len(sent) == len(starts):
            yield None if sent == starts else "another order"


_FIRST, _LAST = 978_307_200_000, 4_102_444_800_000
"""The years 2001 and 2100, in milliseconds."""


def _in_milliseconds(seen: Seen) -> Seeing:
    for told, _ in _pages(seen):
        for slot in slots_of(told):
            yield None if _FIRST <= slot["start_time"] < _LAST else "a time that is no milliseconds of this century"


def _zones(seen: Seen) -> Seeing:
    for _, page in _pages(seen):
        hosts = object_at(page, "userIdToInfoMap")
        for host in hosts.values():
            zone = under(host, "TimeZoneSidKey")
            if isinstance(zone, str):
                yield None if _is_zone(zone) else "a zone that is not IANA's"


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return False
    return True


def _pooled(seen: Seen) -> Seeing:
    for _, page in _pages(seen):
        hosts, pooled = under(page, "pageInfo", "userIds"), under(page, "pageInfo", "displayAllPoolAvailability")
        if hosts.__class__ is list:
            yield None if bool(pooled) != bool(hosts) else "a pool with hosts" if pooled else "no host, and no pool"


def _labels(seen: Seen) -> Seeing:
    for _, page in _pages(seen):
        fields = under(page, "meeting", "formFields")
        if fields.__class__ is list:
            names = [under(one, "name") for one in fields]
            missing = [one for one in ("First Name", "Last Name", "Email") if one not in names]
            yield f"no {', no '.join(missing)}" if missing else None


def _logo(seen: Seen) -> Seeing:
    for _, page in _pages(seen):
        for logo in (under(page, "meeting", "logo"), under(page, "meeting", "pageStyle", "logo")):
            if logo is not None:
                yield None if isinstance(logo, str) else json_type(logo)


def _same_twice(seen: Seen) -> Seeing:
    before: dict[str, Told] = {}
    for told in seen.good("page"):
        link = told.about["link"]
        if link not in before:
            before[link] = told
        elif _together(before[link], told):
            yield None if before[link].json == told.json else "another page"


def _together(first: Told, second: Told) -> bool:
    """Return whether no slot can have begun, or come within its notice, between two answers."""
    moments = [one.wall.timestamp() for one in (first, second) if one.wall is not None]
    return len({moment // SLOT_SECONDS for moment in moments}) == 1


def _nothing_open(seen: Seen) -> Seeing:
    for told, page in _pages(seen):
        offered = under(page, "availability")
        if not slots_of(told) and not under(offered, "timeSlots"):
            right = offered.__class__ is dict and "timeSlots" not in offered
            yield None if right else "an empty list of slots" if offered else json_type(offered)


def _list_shape(seen: Seen) -> Seeing:
    for told in seen.good(*LISTS):
        yield None if told.json.__class__ is list else json_type(told.json)


def _by_email(seen: Seen, probe: str) -> Mapping[str, Told]:
    return {one.about["email"]: one for one in seen.of(probe)}


def _ids(told: Told | None) -> list[str]:
    return [str(one.id) for one in listed(told)]


def _notations(seen: Seen) -> Seeing:
    other = _by_email(seen, "list from milliseconds")
    for email, told in _by_email(seen, "list").items():
        if told.status == 200 and email in other:
            again = other[email]
            same = again.status == 200 and _ids(again) == _ids(told)
            yield None if same else again.outcome if again.status != 200 else "other meetings"


def _default(seen: Seen) -> Seeing:
    unbound = _by_email(seen, "list without bounds")
    for email, told in _by_email(seen, "list").items():
        begun = {str(one.id) for one in listed(told) if _begun(one, told)}
        if begun and email in unbound and unbound[email].status == 200:
            yield "meetings that have begun" if begun & {*_ids(unbound[email])} else None


def _begun(meeting: Meeting, told: Told) -> bool:
    return meeting.start is not None and told.wall is not None and meeting.start < told.wall


def _status(seen: Seen) -> Seeing:
    filtered = _by_email(seen, "list of canceled")
    for email, told in _by_email(seen, "list").items():
        others = {str(one.id) for one in listed(told) if (one.status or "").casefold() != "canceled"}
        if others and email in filtered and filtered[email].status == 200:
            yield "meetings of another status" if others & {*_ids(filtered[email])} else None


def _empty_list(told: Told) -> str | None:
    return None if told.status == 200 and not listed(told) else told.outcome


def _address_case(seen: Seen) -> Seeing:
    other = _by_email(seen, "list in other case")
    for email, told in _by_email(seen, "list").items():
        if _ids(told) and email in other:
            yield None if _ids(other[email]) == _ids(told) else "other meetings"


def _in_lists(seen: Seen) -> Iterator[tuple[Meeting, list[str], Told | None, Told | None]]:
    """Yield each meeting that was given, with what its prospect's whole list and the two parts around it hold."""
    whole = _by_email(seen, "list")
    after = {(one.about["email"], one.about["meeting"].id): one for one in seen.of("list after start")}
    for told in seen.of("list at start"):
        email, meeting = told.about["email"], told.about["meeting"]
        part = after.get((email, meeting.id))
        yield meeting, _ids(whole.get(email)), told, part


def _past_listed(seen: Seen) -> Seeing:
    whole = _by_email(seen, "list")
    for meeting, ids, told, _ in _in_lists(seen):
        if told is not None and meeting.start is not None and _begun(meeting, told):
            then = ids_at(whole.get(told.about["email"]), to_milliseconds(meeting.start))
            yield None if then or meeting.id in ids else "not listed"


def _window_start(seen: Seen) -> Seeing:
    for meeting, whole, told, _ in _in_lists(seen):
        if meeting.id in whole:
            yield None if meeting.id in _ids(told) else "not between its start and its start"


def _window_filters(seen: Seen) -> Seeing:
    for meeting, whole, _, after in _in_lists(seen):
        if meeting.id in whole and after is not None:
            yield "listed between two times after its start" if meeting.id in _ids(after) else None


def _whole(seen: Seen) -> Seeing:
    for meeting, whole, told, _ in _in_lists(seen):
        if meeting.id in _ids(told):
            yield None if meeting.id in whole else "a meeting that is in a part of it alone"


def _unique(seen: Seen) -> Seeing:
    known: dict[str, set[str]] = {}
    for told in seen.good("list"):
        for one in listed(told):
            people = {str(person.email).casefold() for person in one.attendees}
            if one.id in known:
                yield None if known[one.id] == people else "one id, two meetings"
            elif len(seen.asked.emails) > 1:
                yield None
            known[str(one.id)] = people


def _meeting_shape(seen: Seen) -> Seeing:
    for told in seen.good("meeting", "booked meeting"):
        nested = isinstance(told.at_path("calendarEvent"), dict) and isinstance(told.at_path("bookIt"), dict)
        yield None if nested else "flat" if told.at_path("id") else "neither"


def _event_id(seen: Seen) -> Seeing:
    canceled = {
        one.about["meeting"] for one in seen.good("meeting") if (m := meeting_of(one)) and m.status == "canceled"
    }
    for told in seen.of("modification"):
        if told.about["meeting"] not in canceled and not isinstance(told.error, MeetingNotFoundError):
            yield None if told.status == 200 else told.outcome


def _scheduled_time(seen: Seen) -> Seeing:
    for told in seen.good("modification"):
        value = told.at_path("pageInfo", "scheduledTime")
        if value is not None:
            yield None if isinstance(value, str) and _is_json(value) else json_type(value)


def _is_json(text: str) -> bool:
    try:
        return isinstance(orjson.loads(text), dict)
    except orjson.JSONDecodeError:
        return False


def _page_of_meeting(seen: Seen) -> Seeing:
    for told in seen.good("page of meeting", "page of booking"):
        yield None if isinstance(told.at_path("calendarEvent"), dict) else "no calendarEvent"


def _organizer(seen: Seen) -> Seeing:
    meetings = {one.about["path"]: meeting_of(one) for one in seen.good("meeting", "booked meeting")}
    for told in seen.good("page of meeting", "page of booking"):
        meeting = meetings.get(told.about["body"]["meetingId"])
        hosts = object_at(told.json, "userIdToInfoMap")
        addresses = [under(one, "Email") for one in hosts.values()]
        known = {one.casefold() for one in addresses if isinstance(one, str)}
        if known and meeting is not None and meeting.organizer_email:
            yield None if meeting.organizer_email.casefold() in known else "an address that the page does not tell"


def _address_kept(seen: Seen) -> Seeing:
    meetings = [meeting_of(one) for one in seen.good("meeting", "booked meeting")]
    addresses = [one.email for meeting in meetings if meeting for one in meeting.attendees if one.email]
    for email in (*seen.asked.emails, *((seen.asked.address,) if seen.asked.address else ())):
        if email.casefold() != email:
            for one in addresses:
                if one.casefold() == email.casefold():
                    yield None if one == email else "in another case"


def _outcome_words(seen: Seen) -> Seeing:
    for told in seen.good("route", "route again"):
        word = told.at_path("routing", "responseType")
        yield None if word in ("calendar", "redirect", "none") else "another word"


def _calendar(seen: Seen) -> Seeing:
    for told in seen.good("route", "route again"):
        routing, word = told.at_path("routing"), told.at_path("routing", "responseType")
        has = [isinstance(under(routing, "token"), str), isinstance(told.at_path("scheduling"), dict)]
        if word == "calendar":
            yield None if all(has) else "calendar without token or slots"
        elif word in ("redirect", "none"):
            yield f"{word} with token or slots" if any(has) else None


def _success(told: Told) -> str | None:
    return None if told.status == 200 else told.outcome


def _refreshed(seen: Seen) -> Seeing:
    for told in seen.good("refreshed"):
        routed = told.about["routed"]
        if _together(routed, told):
            same = [one["start_time"] for one in slots_of(told)] == [one["start_time"] for one in slots_of(routed)]
            yield None if same else "other slots"


def _slot_names(seen: Seen) -> Seeing:
    for told in seen.of("book"):
        if told.status == 200:
            yield None
        elif isinstance(told.error, MissingInputError) and "Time" in told.error.name:
            yield told.outcome


def _booking_answer(seen: Seen) -> Seeing:
    for told in seen.good("book"):
        missing = [name for name in ("meetingId", "organizerEmail") if not isinstance(told.at_path(name), str)]
        yield f"no {', no '.join(missing)}" if missing else None


def _selected(seen: Seen) -> Seeing:
    for told in seen.good("book", "book from a pool"):
        if told.operation.id == "bookRoundRobinMeeting":
            yield None if isinstance(told.at_path("selectedUserId"), str) else "no selectedUserId"


def _token_spent(seen: Seen) -> Seeing:
    for told in seen.of("token of booking"):
        if told.status != 200:
            yield None if isinstance(told.error, TokenSpentError) else told.outcome


def _soon(probe: str, lag: Callable[[Seen], float | None]) -> Callable[[Seen], Seeing]:
    def judge(seen: Seen) -> Seeing:
        if seen.of(probe):
            seconds = lag(seen)
            told = "not at all while it was looked for" if seconds is None else f"after {round(seconds)} seconds"
            yield None if seconds is not None and seconds <= SETTLE else told

    return judge


def _token_once(seen: Seen) -> Seeing:
    for told in seen.of("token again"):
        if told.status == 200 or _is_no(told):
            yield "a spent token booked again" if told.status == 200 else None
    both = seen.of("token at once")
    booked = sum(one.status == 200 for one in both)
    if booked > 1 or (booked == 1 and any(map(_is_no, both))):
        yield "two bookings at once were both made" if booked > 1 else None


def _is_no(told: Told) -> bool:
    """Return whether a booking was refused for what it was made with, and not for its slot."""
    return type(told.error) in (TokenSpentError, LinkSpentError, APIStatusError) and 400 <= told.status < 429


def _listed_id(seen: Seen) -> Seeing:
    for told in seen.good("list with booking"):
        booked = next((one for one in seen.good("book") if meeting_id(one) == told.about["meeting"]), None)
        if booked is not None and (ids := ids_at(told, booked.about["slot"]["start_time"])):
            yield None if told.about["meeting"] in ids else "another id"


def _taken(seen: Seen) -> Seeing:
    for told in seen.of("taken"):
        if told.status == 200:
            yield "booked twice"
        elif not isinstance(told.error, (LinkSpentError, TokenSpentError)):
            yield None if isinstance(told.error, SlotTakenError) else told.outcome


def _link_once(seen: Seen) -> Seeing:
    for told in seen.of("used link"):
        if told.status == 200 or _is_no(told):
            yield "booked again" if told.status == 200 else None


def _used_link(seen: Seen) -> Seeing:
    for told in seen.of("used link"):
        if told.status != 200 and _is_no(told):
            yield None if isinstance(told.error, LinkSpentError) else told.outcome


def _moved_id(seen: Seen) -> Seeing:
    for told in seen.good("move"):
        yield None if meeting_id(told) == told.about["path"] else "another id"


def _changes_read(seen: Seen) -> Seeing:
    for told in seen.good("moved meeting"):
        meeting = meeting_of(told)
        wanted = told.about["slot"]["start_time"]
        if seen.good("move") and meeting is not None and meeting.start is not None:
            yield None if to_milliseconds(meeting.start) == wanted else "the time before"


def _cancel_empty(seen: Seen) -> Seeing:
    for told in seen.of("cancel"):
        if 200 <= told.status < 300:
            right = told.status == 200 and not told.body
            yield None if right else f"{told.status} with {json_type(told.json)}"


def _cancel_again(told: Told) -> str | None:
    return None if 200 <= told.status < 300 else told.outcome


def _canceled_listed(seen: Seen) -> Seeing:
    for told in seen.good("list after cancel"):
        if seen.list_lag is not None:
            new = {*ids_at(told, told.about["slot"]["start_time"])} - told.about["before"]
            yield None if new or told.about["meeting"] in _ids(told) else "not listed"


def _despite(refusal: Callable[[Told], bool]) -> Callable[[Seen], Seeing]:
    """Return a judge of refused bookings that should have changed nothing."""

    def judge(seen: Seen) -> Seeing:
        for told in seen.good("after a refusal"):
            booked = told.about["booked"]
            if booked.status != 200 and refusal(booked):
                made = {*ids_at(told, booked.about["slot"]["start_time"])} - told.about["before"]
                yield f"{booked.outcome}, and there is a meeting" if made else None

    return judge


def _says_done(told: Told) -> bool:
    return isinstance(told.error, (TokenSpentError, LinkSpentError, SlotTakenError))


JUDGES: Mapping[str, Callable[[Seen], Seeing]] = {
    "https": _https,
    "clock": _clock,
    "gateway-ids": _gateway_ids,
    "media-type": _media_types,
    "no-limit-headers": _no_limits,
    "wrong-key": _each(["wrong key"], _wrong_key),
    "documented-answers": _documented,
    "error-envelope": _envelope,
    "no-such-node": _refused(["no such node"], TriggerNodeNotFoundError, 400),
    "route-no-such-node": _refused(["route: no such node"], TriggerNodeNotFoundError, 400),
    "no-such-link": _refused(["no such link"], LinkNotFoundError, 404),
    "unsupported-link": _unsupported,
    "no-such-meeting": _refused(["no such meeting"], MeetingNotFoundError, 404),
    "exactly-one": _each(["exactly one"], _exactly_one),
    "legacy-missing": _refused(["legacy missing"], MissingInputError, 400),
    "made-up-token": _each(["made-up token"], _made_up_token),
    "unknown-status": _each(["unknown status"], _node_case),
    "inputs-shape": _each(["inputs"], _inputs_shape),
    "input-types": _input_types,
    "node-case": _each(["node in other case"], _node_case),
    "page-shape": _page_shape,
    "index-map": _index_map,
    "host-info": _host_info,
    "durations": _durations,
    "slot-order": _order,
    "milliseconds": _in_milliseconds,
    "zones": _zones,
    "pooled": _pooled,
    "form-labels": _labels,
    "logo": _logo,
    "same-twice": _same_twice,
    "nothing-open": _nothing_open,
    "list-shape": _list_shape,
    "list-notations": _notations,
    "list-default": _default,
    "status-filter": _status,
    "empty-list": _each(["list of nobody"], _empty_list),
    "address-case": _address_case,
    "past-listed": _past_listed,
    "window-start": _window_start,
    "window-filters": _window_filters,
    "list-whole": _whole,
    "ids-unique": _unique,
    "meeting-shape": _meeting_shape,
    "event-id": _event_id,
    "scheduled-time": _scheduled_time,
    "page-of-meeting": _page_of_meeting,
    "organizer-known": _organizer,
    "address-kept": _address_kept,
    "outcome-words": _outcome_words,
    "calendar-has-token": _calendar,
    "missing-uid": _refused(["no uid"], MissingInputError, 400),
    "same-submission": _each(["route again"], _success),
    "refreshed": _refreshed,
    "slot-names": _slot_names,
    "booking-answer": _booking_answer,
    "selected-user": _selected,
    "token-spent": _token_spent,
    "token-told-soon": _soon("token of booking", lambda seen: seen.token_lag),
    "list-told-soon": _soon("list with booking", lambda seen: seen.list_lag),
    "token-once": _token_once,
    "listed-id": _listed_id,
    "slot-taken": _taken,
    "link-once": _link_once,
    "used-link": _used_link,
    "moved-id": _moved_id,
    "changes-read": _changes_read,
    "cancel-empty": _cancel_empty,
    "cancel-twice": _each(["cancel again"], _cancel_again),
    "canceled-readable": _each(["canceled meeting"], _success),
    "canceled-listed": _canceled_listed,
    "limited-changed-nothing": _despite(lambda told: told.status == 429),
    "refused-changed-nothing": _despite(lambda told: told.status < 429 and not _says_done(told)),
    "sent-once": _despite(_says_done),
}
"""Which judge looks at which fact; those that nobody can ask have none."""

PASSING = ("clock", "gateway-ids", "media-type", "no-limit-headers", "documented-answers", "error-envelope")
"""Facts that any answer tells of."""
