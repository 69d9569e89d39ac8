"""The pages behind the links in mails: cancel a meeting, or move it. Whoever has the link may, as with the service."""

from collections.abc import Callable, Mapping
from datetime import datetime
from html import escape
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from attrs import frozen

from ..service.refusals import Refusal, invalid
from ..service.service import Service
from ..world.calendar import Span
from ..world.meetings import MeetingRecord

METHODS = ("GET", "HEAD", "POST")


@frozen
class Page:
    """An HTML page."""

    status: int
    html: str


def hosted_page(service: Service, method: str, path: str, body: bytes) -> Page | None:
    """The page at this path, after doing what was posted to it; None when there is no hosted page."""
    _, _, inside = path.partition("/")
    action, _, meeting_id = inside.partition("/")
    if action not in ACTIONS:
        return None
    if method not in METHODS:
        return _page("Method Not Allowed", status=405)
    try:
        meeting = service.changeable(meeting_id)
        return ACTIONS[action](service, meeting, parse_qs(body.decode("latin-1")) if method == "POST" else None)
    except Refusal as refusal:
        return _page(refusal.sentence, status=refusal.status)


def _cancel(service: Service, meeting: MeetingRecord, form: Mapping[str, list[str]] | None) -> Page:
    if form is None:
        return _page(f"Cancel {_about(meeting)}?", "<button>Cancel the meeting</button>")
    service.desk.cancel(meeting)
    return _page(f"Canceled: {_about(meeting)}.")


def _reschedule(service: Service, meeting: MeetingRecord, form: Mapping[str, list[str]] | None) -> Page:
    slots = {str(slot.span.start): slot.span for slot in service.open_for(meeting)}
    if form is None:
        options = "".join(f'<option value="{start}">{escape(_when(slots[start], meeting))}</option>' for start in slots)
        return _page(f"Move {_about(meeting)} to:", f'<select name="start">{options}</select> <button>Move it</button>')
    (start,) = form.get("start", [""])[:1]
    if start not in slots:
        raise invalid("start must be one of the open slots")
    moved = service.move(meeting, slots[start], timezone=meeting.timezone)
    return _page(f"Moved: {_about(moved)}.")


ACTIONS: Mapping[str, Callable[[Service, MeetingRecord, Mapping[str, list[str]] | None], Page]] = {
    "cancel": _cancel,
    "reschedule": _reschedule,
}


def _about(meeting: MeetingRecord) -> str:
    return f"{meeting.meeting_type} with {meeting.host_email}, {_when(meeting.span, meeting)}"


def _when(span: Span, meeting: MeetingRecord) -> str:
    start = datetime.fromtimestamp(span.start / 1000, ZoneInfo(meeting.timezone))
    return f"{start:%A %d %B %Y, %H:%M} ({meeting.timezone})"


def _page(sentence: str, form: str = "", *, status: int = 200) -> Page:
    wrapped = form and f'<form method="post">{form}</form>'
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><title>BookIt sandbox</title>'
    return Page(status, f"{head}<p>{escape(sentence)}</p>{wrapped}</html>\n")
