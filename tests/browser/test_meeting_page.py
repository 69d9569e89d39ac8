"""The page that the mails lead to: moving and canceling a meeting in a real browser."""

import pytest

from .conftest import Site, Visit
from .visitor import Visitor

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def booked(visitor: Visitor) -> None:
    await visitor.tell()
    await visitor.pick("Tuesday, May 6", "10:30 AM")
    await visitor.press("Book")
    await visitor.at("You are booked")


async def mailed(visitor: Visitor, link: str) -> None:
    """Follow a link in the newest mail."""
    await visitor.page.goto(f"{visitor.site}/outbox")
    await visitor.looked_at("outbox")
    await visitor.page.get_by_role("link", name=link).first.click()


@pytest.mark.parametrize("phone", [False, True])
async def test_the_mailed_link_moves_the_meeting(visit: Visit, site: Site, phone: bool) -> None:
    visitor = await visit(phone=phone)
    await booked(visitor)
    await mailed(visitor, "Reschedule")
    await visitor.at("Pick a new time")
    await visitor.told("Tuesday, May 6, 2025, 10:30 AM to 11:30 AM PDT")
    await visitor.looked_at(f"{'phone' if phone else 'desktop'}-move")
    await visitor.press("Move the meeting")
    await visitor.warned("Choose a time first")
    await visitor.day("Thursday, May 8").check()
    await visitor.time("3:00 PM").check()
    await visitor.press("Move the meeting")
    await visitor.at("Your meeting has moved")
    await visitor.told("Thursday, May 8, 2025, 3:00 PM to 4:00 PM PDT")
    await visitor.looked_at("moved")
    (meeting,) = site.sandbox.meetings
    assert (meeting.status, meeting.start.isoformat()) == ("rescheduled", "2025-05-08T22:00:00+00:00")


async def test_the_mailed_link_cancels_the_meeting(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await booked(visitor)
    await mailed(visitor, "Cancel")
    await visitor.at("Cancel this meeting?")
    await visitor.page.get_by_label("Your reason").fill("<i>We chose another.</i>")
    await visitor.looked_at("cancel")
    await visitor.press("Cancel the meeting")
    await visitor.at("Your meeting is canceled")
    assert [one.status for one in site.sandbox.meetings] == ["canceled"]
    await visitor.page.reload()
    await visitor.at("This meeting was canceled")
    await visitor.looked_at("canceled")
    await visitor.page.goto(f"{visitor.site}/outbox")
    await visitor.page.get_by_text("A meeting was canceled: <i>We chose another.</i>").wait_for()


async def test_the_confirmation_leads_there_too(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await booked(visitor)
    await visitor.page.get_by_role("link", name="Reschedule").click()
    await visitor.at("Pick a new time")
    await visitor.press("Cancel it instead")
    await visitor.at("Cancel this meeting?")
    await visitor.press("Move it instead")
    await visitor.at("Pick a new time")
    await visitor.day("Friday, May 9").check()
    await visitor.time("11:00 AM").check()
    await site.client.reschedule(site.sandbox.meetings[0].id, timezone="UTC")
    await visitor.press("Move the meeting")
    await visitor.at("Your meeting has moved")
    assert [mail.kind for mail in site.sandbox.outbox] == ["confirmation", "rescheduled", "rescheduled"]


async def test_a_link_to_no_meeting_says_so(visit: Visit, site: Site) -> None:
    visitor = await visit()
    await visitor.page.goto(f"{site.url}/meeting?cancel={'a' * 52}")
    await visitor.at("No such meeting")
