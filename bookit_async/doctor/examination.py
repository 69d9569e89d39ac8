"""Asking the service: which requests are sent, in which order, and what of it is only done when told.

Nothing is judged here: what was answered is kept in memory, and `judging.py` looks at it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode
from uuid import uuid4

import orjson
from attrs import define, field, frozen

from .._generated.api import OPERATIONS
from ..settings import Settings
from ..times import to_milliseconds, to_wire_text
from ..transports import Transport, TransportFailure, WireRequest, WireResponse
from ..views.meetings import Meeting
from .answers import (
    Told,
    apart,
    ids_at,
    is_single,
    list_at,
    listed,
    meeting_id,
    meeting_of,
    object_at,
    page_of,
    slots_of,
    under,
)

MADE_UP = "bookit-async-doctor-0000"
"""A node, link, meeting, status, token and key that nobody has."""
NOBODY = "bookit-async-doctor@example.invalid"
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
PATIENCE = 60.0
"""Seconds for which it is asked again whether what was booked can be seen."""
PAUSES = (0.25, 0.5, 1.0, 2.0)
_ZONE = "UTC"
_AGAIN = frozenset((429, 502, 503, 504))

Say = Callable[[str], None]


@frozen(kw_only=True)
class Asked:
    """What the service is asked about. Reads only, unless `route` or `address` is given."""

    nodes: Sequence[str] = field(default=(), repr=False)
    links: Sequence[str] = field(default=(), repr=False)
    meetings: Sequence[str] = field(default=(), repr=False)
    emails: Sequence[str] = field(default=(), repr=False)
    used_links: Sequence[str] = field(default=(), repr=False)
    """Single-use links that were used; only looked at with an `address`."""
    prospect: Mapping[str, Any] | None = field(default=None, repr=False)
    """What is submitted, by input name; None makes something up."""
    route: bool = False
    """Whether submissions are sent."""
    address: str | None = field(default=None, repr=False)
    """For whom a meeting is booked, moved and canceled; None books nothing."""


@define(eq=False)
class Seen:
    """Everything that was answered."""

    asked: Asked
    base_url: str
    answers: list[Told] = field(factory=list[Told], repr=False)
    unanswered: int = 0
    """How many requests got no answer."""
    token_lag: float | None = None
    """Seconds until the token of a booking was told as spent."""
    list_lag: float | None = None
    """Seconds until the list had it."""
    standing: list[str] = field(factory=list[str], repr=False)
    """Ids of the meetings that were booked here and could not be canceled."""

    def of(self, *probes: str) -> list[Told]:
        """Return what was answered when these were asked, in order."""
        return [one for one in self.answers if one.probe in probes]

    def good(self, *probes: str) -> list[Told]:
        """Return the successes among them that are JSON."""
        return [one for one in self.of(*probes) if one.status == 200 and one.json is not None]


@define(eq=False)
class Examination:
    """Asks one service, over a transport as it is: each request once, whatever is wrong with it."""

    settings: Settings
    transport: Transport
    seen: Seen
    clock: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    say: Say
    _booked: list[str] = field(factory=list[str], repr=False)
    """Ids of meetings that stand, for all that is known."""
    _tried: set[int] = field(factory=set[int], repr=False)
    """The starts of slots that bookings were sent for."""
    _before: frozenset[str] = field(default=frozenset[str](), repr=False)
    """Ids of the meetings that the address had before."""

    async def ask(
        self,
        probe: str,
        operation_id: str,
        *,
        path: str = "",
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        key: str | None = None,
        about: Mapping[str, Any] | None = None,
    ) -> Told | None:
        """Return what is answered, and keep it; None without an answer. What changes nothing may be asked again."""
        operation = OPERATIONS[operation_id]
        place = operation.path.replace("{meetingId}", quote(path, safe=""))
        url = f"{self.settings.base_url}{place}{f'?{urlencode(query)}' if query else ''}"
        headers = self.settings.headers(has_body=body is not None)
        if key is not None:
            headers |= {"X-Api-Key": key}
        request = WireRequest(
            method=operation.method,
            url=url,
            headers=headers,
            content=None if body is None else orjson.dumps(body),
        )
        answer = await self._sent(request, again=operation_id not in CHANGING)
        if answer is None:
            self.seen.unanswered += 1
            return None
        told = Told(
            probe=probe,
            operation=operation,
            status=answer.status,
            headers=answer.headers,
            body=answer.body,
            about={"path": path, "query": query or {}, "body": body or {}, **(about or {})},
            at=self.clock(),
            wall=self.now(),
        )
        self.seen.answers.append(told)
        return told

    async def _sent(self, request: WireRequest, *, again: bool) -> WireResponse | None:
        """Return the answer, None without one; *again* says whether it may be asked a second time."""
        answer: WireResponse | None = None
        with suppress(TransportFailure):
            answer = await self.transport.send(request, timeout=self.settings.timeout)
        if again and (answer is None or answer.status in _AGAIN):
            await self.sleep(PAUSES[-1])
            return await self._sent(request, again=False)
        return answer

    async def examine(self) -> None:
        """Ask everything that was allowed, in order."""
        asked = self.seen.asked
        if not await self.reach():
            return
        self.say("what it says to what is wrong")
        await self.refusals()
        for node in asked.nodes:
            self.say("inputs")
            await self.inputs(node)
        for link in asked.links:
            self.say("pages")
            for _ in range(2):
                await self.ask("page", "fetchAvailability", body={"linkId": link}, about={"link": link})
        self.say("meetings")
        for meeting in asked.meetings:
            await self.meeting(meeting)
        for email in (*asked.emails, NOBODY):
            await self.lists(email)
        for node in asked.nodes if asked.route or asked.address else ():
            self.say("routing")
            await self.route(node)
        if asked.address:
            self.say("booking")
            await self.book(asked.address)

    async def reach(self) -> bool:
        """Return whether the service answers at all, and takes the key."""
        told = await self.ask("reach", "getMeeting", path=MADE_UP)
        return told is not None and told.status not in (401, 403)

    async def refusals(self) -> None:
        """Ask for what there is not."""
        await self.ask("wrong key", "retrieveInputs", body={"nodeName": MADE_UP}, key=MADE_UP)
        await self.ask("no such node", "retrieveInputs", body={"nodeName": MADE_UP})
        submission: dict[str, Any] = {"triggerNode": MADE_UP, "uid": str(uuid4()), "prospect": {}}
        await self.ask("route: no such node", "routeAndFetchAvailability", body=submission)
        await self.ask("no such link", "fetchAvailability", body={"linkId": MADE_UP})
        await self.ask("no such meeting", "getMeeting", path=MADE_UP)
        for body in ({}, {"linkId": ""}, {"linkId": MADE_UP, "meetingId": MADE_UP}):
            await self.ask("exactly one", "fetchAvailability", body=body)
        await self.ask("made-up token", "fetchAvailability", body={"token": MADE_UP})
        await self.ask("legacy missing", "legacyRoute", body={})
        await self.ask("legacy missing", "legacyRetrieveInfo", body={})
        query = {"prospectEmail": NOBODY, "status": MADE_UP}
        await self.ask("unknown status", "listMeetings", query=query)

    async def inputs(self, node: str) -> None:
        """Ask for the inputs of a node, by its name and by that in the other case."""
        await self.ask("inputs", "retrieveInputs", body={"nodeName": node}, about={"node": node})
        if node.swapcase() != node:
            await self.ask("node in other case", "retrieveInputs", body={"nodeName": node.swapcase()})

    async def lists(self, email: str) -> None:
        """Ask for the meetings of an address in every way, and for each meeting that was read in a part of them."""
        about = {"email": email}

        async def ask(probe: str, **query: str) -> None:
            given = {"prospectEmail": email, **query}
            await self.ask(probe, "listMeetings", query=given, about={**about, "meeting": meeting})

        meeting: Meeting | None = None
        if email == NOBODY:
            await ask("list of nobody", start=to_wire_text(LONG_AGO))
            return
        await ask("list", start=to_wire_text(LONG_AGO))
        await ask("list from milliseconds", start=str(to_milliseconds(LONG_AGO)))
        await ask("list without bounds")
        await ask("list of canceled", start=to_wire_text(LONG_AGO), status="canceled")
        if email.swapcase() != email:
            swapped = {"prospectEmail": email.swapcase(), "start": to_wire_text(LONG_AGO)}
            await self.ask("list in other case", "listMeetings", query=swapped, about=about)
        for meeting in self.meetings_of(email):
            start = meeting.start
            if start is not None:
                after = to_wire_text(start + timedelta(seconds=1)), to_wire_text(start + timedelta(seconds=2))
                await ask("list at start", start=to_wire_text(start), end=to_wire_text(start))
                await ask("list after start", start=after[0], end=after[1])

    def meetings_of(self, email: str) -> list[Meeting]:
        """Return the meetings that were read and are of this prospect."""
        read = (meeting_of(one) for one in self.seen.good("meeting"))
        return [one for one in read if one is not None and email.casefold() in map(str.casefold, _addresses(one))]

    async def meeting(self, meeting: str) -> None:
        """Ask about a meeting: itself, where it can be moved to, and in the legacy call."""
        about = {"meeting": meeting}
        await self.ask("meeting", "getMeeting", path=meeting, about=about)
        await self.ask("page of meeting", "fetchAvailability", body={"meetingId": meeting}, about=about)
        await self.ask("modification", "legacyRetrieveModificationInfo", body={"eventId": meeting}, about=about)

    async def route(self, node: str) -> None:
        """Submit a prospect without an id, then with one, twice; and look at the slots again."""
        submission = self.submission(node)
        if self.seen.asked.route:
            without = {name: value for name, value in submission.items() if name != "uid"}
            await self.ask("no uid", "routeAndFetchAvailability", body=without)
        first = await self.ask("route", "routeAndFetchAvailability", body=submission, about={"node": node})
        if self.seen.asked.route:
            await self.ask("route again", "routeAndFetchAvailability", body=submission)
        token = None if first is None else first.at_path("routing", "token")
        if isinstance(token, str):
            await self.ask("refreshed", "fetchAvailability", body={"token": token}, about={"routed": first})

    def submission(self, node: str) -> dict[str, Any]:
        """Return a submission with an id of its own."""
        asked, uid = self.seen.asked, str(uuid4())
        address = asked.address or next(iter(asked.emails), NOBODY)
        told = next((one for one in self.seen.good("inputs") if one.about["node"] == node), None)
        declared: Any = told.at_path("inputs") if told else None
        made_up: dict[str, Any] = {}
        for one in declared if declared.__class__ is list else ():
            name, kind = (str(one.get(key)) for key in ("name", "type")) if one.__class__ is dict else ("", "")
            made_up[name] = _value(name, kind, address, uid)
        return {"triggerNode": node, "uid": uid, "prospect": made_up if asked.prospect is None else {**asked.prospect}}

    # Booking: everything below is only done for an address that was given for it.

    async def book(self, address: str) -> None:
        """Book a meeting, look at it, move it and cancel it; all that was booked is canceled, whatever happens."""
        self._before = frozenset(str(one.id) for one in listed(await self.look(address, "before booking")))
        try:
            for context, page in self.bookable():
                if await self.once(address, context, page):
                    break
            if not any(one.operation.id == "bookRoundRobinMeeting" for one in self.seen.good("book")):
                for context, page in self.bookable():
                    if "linkId" in context and under(page_of(page), "pageInfo", "displayAllPoolAvailability"):
                        await self.send("book from a pool", address, context, page, slots_of(page)[-1])
                        break
            for link in self.seen.asked.used_links:
                used = await self.ask("page of used link", "fetchAvailability", body={"linkId": link})
                if used is not None and (slots := slots_of(used)):
                    await self.send("used link", address, {"linkId": link}, used, slots[-1])
        finally:
            await asyncio.shield(asyncio.ensure_future(self.clean_up(address)))

    def bookable(self) -> Iterable[tuple[dict[str, Any], Told]]:
        """Yield what can be booked through, with its page: tokens first, for they tell more."""
        for one in self.seen.good("route"):
            if isinstance(token := one.at_path("routing", "token"), str) and slots_of(one):
                yield {"token": token}, one
        links = {one.about["link"]: one for one in self.seen.good("page") if slots_of(one)}
        for link, page in links.items():
            yield {"linkId": link}, page

    async def once(self, address: str, context: dict[str, Any], page: Told) -> bool:
        """Return whether a meeting was booked through this, after all was asked about it."""
        slots = slots_of(page)
        slot = slots[-1]
        booked = await self.send("book", address, context, page, slot)
        meeting = meeting_id(booked)
        if booked is None:
            return False
        if meeting is None:
            told = await self.look(address, "after a refusal", about={"booked": booked, "before": self._before})
            return bool({*ids_at(told, slot["start_time"])} - self._before)
        await self.wait_for_both(address, context, meeting, booked)
        await self.ask("booked meeting", "getMeeting", path=meeting)
        if "token" in context:
            await self.same_token(address, context, page)
        if is_single(page):
            again = await self.another(context, page)
            await self.send("taken", address, again, page, slot)
        await self.change(address, meeting, slot)
        return True

    async def another(self, context: dict[str, Any], page: Told) -> dict[str, Any]:
        """Return another way to book what a page offers: of a submission, another one."""
        if "token" not in context:
            return context
        fresh = await self.ask("fresh token", "routeAndFetchAvailability", body=self.submission(page.about["node"]))
        return {"token": None if fresh is None else fresh.at_path("routing", "token")}

    async def same_token(self, address: str, context: dict[str, Any], page: Told) -> None:
        """Book with a spent token, and with a fresh one twice at once."""
        _, *slots = apart(slots_of(page), wanted=4)
        if slots:
            again = await self.send("token again", address, context, page, slots[0])
            if len(slots) > 2 or meeting_id(again):
                slots = slots[1:]
        if len(slots) > 1:
            fresh = await self.another(context, page)
            await asyncio.gather(*(self.send("token at once", address, fresh, page, one) for one in slots[:2]))

    async def send(
        self, probe: str, address: str, context: dict[str, Any], page: Told, slot: dict[str, Any]
    ) -> Told | None:
        """Return the answer to a booking; what was booked is noted."""
        if None in context.values():
            return None
        self._tried.add(slot["start_time"])
        inner = page_of(page)
        pooled = bool(under(inner, "pageInfo", "displayAllPoolAvailability"))
        time: dict[str, Any] = {"start_time": slot["start_time"], "end_time": slot["end_time"], "timezone": _ZONE}
        if pooled:
            indices = object_at(inner, "availability", "indexToUserIdMap")
            time["users"] = [indices[str(one)] for one in list_at(slot, "users") if str(one) in indices]
        body = {"scheduledTime": time, "userFields": _fields(inner, address), **context}
        told = await self.ask(
            probe, "bookRoundRobinMeeting" if pooled else "bookMeeting", body=body, about={"slot": slot}
        )
        if (meeting := meeting_id(told)) is not None:
            self._booked.append(meeting)
        return told

    async def look(self, address: str, probe: str, *, about: Mapping[str, Any] | None = None) -> Told | None:
        """Ask for the prospect's meetings."""
        query = {"prospectEmail": address, "start": to_wire_text(LONG_AGO)}
        return await self.ask(probe, "listMeetings", query=query, about=about)

    async def wait_for_both(self, address: str, context: dict[str, Any], meeting: str, booked: Told) -> None:
        """Ask the token and the list until both know of the booking, and note how long it took."""
        since, slot = booked.at, booked.about["slot"]
        token_open, list_open = "token" in context, True
        attempt = 0
        while token_open or list_open:
            if token_open:
                told = await self.ask("token of booking", "fetchAvailability", body=context)
                if told is not None and told.status != 200:
                    self.seen.token_lag, token_open = self.clock() - since, False
            if list_open:
                told = await self.look(address, "list with booking", about={"meeting": meeting})
                if self.is_listed(told, meeting, slot):
                    self.seen.list_lag, list_open = self.clock() - since, False
            if self.clock() - since > PATIENCE:
                return
            if token_open or list_open:
                await self.sleep(PAUSES[min(attempt, len(PAUSES) - 1)])
                attempt += 1

    def is_listed(self, told: Told | None, meeting: str, slot: Mapping[str, Any]) -> bool:
        """Return whether a list has a meeting that was booked here, under its id or another."""
        new = {*ids_at(told, slot["start_time"])} - self._before
        return bool(new) or meeting in {str(one.id) for one in listed(told)}

    async def change(self, address: str, meeting: str, slot: Mapping[str, Any]) -> None:
        """Move a meeting, cancel it twice, and look each time."""
        page = await self.ask("page of booking", "fetchAvailability", body={"meetingId": meeting})
        others = [one for one in slots_of(page) if one["start_time"] != slot["start_time"]] if page else []
        if others:
            time = {"start_time": others[-1]["start_time"], "end_time": others[-1]["end_time"], "timezone": _ZONE}
            about = {"meeting": meeting, "slot": others[-1]}
            moved = await self.ask("move", "rescheduleMeeting", path=meeting, body={"scheduledTime": time}, about=about)
            now = meeting_id(moved) or meeting
            if now != meeting:
                self._booked.append(now)
                meeting = now
            await self.ask("moved meeting", "getMeeting", path=meeting, about=about)
        await self.ask("cancel", "cancelMeeting", path=meeting)
        await self.ask("canceled meeting", "getMeeting", path=meeting)
        await self.ask("cancel again", "cancelMeeting", path=meeting)
        about = {"meeting": meeting, "slot": others[-1] if others else slot, "before": self._before}
        await self.look(address, "list after cancel", about=about)

    async def clean_up(self, address: str) -> None:
        """Cancel whatever was booked, told or not; what cannot be is left in `seen.standing`."""
        for one in listed(await self.look(address, "clean up")):
            mine = one.start is not None and to_milliseconds(one.start) in self._tried
            if mine and str(one.id) not in self._before and one.status != "canceled":
                self._booked.append(str(one.id))
        canceled = {one.about["path"] for one in self.seen.of("cancel") if 200 <= one.status < 300}
        for meeting in dict.fromkeys(self._booked):
            if meeting in canceled:
                continue
            told = await self.ask("clean up", "cancelMeeting", path=meeting)
            if told is None or not (200 <= told.status < 300 or told.status == 404):
                self.seen.standing.append(meeting)


CHANGING = frozenset(("bookMeeting", "bookRoundRobinMeeting", "rescheduleMeeting", "cancelMeeting"))
"""Operations that are sent once."""


def _addresses(meeting: Meeting) -> list[str]:
    return [one.email for one in meeting.attendees if one.email]


def _fields(page: Any, address: str) -> list[dict[str, Any]]:
    """Return the form, filled: the address, and for the rest that this is a check."""
    fields = under(page, "meeting", "formFields")
    filled: list[dict[str, Any]] = []
    for one in fields if fields.__class__ is list else ():
        name = one.get("name") if one.__class__ is dict else None
        if name and (one.get("required") or name in ("First Name", "Last Name", "Email")):
            mail = name == "Email" or one.get("validation") == "email"
            filled.append({"name": name, "type": one.get("type") or "text", "value": address if mail else "Doctor"})
    return filled


def _value(name: str, kind: str, address: str, uid: str) -> Any:
    if name == "ld_bookit_log_id":
        return uid
    if kind == "STRING" and "mail" in name.casefold():
        return address
    return {"DOUBLE": 1, "BOOLEAN": True, "PHONE": "+1 555 010 0199"}.get(kind, "Doctor")
