"""The mails that bookings cause: pure functions from a meeting to what its prospect and guests would read."""

from typing import Literal
from zoneinfo import ZoneInfo

from ..world.meetings import Mail, MeetingRecord


def mail(kind: Literal["confirmation", "rescheduled", "canceled"], meeting: MeetingRecord) -> Mail:
    """The mail about what just happened to the meeting, times in the time zone that the prospect booked in."""
    zone = ZoneInfo(meeting.timezone)
    start, end = meeting.start.astimezone(zone), meeting.end.astimezone(zone)
    when = f"{start:%A %d %B %Y, %H:%M} to {end:%H:%M} ({meeting.timezone})"
    subject, ways = {
        "confirmation": (f"Confirmed: {meeting.meeting_type}", _ways(meeting)),
        "rescheduled": (f"New time: {meeting.meeting_type}", _ways(meeting)),
        "canceled": (f"Canceled: {meeting.meeting_type}", ""),
    }[kind]
    return Mail(
        kind=kind,
        to=(meeting.prospect_email, *meeting.guests),
        meeting_id=meeting.id,
        subject=subject,
        text=f"{when}\nHost: {meeting.host_email}\n{ways}",
        cancel_link=meeting.cancel_link,
        reschedule_link=meeting.reschedule_link,
    )


def _ways(meeting: MeetingRecord) -> str:
    return f"Reschedule: {meeting.reschedule_link}\nCancel: {meeting.cancel_link}\n"
