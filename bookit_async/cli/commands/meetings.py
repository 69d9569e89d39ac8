"""`bookit meetings`."""

from datetime import datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from ...client import BookIt
from ...errors import InvalidInputError
from ...spoken_times import read_time
from ...views.choosers import SlotChoice, earliest, write_chooser
from ...views.choosers import at as exactly
from ...views.meetings import Meeting
from ...views.offers import NoAvailability, Offer
from .. import statuses
from ..documents import meeting_document
from ..failures import Failure
from ..output import columns, printable
from ..parameters import Given
from ..session import Session
from ..zones import spoken


async def list_(email: str, /, *, since: str | None = None, until: str | None = None, session: Given) -> int:
    """List the meetings of a prospect, by when they begin.

    Reads only. Those from now on, unless --since says from when on.

    Args:
        email: The prospect's email address.
        since: The first time at which a meeting may begin, such as "2 Jan 2025".
        until: The last time at which one may begin.
    """
    start = session.now if since is None else time_of("--since", since, session)
    end = None if until is None else time_of("--until", until, session)
    async with session.client() as client:
        found = await client.meetings(email, start=start, end=end)
    document = {"meetings": [meeting_document(one, session.zone) for one in found]}
    rows = [
        (one["id"], one["start"], one["status"], one["organizer_email"], one["title"]) for one in document["meetings"]
    ]
    if not rows:
        session.output.note("No meeting.")
    lines = [_line(one, session) for one in sorted(found, key=lambda one: (one.start is None, one.start))]
    session.output.show(document, text=columns(lines), rows=rows)
    return statuses.DONE


def _line(meeting: Meeting, session: Session) -> tuple[str, ...]:
    status = "canceled" if meeting.canceled else meeting.status or ""
    return spoken(meeting.start, session.zone), status, printable(meeting.organizer_email or ""), meeting.id


async def show(meeting_id: str, /, *, session: Given) -> int:
    """Show one meeting: when, with whom, and whether it is on.

    Reads only.

    Args:
        meeting_id: The meeting's id.
    """
    async with session.client() as client:
        found = await client.meeting(meeting_id)
    _show(found, session)
    return statuses.DONE


def _show(meeting: Meeting, session: Session) -> None:
    document = meeting_document(meeting, session.zone)
    about = [
        ("title", meeting.title),
        ("when", spoken(meeting.start, session.zone)),
        ("status", "canceled" if meeting.canceled else meeting.status),
        ("host", meeting.organizer_email),
        *(("with", f"{one.email} ({one.response_status or 'no answer'})") for one in meeting.attendees),
        ("id", meeting.id),
    ]
    session.output.show(document, text=columns([(name, printable(str(value))) for name, value in about]), rows=about)


async def move(
    meeting_id: str,
    /,
    *,
    at: str | None = None,
    earliest: bool = False,
    yes: bool = False,
    dry_run: bool = False,
    session: Given,
) -> int:
    """Move a meeting to another of its host's open times.

    Shows both times first, and asks. Exit status 3 when the time is not open.

    Args:
        meeting_id: The meeting's id.
        at: When, such as "tue 9am", on the clock of --zone.
        earliest: The earliest time that is open.
        yes: Do not ask.
        dry_run: Show what would be done, and do nothing.
    """
    if (at is None) != earliest:
        raise Failure("give exactly one of --at and --earliest")
    session.must_be_meant(yes=yes, dry_run=dry_run)
    choice = chosen(at, session)
    session.say_where()
    async with session.client() as client:
        offer = await client.availability(meeting_id=meeting_id)
        slot = offer.pick(choice) if isinstance(offer, Offer) else None
        if slot is None:
            raise none_open(offer, choice, session)
        now_at = offer.meeting.start if isinstance(offer, Offer) and offer.meeting else None
        session.output.note(f"Moves from {spoken(now_at, session.zone)}\n        to {spoken(slot.start, session.zone)}")
        if dry_run:
            session.output.note("Nothing was moved.")
            _show(await client.meeting(meeting_id), session)
            return statuses.DONE
        session.confirm("Move it?", yes=yes)
        moved = await client.reschedule(meeting_id, timezone=session.zone, slot=exactly(slot.start))
    if isinstance(moved, NoAvailability):
        raise none_open(moved, choice, session)
    session.output.note("Moved.")
    _show(moved, session)
    return statuses.DONE


async def cancel(meeting_id: str, /, *, yes: bool = False, dry_run: bool = False, session: Given) -> int:
    """Cancel a meeting.

    Shows it first, and asks. One that is canceled already is no failure.

    Args:
        meeting_id: The meeting's id.
        yes: Do not ask.
        dry_run: Show what would be done, and do nothing.
    """
    session.must_be_meant(yes=yes, dry_run=dry_run)
    session.say_where()
    async with session.client() as client:
        meeting = await client.meeting(meeting_id)
        session.output.note(f"Cancels {spoken(meeting.start, session.zone)} with {meeting.organizer_email}")
        if not dry_run:
            session.confirm("Cancel it?", yes=yes)
            await client.cancel(meeting_id)
            meeting = await _after(client, meeting)
        session.output.note("Nothing was canceled." if dry_run else "Canceled.")
    _show(meeting, session)
    return statuses.DONE


async def _after(client: BookIt, meeting: Meeting) -> Meeting:
    return await client.meeting(meeting.id)


async def ics(
    meeting_id: str,
    /,
    *,
    output: Annotated[str, Parameter(name=("--output", "-o"), allow_leading_hyphen=True)] = "-",
    session: Given,
) -> int:
    """Write a meeting as a calendar file, on the clock of --zone where that is given, else in UTC.

    Reads only. A later file of the same meeting replaces this one, also when it was moved or canceled.

    Args:
        meeting_id: The meeting's id.
        output: The file to write; - for stdout.
    """
    async with session.client() as client:
        meeting = await client.meeting(meeting_id)
    text = meeting.ics(timezone=session.zone if session.options.zone else None, now=session.now)
    document = {"id": meeting.id, "file": None if output == "-" else output, "ics": text}
    if output != "-":
        _write(output, text)
        session.output.note(f"Wrote {output}")
    session.output.show(document, text=text.split("\r\n")[:-1] if output == "-" else [])
    return statuses.DONE


def _write(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8", newline="")


def time_of(option: str, words: str, session: Session) -> datetime:
    """Return the time that a person's words mean; Failure when they mean none."""
    try:
        return read_time(words, timezone=session.zone, now=session.now)
    except InvalidInputError as error:
        raise Failure(f"{option}: {'; '.join(error.problems)}") from None


def chosen(words: str | None, session: Session) -> SlotChoice:
    """Return the choice of the earliest time, or of one in a person's words."""
    return earliest() if words is None else exactly(time_of("--at", words, session))


def none_open(offer: Offer | NoAvailability, choice: SlotChoice, session: Session) -> Failure:
    """Return the failure of a choice that found nothing, with the times that are nearest."""
    held = offer if isinstance(offer, Offer) else offer.offer
    near = [] if held is None else _nearest(held, choice)
    advice = f"Open: {'; '.join(spoken(one, session.zone) for one in near)}." if near else ""
    message = "no slot is open then" if near else "no slot is open"
    return Failure(message, status=statuses.NO_MEETING, advice=advice, kind="NoAvailability")


_SHOWN = 3


def _nearest(offer: Offer, choice: SlotChoice) -> list[datetime]:
    wanted = write_chooser(choice).get("start", 0)
    slots = sorted(offer.slots, key=lambda one: abs(one.start_milliseconds - wanted))
    return sorted(one.start for one in slots[:_SHOWN])
