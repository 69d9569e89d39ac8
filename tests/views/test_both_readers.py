"""The fast and the careful reader of a page agree on every page, however it was changed."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookit_async._generated.errors import WrongTypeError
from bookit_async.errors import ResponseInvalidError
from bookit_async.views import pages
from bookit_async.views.pages import Page, odd_of, read_page, read_routed

from ..mutations import KINDS, mutated, places
from ..sampling import tries

HOUR, FIRST = 3_600_000, 1_746_547_200_000
PAGE: dict[str, Any] = {
    "meeting": {
        "name": "Tour",
        "duration": {"unit": "min", "value": 30},
        "formFields": [{"name": "Email", "type": "text", "required": True}, {"name": "", "type": "text"}],
    },
    "pageInfo": {
        "displayAllPoolAvailability": True,
        "userIds": [],
        "prefillFields": {"First Name": "Ada", "Email": "ada@x.example"},
    },
    "availability": {
        "indexToUserIdMap": {"0": "h0", "1": "h1"},
        "timeSlots": [
            {"start_time": FIRST + place * HOUR, "end_time": FIRST + (place + 1) * HOUR, "users": users}
            for place, users in enumerate(([0, 1], [1], [1, 0]))
        ],
    },
    "userIdToInfoMap": {"h0": {"FirstName": "Eva", "Email": "eva@x.example"}, "h1": {"Email": "bo@x.example"}},
}
ROUTED: dict[str, Any] = {
    "routing": {"responseType": "calendar", "token": "t", "calendarLink": None},
    "scheduling": PAGE,
}
MORE: tuple[Any, ...] = (
    -1,
    0,
    2**53,
    2**63,
    1e300,
    FIRST + 0.5,
    float(FIRST),
    str(FIRST),
    "1",
    "",
    [],
    {},
    [None],
)
"""Values that are put in the place of others, besides those of the kinds."""


def told(answer: bytes, *, routed: bool) -> Any:
    """Return all that a reader tells of an answer, or where and what it refuses."""
    late: list[Any] = []
    try:
        page = read_routed(answer, late.append)[1] if routed else read_page(answer, late.append)
        return None if page is None else (*known(page), {*odd_of(page), *late})
    except WrongTypeError as error:
        return error.path, error.expected, error.found, getattr(error, "keys", None)
    except ResponseInvalidError as error:
        return error.path, error.looked_for, error.found


def known(page: Page) -> tuple[Any, ...]:
    """Return what an offer takes of a page; what the fast reader leaves out is not asked for."""
    head = page.head
    heads = (head.meeting, head.page_info, head.user_id_to_info_map, head.calendar_event, head.event)
    slots = [(slot.start_milliseconds, slot.end_milliseconds, slot.host_ids) for slot in page.slots]
    return heads, slots, page.whole()


def unusual(_decoder: object, _answer: object) -> None:
    """Find nothing as documented."""


def both(answer: bytes, monkeypatch: pytest.MonkeyPatch, *, routed: bool) -> tuple[Any, Any]:
    fast = told(answer, routed=routed)
    with monkeypatch.context() as careful:
        careful.setattr(pages, "_usual", unusual)
        slow = told(answer, routed=routed)
    return fast, slow


@pytest.mark.parametrize("routed", [False, True], ids=["page", "routed"])
@pytest.mark.parametrize("kind", KINDS)
def test_both_readers_agree_on_every_mutated_page(kind: str, *, routed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = ROUTED if routed else PAGE
    for place in places(answer):
        if kind in ("missing", "renamed") and not place:
            continue
        fast, slow = both(orjson.dumps(mutated(answer, place, kind)), monkeypatch, routed=routed)
        assert fast == slow, place


@settings(max_examples=tries(200), deadline=None)
@given(data=st.data())
def test_both_readers_agree_on_pages_that_were_mutated_several_times(data: st.DataObject) -> None:
    routed = data.draw(st.booleans())
    answer: Any = ROUTED if routed else PAGE
    for _ in range(data.draw(st.integers(1, 4))):
        found = [place for place in places(answer) if place]
        if not found:
            break
        place = data.draw(st.sampled_from(found))
        kind = data.draw(st.sampled_from((*KINDS, "other")))
        answer = (
            mutated(answer, place, kind) if kind != "other" else put(answer, place, data.draw(st.sampled_from(MORE)))
        )
    with pytest.MonkeyPatch.context() as monkeypatch:
        fast, slow = both(json.dumps(answer).encode(), monkeypatch, routed=routed)
    assert fast == slow


def put(answer: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    first, *inner = place
    copy = answer.copy()
    copy[first] = put(answer[first], tuple(inner), value)
    return copy


@pytest.mark.parametrize(
    "users", [b"null", b'"x"', b"[1.0, 1]", b'["0"]', b"{}", b"[0, null]", b"[9223372036854775807]"]
)
def test_both_readers_agree_on_who_can_take_a_slot(users: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = orjson.dumps(PAGE).replace(b"[0,1]", users)
    fast, slow = both(answer, monkeypatch, routed=False)
    assert fast == slow
