"""Every place of every answer that the sandbox gives, changed: what a flow does not need never breaks it, and what is
told of the booking is true."""

import json
from functools import cache
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from bookit_async import (
    APIStatusError,
    Booked,
    BookIt,
    BookItError,
    Offer,
    OutcomeUnknownError,
    WireRequest,
    WireResponse,
)
from bookit_async.sandbox import Sandbox

from ..clock import Clock, run
from ..conftest import ADA, NODE, NOW
from ..flaky import Fault, Flaky
from ..generated.test_reading import SCHEMAS, bare, is_needed
from ..mutations import KINDS, Place, mutated, places
from ..paths import AVAILABILITY, ROUTE
from ..sampling import tries
from ..scenes import MODES

pytestmark = pytest.mark.long

ROUTED, PAGE = (path.rpartition("/")[2] for path in (ROUTE, AVAILABILITY))
LOST: tuple[Fault, ...] = ("after",)
ANSWERS: dict[tuple[str, str], tuple[str, tuple[Fault, ...]]] = {
    # how it is booked, the answer that is changed: its schema, what is lost
    ("token", ROUTED): ("RoutedAvailability", ()),
    ("pool", ROUTED): ("RoutedAvailability", ()),
    ("link", PAGE): ("AvailabilityPage", ()),
    ("pooled link", PAGE): ("AvailabilityPage", ()),
    ("token", "meeting"): ("BookedMeeting", ()),
    ("pool", "round-robin-meeting"): ("BookedRoundRobinMeeting", ()),
    ("link", "meetings"): ("MeetingList", LOST),
    ("pool", "meetings"): ("MeetingList", LOST),
    ("token", PAGE): ("AvailabilityPage", ("before",)),
}
FEW = 2
"""Entries of a long list of which every place is changed."""
UNTRUE = {"meetingId", "id", "Email"}
"""What the service says of these is believed: another text is no odd value, but an untrue one."""
MAP = "indexToUserIdMap"
"""Has no keys of its own: what is added is an entry."""


class Changing(Flaky):
    """Changes one place of each answer to some requests, and keeps what was sent."""

    path = ""
    place: Place | None = None
    kind = ""
    original: Any = None
    changed: Any = None

    async def send(self, request: WireRequest, *, timeout: float) -> WireResponse:
        answer = await super().send(request, timeout=timeout)
        if request.url.partition("?")[0].rpartition("/")[2] != self.path or answer.status != 200:
            return answer
        self.original = json.loads(answer.body)
        if self.place is None:
            return answer
        try:
            self.changed = mutated(self.original, self.place, self.kind)
        except (KeyError, IndexError, TypeError):  # there is less than there was when the places were found
            return answer
        return evolve(answer, body=json.dumps(self.changed).encode())


async def booked(mode: str, path: str, place: Place | None, kind: str) -> tuple[Any, Sandbox, Changing]:
    """Return what the caller was told, and what there is."""
    clock = Clock()
    sandbox = Sandbox(now=lambda: NOW, seed=1, tcp=False)
    transport = Changing(sandbox.transport, ANSWERS[mode, path][1], method="POST")
    transport.path, transport.place, transport.kind = path, place, kind
    client = BookIt(
        sandbox.api_key, transport=transport, clock=clock, now=clock.wall, sleep=clock.sleep, jitter=lambda: 1.0
    )
    try:
        return await MODES[mode](client), sandbox, transport
    except BookItError as error:
        return error, sandbox, transport


@cache
def places_of(mode: str, path: str) -> list[Place]:
    """Return the places of an answer, of long lists those of the first few entries."""
    _, _, transport = run(booked(mode, path, None, ""))
    assert transport.original is not None
    found = places(transport.original)
    return [place for place in found if all(isinstance(one, str) or one < FEW for one in place)]


def hold(mode: str, path: str, place: Place, kind: str) -> None:
    """Fail unless the booking succeeds where it has to, and what is told is true."""
    told, sandbox, transport = run(booked(mode, path, place, kind))
    there = [one.id for one in sandbox.meetings if one.status != "canceled"]
    schema, lost = ANSWERS[mode, path]
    assert len(there) <= 1
    if isinstance(told, Booked):
        assert [told.meeting_id] == there
        return
    if isinstance(told, OutcomeUnknownError):
        assert lost or schema.startswith("Booked"), "nothing was lost"
    else:
        assert there == []
    harmless = kind == "extra" or transport.changed == transport.original
    assert lost or (is_needed(SCHEMAS[schema], place) and not harmless), f"{place} {kind}: {told!r}"
    asked_for = "formFields" in place[:-1]  # a form that asks for something else is one that the caller has to answer
    if kind != "empty" and not asked_for:
        assert isinstance(told, (APIStatusError, OutcomeUnknownError)), f"{place} {kind}: {told!r}"


def is_played(path: str, place: Place, kind: str) -> bool:
    """Return whether a change makes an answer odd, rather than one that says something else."""
    if kind in ("missing", "renamed") and not place:
        return False
    if (kind == "text" and place and place[-1] in UNTRUE) or (kind == "extra" and place[-1:] == (MAP,)):
        return False
    emptied = kind == "empty" or (kind in ("missing", "renamed", "null") and place and isinstance(place[-1], int))
    return path != "meetings" or not emptied


EVERY = [(mode, path) for mode, path in ANSWERS]


@settings(max_examples=tries(200), deadline=None)
@given(data=st.data())
def test_a_booking_succeeds_unless_what_it_needs_is_changed(data: st.DataObject) -> None:
    mode, path = data.draw(st.sampled_from(EVERY))
    place = data.draw(st.sampled_from(places_of(mode, path)))
    kinds = [kind for kind in KINDS if is_played(path, place, kind)]
    hold(mode, path, place, data.draw(st.sampled_from(kinds)))


@settings(max_examples=tries(100), deadline=None)
@given(data=st.data())
def test_nothing_of_a_page_is_lost_on_writing_back(data: st.DataObject) -> None:
    path = ROUTED
    place = data.draw(st.sampled_from(places_of("pool", path)))
    kind = data.draw(st.sampled_from([kind for kind in KINDS if place or kind not in ("missing", "renamed")]))

    async def routed() -> tuple[Any, Any]:
        sandbox = Sandbox(now=lambda: NOW, seed=1, tcp=False)
        transport = Changing(sandbox.transport, ())
        transport.path, transport.place, transport.kind = path, place, kind
        client = BookIt(sandbox.api_key, transport=transport)
        return await client.route(NODE, {**ADA, "NumEmployees": 300}), transport.changed

    try:
        told, changed = run(routed())
    except BookItError:
        return
    if isinstance(told, Offer) and changed.get("scheduling") is not None:
        assert bare(told.page.to_dict()) == bare(changed["scheduling"])
